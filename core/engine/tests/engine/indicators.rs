//! Indicators: what the files add up to, what is raised, and how the steps follow each other.

use serde_json::{Value, json};
use xiezhi_engine::{Decision, Engine, Judged, Tallies};
use xiezhi_model::act::{Account, ActKind, ActStatus, Ballot, LegalAct, PersonRole};
use xiezhi_model::case::{Case, CaseStatus};
use xiezhi_model::ledger::{EntityFile, EntityRecord, host_unit_key};
use xiezhi_model::policy::IndicatorSubject;
use xiezhi_model::record::Party;
use xiezhi_model::{AccountName, InboxSeq, MessageId, UtcTime};

use crate::support::{YUNYI, agency, at, engine, noon, record, shipped};

const UNIT: &str = "外资专班";

fn kept(nth: usize, value: Value, received_at: UtcTime) -> EntityRecord {
    EntityRecord {
        entity: format!("uscc:{nth}"),
        agency: agency("address-filing"),
        message_id: MessageId::parse("m").unwrap(),
        inbox_seq: InboxSeq(i64::try_from(nth).unwrap()),
        row: 1,
        received_at,
        record: record(value),
    }
}

/// A tenant's file with what is said of it beside its ledger entry.
fn tenant(nth: usize, entry: Value, more: Vec<Value>) -> EntityFile {
    let mut value = json!({
        "kind": "ledger_entry", "reference": format!("R{nth}"), "party": {"name": format!("第{nth}家公司")},
        "host_unit": UNIT, "cluster_address": "DZ-1", "status": "active", "confirmed_on": "2026-09-01", "extra": {}
    });
    for (name, member) in entry.as_object().unwrap() {
        value[name] = member.clone();
    }
    let mut records = vec![kept(nth, value, noon())];
    records.extend(more.into_iter().map(|value| kept(nth, value, noon())));
    EntityFile { entity: format!("uscc:{nth}"), records, ..EntityFile::default() }
}

fn indicator(period: &str, counts: &[(&str, &str)]) -> Value {
    let values: Vec<Value> =
        counts.iter().map(|(factor, value)| json!({"factor": factor, "statistic": "count", "value": value})).collect();
    json!({"kind": "indicator", "reference": format!("N-{period}"), "period": period, "party": {"name": "x"}, "measurements": values})
}

fn complaint(nth: usize, repeats: u32) -> Value {
    json!({
        "kind": "complaint", "reference": format!("G{nth}"), "party": {"name": "x"}, "text": "t",
        "issue": {"code_system": "hotline", "code": "投诉"}, "repeat_count": repeats
    })
}

fn with_case(file: EntityFile, category: &str) -> EntityFile {
    let json = json!({
        "number": "TZ-2026-0000001", "join_key": format!("{}#{category}", file.entity), "category": category,
        "category_name": "x", "clause": "5.3.9(3)", "rule": "r", "policy_version": "p@1", "party": {}, "title": "t",
        "status": "open", "opened_at": noon(), "updated_at": noon(), "version": 1, "source_count": 1,
        "source_agencies": ["police"], "assignments": []
    });
    EntityFile { cases: vec![serde_json::from_value::<Case>(json).unwrap()], ..file }
}

fn listed(file: EntityFile) -> EntityFile {
    let json = json!({
        "id": "TZ-2026-0000001/A1", "kind": "list_in", "case_number": "TZ-2026-0000001", "party": {}, "clause": "5.3.9(2)",
        "reason": "r", "evidence": [], "terms": {}, "proposed_by": {"person": "officer-a"}, "proposed_at": noon(),
        "status": "decided", "votes": [], "version": 3
    });
    EntityFile { acts: vec![serde_json::from_value::<LegalAct>(json).unwrap()], ..file }
}

fn judge(
    engine: &Engine,
    kind: IndicatorSubject,
    files: &[EntityFile],
    own: &EntityFile,
    now: UtcTime,
) -> Vec<Decision> {
    let mut tallies = Tallies::default();
    files.iter().for_each(|file| engine.count(kind, file, &mut tallies, now));
    let party = Party { name: Some(UNIT.to_owned()), ..Party::default() };
    engine.judge(Judged { kind, party: &party, own }, &tallies, now)
}

fn unit() -> EntityFile {
    EntityFile { entity: host_unit_key(UNIT), ..EntityFile::default() }
}

fn raised(decisions: &[Decision]) -> Vec<String> {
    decisions.iter().map(|decision| decision.settlement.cases[0].case.rule.to_string()).collect()
}

