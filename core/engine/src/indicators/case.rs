//! The case that an indicator opens.

use std::sync::Arc;

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{Case, CaseAssignment, CaseStatus, Source, Unassigned};
use xiezhi_model::message::Outgoing;
use xiezhi_model::policy::Assign;
use xiezhi_model::{AgencyId, CaseNumber, Digest, UtcTime};
use xiezhi_ports::{CaseWrite, InboxOutcome, Settlement, Trigger};

use super::Tally;
use super::compile::CompiledIndicator;
use super::judge::{Judged, says};
use crate::acts::party_name;
use crate::clock::MissingYearError;
use crate::dispatch::{Matter, Order};
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
    let mut case = blank(judged, indicator, tally, join_key, now);
    let uncounted = match tally.uncounted {
        (0, _) => String::new(),
        (files, why) => format!("；另有{files}户未能计入（{why}）"),
    };
    let text = format!(
        "研判立案：{}{}，{}，依据{}，列为“{}”{uncounted}",
        party_name(judged.party),
        indicator.indicator.name,
        says(indicator, tally),
        indicator.indicator.clause.to_chinese(),
        indicator.category_name
    );
    let mut audit = vec![entry(indicator, &case.number, AuditAction::CaseOpened, text, now)];
    let mut drafts = Vec::new();
    for assign in &indicator.indicator.assign {
        match dispatched(engine, &case, indicator, assign, now) {
            Ok((assignment, entry, draft)) => {
                case.status = CaseStatus::Open;
                case.assignments.push(assignment);
                audit.push(entry);
                drafts.extend(draft);
            }
            Err(why) => {
                let text = format!("须人工分派（{}）：{why}", assign.role.to_chinese());
                audit.push(entry(indicator, &case.number, AuditAction::CaseEscalated, text, now));
                case.unassigned.push(Unassigned {
                    role: assign.role,
                    clause: case.clause.clone(),
                    rule: case.rule.clone(),
                    why,
                });
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

/// The case, still without assignments.
fn blank(judged: Judged<'_>, indicator: &CompiledIndicator, tally: &Tally, join_key: String, now: UtcTime) -> Case {
    let made_of = [indicator.indicator.id.as_str().as_bytes(), join_key.as_bytes(), &now.unix_ms().to_be_bytes()];
    Case {
        number: CaseNumber::for_indicator(now.beijing_date().year(), &Digest::of_parts(&made_of)),
        join_key,
        category: indicator.indicator.category.clone(),
        category_name: indicator.category_name.clone(),
        clause: indicator.indicator.clause.clone(),
        rule: indicator.indicator.id.clone(),
        policy_version: indicator.policy_version.clone(),
        party: judged.party.clone(),
        title: format!("{}：{}（{}）", party_name(judged.party), indicator.indicator.name, says(indicator, tally)),
        status: CaseStatus::Unrouted,
        opened_at: now,
        updated_at: now,
        version: 1,
        source_count: u32::try_from(tally.evidence.len()).unwrap_or(u32::MAX),
        source_agencies: agencies(&tally.evidence),
        assignments: Vec::new(),
        reference: String::new(),
        text: String::new(),
        unassigned: Vec::new(),
        suspension: None,
        verify_due: None,
    }
}

/// The case, written again so that nobody else changes it at the same time.
pub(super) fn touched(case: &Case, now: UtcTime) -> CaseWrite {
    let case = Case { version: case.version.saturating_add(1), updated_at: now, ..case.clone() };
    CaseWrite { case: Arc::new(case), sources: Vec::new() }
}

/// One assignment, its history and its message; else why there is none, in Chinese.
fn dispatched(
    engine: &Engine,
    case: &Case,
    indicator: &CompiledIndicator,
    assign: &Assign,
    now: UtcTime,
) -> Result<(CaseAssignment, AuditEntry, Option<Draft>), String> {
    let sender = case.source_agencies.first();
    let agency = engine.target(&assign.to, &case.party, sender)?;
    let order = Order {
        agency,
        role: assign.role,
        clause: &case.clause,
        rule: &case.rule,
        rule_version: Some(&indicator.rule_version),
        clock: assign.clock,
    };
    let matter = Matter {
        party: &case.party,
        title: &case.title,
        text: &case.title,
        source_agency: sender.unwrap_or(agency),
        source_reference: case.number.as_str(),
    };
    let missing = |missing: MissingYearError| format!("缺少{}年工作日历，无法计算办理期限", missing.year);
    let made = engine.dispatch(case, &order, matter, now).map_err(missing)?;
    let clause = case.clause.to_chinese();
    let text = format!("派遣{}：{}，依据{clause}；{}", made.whom, indicator.indicator.name, made.until);
    let mut entry = AuditEntry {
        agency: Some(agency.clone()),
        assignment: Some(made.assignment.id.clone()),
        ..entry(indicator, &case.number, AuditAction::CaseAssigned, text, now)
    };
    let draft = engine.sends(agency, "assignment").then(|| Draft {
        id: Outgoing::derive_id(made.assignment.id.as_str(), case.rule.as_str(), agency, 0),
        agency: agency.clone(),
        case_number: Some(case.number.clone()),
        record: made.record,
    });
    entry.message_id = draft.as_ref().map(|draft| draft.id.clone());
    Ok((made.assignment, entry, draft))
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
