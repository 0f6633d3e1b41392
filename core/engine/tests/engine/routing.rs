//! Whom a case goes to: selectors, and the next agency after a return.

use serde_json::json;
use xiezhi_engine::{CaseBook, Engine, EngineData};
use xiezhi_model::Record;
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{Case, CaseStatus};
use xiezhi_model::policy::PolicyDocument;

use crate::support::{
    WENJING, YUNYI, at, clue, decide, decoded, engine, feedback, finish, message, noon, number, record, shipped,
    sketch, urban,
};

/// An urban finding about a party in a town.
fn in_town(code: &str, town: &str) -> Record {
    record(json!({
        "kind": "finding", "reference": "U1", "title": "巡查发现", "text": "现场情况",
        "party": {"uscc": YUNYI, "name": "某公司", "town": town}, "issue": {"code_system": "cjt214", "code": code}
    }))
}

fn opened(engine: &Engine, sender: &str, record: Record) -> (CaseBook, String) {
    let mut book = CaseBook::default();
    let decision = decide(engine, &message(1, sender), vec![record], &mut book);
    let sketched = sketch(&finish(engine, decision));
    (book, sketched)
}

fn case(book: &CaseBook) -> &Case {
    book.case(&number("TZ-2026-0000001")).unwrap()
}

/// A policy of one rule.
fn one_rule(assign: &str) -> EngineData {
    let text = format!(
        r#"
id = "p"
version = "1"
title = "t"
source = "s"
effective_from = "2026-01-01"
category = [{{ id = "a", name = "甲类" }}]
reminders = {{ count_max = 1, interval = {{ amount = 1, unit = "working_day" }} }}
[[rule]]
id = "r"
version = 3
clause = "5.3.9(1)"
kinds = ["finding"]
when = "true"
category = "a"
reason = "理由"
assign = [{assign}]
"#
    );
    let policy: PolicyDocument = toml::from_str(&text).unwrap();
    EngineData { policies: vec![policy], ..shipped() }
}

const DAY: &str = r#"clock = { amount = 1, unit = "working_day" }"#;

#[test]
fn a_town_finds_its_township() {
    let engine = engine();
    let with_town = "TZ-2026-0000001 illegal_building 5.3.9(1) open v1 +1 \
         [urban-management/lead/assigned township-wenjing/co/assigned]\n\
         -> urban-management assignment\n-> township-wenjing assignment";
    assert_eq!(opened(&engine, "urban-management", in_town("1101120101", WENJING)).1, with_town);
    // A town without a township, and no town at all: the lead is assigned, a person says who helps.
    for (record, why) in [
        (in_town("1101120101", "110112999"), "乡镇街道代码110112999没有对应的属地单位"),
        (urban("1101120101", YUNYI, "U1"), "报送内容没有乡镇街道代码，无法确定属地"),
    ] {
        let mut book = CaseBook::default();
        let decision = decide(&engine, &message(1, "urban-management"), vec![record], &mut book);
        let entry = decision.settlement.audit.iter().find(|entry| entry.action == AuditAction::CaseUnassigned).unwrap();
        assert_eq!(entry.text, format!("未能按规则派遣协办单位：{why}，须人工依据五（三）9（1）分派"));
        assert_eq!(entry.rule_version.as_deref(), Some("tongzhou-cluster-address@2026.1/2"));
        let case = case(&book);
        assert_eq!((case.status, case.assignments.len(), case.unassigned.len()), (CaseStatus::Open, 1, 1));
        assert!(case.waits_for_a_person());
        // The next report knows the town: the part is nobody's no longer.
        decide(&engine, &message(2, "urban-management"), vec![in_town("1101120101", WENJING)], &mut book);
        let case = self::case(&book);
        assert_eq!((case.assignments.len(), case.unassigned.len()), (2, 0));
        assert!(!case.waits_for_a_person());
    }
}

