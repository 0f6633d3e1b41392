//! What bad messages and bad lines are answered with: code, place, field.

use super::*;

fn check(label: &str, fault: &Fault, code: &str, offset: Option<usize>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset.map(|offset| offset as u64), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

/// A bad line stands third, behind Chinese text and an empty line, and before a good one. `at` is the text in it that the
/// fault points at, or nothing for its last byte.
fn check_line(label: &str, bad: &[u8], code: &str, at: &str, field: Option<&str>) {
    let good = lines(&[order(json!({}))]);
    let bytes = [&good[..], b"\r\n", bad, b"\n", &good[..]].concat();
    let document = decode(&bytes).unwrap().document;
    let rows: Vec<u32> = document.records.iter().map(|record| record.row).collect();
    assert_eq!(rows, [1, 4], "{label}");
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 3, "{label}");
    let place = bad.windows(at.len().max(1)).position(|window| window == at.as_bytes());
    let place =
        if at.is_empty() { bad.len() - 1 } else { place.unwrap_or_else(|| panic!("{label}: {at} is not there")) };
    check(label, &fault.fault, code, Some(good.len() + 2 + place), field);
}

#[test]
fn what_no_message_can_be_is_refused() {
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    check("long", &decode(&long).unwrap_err(), "hotline.limit", Some(4 * 1024 * 1024), None);
    let many = lines(&vec![order(json!({})); 1_001]);
    let last = many.len() / 1_001 * 1_000;
    check("many lines", &decode(&many).unwrap_err(), "hotline.limit", Some(last), None);
    for bytes in [&b""[..], b"\n\r\n \n", b"\xef\xbb\xbf\n"] {
        check("empty", &decode(bytes).unwrap_err(), "hotline.empty", Some(0), None);
    }
    for bytes in [&b"\xff\xfe{\0"[..], b"{\0}\0", b"\0{\0}"] {
        check("UTF-16", &decode(bytes).unwrap_err(), "hotline.encoding-unsupported", Some(0), None);
    }
    let fault = Hotline::decode(&Input::Parts(vec![ORDERS]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "hotline.parts-unsupported", None, None);
    for (name, value) in [
        ("encoding_fallback", json!("latin1")),
        ("order_types", json!({"投诉": "both"})),
        ("order_types", json!([])),
        ("extra_fields", json!("batch")),
        ("extra_fields", json!(["content"])),
        ("extra_fields", json!(vec!["batch"; 21])),
    ] {
        let fault = decode_with(ORDERS, json!({name: value})).unwrap_err();
        check("setting", &fault, "hotline.setting-invalid", None, Some(name));
    }
}

/// A line as it is written: a good work order with more members behind.
fn raw(more: &str) -> String {
    format!("{{\"workOrderNo\":\"W1\",\"orderType\":\"投诉\",\"respondent\":\"甲公司\",\"content\":\"不退款\"{more}}}")
}

#[test]
fn a_line_in_another_encoding_costs_itself() {
    let good = raw("");
    let gb = xiezhi_formats::charset::gb18030_bytes(&good);
    let head = "{\"workOrderNo\":\"W1\",\"orderType\":\"";
    let at = head.len();
    let first = good.as_bytes();
    let cases = [
        // The first two bytes of 投诉 in GB18030 are also a character of UTF-8, so the third one gives it away.
        ("GB18030", gb.clone(), "hotline.encoding-mismatch", at + 2, Some("encoding")),
        ("cut", first[..at + 1].to_vec(), "hotline.encoding-truncated", at, None),
        ("no character", [&first[..at], b"\xff", &first[at..]].concat(), "hotline.encoding-invalid", at, None),
    ];
    let before = lines(&[order(json!({}))]);
    for (label, line, code, at, field) in cases {
        let document = decode(&[&before[..], &line, b"\n", &before[..]].concat()).unwrap().document;
        assert_eq!(document.records.len(), 2, "{label}");
        let [fault] = document.row_faults.try_into().unwrap();
        assert_eq!(fault.row, 2, "{label}");
        check(label, &fault.fault, code, Some(before.len() + at), field);
    }
    let decoded = decode_with(&gb, json!({"encoding_fallback": "gb18030"})).unwrap();
    assert_eq!(decoded.document.records[0].record, only_record(good.as_bytes()));
}

#[test]
fn bad_lines_are_named() {
    let long = format!(",\"businessAddress\":\"{}\"", "长".repeat(501));
    let deep = format!(",\"x\":{}{}", "[".repeat(8), "]".repeat(8));
    // (label, further members of a good order, code, text that the fault points at, field)
    let cases = [
        ("array type", ",\"type\":[]", "hotline.structure", "[]", Some("type")),
        ("type", ",\"type\":\"order\"", "hotline.type-unknown", "order\"}", Some("type")),
        ("twice", ",\"content\":\"再次\"", "hotline.field-repeated", "\"再次", Some("content")),
        ("time", ",\"acceptTime\":\"2026-02-30\"", "hotline.time-invalid", "2026-02-30", Some("acceptTime")),
        ("due", ",\"dueTime\":\"三天内\"", "hotline.time-invalid", "三天内", Some("dueTime")),
        ("town", ",\"townCode\":\"文景街道\"", "hotline.number-invalid", "文景街道", Some("townCode")),
        ("code", ",\"respondentUscc\":\"9.11101E+17\"", "uscc.scientific-notation", "9.1", Some("respondentUscc")),
        ("half a fen", ",\"amountYuan\":0.005", "hotline.number-invalid", "0.005", Some("amountYuan")),
        ("exponent", ",\"amountYuan\":1e3", "hotline.number-invalid", "1e3", Some("amountYuan")),
        ("below zero", ",\"amountYuan\":-1", "hotline.number-invalid", "-1", Some("amountYuan")),
        ("words", ",\"amountYuan\":\"2980元\"", "hotline.number-invalid", "2980元", Some("amountYuan")),
        ("decimal fen", ",\"amountFen\":1.5", "hotline.number-invalid", "1.5", Some("amountFen")),
        ("too much", ",\"amountFen\":9223372036854775808", "hotline.number-invalid", "9223", Some("amountFen")),
        ("conflict", ",\"amountYuan\":1,\"amountFen\":101", "hotline.amount-conflict", "101", Some("amountFen")),
        ("count", ",\"repeatCount\":\"+3\"", "hotline.number-invalid", "+3", Some("repeatCount")),
        ("long", &long, "hotline.field-too-long", "长", Some("businessAddress")),
        ("object", ",\"department\":{\"a\":1}", "hotline.structure", "{\"a\"", Some("department")),
        ("evaluation", ",\"evaluation\":\"好\"", "hotline.structure", "\"好", Some("evaluation")),
        ("satisfied", ",\"evaluation\":{\"satisfied\":\"是\"}", "hotline.code-unknown", "\"是", Some("evaluation")),
        ("deep", &deep, "hotline.limit", "[]]", None),
    ];
    for (label, more, code, at, field) in cases {
        check_line(label, raw(more).as_bytes(), code, at, field);
    }
}

#[test]
fn lines_that_are_no_order_are_named() {
    let without = |name: &str| raw("").replacen(&format!("\"{name}\":"), "\"x\":", 1);
    for name in ["workOrderNo", "orderType", "content"] {
        check_line(name, without(name).as_bytes(), "hotline.field-missing", "{", Some(name));
    }
    check_line("nobody", without("respondent").as_bytes(), "hotline.party-unidentified", "{", Some("respondent"));
    let kind = |value: &str| raw("").replace("\"投诉\"", value);
    for (value, at) in [("\"表扬信\"", "\"表扬信"), ("[]", "[]"), ("[\"举报\",\"诉讼\"]", "\"诉讼")] {
        check_line(value, kind(value).as_bytes(), "hotline.code-unknown", at, Some("orderType"));
    }
    check_line("number", kind("1").as_bytes(), "hotline.structure", "1,\"respondent", Some("orderType"));
    check_line("array", b"[{}]", "hotline.structure", "[{}]", None);
    check_line("no JSON", "工单一".as_bytes(), "hotline.json-syntax", "工单", None);
    check_line("cut", b"{\"workOrderNo\":\"1\"", "hotline.json-syntax", "", None);
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(64 * 1024));
    let bytes = [long.as_bytes(), b"\n", raw("").as_bytes()].concat();
    let document = decode(&bytes).unwrap().document;
    assert_eq!(document.records.len(), 1);
    check("long line", &document.row_faults[0].fault, "hotline.limit", Some(64 * 1024), None);
}

