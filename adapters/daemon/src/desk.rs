//! The desk: where people sign in, propose and decide legal acts, and act on cases, over HTTP or on the command line. The engine
//! decides who may what; here it is loaded, applied, and every refusal recorded.

mod cases;
mod guard;
pub(crate) mod password;
mod publicity;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore};
use xiezhi_engine::{Decision, Denial, Draft, Engine, Needs, Proposal};
use xiezhi_http::{ActDesk, DeskError};
use xiezhi_model::act::{Account, ActRequest, Ballot, LegalAct};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::Source;
use xiezhi_model::ledger::EntityFile;
use xiezhi_model::{AccountName, ActId, CaseNumber, Uscc, UtcTime};
use xiezhi_ports::{ActFilter, Clock, CodecFailure, Settled, Store, StoreError};

use crate::serve::link::{Links, WrittenResult};
use guard::Guard;

/// Passwords verified at the same time: each takes 19 MiB and some ten milliseconds of one core.
const VERIFICATIONS_MAX: usize = 2;
/// Sources of a case that an act may rest on.
const SOURCES_MAX: usize = 1_000;
/// Acts about a case's entity that a new one is compared with.
const ACTS_MAX: usize = 1_000;
/// Records, cases and acts of a file, each.
const FILE_MAX: usize = 1_000;
/// How often something is decided anew when somebody else was faster.
const TRIES_MAX: usize = 3;

/// See the module's page.
pub(crate) struct Desk {
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    /// The receivers' plugins.
    links: Arc<Links>,
    clock: Arc<dyn Clock>,
    /// Signalled when something is to be published.
    outbox_wake: Arc<Notify>,
    guard: Guard,
    verifications: Semaphore,
}

impl Desk {
    /// A desk on a store.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        engine: Arc<Engine>,
        links: Arc<Links>,
        clock: Arc<dyn Clock>,
        outbox_wake: Arc<Notify>,
    ) -> Self {
        let verifications = Semaphore::new(VERIFICATIONS_MAX);
        Self { store, engine, links, clock, outbox_wake, guard: Guard::default(), verifications }
    }

    /// Has the receivers' plugins write what is to go out. What a plugin refuses nobody may approve; a plugin that fails writes
    /// it later.
    fn written(&self, drafts: &[Draft], now: UtcTime) -> Result<Vec<WrittenResult>, Denial> {
        let written: Vec<WrittenResult> = tokio::task::block_in_place(|| {
            drafts.iter().map(|draft| self.links.write(&draft.record, &draft.agency, &draft.id, now)).collect()
        });
        let refused = written.iter().filter_map(|result| result.as_ref().err());
        match refused.into_iter().find(|error| error.failure == CodecFailure::Input) {
            Some(error) => {
                let text = format!("发往{}的文书不能写出：{}", error.agency, error.fault.text);
                Err(Denial { code: "act.unwritable", text })
            }
            None => Ok(written),
        }
    }

    /// Applies what was decided about one act, and returns the act; `None` when somebody else was faster.
    async fn apply(
        &self,
        decision: Decision,
        written: Vec<WrittenResult>,
        now: UtcTime,
    ) -> Result<Option<LegalAct>, StoreError> {
        let act = decision.settlement.acts.first().cloned();
        let settlement = self.engine.finish(decision, written, now);
        let settled = self.store.settle(&[settlement]).await?;
        if settled.first() != Some(&Settled::Applied) {
            return Ok(None);
        }
        self.outbox_wake.notify_one();
        Ok(act)
    }

    /// Records a refusal and makes it the answer. A refusal that cannot be recorded is not given: the store's error is.
    async fn deny(
        &self,
        denial: Denial,
        person: &str,
        act: Option<&LegalAct>,
        case: Option<&CaseNumber>,
    ) -> Result<DeskError, StoreError> {
        let mut entry = denial.entry(person, act, self.clock.now());
        entry.case_number = entry.case_number.or_else(|| case.cloned());
        self.store.act_denied(&entry).await?;
        Ok(DeskError::Denied { code: denial.code, text: denial.text })
    }

    /// One wrong try, in the history.
    async fn note_wrong(&self, name: Option<&AccountName>, now: UtcTime) -> Result<(), StoreError> {
        self.guard.note(name, now);
        let shown = name.map_or("?", AccountName::as_str);
        let text = format!("登录未成功：账号{shown}的密码不正确、账号不存在或已停用");
        let mut entry = AuditEntry::new(now, AuditAction::ActDenied, format!("person:{shown}"), text);
        entry.fault_code = Some("person.unknown".to_owned());
        self.store.act_denied(&entry).await
    }
}

