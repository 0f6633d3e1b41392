//! What bad messages and bad rows are answered with: code, place, field.

use super::*;
use crate::problem::{FORMAT, code};

/// Where the fault must point: at the first byte of a text.
fn place(bytes: &[u8], text: &str) -> u64 {
    let found = bytes.windows(text.len()).rposition(|window| window == text.as_bytes());
    found.unwrap_or_else(|| panic!("{text} is not in the message")) as u64
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!((fault.code.as_str(), fault.offset), (code, offset), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn bad_messages_are_refused_whole() {
    let header = "企业名称,统一社会信用代码\r\n";
    let many = format!("{header}{}", "甲,91110112MAYYT00167\r\n".repeat(5_000));
    let last = many.rfind('甲').unwrap() as u64;
    let cases: Vec<(&str, String, &str, u64, Option<&str>)> = vec![
        ("empty", String::new(), "township.header-unknown", 0, None),
        ("no header", "甲,乙\r\n丙,丁\r\n".into(), "township.header-unknown", 0, None),
        ("full-width commas", header.replace(',', "，"), "township.header-unknown", 0, None),
        ("late header", format!("{}{header}", "题\r\n".repeat(10)), "township.header-unknown", 0, None),
        ("header only", format!("题\r\n{header},\r\n"), "township.rows-missing", 5, None),
        (
            "column twice",
            "企业名称,统一社会信用代码,单位名称\r\n甲".into(),
            "township.field-repeated",
            38,
            Some("企业名称"),
        ),
        ("too many rows", many, "township.limit", last, None),
    ];
    for (label, text, code, at, field) in cases {
        check(label, &decode(text.as_bytes()).unwrap_err(), code, Some(at), field);
    }
}

#[test]
fn encodings_are_refused_at_their_place() {
    let text = one("", "");
    let gb = xiezhi_formats::charset::gb18030_bytes(text.trim_start_matches('\u{feff}'));
    let fault = decode_with(&gb, Value::Null).unwrap_err();
    check("gb18030", &fault, "township.encoding-mismatch", Some(0), Some("encoding"));
    assert_eq!(read(&gb), read(text.as_bytes()), "the fallback of the link");
    let cut = &text.as_bytes()[..5];
    check("cut", &decode(cut).unwrap_err(), "township.encoding-truncated", Some(3), None);
    let fault = decode(&[b'a', 0xff, b'b']).unwrap_err();
    check("no character", &fault, "township.encoding-invalid", Some(1), None);
    let fault = decode(b"\xff\xfe\x01N").unwrap_err();
    check("UTF-16", &fault, "township.encoding-unsupported", Some(0), Some("encoding"));
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    check("long", &decode(&long).unwrap_err(), "township.limit", Some(4 * 1024 * 1024), None);
    let fault = Township::decode(&Input::Parts(vec![LEDGER]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "township.parts-unsupported", None, None);
    for (name, value) in [
        ("town_code", json!("文景")),
        ("town_code", json!("110112009000")),
        ("old_town_codes", json!("110112005")),
        ("old_town_codes", json!([1])),
        ("encoding_fallback", json!("latin1")),
    ] {
        let fault = decode_with(LEDGER, json!({name: value})).unwrap_err();
        check("setting", &fault, "township.setting-invalid", None, Some(name));
    }
}

/// A bad row stands behind a good one and a line break in quotes. `at` is the text that the fault points at.
fn check_row(label: &str, header: &str, good: &str, bad: &str, code: &str, at: &str, field: Option<&str>) {
    let text = format!("\u{feff}{header}\r\n{good}\r\n{bad}");
    let document = decode(text.as_bytes()).unwrap().document;
    assert_eq!(document.records.len(), 1, "{label}: {:?}", document.row_faults);
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 3, "{label}");
    check(label, &fault.fault, code, Some(place(text.as_bytes(), at)), field);
    assert!(fault.fault.text.starts_with("第3行（文本第4行）："), "{label}: {}", fault.fault.text);
}

#[test]
fn bad_rows_of_a_ledger_are_named() {
    let header = "企业名称,统一社会信用代码,登记地址,乡镇街道代码,入驻日期,实际经营地是否公示,最近走访日期,状态,备注";
    let good = "甲,91110112MAYYT00167,,,,,,,\"两\n行\"";
    let long = format!("乙,,{},,,,,,", "长".repeat(501));
    let huge = format!("乙,,某路,,,,,,{}", "x".repeat(16 * 1024 + 1));
    let cases: [(&str, &str, &str, &str, Option<&str>); 15] = [
        (
            "check",
            "乙,91110112MAYYT00160,,,,,,,",
            "uscc.check-character",
            "91110112MAYYT00160",
            Some("统一社会信用代码"),
        ),
        ("notation", "乙,9.11101E+17,,,,,,,", "uscc.scientific-notation", "9.11101E", Some("统一社会信用代码")),
        ("length", "乙, '9111,,,,,,,", "uscc.length", "9111,,", Some("统一社会信用代码")),
        ("region", "乙,9111A112MAYYT00167,,,,,,,", "uscc.region", "9111A", Some("统一社会信用代码")),
        ("nobody", "乙,,,,,,,,无", "township.party-unidentified", ",,,,,,,无", Some("统一社会信用代码")),
        ("town", "乙,,某路,文景,,,,,", "township.town-invalid", "文景", Some("乡镇街道代码")),
        ("other town", "乙,,某路,110112106,,,,,", "township.town-mismatch", "110112106", Some("乡镇街道代码")),
        ("moved in", "乙,,某路,,26/9/1,,,,", "township.time-invalid", "26/9/1", Some("入驻日期")),
        ("visited", "乙,,某路,,,,上周,,", "township.time-invalid", "上周", Some("最近走访日期")),
        ("published", "乙,,某路,,,大概,,,", "township.code-unknown", "大概", Some("实际经营地是否公示")),
        ("status", "乙,,某路,,,,,在,", "township.code-unknown", "在,", Some("状态")),
        ("long", &long, "township.field-too-long", "长", Some("登记地址")),
        ("huge cell", &huge, "township.limit", "x", None),
        ("quote", "乙,,\"某路,,,,,,", "township.quote", "\"某路", None),
        ("many cells", &format!("乙{}z", ",".repeat(60)), "township.limit", "z", None),
    ];
    for (label, bad, code, at, field) in cases {
        let bytes = format!("\u{feff}{header}\r\n{good}\r\n{bad}");
        let at = match label {
            // Where a piece is repeated, its first place counts.
            "long" | "huge cell" => &bad[bad.find(at).unwrap()..],
            _ => at,
        };
        assert!(bytes.contains(at));
        check_row(label, header, good, bad, code, at, field);
    }
}

#[test]
fn bad_rows_of_other_tables_are_named() {
    let check = |label: &str, header: &str, good: &str, bad: &str, code: &str, at: &str, field: &str| {
        let good = format!("{good},\"两\n行\"");
        check_row(label, &format!("{header},备注"), &good, bad, code, at, Some(field));
    };
    let header = "地址,问题类别,问题描述,检查日期";
    let good = "某路,01,甲,2026-9-1";
    check("class", header, good, "某路,失联,甲,,", "township.code-unknown", "失联", "问题类别");
    check("no class", header, good, "某路,,甲,,", "township.field-missing", ",甲,,", "问题类别");
    check("no text", header, good, "某路,01,,今,", "township.field-missing", ",今,", "问题描述");
    check("time", header, good, "某路,01,甲,今天,", "township.time-invalid", "今天", "检查日期");
    check("nobody", header, good, ",01,甲,,z", "township.party-unidentified", ",01,甲,,z", "统一社会信用代码");
    let header = "派遣编号,处理结果,处理情况,处理时间";
    let good = "T/1,已办结,,";
    check("assignment", header, good, "TZ-2026,1,,,", "township.number-invalid", "TZ-2026", "派遣编号");
    check("no assignment", header, good, ",1,甲,,", "township.field-missing", ",1,甲", "派遣编号");
    check("result", header, good, "T/1,好,,,", "township.code-unknown", "好", "处理结果");
    check("no result", header, good, "T/1,,好,,", "township.field-missing", ",好", "处理结果");
    check("no reason", header, good, "T/1,退回,,今,", "township.field-missing", ",今", "处理情况");
    check("time", header, good, "T/1,2,乙,24:00,", "township.time-invalid", "24:00", "处理时间");
    let header = "惩戒编号,落实结果,落实情况,落实时间";
    let good = "L1,是,,";
    check("measure", header, good, "L1,好,,,", "township.code-unknown", "好", "落实结果");
    check("why not", header, good, "L1,否,,今,", "township.field-missing", ",今", "落实情况");
}

#[test]
fn an_assignment_sent_back_without_an_answer_is_named() {
    let table = crate::encode::record(&testing::assignment("township-wenjing"), &context(Value::Null)).unwrap().body;
    let document = decode(&table).unwrap().document;
    assert_eq!(document.row_faults[0].fault.code, format!("{FORMAT}.{}", code::FIELD_MISSING));
    assert_eq!(document.row_faults[0].fault.field.as_deref(), Some("处理结果"));
}
