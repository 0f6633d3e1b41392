//! What bad messages and bad rows are answered with: code, place, field.

use super::*;

/// What is wrong, the message, and the fault that it must get: code, place, field.
type MessageCase<'c> = (&'c str, Vec<u8>, &'c str, usize, Option<&'c str>);

fn check(label: &str, fault: &Fault, code: &str, offset: Option<usize>, field: Option<&str>) {
    let full = if code.contains('.') { code.to_owned() } else { format!("credit-publicity.{code}") };
    assert_eq!(fault.code, full, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset.map(|offset| offset as u64), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn what_costs_the_message() {
    let item = row("");
    let batch = |attributes: &str| format!("<OpAnomalyBatch {attributes}>{item}</OpAnomalyBatch>");
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{}", list(&item));
    let gb = encoding_rs::GB18030.encode(&declared("GB18030")).0.into_owned();
    let name_at = declared("GB18030").find("北京").unwrap();
    let many = list(&"<Item/>".repeat(1_001));
    let cases: Vec<MessageCase<'_>> = vec![
        ("nothing", b"".to_vec(), "xml-syntax", 0, None),
        ("another root", b"<Other/>".to_vec(), "business-unknown", 0, Some("根元素")),
        ("no operation", batch("Seq=\"1\"").into_bytes(), "business-unknown", 0, Some("OpType")),
        ("another operation", batch("OpType=\"MOVE\"").into_bytes(), "business-unknown", 0, Some("OpType")),
        ("no rows", list("").into_bytes(), "field-missing", 0, Some("Item")),
        ("a stranger", list("<Row/>").into_bytes(), "structure", 41, Some("Row")),
        ("too many rows", many.into_bytes(), "limit", 41 + 7 * 1_000, Some("Item")),
        (
            "a date of export that is none",
            b"<OpAnomalyList ExportDate=\"2026-02-30\"><Item/></OpAnomalyList>".to_vec(),
            "time-invalid",
            0,
            Some("ExportDate"),
        ),
        (
            "a page in words",
            b"<OpAnomalyList PageNO=\"x\"><Item/></OpAnomalyList>".to_vec(),
            "number-invalid",
            0,
            Some("PageNO"),
        ),
        (
            "answers without a number",
            b"<OpTaskFeedback><Item/></OpTaskFeedback>".to_vec(),
            "field-missing",
            0,
            Some("Seq"),
        ),
        ("not closed", b"<OpAnomalyList><Item>".to_vec(), "xml-syntax", 21, None),
        ("a DTD", b"<!DOCTYPE x><OpAnomalyList/>".to_vec(), "xml-dtd", 0, None),
        ("an entity", list("<Item>&nbsp;</Item>").into_bytes(), "xml-entity", 47, None),
        ("a control character", list("<Item>\u{1}</Item>").into_bytes(), "xml-character", 47, None),
        ("declared as Big5", declared("Big5").into_bytes(), "encoding-unsupported", 29, Some("encoding")),
        (
            "UTF-8 called GBK",
            declared("GBK").into_bytes(),
            "encoding-mismatch",
            declared("GBK").find("北").unwrap(),
            Some("encoding"),
        ),
        ("cut in a character", gb[..name_at + 1].to_vec(), "encoding-truncated", name_at, None),
        (
            "a byte of no character",
            [&gb[..name_at], b"\xff", &gb[name_at..]].concat(),
            "encoding-invalid",
            name_at,
            None,
        ),
        ("half a JSON", b"{\"a\": 1".to_vec(), "json-syntax", 6, None),
        ("an empty array", b" []".to_vec(), "field-missing", 1, None),
        ("a deep JSON", b"[[[[[1]]]]]".to_vec(), "limit", 4, None),
    ];
    for (label, bytes, code, offset, field) in cases {
        check(label, &decode(&bytes).unwrap_err(), code, Some(offset), field);
    }
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    check("large", &decode(&large).unwrap_err(), "limit", Some(4 * 1024 * 1024), None);
    let parts = CreditPublicity::decode(&Input::Parts(vec![LIST_IN]), &context(Value::Null)).unwrap_err();
    check("parts", &parts, "parts-unsupported", None, None);
}

#[test]
fn the_fallback_lets_a_mislabelled_message_through() {
    let text = format!("<?xml version=\"1.0\" encoding=\"GBK\"?>{}", list(&row("")));
    let decoded = decode_with(text.as_bytes(), json!({"encoding_fallback": "utf-8"})).unwrap();
    assert_eq!(decoded.document.records.len(), 1);
}

#[test]
fn what_costs_the_row() {
    // What replaces what in a good row, and where in the row the fault then is: at the first place of a text.
    let good = row("<IsMove>1</IsMove><RemDate>2026-11-10</RemDate><RemExcpres>4</RemExcpres>");
    let cases: [(&str, &str, &str, &str, &str, &str); 16] = [
        ("no key", "<BusExcList>b-1</BusExcList>", "", "field-missing", "<Item>", "BusExcList"),
        ("a bad key", ">b-1<", ">b 1<", "entry-invalid", "b 1", "BusExcList"),
        ("no name", "北京漷南堃镕商务有限公司", "", "field-missing", "<Item>", "EntName"),
        ("nobody", "<UniSCID>91110112MAYYT00167</UniSCID>", "", "party-unidentified", "<Item>", "UniSCID"),
        ("a wrong code", "T00167", "T00160", "uscc.check-character", "91110112MAYYT00160", "UniSCID"),
        ("no cause", "<SpeCause>4</SpeCause>", "", "field-missing", "<Item>", "SpeCause"),
        ("an unknown cause", "<SpeCause>4<", "<SpeCause>7<", "code-unknown", "7</SpeCause>", "SpeCause"),
        ("no date", "<AbnTime>2026-09-29</AbnTime>", "<AbnTime/>", "field-missing", "<Item>", "AbnTime"),
        ("no day", "2026-09-29", "2026-02-30", "time-invalid", "2026-02-30", "AbnTime"),
        ("no day of removal", "2026-11-10", "昨日", "time-invalid", "昨日", "RemDate"),
        ("an unknown move", "<IsMove>1<", "<IsMove>3<", "code-unknown", "3</IsMove>", "IsMove"),
        ("an unknown removal", "<RemExcpres>4<", "<RemExcpres>9<", "code-unknown", "9</RemExcpres>", "RemExcpres"),
        (
            "a column twice",
            "<RemExcpres>",
            "<DecOrg>1</DecOrg><DecOrg>2</DecOrg><RemExcpres>",
            "field-repeated",
            "<DecOrg>2",
            "DecOrg",
        ),
        (
            "a code twice",
            "<RemDate>",
            "<IsMove>1</IsMove><RemDate>",
            "field-repeated",
            "<IsMove>1</IsMove><RemDate>",
            "IsMove",
        ),
        ("elements in a column", "<RemExcpres>4", "<RemExcpres><a/>", "structure", "<a/>", "RemExcpres"),
        ("a long name", "北京漷南堃镕商务有限公司", &"长".repeat(201), "field-too-long", "长长", "EntName"),
    ];
    assert_eq!(decode(list(&good).as_bytes()).unwrap().document.row_faults, []);
    for (label, from, to, code, at, field) in cases {
        assert!(good.contains(from), "{label}");
        let message = list(&[row(""), good.replacen(from, to, 1), row("")].concat());
        let document = decode(message.as_bytes()).unwrap().document;
        assert_eq!(document.records.iter().map(|record| record.row).collect::<Vec<_>>(), [1, 3], "{label}");
        let [fault] = document.row_faults.try_into().unwrap();
        let start = row("").len() + list("").find("</").unwrap();
        let offset = start + message[start..].find(at).unwrap_or_else(|| panic!("{label}: no {at}"));
        assert_eq!(fault.row, 2, "{label}");
        check(label, &fault.fault, code, Some(offset), Some(field));
    }
}

#[test]
fn changes_need_what_changes() {
    let batch =
        |operation: &str, row: &str| format!("<OpAnomalyBatch OpType=\"{operation}\" Seq=\"1\">{row}</OpAnomalyBatch>");
    for (operation, columns, code, field) in [
        ("OUT", "", "field-missing", "IsMove"),
        ("OUT", "<IsMove>1</IsMove>", "field-missing", "RemDate"),
        ("OUT", "<IsMove>9</IsMove><RemDate>2026-11-10</RemDate>", "code-unknown", "IsMove"),
    ] {
        let fault = only_row_fault(batch(operation, &row(columns)).as_bytes()).fault;
        assert_eq!(fault.code, format!("credit-publicity.{code}"), "{columns}");
        assert_eq!(fault.field.as_deref(), Some(field), "{columns}");
    }
    let bare = "<Item><BusExcList>b</BusExcList><EntName>测试</EntName><UniSCID>91110112MAYYT00167</UniSCID></Item>";
    let fault = only_row_fault(batch("IN", bare).as_bytes()).fault;
    assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("credit-publicity.field-missing", Some("SpeCause")));
}

