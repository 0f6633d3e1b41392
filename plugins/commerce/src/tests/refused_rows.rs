//! What bad rows are answered with: code, place, field.

use super::refused::{check, place};
use super::*;

/// A bad report stands second, behind Chinese text and a divided section, so that neither rows nor offsets are right by
/// accident. `at` is the text that the fault points at.
fn check_row(label: &str, bad: &str, code: &str, at: &str, field: &str) {
    let first = report("<MEMO><![CDATA[甲]]>乙</MEMO>");
    let text = call("pushFieReport", &format!("<FIEREPORTS>\r\n{first}\r\n{bad}</FIEREPORTS>"));
    let decoded = decode(text.as_bytes()).unwrap();
    assert_eq!(decoded.document.records.len(), 1, "{label}");
    let [fault] = decoded.document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 2, "{label}");
    let start = text.rfind("<FIEREPORT>").unwrap();
    let wanted = place(&text.as_bytes()[start..], at) + start as u64;
    check(label, &fault.fault, code, Some(wanted), Some(field));
    assert!(!fault.fault.text.contains("11011219"), "{label}: no personal data in the text");
}

#[test]
fn bad_reports_are_named() {
    let long = format!("<ISSUE>{}</ISSUE>", "长".repeat(4_001));
    // (label, further fields, code, text that the fault points at, field)
    let cases = [
        ("number twice", "<REPORTNO>F2</REPORTNO>", "commerce.field-repeated", "<REPORTNO>F2", "REPORTNO"),
        ("extra twice", "<A>1</A><A>2</A>", "commerce.field-repeated", "<A>2", "A"),
        ("field with elements", "<ISSUE><P>x</P></ISSUE>", "commerce.structure", "<P>", "ISSUE"),
        ("long issue", &long, "commerce.field-too-long", "长", "ISSUE"),
        ("class", "<ISSUE>x</ISSUE><ISSUECODE>1</ISSUECODE>", "commerce.code-unknown", "1</ISSUECODE>", "ISSUECODE"),
        ("capital with a sign", "<REGCAP>-1</REGCAP>", "commerce.number-invalid", "-1<", "REGCAP"),
        ("capital with a comma", "<REGCAP>1,000</REGCAP>", "commerce.number-invalid", "1,000", "REGCAP"),
        ("capital of seven decimals", "<REGCAP>1.0000000</REGCAP>", "commerce.number-invalid", "1.0", "REGCAP"),
        ("currency", "<CURRENCY>USD</CURRENCY>", "commerce.code-unknown", "USD", "CURRENCY"),
        ("country", "<INVCOUNTRY>中国香港</INVCOUNTRY>", "commerce.code-unknown", "中国香港", "INVCOUNTRY"),
        ("town", "<TOWNCODE>潞城镇</TOWNCODE>", "commerce.town-invalid", "潞城镇", "TOWNCODE"),
        (
            "id number",
            "<ISSUE>x</ISSUE><LEREPID>110112190001010012</LEREPID>",
            "commerce.id-number-invalid",
            "110112190001010012",
            "LEREPID",
        ),
    ];
    for (label, more, code, at, field) in cases {
        check_row(label, &report(more), code, at, field);
    }
    let name = format!("<ISSUE>x</ISSUE><LEREP>{}</LEREP>", "名".repeat(101));
    check_row("long name", &report(&name), "commerce.name-invalid", "名名", "LEREP");
}

#[test]
fn bad_required_fields_are_named() {
    let swap = |from: &str, to: &str| report("<ENTNAME>测试公司</ENTNAME>").replace(from, to);
    let code = "<UNISCID>91110112MAYYT00910</UNISCID>";
    let cases = [
        ("no number", swap("<REPORTNO>F1</REPORTNO>", ""), "commerce.field-missing", "<FIEREPORT>", "REPORTNO"),
        ("type", swap("变更报告", "变更"), "commerce.code-unknown", "变更<", "REPORTTYPE"),
        ("no date", swap("2026-09-23", "　"), "commerce.field-missing", "<FIEREPORT>", "REPORTDATE"),
        ("30 February", swap("2026-09-23", "2026-02-30"), "commerce.time-invalid", "2026-02-30", "REPORTDATE"),
        ("another form", swap("2026-09-23", "2026/09/23"), "commerce.time-invalid", "2026/09/23", "REPORTDATE"),
        ("name only", swap(code, ""), "commerce.party-unidentified", "<FIEREPORT>", "UNISCID"),
        ("spreadsheet", swap("91110112MAYYT00910", "9.11101E+17"), "uscc.scientific-notation", "9.1", "UNISCID"),
        ("region", swap("91110112MAYYT00910", "9111A112MAYYT00167"), "uscc.region", "9111A", "UNISCID"),
    ];
    for (label, bad, code, at, field) in cases {
        check_row(label, &bad, code, at, field);
    }
}

