//! Assignments whose time to be looked at has come: told that they are to be accepted or that the deadline is near, reminded
//! when it has passed (督办) while there are reminders left, then escalated to a person; and verifications that are late.

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{Case, CaseAssignment, CaseStatus};
use xiezhi_model::message::Outgoing;
use xiezhi_model::record::{Reminder, SCHEMA_VERSION};
use xiezhi_model::{AssignmentId, Record, UtcTime};
use xiezhi_ports::{CaseWrite, InboxOutcome, Settlement, Trigger};

use crate::{Decision, Draft, Engine};

/// What becomes of the assignment.
enum Step {
    /// It was not accepted in time: told so, once.
    Accept { by: UtcTime },
    /// Its deadline is near: told so, once.
    Near,
    /// A reminder; looked at again then.
    Remind { level: u32, next: UtcTime },
    /// No reminder is left, or none can be timed: a person must act. Why, in Chinese.
    Escalate(String),
    /// Everything is fed back, and nobody verified it in time: a person must act.
    VerifyLate,
    /// Nothing is due: looked at again then.
    Later(UtcTime),
    /// It was answered after all, or its clock stands still.
    Stop,
}

impl Step {
    /// The level of the reminder that goes out.
    fn level(&self) -> Option<u32> {
        match self {
            Self::Accept { .. } | Self::Near => Some(0),
            Self::Remind { level, .. } => Some(*level),
            Self::Escalate(_) | Self::VerifyLate | Self::Later(_) | Self::Stop => None,
        }
    }
}

impl Engine {
    /// Decides about an assignment whose time to be looked at has come; `None` when it has not come or the case has no
    /// such assignment. The decision is based on the case as given: T2 refuses it when the case has changed since.
    #[must_use]
    pub fn remind(&self, case: &Case, assignment: &AssignmentId, now: UtcTime) -> Option<Decision> {
        let held = case.assignments.iter().find(|held| held.id == *assignment)?;
        if held.check_at.is_none_or(|check_at| now < check_at) {
            return None;
        }
        let step = self.step(case, held, now);
        let (action, text) = self.told(case, held, &step);
        let mut entry = AuditEntry {
            agency: Some(held.agency.clone()),
            case_number: Some(case.number.clone()),
            assignment: Some(assignment.clone()),
            clause: Some(held.clause.clone()),
            rule: Some(held.rule.clone()),
            rule_version: held.rule_version.clone(),
            ..AuditEntry::new(now, action, ACTOR_GATEWAY, text)
        };
        let drafts = self.reminder(case, held, &step, now);
        entry.message_id = drafts.first().map(|draft| draft.id.clone());
        let settlement = Settlement {
            cases: vec![CaseWrite { case: self.after(case, assignment, &step, now).into(), sources: Vec::new() }],
            audit: vec![entry],
            ..Settlement::empty(Trigger::Timer, InboxOutcome::Done, now)
        };
        Some(Decision::of(settlement, drafts))
    }

    fn step(&self, case: &Case, held: &CaseAssignment, now: UtcTime) -> Step {
        if case.status == CaseStatus::Closed || case.suspension.is_some() || held.replaced_by.is_some() {
            return Step::Stop;
        }
        if !held.status.is_open() {
            let is_late = case.status == CaseStatus::FedBack && case.verify_due.is_some();
            return if is_late { Step::VerifyLate } else { Step::Stop };
        }
        let moments = self.moments(case, held);
        if now < held.deadline.at {
            return match (moments.near, moments.accept) {
                (Some(near), _) if near <= now => Step::Near,
                (_, Some(by)) if by <= now => Step::Accept { by },
                // There is nothing before the deadline any more, or not yet.
                _ => Step::Later(self.next_check(case, held).unwrap_or(held.deadline.at)),
            };
        }
        let reminders = self.follow_up(&case.policy_version).map(|follow_up| follow_up.reminders);
        let Some(reminders) = reminders.filter(|r| held.reminders < r.count_max) else {
            return Step::Escalate(format!("已督办{}次", held.reminders));
        };
        match self.calendar.deadline(now, reminders.interval) {
            Ok(next) => Step::Remind { level: held.reminders.saturating_add(1), next: next.at },
            Err(missing) => Step::Escalate(format!("缺少{}年工作日历，无法计算下次督办时间", missing.year)),
        }
    }

