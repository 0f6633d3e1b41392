//! Acts whose time has come: entries that nobody decided by their legal day, answers that are still owed, objections that wait, and
//! joint punishments that end by themselves.

use std::collections::BTreeMap;

use xiezhi_model::UtcTime;
use xiezhi_model::act::{ActKind, ActStatus, AnswerStatus, LegalAct};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{Case, Source};
use xiezhi_model::policy::Propose;
use xiezhi_ports::{InboxOutcome, Settlement, Trigger};

use super::delivery::takes_back_for_good;
use super::policy::{Ground, Made, Reason};
use crate::{Decision, Engine};

/// When the engine has to look at an act again; `None` when nothing is owed and it does not end by itself.
pub(super) fn next_check(act: &LegalAct) -> Option<UtcTime> {
    match act.status {
        ActStatus::Decided => {}
        // The law's day to list or remove does not wait for the second person.
        ActStatus::Proposed | ActStatus::Examined => {
            return act.terms.due.as_ref().map(|due| due.at).filter(|_| act.kind.is_published());
        }
        ActStatus::Refused => return None,
    }
    let is_awaited = act.answers.iter().any(|answer| answer.status == AnswerStatus::Awaited);
    let due = act.terms.due.as_ref().map(|due| due.at).filter(|_| is_awaited);
    let objection = act.open_objection().filter(|objection| !objection.is_overdue);
    let objection_due = objection.and_then(|objection| objection.due.as_ref()).map(|due| due.at);
    [due, objection_due, end_of(act)].into_iter().flatten().min()
}

/// The first moment at which a joint punishment does not hold any more.
fn end_of(act: &LegalAct) -> Option<UtcTime> {
    let until = act.terms.until.filter(|_| act.kind == ActKind::JointPunishment)?;
    Some(until.end_of_day_beijing().plus_ms(1))
}

/// Says that nobody decided an entry by its legal day; said once, because nothing is looked at again before somebody votes.
fn undecided(act: &LegalAct, now: UtcTime) -> Option<AuditEntry> {
    let due = act.terms.due.as_ref().filter(|due| due.at <= now && act.status.is_open())?;
    let text = format!(
        "转人工督办：{}（{}）{}，法定期限为{}；请尽快作出决定",
        act.kind.to_chinese(),
        act.id,
        act.status.to_chinese(),
        due.at.to_spaced_beijing()
    );
    Some(overdue_entry(act, text, now))
}

fn overdue_entry(act: &LegalAct, text: String, now: UtcTime) -> AuditEntry {
    AuditEntry {
        act: Some(act.id.clone()),
        case_number: Some(act.case_number.clone()),
        clause: Some(act.clause.clone()),
        ..AuditEntry::new(now, AuditAction::ActOverdue, ACTOR_GATEWAY, text)
    }
}

/// Says once that an objection's next step is late.
fn objection_overdue(act: &mut LegalAct, now: UtcTime) -> Option<AuditEntry> {
    let objection = act.objections.iter_mut().find(|objection| objection.status.is_open() && !objection.is_overdue)?;
    let due = objection.due.as_ref().filter(|due| due.at <= now)?;
    let text = format!(
        "转人工督办：对{}（{}）的异议{}，应在{}前办理",
        act.kind.to_chinese(),
        act.id,
        objection.status.to_chinese(),
        due.at.to_spaced_beijing()
    );
    objection.is_overdue = true;
    Some(overdue_entry(act, text, now))
}

