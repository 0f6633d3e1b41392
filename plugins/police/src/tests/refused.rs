//! What bad messages and bad rows are answered with: code, place, field.

use serde_json::json;
use xiezhi_sdk::model::fault::Fault;

use super::*;

/// Where the fault must point: at the first byte of a text, counted in the message as sent.
fn place(bytes: &[u8], text: &str) -> u64 {
    let wanted = gb(text);
    let found = bytes.windows(wanted.len()).position(|window| window == wanted);
    u64::try_from(found.unwrap_or_else(|| panic!("{text} is not in the message"))).unwrap()
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn the_shipped_bad_samples_are_named() {
    let fault = decode(MISMATCH).unwrap_err();
    let first = MISMATCH.iter().position(|byte| !byte.is_ascii()).unwrap();
    check("mismatch", &fault, "police.encoding-mismatch", Some(first as u64), Some("encoding"));
    let fault = decode(TRUNCATED).unwrap_err();
    check("truncated", &fault, "police.encoding-truncated", Some(4), None);
}

#[test]
fn the_fallback_lets_a_mislabelled_message_through() {
    let decoded = decode_with(MISMATCH, json!({"encoding_fallback": "utf-8"})).unwrap();
    assert_eq!(decoded, decode(CLUE).unwrap(), "it is the sample in another encoding");
    let wrong = ungb(CLUE).replace("GB18030", "UTF-8");
    let bytes = gb(&wrong);
    let fault = decode(&bytes).unwrap_err();
    check("gb18030 as utf-8", &fault, "police.encoding-mismatch", Some(place(&bytes, "“测试己”")), Some("encoding"));
    assert_eq!(decode_with(&bytes, json!({"encoding_fallback": "gb18030"})).unwrap(), decode(CLUE).unwrap());
    // The fallback changes nothing for a message that keeps its word.
    assert_eq!(decode_with(CLUE, json!({"encoding_fallback": "utf-8"})).unwrap(), decode(CLUE).unwrap());
}

#[test]
fn a_short_genuine_text_is_not_taken_for_utf8() {
    // These bytes are also two Latin letters in UTF-8.
    let case = "<AJXX><AJBH>A1</AJBH><AJMC>模</AJMC></AJXX>";
    let unit = "<DWXX><TYSHXYDM>91110112MAYYT00167</TYSHXYDM></DWXX>";
    let bytes = gb(&message("XSYS", &row(case, unit, "")));
    assert!(std::str::from_utf8(&bytes).is_ok());
    assert!(decode(&bytes).unwrap().document.row_faults.is_empty());
}

#[test]
fn encodings_are_refused_at_their_place() {
    let good = gb(&message("XSYS", &row(CASE, UNIT, "")));
    let text = ungb(&good);
    let title = usize::try_from(place(&good, "题名")).unwrap();
    let with = |at: usize, bytes: &[u8]| [&good[..at], bytes, &good[at..]].concat();
    let utf8 = text.replace("GB18030", "UTF-8").into_bytes();
    let utf8_title = utf8.windows(6).position(|w| w == "题名".as_bytes()).unwrap();
    let half = [&utf8[..utf8_title], &utf8[utf8_title + 1..]].concat();
    let cases: [(&str, Vec<u8>, &str, Option<usize>); 9] = [
        ("cut in a two-byte sequence", good[..title + 1].to_vec(), "police.encoding-truncated", Some(title)),
        ("field cut by bytes", with(title + 4, &[0x82, 0x30]), "police.encoding-truncated", Some(title + 4)),
        ("field cut after the lead byte", with(title + 4, &[0xb2]), "police.encoding-truncated", Some(title + 4)),
        ("a byte of no sequence", with(title, &[0xff]), "police.encoding-invalid", Some(title)),
        ("declared as Big5", gb(&text.replace("GB18030", "Big5")), "police.encoding-unsupported", Some(29)),
        ("UTF-16", vec![0xff, 0xfe, b'<', 0], "police.encoding-unsupported", Some(0)),
        ("UTF-8 cut", utf8[..utf8_title + 1].to_vec(), "police.encoding-truncated", Some(utf8_title)),
        ("UTF-8 without a lead byte", half, "police.encoding-invalid", Some(utf8_title)),
        (
            "GB18030 with a mark of UTF-8",
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            "police.encoding-mismatch",
            Some(0),
        ),
    ];
    for (label, bytes, code, offset) in cases {
        let fault = decode(&bytes).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.offset), (code, offset.map(|o| o as u64)), "{label}: {}", fault.text);
    }
}

