//! What bad messages are answered with: code, place, field.

use super::*;

/// Where the fault must point: at the first byte of a text, counted in the message as sent.
pub(super) fn place(bytes: &[u8], text: &str) -> u64 {
    let found = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    u64::try_from(found.unwrap_or_else(|| panic!("{text} is not in the message"))).unwrap()
}

pub(super) fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn bad_envelopes_are_refused_whole() {
    let good = call("pushFieReport", &report(""));
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let head = |entry: &str| swap("<e:Body>", &format!("<e:Header>{entry}</e:Header><e:Body>"));
    let soap12 = swap("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    let bare = "<s:pushFieReport><arg0><FIEREPORT/></arg0></s:pushFieReport>";
    let deep = format!("<e:Fault><detail>{}{}</detail></e:Fault>", "<A>".repeat(9), "</A>".repeat(9));
    // (label, message, code, text that the fault points at, field)
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("DTD", swap("<e:Envelope", "<!DOCTYPE x><e:Envelope"), "xml-dtd", "<!DOCTYPE", None),
        ("entity", swap("<arg0>", "<arg0>&xxe;"), "xml-entity", "&xxe;", None),
        ("control character", swap("<arg0>", "<arg0>\u{1}"), "xml-character", "\u{1}", None),
        ("end tag of another", swap("</arg0>", "</arg1>"), "xml-syntax", "</arg1>", None),
        ("undeclared prefix", swap("<e:Body>", "<x:B/><e:Body>"), "structure", "<x:B", None),
        ("no envelope", "<a/>".to_owned(), "structure", "<a/>", None),
        ("SOAP 1.2", soap12, "version-unsupported", "<e:Envelope", Some("Envelope")),
        ("stranger in the envelope", swap("<e:Body>", "<s:X/><e:Body>"), "structure", "<s:X/>", Some("X")),
        (
            "no body",
            swap("e:Body>", "e:Header>").replacen("e:Body>", "e:Header>", 1),
            "field-missing",
            "<e:Envelope",
            Some("Body"),
        ),
        ("empty body", envelope(""), "field-missing", "<e:Body>", Some("Body")),
        ("two calls", swap("</e:Body>", "<s:Y/></e:Body>"), "structure", "<s:Y/>", Some("Y")),
        ("two bodies", swap("</e:Body>", "</e:Body><e:Body/>"), "field-repeated", "<e:Body/>", Some("Body")),
        (
            "an entry to be understood",
            head("<s:trans e:mustUnderstand=\"1\"/>"),
            "header-not-understood",
            "<s:trans",
            Some("trans"),
        ),
        ("relatesTo", head("<s:relatesTo>a&#9;b</s:relatesTo>"), "number-invalid", "a&#9;b", Some("relatesTo")),
        ("operation", call("dropTable", &report("")), "operation-unknown", "<s:dropTable>", Some("Body")),
        (
            "another service",
            swap("http://service.fie.", "http://service.x."),
            "operation-unknown",
            "<s:pushFieReport>",
            Some("pushFieReport"),
        ),
        ("no argument", envelope("<s:pushFieReport/>"), "field-missing", "<s:pushFieReport/>", Some("arg0")),
        ("empty argument", call("pushFieReport", "  "), "field-missing", "<arg0>", Some("arg0")),
        ("elements instead of text", envelope(bare), "structure", "<FIEREPORT/>", Some("arg0")),
        ("too deep", envelope(&deep), "limit", "<A></A></A>", None),
    ];
    for (label, text, code, at, field) in cases {
        let fault = decode(text.as_bytes()).unwrap_err();
        check(label, &fault, &format!("commerce.{code}"), Some(place(text.as_bytes(), at)), field);
    }
}

