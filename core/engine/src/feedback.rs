//! Feedback (处置反馈): an agency answers an assignment, and the case moves on.

use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{AssignmentStatus, CaseAssignment, CaseStatus};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::policy::Assign;
use xiezhi_model::record::Feedback;
use xiezhi_model::{AgencyId, CaseNumber};

use crate::clock::MissingYearError;
use crate::dispatch::{Order, matter_of};
use crate::route::{by_rule, send};
use crate::rules::CompiledRule;
use crate::work::Work;

/// A record names an assignment that is another agency's.
const NOT_ASSIGNED: &str = "case.not-assigned";

/// Applies an answer, or makes it a row fault. `index` is the record's place in the message, from 0.
pub(crate) fn answer(work: &mut Work<'_>, row: u32, index: usize, feedback: &Feedback) -> Result<(), MissingYearError> {
    let number = feedback.assignment.case_number();
    let before = work.case(&number).and_then(|case| {
        let assignment = case.assignments.iter().find(|assignment| assignment.id == feedback.assignment)?;
        Some((assignment.clone(), case.status))
    });
    let Some((before, case_before)) = before else {
        let text = format!("没有编号为{}的派遣，请核对派遣编号后重新反馈", feedback.assignment);
        work.fault_row(row, Fault::new(code::CASE_UNKNOWN, text).in_field("assignment"));
        return Ok(());
    };
    let sender = &work.message.agency;
    if before.agency != *sender {
        // The text does not say whose it is: the sender need not know.
        let text = format!("派遣{}不是派给贵单位的，请核对派遣编号", feedback.assignment);
        work.fault_row(row, Fault::new(NOT_ASSIGNED, text).in_field("assignment"));
        return Ok(());
    }
    let status = AssignmentStatus::from(feedback.result);
    let stands = case_before != CaseStatus::Closed && before.replaced_by.is_none();
    let moves = stands && may_follow(before.status, status);
    let next = match (moves, status) {
        (true, AssignmentStatus::Returned) => next_in_turn(work, &number, &before),
        _ => None,
    };
    let text = told(work, &before, feedback, moves, next.is_some());
    let entry = AuditEntry {
        actor: format!("agency:{}", work.message.agency),
        case_number: Some(number.clone()),
        assignment: Some(before.id.clone()),
        clause: Some(before.clause.clone()),
        rule: Some(before.rule.clone()),
        rule_version: before.rule_version.clone(),
        ..work.entry(AuditAction::CaseFeedback, text)
    };
    work.audit.push(entry);
    work.note_case(&number);
    work.counts.answered += 1;
    if !moves {
        return Ok(());
    }
    let (engine, now) = (work.engine, work.now);
    let Some(case) = work.case_mut(&number) else { return Ok(()) };
    let Some(place) = case.assignments.iter().position(|held| held.id == before.id) else { return Ok(()) };
    engine.answered(case, place, status, now);
    if let Some(Turn { rule, assign, agency }) = next {
        forward(work, index, &number, &before, rule, assign, &agency)?;
    }
    let after = work.case(&number).map_or(case_before, |case| case.status);
    if after != case_before {
        let text = format!("案件由{}转为{}", case_before.to_chinese(), after.to_chinese());
        let entry = AuditEntry { case_number: Some(number), ..work.entry(AuditAction::CaseStatusChanged, text) };
        work.audit.push(entry);
    }
    Ok(())
}

/// The answer in words.
fn told(work: &Work<'_>, before: &CaseAssignment, feedback: &Feedback, moves: bool, goes_on: bool) -> String {
    let agency = work.engine.agency_name(&before.agency);
    let status = AssignmentStatus::from(feedback.result);
    let (id, reference) = (&before.id, &feedback.reference);
    match (moves, status) {
        (false, _) => {
            let (now, was) = (status.to_chinese(), before.status.to_chinese());
            format!("{agency}对派遣{id}再次反馈（对方编号{reference}，{now}）；此前为{was}，仅记录")
        }
        (true, AssignmentStatus::Returned) if goes_on => {
            format!("{agency}退回派遣{id}（对方编号{reference}），按规则转派下一单位")
        }
        (true, AssignmentStatus::Returned) => {
            format!("{agency}退回派遣{id}（对方编号{reference}），须人工重新分派")
        }
        (true, _) => format!("{agency}反馈派遣{id}（对方编号{reference}）：{}", status.to_chinese()),
    }
}