impl Engine {
    /// Decides about an act whose time to be looked at has come; `None` when it has not come.
    ///
    /// An entry that nobody decided by its legal day, and answers that are owed past their day, are escalated to a person, once. When a
    /// joint punishment's last day is over, its lifting is proposed by the policy's `expiry`; two persons decide it like any other act.
    ///
    /// `others` are the acts about the same entity, `case` is the act's case, `sources` what the lifting rests on.
    #[must_use]
    pub fn act_due(
        &self,
        act: &LegalAct,
        others: &[LegalAct],
        case: &Case,
        sources: &[Source],
        now: UtcTime,
    ) -> Option<Decision> {
        if act.check_at.is_none_or(|check_at| now < check_at) {
            return None;
        }
        let mut looked_at = act.clone();
        looked_at.version = looked_at.version.saturating_add(1);
        let mut audit = Vec::new();
        let is_late = act.terms.due.as_ref().is_some_and(|due| due.at <= now);
        if is_late {
            audit.extend(undecided(act, now));
            audit.extend(self.overdue(&mut looked_at, others, now));
        }
        audit.extend(objection_overdue(&mut looked_at, now));
        let mut acts = Vec::new();
        let has_ended = end_of(act).is_some_and(|end| end <= now);
        if has_ended && act.stands(others) {
            let (made, entries) = self.lift_at_end(act, others, case, sources, now);
            acts.extend(made);
            audit.extend(entries);
        }
        looked_at.check_at = next_check(&looked_at).filter(|next| now < *next);
        acts.insert(0, looked_at);
        let settlement = Settlement { acts, audit, ..Settlement::empty(Trigger::Timer, InboxOutcome::Done, now) };
        Some(Decision::of(settlement, Vec::new()))
    }

    /// Marks what is owed as overdue, and says whose it is.
    fn overdue(&self, act: &mut LegalAct, others: &[LegalAct], now: UtcTime) -> Option<AuditEntry> {
        let mut silent = Vec::new();
        for answer in act.answers.iter_mut().filter(|answer| answer.status == AnswerStatus::Awaited) {
            answer.status = AnswerStatus::Overdue;
            silent.push(answer.agency.clone());
        }
        if silent.is_empty() {
            return None;
        }
        let names: Vec<&str> = silent.iter().map(|agency| self.agency_name(agency)).collect();
        let (names, kind) = (names.join("、"), act.kind.to_chinese());
        let due = act.terms.due.as_ref().map(|due| due.at.to_spaced_beijing()).unwrap_or_default();
        let is_stopped = act.answers.iter().any(|answer| answer.stopped.is_some());
        let text = if act.kind.is_published() {
            let next = match (is_stopped, takes_back_for_good(others, act)) {
                (false, _) => "请查明公示链路，办结前继续自动推送",
                (true, None) => "报文已停止推送，请处理后按原编号重发",
                (true, Some(_)) => "报文已停止推送，该条目此后已决定更正，不再推送",
            };
            format!("转人工督办：{names}尚未确认公示{kind}（{}），法定期限为{due}；{next}", act.id)
        } else {
            format!("转人工督办：{names}逾期未反馈{kind}（{}）的落实情况，应在{due}前反馈", act.id)
        };
        Some(overdue_entry(act, text, now))
    }

    fn lift_at_end(
        &self,
        act: &LegalAct,
        others: &[LegalAct],
        case: &Case,
        sources: &[Source],
        now: UtcTime,
    ) -> (Vec<LegalAct>, Vec<AuditEntry>) {
        let Some((expiry, rule_version)) = self.expiry() else {
            let text = format!("{}（{}）已到期，政策未规定如何解除，须人工拟办", act.kind.to_chinese(), act.id);
            let entry = AuditEntry {
                act: Some(act.id.clone()),
                case_number: Some(act.case_number.clone()),
                ..AuditEntry::new(now, AuditAction::ActOverdue, ACTOR_GATEWAY, text)
            };
            return (Vec::new(), vec![entry]);
        };
        let propose = Propose {
            act: ActKind::Lift,
            reason: expiry.reason.clone(),
            causes: BTreeMap::new(),
            measure_code: None,
            legal_basis: None,
            days: None,
            receivers: Vec::new(),
            clock: Some(expiry.clock),
        };
        let reason = Reason { rule: &expiry.id, rule_version, clause: &expiry.clause };
        let ground =
            Ground { case, evidence: sources, others, only: Some(&act.id), receivers: &[], cluster_address: None };
        let Made { acts, audit } = self.made_by_policy(&propose, reason, ground, now);
        (acts, audit)
    }
}