#[test]
fn each_shipped_indicator_is_raised_by_its_files() {
    let engine = engine();
    let plain = |nth| tenant(nth, json!({}), Vec::new());
    let many = |count: usize, make: &dyn Fn(usize) -> EntityFile| (0..count).map(make).collect::<Vec<_>>();
    let operating = |nth| tenant(nth, json!({"subject": "address", "extra": {"kind": "operating"}}), Vec::new());
    let report = |submitted: &str| indicator("annual_report", &[("due", "1"), ("submitted", submitted)]);
    let check = |factor: &str| indicator("inspection", &[("inspected", "1"), (factor, "1")]);
    let mixed = |all: usize, some: usize, value: &dyn Fn(bool) -> Value| {
        many(all, &|nth| tenant(nth, json!({}), vec![value(nth < some)]))
    };
    let cases: Vec<(&str, Vec<EntityFile>, Vec<EntityFile>)> = vec![
        ("5.1.1-operating-addresses", many(2, &operating), many(1, &operating)),
        (
            "5.3.8-2-unpublished-places",
            vec![tenant(1, json!({"extra": {"self_published": "false"}}), Vec::new())],
            vec![tenant(1, json!({"extra": {"self_published": "true"}}), Vec::new())],
        ),
        ("5.3.8-3-lost-contact", vec![listed(plain(1))], vec![plain(1)]),
        // 19 of 20 are 95 %, which is not below 95 %; 18 of 19 are.
        (
            "5.3.8-4-annual-reports",
            mixed(19, 18, &|done| report(if done { "1" } else { "0" })),
            mixed(20, 19, &|done| report(if done { "1" } else { "0" })),
        ),
        (
            "5.3.8-5-false-materials",
            many(5, &|nth| with_case(plain(nth), "false_materials")),
            many(4, &|nth| with_case(plain(nth), "false_materials")),
        ),
        (
            "5.3.8-6-problems-found",
            mixed(10, 3, &|bad| check(if bad { "problem" } else { "clear" })),
            mixed(9, 9, &|bad| check(if bad { "problem" } else { "clear" })),
        ),
        (
            "5.3.8-6-uncheckable",
            mixed(10, 2, &|bad| check(if bad { "uncheckable" } else { "clear" })),
            mixed(10, 1, &|bad| check(if bad { "uncheckable" } else { "clear" })),
        ),
        (
            "5.3.8-7-complaints",
            many(10, &|nth| tenant(nth, json!({}), vec![complaint(1, 0), complaint(2, 0)])),
            many(19, &|nth| tenant(nth, json!({}), vec![complaint(1, 0)])),
        ),
        (
            "5.3.8-8-ledger",
            many(5, &|nth| {
                tenant(nth, json!({"confirmed_on": if nth == 0 { "2026-01-01" } else { "2026-09-01" }}), Vec::new())
            }),
            many(4, &|nth| tenant(nth, json!({"confirmed_on": "2026-01-01"}), Vec::new())),
        ),
    ];
    for (rule, over, under) in &cases {
        let raised = raised(&judge(&engine, IndicatorSubject::HostUnit, over, &unit(), noon()));
        assert!(raised.contains(&(*rule).to_owned()), "{rule}: {raised:?}");
        let raised = self::raised(&judge(&engine, IndicatorSubject::HostUnit, under, &unit(), noon()));
        assert!(!raised.contains(&(*rule).to_owned()), "{rule} is raised too early");
    }
    let frequent = tenant(1, json!({}), (0..5).map(|nth| complaint(nth, 0)).collect());
    let few = tenant(1, json!({}), (0..4).map(|nth| complaint(nth, 1)).collect());
    let unresolved = tenant(1, json!({}), vec![complaint(1, 2)]);
    for (file, wanted) in [
        (&frequent, vec!["5.3.9-4-frequent-complaints"]),
        (&few, vec![]),
        (&unresolved, vec!["5.3.9-4-unresolved-complaints"]),
    ] {
        let decisions = judge(&engine, IndicatorSubject::Entity, std::slice::from_ref(file), file, noon());
        assert_eq!(raised(&decisions), wanted);
    }
    let tried =
        cases.iter().map(|(rule, ..)| *rule).chain(["5.3.9-4-frequent-complaints", "5.3.9-4-unresolved-complaints"]);
    let tried: std::collections::BTreeSet<_> = tried.collect();
    let policy = crate::support::policy();
    let all: std::collections::BTreeSet<_> = policy.indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    assert_eq!(tried, all, "every indicator is tried");
}

