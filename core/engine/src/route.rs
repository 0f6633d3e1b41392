//! From a record to its cases: which rules match, which case they open or join, who is assigned.

use std::collections::BTreeMap;

use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{Case, CaseStatus, Source, Unassigned};
use xiezhi_model::id::IdError;
use xiezhi_model::policy::Assign;
use xiezhi_model::record::{Issue, Party};
use xiezhi_model::{AgencyId, CaseNumber, ClauseId, Record, RuleId};

use crate::clock::MissingYearError;
use crate::condition::Verdict;
use crate::dispatch::{Matter, Order};
use crate::keep::keep;
use crate::rules::CompiledRule;
use crate::work::Work;
use crate::{Engine, IntakeMessage, acts, party, summary};

/// The clause and rule that cases without a rule of the policy name.
pub(crate) struct Unrouted {
    clause: ClauseId,
    rule: RuleId,
}

impl Unrouted {
    pub(crate) fn new() -> Result<Self, IdError> {
        Ok(Self { clause: ClauseId::parse(UNROUTED_CLAUSE)?, rule: RuleId::parse(UNROUTED)? })
    }
}

/// Category of findings that no rule matches. Also the id of the rule that their cases name.
pub(crate) const UNROUTED: &str = "unrouted";
/// That category in Chinese.
const UNROUTED_NAME: &str = "待人工分派";
/// 五（三）9 as a whole: which of its items applies is what a person has to say.
const UNROUTED_CLAUSE: &str = "5.3.9";

/// A record on its way to its cases.
struct Routed<'a> {
    row: u32,
    /// Place among the message's records, from 0; part of outgoing ids.
    index: usize,
    record: &'a Record,
    party: &'a Party,
    /// The entity's part of the join key.
    entity: &'a str,
}

/// Why a case is there: what differs between a case by rule and one that waits for a person.
struct Heading<'a> {
    category: &'a str,
    category_name: &'a str,
    clause: ClauseId,
    rule: RuleId,
    policy_version: &'a str,
    status: CaseStatus,
}

/// Finds the cases of a record about an entity, or notes it when no rule wants it.
pub(crate) fn route(work: &mut Work<'_>, row: u32, index: usize, record: &Record) -> Result<(), MissingYearError> {
    let engine = work.engine;
    let on = work.message.received_at.beijing_date();
    let Some(record) = engine.resolver.resolve_record(record, &work.message.agency, on) else {
        work.counts.noted += 1;
        return Ok(());
    };
    let Some(party) = record.party() else { return Ok(()) };
    let entity = party::entity_key(party, work.message, index);
    keep(work, row, &record, &entity);
    let routed = Routed { row, index, record: &record, party, entity: &entity };
    let rules = matching(work, &record);
    if rules.is_empty() {
        match must_route(&record) {
            true => unrouted(work, &routed),
            false => work.counts.noted += 1,
        }
        return Ok(());
    }
    // Two rules of one category are two reasons for one case.
    let mut placed: Vec<(&str, CaseNumber)> = Vec::new();
    for rule in rules {
        let category = rule.rule.category.as_str();
        let number = match placed.iter().find(|(held, _)| *held == category) {
            Some((_, number)) => number.clone(),
            None => {
                let number = place(work, &routed, rule);
                placed.push((category, number.clone()));
                number
            }
        };
        for assign in &rule.rule.assign {
            assign_agency(work, &routed, rule, assign, &number)?;
        }
        acts::by_rule(work, rule, &number);
    }
    Ok(())
}

/// The categories whose cases a record could join, without evaluating a condition, and whether an act could be proposed there.
pub(crate) fn categories<'a>(
    engine: &'a Engine,
    message: &'a IntakeMessage,
    record: &Record,
) -> BTreeMap<&'a str, bool> {
    let on = message.received_at.beijing_date();
    let mut categories = BTreeMap::new();
    let mut is_routed = false;
    for rule in engine.rules.candidates(record.kind(), issue(record), &message.agency, on) {
        is_routed |= rule.condition.guard.is_whole;
        *categories.entry(rule.rule.category.as_str()).or_default() |= !rule.rule.propose.is_empty();
    }
    if must_route(record) && !is_routed {
        categories.insert(UNROUTED, false);
    }
    categories
}

/// Kinds that somebody must act on: without a rule they wait for a person. Other kinds are recorded only.
fn must_route(record: &Record) -> bool {
    matches!(record, Record::Finding(_) | Record::Complaint(_) | Record::Penalty(_))
}

pub(crate) fn issue(record: &Record) -> Option<&Issue> {
    match record {
        Record::Finding(r) => Some(&r.issue),
        Record::Complaint(r) => Some(&r.issue),
        Record::Alarm(r) => Some(&r.issue),
        _ => None,
    }
}

