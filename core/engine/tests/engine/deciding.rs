//! What becomes of the message itself: done, waiting or dead, and what its sender is told.

use serde_json::json;
use xiezhi_engine::{CaseBook, Engine, EngineData, Joined};
use xiezhi_model::Digest;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::calendar::MissingYear;
use xiezhi_model::fault::{Fault, RowFault, code};
use xiezhi_model::plugin::{Decoded, Encoded, Part};
use xiezhi_model::record::{Receipt, ReceiptOutcome, Record};
use xiezhi_ports::{CodecError, CodecFailure, InboxOutcome};

use crate::support::{
    READER, YUNYI, agency, at, clue, decide, decoded, encoded, engine, feedback, finish, message, noon, record,
    shipped, sketch, urban, with_faults,
};

fn row_fault(row: u32, code: &str) -> RowFault {
    RowFault {
        row, fault: Fault::new(code, "统一社会信用代码应为18位，实为17位").at(40).in_field("TYSHXYDM")
    }
}

fn part(key: &str, index: u32) -> Part {
    Part { key: key.to_owned(), index, total: 2, expires_after_ms: 1_000, body: vec![1] }
}

fn reply() -> Option<Encoded> {
    Some(Encoded { body: b"##9014".to_vec(), content_type: "text/plain".to_owned() })
}

fn codec_error(failure: CodecFailure, fault: Fault) -> CodecError {
    CodecError { agency: agency("police"), digest: Some(READER), failure, fault }
}

fn receipt(record: &Record) -> &Receipt {
    match record {
        Record::Receipt(receipt) => receipt,
        other => panic!("{} is no receipt", other.kind()),
    }
}

/// The outcome, the last audit action and the receipt's outcome.
fn check(sender: &str, read: Decoded, wanted: (&str, AuditAction, Option<ReceiptOutcome>)) {
    let decision = engine().decide(&message(1, sender), Ok((&read, READER)), &mut CaseBook::default(), noon());
    let outcome = match &decision.settlement.outcome {
        InboxOutcome::Done => "done".to_owned(),
        InboxOutcome::Waiting => "waiting".to_owned(),
        InboxOutcome::Dead(fault) => fault.code.clone(),
    };
    let receipts: Vec<_> =
        decision.drafts.iter().filter(|d| d.record.kind() == "receipt").map(|d| receipt(&d.record).outcome).collect();
    let last = decision.settlement.audit.last().map(|entry| entry.action);
    assert_eq!((outcome.as_str(), last, receipts.first().copied()), (wanted.0, Some(wanted.1), wanted.2), "{read:?}");
}

#[test]
fn every_reading_has_its_outcome() {
    use AuditAction::{MessageDead, MessageSettled, MessageWaiting};
    use ReceiptOutcome::{Accepted, Partial, Refused};
    let finding = || decoded(vec![clue("ga-xslb", "02", "x", YUNYI)]);
    let ledger = || decoded(vec![record(json!({"kind": "ledger_entry", "reference": "r", "party": {}}))]);
    let faulty = || with_faults(Decoded::default(), vec![row_fault(3, "uscc.length")]);
    let parts = || Decoded { parts: vec![part("k", 1)], ..Decoded::default() };
    let beat = || Decoded { reply: reply(), ..Decoded::default() };
    let cases = [
        ("police", finding(), ("done", MessageSettled, Some(Accepted))),
        ("urban-management", finding(), ("done", MessageSettled, None)),
        ("police", with_faults(finding(), vec![row_fault(2, "uscc.length")]), ("done", MessageSettled, Some(Partial))),
        (
            "urban-management",
            with_faults(finding(), vec![row_fault(2, "uscc.length")]),
            ("done", MessageSettled, Some(Partial)),
        ),
        ("police", ledger(), ("done", MessageSettled, Some(Accepted))),
        ("police", faulty(), ("uscc.length", MessageDead, Some(Refused))),
        ("environment", faulty(), ("uscc.length", MessageDead, None)),
        ("police", Decoded::default(), (code::EMPTY, MessageDead, Some(Refused))),
        ("environment", beat(), ("done", MessageSettled, None)),
        ("environment", Decoded { reply: reply(), ..faulty() }, ("done", MessageSettled, None)),
        ("environment", parts(), ("waiting", MessageWaiting, None)),
        ("environment", Decoded { parts: vec![part("k", 1)], ..finding() }, ("waiting", MessageWaiting, None)),
        (
            "police",
            decoded(vec![feedback("TZ-2026-0000009/1", "done")]),
            (code::CASE_UNKNOWN, MessageDead, Some(Refused)),
        ),
    ];
    for (sender, read, wanted) in cases {
        check(sender, read, wanted);
    }
}

