//! What bad messages and bad rows are answered with: code, place, field.

use super::*;

/// Where the fault must point: at the last occurrence of a text.
fn place(message: &str, text: &str) -> u64 {
    message.rfind(text).unwrap_or_else(|| panic!("{text} is not in the message")) as u64
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn bad_heads_cost_the_message() {
    let swap = |from: &str, to: &str| CAP12.replacen(from, to, 1);
    let swap_cn = |from: &str, to: &str| NATIONAL.replacen(from, to, 1);
    let many = format!("<references>{}</references>", "a,b,2026-09-20T08:00:00+08:00 ".repeat(101));
    let number = "identifier-invalid";
    // (label, message, code, text that the fault points at, field)
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("CAP 1.1", swap("cap:1.2", "cap:1.1"), "namespace-unsupported", "<alert", Some("xmlns")),
        ("other root", "<warn>甲</warn>".to_owned(), "structure", "<warn", None),
        ("DTD", swap("<alert", "<!DOCTYPE alert><alert"), "xml-dtd", "<!DOCTYPE", None),
        ("entity", swap("隐患", "&yh;"), "xml-entity", "&yh;", None),
        ("end tag", swap("</scope>", "</status>"), "xml-syntax", "</status>\n  <restriction", None),
        ("control character", swap("隐患", "\u{1}"), "xml-character", "\u{1}", None),
        ("identifier", swap("_20260921103000", " x"), number, "11011249900000 x", Some("identifier")),
        ("sender", swap(">11011249900000<", ">a,b<"), number, "a,b", Some("sender")),
        ("no sender", swap("<sender>11011249900000</sender>", ""), "field-missing", "<alert", Some("sender")),
        ("Z", swap("10:30:00+08:00</sent>", "10:30:00Z</sent>"), "time-invalid", "2026-09-21T10:30:00Z", Some("sent")),
        (
            "blank",
            swap("21T10:30:00+08:00</sent>", "21 10:30:00+08:00</sent>"),
            "time-invalid",
            "2026-09-21 ",
            Some("sent"),
        ),
        ("30 February", swap("2026-09-21T10", "2026-02-30T10"), "time-invalid", "2026-02-30", Some("sent")),
        ("status", swap("Actual", "actual"), "code-unknown", "actual", Some("status")),
        ("type", swap(">Alert<", ">Warn<"), "code-unknown", "Warn", Some("msgType")),
        ("scope", swap(">Restricted<", ">District<"), "code-unknown", "District", Some("scope")),
        (
            "restriction",
            swap("restriction>通", "restricted>通").replace("位</restriction", "位</restricted"),
            "field-missing",
            "<alert",
            Some("restriction"),
        ),
        ("addresses", swap(">Restricted<", ">Private<"), "field-missing", "<alert", Some("addresses")),
        (
            "two statuses",
            swap("<status>", "<status>Test</status><status>"),
            "field-repeated",
            "<status>Actual",
            Some("status"),
        ),
        ("update of nothing", swap(">Alert<", ">Update<"), "field-missing", "<alert", Some("references")),
        (
            "bare reference",
            swap("<info>", "<references>A1</references><info>"),
            "reference-invalid",
            "A1<",
            Some("references"),
        ),
        (
            "time of a reference",
            swap("<info>", "<references>a,b,c</references><info>"),
            "reference-invalid",
            "a,b,c",
            Some("references"),
        ),
        ("many references", swap("<info>", &format!("{many}<info>")), "limit", "a,b,2026", Some("references")),
        (
            "long note",
            swap("<info>", &format!("<note>{}</note><info>", "长".repeat(4_001))),
            "field-too-long",
            "<note>",
            Some("note"),
        ),
        ("no info", cap12("Alert", "", ""), "field-missing", "<alert", Some("info")),
        (
            "national identifier",
            swap_cn("_20260921103000", "_2026092110"),
            number,
            "11011249900000_2026092110",
            Some("identifier"),
        ),
        ("sender code", swap_cn("<senderCode>1101", "<senderCode>A101"), number, "A1011", Some("senderCode")),
        (
            "sent instead of sendTime",
            swap_cn("<sendTime>", "<sent>").replace("</sendTime>", "</sent>"),
            "field-missing",
            "<alert",
            Some("sendTime"),
        ),
        ("secret", swap_cn(">None<", ">Secret<"), "classified", "Secret", Some("secClassification")),
        (
            "languages",
            cap12("Alert", "", "<info/>").replace("<info/>", &"<info/>".repeat(101)),
            "limit",
            "<info/></alert>",
            Some("info"),
        ),
    ];
    for (label, text, code, at, field) in cases {
        let fault = decode(&text).unwrap_err();
        let shift = if at == "<note>" { at.len() as u64 } else { 0 };
        check(label, &fault, &format!("emergency.{code}"), Some(place(&text, at) + shift), field);
    }
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = " ".repeat(1024 * 1024 + 1);
    check("long", &decode(&long).unwrap_err(), "emergency.limit", Some(1024 * 1024), None);
    let input = Input::Parts(vec![CAP12.as_bytes()]);
    let fault = Emergency::decode(&input, &context(Value::Null)).unwrap_err();
    check("parts", &fault, "emergency.parts-unsupported", None, None);
    let bytes = |bytes: &[u8]| Emergency::decode(&Input::Message(bytes), &context(Value::Null)).unwrap_err().code;
    let gb = xiezhi_formats::charset::gb18030_bytes(NATIONAL);
    assert_eq!(bytes(&gb), "emergency.encoding-mismatch");
    assert_eq!(bytes(&NATIONAL.as_bytes()[..NATIONAL.find("京").unwrap() + 2]), "emergency.encoding-truncated");
    assert_eq!(bytes(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\xff\xff\xff"), "emergency.encoding-invalid");
    assert_eq!(bytes(NATIONAL.replace("UTF-8", "Big5").as_bytes()), "emergency.encoding-unsupported");
    assert_eq!(bytes(b""), "emergency.xml-syntax");
}

#[test]
fn bad_rows_are_named() {
    let description = |text: &str| format!("<description>{text}</description>");
    let area = |inner: &str| format!("{}<area>{inner}</area>", code());
    let described = |inner: &str| area(&format!("<areaDesc>漷县</areaDesc>{inner}"));
    let two = description("91110112MAYYT00167与91110112MAYYT00242");
    let points = "39.8,116.6 39.8,116.7 39.9,116.7 39.8,116.6 ".repeat(251);
    let national: Vec<(&str, String, &str, &str, &str)> = vec![
        ("no event", info(&code()).replace("12X99", ""), "field-missing", "<info>", "eventType"),
        ("colour", info(&code()).replace("Orange", "Severe"), "code-unknown", "Severe", "severity"),
        ("urgency", info(&format!("<urgency>Now</urgency>{}", code())), "code-unknown", "Now", "urgency"),
        ("time", info(&format!("<onset>昨天</onset>{}", code())), "time-invalid", "昨天", "onset"),
        ("nobody", info(&description("无人办公")), "party-unidentified", "<info>", "UniSCID"),
        ("two codes", info(&two), "party-unidentified", "<info>", "UniSCID"),
        ("damaged", info(&description("代码91110112MAYYT00160")), "party-unidentified", "<info>", "UniSCID"),
        ("code twice", info(&format!("{}{}", code(), code())), "field-repeated", "<parameter>", "UniSCID"),
        ("long name", info(&parameter("EntName", &"长".repeat(201))), "field-too-long", "<value>", "EntName"),
        (
            "nameless parameter",
            info("<parameter><value>1</value></parameter>"),
            "field-missing",
            "<parameter>",
            "valueName",
        ),
        ("many parameters", info(&parameter("甲", "1").repeat(101)), "limit", "<parameter>", "parameter"),
        ("area code", info(&described("<geocode>1101120</geocode>")), "area-invalid", "1101120<", "geocode"),
        ("no description", info(&area("<geocode>110112009</geocode>")), "field-missing", "<area>", "areaDesc"),
    ];
    let standard: Vec<(&str, String, &str, &str, &str)> = vec![
        ("category", info12(&code()).replace("Safety", "Safe"), "code-unknown", "Safe", "category"),
        ("no category", info12(&code()).replace("Safety", ""), "field-missing", "<info>", "category"),
        ("severity", info12(&code()).replace("Severe", "Orange"), "code-unknown", "Orange", "severity"),
        ("certainty", info12(&code()).replace("Observed", ""), "field-missing", "<info>", "certainty"),
        ("response", info12("<responseType>Wait</responseType>"), "code-unknown", "Wait", "responseType"),
        (
            "open polygon",
            info12(&described("<polygon>39.8,116.6 39.8,116.7 39.9,116.7 39.9,116.6</polygon>")),
            "area-invalid",
            "39.8,116.6 ",
            "polygon",
        ),
        (
            "swapped axes",
            info12(&described("<polygon>116.6,39.8 116.7,39.8 116.7,39.9 116.6,39.8</polygon>")),
            "area-invalid",
            "116.6,39.8 116.7",
            "polygon",
        ),
        ("long polygon", info12(&described(&format!("<polygon>{points}</polygon>"))), "limit", "<polygon>", "polygon"),
        ("circle", info12(&described("<circle>39.8,116.6</circle>")), "area-invalid", "39.8,116.6<", "circle"),
        ("radius", info12(&described("<circle>39.8,116.6 1km</circle>")), "area-invalid", "39.8,116.6 1km", "circle"),
        (
            "town",
            info12(&described("<geocode><valueName>GB/T 10114</valueName><value>11</value></geocode>")),
            "area-invalid",
            "11</value>",
            "geocode",
        ),
        ("digest", info12("<resource><digest>abc</digest></resource>"), "number-invalid", "abc", "digest"),
        ("elements in a field", info12("<headline><b>x</b></headline>"), "structure", "<b>", "headline"),
    ];
    let codes = |infos: Vec<(&'static str, String, &'static str, &'static str, &'static str)>,
                 wrap: fn(&str) -> String| {
        for (label, info, code, at, field) in infos {
            let text = wrap(&info);
            let fault = only_row_fault(&text);
            assert_eq!(fault.row, 1, "{label}");
            let shift = if matches!(at, "<value>" | "<polygon>") { at.len() as u64 } else { 0 };
            let field = if label == "town" { "value" } else { field };
            check(label, &fault.fault, &format!("emergency.{code}"), Some(place(&text, at) + shift), Some(field));
        }
    };
    codes(national, |info| super::national("Alert", "", info));
    codes(standard, |info| cap12("Alert", "", info));
}

#[test]
fn bad_answers_are_named() {
    let number = ("AssignmentId", "TZ-2026-0000017/1");
    let cases = [
        (
            "assignment",
            "Update",
            vec![("AssignmentId", "TZ-2026"), ("Result", "Done")],
            "number-invalid",
            "AssignmentId",
        ),
        ("no assignment", "Update", vec![("AssignmentId", ""), ("Result", "Done")], "field-missing", "RequestId"),
        ("no result", "Update", vec![number], "field-missing", "Result"),
        ("result", "Update", vec![number, ("Result", "done")], "code-unknown", "Result"),
        ("no reason", "Update", vec![number, ("Result", "Returned")], "field-missing", "description"),
        ("no answer", "Ack", vec![("RequestId", "CJ-1")], "field-missing", "Applied"),
        ("answer", "Ack", vec![("RequestId", "CJ-1"), ("Applied", "yes")], "code-unknown", "Applied"),
        ("no reason for not", "Ack", vec![("RequestId", "CJ-1"), ("Applied", "false")], "field-missing", "description"),
    ];
    for (label, msg_type, parameters, code, field) in cases {
        let parameters: String = parameters.iter().map(|(name, value)| parameter(name, value)).collect();
        let text = national(msg_type, "<references>out-0001</references>", &info(&parameters));
        let fault = only_row_fault(&text).fault;
        assert_eq!((fault.code, fault.field.as_deref()), (format!("emergency.{code}"), Some(field)), "{label}");
    }
    let long = format!("<references>{}</references>", "x".repeat(129));
    let fault = only_row_fault(&national("Ack", &long, "")).fault;
    assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("emergency.reference-invalid", Some("references")));
}

#[test]
fn texts_never_repeat_what_was_sent() {
    let text = national("Alert", "", &info("<description>身份证110112190001010013</description>"));
    assert!(!only_row_fault(&text).fault.text.contains("110112"), "no personal data in the text");
}