#[test]
fn a_case_that_waits_for_verification_goes_on_when_somebody_else_is_assigned() {
    let engine = engine();
    let mut book = opened(&engine, "urban-management", urban("1101120101", YUNYI, "U1")).0;
    decide(&engine, &message(2, "urban-management"), vec![feedback("TZ-2026-0000001/1", "done")], &mut book);
    assert!(case(&book).verify_due.is_some() && case(&book).assignments[0].check_at.is_some());
    decide(&engine, &message(3, "urban-management"), vec![in_town("1101120101", WENJING)], &mut book);
    let case = case(&book);
    assert_eq!((case.status, case.verify_due.as_ref()), (CaseStatus::Open, None));
    assert_eq!((case.assignments[0].check_at.is_some(), case.assignments[1].check_at.is_some()), (false, true));
}

#[test]
fn whoever_reported_gets_it_once() {
    let engine = engine();
    let found = record(json!({
        "kind": "finding", "reference": "W1", "title": "t", "party": {"uscc": YUNYI},
        "issue": {"code_system": "township-check", "code": "04"}
    }));
    assert_eq!(
        opened(&engine, "township-wenjing", found).1,
        "TZ-2026-0000001 site_condition 5.3.9(1) open v1 +1 \
         [market-supervision/lead/assigned township-wenjing/co/assigned]\n-> township-wenjing assignment"
    );
    let engine = Engine::new(one_rule(&format!(
        r#"{{ to = "@sender", role = "lead", {DAY} }}, {{ to = "police", role = "co", {DAY} }}"#
    )))
    .unwrap();
    assert_eq!(
        opened(&engine, "police", clue("x", "1", "t", YUNYI)).1,
        "TZ-2026-0000001 a 5.3.9(1) open v1 +1 [police/lead/assigned]\n-> police assignment\n-> police receipt"
    );
}

#[test]
fn a_selector_that_finds_nobody_opens_the_case_for_a_person() {
    let mut data =
        one_rule(&format!(r#"{{ to = "@sender", role = "lead", {DAY} }}, {{ to = "@town", role = "co", {DAY} }}"#));
    data.agencies.iter_mut().find(|agency| agency.id.as_str() == "police").unwrap().writes.clear();
    let engine = Engine::new(data).unwrap();
    let (book, sketched) = opened(&engine, "police", clue("x", "1", "t", YUNYI));
    assert_eq!(sketched.lines().next(), Some("TZ-2026-0000001 a 5.3.9(1) unrouted v1 +1 []"));
    let whys: Vec<&str> = case(&book).unassigned.iter().map(|part| part.why.as_str()).collect();
    assert_eq!(whys, ["区公安分局不能接收派遣", "报送内容没有乡镇街道代码，无法确定属地"]);
}

/// A case of changed use of which urban management (`/1`), then whoever `returns` names, return their assignment: the history of
/// each return, without what says how the message was settled.
fn returned(engine: &Engine, book: &mut CaseBook, returns: &[(&str, &str)]) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    for (seq, (sender, nth)) in (10..).zip(returns) {
        let answer = feedback(&format!("TZ-2026-0000001/{nth}"), "returned");
        let decision = decide(engine, &message(seq, sender), vec![answer], book);
        let settlement = finish(engine, decision);
        entries.extend(settlement.audit.into_iter().filter(|entry| entry.action != AuditAction::MessageSettled));
    }
    entries
}

#[test]
fn a_return_goes_to_the_next_by_rule_and_in_the_end_to_a_person() {
    let engine = engine();
    let mut book = opened(&engine, "urban-management", urban("1101120198", YUNYI, "U1")).0;
    // Two days later; the clock is counted anew.
    let answer = decoded(vec![feedback("TZ-2026-0000001/1", "returned")]);
    let later = at("2026-09-23 12:00:00");
    let decision =
        engine.decide(&message(9, "urban-management"), Ok((&answer, crate::support::READER)), &mut book, later);
    assert_eq!(decision.drafts.len(), 1);
    let json = serde_json::to_value(&decision.drafts[0].record).unwrap();
    for (field, wanted) in [
        ("assignment", "TZ-2026-0000001/3"),
        ("agency", "planning"),
        ("role", "lead"),
        ("text", "现场情况"),
        ("source_agency", "urban-management"),
        ("source_reference", "U1"),
        ("due_at", "2026-10-10T23:59:59.999+08:00"),
    ] {
        assert_eq!(json[field], wanted, "{field}");
    }
    let texts: Vec<&str> = decision.settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        texts[..2],
        [
            "区城管执法局退回派遣TZ-2026-0000001/1（对方编号F1），按规则转派下一单位",
            "按规则转派规自分局（主办）：区城管执法局退回派遣TZ-2026-0000001/1，规则规定由其接办，依据五（三）9（1）；\
             办理期限至2026-10-10 23:59:59（自2026-09-23起7个工作日）",
        ]
    );
    let forwarded = &decision.settlement.audit[1];
    assert_eq!(forwarded.action, AuditAction::CaseForwarded);
    assert_eq!(forwarded.rule_version.as_deref(), Some("tongzhou-cluster-address@2026.1/2"));
    assert_eq!(forwarded.clause.as_ref().unwrap().as_str(), "5.3.9(1)");
    let first = &case(&book).assignments[0];
    assert_eq!(first.replaced_by.as_ref().unwrap().as_str(), "TZ-2026-0000001/3");

    // Whoever comes back after that is told in the history only.
    let late = decide(&engine, &message(8, "urban-management"), vec![feedback("TZ-2026-0000001/1", "done")], &mut book);
    assert!(late.settlement.audit[0].text.ends_with("仅记录"), "{}", late.settlement.audit[0].text);

    let entries = returned(&engine, &mut book, &[("planning", "3"), ("housing", "4"), ("police", "2")]);
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts[0], "规自分局退回派遣TZ-2026-0000001/3（对方编号F1），按规则转派下一单位");
    assert!(texts[1].starts_with("按规则转派区住建委（主办）"), "{}", texts[1]);
    assert_eq!(
        texts[2..],
        [
            "区住建委退回派遣TZ-2026-0000001/4（对方编号F1），须人工重新分派",
            "区公安分局退回派遣TZ-2026-0000001/2（对方编号F1），须人工重新分派",
            "案件由处置中转为待分派",
        ]
    );
    assert!(case(&book).assignments.iter().all(|held| held.check_at.is_none()));
}

