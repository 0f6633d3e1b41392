//! Answers that break the contract of `plugin.wit`, and those that just keep it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use xiezhi_guests::{Answer, CoreModule, agency, context, decode, host};
use xiezhi_model::fault::code;
use xiezhi_model::plugin::{Input, PARTS_MAX};
use xiezhi_model::record::{Direction, Notice, Receipt, ReceiptOutcome, SCHEMA_VERSION};
use xiezhi_model::{MessageId, Record};
use xiezhi_ports::{Codec as _, CodecFailure};

const RECEIPT: &str = r#"{"kind":"receipt","schema_version":1,"direction":"from_agency","message_id":"m","outcome":"accepted","text":"ok"}"#;

#[test]
fn a_document_must_be_what_the_contract_says() {
    let long = "x".repeat(2001);
    let cases = [
        ("a record", format!(r#"{{"records":[{{"row":1,"record":{RECEIPT}}}]}}"#), ""),
        ("nothing", "{}".to_owned(), ""),
        ("no JSON", "records".to_owned(), "document"),
        ("no object", "[1]".to_owned(), "document"),
        ("half of it", r#"{"records":["#.to_owned(), "document"),
        ("an unknown key", r#"{"record":[]}"#.to_owned(), "document"),
        (
            "not UTF-8 in a text",
            "{\"row_faults\":[{\"row\":1,\"code\":\"a.b\",\"text\":\"\u{0}\"}]}".to_owned(),
            "document",
        ),
        ("row 0", format!(r#"{{"records":[{{"row":0,"record":{RECEIPT}}}]}}"#), "counted from 1"),
        (
            "an unknown kind",
            r#"{"records":[{"row":1,"record":{"kind":"rumour","schema_version":1}}]}"#.to_owned(),
            "document",
        ),
        (
            "a kind that the manifest does not name",
            r#"{"records":[{"row":3,"record":{"kind":"notice","schema_version":1,"title":"t","text":"x"}}]}"#
                .to_owned(),
            "row 3: record kind notice",
        ),
        ("a fault without a code", r#"{"row_faults":[{"row":1,"code":"","text":"x"}]}"#.to_owned(), "code"),
        (
            "a fault in the host's name",
            r#"{"row_faults":[{"row":1,"code":"plugin.timeout","text":"x"}]}"#.to_owned(),
            "plugin.",
        ),
        (
            "a fault text that is too long",
            format!(r#"{{"row_faults":[{{"row":1,"code":"a.b","text":"{long}"}}]}}"#),
            "text",
        ),
        ("nested without end", "[".repeat(100_000), "document"),
    ];
    let host = host();
    for (name, document, says) in cases {
        host.admit(agency("lying"), &CoreModule::answering(Answer::document(&document)).component(), None).unwrap();
        match decode(&host, "lying", b"message") {
            Ok(_) => assert!(says.is_empty(), "{name} was taken"),
            Err(error) => {
                assert_eq!(error.failure, CodecFailure::Plugin, "{name}");
                assert_eq!(error.fault.code, code::PLUGIN_CONTRACT, "{name}: {}", error.fault.text);
                assert!(!says.is_empty() && error.fault.text.contains(says), "{name}: {}", error.fault.text);
            }
        }
    }
}

#[test]
fn lying_part_numbers_are_refused() {
    let long_key = "k".repeat(257);
    let week_ms = 7 * 24 * 60 * 60 * 1000;
    type Parts<'a> = Vec<(&'a str, u32, u32, u64)>;
    let cases: [(&str, Parts<'_>, bool); 11] = [
        ("the first of two", vec![("k", 1, 2, 1000)], true),
        ("as many as may be", vec![("k", PARTS_MAX, PARTS_MAX, week_ms)], true),
        ("two messages", vec![("a", 1, 2, 1), ("b", 1, 2, 1)], true),
        ("part 0", vec![("k", 0, 2, 1000)], false),
        ("part 3 of 2", vec![("k", 3, 2, 1000)], false),
        ("one of one", vec![("k", 1, 1, 1000)], false),
        ("too many", vec![("k", 1, PARTS_MAX + 1, 1000)], false),
        ("no key", vec![("", 1, 2, 1000)], false),
        ("a key that is too long", vec![(&long_key, 1, 2, 1000)], false),
        ("for ever", vec![("k", 1, 2, u64::MAX)], false),
        ("the same part twice", vec![("k", 1, 2, 1000), ("k", 1, 2, 1000)], false),
    ];
    let host = host();
    for (name, parts, taken) in cases {
        host.admit(agency("lying"), &CoreModule::answering(Answer::parts(&parts)).component(), None).unwrap();
        match decode(&host, "lying", b"message") {
            Ok(decoded) => {
                assert!(taken, "{name} was taken");
                assert_eq!(decoded.parts.len(), parts.len(), "{name}");
                assert_eq!((decoded.parts[0].index, decoded.parts[0].total), (parts[0].1, parts[0].2), "{name}");
            }
            Err(error) => {
                assert!(!taken, "{name}: {}", error.fault.text);
                assert_eq!(error.fault.code, code::PLUGIN_CONTRACT, "{name}");
            }
        }
    }
}

#[test]
fn a_refusal_is_the_inputs_fault_only_in_the_right_shape() {
    let (long_code, long_text) = (format!("a.{}", "b".repeat(63)), "x".repeat(2001));
    let cases = [
        ("a refusal", Answer::fault("hj212.crc-mismatch", "校验错误", Some("CRC")), None),
        ("no code", Answer::fault("", "x", None), Some("code")),
        ("a code without a format", Answer::fault("wrong", "x", None), Some("code")),
        ("a code in capitals", Answer::fault("A.B", "x", None), Some("code")),
        ("a code that is too long", Answer::fault(&long_code, "x", None), Some("code")),
        ("the host's code", Answer::fault("plugin.memory", "x", None), Some("plugin.")),
        ("no text", Answer::fault("a.b", "", None), Some("text")),
        ("a text that is too long", Answer::fault("a.b", &long_text, None), Some("text")),
        ("an empty field", Answer::fault("a.b", "x", Some("")), Some("field")),
        ("neither yes nor no", Answer::neither(), Some("")),
        ("a document outside of the memory", Answer::stretch(0x7fff_0000, 100), Some("")),
    ];
    let host = host();
    for (name, answer, broken) in cases {
        host.admit(agency("lying"), &CoreModule::answering(answer).component(), None).unwrap();
        let error = decode(&host, "lying", b"message").expect_err(name);
        match broken {
            None => {
                assert_eq!(error.failure, CodecFailure::Input, "{name}");
                assert_eq!(
                    (error.fault.code.as_str(), error.fault.field.as_deref()),
                    ("hj212.crc-mismatch", Some("CRC"))
                );
            }
            Some(says) => {
                assert_eq!(error.failure, CodecFailure::Plugin, "{name}");
                assert_eq!(error.fault.code, code::PLUGIN_CONTRACT, "{name}: {}", error.fault.text);
                assert!(error.fault.text.contains(says), "{name}: {}", error.fault.text);
            }
        }
    }
}

#[test]
fn what_is_encoded_must_have_a_media_type_that_headers_can_carry() {
    let receipt = Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::ToAgency,
        message_id: MessageId::parse("m-1").unwrap(),
        outcome: ReceiptOutcome::Accepted,
        code: None,
        text: "已受理".to_owned(),
        rows: Vec::new(),
        case_numbers: Vec::new(),
    }));
    let long = "x".repeat(256);
    let cases = [
        ("one", "application/xml; charset=GB18030", None),
        ("none", "", Some(code::PLUGIN_CONTRACT)),
        ("a second line", "text/plain\r\nx: y", Some(code::PLUGIN_CONTRACT)),
        ("not ASCII", "文本", Some(code::PLUGIN_CONTRACT)),
        ("too long", &long, Some(code::PLUGIN_CONTRACT)),
    ];
    let host = host();
    for (name, content_type, expected) in cases {
        let answer = Answer::encoded(b"body", content_type.as_bytes());
        host.admit(agency("lying"), &CoreModule::answering(answer).component(), None).unwrap();
        let result = host.encode(&receipt, &context("lying"));
        assert_eq!(result.as_ref().err().map(|error| error.fault.code.as_str()), expected, "{name}: {result:?}");
        if let Ok((encoded, _)) = result {
            assert_eq!((encoded.body.as_slice(), encoded.content_type.as_str()), (b"body".as_slice(), content_type));
        }
    }
    let notice = Record::Notice(Box::new(Notice {
        schema_version: SCHEMA_VERSION,
        title: "t".to_owned(),
        text: "x".to_owned(),
        ..Notice::default()
    }));
    let error = host.encode(&notice, &context("lying")).unwrap_err();
    assert_eq!((error.failure, error.fault.code.as_str()), (CodecFailure::Input, code::KIND_UNSUPPORTED));
    assert!(decode(&host, "lying", b"x").is_err() || host.decode(&Input::Parts(vec![]), &context("lying")).is_ok());
}
