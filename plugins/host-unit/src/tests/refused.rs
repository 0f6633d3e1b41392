//! What bad messages and bad rows are answered with: code, place, field.

use super::*;

/// Where the fault must point: at the first byte of a text.
fn place(text: &str, wanted: &str) -> u64 {
    text.find(wanted).unwrap_or_else(|| panic!("{wanted} is not in the message")) as u64
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    let code = if code.contains('.') { code.to_owned() } else { format!("host-unit.{code}") };
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn bad_messages_are_refused_whole() {
    let good = message(&[tenant()]);
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("not JSON", swap("\"rows\":", "\"rows\""), "json-syntax", "[{\"address\"", None),
        ("too deep", swap("\"DA-1\"", "[[[[[[[1]]]]]]]"), "limit", "[[1]]", None),
        ("an array", "[1]".to_owned(), "structure", "[1]", None),
        ("member twice", swap("\"header\"", "\"format\":\"y\",\"header\""), "field-repeated", "\"y\"", Some("format")),
        (
            "another format",
            swap("host-unit/1", "address-filing/1"),
            "version-unsupported",
            "address-filing/1",
            Some("format"),
        ),
        ("no host unit", swap("\"host_unit_number\"", "\"x\""), "field-missing", "{\"x\"", Some("host_unit_number")),
        ("no number", swap("\"N1\"", "\" \""), "field-missing", "{\"host_unit_number\"", Some("message_number")),
        ("long number", swap("N1", &"a".repeat(129)), "field-too-long", "aaa", Some("message_number")),
        ("count", swap("\"N1\"", "\"N1\",\"row_count\":3"), "row-count-mismatch", "3}", Some("row_count")),
        ("time", swap("\"N1\"", "\"N1\",\"sent_at\":\"今天\""), "time-invalid", "今天", Some("sent_at")),
        ("empty", message(&[]), "field-missing", "[]", Some("rows")),
        ("too many rows", message(&vec![json!(1); 1_001]), "limit", "1]}", None),
    ];
    for (label, text, code, at, field) in cases {
        check(label, &decode(&text).unwrap_err(), code, Some(place(&text, at)), field);
    }
}

#[test]
fn a_message_of_another_host_unit_is_refused() {
    let fault = decode_with(TENANTS, json!({"host_unit_number": "ZB-0102"})).unwrap_err();
    check("other", &fault, "sender-mismatch", Some(place(TENANTS, "ZB-0101")), Some("host_unit_number"));
    assert!(decode_with(TENANTS, json!({"host_unit_number": "ZB-0101"})).is_ok());
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = " ".repeat(4 * 1024 * 1024 + 1);
    check("long", &decode(&long).unwrap_err(), "limit", Some(4 * 1024 * 1024), None);
    let fault = HostUnit::decode(&Input::Parts(vec![TENANTS.as_bytes()]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "parts-unsupported", None, None);
    let gb18030: Vec<u8> = [b"{\"a\":\"".as_slice(), &[0xb1, 0xb1, 0xbe, 0xa9], b"\"}"].concat();
    for (label, bytes, code, offset) in [
        ("cut", "{\"漷㛃".as_bytes().split_last().unwrap().1, "encoding-truncated", 5),
        ("GB18030", &gb18030, "encoding-mismatch", 6),
        ("no character", b"{\"\xff\"}", "encoding-invalid", 2),
        ("UTF-16", b"\xff\xfe{\0", "encoding-unsupported", 0),
    ] {
        let fault = testing::decode::<HostUnit>("host-unit", bytes).unwrap_err();
        check(label, &fault, code, Some(offset), fault.field.as_deref());
    }
}

/// A bad row stands second and behind Chinese text, so that neither rows nor offsets are right by accident. `at` is the
/// text that the fault points at; nothing where it is the row itself.
fn check_row(label: &str, bad: &Value, code: &str, at: Option<&str>, field: &str) {
    let text = message(&[tenant(), bad.clone()]);
    let document = decode(&text).unwrap().document;
    assert_eq!(document.records.len(), 1, "{label}");
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 2, "{label}");
    let start = text.find(&format!(",{bad}")).unwrap() + 1;
    let wanted = at.map_or(0, |at| place(&text[start..], at)) + start as u64;
    check(label, &fault.fault, code, Some(wanted), Some(field));
    assert!(!fault.fault.text.contains("测试甲"), "{label}: no personal data in the text");
}

#[test]
fn bad_rows_are_named() {
    let feedback = || json!({"type": "feedback", "assignment": "T/1", "result": "done"});
    let receipt = || json!({"type": "receipt", "message_id": "m", "outcome": "refused"});
    let cases = [
        (tenant(), json!({"type": "shop"}), "row-type-unknown", Some("shop"), "type"),
        (tenant(), json!({"uscc": "测试甲"}), "uscc.length", Some("测试甲"), "uscc"),
        (tenant(), json!({"uscc": null}), "field-missing", None, "uscc"),
        (tenant(), json!({"status": "gone"}), "code-unknown", Some("gone"), "status"),
        (tenant(), json!({"town": "文景街道"}), "code-unknown", Some("文景街道"), "town"),
        (tenant(), json!({"visited_on": "2026-13-01"}), "time-invalid", Some("2026-13-01"), "visited_on"),
        (tenant(), json!({"annual_report_year": 20}), "number-invalid", Some("20,"), "annual_report_year"),
        (tenant(), json!({"remark": "长".repeat(501)}), "field-too-long", Some("长"), "remark"),
        (tenant(), json!({"name": ["测试甲"]}), "structure", Some("[\"测试甲"), "name"),
        (feedback(), json!({"assignment": "约谈"}), "number-invalid", Some("约谈"), "assignment"),
        (feedback(), json!({"result": "returned"}), "field-missing", None, "text"),
        (feedback(), json!({"order": "fine"}), "code-unknown", Some("fine"), "order"),
        (feedback(), json!({"interviewed_on": "2026年9月25日"}), "time-invalid", Some("2026年"), "interviewed_on"),
        (feedback(), json!({"tenants_checked": "若干"}), "number-invalid", Some("若干"), "tenants_checked"),
        (feedback(), json!({"tenants_corrected": 1_000_001}), "number-invalid", Some("1000001"), "tenants_corrected"),
        (receipt(), json!({"outcome": "ok"}), "code-unknown", Some("ok"), "outcome"),
        (receipt(), json!({"rows": [{"row": "一", "code": "x"}]}), "number-invalid", Some("一"), "row"),
    ];
    for (base, more, code, at, field) in cases {
        check_row(&more.to_string(), &with(base, more), code, at, field);
    }
}
