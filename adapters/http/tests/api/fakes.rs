//! Fakes of the ports: they remember what they were given and answer as a test tells them to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use xiezhi_http::{ActDesk, CaseDesk, DeskError, PublicityDesk};
use xiezhi_model::act::{
    Account, ActKind, ActRequest, ActStatus, ActTerms, Ballot, LegalAct, ObjectionRequest, PersonRole, Proposer,
};
use xiezhi_model::case::Case;
use xiezhi_model::case_request::CaseRequest;
use xiezhi_model::fault::{Fault, RowFault};
use xiezhi_model::ledger::EntityFile;
use xiezhi_model::message::{Delivery, InboxEntry, InboxMessage, InboxStatus, Intake, QueuedMessage};
use xiezhi_model::publicity::PublicView;
use xiezhi_model::reconciliation::Reconciliation;
use xiezhi_model::record::Party;
use xiezhi_model::{AccountName, ActId, AgencyId, CaseNumber, ClauseId, Digest, InboxSeq, MessageId, UtcTime};
use xiezhi_ports::{ActFilter, Clock, Inbox, InboxFilter, Mailbox, StoreError, StoredPart, TransportError};

/// How a port behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As its contract says.
    #[default]
    Works,
    /// `StoreError::Unavailable` or its like.
    Unavailable,
    /// `StoreError::Invalid`.
    Invalid,
    /// `StoreError::Failed` or its like.
    Failed,
    /// `DeskError::Denied`.
    Denies,
    /// `DeskError::Conflict`.
    Conflicts,
    /// Never answers.
    Hangs,
    /// Panics.
    Panics,
}

/// A text of the inside that must not get out.
pub(crate) const SECRET: &str = "disk /var/lib is gone";

impl Mode {
    async fn store(self) -> Result<(), StoreError> {
        match self {
            Self::Works | Self::Denies | Self::Conflicts => Ok(()),
            Self::Unavailable => Err(StoreError::Unavailable(SECRET.to_owned())),
            Self::Invalid => Err(StoreError::Invalid(SECRET.to_owned())),
            Self::Failed => Err(StoreError::Failed(SECRET.to_owned())),
            Self::Hangs => std::future::pending().await,
            Self::Panics => panic!("{SECRET}"),
        }
    }
}

/// An inbox in memory.
#[derive(Default)]
pub(crate) struct FakeInbox {
    pub(crate) mode: Mutex<Mode>,
    pub(crate) deliveries: Mutex<Vec<Delivery>>,
    pub(crate) entries: Mutex<Vec<InboxEntry>>,
}

impl FakeInbox {
    fn take(&self, delivery: Delivery) -> Intake {
        let digest = Digest::of(&delivery.body);
        let mut entries = self.entries.lock().unwrap();
        let same_id = entries.iter_mut().find(|entry| {
            entry.agency == delivery.agency
                && entry.message_id == delivery.message_id
                && entry.status != InboxStatus::Quarantined
        });
        let conflict = match same_id {
            Some(entry) if entry.digest == digest => {
                entry.duplicates += 1;
                return Intake::Duplicate(entry.seq);
            }
            other => other.is_some(),
        };
        let seq = InboxSeq(i64::try_from(entries.len()).unwrap() + 1);
        let status = if conflict { InboxStatus::Quarantined } else { InboxStatus::Pending };
        entries.push(entry(seq, &delivery, status));
        self.deliveries.lock().unwrap().push(delivery);
        if conflict { Intake::Quarantined(seq) } else { Intake::Accepted(seq) }
    }
}

fn entry(seq: InboxSeq, delivery: &Delivery, status: InboxStatus) -> InboxEntry {
    InboxEntry {
        seq,
        agency: delivery.agency.clone(),
        message_id: delivery.message_id.clone(),
        digest: Digest::of(&delivery.body),
        bytes: delivery.body.len() as u64,
        status,
        received_at: delivery.received_at,
        settled_at: None,
        duplicates: 0,
        redrives: 0,
        records: 0,
        plugin_digest: None,
        fault: None,
        row_faults: Vec::new(),
    }
}

/// Marks a row dead, as a worker would.
pub(crate) fn kill(entry: &mut InboxEntry, fault: Fault, row_fault: RowFault) {
    entry.status = InboxStatus::Dead;
    entry.settled_at = Some(entry.received_at.plus_ms(1_500));
    entry.fault = Some(fault);
    entry.row_faults = vec![row_fault];
}

#[async_trait]
impl Inbox for FakeInbox {
    async fn inbox_accept(&self, deliveries: Vec<Delivery>) -> Result<Vec<Intake>, StoreError> {
        let mode = *self.mode.lock().unwrap();
        mode.store().await?;
        Ok(deliveries.into_iter().map(|delivery| self.take(delivery)).collect())
    }

