//! The clocks of the closed loop (六（二）): when an assignment is looked at next, and by when a case must be verified.

use xiezhi_model::UtcTime;
use xiezhi_model::case::{AssignmentStatus, Case, CaseAssignment, CaseStatus, Deadline};

use crate::Engine;

/// The moments of one assignment before its deadline; each is `None` where the policy has no such step, the assignment has
/// passed it, or its clock is as long as the whole.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moments {
    /// By when it must be accepted or returned.
    pub(crate) accept: Option<UtcTime>,
    /// From when on its agency is told that the deadline is near.
    pub(crate) near: Option<UtcTime>,
}

impl Engine {
    /// The moments of an assignment that are still to come or to be acted on.
    ///
    /// A table that is missing for counting back makes no moment: the deadline itself was counted with the tables there are.
    pub(crate) fn moments(&self, case: &Case, held: &CaseAssignment) -> Moments {
        let Some(steps) = self.follow_up(&case.policy_version).map(|follow_up| follow_up.steps) else {
            return Moments::default();
        };
        let within = |at: &UtcTime| held.assigned_at < *at && *at < held.deadline.at;
        let accept = steps
            .accept
            .filter(|_| held.status == AssignmentStatus::Assigned && held.accept_reminded_at.is_none())
            .and_then(|clock| self.calendar.deadline(held.resumed_at.unwrap_or(held.assigned_at), clock).ok())
            .map(|deadline| deadline.at);
        let near = steps
            .remind_before
            .filter(|_| held.near_reminded_at.is_none())
            .and_then(|clock| self.calendar.before(held.deadline.at, clock).ok());
        Moments { accept: accept.filter(within), near: near.filter(within) }
    }

    /// When an open assignment that was not yet reminded of its deadline is looked at next; `None` while the clocks of its case
    /// stand still.
    pub(crate) fn next_check(&self, case: &Case, held: &CaseAssignment) -> Option<UtcTime> {
        if case.suspension.is_some() {
            return None;
        }
        let Moments { accept, near } = self.moments(case, held);
        [Some(held.deadline.at), accept, near].into_iter().flatten().min()
    }

    /// Where a case stands by its standing assignments.
    pub(crate) fn status_of(case: &Case) -> CaseStatus {
        let any = |wanted: AssignmentStatus| case.standing().any(|held| held.status == wanted);
        if case.has_open() {
            CaseStatus::Open
        } else if any(AssignmentStatus::Done) {
            // Part of the work is done and part was returned: a person must reassign that part or verify what is done.
            if any(AssignmentStatus::Returned) { CaseStatus::Open } else { CaseStatus::FedBack }
        } else {
            CaseStatus::Unrouted
        }
    }

    /// An assignment was answered: it stands so now, its clock runs on or stops, and the case moves to where that puts it.
    pub(crate) fn answered(&self, case: &mut Case, place: usize, status: AssignmentStatus, now: UtcTime) {
        let Some(mut held) = case.assignments.get(place).cloned() else { return };
        let was_open = held.status.is_open();
        held.status = status;
        // After a reminder or an escalation the times are set by those; taken up again after a return, the clock runs on.
        if status.is_open() && held.reminders == 0 && held.escalated_at.is_none() {
            held.check_at = self.next_check(case, &held);
        } else if status.is_open() && held.check_at.is_none() && !was_open {
            held.check_at = case.suspension.is_none().then_some(held.deadline.at);
        }
        if let Some(place) = case.assignments.get_mut(place) {
            *place = held;
        }
        self.restate(case, place, now);
    }

    /// Moves a case to where its assignments put it, and starts or stops the clock of its verification. `last` is the assignment
    /// that carries that clock: the one that was answered last.
    pub(crate) fn restate(&self, case: &mut Case, last: usize, now: UtcTime) {
        case.status = Self::status_of(case);
        self.restart_verification(case, last, now);
    }

    /// Starts the clock of the verification of a case that is fed back, else stops it.
    pub(crate) fn restart_verification(&self, case: &mut Case, last: usize, now: UtcTime) {
        case.verify_due = None;
        for held in case.assignments.iter_mut().filter(|held| !held.status.is_open()) {
            held.check_at = None;
        }
        if case.status != CaseStatus::FedBack || case.suspension.is_some() {
            return;
        }
        case.verify_due = self.verify_deadline(case, now);
        let at = case.verify_due.as_ref().map(|deadline| deadline.at);
        if let Some(held) = case.assignments.get_mut(last) {
            held.check_at = at;
        }
    }

    /// A year without a table leaves the verification without a clock: it is on the work list in any case.
    fn verify_deadline(&self, case: &Case, now: UtcTime) -> Option<Deadline> {
        let clock = self.follow_up(&case.policy_version)?.steps.verify?;
        self.calendar.deadline(now, clock).ok()
    }
}
