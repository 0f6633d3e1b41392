//! What bad messages and bad rows are answered with: code, place, field.

use super::*;

fn check(label: &str, fault: &Fault, code: &str, offset: Option<usize>, field: Option<&str>) {
    let code = if code.contains('.') { code.to_owned() } else { format!("{ID}.{code}") };
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset.map(|offset| offset as u64), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn bad_messages_are_refused_whole() {
    let good = raw("Feedback", &row("Feedback", json!({})).to_string());
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let many = raw("Feedback", &vec!["{}"; 1_001].join(","));
    let last = many.len() - "{}]}".len();
    let deep = swap("\"M1\"", &format!("{}{}", "[".repeat(8), "]".repeat(8)));
    let at = |text: &str, what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not there"));
    // (label, message, code, offset, field)
    let cases = [
        ("empty", String::new(), "json-syntax", 0, None),
        ("array", "[]".to_owned(), "structure", 0, None),
        ("no JSON", swap("{", "报"), "json-syntax", 0, None),
        ("deep", deep.clone(), "limit", at(&deep, "[]]"), None),
        ("version", swap("1.0", "2.0"), "version-unsupported", at(&good, "1.0"), Some("Version")),
        ("no version", swap("Version", "Versio"), "field-missing", 0, Some("Version")),
        ("no number", swap("\"M1\"", "null"), "field-missing", 0, Some("MessageNo")),
        ("long number", swap("M1", &"1".repeat(65)), "field-too-long", at(&good, "M1"), Some("MessageNo")),
        (
            "twice",
            swap("\"Business\"", "\"Version\""),
            "field-repeated",
            at(&good, "\"Feedback\"") - 1,
            Some("Version"),
        ),
        ("business", swap("Feedback", "PQ"), "business-unknown", at(&good, "Feedback"), Some("Business")),
        ("rows", swap("[", "{\"x\":").replace("]}", "}}"), "structure", at(&good, "[{"), Some("Rows")),
        ("no rows", raw("Feedback", ""), "field-missing", 0, Some("Rows")),
        ("null rows", swap("\"Rows\":", "\"x\":"), "field-missing", 0, Some("Rows")),
        ("many rows", many, "limit", last, Some("Rows")),
    ];
    for (label, text, code, offset, field) in cases {
        let fault = decode(text.as_bytes()).unwrap_err();
        check(label, &fault, code, Some(offset), field);
    }
}

#[test]
fn encodings_are_refused_at_their_place() {
    let good = raw("Feedback", &row("Feedback", json!({"Content": "已办结"})).to_string());
    let at = good.find('已').unwrap();
    let bytes = good.as_bytes();
    let gb = xiezhi_formats::charset::gb18030_bytes(&good);
    let cut = [&bytes[..at], b"\xff", &bytes[at..]].concat();
    for (label, bytes, code, offset, field) in [
        ("GB18030", &gb[..], "encoding-mismatch", at, Some("encoding")),
        ("cut", &bytes[..at + 1], "encoding-truncated", at, None),
        ("no character", &cut, "encoding-invalid", at, None),
        ("UTF-16", b"{\0\"\0", "encoding-unsupported", 0, None),
        ("marked UTF-16", b"\xff\xfe{\0", "encoding-unsupported", 0, Some("encoding")),
    ] {
        check(label, &decode(bytes).unwrap_err(), code, Some(offset), field);
    }
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    check("long", &decode(&long).unwrap_err(), "limit", Some(4 * 1024 * 1024), None);
    let fault = MarketSupervision::decode(&Input::Parts(vec![FEEDBACK]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "parts-unsupported", None, None);
    for (name, value) in [
        ("encoding_fallback", json!("latin1")),
        ("result_codes", json!({"1": 1})),
        ("result_effects", json!({"1": "clear"})),
        ("list_in_causes", json!({"4": "失联"})),
        ("list_out_causes", json!({"9-4": "失联"})),
        ("letter_gap_days_min", json!(0)),
        ("letter_gap_days_max", json!(14)),
    ] {
        let fault = decode_with(FEEDBACK, json!({name: value})).unwrap_err();
        check(name, &fault, "setting-invalid", None, Some(name));
    }
    let wrong = json!({"result_codes": {"1": "正常"}, "result_effects": {"1": "clear+"}});
    check("effect", &decode_with(FEEDBACK, wrong).unwrap_err(), "setting-invalid", None, Some("result_effects"));
}

/// A bad row stands second, behind Chinese text. `at` is the text that the fault points at, `{` for the row itself.
fn check_row(label: &str, business: &str, changes: Value, code: &str, at: &str, field: &str) {
    let good = row(business, json!({})).to_string();
    let bad = row(business, changes).to_string();
    let text = raw(business, &format!("{good}, {bad}, {good}"));
    let document = decode(text.as_bytes()).unwrap().document;
    assert!(document.records.iter().all(|record| record.row != 2), "{label}");
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 2, "{label}");
    let start = text.find(&format!(", {bad}")).unwrap() + 2;
    let place = bad.find(at).unwrap_or_else(|| panic!("{label}: {at} is not in {bad}"));
    check(label, &fault.fault, code, Some(start + place), Some(field));
}

#[test]
fn bad_entities_are_named() {
    let cases = [
        ("name only", json!({"UniSCID": null}), "party-unidentified", "{", "UniSCID"),
        ("spreadsheet", json!({"UniSCID": "9.11101E+17"}), "uscc.scientific-notation", "9.11", "UniSCID"),
        ("region", json!({"UniSCID": "9111A112MAYYT00167"}), "uscc.region", "9111A", "UniSCID"),
        ("town", json!({"TownCode": "文景"}), "number-invalid", "文景", "TownCode"),
        ("register", json!({"RegNO": "330203000030638"}), "number-invalid", "330203", "RegNO"),
        ("object", json!({"EntName": {"x": 1}}), "structure", "{\"x\"", "EntName"),
        ("long", json!({"Dom": "长".repeat(501)}), "field-too-long", "长", "Dom"),
    ];
    for (label, changes, code, at, field) in cases {
        check_row(label, "AnnualReport", changes, code, at, field);
    }
}

#[test]
fn bad_inspections_and_reports_are_named() {
    let cases = [
        ("no number", "Inspection", json!({"InsNo": " "}), "field-missing", "{", "InsNo"),
        ("date", "Inspection", json!({"InsDate": "26/9/1"}), "time-invalid", "26/9/1", "InsDate"),
        ("no results", "Inspection", json!({"Results": []}), "field-missing", "{", "Results"),
        ("null results", "Inspection", json!({"Results": null}), "field-missing", "{", "Results"),
        ("number", "Inspection", json!({"Results": 6}), "structure", "6,\"UniSCID", "Results"),
        ("numbers", "Inspection", json!({"Results": ["6", 8]}), "structure", "8]", "Results"),
        ("code", "Inspection", json!({"Results": "6;Z"}), "code-unknown", "\"6;Z", "Results"),
        ("both", "Inspection", json!({"Results": ["1", "6"]}), "code-conflict", "[\"1", "Results"),
        ("many", "Inspection", json!({"Results": vec!["6"; 21]}), "limit", "[\"6", "Results"),
        ("year", "AnnualReport", json!({"AncheYear": "25"}), "number-invalid", "25\"", "AncheYear"),
        ("early year", "AnnualReport", json!({"AncheYear": 2012}), "number-invalid", "2012", "AncheYear"),
        ("state", "AnnualReport", json!({"AncheStatus": "5"}), "code-unknown", "5\",\"Anche", "AncheStatus"),
        ("no day", "AnnualReport", json!({"AncheStatus": "1"}), "field-missing", "{", "AncheDate"),
        (
            "day too early",
            "AnnualReport",
            json!({"AncheStatus": "2", "AncheDate": "2025-12-31"}),
            "time-invalid",
            "2025-12-31",
            "AncheDate",
        ),
    ];
    for (label, business, changes, code, at, field) in cases {
        check_row(label, business, changes, code, at, field);
    }
}

#[test]
fn bad_evidence_is_named() {
    let letters = |first: Value| json!({"Letters": [first, {"MailNo": "X2", "SentOn": "2026-09-10", "Result": "3"}]});
    let visits = |visit: Value| json!({"Visits": [visit]});
    let signed = json!({"MailNo": "X1", "SentOn": "2026-08-20", "Result": "1"});
    let early = json!({"MailNo": "X1", "SentOn": "2026-09-01", "Result": "2"});
    let cases = [
        ("none", json!({"Letters": null}), "field-missing", "{", "Letters"),
        ("empty", json!({"Letters": []}), "evidence-insufficient", "[]", "Letters"),
        ("no array", json!({"Letters": "两封"}), "structure", "\"两封", "Letters"),
        ("no object", letters(json!("X")), "structure", "\"X\"", "Letters"),
        ("signed", letters(signed), "evidence-contradicts", "1\",\"SentOn\":\"2026-08", "Result"),
        ("nine days", letters(early), "evidence-insufficient", "[{", "Letters"),
        ("no number", letters(json!({"SentOn": "2026-08-20", "Result": "2"})), "field-missing", "{\"Result", "MailNo"),
        ("too many", json!({"Letters": vec![json!({}); 11]}), "limit", "[{}", "Letters"),
        ("found out early", json!({"VerifiedOn": "2026-09-09"}), "evidence-insufficient", "2026-09-09", "VerifiedOn"),
        (
            "met",
            visits(json!({"VisitedOn": "2026-09-18", "Result": "1"})),
            "evidence-contradicts",
            "1\",\"Visited",
            "Result",
        ),
        ("visit", visits(json!({"VisitedOn": "2026-09-18", "Result": "7"})), "code-unknown", "7\",\"Visited", "Result"),
        ("visit's day", visits(json!({"VisitedOn": "昨天", "Result": "2"})), "time-invalid", "昨天", "VisitedOn"),
    ];
    for (label, changes, code, at, field) in cases {
        check_row(label, "LostContact", changes, code, at, field);
    }
}

#[test]
fn bad_decisions_are_named() {
    let penalty = |name: &str, value: Value| {
        let mut row = json!({"DecType": "Penalty", "IllegActType": "违法", "PenType": "罚款", "AmUnit": "万元"});
        row[name] = value;
        row
    };
    let out = |changes: Value| {
        let mut row = json!({"DecType": "ListOut", "RemExcpres": "4", "RestoresDecNo": "D0"});
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
        row
    };
    let cases = [
        ("type", json!({"DecType": "x"}), "code-unknown", "x\"", "DecType"),
        ("no number", json!({"PenDecNo": null}), "field-missing", "{", "PenDecNo"),
        ("day", json!({"DecDate": "2026-02-30"}), "time-invalid", "2026-02-30", "DecDate"),
        ("assignment", json!({"AssignmentNo": "TZ-1"}), "number-invalid", "TZ-1", "AssignmentNo"),
        ("no cause", json!({"SpeCause": null}), "field-missing", "{", "SpeCause"),
        ("cause", json!({"SpeCause": "9"}), "code-unknown", "9\"", "SpeCause"),
        ("kind", json!({"EntKind": "2"}), "code-conflict", "2\",\"EntName", "EntKind"),
        ("no kind", json!({"UniSCID": null, "Dom": "宋庄镇"}), "field-missing", "{", "EntKind"),
        ("strange kind", json!({"EntKind": "7"}), "code-unknown", "7\"", "EntKind"),
        ("removal", out(json!({"RemExcpres": "9"})), "code-unknown", "9\"", "RemExcpres"),
        ("move", out(json!({"IsMove": "3"})), "code-unknown", "3\"", "IsMove"),
        ("of what", out(json!({"RestoresDecNo": null})), "field-missing", "{", "RestoresDecNo"),
        ("repair of what", json!({"DecType": "Repair"}), "field-missing", "{", "RestoresDecNo"),
        ("no violation", penalty("IllegActType", Value::Null), "field-missing", "{", "IllegActType"),
        ("no kind of penalty", penalty("PenType", Value::Null), "field-missing", "{", "PenType"),
        ("below a fen", penalty("PenAm", json!("0.0000001")), "number-invalid", "0.0000001", "PenAm"),
        ("below zero", penalty("ForfAm", json!(-1)), "number-invalid", "-1,\"Illeg", "ForfAm"),
        ("words", penalty("PenAm", json!("五万")), "number-invalid", "五万", "PenAm"),
        ("until", penalty("PubUntil", json!("长期")), "time-invalid", "长期", "PubUntil"),
    ];
    for (label, changes, code, at, field) in cases {
        check_row(label, "Decision", changes, code, at, field);
    }
    let mut no_unit = penalty("PenAm", json!("5"));
    no_unit["AmUnit"] = Value::Null;
    check_row("no unit", "Decision", no_unit.clone(), "field-missing", "{", "AmUnit");
    no_unit["AmUnit"] = json!("亿元");
    check_row("unit", "Decision", no_unit, "code-unknown", "亿元", "AmUnit");
}

#[test]
fn bad_answers_are_named() {
    let line = |line: Value| json!({"Lines": [line]});
    let cases = [
        ("assignment", "Feedback", json!({"AssignmentNo": "T-1"}), "number-invalid", "T-1", "AssignmentNo"),
        ("result", "Feedback", json!({"ResultCode": "5"}), "code-unknown", "5\"", "ResultCode"),
        ("no reason", "Feedback", json!({"ResultCode": "2"}), "field-missing", "{", "Content"),
        ("time", "Feedback", json!({"FeedbackAt": "今天"}), "time-invalid", "今天", "FeedbackAt"),
        ("no request", "MeasureFeedback", json!({"RequestNo": null}), "field-missing", "{", "RequestNo"),
        ("applied", "MeasureFeedback", json!({"Applied": "是"}), "code-unknown", "\"是", "Applied"),
        ("why not", "MeasureFeedback", json!({"Applied": false}), "field-missing", "{", "Content"),
        ("message", "Receipt", json!({"MessageId": "a\tb"}), "number-invalid", "a\\tb", "MessageId"),
        ("outcome", "Receipt", json!({"OutcomeCode": "0"}), "code-unknown", "0\"", "OutcomeCode"),
        ("lines", "Receipt", json!({"Lines": {}}), "structure", "{},", "Lines"),
        ("line", "Receipt", line(json!(1)), "structure", "1]", "Lines"),
        ("row", "Receipt", line(json!({"Row": "+1", "ErrorCode": "x"})), "number-invalid", "+1", "Row"),
        ("no code", "Receipt", line(json!({"Row": 1})), "field-missing", "{\"Row", "ErrorCode"),
        ("case", "Receipt", json!({"CaseNos": ["甲"]}), "number-invalid", "\"甲", "CaseNos"),
        ("cases", "Receipt", json!({"CaseNos": [7]}), "structure", "7]", "CaseNos"),
    ];
    for (label, business, changes, code, at, field) in cases {
        check_row(label, business, changes, code, at, field);
    }
    let text = raw("Feedback", "7,{\"AssignmentNo\":\"T/1\",\"ResultCode\":\"1\"}");
    let document = decode(text.as_bytes()).unwrap().document;
    assert_eq!((document.records[0].row, document.row_faults[0].row), (2, 1));
    check("no object", &document.row_faults[0].fault, "structure", text.find("7,"), Some("Rows"));
}