#[test]
fn a_message_that_cannot_be_read_is_dead_and_its_sender_told() {
    let engine = engine();
    let fault = Fault::new("police.xml-syntax", "标签未闭合").at(123);
    let error = codec_error(CodecFailure::Input, fault.clone());
    let decision = engine.decide(&message(1, "police"), Err(&error), &mut CaseBook::default(), noon());
    assert_eq!(decision.settlement.outcome, InboxOutcome::Dead(fault));
    assert_eq!(decision.settlement.plugin_digest, Some(READER));
    let entry = &decision.settlement.audit[0];
    assert_eq!(entry.text, "报文未能使用：标签未闭合（从0起第123字节）");
    assert_eq!((entry.fault_code.as_deref(), entry.plugin_digest), (Some("police.xml-syntax"), Some(READER)));
    let receipt = receipt(&decision.drafts[0].record);
    assert_eq!(receipt.code.as_deref(), Some("police.xml-syntax"));
    assert_eq!(receipt.text, "未受理：标签未闭合（从0起第123字节）。请更正后以新的报文编号重新报送");
    assert_eq!(finish(&engine, decision).outgoing.len(), 1);

    // A plugin that broke its limits: not the sender's fault, and the plugin is not asked to write.
    let error = codec_error(CodecFailure::Plugin, Fault::new(code::PLUGIN_TIMEOUT, "插件超时"));
    let decision = engine.decide(&message(1, "police"), Err(&error), &mut CaseBook::default(), noon());
    assert!(matches!(&decision.settlement.outcome, InboxOutcome::Dead(fault) if fault.code == code::PLUGIN_TIMEOUT));
    assert_eq!(decision.drafts, []);
}

#[test]
fn a_receipt_names_rows_and_cases() {
    let read = with_faults(
        decoded(vec![clue("ga-xslb", "02", "x", YUNYI), feedback("TZ-2026-0000009/1", "done")]),
        vec![row_fault(3, "uscc.length")],
    );
    let decision = engine().decide(&message(1, "police"), Ok((&read, READER)), &mut CaseBook::default(), noon());
    let receipt = receipt(&decision.drafts[0].record);
    let rows: Vec<_> = receipt.rows.iter().map(|row| (row.row, row.code.as_str(), row.text.as_str())).collect();
    assert_eq!(
        rows,
        [
            (3, "uscc.length", "统一社会信用代码应为18位，实为17位（字段TYSHXYDM，从0起第40字节）"),
            (2, code::CASE_UNKNOWN, "没有编号为TZ-2026-0000009/1的派遣，请核对派遣编号后重新反馈（字段assignment）"),
        ]
    );
    assert_eq!(
        receipt.text,
        "部分受理：共2条记录，2条有误，涉及案件TZ-2026-0000001；有误的请更正后以新的报文编号重新报送"
    );
    assert_eq!(receipt.case_numbers.len(), 1);
    assert_eq!(decision.settlement.row_faults.len(), 2);
    assert_eq!(decision.settlement.records, 2);
}

#[test]
fn parts_wait_and_are_settled_together() {
    let engine = engine();
    let read = Decoded { parts: vec![part("k", 2), part("other", 1)], reply: reply(), ..Decoded::default() };
    let off = record(json!({
        "kind": "indicator", "reference": "q", "period": "facility_state", "party": {"device": "010000B110112000000003AF"},
        "facilities": [{"facility": "SB1", "state": "off"}]
    }));
    let joined = [Joined { key: "k".to_owned(), decoded: decoded(vec![off]) }];
    let decision = engine.decide_joined(
        &message(2, "environment"),
        Ok((&read, READER)),
        &joined,
        &mut CaseBook::default(),
        noon(),
    );
    let settlement = finish(&engine, decision);
    assert_eq!(settlement.outcome, InboxOutcome::Waiting, "for the other key");
    assert_eq!(settlement.parts, [part("other", 1)]);
    assert_eq!(settlement.parts_complete, [(agency("environment"), "k".to_owned())]);
    assert_eq!(
        sketch(&settlement),
        "TZ-2026-0000002 pollution_facility_stopped 5.3.9(1) open v1 +1 [environment/lead/assigned]\n\
         -> environment reply\n-> environment assignment"
    );
    let last = settlement.audit.last().unwrap();
    assert_eq!(
        (last.action, last.text.as_str()),
        (AuditAction::MessageWaiting, "分包报文：已收到1包，等待其余分包（共2包）")
    );

    // The last part of a message of readings only: done, and the parts are settled.
    let read = Decoded { parts: vec![part("k", 2)], ..Decoded::default() };
    let hour = record(json!({"kind": "indicator", "reference": "q", "period": "hour", "party": {}}));
    let joined = [Joined { key: "k".to_owned(), decoded: decoded(vec![hour]) }];
    let book = &mut CaseBook::default();
    let decision = engine.decide_joined(&message(2, "environment"), Ok((&read, READER)), &joined, book, noon());
    assert_eq!(decision.settlement.outcome, InboxOutcome::Done);
    assert_eq!(decision.settlement.audit[0].text, "共1条记录、0条有误；仅登记1");
    assert_eq!(decision.settlement.parts, []);
}