#[test]
fn bad_findings_and_answers_are_named() {
    let unit = "<UNISCID>91110112MAYYT00910</UNISCID>";
    let finding = |inner: &str| call("pushFinding", &format!("<FINDING>{inner}{unit}</FINDING>"));
    let head = "<FINDNO>1</FINDNO><ISSUECODE>04</ISSUECODE><TITLE>题</TITLE>";
    let feedback = |inner: &str| call("pushFeedback", &format!("<FEEDBACK>{inner}</FEEDBACK>"));
    let measure = |inner: &str| {
        call("pushMeasureFeedback", &format!("<MEASUREFEEDBACK><REQUESTNO>R</REQUESTNO>{inner}</MEASUREFEEDBACK>"))
    };
    let receipt = |inner: &str| call("pushReceipt", &format!("<RECEIPT>{inner}</RECEIPT>"));
    let fault = |inner: &str| envelope(&format!("<e:Fault>{inner}</e:Fault>"));
    let row = "<MSGID>a</MSGID><RESULT>3</RESULT><ROW><ROWNO>0</ROWNO><CODE>x</CODE></ROW>";
    let many =
        format!("<MSGID>a</MSGID><RESULT>3</RESULT>{}", "<ROW><ROWNO>1</ROWNO><CODE>x</CODE></ROW>".repeat(1_001));
    let task = "<TASKNO>T/1</TASKNO>";
    let cases = [
        ("no class", finding("<FINDNO>1</FINDNO><TITLE>题</TITLE>"), "field-missing", "<FINDING>", "ISSUECODE"),
        ("no title", finding(&head.replace("题", "")), "field-missing", "<FINDING>", "TITLE"),
        ("time", finding(&format!("{head}<FINDTIME>2026-09-18</FINDTIME>")), "time-invalid", "2026-09-18", "FINDTIME"),
        ("no task", feedback("<RESULT>1</RESULT>"), "field-missing", "<FEEDBACK>", "TASKNO"),
        ("task", feedback("<TASKNO>TZ</TASKNO><RESULT>1</RESULT>"), "number-invalid", "TZ<", "TASKNO"),
        ("result", feedback(&format!("{task}<RESULT>5</RESULT>")), "code-unknown", "5</RESULT>", "RESULT"),
        ("no reason", feedback(&format!("{task}<RESULT>2</RESULT>")), "field-missing", "<FEEDBACK>", "CONTENT"),
        ("applied", measure("<APPLIED>是</APPLIED>"), "code-unknown", "是", "APPLIED"),
        ("not applied, no reason", measure("<APPLIED>0</APPLIED>"), "field-missing", "<MEASUREFEEDBACK>", "CONTENT"),
        ("no message", receipt("<RESULT>1</RESULT>"), "field-missing", "<RECEIPT>", "MSGID"),
        ("message", receipt("<MSGID>a&#9;b</MSGID><RESULT>1</RESULT>"), "number-invalid", "a&#9;b", "MSGID"),
        ("outcome", receipt("<MSGID>a</MSGID><RESULT>0</RESULT>"), "code-unknown", "0</RESULT>", "RESULT"),
        ("row number", receipt(row), "number-invalid", "0</ROWNO>", "ROWNO"),
        ("too many rows", receipt(&many), "limit", "<ROW><ROWNO>1</ROWNO><CODE>x</CODE></ROW></RECEIPT>", "ROW"),
        ("no fault code", fault("<detail/>"), "field-missing", "<e:Fault>", "faultcode"),
        ("fault of nothing", fault("<faultcode>e:Server</faultcode>"), "field-missing", "<e:Fault>", "MSGID"),
        (
            "fault of an empty id",
            fault("<faultcode>e:Server</faultcode><detail><MSGID/></detail>"),
            "field-missing",
            "<MSGID/>",
            "MSGID",
        ),
    ];
    for (label, text, code, at, field) in cases {
        let fault = only_row_fault(text.as_bytes());
        assert_eq!(fault.row, 1, "{label}");
        check(label, &fault.fault, &format!("commerce.{code}"), Some(place(text.as_bytes(), at)), Some(field));
    }
}
