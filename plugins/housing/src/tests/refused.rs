//! What bad messages and bad rows are answered with: code, place, field.

use super::*;

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!((fault.code.as_str(), fault.offset), (code, offset), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

fn gb(text: &str) -> Vec<u8> {
    xiezhi_formats::charset::gb18030_bytes(text)
}

#[test]
fn bad_messages_are_refused_whole() {
    let header = "鉴定报告编号,房屋坐落,鉴定等级\r\n";
    let many = format!("{header}{}", "N,R,A\r\n".repeat(5_000));
    let last = gb(&many).len() as u64 - 7;
    let cases: Vec<(&str, String, &str, u64, Option<&str>)> = vec![
        ("empty", String::new(), "housing.header-unknown", 0, None),
        ("no header", "甲,乙\r\n丙,丁\r\n".into(), "housing.header-unknown", 0, None),
        ("header only", format!("题\r\n{header},\r\n"), "housing.rows-missing", 4, None),
        ("column twice", "鉴定等级,鉴定等级\r\nA".into(), "housing.field-repeated", 9, Some("鉴定等级")),
        ("too many rows", many, "housing.limit", last, None),
    ];
    for (label, text, code, at, field) in cases {
        check(label, &decode(&gb(&text)).unwrap_err(), code, Some(at), field);
    }
}

#[test]
fn encodings_are_refused_at_their_place() {
    let text = "鉴定报告编号,房屋坐落,鉴定等级\r\nN1,漷县镇,A\r\n";
    let fault = decode(text.as_bytes()).unwrap_err();
    check("UTF-8 without a mark", &fault, "housing.encoding-mismatch", Some(0), Some("encoding"));
    let decoded = decode_with(text.as_bytes(), json!({"encoding_fallback": "utf-8"})).unwrap();
    assert_eq!(decoded, decode(&gb(text)).unwrap());
    check("cut", &decode(&gb(text)[..3]).unwrap_err(), "housing.encoding-truncated", Some(2), None);
    let fault = decode(&[b'a', 0xff, b'b']).unwrap_err();
    check("no character", &fault, "housing.encoding-invalid", Some(1), None);
    let fault = decode(b"\xff\xfe\x01N").unwrap_err();
    check("UTF-16", &fault, "housing.encoding-unsupported", Some(0), Some("encoding"));
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    check("long", &decode(&long).unwrap_err(), "housing.limit", Some(4 * 1024 * 1024), None);
    let fault = Housing::decode(&Input::Parts(vec![XLSX]), &context(Value::Null)).unwrap_err();
    check("parts", &fault, "housing.parts-unsupported", None, None);
    let fault = decode_with(CSV, json!({"encoding_fallback": "latin1"})).unwrap_err();
    check("setting", &fault, "housing.setting-invalid", None, Some("encoding_fallback"));
}

/// A bad row stands behind a good one, once in a CSV table and once in a workbook. `at` is the text that the fault in the
/// CSV table points at; `cell` is the column that the fault in the workbook names.
fn check_row(label: &str, [header, good, bad]: [&str; 3], [code, at, field, cell]: [&str; 4]) {
    let bytes = gb(&format!("{header}\r\n{good}\r\n{bad}\r\n"));
    let document = decode(&bytes).unwrap().document;
    assert_eq!(document.records.len(), 1, "{label}: {:?}", document.row_faults);
    let [fault] = document.row_faults.try_into().unwrap();
    let wanted = gb(at);
    let place = bytes.windows(wanted.len()).rposition(|window| window == wanted).unwrap() as u64;
    assert_eq!(fault.row, 3, "{label}");
    check(label, &fault.fault, code, Some(place), Some(field));
    assert!(fault.fault.text.starts_with("第3行："), "{label}: {}", fault.fault.text);

    let bytes = sheet(&[row(1, header), row(2, good), row(3, bad)].concat());
    let document = decode(&bytes).unwrap().document;
    assert_eq!(document.records.len(), 1, "{label}: {:?}", document.row_faults);
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (3, code), "{label}");
    assert_eq!(fault.fault.field.as_deref(), Some(field), "{label}");
    assert!(fault.fault.text.starts_with(&format!("单元格{cell}3：")), "{label}: {}", fault.fault.text);
}