#[test]
fn bad_messages_are_refused_whole() {
    let good = message("XSYS", &row(CASE, UNIT, ""));
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let deep = format!("{}{}", "<A>".repeat(7), "</A>".repeat(7));
    // The nine elements in front make the last of these the first too many.
    let many = swap("</AJXX>", &format!("{}</AJXX>", "<KONG/>".repeat(19_992)));
    let batch = message("XSYS", &"<BWST/>".repeat(1_001));
    // (label, message, code, text that the fault points at, field)
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("DTD", swap("<GAJHBW", "<!DOCTYPE GAJHBW [<!ENTITY x \"y\">]><GAJHBW"), "police.xml-dtd", "<!DOCTYPE", None),
        ("entity", swap("题名", "题名&xxe;"), "police.xml-entity", "&xxe;", None),
        ("entity in an attribute", swap("BBH=\"1.0\"", "BBH=\"&xxe;\""), "police.xml-entity", "<GAJHBW", None),
        ("control character", swap("题名", "题\u{1}名"), "police.xml-character", "\u{1}", None),
        ("reference to one", swap("题名", "题名&#1;"), "police.xml-character", "&#1;", None),
        ("end tag of another", swap("</AJBH>", "</AJXX>"), "police.xml-syntax", "</AJXX><AJMC", None),
        ("text behind the root", format!("{good}尾"), "police.xml-syntax", "尾", None),
        ("ampersand alone", swap("题名", "题 & 名"), "police.xml-syntax", "& 名", None),
        ("attribute twice", swap("BBH=", "BBH='1.0' BBH="), "police.xml-syntax", "<GAJHBW", None),
        ("two roots", format!("{good}<GAJHBW/>"), "police.structure", "<GAJHBW/>", None),
        ("another root", good.replace("GAJHBW", "GAJHBX"), "police.structure", "<GAJHBX", None),
        ("prefix", swap("<BWST>", "<x:BWST/><BWST>"), "police.structure", "<x:BWST", None),
        ("stranger below the root", swap("<BWST>", "<QM>s</QM><BWST>"), "police.structure", "<QM>", Some("QM")),
        ("text among elements", swap("<AJXX>", "<AJXX>文"), "police.structure", "文<", Some("AJXX")),
        ("too deep", swap("<BWST>", &format!("<BWST>{deep}")), "police.limit", "<A></A></A></A></A></A></A>", None),
        ("too many elements", many, "police.limit", "<KONG/></AJXX>", None),
        ("too many rows", batch, "police.limit", "<BWST/></GAJHBW>", Some("BWST")),
        ("another version", swap("BBH=\"1.0\"", "BBH=\"2.0\""), "police.version-unsupported", "<GAJHBW", Some("BBH")),
        (
            "no header",
            swap("<BWT>", "<BWST>").replacen("</BWT>", "</BWST>", 1),
            "police.field-missing",
            "<GAJHBW",
            Some("BWT"),
        ),
        ("no number", swap("<BWBH>N1</BWBH>", ""), "police.field-missing", "<BWT>", Some("BWBH")),
        ("two headers", swap("<BWT>", "<BWT/><BWT>"), "police.field-repeated", "<BWT><", Some("BWT")),
        ("no row", message("XSYS", ""), "police.field-missing", "<GAJHBW", Some("BWST")),
        ("business", message("PQ", &row(CASE, UNIT, "")), "police.business-unknown", "PQ<", Some("YWLX")),
    ];
    for (label, text, code, at, field) in cases {
        let bytes = gb(&text);
        let fault = decode(&bytes).unwrap_err();
        check(label, &fault, code, Some(place(&bytes, at)), field);
    }
}

