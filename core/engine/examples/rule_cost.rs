//! What a rule costs: the time that one decision takes with more and more rules, and what the index saves. Run it with
//! `cargo run -p xiezhi-engine --example rule_cost`; it asserts nothing.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a measurement that is read by a person"
)]

use std::time::Instant;

use xiezhi_engine::{AgencyProfile, CaseBook, Engine, EngineData, IntakeMessage, ReceiptMode, Route};
use xiezhi_model::plugin::{Decoded, Document, RowRecord};
use xiezhi_model::policy::PolicyDocument;
use xiezhi_model::{AgencyId, Digest, InboxSeq, MessageId, UtcTime};

/// Decisions per measurement.
const ROUNDS: u32 = 2_000;

fn engine(rules: usize, when: impl Fn(usize) -> String) -> Engine {
    let rule = |n: usize| {
        serde_json::json!({
            "id": format!("r{n}"), "version": 1, "clause": "5.3.9(1)", "kinds": ["finding"], "when": when(n),
            "category": "a", "reason": "x",
            "assign": [{"to": "police", "role": "lead", "clock": {"amount": 1, "unit": "hour"}}]
        })
    };
    let policy: PolicyDocument = serde_json::from_value(serde_json::json!({
        "id": "p", "version": "1", "title": "t", "source": "s", "effective_from": "2026-01-01",
        "category": [{"id": "a", "name": "a"}], "rule": (0..rules).map(rule).collect::<Vec<_>>(),
        "reminders": {"count_max": 1, "interval": {"amount": 1, "unit": "hour"}}
    }))
    .unwrap();
    let police = AgencyProfile {
        id: AgencyId::parse("police").unwrap(),
        name: "police".into(),
        route: Route::Internal,
        receipts: ReceiptMode::Never,
        writes: Vec::new(),
        host_unit: None,
        town: None,
    };
    Engine::new(EngineData { policies: vec![policy], agencies: vec![police], ..EngineData::default() }).unwrap()
}

fn measure(what: &str, engine: &Engine, rules: usize) {
    let record = serde_json::from_value(serde_json::json!({
        "kind": "finding", "schema_version": 1, "reference": "11011220260921000873", "title": "街面秩序",
        "text": "登记住所1层临街外摆经营，现场无营业执照", "party": {"uscc": "91110112MAYYT00167", "name": "某公司"},
        "issue": {"code_system": "cjt214", "code": "1101120501"}
    }))
    .unwrap();
    let decoded = Decoded {
        document: Document { records: vec![RowRecord { row: 1, record }], row_faults: Vec::new() },
        ..Decoded::default()
    };
    let now = UtcTime::parse_spaced_beijing("2026-09-21 12:00:00").unwrap();
    let message = IntakeMessage {
        seq: InboxSeq(1),
        agency: AgencyId::parse("urban-management").unwrap(),
        message_id: MessageId::parse("m").unwrap(),
        digest: Digest::ZERO,
        received_at: now,
        redrives: 0,
    };
    let started = Instant::now();
    for _ in 0..ROUNDS {
        let decision = engine.decide(&message, Ok((&decoded, Digest::ZERO)), &mut CaseBook::default(), now);
        std::hint::black_box(decision);
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!("{what:28} {rules:4} rules  {each:8.1} us a decision");
}

fn main() {
    for rules in [1, 10, 100, 500] {
        // No guard: each rule is evaluated and none holds.
        measure("evaluated (title contains)", &engine(rules, |n| format!("record.title.contains('没有{n}')")), rules);
        let code = |n| format!("record.issue.code == '{n:010}' && record.title.contains('x')");
        measure("passed over by the index", &engine(rules, code), rules);
    }
}
