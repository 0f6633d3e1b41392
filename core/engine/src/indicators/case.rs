//! The case that an indicator opens.

use std::sync::Arc;

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{AssignmentStatus, Case, CaseAssignment, CaseStatus, Source};
use xiezhi_model::message::Outgoing;
use xiezhi_model::policy::Assign;
use xiezhi_model::record::{Assignment, SCHEMA_VERSION};
use xiezhi_model::{AgencyId, AssignmentId, CaseNumber, Digest, Record, UtcTime};
use xiezhi_ports::{CaseWrite, InboxOutcome, Settlement, Trigger};

use super::Tally;
use super::compile::CompiledIndicator;
use super::judge::{Judged, says};
use crate::acts::party_name;
use crate::clock::MissingYearError;
use crate::{Decision, Draft, Engine};

/// Opens the case and assigns it. What cannot be timed waits for a person.
pub(super) fn open(
    engine: &Engine,
    judged: Judged<'_>,
    indicator: &CompiledIndicator,
    tally: &Tally,
    join_key: String,
    now: UtcTime,
) -> Decision {
    let today = now.beijing_date();
    let made_of = [indicator.indicator.id.as_str().as_bytes(), join_key.as_bytes(), &now.unix_ms().to_be_bytes()];
    let number = CaseNumber::for_indicator(today.year(), &Digest::of_parts(&made_of));
    let says = says(indicator, tally);
    let title = format!("{}：{}（{says}）", party_name(judged.party), indicator.indicator.name);
    let mut case = Case {
        number: number.clone(),
        join_key,
        category: indicator.indicator.category.clone(),
        category_name: indicator.category_name.clone(),
        clause: indicator.indicator.clause.clone(),
        rule: indicator.indicator.id.clone(),
        policy_version: indicator.policy_version.clone(),
        party: judged.party.clone(),
        title,
        status: CaseStatus::Unrouted,
        opened_at: now,
        updated_at: now,
        version: 1,
        source_count: u32::try_from(tally.evidence.len()).unwrap_or(u32::MAX),
        source_agencies: agencies(&tally.evidence),
        assignments: Vec::new(),
    };
    let uncounted = match tally.uncounted {
        (0, _) => String::new(),
        (files, why) => format!("；另有{files}户未能计入（{why}）"),
    };
    let text = format!(
        "研判立案：{}{}，{says}，依据{}，列为“{}”{uncounted}",
        party_name(judged.party),
        indicator.indicator.name,
        indicator.indicator.clause.to_chinese(),
        indicator.category_name
    );
    let mut audit = vec![entry(indicator, &number, AuditAction::CaseOpened, text, now)];
    let mut drafts = Vec::new();
    for assign in &indicator.indicator.assign {
        match assignment(engine, &case, indicator, assign, now) {
            Ok((assignment, entry, draft)) => {
                case.status = CaseStatus::Open;
                case.assignments.push(assignment);
                audit.push(entry);
                drafts.extend(draft);
            }
            Err(missing) => {
                let agency = engine.agency_name(&assign.to);
                let text = format!("缺少{}年工作日历，无法计算期限，须人工分派{agency}", missing.year);
                audit.push(entry(indicator, &number, AuditAction::CaseEscalated, text, now));
            }
        }
    }
    let settlement = Settlement {
        cases: vec![CaseWrite { case: Arc::new(case), sources: tally.evidence.clone() }],
        audit,
        ..Settlement::empty(Trigger::Timer, InboxOutcome::Done, now)
    };
    Decision::of(settlement, drafts)
}

/// The case, written again so that nobody else changes it at the same time.
pub(super) fn touched(case: &Case, now: UtcTime) -> CaseWrite {
    let case = Case { version: case.version.saturating_add(1), updated_at: now, ..case.clone() };
    CaseWrite { case: Arc::new(case), sources: Vec::new() }
}

type Assigned = (CaseAssignment, AuditEntry, Option<Draft>);

fn assignment(
    engine: &Engine,
    case: &Case,
    indicator: &CompiledIndicator,
    assign: &Assign,
    now: UtcTime,
) -> Result<Assigned, MissingYearError> {
    let deadline = engine.calendar.deadline(now, assign.clock)?;
    let id = AssignmentId::of(&case.number, case.assignments.len().saturating_add(1));
    let text = format!(
        "派遣{}（{}）：{}，依据{}；办理期限至{}（{}）",
        engine.agency_name(&assign.to),
        assign.role.to_chinese(),
        indicator.indicator.name,
        indicator.indicator.clause.to_chinese(),
        deadline.at.to_spaced_beijing(),
        deadline.basis
    );
    let mut entry = AuditEntry {
        agency: Some(assign.to.clone()),
        assignment: Some(id.clone()),
        ..entry(indicator, &case.number, AuditAction::CaseAssigned, text, now)
    };
    let draft = engine.sends(&assign.to, "assignment").then(|| Draft {
        id: Outgoing::derive_id(id.as_str(), indicator.indicator.id.as_str(), &assign.to, 0),
        agency: assign.to.clone(),
        case_number: Some(case.number.clone()),
        record: record(case, assign, &id, deadline.at, now),
    });
    entry.message_id = draft.as_ref().map(|draft| draft.id.clone());
    let assignment = CaseAssignment {
        id,
        agency: assign.to.clone(),
        role: assign.role.as_str().to_owned(),
        clause: indicator.indicator.clause.clone(),
        rule: indicator.indicator.id.clone(),
        status: AssignmentStatus::Assigned,
        assigned_at: now,
        check_at: Some(deadline.at),
        deadline,
        reminders: 0,
    };
    Ok((assignment, entry, draft))
}

fn record(case: &Case, assign: &Assign, id: &AssignmentId, due_at: UtcTime, now: UtcTime) -> Record {
    Record::Assignment(Box::new(Assignment {
        schema_version: SCHEMA_VERSION,
        assignment: id.clone(),
        case_number: case.number.clone(),
        agency: assign.to.clone(),
        role: assign.role.as_str().to_owned(),
        clause: case.clause.clone(),
        category: case.category.clone(),
        category_name: case.category_name.clone(),
        party: case.party.clone(),
        title: case.title.clone(),
        text: case.title.clone(),
        source_agency: case.source_agencies.first().unwrap_or(&assign.to).clone(),
        source_reference: case.number.to_string(),
        assigned_at: now,
        due_at,
    }))
}

fn entry(
    indicator: &CompiledIndicator,
    number: &CaseNumber,
    action: AuditAction,
    text: String,
    now: UtcTime,
) -> AuditEntry {
    AuditEntry {
        case_number: Some(number.clone()),
        clause: Some(indicator.indicator.clause.clone()),
        rule: Some(indicator.indicator.id.clone()),
        rule_version: Some(indicator.rule_version.clone()),
        ..AuditEntry::new(now, action, ACTOR_GATEWAY, text)
    }
}

fn agencies(evidence: &[Source]) -> Vec<AgencyId> {
    let mut agencies = Vec::new();
    for source in evidence {
        if !agencies.contains(&source.agency) {
            agencies.push(source.agency.clone());
        }
    }
    agencies
}