#[test]
fn a_raised_indicator_is_a_case_with_its_evidence_and_is_not_raised_twice() {
    let engine = engine();
    let files: Vec<_> = (0..6).map(|nth| with_case(tenant(nth, json!({}), Vec::new()), "false_materials")).collect();
    let decisions = judge(&engine, IndicatorSubject::HostUnit, &files, &unit(), noon());
    assert_eq!(
        decisions,
        judge(&engine, IndicatorSubject::HostUnit, &files, &unit(), noon()),
        "the same numbers again"
    );
    let [decision] = decisions.as_slice() else { panic!("{decisions:?}") };
    let write = &decision.settlement.cases[0];
    let case = &write.case;
    assert!(case.number.as_str().starts_with("TZ-2026-P"), "{}", case.number);
    assert_eq!((case.status, case.assignments.len(), write.sources.len()), (CaseStatus::Open, 1, 6));
    assert!(write.sources[0].title.contains("第0家公司"), "{}", write.sources[0].title);
    let texts: Vec<_> = decision.settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
    assert!(texts[0].contains("研判立案：外资专班") && texts[0].contains("现为6，达到5"), "{texts:?}");

    let open = EntityFile { cases: vec![(**case).clone()], ..unit() };
    assert_eq!(judge(&engine, IndicatorSubject::HostUnit, &files, &open, noon().plus_ms(86_400_000)), []);
    let mut closed = (**case).clone();
    closed.status = CaseStatus::Closed;
    let closed = EntityFile { cases: vec![closed], ..unit() };
    assert_eq!(judge(&engine, IndicatorSubject::HostUnit, &files, &closed, at("2026-12-20 12:00:00")), [], "it rests");
    // It is raised again; the term would end in a year that has no calendar, and the case says so.
    let again = judge(&engine, IndicatorSubject::HostUnit, &files, &closed, at("2026-12-21 12:00:00"));
    let [again] = again.as_slice() else { panic!("{again:?}") };
    assert_eq!(again.settlement.cases[0].case.status, CaseStatus::Unrouted);
    assert!(again.settlement.audit[1].text.contains("缺少2027年工作日历"), "{:?}", again.settlement.audit);
}

fn decided(engine: &Engine, act: &LegalAct, now: UtcTime) -> LegalAct {
    let person = |name: &str, role| Account {
        name: AccountName::parse(name).unwrap(),
        role,
        password_hash: String::new(),
        created_at: noon(),
        disabled: false,
    };
    let approve =
        |decision: Option<&str>| Ballot::Approve { decision: decision.map(str::to_owned), remark: String::new() };
    let first = engine.vote(act, &[], &person("officer-a", PersonRole::Officer), approve(None), now).unwrap();
    let examined = first.settlement.acts[0].clone();
    let reviewer = person("reviewer-b", PersonRole::Reviewer);
    engine.vote(&examined, &[], &reviewer, approve(Some("1号")), now).unwrap().settlement.acts[0].clone()
}

/// Interview, rectification, suspension, cancellation: each when the one before is decided and its time is over; and the end of
/// the suspension once the number is right again.
#[test]
fn steps_follow_each_other_and_a_suspension_ends_when_mended() {
    let mut data = shipped();
    let mut host = data.agencies[0].clone();
    host.id = agency("host-foreign-investment");
    host.host_unit = Some(UNIT.to_owned());
    data.agencies.push(host);
    let engine = Engine::new(data).unwrap();
    let files = [listed(tenant(1, json!({}), Vec::new()))];
    let mut own = unit();
    let mut now = noon();
    let mut steps = Vec::new();
    for _ in 0..5 {
        for decision in judge(&engine, IndicatorSubject::HostUnit, &files, &own, now) {
            own.cases = decision.settlement.cases.iter().map(|write| (*write.case).clone()).collect();
            for act in &decision.settlement.acts {
                steps.push(act.kind);
                assert_eq!(act.evidence.len(), 1);
                assert!(act.terms.receivers.contains(&agency("host-foreign-investment")), "{:?}", act.terms.receivers);
                own.acts.push(act.clone());
                let long_after = now.plus_ms(10_000_000_000);
                let waiting = judge(&engine, IndicatorSubject::HostUnit, &files, &own, long_after);
                assert_eq!(waiting, [], "not before it is decided");
                own.acts.pop();
                own.acts.push(decided(&engine, act, now));
                // Its time is not over.
                assert_eq!(judge(&engine, IndicatorSubject::HostUnit, &files, &own, now), []);
                now = act.terms.due.as_ref().map_or(now, |due| due.at).plus_ms(1);
            }
        }
        if steps.last() == Some(&ActKind::Suspend) {
            break;
        }
    }
    assert_eq!(steps, [ActKind::Interview, ActKind::Rectify, ActKind::Suspend]);
    let suspension = own.acts.last().unwrap().clone();
    assert_eq!(suspension.terms.cluster_address.as_deref(), Some("DZ-1"));

    let mended = [tenant(1, json!({}), Vec::new())];
    let decisions = judge(&engine, IndicatorSubject::HostUnit, &mended, &own, now);
    let [decision] = decisions.as_slice() else { panic!("{decisions:?}") };
    let resume = &decision.settlement.acts[0];
    assert_eq!((resume.kind, resume.status), (ActKind::Resume, ActStatus::Proposed));
    assert_eq!(resume.terms.cluster_address, suspension.terms.cluster_address);

    // It outlives its case, and its end is proposed all the same.
    let mut closed = own.clone();
    closed.cases.iter_mut().for_each(|case| case.status = CaseStatus::Closed);
    let decisions = judge(&engine, IndicatorSubject::HostUnit, &mended, &closed, now);
    assert_eq!(decisions[0].settlement.acts[0].kind, ActKind::Resume);

    // Or it goes on: cancellation, and then nothing more.
    let decisions = judge(&engine, IndicatorSubject::HostUnit, &files, &own, now);
    assert_eq!(decisions[0].settlement.acts[0].kind, ActKind::Cancel);
    own.acts.push(decided(&engine, &decisions[0].settlement.acts[0], now));
    assert_eq!(judge(&engine, IndicatorSubject::HostUnit, &files, &own, now.plus_ms(86_400_000)), []);
}