    /// The step in words.
    fn told(&self, case: &Case, held: &CaseAssignment, step: &Step) -> (AuditAction, String) {
        let (agency, id) = (self.agency_name(&held.agency), &held.id);
        let due = held.deadline.at.to_spaced_beijing();
        match step {
            Step::Accept { by } => {
                let by = by.to_spaced_beijing();
                (AuditAction::CaseReminded, format!("接收提醒：{agency}未在{by}前接收或退回派遣{id}；办理期限至{due}"))
            }
            Step::Near => (AuditAction::CaseReminded, format!("临期提醒：{agency}的派遣{id}办理期限至{due}")),
            Step::Remind { level, next } => (
                AuditAction::CaseReminded,
                format!(
                    "第{level}次督办：{agency}未在{due}前办结派遣{id}；{}后仍未办结的再次处理",
                    next.to_spaced_beijing()
                ),
            ),
            Step::Escalate(why) => {
                (AuditAction::CaseEscalated, format!("转人工督办：{agency}未在{due}前办结派遣{id}，{why}"))
            }
            Step::VerifyLate => {
                let by = case.verify_due.as_ref().map(|due| due.at.to_spaced_beijing()).unwrap_or_default();
                (AuditAction::CaseEscalated, format!("转人工督办：案件已全部反馈，未在{by}前核查"))
            }
            Step::Later(at) => {
                let at = at.to_spaced_beijing();
                (AuditAction::CaseStatusChanged, format!("派遣{id}目前没有到期事项，{at}再看"))
            }
            Step::Stop => (AuditAction::CaseStatusChanged, format!("派遣{id}已不需督办，停止计时")),
        }
    }

    /// The reminder as a draft; none for an agency in the house, which sees it in the case list.
    fn reminder(&self, case: &Case, held: &CaseAssignment, step: &Step, now: UtcTime) -> Vec<Draft> {
        let Some(level) = step.level() else { return Vec::new() };
        if !self.sends(&held.agency, "reminder") {
            return Vec::new();
        }
        // A deadline that was moved by a suspension may come near twice, so the moment is part of the id.
        let (title, cause) = match step {
            Step::Accept { .. } => {
                (format!("请尽快接收或退回：{}", case.title), format!("{}|0|accept|{}", held.id, held.deadline.at))
            }
            Step::Near => (format!("临期提醒：{}", case.title), format!("{}|0|near|{}", held.id, held.deadline.at)),
            _ => (case.title.clone(), format!("{}|{level}", held.id)),
        };
        let record = Record::Reminder(Box::new(Reminder {
            schema_version: SCHEMA_VERSION,
            assignment: held.id.clone(),
            case_number: case.number.clone(),
            agency: held.agency.clone(),
            clause: held.clause.clone(),
            party: case.party.clone(),
            title,
            due_at: held.deadline.at,
            level,
            sent_at: now,
        }));
        vec![Draft {
            id: Outgoing::derive_id(&cause, held.rule.as_str(), &held.agency, 0),
            agency: held.agency.clone(),
            case_number: Some(case.number.clone()),
            record,
        }]
    }

    fn after(&self, case: &Case, assignment: &AssignmentId, step: &Step, now: UtcTime) -> Case {
        let mut after = case.clone();
        after.version = after.version.saturating_add(1);
        after.updated_at = now;
        for held in after.assignments.iter_mut().filter(|held| held.id == *assignment) {
            match step {
                Step::Accept { .. } => {
                    held.accept_reminded_at = Some(now);
                    held.check_at = self.next_check(case, held);
                }
                Step::Near => {
                    // One message is enough: whoever has not accepted by now is told of the deadline.
                    held.near_reminded_at = Some(now);
                    if self.moments(case, held).accept.is_some_and(|by| by <= now) {
                        held.accept_reminded_at = Some(now);
                    }
                    held.check_at = self.next_check(case, held);
                }
                Step::Remind { level, next } => {
                    held.reminders = *level;
                    held.check_at = Some(*next);
                }
                Step::Escalate(_) | Step::VerifyLate => {
                    held.check_at = None;
                    held.escalated_at = Some(now);
                }
                Step::Later(at) => held.check_at = Some(*at),
                Step::Stop => held.check_at = None,
            }
        }
        after
    }
}