#[test]
fn an_unfinished_message_points_at_its_end() {
    let text = message("XSYS", &row(CASE, UNIT, ""));
    let bytes = gb(text.strip_suffix("</GAJHBW>").unwrap());
    check("unfinished", &decode(&bytes).unwrap_err(), "police.xml-syntax", Some(bytes.len() as u64), None);
    check("empty", &decode(b"").unwrap_err(), "police.xml-syntax", Some(0), None);
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    check("long", &decode(&long).unwrap_err(), "police.limit", Some(4 * 1024 * 1024), None);
    let fault = Police::decode(&Input::Parts(vec![CLUE]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "police.parts-unsupported", None, None);
    for value in [json!("latin1"), json!(true)] {
        let fault = decode_with(CLUE, json!({"encoding_fallback": value})).unwrap_err();
        check("setting", &fault, "police.setting-invalid", None, Some("encoding_fallback"));
    }
}

/// A bad row stands second and behind Chinese text, so that neither rows nor offsets are right by accident. `at` is the
/// text that the fault points at.
fn check_row(label: &str, bad: &str, code: &str, at: &str, field: &str) {
    let bytes = gb(&message("XSYS", &format!("{}{bad}", row(CASE, UNIT, ""))));
    let document = decode(&bytes).unwrap().document;
    assert_eq!(document.records.len(), 1, "{label}");
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 2, "{label}");
    let start = bytes.windows(6).rposition(|window| window == b"<BWST>").unwrap();
    let wanted = place(&bytes[start..], at) + start as u64;
    check(label, &fault.fault, code, Some(wanted), Some(field));
    assert!(!fault.fault.text.contains("11011219"), "{label}: no personal data in the text");
}

#[test]
fn bad_cases_of_a_clue_are_named() {
    let long = format!("<JYAQ>{}</JYAQ>", "长".repeat(4_001));
    // (label, what stands in AJXX behind a number and a title, code, text that the fault points at, field)
    let cases = [
        ("number twice", "<AJBH>A2</AJBH>", "police.field-repeated", "<AJBH>A2", "AJBH"),
        ("extra twice", "<AJLB>1</AJLB><AJLB>2</AJLB>", "police.field-repeated", "<AJLB>2", "AJLB"),
        ("30 February", "<SLSJ>20260230093000</SLSJ>", "police.time-invalid", "20260230", "SLSJ"),
        ("other form", "<SLSJ> 2026-09-15</SLSJ>", "police.time-invalid", "2026-09-15", "SLSJ"),
        ("class", "<XSLB>2</XSLB>", "police.code-unknown", "2</XSLB>", "XSLB"),
        ("long text", &long, "police.field-too-long", "长", "JYAQ"),
        ("field with elements", "<JYAQ><P>x</P></JYAQ>", "police.structure", "<P>", "JYAQ"),
    ];
    for (label, more, code, at, field) in cases {
        let case = format!("<AJXX><AJBH>A1</AJBH><AJMC>题名</AJMC>{more}</AJXX>");
        check_row(label, &row(&case, UNIT, ""), code, at, field);
    }
    let second = format!("{CASE}<DWXX>");
    let cases = [
        ("no case", "", "<BWST>", "AJXX"),
        ("no number", "<AJXX><AJMC>题名</AJMC></AJXX>", "<AJXX>", "AJBH"),
        ("blank number", "<AJXX><AJBH>　</AJBH><AJMC>题名</AJMC></AJXX>", "<AJXX>", "AJBH"),
        ("no title", "<AJXX><AJBH>A1</AJBH></AJXX>", "<AJXX>", "AJMC"),
    ];
    for (label, case, at, field) in cases {
        check_row(label, &row(case, UNIT, ""), "police.field-missing", at, field);
    }
    check_row("two cases", &row(&CASE.repeat(2), UNIT, ""), "police.field-repeated", &second, "AJXX");
}

#[test]
fn bad_units_of_a_clue_are_named() {
    let unit = |inner: &str| format!("<DWXX>{inner}</DWXX>");
    let code = |code: &str| unit(&format!("<TYSHXYDM>{code}</TYSHXYDM>"));
    let two = format!("{}{}", unit("<DWDZ>甲</DWDZ>"), unit("<DWDZ>乙</DWDZ>"));
    let cases = [
        ("no unit", String::new(), "police.field-missing", "<BWST>", "DWXX"),
        ("two units", two, "police.field-repeated", "<DWXX><DWDZ>乙", "DWXX"),
        ("name only", unit("<DWMC>测试公司</DWMC>"), "police.party-unidentified", "<DWXX>", "TYSHXYDM"),
        ("empty", unit(""), "police.party-unidentified", "<DWXX>", "TYSHXYDM"),
        ("spreadsheet", code("9.11101E+17"), "uscc.scientific-notation", "9.1", "TYSHXYDM"),
        ("region", code("9111A112MAYYT00167"), "uscc.region", "9111A", "TYSHXYDM"),
    ];
    for (label, unit, code, at, field) in cases {
        check_row(label, &row(CASE, &unit, ""), code, at, field);
    }
}