#[test]
fn wrong_indicators_are_named() {
    let mut data = shipped();
    let text = r#"
id = "wrong"
version = "1"
title = "t"
source = "s"
effective_from = "2026-01-01"
reminders = { count_max = 1, interval = { amount = 1, unit = "working_day" } }
category = [{ id = "a", name = "甲" }]
[[rule]]
id = "r"
version = 1
clause = "5.3.8"
kinds = ["finding"]
when = "true"
category = "a"
reason = "x"
assign = [{ to = "police", role = "lead", clock = { amount = 1, unit = "hour" } }]
propose = [
    { act = "joint_punishment", reason = " " },
    { act = "list_in", reason = "x" },
    { act = "interview", reason = "x", receivers = ["environment", "nobody"] },
]
[[indicator]]
id = "r"
version = 1
clause = "5.3.8"
subject = "host_unit"
category = "a"
name = ""
count = "file.tenants == 1 && record.title == 'x'"
threshold = { below_percent = 95 }
rest_days = 0
propose = [{ act = "rectify", reason = "x" }, { act = "rectify", reason = "x" }]
"#;
    data.policies.push(toml::from_str(text).unwrap());
    let found: Vec<String> = Engine::new(data).unwrap_err().iter().map(ToString::to_string).collect();
    for wanted in [
        "wrong: rule[r].propose[0].reason: is empty",
        "wrong: rule[r].propose[0]: needs measure_code, legal_basis and clock",
        "wrong: rule[r].propose[0].receivers: is empty",
        "wrong: rule[r].propose[1].causes: is empty",
        "wrong: rule[r].propose[2].receivers: the plugin of environment cannot write notice records",
        "wrong: rule[r].propose[2].receivers: unknown agency nobody",
        "wrong: indicator[r].id: is there twice",
        "wrong: indicator[r].category: is a rule's or another indicator's too",
        "wrong: indicator[r].name: is empty",
        "wrong: indicator[r].base: is what a share is of",
        "wrong: indicator[r].rest_days: is outside",
        "wrong: indicator[r].propose[0].clock: is missing",
        "wrong: indicator[r].propose[1]: proposes the same act",
        "wrong: indicator[r].count: a file has no field tenants",
        "wrong: indicator[r].count: unknown variable record",
    ] {
        assert!(found.iter().any(|problem| problem.starts_with(wanted)), "{wanted}: {found:#?}");
    }
    // What cannot be counted is said in the case, and costs its own file only.
    let mut data = shipped();
    data.policies[0].indicators.retain(|indicator| indicator.id.as_str() == "5.3.9-4-frequent-complaints");
    data.policies[0].indicators[0].count = "file.name == 'x' ? file.name : 7".to_owned();
    let engine = Engine::new(data).unwrap();
    let mut odd = tenant(2, json!({"party": {"name": "x"}}), Vec::new());
    odd.entity = format!("uscc:{YUNYI}");
    let files = [tenant(1, json!({}), Vec::new()), odd];
    let decisions = judge(&engine, IndicatorSubject::Entity, &files, &files[0], noon());
    assert!(decisions[0].settlement.audit[0].text.contains("另有1户未能计入"), "{:?}", decisions[0].settlement.audit);
}