    async fn inbox_list(&self, filter: &InboxFilter) -> Result<Vec<InboxEntry>, StoreError> {
        let mode = *self.mode.lock().unwrap();
        mode.store().await?;
        let entries = self.entries.lock().unwrap();
        let wanted = |entry: &&InboxEntry| {
            filter.agency.as_ref().is_none_or(|agency| *agency == entry.agency)
                && filter.message_id.as_ref().is_none_or(|id| *id == entry.message_id)
                && filter.before.is_none_or(|before| entry.seq < before)
        };
        Ok(entries.iter().rev().filter(wanted).take(filter.limit).cloned().collect())
    }

    async fn inbox_lease(&self, _: usize, _: i64, _: UtcTime) -> Result<Vec<InboxMessage>, StoreError> {
        unreachable!("the HTTP side leases nothing")
    }

    async fn parts_load(&self, _: &AgencyId, _: &str, _: UtcTime) -> Result<Vec<StoredPart>, StoreError> {
        unreachable!("the HTTP side loads no parts")
    }

    async fn parts_expire(&self, _: UtcTime, _: usize) -> Result<Vec<InboxSeq>, StoreError> {
        unreachable!("the HTTP side expires no parts")
    }

    async fn inbox_show(&self, _: InboxSeq) -> Result<Option<(InboxEntry, Vec<u8>)>, StoreError> {
        unreachable!("the HTTP side shows no bodies")
    }

    async fn inbox_redrive(&self, _: InboxSeq, _: &str, _: UtcTime) -> Result<bool, StoreError> {
        unreachable!("the HTTP side redrives nothing")
    }
}

/// What a mailbox was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MailboxCall {
    Read { agency: String, limit: usize, lease_ms: i64 },
    Acknowledge { agency: String, ids: usize },
}

/// An agency's queue in memory, without leases.
#[derive(Default)]
pub(crate) struct FakeMailbox {
    pub(crate) mode: Mutex<Mode>,
    pub(crate) messages: Mutex<Vec<QueuedMessage>>,
    pub(crate) calls: Mutex<Vec<MailboxCall>>,
}

impl FakeMailbox {
    async fn behave(&self) -> Result<(), TransportError> {
        let mode = *self.mode.lock().unwrap();
        mode.store().await.map_err(|error| match error {
            StoreError::Unavailable(text) => TransportError::Unavailable(text),
            StoreError::Invalid(text) | StoreError::Failed(text) => TransportError::Failed(text),
        })
    }
}

#[async_trait]
impl Mailbox for FakeMailbox {
    async fn mailbox_read(
        &self,
        agency: &AgencyId,
        limit: usize,
        lease_ms: i64,
        _now: UtcTime,
    ) -> Result<Vec<QueuedMessage>, TransportError> {
        self.behave().await?;
        self.calls.lock().unwrap().push(MailboxCall::Read { agency: agency.to_string(), limit, lease_ms });
        Ok(self.messages.lock().unwrap().iter().take(limit).cloned().collect())
    }

    async fn mailbox_acknowledge(
        &self,
        agency: &AgencyId,
        ids: &[MessageId],
        _now: UtcTime,
    ) -> Result<usize, TransportError> {
        self.behave().await?;
        self.calls.lock().unwrap().push(MailboxCall::Acknowledge { agency: agency.to_string(), ids: ids.len() });
        let mut messages = self.messages.lock().unwrap();
        let before = messages.len();
        messages.retain(|message| !ids.contains(&message.id));
        Ok(before - messages.len())
    }
}

/// A clock that stands still.
pub(crate) struct FixedClock(pub(crate) UtcTime);

impl Clock for FixedClock {
    fn now(&self) -> UtcTime {
        self.0
    }
}

/// Counts how often the workers were woken.
#[derive(Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The name of the one account.
pub(crate) const OFFICER: &str = "wang-lan";
/// And its password.
pub(crate) const OFFICER_PASSWORD: &str = "a long sentence: with a colon";

/// What the desk was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    List(ActFilter),
    Show(ActId),
    Propose(Box<ActRequest>),
    Vote(ActId, Ballot),
    Case(CaseNumber, CaseRequest),
    Preview(ActId),
    Resend(ActId, String),
    Objection(ActId, ObjectionRequest),
    Reconciliations(usize),
}

/// A desk with one account and one act.
#[derive(Default)]
pub(crate) struct FakeDesk {
    pub(crate) mode: Mutex<Mode>,
    pub(crate) asked: Mutex<Vec<Asked>>,
}