#[test]
fn bad_people_of_a_clue_are_named() {
    let long = format!("<XM>{}</XM>", "名".repeat(101));
    let id = |number: &str| format!("<XM>测试</XM><GMSFHM>{number}</GMSFHM>");
    let cases = [
        ("nameless", "<RYLX>法人</RYLX>".to_owned(), "police.field-missing", "<RYXX>", "XM"),
        ("check", id("110112190001060062"), "police.id-number-invalid", "110112190001060062", "GMSFHM"),
        ("shape", id("1101121900"), "police.id-number-invalid", "1101121900", "GMSFHM"),
        ("long name", long, "police.name-invalid", "名名名", "XM"),
    ];
    for (label, person, code, at, field) in cases {
        check_row(label, &row(CASE, UNIT, &format!("<RYXX>{person}</RYXX>")), code, at, field);
    }
}

#[test]
fn too_many_people_cost_the_row() {
    let people = "<RYXX><XM>测试</XM></RYXX>".repeat(101);
    let fault = only_row_fault(&gb(&message("XSYS", &row(CASE, UNIT, &people))));
    assert_eq!((fault.fault.code.as_str(), fault.fault.field.as_deref()), ("police.limit", Some("RYXX")));
}

#[test]
fn bad_rows_of_answers_are_named() {
    let feedback = |inner: &str| message("CLFK", &format!("<BWST><FKXX>{inner}</FKXX></BWST>"));
    let receipt = |inner: &str| message("HZ", &format!("<BWST><HZXX>{inner}</HZXX></BWST>"));
    let cases = [
        ("no answer", message("CLFK", "<BWST/>"), "police.field-missing", "<BWST/>", "FKXX"),
        ("no assignment", feedback("<JGDM>1</JGDM>"), "police.field-missing", "<FKXX>", "PQBH"),
        ("assignment", feedback("<PQBH>TZ-2026</PQBH><JGDM>1</JGDM>"), "police.number-invalid", "TZ-2026", "PQBH"),
        ("no result", feedback("<PQBH>T/1</PQBH>"), "police.field-missing", "<FKXX>", "JGDM"),
        ("result", feedback("<PQBH>T/1</PQBH><JGDM>5</JGDM>"), "police.code-unknown", "5</JGDM>", "JGDM"),
        ("no reason", feedback("<PQBH>T/1</PQBH><JGDM>2</JGDM>"), "police.field-missing", "<FKXX>", "FKNR"),
        ("time", feedback("<PQBH>T/1</PQBH><JGDM>1</JGDM><FKSJ>今天</FKSJ>"), "police.time-invalid", "今天", "FKSJ"),
        ("no message", receipt("<HZJGDM>1</HZJGDM>"), "police.field-missing", "<HZXX>", "YXXBS"),
        ("message", receipt("<YXXBS>a&#9;b</YXXBS><HZJGDM>1</HZJGDM>"), "police.number-invalid", "a&#9;", "YXXBS"),
        ("outcome", receipt("<YXXBS>a</YXXBS><HZJGDM>0</HZJGDM>"), "police.code-unknown", "0</HZJGDM>", "HZJGDM"),
        (
            "row",
            receipt("<YXXBS>a</YXXBS><HZJGDM>3</HZJGDM><HXX><HH>0</HH><CWDM>x</CWDM></HXX>"),
            "police.number-invalid",
            "0</HH>",
            "HH",
        ),
    ];
    for (label, text, code, at, field) in cases {
        let bytes = gb(&text);
        let fault = only_row_fault(&bytes);
        assert_eq!(fault.row, 1, "{label}");
        check(label, &fault.fault, code, Some(place(&bytes, at)), Some(field));
    }
}
