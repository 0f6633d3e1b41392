//! Feedback (处置反馈): an agency answers an assignment, and the case moves on.

use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{AssignmentStatus, Case, CaseStatus};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::record::Feedback;

use crate::work::Work;

/// A record names an assignment that is another agency's.
const NOT_ASSIGNED: &str = "case.not-assigned";

/// Applies an answer, or makes it a row fault.
pub(crate) fn answer(work: &mut Work<'_>, row: u32, feedback: &Feedback) {
    let number = feedback.assignment.case_number();
    let before = work.case(&number).and_then(|case| {
        let assignment = case.assignments.iter().find(|assignment| assignment.id == feedback.assignment)?;
        Some((assignment.clone(), case.status))
    });
    let Some((before, case_before)) = before else {
        let text = format!("没有编号为{}的派遣，请核对派遣编号后重新反馈", feedback.assignment);
        work.fault_row(row, Fault::new(code::CASE_UNKNOWN, text).in_field("assignment"));
        return;
    };
    let sender = &work.message.agency;
    if before.agency != *sender {
        // The text does not say whose it is: the sender need not know.
        let text = format!("派遣{}不是派给贵单位的，请核对派遣编号", feedback.assignment);
        work.fault_row(row, Fault::new(NOT_ASSIGNED, text).in_field("assignment"));
        return;
    }
    let status = AssignmentStatus::from(feedback.result);
    let moves = case_before != CaseStatus::Closed && may_follow(before.status, status);
    let agency = work.engine.agency_name(sender);
    let text = match (moves, status) {
        (false, _) => format!(
            "{agency}对派遣{}再次反馈（对方编号{}，{}）；此前为{}，仅记录",
            before.id,
            feedback.reference,
            status.to_chinese(),
            before.status.to_chinese()
        ),
        (true, AssignmentStatus::Returned) => {
            format!("{agency}退回派遣{}（对方编号{}），须人工重新分派", before.id, feedback.reference)
        }
        (true, _) => {
            format!("{agency}反馈派遣{}（对方编号{}）：{}", before.id, feedback.reference, status.to_chinese())
        }
    };
    let entry = AuditEntry {
        actor: format!("agency:{sender}"),
        case_number: Some(number.clone()),
        assignment: Some(before.id.clone()),
        clause: Some(before.clause.clone()),
        rule: Some(before.rule.clone()),
        ..work.entry(AuditAction::CaseFeedback, text)
    };
    work.audit.push(entry);
    work.note_case(&number);
    work.counts.answered += 1;
    if !moves {
        return;
    }
    let Some(case) = work.case_mut(&number) else { return };
    for assignment in case.assignments.iter_mut().filter(|assignment| assignment.id == before.id) {
        assignment.status = status;
        if !status.is_open() {
            assignment.check_at = None;
        } else if assignment.check_at.is_none() && !before.status.is_open() {
            // Taken up again after it was returned: the clock that was set runs on.
            assignment.check_at = Some(assignment.deadline.at);
        }
    }
    case.status = status_of(case);
    let after = case.status;
    if after != case_before {
        let text = format!("案件由{}转为{}", case_before.to_chinese(), after.to_chinese());
        let entry = AuditEntry { case_number: Some(number), ..work.entry(AuditAction::CaseStatusChanged, text) };
        work.audit.push(entry);
    }
}

/// Whether an answer moves an assignment on. Answers may overtake each other, so an earlier step after a later one
/// changes nothing; what is done stays done; what was returned may still be taken up.
fn may_follow(before: AssignmentStatus, after: AssignmentStatus) -> bool {
    use AssignmentStatus::{Accepted, Assigned, Done, InProgress, Returned};
    match (before, after) {
        (Done, _) | (_, Assigned) => false,
        (Returned, after) => after != Returned,
        (_, Done | Returned) => true,
        (Assigned, Accepted | InProgress) | (Accepted, InProgress) => true,
        (Accepted | InProgress, Accepted) | (InProgress, InProgress) => false,
    }
}

/// Where a case stands by its assignments.
fn status_of(case: &Case) -> CaseStatus {
    let any = |wanted: fn(AssignmentStatus) -> bool| case.assignments.iter().any(|a| wanted(a.status));
    if any(AssignmentStatus::is_open) {
        CaseStatus::Open
    } else if !any(|status| status == AssignmentStatus::Returned) {
        CaseStatus::FedBack
    } else if any(|status| status == AssignmentStatus::Done) {
        // Part of the work is done and part was returned: a person must reassign that part.
        CaseStatus::Open
    } else {
        CaseStatus::Unrouted
    }
}