impl FakeDesk {
    async fn answer(&self, asked: Asked) -> Result<LegalAct, DeskError> {
        let mode = *self.mode.lock().unwrap();
        self.asked.lock().unwrap().push(asked);
        mode.store().await?;
        match mode {
            Mode::Denies => {
                Err(DeskError::Denied { code: "act.same-person", text: "须由两名不同人员办理".to_owned() })
            }
            Mode::Conflicts => Err(DeskError::Conflict),
            _ => Ok(act()),
        }
    }
}

#[async_trait]
impl ActDesk for FakeDesk {
    async fn sign_in(&self, name: &str, password: &str) -> Result<Account, DeskError> {
        if (name, password) != (OFFICER, OFFICER_PASSWORD) {
            return Err(DeskError::NotSignedIn);
        }
        Ok(Account {
            name: AccountName::parse(OFFICER).unwrap(),
            role: PersonRole::Officer,
            password_hash: SECRET.to_owned(),
            created_at: UtcTime::from_unix_ms(0).unwrap(),
            disabled: false,
        })
    }

    async fn list(&self, filter: &ActFilter) -> Result<Vec<LegalAct>, DeskError> {
        Ok(vec![self.answer(Asked::List(filter.clone())).await?])
    }

    async fn show(&self, id: &ActId) -> Result<LegalAct, DeskError> {
        self.answer(Asked::Show(id.clone())).await
    }

    async fn entity(&self, entity: &str) -> Result<EntityFile, DeskError> {
        // One file: that of whom the act is about.
        let acts = if entity == "uscc:91110112MAYYT00167" { vec![act()] } else { Vec::new() };
        Ok(EntityFile { entity: entity.to_owned(), acts, ..EntityFile::default() })
    }

    async fn propose(&self, _person: &Account, request: ActRequest) -> Result<LegalAct, DeskError> {
        self.answer(Asked::Propose(Box::new(request))).await
    }

    async fn vote(&self, _person: &Account, id: &ActId, ballot: Ballot) -> Result<LegalAct, DeskError> {
        self.answer(Asked::Vote(id.clone(), ballot)).await
    }
}

#[async_trait]
impl PublicityDesk for FakeDesk {
    async fn preview(&self, id: &ActId) -> Result<PublicView, DeskError> {
        let act = self.answer(Asked::Preview(id.clone())).await?;
        Ok(PublicView { name: act.party.name.unwrap_or_default(), number: 1, ..PublicView::default() })
    }

    async fn resend(&self, _person: &Account, id: &ActId, reason: &str) -> Result<LegalAct, DeskError> {
        self.answer(Asked::Resend(id.clone(), reason.to_owned())).await
    }

    async fn objection(
        &self,
        _person: &Account,
        id: &ActId,
        request: &ObjectionRequest,
    ) -> Result<LegalAct, DeskError> {
        self.answer(Asked::Objection(id.clone(), request.clone())).await
    }

    async fn reconciliations(&self, limit: usize) -> Result<Vec<Reconciliation>, DeskError> {
        self.answer(Asked::Reconciliations(limit)).await?;
        Ok(Vec::new())
    }
}

#[async_trait]
impl CaseDesk for FakeDesk {
    async fn case_step(
        &self,
        _person: &Account,
        number: &CaseNumber,
        request: &CaseRequest,
    ) -> Result<Case, DeskError> {
        self.answer(Asked::Case(number.clone(), request.clone())).await?;
        Ok(case(number))
    }
}

fn case(number: &CaseNumber) -> Case {
    serde_json::from_value(serde_json::json!({
        "number": number, "join_key": "k", "category": "c", "category_name": "n", "clause": "5.3.9(1)", "rule": "r",
        "policy_version": "p@1", "party": {}, "title": "t", "status": "closed", "opened_at": "2026-09-21T12:00:00+08:00",
        "updated_at": "2026-09-21T12:00:00+08:00", "version": 2, "source_count": 1, "source_agencies": ["police"],
        "assignments": []
    }))
    .unwrap()
}

fn act() -> LegalAct {
    let number = CaseNumber::parse("TZ-2026-0000017").unwrap();
    LegalAct {
        id: ActId::of(&number, 1),
        kind: ActKind::ListIn,
        case_number: number,
        entity: String::new(),
        party: Party::default(),
        clause: ClauseId::parse("5.3.9(2)").unwrap(),
        reason: "无法取得联系".to_owned(),
        evidence: Vec::new(),
        terms: ActTerms::default(),
        decision: None,
        authority: None,
        proposed_by: Proposer::Person(AccountName::parse(OFFICER).unwrap()),
        proposed_at: UtcTime::from_unix_ms(0).unwrap(),
        status: ActStatus::Proposed,
        votes: Vec::new(),
        answers: Vec::new(),
        resends: 0,
        objections: Vec::new(),
        check_at: None,
        version: 1,
    }
}
