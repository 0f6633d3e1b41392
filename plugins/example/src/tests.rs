//! Tests of the plugin as plain Rust, without a gateway. The vectors (`vectors/kit.toml`) test the component.

use xiezhi_sdk::model::{AgencyId, MessageId, UtcTime};
use xiezhi_sdk::{Context, Decoded, Fault, Input, Plugin, Record};

use crate::{ID, Lines};

const ROW: &str = "A1;甲公司;91110112MAYYT00167;;101;住所查无;2026-09-21T09:30:00+08:00;";

fn context() -> Context {
    Context {
        agency: AgencyId::parse(ID).unwrap(),
        at: UtcTime::parse_rfc3339("2026-09-21T10:00:00+08:00").unwrap(),
        message_id: MessageId::parse("out-0001").unwrap(),
        settings: serde_json::Map::new(),
    }
}

fn decode(text: &str) -> Result<Decoded, Fault> {
    Lines::decode(&Input::Message(text.as_bytes()), &context())
}

fn only(text: &str) -> Record {
    let document = decode(text).unwrap().document;
    assert_eq!(document.row_faults, []);
    let [row] = document.records.try_into().unwrap();
    row.record
}

#[test]
fn a_finding_keeps_what_the_line_says() {
    let Record::Finding(finding) = only(&format!("线索;1;BW-1\r\n{ROW}\r\n")) else { panic!("not a finding") };
    assert_eq!((finding.reference.as_str(), finding.title.as_str()), ("A1", "住所查无"));
    assert_eq!((finding.issue.code_system.as_str(), finding.issue.code.as_str()), (ID, "101"));
    assert_eq!(finding.extra["报文编号"], "BW-1");
}

#[test]
fn what_is_written_is_read_back() {
    let feedback: Record = serde_json::from_value(serde_json::json!({
        "kind": "feedback", "schema_version": 1, "reference": "F;1", "assignment": "TZ-2026-0000017/1",
        "result": "done", "text": "两行\n和\\;𠅤漷㛃", "at": "2026-09-22T09:00:00+08:00"
    }))
    .unwrap();
    let encoded = Lines::encode(&feedback, &context()).unwrap();
    assert_eq!(only(std::str::from_utf8(&encoded.body).unwrap()), feedback);
}

/// Message, fault code, byte offset.
#[test]
fn a_message_that_cannot_be_used_says_where_and_why() {
    for (message, code, offset) in [
        ("", "header-invalid", 0),
        ("线索;1", "header-invalid", 0),
        ("线索;2;BW-1\n", "header-invalid", 7),
        ("通报;1;BW-1\n", "header-invalid", 0),
        ("线索;1;\n", "header-invalid", 9),
        ("线索;1;BW-1\n\n", "rows-missing", 15),
        ("线\\x;1;BW-1\n", "escape-invalid", 3),
    ] {
        let fault = decode(message).unwrap_err();
        assert_eq!((fault.code, fault.offset), (format!("{ID}.{code}"), Some(offset)), "{message:?}");
    }
    let gbk = Lines::decode(&Input::Message(b"\xcf\xdf\xcb\xf7;1;BW-1\n"), &context()).unwrap_err();
    assert_eq!((gbk.code, gbk.offset), (format!("{ID}.encoding-invalid"), Some(0)));
    let many = decode(&format!("线索;1;BW-1\n{}", format!("{ROW}\n").repeat(1_001))).unwrap_err();
    assert_eq!(many.code, format!("{ID}.limit"));
    let parts = Lines::decode(&Input::Parts(vec![b"x"]), &context()).unwrap_err();
    assert_eq!(parts.code, format!("{ID}.parts-unsupported"));
}

/// Business, row, fault code, field.
#[test]
fn a_bad_row_costs_that_row() {
    for (business, row, code, field) in [
        ("线索", "A1;甲公司", "field-count", None),
        ("线索", ";甲公司;;一号院;101;题;;", "field-missing", Some("编号")),
        ("线索", "A1;甲公司;;;101;题;;", "field-missing", Some("统一社会信用代码")),
        ("线索", "A1;甲公司;91110112MAYYT00168;;101;题;;", "uscc-invalid", Some("统一社会信用代码")),
        ("线索", "A1;甲公司;;一号院;101;题;昨天;", "time-invalid", Some("发现时间")),
        ("线索", "A1;甲公司;;一号院;101;题;;\\", "escape-invalid", None),
        ("反馈", "F1;7;已办结;;", "assignment-invalid", Some("派遣编号")),
        ("反馈", "F1;TZ-2026-0000017/1;好;;", "result-unknown", Some("结果")),
        ("反馈", "F1;TZ-2026-0000017/1;退回;;", "field-missing", Some("说明")),
    ] {
        let good = if business == "线索" { ROW } else { "F9;TZ-2026-0000017/1;已接收;;" };
        let document = decode(&format!("{business};1;BW-1\n{row}\n{good}\n")).unwrap().document;
        assert_eq!((document.records.len(), document.row_faults.len()), (1, 1), "{row}");
        let bad = &document.row_faults[0];
        assert_eq!((bad.row, bad.fault.field.as_deref()), (1, field), "{row}");
        assert_eq!(bad.fault.code, format!("{ID}.{code}"), "{row}");
    }
    let long = format!("线索;1;BW-1\n{}\n", "长".repeat(2_000));
    assert_eq!(decode(&long).unwrap().document.row_faults[0].fault.code, format!("{ID}.field-too-long"));
}

#[test]
fn kinds_that_the_format_lacks_are_refused() {
    let notice = r#"{"kind": "notice", "schema_version": 1, "title": "题", "text": "文"}"#;
    let receipt = r#"{"kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "m-1",
        "outcome": "accepted", "text": "", "rows": [], "case_numbers": []}"#;
    for (record, code) in [(notice, "kind-unwritten"), (receipt, "direction-invalid")] {
        let fault = Lines::encode(&serde_json::from_str(record).unwrap(), &context()).unwrap_err();
        assert_eq!(fault.code, format!("{ID}.{code}"));
    }
}