fn matching<'a>(work: &mut Work<'a>, record: &Record) -> Vec<&'a CompiledRule> {
    let (engine, message) = (work.engine, work.message);
    let on = message.received_at.beijing_date();
    let mut facts = None;
    let mut rules = Vec::new();
    for rule in engine.rules.candidates(record.kind(), issue(record), &message.agency, on) {
        if rule.condition.guard.is_whole {
            rules.push(rule);
            continue;
        }
        // Most records have few candidates, many have none: the record is converted when the first one asks.
        let facts = facts.get_or_insert_with(|| engine.language.facts(record, &message.agency));
        match rule.condition.evaluate(facts) {
            Verdict::Holds => rules.push(rule),
            Verdict::Fails => {}
            Verdict::Undecided(why) => work.note_undecided(&rule.rule.id, why),
        }
    }
    rules
}

/// Opens the record's case of the rule's category, or joins the one that is open.
fn place(work: &mut Work<'_>, routed: &Routed<'_>, rule: &CompiledRule) -> CaseNumber {
    let key = party::join_key(routed.entity, &rule.rule.category);
    if let Some(number) = work.open_case(&key).map(|case| case.number.clone()) {
        let entry = join(work, routed, &number);
        work.audit.push(by_rule(entry, rule));
        return number;
    }
    let number = work.next_number();
    let heading = Heading {
        category: &rule.rule.category,
        category_name: &rule.category_name,
        clause: rule.rule.clause.clone(),
        rule: rule.rule.id.clone(),
        policy_version: &rule.policy_version,
        status: CaseStatus::Open,
    };
    let case = new_case(work, routed, number.clone(), key, heading);
    let text = format!(
        "立案：{}报送（对方编号{}），{}，依据{}，列为“{}”",
        work.engine.agency_name(&work.message.agency),
        routed.record.reference().unwrap_or_default(),
        rule.rule.reason,
        rule.rule.clause.to_chinese(),
        rule.category_name
    );
    let entry = AuditEntry { case_number: Some(number.clone()), ..work.entry(AuditAction::CaseOpened, text) };
    work.audit.push(by_rule(entry, rule));
    let source = source(work, routed);
    work.open(case, source);
    work.counts.opened += 1;
    number
}

fn join(work: &mut Work<'_>, routed: &Routed<'_>, number: &CaseNumber) -> AuditEntry {
    let source = source(work, routed);
    let sender = work.engine.agency_name(&work.message.agency);
    let reference = routed.record.reference().unwrap_or_default();
    let text = if work.add_source(number, source) {
        work.counts.joined += 1;
        format!("并案：{sender}报送（对方编号{reference}）的同一主体、同类问题并入本案")
    } else {
        work.counts.repeated += 1;
        format!("重复报送：{sender}此前已报送对方编号{reference}，不再增加来源")
    };
    AuditEntry { case_number: Some(number.clone()), ..work.entry(AuditAction::CaseJoined, text) }
}

/// A finding without a rule becomes a case that waits for a person; it is never dropped.
fn unrouted(work: &mut Work<'_>, routed: &Routed<'_>) {
    work.counts.unrouted += 1;
    let key = party::join_key(routed.entity, UNROUTED);
    if let Some(number) = work.open_case(&key).map(|case| case.number.clone()) {
        let entry = join(work, routed, &number);
        work.audit.push(entry);
        return;
    }
    let (clause, rule) = (work.engine.unrouted.clause.clone(), work.engine.unrouted.rule.clone());
    let number = work.next_number();
    let on = work.message.received_at.beijing_date();
    let text = format!(
        "立案待分派：{}报送（对方编号{}），现行规则未规定由谁处置，须人工依据{}分派",
        work.engine.agency_name(&work.message.agency),
        routed.record.reference().unwrap_or_default(),
        clause.to_chinese()
    );
    let heading = Heading {
        category: UNROUTED,
        category_name: UNROUTED_NAME,
        clause: clause.clone(),
        rule,
        policy_version: work.engine.rules.policy_on(on).unwrap_or_default(),
        status: CaseStatus::Unrouted,
    };
    let case = new_case(work, routed, number.clone(), key, heading);
    let entry =
        AuditEntry { case_number: Some(number), clause: Some(clause), ..work.entry(AuditAction::CaseOpened, text) };
    work.audit.push(entry);
    let source = source(work, routed);
    work.open(case, source);
}

fn new_case(work: &Work<'_>, routed: &Routed<'_>, number: CaseNumber, join_key: String, heading: Heading<'_>) -> Case {
    Case {
        number,
        join_key,
        category: heading.category.to_owned(),
        category_name: heading.category_name.to_owned(),
        clause: heading.clause,
        rule: heading.rule,
        policy_version: heading.policy_version.to_owned(),
        party: routed.party.clone(),
        title: summary::title(routed.record),
        status: heading.status,
        opened_at: work.now,
        updated_at: work.now,
        version: 1,
        source_count: 1,
        source_agencies: vec![work.message.agency.clone()],
        assignments: Vec::new(),
        reference: routed.record.reference().unwrap_or_default().to_owned(),
        text: summary::kept_text(routed.record),
        unassigned: Vec::new(),
        suspension: None,
        verify_due: None,
    }
}