/// Whose turn it is after a return.
struct Turn<'a> {
    rule: &'a CompiledRule,
    assign: &'a Assign,
    agency: AgencyId,
}

/// The next agency, by the rule that assigned it, that has not had the case; `None` where the rule is gone or names no more.
fn next_in_turn<'a>(work: &Work<'a>, number: &CaseNumber, returned: &CaseAssignment) -> Option<Turn<'a>> {
    let engine = work.engine;
    let case = work.case(number)?;
    let on = work.message.received_at.beijing_date();
    let rule = engine.rules.find(&returned.rule, returned.rule_version.as_deref(), on)?;
    let sender = case.source_agencies.first();
    let chain = |assign: &'a Assign| std::iter::once(&assign.to).chain(&assign.next);
    let place = |assign: &'a Assign| {
        let leads_here = |to| engine.target(to, &case.party, sender).is_ok_and(|agency| *agency == returned.agency);
        chain(assign).position(leads_here)
    };
    let of_role = rule.rule.assign.iter().filter(|assign| assign.role.as_str() == returned.role);
    let (assign, place) =
        of_role.filter_map(|assign| Some((assign, place(assign)?))).min_by_key(|(_, place)| *place)?;
    let had = |agency: &AgencyId| case.assignments.iter().any(|held| held.agency == *agency);
    let mut after = chain(assign).skip(place.saturating_add(1));
    let agency = after.find_map(|to| {
        let agency = engine.target(to, &case.party, sender).ok()?;
        (!had(agency)).then(|| agency.clone())
    })?;
    Some(Turn { rule, assign, agency })
}

/// Gives a returned assignment to the next agency, with the same clock counted anew.
fn forward(
    work: &mut Work<'_>,
    index: usize,
    number: &CaseNumber,
    returned: &CaseAssignment,
    rule: &CompiledRule,
    assign: &Assign,
    agency: &AgencyId,
) -> Result<(), MissingYearError> {
    let engine = work.engine;
    let Some(case) = work.case(number) else { return Ok(()) };
    let Some(matter) = matter_of(case, "") else { return Ok(()) };
    let order = Order {
        agency,
        role: assign.role,
        clause: &rule.rule.clause,
        rule: &rule.rule.id,
        rule_version: Some(&rule.rule_version),
        clock: assign.clock,
    };
    let dispatched = engine.dispatch(case, &order, matter, work.now)?;
    let text = format!(
        "按规则转派{}：{}退回派遣{}，规则规定由其接办，依据{}；{}",
        dispatched.whom,
        engine.agency_name(&returned.agency),
        returned.id,
        rule.rule.clause.to_chinese(),
        dispatched.until
    );
    let id = dispatched.assignment.id.clone();
    let entry = AuditEntry {
        agency: Some(agency.clone()),
        case_number: Some(number.clone()),
        assignment: Some(id.clone()),
        ..by_rule(work.entry(AuditAction::CaseForwarded, text), rule)
    };
    let now = work.now;
    if let Some(case) = work.case_mut(number) {
        for held in case.assignments.iter_mut().filter(|held| held.id == returned.id) {
            held.replaced_by = Some(id.clone());
        }
        case.assignments.push(dispatched.assignment);
        engine.restate(case, 0, now);
    }
    send(work, rule, index, agency, number, dispatched.record, entry);
    Ok(())
}

/// Whether an answer moves an assignment on. Answers may overtake each other, so an earlier step after a later one
/// changes nothing; what is done stays done; what was returned may still be taken up.
pub(crate) fn may_follow(before: AssignmentStatus, after: AssignmentStatus) -> bool {
    use AssignmentStatus::{Accepted, Assigned, Done, InProgress, Returned};
    match (before, after) {
        (Done, _) | (_, Assigned) => false,
        (Returned, after) => after != Returned,
        (_, Done | Returned) => true,
        (Assigned, Accepted | InProgress) | (Accepted, InProgress) => true,
        (Accepted | InProgress, Accepted) | (InProgress, InProgress) => false,
    }
}
