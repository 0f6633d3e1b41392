//! One enterprise and one matter make one case, however many report it and however often.

use serde_json::json;
use xiezhi_engine::{CaseBook, Engine};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::CaseStatus;
use xiezhi_model::plugin::Decoded;
use xiezhi_model::policy::PolicyDocument;

use crate::support::{
    READER, XINDA, YUNYI, clue, decide, decoded, engine, finish, message, noon, number, record, shipped, sketch, urban,
};

/// Two rules of category `a`, one of `b`, one that cannot be judged.
const TWO_RULES: &str = r#"
id = "p"
version = "1"
title = "t"
source = "s"
effective_from = "2026-01-01"
category = [{ id = "a", name = "甲类" }, { id = "b", name = "乙类" }]
reminders = { count_max = 1, interval = { amount = 1, unit = "hour" } }

[[rule]]
id = "one"
version = 1
clause = "5.3.9(1)"
kinds = ["finding"]
when = "record.issue.code == 'x'"
category = "a"
reason = "其一"
assign = [{ to = "police", role = "lead", clock = { amount = 1, unit = "hour" } }]

[[rule]]
id = "other-category"
version = 1
clause = "5.3.9(5)"
kinds = ["finding"]
when = "record.title.contains('巡查')"
category = "b"
reason = "其二"
assign = [{ to = "police", role = "lead", clock = { amount = 1, unit = "hour" } }]

[[rule]]
id = "two"
version = 3
clause = "5.3.9(2)"
kinds = ["finding"]
when = "has(record.party.uscc)"
category = "a"
reason = "其三"
assign = [
    { to = "police", role = "co", clock = { amount = 1, unit = "hour" } },
    { to = "urban-management", role = "co", clock = { amount = 2, unit = "hour" } },
]

[[rule]]
id = "wrong-type"
version = 1
clause = "5.3.9(2)"
kinds = ["finding"]
when = "record.title > 1"
category = "a"
reason = "其四"
assign = [{ to = "environment", role = "co", clock = { amount = 1, unit = "hour" } }]
"#;

#[test]
fn two_departments_feed_one_case() {
    let engine = engine();
    let mut book = CaseBook::default();
    let first = decide(&engine, &message(1, "urban-management"), vec![urban("1101120699", YUNYI, "U1")], &mut book);
    assert_eq!(first.settlement.cases[0].case.source_count, 1);
    let second = decide(&engine, &message(2, "police"), vec![clue("ga-xslb", "02", "无法联系", YUNYI)], &mut book);
    let settlement = finish(&engine, second);
    assert_eq!(
        sketch(&settlement),
        "TZ-2026-0000001 lost_contact 5.3.9(2) open v2 +1 [market-supervision/lead/assigned]\n-> police receipt"
    );
    let case = &settlement.cases[0].case;
    assert_eq!(case.source_count, 2);
    assert_eq!(case.source_agencies.iter().map(|a| a.as_str()).collect::<Vec<_>>(), ["urban-management", "police"]);
    assert_eq!(settlement.audit[0].action, AuditAction::CaseJoined);
    assert_eq!(settlement.audit[0].text, "并案：区公安分局报送（对方编号A1）的同一主体、同类问题并入本案");
    assert_eq!(settlement.audit[1].text, "共1条记录、0条有误；并入案件1");
}

#[test]
fn other_enterprises_and_other_matters_stay_apart() {
    let records = vec![
        urban("1101120699", YUNYI, "U1"),
        urban("1101120699", XINDA, "U2"),
        urban("1101120101", YUNYI, "U3"),
        urban("1101120699", YUNYI, "U4"),
    ];
    let decision = decide(&engine(), &message(1, "urban-management"), records, &mut CaseBook::default());
    let numbers: Vec<_> =
        decision.settlement.cases.iter().map(|w| (w.case.number.as_str(), w.case.version, w.sources.len())).collect();
    assert_eq!(numbers, [("TZ-2026-0000001", 1, 2), ("TZ-2026-0000001-2", 1, 1), ("TZ-2026-0000001-3", 1, 1)]);
}

#[test]
fn a_closed_case_is_not_joined() {
    let engine = engine();
    let mut book = CaseBook::default();
    decide(&engine, &message(1, "urban-management"), vec![urban("1101120699", YUNYI, "U1")], &mut book);
    let mut closed = book.case(&number("TZ-2026-0000001")).unwrap().clone();
    closed.status = CaseStatus::Closed;
    book.insert(closed);
    let decision = decide(&engine, &message(2, "urban-management"), vec![urban("1101120699", YUNYI, "U2")], &mut book);
    assert_eq!(decision.settlement.cases[0].case.number, number("TZ-2026-0000002"));
}