#[async_trait]
impl ActDesk for Desk {
    async fn sign_in(&self, name: &str, password: &str) -> Result<Account, DeskError> {
        let now = self.clock.now();
        let account = match AccountName::parse(name) {
            Ok(name) => self.store.account_load(&name).await?,
            Err(_) => None,
        };
        let known = account.as_ref().map(|account| account.name.clone());
        // Asked with the permit in hand: tries that come together must not all pass before the first one is noted.
        let _permit = self.verifications.acquire().await.map_err(|_| DeskError::NotSignedIn)?;
        if !self.guard.admits(known.as_ref(), now) {
            let text = "密码连续错误次数过多，请五分钟后再试".to_owned();
            return Err(DeskError::Denied { code: "person.too-many-tries", text });
        }
        let (password, hash) = (password.to_owned(), account.as_ref().map(|account| account.password_hash.clone()));
        let right = tokio::task::spawn_blocking(move || password::is_right(&password, hash.as_deref())).await;
        match account.filter(|account| matches!(right, Ok(true)) && !account.disabled) {
            Some(account) => {
                self.guard.clear(&account.name);
                Ok(account)
            }
            None => {
                self.note_wrong(known.as_ref(), now).await?;
                Err(DeskError::NotSignedIn)
            }
        }
    }

    async fn list(&self, filter: &ActFilter) -> Result<Vec<LegalAct>, DeskError> {
        Ok(self.store.act_list(filter).await?)
    }

    async fn show(&self, id: &ActId) -> Result<LegalAct, DeskError> {
        let unknown = || DeskError::Unknown(format!("没有编号为{id}的事项；请核对编号"));
        self.store.act_load(id).await?.ok_or_else(unknown)
    }

    async fn entity(&self, entity: &str) -> Result<EntityFile, DeskError> {
        let key = match Uscc::parse(entity) {
            Ok(code) => format!("uscc:{code}"),
            Err(_) => entity.to_owned(),
        };
        Ok(self.store.entity_file(&key, FILE_MAX).await?)
    }

    async fn propose(&self, person: &Account, request: ActRequest) -> Result<LegalAct, DeskError> {
        let number = request.case_number.clone();
        for _ in 0..TRIES_MAX {
            let now = self.clock.now();
            let unknown = || DeskError::Unknown(format!("没有编号为{number}的案件；请核对案件编号"));
            let case = self.store.case_load(&number).await?.ok_or_else(unknown)?;
            let sources = self.store.case_sources(&number, SOURCES_MAX).await?;
            let evidence = match chosen(&sources, &request.evidence) {
                Ok(evidence) => evidence,
                Err(denial) => return Err(self.deny(denial, person.name.as_str(), None, Some(&number)).await?),
            };
            let taken_back = match &request.terms.takes_back {
                Some(id) => self.store.act_load(id).await?,
                None => None,
            };
            let others = self.store.acts_of_entity(Needs::entity_of(&case.join_key), ACTS_MAX).await?;
            let proposal = Proposal {
                case: &case,
                evidence: &evidence,
                taken_back: taken_back.as_ref(),
                others: &others,
                kind: request.kind,
                clause: request.clause.clone(),
                reason: request.reason.clone(),
                terms: request.terms.clone(),
                clock: request.clock,
            };
            // Tried at once: an act that no plugin can write should not wait for two persons to find that out.
            let proposed = self.engine.propose(proposal, person, now).and_then(|decision| {
                for act in &decision.settlement.acts {
                    self.written(&self.engine.would_send(act, now)?, now)?;
                }
                Ok(decision)
            });
            match proposed {
                Ok(decision) => {
                    if let Some(act) = self.apply(decision, Vec::new(), now).await? {
                        return Ok(act);
                    }
                }
                Err(denial) => return Err(self.deny(denial, person.name.as_str(), None, Some(&number)).await?),
            }
        }
        Err(DeskError::Conflict)
    }

    async fn vote(&self, person: &Account, id: &ActId, ballot: Ballot) -> Result<LegalAct, DeskError> {
        let now = self.clock.now();
        let act = self.show(id).await?;
        let others = self.store.acts_of_entity(&act.entity, ACTS_MAX).await?;
        let voted = self.engine.vote(&act, &others, person, ballot, now).and_then(|decision| {
            let written = self.written(&decision.drafts, now)?;
            Ok((decision, written))
        });
        match voted {
            // Not decided anew: whoever approves must have seen what they approve.
            Ok((decision, written)) => self.apply(decision, written, now).await?.ok_or(DeskError::Conflict),
            Err(denial) => Err(self.deny(denial, person.name.as_str(), Some(&act), None).await?),
        }
    }
}

/// The sources that the request names, counted from 1; all where it names none.
fn chosen(sources: &[Source], places: &[usize]) -> Result<Vec<Source>, Denial> {
    if places.is_empty() {
        return Ok(sources.to_vec());
    }
    let find = |place: &usize| {
        let source = place.checked_sub(1).and_then(|place| sources.get(place)).cloned();
        let text = format!("案件没有第{place}件来源，共{}件；请核对证据清单", sources.len());
        source.ok_or(Denial { code: "act.evidence", text })
    };
    places.iter().map(find).collect()
}