#[test]
fn bad_rows_of_appraisals_are_named() {
    let header = "鉴定报告编号,房屋坐落,乡镇街道代码,产权人,统一社会信用代码,鉴定等级,鉴定日期,下次复核日期,处理建议";
    let good = "N1,漷县镇,110112106,,,B,2026-9-1,,";
    let long = "长".repeat(501);
    let person = "名".repeat(101);
    let cases: [(&str, String, &str, &str, &str, &str); 14] = [
        ("grade", "N2,乙,,,,E,,,".into(), "housing.code-unknown", "E,,,", "鉴定等级", "F"),
        ("no grade", "N2,乙,,,,,,,无".into(), "housing.field-missing", ",,,无", "鉴定等级", "F"),
        ("no number", ",乙,,,,A,,,".into(), "housing.field-missing", ",乙,", "鉴定报告编号", "A"),
        ("no address", "N2,,,,,A,,,".into(), "housing.field-missing", ",,,,A", "房屋坐落", "B"),
        ("long address", format!("N2,{long},,,,A,,,"), "housing.field-too-long", &long, "房屋坐落", "B"),
        ("town", "N2,乙,漷县,,,A,,,".into(), "housing.town-invalid", "漷县,,,A", "乡镇街道代码", "C"),
        ("person", format!("N2,乙,,{person},,A,,,"), "housing.name-invalid", &person, "产权人", "D"),
        (
            "check",
            "N2,乙,,,91110112MAYYT00160,A,,,".into(),
            "uscc.check-character",
            "91110112MAYYT00160",
            "统一社会信用代码",
            "E",
        ),
        ("notation", "N2,乙,,,9.11E+17,A,,,".into(), "uscc.scientific-notation", "9.11E", "统一社会信用代码", "E"),
        ("length", "N2,乙,,,9111,A,,,".into(), "uscc.length", "9111,A", "统一社会信用代码", "E"),
        ("date", "N2,乙,,,,A,26/9/1,,".into(), "housing.time-invalid", "26/9/1", "鉴定日期", "G"),
        ("review", "N2,乙,,,,A,,明年,".into(), "housing.time-invalid", "明年", "下次复核日期", "H"),
        ("error in a grade", "N2,乙,,,,#REF!,,,".into(), "housing.cell-error", "#REF!", "鉴定等级", "F"),
        ("error in advice", "N2,乙,,,,A,,,#N/A".into(), "housing.cell-error", "#N/A", "处理建议", "I"),
    ];
    for (label, bad, code, at, field, cell) in cases {
        check_row(label, [header, good, &bad], [code, at, field, cell]);
    }
}

#[test]
fn bad_rows_of_answers_are_named() {
    let header = "派遣编号,处理结果,处理情况,处理时间";
    let good = "T/1,已办结,,";
    for (label, bad, code, at, field, cell) in [
        ("assignment", "TZ-2026,1,,", "housing.number-invalid", "TZ-2026", "派遣编号", "A"),
        ("result", "T/1,好,,", "housing.code-unknown", "好", "处理结果", "B"),
        ("no reason", "T/1,退回,,46287", "housing.field-missing", ",46287", "处理情况", "C"),
        ("time", "T/1,2,乙,今天", "housing.time-invalid", "今天", "处理时间", "D"),
    ] {
        check_row(label, [header, good, bad], [code, at, field, cell]);
    }
}

#[test]
fn a_quote_that_is_not_closed_costs_its_row() {
    let document =
        decode(&gb("鉴定报告编号,房屋坐落,鉴定等级\r\nN1,乙,A\r\nN2,\"乙,A\r\nN3,丙,A\r\n")).unwrap().document;
    assert_eq!(document.records.len(), 1);
    assert_eq!((document.row_faults[0].row, &*document.row_faults[0].fault.code), (3, "housing.quote"));
}