#[test]
fn bad_documents_inside_are_placed_in_the_message() {
    let long = format!("<FIEREPORTS>{}</FIEREPORTS>", "<FIEREPORT/>".repeat(1_001));
    // Where each kind of fault points is told by a text of the document that stands in the message as it is.
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("DTD", "<!DOCTYPE FIEREPORT [<!ENTITY x \"y\">]><FIEREPORT/>".into(), "xml-dtd", "<!DOCTYPE", None),
        ("entity", "<FIEREPORT>甲&xxe;</FIEREPORT>".into(), "xml-entity", "&xxe;", None),
        ("reference", "<FIEREPORT>甲&#1;</FIEREPORT>".into(), "xml-character", "&#1;", None),
        (
            "behind a divided section",
            "<FIEREPORT><A><![CDATA[甲]]></A>&y;</FIEREPORT>".into(),
            "xml-entity",
            "&y;",
            None,
        ),
        ("tags", "<FIEREPORT><A></B></FIEREPORT>".into(), "xml-syntax", "</B>", None),
        ("text", "文".into(), "xml-syntax", "文", None),
        ("prefix", "<x:FIEREPORT/>".into(), "structure", "<x:FIEREPORT", None),
        ("another root", "<FINDING/>".into(), "structure", "<FINDING/>", Some("FINDING")),
        ("stranger", "<FIEREPORTS><X/></FIEREPORTS>".into(), "structure", "<X/>", Some("X")),
        ("no row", "<FIEREPORTS/>".into(), "field-missing", "<FIEREPORTS/>", Some("FIEREPORT")),
        ("too many rows", long, "limit", "<FIEREPORT/></FIEREPORTS>", Some("FIEREPORT")),
    ];
    for (label, document, code, at, field) in cases {
        let text = call("pushFieReport", &document);
        let fault = decode(text.as_bytes()).unwrap_err();
        check(label, &fault, &format!("commerce.{code}"), Some(place(text.as_bytes(), at)), field);
    }
    let text = call("pushFieReport", "<FIEREPORT>");
    let fault = decode(text.as_bytes()).unwrap_err();
    check("unfinished", &fault, "commerce.xml-syntax", Some(place(text.as_bytes(), "</arg0>")), None);
}

#[test]
fn places_in_escaped_text_and_gb18030_count_the_bytes_as_sent() {
    let (text, _, _) = encoding_rs::GB18030.decode(ESCAPED);
    let text = text.replace("MAYYT00242", "MAYYT00243");
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let fault = only_row_fault(&bytes);
    check("row", &fault.fault, "uscc.check-character", Some(place(&bytes, "91110112MAYYT00243")), Some("UNISCID"));
    let text = text.replace("逾期未报送年度报告", "&amp;zz;");
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let fault = decode(&bytes).unwrap_err();
    check("message", &fault, "commerce.xml-entity", Some(place(&bytes, "&amp;zz;")), None);
}

#[test]
fn encodings_are_refused_at_their_place() {
    let good = call("pushFieReport", &report("<DOM>通州</DOM>"));
    let (gb, _, _) = encoding_rs::GB18030.encode(&good);
    let at = place(good.as_bytes(), "变");
    check("mismatch", &decode(&gb).unwrap_err(), "commerce.encoding-mismatch", Some(at), Some("encoding"));
    let fallback = decode_with(&gb, json!({"encoding_fallback": "gb18030"})).unwrap();
    assert_eq!(fallback, decode(good.as_bytes()).unwrap());
    // The first character that is not ASCII, or the bytes before it would be taken for GB18030.
    let cut = usize::try_from(at).unwrap();
    let fault = decode(&good.as_bytes()[..=cut]).unwrap_err();
    check("cut", &fault, "commerce.encoding-truncated", Some(cut as u64), None);
    let broken = [&good.as_bytes()[..cut], &good.as_bytes()[cut + 1..]].concat();
    assert_eq!(decode(&broken).unwrap_err().code, "commerce.encoding-invalid");
    let big5 = good.replacen("UTF-8", "Big5", 1);
    let fault = decode(big5.as_bytes()).unwrap_err();
    check("Big5", &fault, "commerce.encoding-unsupported", Some(29), Some("encoding"));
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = vec![b' '; 2 * 1024 * 1024 + 1];
    check("long", &decode(&long).unwrap_err(), "commerce.limit", Some(2 * 1024 * 1024), None);
    check("empty", &decode(b"").unwrap_err(), "commerce.xml-syntax", Some(0), None);
    let fault = Commerce::decode(&Input::Parts(vec![REPORT]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "commerce.parts-unsupported", None, None);
    for (name, value) in [
        ("encoding_fallback", json!("latin1")),
        ("service_namespace", json!("")),
        ("service_namespace", json!("http://a b")),
        ("service_namespace", json!(7)),
        ("service_namespace", json!("x".repeat(201))),
    ] {
        let fault = decode_with(REPORT, json!({name: value})).unwrap_err();
        check("setting", &fault, "commerce.setting-invalid", None, Some(name));
    }
}

/// Found by fuzzing: bytes outside ASCII before the name of the encoding moved the fault beyond the message's end.
#[test]
fn an_encoding_is_pointed_at_in_the_message_as_sent() {
    let bytes = include_bytes!("../../../../tests/samples/fuzz/commerce-encoding-offset.bin");
    let fault = Commerce::decode(&Input::Message(bytes), &context(Value::Null)).unwrap_err();
    check("odd declaration", &fault, "commerce.encoding-unsupported", Some(place(bytes, "\"U")), Some("encoding"));
}