#[test]
fn a_refused_draft_leaves_nothing_but_a_dead_message() {
    let engine = engine();
    let mut book = CaseBook::default();
    decide(&engine, &message(1, "urban-management"), vec![urban("1101120699", YUNYI, "U1")], &mut book);
    let before = book.clone();
    let records = vec![urban("1101120699", YUNYI, "U2"), urban("1101120198", YUNYI, "U3")];
    let decision = decide(&engine, &message(2, "urban-management"), records, &mut book);
    assert_ne!(book, before);
    let mut results = encoded(&decision);
    let fault = Fault::new("police.field-missing", "缺少单位名称");
    results[1] = Err(CodecError {
        agency: agency("police"),
        digest: Some(Digest::of(b"p")),
        failure: CodecFailure::Input,
        fault: fault.clone(),
    });
    book.undo(&decision);
    assert_eq!(book, before, "as if it had not been decided");
    let settlement = engine.finish(decision, results, noon());
    assert_eq!(sketch(&settlement), "");
    let InboxOutcome::Dead(dead) = &settlement.outcome else { panic!("not dead") };
    assert_eq!(dead.code, fault.code);
    assert_eq!(
        dead.text,
        "发往区公安分局的assignment未能由其适配插件写出：缺少单位名称。报文未作任何处理，修复后可重新投递"
    );
    let [entry] = settlement.audit.as_slice() else { panic!("one entry") };
    assert_eq!((entry.action, entry.inbox_seq.unwrap().0), (AuditAction::MessageDead, 2));
    assert_eq!(entry.message_id.as_ref().unwrap().as_str(), "m-2");
    assert_eq!((entry.agency.clone(), entry.plugin_digest), (Some(agency("police")), Some(Digest::of(b"p"))));

    // Missing results count as refused too.
    let decision = decide(&engine, &message(3, "urban-management"), vec![urban("1101120101", YUNYI, "U4")], &mut book);
    assert!(matches!(engine.finish(decision, Vec::new(), noon()).outcome, InboxOutcome::Dead(_)));
}

#[test]
fn a_dead_message_stays_dead_without_its_receipt() {
    let engine = engine();
    let fault = Fault::new("police.xml-syntax", "标签未闭合");
    let read = codec_error(CodecFailure::Input, fault.clone());
    // A receipt that cannot be written is left out; one that the plugin failed to write is kept and written later.
    for (failure, outgoing) in [(CodecFailure::Input, 0), (CodecFailure::Plugin, 1)] {
        let decision = engine.decide(&message(1, "police"), Err(&read), &mut CaseBook::default(), noon());
        let refused = codec_error(failure, Fault::new(code::PLUGIN_TIMEOUT, "插件超时"));
        let settlement = engine.finish(decision, vec![Err(refused)], noon());
        assert_eq!((settlement.outcome, settlement.outgoing.len()), (InboxOutcome::Dead(fault.clone()), outgoing));
    }
}

#[test]
fn a_missing_calendar_stops_the_message_and_changes_nothing() {
    let mut december = message(1, "police");
    december.received_at = at("2026-12-28 09:00:00");
    let read = decoded(vec![clue("ga-xslb", "99", "x", YUNYI), clue("ga-xslb", "02", "x", YUNYI)]);
    let mut book = CaseBook::default();
    let decision = engine().decide(&december, Ok((&read, READER)), &mut book, december.received_at);
    let InboxOutcome::Dead(fault) = &decision.settlement.outcome else { panic!("not dead") };
    assert_eq!(fault.code, code::CALENDAR_MISSING);
    assert!(fault.text.contains("2027"), "{}", fault.text);
    assert_eq!((decision.settlement.cases.len(), decision.drafts.len()), (0, 0));
    assert_eq!(book, CaseBook::default());

    let data = EngineData { missing_year: MissingYear::Estimate, ..shipped() };
    let engine = Engine::new(data).unwrap();
    let decision = engine.decide(&december, Ok((&read, READER)), &mut book, december.received_at);
    let deadline = &decision.settlement.cases[1].case.assignments[0].deadline;
    assert!(deadline.estimated);
    assert_eq!(deadline.at.beijing_date().to_string(), "2027-01-11");
}