fn source(work: &Work<'_>, routed: &Routed<'_>) -> Source {
    Source {
        agency: work.message.agency.clone(),
        reference: routed.record.reference().unwrap_or_default().to_owned(),
        message_id: work.message.message_id.clone(),
        inbox_seq: work.message.seq,
        row: routed.row,
        kind: routed.record.kind().to_owned(),
        title: summary::title(routed.record),
        received_at: work.message.received_at,
    }
}

pub(crate) fn by_rule(entry: AuditEntry, rule: &CompiledRule) -> AuditEntry {
    AuditEntry {
        clause: Some(rule.rule.clause.clone()),
        rule: Some(rule.rule.id.clone()),
        rule_version: Some(rule.rule_version.clone()),
        ..entry
    }
}

/// Assigns a case to whom a part of a rule leads to, unless it is assigned to it already. A part that leads to nobody goes on
/// the work list of a person.
fn assign_agency(
    work: &mut Work<'_>,
    routed: &Routed<'_>,
    rule: &CompiledRule,
    assign: &Assign,
    number: &CaseNumber,
) -> Result<(), MissingYearError> {
    let engine = work.engine;
    let agency = match engine.target(&assign.to, routed.party, Some(&work.message.agency)) {
        Ok(agency) => agency.clone(),
        Err(why) => {
            leave_to_a_person(work, rule, assign, number, why);
            return Ok(());
        }
    };
    let Some(case) = work.case(number) else { return Ok(()) };
    if case.assignments.iter().any(|assignment| assignment.agency == agency) {
        return Ok(());
    }
    let order = Order {
        agency: &agency,
        role: assign.role,
        clause: &rule.rule.clause,
        rule: &rule.rule.id,
        rule_version: Some(&rule.rule_version),
        clock: assign.clock,
    };
    let (title, text) = (summary::title(routed.record), summary::text(routed.record));
    let matter = Matter {
        party: routed.party,
        title: &title,
        text: &text,
        source_agency: &work.message.agency,
        source_reference: routed.record.reference().unwrap_or_default(),
    };
    let dispatched = engine.dispatch(case, &order, matter, work.now)?;
    let text = format!(
        "派遣{}：{}，依据{}；{}",
        dispatched.whom,
        rule.rule.reason,
        rule.rule.clause.to_chinese(),
        dispatched.until
    );
    let entry = AuditEntry {
        agency: Some(agency.clone()),
        case_number: Some(number.clone()),
        assignment: Some(dispatched.assignment.id.clone()),
        ..by_rule(work.entry(AuditAction::CaseAssigned, text), rule)
    };
    let now = work.now;
    if let Some(case) = work.case_mut(number) {
        case.unassigned.retain(|part| (part.role, &part.rule) != (assign.role, &rule.rule.id));
        case.assignments.push(dispatched.assignment);
        engine.restate(case, 0, now);
    }
    send(work, rule, routed.index, &agency, number, dispatched.record, entry);
    Ok(())
}

/// Drafts an assignment for its agency and keeps its history.
pub(crate) fn send(
    work: &mut Work<'_>,
    rule: &CompiledRule,
    index: usize,
    agency: &AgencyId,
    number: &CaseNumber,
    record: Record,
    entry: AuditEntry,
) {
    // An agency in the house sees its assignments in the case list; nothing is sent.
    let message = match work.engine.sends(agency, "assignment") {
        true => Some(work.draft(rule.rule.id.as_str(), index, agency, Some(number.clone()), record)),
        false => None,
    };
    work.audit.push(match message {
        Some(id) => AuditEntry { message_id: Some(id), message_digest: None, ..entry },
        None => entry,
    });
}

fn leave_to_a_person(work: &mut Work<'_>, rule: &CompiledRule, assign: &Assign, number: &CaseNumber, why: String) {
    let part = Unassigned { role: assign.role, clause: rule.rule.clause.clone(), rule: rule.rule.id.clone(), why };
    let is_known = |held: &Unassigned| (held.role, &held.rule) == (part.role, &part.rule);
    if work.case(number).is_none_or(|case| case.unassigned.iter().any(is_known)) {
        return;
    }
    let (role, clause) = (part.role.to_chinese(), part.clause.to_chinese());
    let text = format!("未能按规则派遣{role}单位：{}，须人工依据{clause}分派", part.why);
    let entry = AuditEntry {
        case_number: Some(number.clone()),
        ..by_rule(work.entry(AuditAction::CaseUnassigned, text), rule)
    };
    work.audit.push(entry);
    if let Some(case) = work.case_mut(number) {
        case.unassigned.push(part);
        if case.assignments.is_empty() {
            case.status = CaseStatus::Unrouted;
        }
    }
}
