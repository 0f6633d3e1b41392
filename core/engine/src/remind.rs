//! Late assignments: reminders (督办) while there are any left, then an escalation to a person.

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{Case, CaseAssignment, CaseStatus};
use xiezhi_model::message::Outgoing;
use xiezhi_model::record::{Reminder, SCHEMA_VERSION};
use xiezhi_model::{AssignmentId, Record, UtcTime};
use xiezhi_ports::{CaseWrite, InboxOutcome, Settlement, Trigger};

use crate::{Decision, Draft, Engine};

/// What becomes of a late assignment.
enum Step {
    /// A reminder; looked at again then.
    Remind { level: u32, next: UtcTime },
    /// No reminder is left, or none can be timed: a person must act. Why, in Chinese.
    Escalate(String),
    /// It was answered after all.
    Stop,
}

impl Engine {
    /// Decides about an assignment whose time to be looked at has come; `None` when it has not come or the case has no
    /// such assignment. The decision is based on the case as given: T2 refuses it when the case has changed since.
    #[must_use]
    pub fn remind(&self, case: &Case, assignment: &AssignmentId, now: UtcTime) -> Option<Decision> {
        let late = case.assignments.iter().find(|held| held.id == *assignment)?;
        if late.check_at.is_none_or(|check_at| now < check_at) {
            return None;
        }
        let step = self.step(case, late, now);
        let agency = self.agency_name(&late.agency);
        let due = late.deadline.at.to_spaced_beijing();
        let (action, text) = match &step {
            Step::Remind { level, next } => (
                AuditAction::CaseReminded,
                format!(
                    "第{level}次督办：{agency}未在{due}前办结派遣{assignment}；{}后仍未办结的再次处理",
                    next.to_spaced_beijing()
                ),
            ),
            Step::Escalate(why) => {
                (AuditAction::CaseEscalated, format!("转人工督办：{agency}未在{due}前办结派遣{assignment}，{why}"))
            }
            Step::Stop => (AuditAction::CaseStatusChanged, format!("派遣{assignment}已不需督办，停止计时")),
        };
        let mut entry = AuditEntry {
            agency: Some(late.agency.clone()),
            case_number: Some(case.number.clone()),
            assignment: Some(assignment.clone()),
            clause: Some(late.clause.clone()),
            rule: Some(late.rule.clone()),
            ..AuditEntry::new(now, action, ACTOR_GATEWAY, text)
        };
        let drafts = self.reminder(case, late, &step, now);
        entry.message_id = drafts.first().map(|draft| draft.id.clone());
        let settlement = Settlement {
            cases: vec![CaseWrite { case: after(case, assignment, &step, now).into(), sources: Vec::new() }],
            audit: vec![entry],
            ..Settlement::empty(Trigger::Timer, InboxOutcome::Done, now)
        };
        Some(Decision::of(settlement, drafts))
    }

    fn step(&self, case: &Case, late: &CaseAssignment, now: UtcTime) -> Step {
        if case.status == CaseStatus::Closed || !late.status.is_open() {
            return Step::Stop;
        }
        let Some(reminders) = self.reminders(&case.policy_version).filter(|r| late.reminders < r.count_max) else {
            return Step::Escalate(format!("已督办{}次", late.reminders));
        };
        match self.calendar.deadline(now, reminders.interval) {
            Ok(next) => Step::Remind { level: late.reminders.saturating_add(1), next: next.at },
            Err(missing) => Step::Escalate(format!("缺少{}年工作日历，无法计算下次督办时间", missing.year)),
        }
    }

    /// The reminder as a draft; none for an agency in the house, which sees it in the case list.
    fn reminder(&self, case: &Case, late: &CaseAssignment, step: &Step, now: UtcTime) -> Vec<Draft> {
        let Step::Remind { level, .. } = step else { return Vec::new() };
        if !self.sends(&late.agency, "reminder") {
            return Vec::new();
        }
        let record = Record::Reminder(Box::new(Reminder {
            schema_version: SCHEMA_VERSION,
            assignment: late.id.clone(),
            case_number: case.number.clone(),
            agency: late.agency.clone(),
            clause: late.clause.clone(),
            party: case.party.clone(),
            title: case.title.clone(),
            due_at: late.deadline.at,
            level: *level,
            sent_at: now,
        }));
        vec![Draft {
            id: Outgoing::derive_id(&format!("{}|{level}", late.id), late.rule.as_str(), &late.agency, 0),
            agency: late.agency.clone(),
            case_number: Some(case.number.clone()),
            record,
        }]
    }
}

fn after(case: &Case, assignment: &AssignmentId, step: &Step, now: UtcTime) -> Case {
    let mut case = case.clone();
    case.version = case.version.saturating_add(1);
    case.updated_at = now;
    for held in case.assignments.iter_mut().filter(|held| held.id == *assignment) {
        match step {
            Step::Remind { level, next } => {
                held.reminders = *level;
                held.check_at = Some(*next);
            }
            Step::Escalate(_) | Step::Stop => held.check_at = None,
        }
    }
    case
}