#[test]
fn bad_answers_are_named() {
    let feedback = |more: &str| format!("{{\"type\":\"feedback\",{more}}}");
    let receipt = |more: &str| format!("{{\"type\":\"receipt\",\"messageId\":\"m\",\"outcome\":\"拒收\",{more}}}");
    let measure = |more: &str| format!("{{\"type\":\"measure_feedback\",\"requestNo\":\"R\",{more}}}");
    let line = |more: &str| receipt(&format!("\"lines\":[{more}]"));
    let cases = [
        ("no assignment", feedback("\"result\":\"退回\""), "hotline.field-missing", "{", "assignmentNo"),
        ("assignment", feedback("\"assignmentNo\":\"T-1\""), "hotline.number-invalid", "T-1", "assignmentNo"),
        ("result", feedback("\"assignmentNo\":\"T/1\",\"result\":\"5\""), "hotline.code-unknown", "5", "result"),
        ("no reason", feedback("\"assignmentNo\":\"T/1\",\"result\":\"退回\""), "hotline.field-missing", "{", "text"),
        ("no request", "{\"type\":\"measure_feedback\"}".to_owned(), "hotline.field-missing", "{", "requestNo"),
        ("no answer", measure("\"text\":\"x\""), "hotline.field-missing", "{", "applied"),
        ("answer", measure("\"applied\":\"是\""), "hotline.code-unknown", "\"是", "applied"),
        ("no why", measure("\"applied\":false"), "hotline.field-missing", "{", "text"),
        ("message", receipt("\"x\":1").replace("\"m\"", "\"a\\tb\""), "hotline.number-invalid", "a\\tb", "messageId"),
        ("outcome", receipt("\"x\":1").replace("拒收", "好"), "hotline.code-unknown", "好", "outcome"),
        ("lines", receipt("\"lines\":{}"), "hotline.structure", "{}", "lines"),
        ("line", line("3"), "hotline.structure", "3", "lines"),
        ("line number", line("{\"line\":0,\"code\":\"x\"}"), "hotline.number-invalid", "0", "line"),
        ("no code", line("{\"line\":1}"), "hotline.field-missing", "{\"line\":1", "code"),
        ("case", receipt("\"caseNumbers\":[\"甲\"]"), "hotline.number-invalid", "\"甲", "caseNumbers"),
        ("cases", receipt("\"caseNumbers\":[7]"), "hotline.structure", "7", "caseNumbers"),
    ];
    for (label, bad, code, at, field) in cases {
        check_line(label, bad.as_bytes(), code, at, Some(field));
    }
}