#[test]
fn answers_with_mistakes_cost_their_row() {
    let receipt = |item: &str| format!("<OpAnomalyReceipt><Item>{item}</Item></OpAnomalyReceipt>");
    let feedback = |item: &str| format!("<OpTaskFeedback Seq=\"S\"><Item>{item}</Item></OpTaskFeedback>");
    let row = |row: &str| receipt(&format!("<MsgId>m</MsgId><ResCode>2</ResCode><Row>{row}</Row>"));
    let rows = "<Row><RowNO>1</RowNO><ErrCode>E</ErrCode></Row>".repeat(1_001);
    let cases = [
        (receipt("<ResCode>1</ResCode>"), "field-missing", "Seq"),
        (receipt("<MsgId>m</MsgId>"), "field-missing", "ResCode"),
        (receipt("<MsgId>m</MsgId><ResCode>9</ResCode>"), "code-unknown", "ResCode"),
        (receipt("<MsgId>m</MsgId><ResCode>3</ResCode>"), "field-missing", "RefuseRea"),
        (receipt("<MsgId>m&#9;n</MsgId><ResCode>1</ResCode>"), "number-invalid", "MsgId"),
        (receipt("<MsgId>m</MsgId><ResCode>1</ResCode><CaseNO>一号</CaseNO>"), "number-invalid", "CaseNO"),
        (receipt(&format!("<MsgId>m</MsgId><ResCode>2</ResCode>{rows}")), "limit", "Row"),
        (row("<ErrCode>E</ErrCode>"), "field-missing", "RowNO"),
        (row("<RowNO>0</RowNO><ErrCode>E</ErrCode>"), "number-invalid", "RowNO"),
        (row("<RowNO>1</RowNO>"), "field-missing", "ErrCode"),
        (row("<RowNO>1</RowNO><ErrCode>E</ErrCode><BusExcList>b b</BusExcList>"), "entry-invalid", "BusExcList"),
        (feedback("<ResCode>1</ResCode>"), "field-missing", "TaskNO"),
        (feedback("<TaskNO>TZ-1</TaskNO><ResCode>1</ResCode>"), "number-invalid", "TaskNO"),
        (feedback("<TaskNO>T/1</TaskNO><ResCode>5</ResCode>"), "code-unknown", "ResCode"),
        (feedback("<TaskNO>T/1</TaskNO><ResCode>2</ResCode>"), "field-missing", "Content"),
        (
            feedback("<TaskNO>T/1</TaskNO><ResCode>1</ResCode><FeedbackTime>20260922</FeedbackTime>"),
            "time-invalid",
            "FeedbackTime",
        ),
    ];
    for (message, code, field) in cases {
        let fault = only_row_fault(message.as_bytes()).fault;
        assert_eq!(fault.code, format!("credit-publicity.{code}"), "{field}: {}", fault.text);
        assert_eq!(fault.field.as_deref(), Some(field));
    }
}

