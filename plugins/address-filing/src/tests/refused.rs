//! What bad messages and bad rows are answered with: code, place, field.

use super::*;

/// Where the fault must point: at the first byte of a text.
fn place(text: &str, wanted: &str) -> u64 {
    text.find(wanted).unwrap_or_else(|| panic!("{wanted} is not in the message")) as u64
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn the_sample_of_bad_rows_costs_those_rows() {
    let document = decode(BAD_ROWS).unwrap().document;
    assert_eq!(document.records.iter().map(|record| record.row).collect::<Vec<_>>(), [5]);
    let expected = [
        (1, "address-filing.unit-code-invalid", "110112005012GB", "unit_code"),
        (2, "uscc.check-character", "91110112MAYYT0041P", "uscc"),
        (3, "address-filing.time-invalid", "2026/9/1", "entered_on"),
        (4, "address-filing.row-type-unknown", "shop", "type"),
    ];
    assert_eq!(document.row_faults.len(), expected.len());
    for (fault, (row, code, at, field)) in document.row_faults.iter().zip(expected) {
        assert_eq!(fault.row, row);
        check(at, &fault.fault, code, Some(place(BAD_ROWS, at)), Some(field));
    }
}

#[test]
fn bad_messages_are_refused_whole() {
    let good = message(&[tenant()]);
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let header = |header: &str| swap(r#"{"message_number":"N1"}"#, header);
    let deep = swap(r#""DA-1""#, "[[[[[[[1]]]]]]]");
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("not JSON", swap("\"rows\":", "\"rows\""), "json-syntax", "[{\"address\"", None),
        ("two values", format!("{good}{{}}"), "json-syntax", "{}", None),
        ("too deep", deep, "limit", "[[1]]", None),
        ("an array", "[1]".to_owned(), "structure", "[1]", None),
        ("member twice", swap("\"header\"", "\"format\":\"y\",\"header\""), "field-repeated", "\"y\"", Some("format")),
        ("no format", swap("\"format\"", "\"x\""), "field-missing", "{", Some("format")),
        (
            "another format",
            swap("address-filing/1", "host-unit/1"),
            "version-unsupported",
            "host-unit/1",
            Some("format"),
        ),
        ("no header", swap("\"header\"", "\"x\""), "field-missing", "{", Some("header")),
        ("header is no object", header("7"), "structure", "7,", None),
        ("no number", header("{}"), "field-missing", "{}", Some("message_number")),
        (
            "long number",
            header(&format!("{{\"message_number\":\"{}\"}}", "a".repeat(129))),
            "field-too-long",
            "aaa",
            Some("message_number"),
        ),
        (
            "time",
            header("{\"message_number\":\"N\",\"sent_at\":\"2026-09-18 10:15:00\"}"),
            "time-invalid",
            "2026-09-18",
            Some("sent_at"),
        ),
        ("count", header("{\"message_number\":\"N\",\"row_count\":2}"), "row-count-mismatch", "2}", Some("row_count")),
        (
            "count is no number",
            header("{\"message_number\":\"N\",\"row_count\":\"x\"}"),
            "number-invalid",
            "x\"}",
            Some("row_count"),
        ),
        ("no rows", swap("\"rows\"", "\"x\""), "field-missing", "{", Some("rows")),
        (
            "rows are no list",
            swap("[{\"address\"", "{\"r\":[{\"address\"").replace("}]}", "}]}}"),
            "structure",
            "{\"r\"",
            None,
        ),
        ("empty", message(&[]), "field-missing", "[]", Some("rows")),
        ("too many rows", message(&vec![json!(1); 1_001]), "limit", "1]}", None),
    ];
    for (label, text, code, at, field) in cases {
        check(label, &decode(&text).unwrap_err(), &format!("address-filing.{code}"), Some(place(&text, at)), field);
    }
}

#[test]
fn encodings_other_than_utf8_are_refused() {
    let good = message(&[tenant()]);
    let at = place(&good, "漷");
    let cut = &good.as_bytes()[..usize::try_from(at).unwrap() + 1];
    let gb18030: Vec<u8> = [b"{\"a\":\"".as_slice(), &[0xb1, 0xb1, 0xbe, 0xa9], b"\"}"].concat();
    for (label, bytes, code, offset) in [
        ("cut", cut, "encoding-truncated", at),
        ("GB18030", &gb18030, "encoding-mismatch", 6),
        ("no character", b"{\"\xff\"}", "encoding-invalid", 2),
        ("UTF-16", b"\xff\xfe{\0", "encoding-unsupported", 0),
    ] {
        let fault = testing::decode::<AddressFiling>("address-filing", bytes).unwrap_err();
        assert_eq!((fault.code, fault.offset), (format!("address-filing.{code}"), Some(offset)), "{label}");
    }
}

#[test]
fn the_fallback_lets_a_message_in_gb18030_through() {
    // 北漷: B1B1 9D74; everything else in the row is ASCII, so the places of text and bytes differ by two behind it.
    let row = json!({"type": "tenant", "record_number": "D", "name": "NAME", "uscc": "91110112MAYYT00160",
        "status": "active", "address": "A", "address_number": "J"});
    let text = message(&[row]);
    let at = text.find("NAME").unwrap();
    let bytes = [&text.as_bytes()[..at], &[0xb1, 0xb1, 0x9d, 0x74], &text.as_bytes()[at + 4..]].concat();
    let refused = testing::decode::<AddressFiling>("address-filing", &bytes).unwrap_err();
    check("refused", &refused, "address-filing.encoding-mismatch", Some(at as u64), Some("encoding"));
    let context = context(json!({"encoding_fallback": "gb18030"}));
    let decoded = AddressFiling::decode(&Input::Message(&bytes), &context).unwrap();
    let fault = &decoded.document.row_faults[0].fault;
    check("offset of the bytes", fault, "uscc.check-character", Some(place(&text, "9111")), Some("uscc"));
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = " ".repeat(4 * 1024 * 1024 + 1);
    check("long", &decode(&long).unwrap_err(), "address-filing.limit", Some(4 * 1024 * 1024), None);
    let fault = AddressFiling::decode(&Input::Parts(vec![LEDGER.as_bytes()]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "address-filing.parts-unsupported", None, None);
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
    let code = if code.contains('.') { code.to_owned() } else { format!("address-filing.{code}") };
    check(label, &fault.fault, &code, Some(wanted), Some(field));
    assert!(!fault.fault.text.contains("测试甲"), "{label}: no personal data in the text");
}

#[test]
fn bad_fields_of_the_ledger_are_named() {
    let long = "长".repeat(501);
    let cases = [
        (tenant(), "uscc", json!("测试甲"), "uscc.length", "测试甲"),
        (tenant(), "uscc", json!("9.11101E+17"), "uscc.scientific-notation", "9.11"),
        (tenant(), "uscc", json!("9111A112MAYYT00167"), "uscc.region", "9111A"),
        (tenant(), "status", json!("测试甲"), "code-unknown", "测试甲"),
        (tenant(), "town", json!("测试甲"), "code-unknown", "测试甲"),
        (tenant(), "industry", json!("Z72"), "code-unknown", "Z72"),
        (tenant(), "operating", json!("true"), "code-unknown", "true"),
        (tenant(), "visit_result", json!("不在"), "code-unknown", "不在"),
        (tenant(), "annual_report_year", json!(1999), "number-invalid", "1999"),
        (tenant(), "annual_report_year", json!("2025年"), "number-invalid", "2025年"),
        (tenant(), "entered_on", json!("2026-02-30"), "time-invalid", "2026-02-30"),
        (tenant(), "remark", json!(long), "field-too-long", "长"),
        (tenant(), "name", json!({"a": 1}), "structure", "{\"a\""),
        (tenant(), "contacts", json!("测试甲"), "structure", "\"测试甲"),
        (address(), "kind", json!("virtual"), "code-unknown", "virtual"),
        (address(), "condition", json!(5), "code-unknown", "5,"),
        (address(), "appraisal_grade", json!("Bsu"), "code-unknown", "Bsu"),
        (address(), "area", json!("-12.5"), "number-invalid", "-12.5"),
        (address(), "capacity", json!("许多"), "number-invalid", "许多"),
        (address(), "host_unit_uscc", json!("11110112MAYYG012X1"), "uscc.check-character", "11110112MAYYG012X1"),
    ];
    for (base, name, value, code, at) in cases {
        check_row(&format!("{name} {value}"), &with(base, json!({name: value})), code, Some(at), name);
    }
    let exponent = message(&[with(address(), json!({"area": 7}))]).replace("\"area\":7", "\"area\":7e2");
    let fault = only_row_fault(&exponent).fault;
    check("exponent", &fault, "address-filing.number-invalid", Some(place(&exponent, "7e2")), Some("area"));
    for name in ["record_number", "name", "uscc", "status", "address", "address_number"] {
        check_row(name, &with(tenant(), json!({name: null})), "field-missing", None, name);
    }
    for name in ["address_number", "kind", "status", "address", "host_unit"] {
        check_row(name, &with(address(), json!({name: " "})), "field-missing", None, name);
    }
}

#[test]
fn bad_places_units_and_lists_are_named() {
    let swapped = with(address(), json!({"longitude": "39.9461", "latitude": "116.6912"}));
    check_row("swapped", &swapped, "number-invalid", Some("39.9461"), "longitude");
    check_row("half", &with(address(), json!({"longitude": "116"})), "field-missing", None, "latitude");
    check_row("other half", &with(address(), json!({"latitude": "39"})), "field-missing", None, "longitude");
    check_row("datum", &with(address(), json!({"datum": "gcj02"})), "code-unknown", Some("gcj02"), "datum");
    let contacts = with(tenant(), json!({"contacts": vec![json!(1); 51]}));
    check_row("contacts", &contacts, "limit", Some("1],"), "contacts");
    let unit = json!({"type": "operator_unit", "unit_number": "1", "name": "甲", "status": "active"});
    check_row("operator without code", &unit, "field-missing", None, "uscc");
    let host = with(unit, json!({"type": "host_unit"}));
    check_row("kind of host", &host, "field-missing", None, "unit_kind");
    let text = message(&[json!(7), json!({"name": "x"})]);
    let faults = decode(&text).unwrap().document.row_faults;
    check("no object", &faults[0].fault, "address-filing.structure", Some(place(&text, "7,")), None);
    check("no type", &faults[1].fault, "address-filing.field-missing", Some(place(&text, "{\"name\"")), Some("type"));
    let twice = message(&[tenant()]).replace("\"type\":\"tenant\"", "\"type\":\"tenant\",\"type\":\"tenant\"");
    check(
        "twice",
        &only_row_fault(&twice).fault,
        "address-filing.field-repeated",
        Some(twice.rfind("\"tenant\"").unwrap() as u64),
        Some("type"),
    );
}

#[test]
fn bad_answers_are_named() {
    let feedback = json!({"type": "feedback", "assignment": "T/1", "result": "done"});
    let receipt = json!({"type": "receipt", "message_id": "m", "outcome": "refused"});
    let measure = json!({"type": "measure_feedback", "request": "R", "applied": false, "text": "无此户"});
    let file = json!({"kind": "pdf", "algorithm": "sm3", "digest": "AB"});
    let cases = [
        (&feedback, json!({"assignment": "TZ-2026"}), "number-invalid", Some("TZ-2026"), "assignment"),
        (&feedback, json!({"assignment": null}), "field-missing", None, "assignment"),
        (&feedback, json!({"result": "ok"}), "code-unknown", Some("ok"), "result"),
        (&feedback, json!({"result": "returned"}), "field-missing", None, "text"),
        (&feedback, json!({"at": "今天"}), "time-invalid", Some("今天"), "at"),
        (&feedback, json!({"attachments": [file]}), "number-invalid", Some("AB"), "digest"),
        (&feedback, json!({"attachments": vec![json!({}); 21]}), "limit", Some("{}],"), "attachments"),
        (&receipt, json!({"message_id": "a\u{1}b"}), "number-invalid", Some("a\\u0001b"), "message_id"),
        (&receipt, json!({"outcome": "yes"}), "code-unknown", Some("yes"), "outcome"),
        (&receipt, json!({"rows": [{"row": 0, "code": "x"}]}), "number-invalid", Some("0}"), "row"),
        (&receipt, json!({"rows": [{"row": 1}]}), "field-missing", Some("{\"row\":1"), "code"),
        (&measure, json!({"text": null}), "field-missing", None, "text"),
        (&measure, json!({"applied": null}), "field-missing", None, "applied"),
        (&measure, json!({"applied": "是"}), "code-unknown", Some("是"), "applied"),
    ];
    for (base, more, code, at, field) in cases {
        check_row(&more.to_string(), &with(base.clone(), more), code, at, field);
    }
}

/// Found by fuzzing: the sender named a field with no letters at all, and the host takes no empty name of a field.
#[test]
fn a_field_without_a_name_is_told_without_one() {
    let bytes = include_bytes!("../../../../tests/samples/fuzz/address-filing-empty-name.bin");
    let decoded = testing::decode::<AddressFiling>("address-filing", bytes);
    let faults = decoded.map(|decoded| decoded.document.row_faults.into_iter().map(|row| row.fault).collect());
    let faults: Vec<Fault> = faults.unwrap_or_else(|fault| vec![fault]);
    assert!(!faults.is_empty());
    faults.iter().for_each(|fault| testing::check_fault(fault, bytes.len()));
}
