//! What bad messages are answered with: code, place, field.

use super::*;

#[test]
fn bad_messages_are_refused_whole() {
    let good = penalty_message("", "");
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let deep = format!("{}{}", "<A>".repeat(6), "</A>".repeat(6));
    // The seven elements in front make the last of these the first too many.
    let many = swap("<CF_WSH>", &format!("{}<CF_WSH>", "<A/>".repeat(49_994)));
    let batch = message("XZCF", &"<fields/>".repeat(1_001));
    let long = swap("<item>", &format!("<sender>{}</sender><item>", "1".repeat(65)));
    // (label, message, code, text that the fault points at, field)
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("DTD", swap("<ExchangeMessage", "<!DOCTYPE x><ExchangeMessage"), "xml-dtd", "<!DOCTYPE", None),
        ("entity", swap("罚款", "罚款&xxe;"), "xml-entity", "&xxe;", None),
        ("control character", swap("罚款", "罚\u{1}款"), "xml-character", "\u{1}", None),
        ("end tag of another", swap("</CF_WSH>", "</CF_WS>"), "xml-syntax", "</CF_WS>", None),
        ("prefix", swap("<fields>", "<x:y/><fields>"), "structure", "<x:y", None),
        ("another root", good.replace("ExchangeMessage", "Exchange"), "structure", "<Exchange", None),
        ("stranger below the root", swap("<Body>", "<Foot/><Body>"), "structure", "<Foot/>", Some("Foot")),
        ("stranger in the body", swap("<fields>", "<rows/><fields>"), "structure", "<rows/>", Some("rows")),
        ("text among elements", swap("<fields>", "文<fields>"), "structure", "文<", Some("Body")),
        ("too deep", swap("<fields>", &format!("<fields>{deep}")), "limit", "<A></A></A></A></A></A></A>", None),
        ("too many elements", many, "limit", "<A/><CF_WSH>", None),
        ("too many rows", batch, "limit", "<fields/></Body>", Some("fields")),
        (
            "no header",
            swap("<Header>", "<Body>").replacen("</Header>", "</Body>", 1),
            "field-missing",
            "<ExchangeMessage",
            Some("Header"),
        ),
        ("no item", swap("<item>XZCF</item>", ""), "field-missing", "<Header>", Some("item")),
        ("item", swap("XZCF", "XZXK"), "item-unknown", "XZXK", Some("item")),
        ("an item of the gateway's own", swap("XZCF", "LHCJ"), "item-unknown", "LHCJ", Some("item")),
        ("two bodies", swap("</Body>", "</Body><Body/>"), "field-repeated", "<Body/>", Some("Body")),
        ("no row", message("XZCF", ""), "field-missing", "<Body>", Some("fields")),
        ("long sender", long, "field-too-long", "1111", Some("sender")),
    ];
    for (label, text, code, at, field) in cases {
        let fault = decode(text.as_bytes()).unwrap_err();
        check_fault(label, &fault, &format!("reform.{code}"), Some(place(text.as_bytes(), at)), field);
    }
}

#[test]
fn encodings_are_refused_at_their_place() {
    let good = penalty_message("", "");
    let (gb, _, _) = encoding_rs::GB18030.encode(&good);
    let at = place(good.as_bytes(), "北京");
    check_fault("mismatch", &decode(&gb).unwrap_err(), "reform.encoding-mismatch", Some(at), Some("encoding"));
    let fallback = decode_with(&gb, json!({"encoding_fallback": "gb18030"})).unwrap();
    assert_eq!(fallback, decode(good.as_bytes()).unwrap());
    let declared = good.replacen("utf-8", "GBK", 1);
    let (gb, _, _) = encoding_rs::GB18030.encode(&declared);
    assert_eq!(decode(&gb).unwrap(), decode(good.as_bytes()).unwrap());
    let cut = usize::try_from(at).unwrap();
    let fault = decode(&good.as_bytes()[..=cut]).unwrap_err();
    check_fault("cut", &fault, "reform.encoding-truncated", Some(at), None);
    let broken = [&good.as_bytes()[..cut], b"\xff", &good.as_bytes()[cut..]].concat();
    let fault = decode(&broken).unwrap_err();
    check_fault("a byte of no character", &fault, "reform.encoding-invalid", Some(at), None);
    let fault = decode(good.replacen("utf-8", "Big5", 1).as_bytes()).unwrap_err();
    check_fault("Big5", &fault, "reform.encoding-unsupported", Some(29), Some("encoding"));
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    check_fault("long", &decode(&long).unwrap_err(), "reform.limit", Some(4 * 1024 * 1024), None);
    let fault = DevelopmentReform::decode(&Input::Parts(vec![PENALTY]), &context(Value::Null)).unwrap_err();
    check_fault("parts", &fault, "reform.parts-unsupported", None, None);
    for (settings, field) in [
        (json!({"encoding_fallback": "latin1"}), "encoding_fallback"),
        (json!({"item_penalty": "a b"}), "item_penalty"),
        (json!({"item_receipt": 7}), "item_receipt"),
        (json!({"item_feedback": "XZCF"}), "item_feedback"),
    ] {
        let fault = decode_with(PENALTY, settings).unwrap_err();
        check_fault("setting", &fault, "reform.setting-invalid", None, Some(field));
    }
}