#[test]
fn deciding_a_return_again_gives_the_same() {
    let engine = engine();
    let book = opened(&engine, "urban-management", urban("1101120198", YUNYI, "U1")).0;
    let answer = || vec![feedback("TZ-2026-0000001/1", "returned")];
    let once = decide(&engine, &message(9, "urban-management"), answer(), &mut book.clone());
    let again = decide(&engine, &message(9, "urban-management"), answer(), &mut book.clone());
    assert_eq!(once, again);
}

#[test]
fn a_rule_that_is_gone_sends_its_returns_to_a_person() {
    let mut book = opened(&engine(), "urban-management", urban("1101120198", YUNYI, "U1")).0;
    let mut data = shipped();
    data.policies[0].rules.retain(|rule| rule.id.as_str() != "5.3.9-1-changed-use");
    let entries = returned(&Engine::new(data).unwrap(), &mut book, &[("urban-management", "1")]);
    assert!(entries[0].text.ends_with("须人工重新分派"), "{}", entries[0].text);

    // An assignment of an older gateway, or of an older version of the rule, goes on by the rule as it is now.
    let mut book = CaseBook::default();
    let mut old = case(&opened(&engine(), "urban-management", urban("1101120198", YUNYI, "U1")).0).clone();
    old.assignments[0].rule_version = None;
    old.assignments[1].rule_version = Some("tongzhou-cluster-address@2025.9/1".to_owned());
    book.insert(old);
    let entries = returned(&engine(), &mut book, &[("urban-management", "1")]);
    assert_eq!(entries[1].action, AuditAction::CaseForwarded);
}

#[test]
fn a_year_without_a_table_keeps_a_return_for_later() {
    let engine = engine();
    let mut book = opened(&engine, "urban-management", urban("1101120198", YUNYI, "U1")).0;
    let before = book.clone();
    let mut late = message(9, "urban-management");
    late.received_at = at("2026-12-28 12:00:00");
    let answer = decoded(vec![feedback("TZ-2026-0000001/1", "returned")]);
    let decision = engine.decide(&late, Ok((&answer, crate::support::READER)), &mut book, late.received_at);
    assert!(matches!(decision.settlement.outcome, xiezhi_ports::InboxOutcome::Dead(_)));
    assert_eq!(book, before);
    assert!(noon() < late.received_at);
}
