//! Acts that the policy proposes: by a rule when a record comes, by an indicator, or because a punishment's time is over.

use xiezhi_model::act::{ActKind, ActTerms, LegalAct, Proposer};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{Case, Source};
use xiezhi_model::policy::Propose;
use xiezhi_model::{ActId, AgencyId, CaseNumber, ClauseId, RuleId, UtcTime};

use super::{Denial, Proposal, proposed_text};
use crate::rules::CompiledRule;
use crate::work::Work;
use crate::{Engine, Route};

/// Digits of a credit code that say what kind of entity it is (GB 32100-2015: registering body and kind).
const KIND_DIGITS: usize = 2;
/// The entry of [`Propose::causes`] for all other kinds.
const OTHER: &str = "other";

/// The rule behind a proposal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reason<'a> {
    pub(crate) rule: &'a RuleId,
    /// `<policy id>@<version>/<rule version>`.
    pub(crate) rule_version: &'a str,
    pub(crate) clause: &'a ClauseId,
}

/// What a proposal is made on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) case: &'a Case,
    pub(crate) evidence: &'a [Source],
    /// The acts about the case's entity.
    pub(crate) others: &'a [LegalAct],
    /// Of the acts that could be taken back, only this one.
    pub(crate) only: Option<&'a ActId>,
    /// Receivers beside those that the policy names.
    pub(crate) receivers: &'a [AgencyId],
    /// The cluster address that it is about.
    pub(crate) cluster_address: Option<&'a str>,
}

/// What came of one proposal.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) acts: Vec<LegalAct>,
    pub(crate) audit: Vec<AuditEntry>,
}

impl Engine {
    /// Proposes an act in the policy's name. An act that takes others back is proposed for each that stands against the entity,
    /// or for `only` one. What cannot be proposed is said in the history, and nothing else comes of it.
    pub(crate) fn made_by_policy(
        &self,
        propose: &Propose,
        reason: Reason<'_>,
        ground: Ground<'_>,
        now: UtcTime,
    ) -> Made {
        let Ground { case, evidence, others, only, .. } = ground;
        let mut made = Made::default();
        let mut known = others.to_vec();
        let taken_back: Vec<Option<LegalAct>> = match propose.act.takes_back() {
            Some(kind) => {
                let is_wanted = |act: &&LegalAct| only.is_none_or(|only| act.id == *only);
                let standing = others.iter().filter(|act| act.kind == kind && act.stands(others)).filter(is_wanted);
                standing.cloned().map(Some).collect()
            }
            None => vec![None],
        };
        for taken_back in taken_back {
            let proposal = Proposal {
                case,
                evidence,
                taken_back: taken_back.as_ref(),
                others: &known,
                kind: propose.act,
                clause: Some(reason.clause.clone()),
                reason: propose.reason.clone(),
                terms: terms_of(self, propose, ground, taken_back.as_ref(), now),
                clock: propose.clock,
            };
            let proposer = Proposer::Policy { rule: reason.rule.clone(), rule_version: reason.rule_version.to_owned() };
            match self.draft_act(&proposal, proposer, now) {
                Ok(act) => {
                    made.audit.push(proposed(&act, reason, now));
                    known.push(act.clone());
                    made.acts.push(act);
                }
                Err(denial) => made.audit.push(not_proposed(&denial, propose.act, reason, &case.number, now)),
            }
        }
        made
    }
}

fn terms_of(
    engine: &Engine,
    propose: &Propose,
    ground: Ground<'_>,
    taken_back: Option<&LegalAct>,
    now: UtcTime,
) -> ActTerms {
    // An agency in the house is not told: it sees the act in the list.
    let is_told = |agency: &&AgencyId| engine.agency(agency).is_none_or(|known| known.route == Route::Linked);
    let code = ground.case.party.uscc.as_ref();
    let kind = code.and_then(|code| code.as_str().get(..KIND_DIGITS));
    let cause = kind.and_then(|kind| propose.causes.get(kind)).or_else(|| propose.causes.get(OTHER));
    ActTerms {
        cause: cause.cloned(),
        measure_code: propose.measure_code.clone(),
        legal_basis: propose.legal_basis.clone(),
        until: propose.days.map(|days| now.beijing_date().plus_days(i32::from(days))),
        receivers: propose.receivers.iter().chain(ground.receivers).filter(is_told).cloned().collect(),
        takes_back: taken_back.map(|act| act.id.clone()),
        cluster_address: ground.cluster_address.map(str::to_owned),
        ..ActTerms::default()
    }
}

/// Proposes what a rule says, for the case that a record opened or joined.
pub(crate) fn by_rule(work: &mut Work<'_>, rule: &CompiledRule, number: &CaseNumber) {
    if rule.rule.propose.is_empty() {
        return;
    }
    let Some(case) = work.case(number).cloned() else { return };
    let evidence = work.sources_of(number);
    let entity = crate::party::entity_of(&case.join_key).to_owned();
    let reason = Reason { rule: &rule.rule.id, rule_version: &rule.rule_version, clause: &rule.rule.clause };
    for propose in &rule.rule.propose {
        let others = work.acts_of(&entity);
        let ground = Ground {
            case: &case,
            evidence: &evidence,
            others: &others,
            only: None,
            receivers: &[],
            cluster_address: None,
        };
        let made = work.engine.made_by_policy(propose, reason, ground, work.now);
        for entry in made.audit {
            let about_message = work.entry(entry.action, "");
            work.audit.push(AuditEntry {
                inbox_seq: about_message.inbox_seq,
                message_id: about_message.message_id,
                message_digest: about_message.message_digest,
                plugin_digest: about_message.plugin_digest,
                ..entry
            });
        }
        for act in made.acts {
            work.write_act(act);
        }
    }
}

fn proposed(act: &LegalAct, reason: Reason<'_>, now: UtcTime) -> AuditEntry {
    let text = proposed_text(&format!("按规则{}", reason.rule), act);
    AuditEntry { act: Some(act.id.clone()), ..entry(AuditAction::ActProposed, reason, &act.case_number, text, now) }
}

/// An act that stands already is no mistake: the history says that there is nothing to propose.
fn not_proposed(denial: &Denial, kind: ActKind, reason: Reason<'_>, case: &CaseNumber, now: UtcTime) -> AuditEntry {
    let text = format!("未再拟办{}：{}", kind.to_chinese(), denial.text);
    AuditEntry { fault_code: Some(denial.code.to_owned()), ..entry(AuditAction::ActDenied, reason, case, text, now) }
}

fn entry(action: AuditAction, reason: Reason<'_>, case: &CaseNumber, text: String, now: UtcTime) -> AuditEntry {
    AuditEntry {
        case_number: Some(case.clone()),
        clause: Some(reason.clause.clone()),
        rule: Some(reason.rule.clone()),
        rule_version: Some(reason.rule_version.to_owned()),
        ..AuditEntry::new(now, action, ACTOR_GATEWAY, text)
    }
}