#[test]
fn a_repeated_report_is_noted_and_changes_nothing() {
    let engine = engine();
    let mut book = CaseBook::default();
    let first = decide(&engine, &message(1, "urban-management"), vec![urban("1101120699", YUNYI, "U1")], &mut book);
    let mut loaded = CaseBook::default();
    loaded.insert(first.settlement.cases[0].case.clone());
    loaded.insert_sources(&number("TZ-2026-0000001"), &first.settlement.cases[0].sources);
    for mut book in [book, loaded] {
        let again = decide(&engine, &message(2, "urban-management"), vec![urban("1101120699", YUNYI, "U1")], &mut book);
        assert_eq!(again.settlement.cases, []);
        let texts: Vec<_> = again.settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(
            texts,
            ["重复报送：区城管执法局此前已报送对方编号U1，不再增加来源", "共1条记录、0条有误；重复报送1"]
        );
        // The same number from somebody else, or as another kind of record, is another source.
        let other = decide(&engine, &message(3, "police"), vec![clue("ga-xslb", "02", "x", YUNYI)], &mut book);
        assert_eq!(other.settlement.cases[0].sources.len(), 1);
    }
}

#[test]
fn what_a_message_needs_is_loaded_before() {
    let engine = engine();
    let records = vec![
        urban("1101120699", YUNYI, "1"),
        urban("1101120999", XINDA, "2"),
        crate::support::feedback("TZ-2026-0000009/1", "done"),
        record(json!({"kind": "ledger_entry", "reference": "r", "party": {"uscc": YUNYI}})),
    ];
    let mut message = message(5, "urban-management");
    let needs = engine.needs(&message, &decoded(records.clone()));
    assert_eq!(
        needs.join_keys,
        // The first matches its rule for certain, so it is not asked for as one that nobody is responsible for.
        [
            "uscc:91110112MAYYT00167#address_condition",
            "uscc:91110112MAYYT00167#lost_contact",
            "uscc:91110112MAYYT0067F#unrouted"
        ]
    );
    // A rule that also looks at the title may not match.
    let transfer = decoded(vec![clue("ga-ywlx", "XSYS", "登记", YUNYI)]);
    let keys = engine.needs(&crate::support::message(6, "police"), &transfer).join_keys;
    assert_eq!(keys.last().map(String::as_str), Some("uscc:91110112MAYYT00167#unrouted"), "{keys:?}");
    assert!(keys.len() > 1, "{keys:?}");
    assert_eq!(needs.cases, [number("TZ-2026-0000009")]);
    message.redrives = 1;
    let needs = engine.needs(&message, &decoded(records));
    assert_eq!(needs.cases.len(), 5, "and what it may have opened before: {:?}", needs.cases);
    assert_eq!(engine.needs(&message, &Decoded::default()), xiezhi_engine::Needs::default());
}

#[test]
fn a_redriven_message_does_not_reuse_the_number_of_a_closed_case() {
    let engine = engine();
    let mut book = CaseBook::default();
    decide(&engine, &message(1, "urban-management"), vec![urban("1101120699", YUNYI, "U1")], &mut book);
    let mut closed = book.case(&number("TZ-2026-0000001")).unwrap().clone();
    closed.status = CaseStatus::Closed;
    book.insert(closed);
    let mut again = message(1, "urban-management");
    again.redrives = 1;
    let decision = decide(&engine, &again, vec![urban("1101120699", YUNYI, "U1")], &mut book);
    assert_eq!(decision.settlement.cases[0].case.number, number("TZ-2026-0000001-2"));
}

#[test]
fn two_rules_of_one_category_make_one_case_with_both_agencies() {
    let policy: PolicyDocument = toml::from_str(TWO_RULES).unwrap();
    let engine = Engine::new(xiezhi_engine::EngineData { policies: vec![policy], ..shipped() }).unwrap();
    let read = decoded(vec![urban("x", YUNYI, "1")]);
    let decision = engine.decide(&message(1, "environment"), Ok((&read, READER)), &mut CaseBook::default(), noon());
    let settlement = finish(&engine, decision);
    assert_eq!(
        sketch(&settlement),
        "TZ-2026-0000001 a 5.3.9(1) open v1 +1 [police/lead/assigned urban-management/co/assigned]\n\
         TZ-2026-0000001-2 b 5.3.9(5) open v1 +1 [police/lead/assigned]\n\
         -> police assignment\n-> police assignment\n-> urban-management assignment"
    );
    let assignment = &settlement.cases[0].case.assignments[1];
    assert_eq!((assignment.rule.as_str(), assignment.clause.as_str()), ("two", "5.3.9(2)"));
    assert_eq!(
        settlement.audit.last().unwrap().text,
        "共1条记录、0条有误；新开案件2；规则wrong-type（字段类型不符）未能判断"
    );
}
