//! Stopping a case's clocks and having them run again (中止计时, 恢复计时).

use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{CaseStatus, Suspension};

use super::{Work, no_calendar, reason_given};
use crate::Denial;

impl Work<'_> {
    pub(super) fn suspend(&mut self, reason: &str) -> Result<(), Denial> {
        reason_given("中止计时的理由", reason)?;
        if self.case.status == CaseStatus::Closed {
            return Err(Denial::new("case.status", "案件已结案，不能中止计时"));
        }
        let open = self.case.standing().filter(|held| held.status.is_open()).count();
        self.case.suspension = Some(Suspension { at: self.now, reason: reason.to_owned() });
        self.case.verify_due = None;
        for held in &mut self.case.assignments {
            held.check_at = None;
        }
        self.note(AuditAction::CaseSuspended, format!("中止计时：{reason}；{open}件派遣的办理期限停止计算"));
        Ok(())
    }

    pub(super) fn resume(&mut self, reason: &str) -> Result<(), Denial> {
        reason_given("恢复计时的理由", reason)?;
        let Some(suspension) = self.case.suspension.take() else {
            return Err(Denial::new("case.status", "案件没有中止计时，无须恢复"));
        };
        let (engine, now) = (self.engine, self.now);
        let interval = engine.follow_up(&self.case.policy_version).map(|follow_up| follow_up.reminders.interval);
        let case = self.case.clone();
        let mut moved = Vec::new();
        for held in self.case.assignments.iter_mut().filter(|held| held.status.is_open() && held.replaced_by.is_none())
        {
            let since = suspension.at.max(held.assigned_at);
            held.deadline = engine.calendar.moved(&held.deadline, since, now).map_err(|error| no_calendar(&error))?;
            held.resumed_at = Some(now);
            if now < held.deadline.at {
                held.near_reminded_at = None;
            }
            held.check_at = if held.escalated_at.is_some() {
                None
            } else if held.reminders == 0 || now < held.deadline.at {
                engine.next_check(&case, held)
            } else {
                // It was late before: the next reminder comes an interval from now.
                interval.and_then(|clock| engine.calendar.deadline(now, clock).ok()).map(|deadline| deadline.at)
            };
            moved.push((held.id.clone(), held.deadline.clone()));
        }
        self.note(AuditAction::CaseResumed, format!("恢复计时：{reason}"));
        for (id, deadline) in moved {
            let (at, basis) = (deadline.at.to_spaced_beijing(), deadline.basis);
            self.note(AuditAction::CaseResumed, format!("派遣{id}的办理期限顺延至{at}（{basis}）"));
            if let Some(entry) = self.audit.last_mut() {
                entry.assignment = Some(id);
            }
        }
        self.verification_clock();
        Ok(())
    }

    /// The clock of the verification, counted anew and carried by the assignment that stands last.
    pub(super) fn verification_clock(&mut self) {
        let place = self.case.assignments.iter().rposition(|held| held.replaced_by.is_none()).unwrap_or(0);
        self.engine.restart_verification(&mut self.case, place, self.now);
    }
}