#[test]
fn a_public_view_with_mistakes_costs_its_row() {
    let good = String::from_utf8_lossy(PUBLIC_VIEW).into_owned();
    for (from, to, code, at, field) in [
        ("\"企业名称\": \"北京潞河云驿科技有限公司\"", "\"企业名称\": \"\"", "field-missing", "{", "企业名称"),
        ("T00167", "T00160", "uscc.check-character", "91110112MAYYT00160", "统一社会信用代码"),
        ("\"2026年9月29日\"", "\"2026年9月31日\"", "time-invalid", "2026年9月31日", "列入日期"),
        ("\"2026年9月29日\"", "null", "field-missing", "{", "列入日期"),
        ("\"移出日期\": null", "\"移出日期\": {}", "structure", "{}", "移出日期"),
        ("\"移出日期\": null", "\"列入日期\": 1", "field-repeated", "1,", "列入日期"),
    ] {
        let message = good.replacen(from, to, 1);
        let fault = only_row_fault(message.as_bytes()).fault;
        let offset = if at == "1," {
            message.find("\"列入日期\": 1,").unwrap() + "\"列入日期\": ".len()
        } else {
            message.find(at).unwrap()
        };
        check(to, &fault, code, Some(offset), Some(field));
    }
    let fault = only_row_fault(b"[1]").fault;
    check("a number as a row", &fault, "structure", Some(1), None);
}
