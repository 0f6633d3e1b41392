//! What bad files and bad lines are answered with: code, place, field.

use super::*;
use crate::layout::{continuation as c, feedback as f, header, measure, monitor as m, receipt, trailer};

/// Where line `number` begins.
fn start(number: usize) -> usize {
    (number - 1) * 202
}

/// The sample with a column of a line overwritten.
fn with(number: usize, column: &Column, text: &str) -> Vec<u8> {
    let mut bytes = MONITOR.to_vec();
    let line = &mut bytes[start(number)..start(number) + 200];
    put(line, column, &gb18030_bytes(text));
    bytes
}

#[test]
fn totals_that_do_not_add_up_refuse_the_file() {
    let fault = decode(BAD_TOTAL).unwrap_err();
    check("sample", &fault, "fiscal.total-mismatch", Some(start(4) + 9), Some("营业收入合计"));
    assert!(fault.text.contains("128450001") && fault.text.contains("128450000"), "{}", fault.text);
    let fault = decode(&with(4, &trailer::SECOND, "000000003711521")).unwrap_err();
    check("tax", &fault, "fiscal.total-mismatch", Some(start(4) + 24), Some("税收合计"));
    let lines = vec![continuation(1, "02", "2", "甲")];
    let body: Vec<_> = [vec![feedback("T/1", "4")], lines].concat();
    let fault = decode(&file("CLFK", &body, 2, 2)).unwrap_err();
    check("lines", &fault, "fiscal.total-mismatch", Some(start(4) + 9), Some("续行数合计"));
    let fault = decode(&file("CLFK", &body, 1, 1)).unwrap_err();
    check("characters instead of bytes", &fault, "fiscal.total-mismatch", Some(start(4) + 24), Some("文本字节数合计"));
}

/// Label, file, code, offset, field.
type BadFile = (&'static str, Vec<u8>, &'static str, usize, Option<&'static str>);

#[test]
fn files_of_which_nothing_may_be_trusted_are_faults() {
    let drop_line = |number: usize| [&MONITOR[..start(number)], &MONITOR[start(number + 1)..]].concat();
    let utf8 = gb18030_text(MONITOR).unwrap().into_bytes();
    let first_chinese = utf8.iter().position(|byte| !byte.is_ascii()).unwrap();
    let cases: Vec<BadFile> = vec![
        ("empty", vec![], "fiscal.header-missing", 0, None),
        ("no header", MONITOR[202..].to_vec(), "fiscal.header-missing", 0, None),
        ("no trailer", MONITOR[..start(4)].to_vec(), "fiscal.trailer-missing", start(4), None),
        ("header short", MONITOR[1..].to_vec(), "fiscal.header-missing", 0, None),
        ("header cut", [b"H110112".as_slice(), &MONITOR[200..]].concat(), "fiscal.line-length", 0, None),
        ("trailer cut", MONITOR[..MONITOR.len() - 5].to_vec(), "fiscal.line-length", start(4), None),
        ("twice", MONITOR.repeat(2), "fiscal.structure", start(5), None),
        ("line lost", drop_line(3), "fiscal.count-mismatch", 23, Some("明细数")),
        (
            "line doubled",
            [&MONITOR[..start(4)], &MONITOR[start(3)..]].concat(),
            "fiscal.count-mismatch",
            23,
            Some("明细数"),
        ),
        (
            "count of the trailer",
            with(4, &trailer::COUNT, "00000003"),
            "fiscal.count-mismatch",
            start(4) + 1,
            Some("明细数"),
        ),
        ("count in blanks", with(1, &header::COUNT, "2"), "fiscal.number-invalid", 23, Some("明细数")),
        ("no detail", file("CYJC", &[], 0, 0), "fiscal.structure", start(2), None),
        ("total", with(4, &trailer::FIRST, "128450000"), "fiscal.number-invalid", start(4) + 9, Some("合计一")),
        ("type", with(1, &header::KIND, "CYJX"), "fiscal.file-type-unknown", 15, Some("文件类型")),
        ("date", with(1, &header::DATE, "20260931"), "fiscal.time-invalid", 7, Some("报送日期")),
        ("region", with(1, &header::REGION, "11011X"), "fiscal.number-invalid", 1, Some("行政区划代码")),
        ("UTF-8", utf8, "fiscal.encoding-mismatch", first_chinese, Some("encoding")),
        ("lines", file("CYJC", &vec![monitor(1); 10_000], 0, 0), "fiscal.limit", start(10_001), None),
        ("bytes", vec![b'H'; 2_020_001], "fiscal.limit", 2_020_000, None),
    ];
    for (label, bytes, code, at, field) in cases {
        check(label, &decode(&bytes).unwrap_err(), code, Some(at), field);
    }
    let parts = Fiscal::decode(&Input::Parts(vec![MONITOR]), &context(Value::Null)).unwrap_err();
    check("parts", &parts, "fiscal.parts-unsupported", None, None);
}

#[test]
fn bad_lines_of_monitoring_are_named() {
    let cases: Vec<(&str, Column, &str, &str)> = vec![
        ("sequence", m::SEQ, "00000003", "fiscal.sequence-invalid"),
        ("sequence in blanks", m::SEQ, "2", "fiscal.number-invalid"),
        ("no code", m::USCC, "", "fiscal.field-missing"),
        ("check character", m::USCC, "91110112MAYYT00240", "uscc.check-character"),
        ("spreadsheet", m::USCC, "9.11101E+17", "uscc.scientific-notation"),
        ("length", m::USCC, "91110112MAYYT0024", "uscc.length"),
        ("region", m::USCC, "9111A112MAYYT00242", "uscc.region"),
        ("letter", m::USCC, "91110112MAYYTO0242", "uscc.character"),
        ("town", m::TOWN, "11011210", "fiscal.number-invalid"),
        ("industry", m::INDUSTRY, "L725", "fiscal.number-invalid"),
        ("industry short", m::INDUSTRY, "72", "fiscal.number-invalid"),
        ("full-width digits", m::INDUSTRY, "７２", "fiscal.number-invalid"),
        ("active", m::ACTIVE, "Y", "fiscal.code-unknown"),
        ("active blank", m::ACTIVE, "", "fiscal.code-unknown"),
        ("move", m::MOVE, "1", "fiscal.code-unknown"),
        ("period", m::PERIOD, "202613", "fiscal.time-invalid"),
        ("period blank", m::PERIOD, "", "fiscal.field-missing"),
    ];
    for (label, column, text, code) in cases {
        let fault = only_row_fault(&with(3, &column, text));
        assert_eq!(fault.row, 3, "{label}");
        check(label, &fault.fault, code, Some(start(3) + column.at), Some(column.name));
    }
    for (label, column, text) in [
        ("decimal", m::REVENUE, "00001284500.00"),
        ("blanks", m::TAX, ""),
        ("plus", m::TAX, "+00000000000001"),
        ("comma", m::REVENUE, "000,128,450,000"),
    ] {
        let fault = only_row_fault(&with(3, &column, text)).fault;
        check(label, &fault, "fiscal.number-invalid", Some(start(3) + column.at), Some(column.name));
    }
}

#[test]
fn lines_out_of_place_are_named() {
    let short = monitor(2)[..199].to_vec();
    // The characters are right and the bytes are not: a name filled up to 80 characters.
    let by_characters =
        [&monitor(2)[..27], &gb18030_bytes(&format!("{:<80}", "北京漷南")), &monitor(2)[107..]].concat();
    assert_eq!(by_characters.len(), 204);
    for (label, second) in [("short", short), ("measured in characters", by_characters)] {
        let fault = only_row_fault(&file("CYJC", &[monitor(1), second], 200, 14));
        assert_eq!(fault.row, 3);
        check(label, &fault.fault, "fiscal.line-length", Some(start(3)), None);
    }
    let fault = only_row_fault(&file("CYJC", &[monitor(1), line("X", &[])], 100, 7));
    check("tag", &fault.fault, "fiscal.line-type-unknown", Some(start(3)), None);
    let fault = only_row_fault(&file("CYJC", &[vec![], monitor(1)], 100, 7));
    check("empty line", &fault.fault, "fiscal.line-type-unknown", Some(start(2)), None);
    let stray = continuation(1, "02", "2", "甲");
    let fault = only_row_fault(&file("CLFK", &[stray.clone(), feedback("T/1", "4")], 0, 0));
    check("no owner", &fault.fault, "fiscal.continuation-invalid", Some(start(2)), None);
    let fault = only_row_fault(&file("CYJC", &[monitor(1), stray], 100, 7));
    check("text in monitoring", &fault.fault, "fiscal.continuation-invalid", Some(start(3)), None);
}

#[test]
fn bad_answers_are_named() {
    let measure = |request, applied| {
        line("D", &[(measure::SEQ, "00000001"), (measure::REQUEST, request), (measure::APPLIED, applied)])
    };
    let receipt_of = |message: &str, outcome: &str, rows: &str| {
        line(
            "D",
            &[
                (receipt::SEQ, "00000001"),
                (receipt::MESSAGE, message),
                (receipt::OUTCOME, outcome),
                (receipt::ROWS, rows),
            ],
        )
    };
    let timed =
        line("D", &[(f::SEQ, "00000001"), (f::ASSIGNMENT, "T/1"), (f::RESULT, "1"), (f::TIME, "20260931000000")]);
    let bad_row = vec![continuation(1, "16", "2", "0,x")];
    let cases: Vec<(&str, Vec<u8>, &str, usize, &str)> = vec![
        ("no assignment", text_file("CLFK", feedback("", "1"), vec![]), "fiscal.field-missing", 9, "派遣编号"),
        ("assignment", text_file("CLFK", feedback("TZ-2026", "1"), vec![]), "fiscal.number-invalid", 9, "派遣编号"),
        ("result", text_file("CLFK", feedback("T/1", "5"), vec![]), "fiscal.code-unknown", 57, "处理结果"),
        ("no reason", text_file("CLFK", feedback("T/1", "2"), vec![]), "fiscal.field-missing", 57, "内容"),
        ("time", text_file("CLFK", timed, vec![]), "fiscal.time-invalid", 58, "反馈时间"),
        ("no request", text_file("CSFK", measure("", "Y"), vec![]), "fiscal.field-missing", 9, "请求编号"),
        ("applied", text_file("CSFK", measure("A", "1"), vec![]), "fiscal.code-unknown", 73, "是否执行"),
        ("refused silently", text_file("CSFK", measure("A", "N"), vec![]), "fiscal.field-missing", 73, "内容"),
        (
            "message",
            text_file("HZ", receipt_of("a\tb", "1", "000000"), vec![]),
            "fiscal.number-invalid",
            9,
            "原报文标识",
        ),
        ("outcome", text_file("HZ", receipt_of("a", "0", "000000"), vec![]), "fiscal.code-unknown", 177, "回执结果"),
        ("rows", text_file("HZ", receipt_of("a", "3", "000001"), vec![]), "fiscal.count-mismatch", 178, "错误行数"),
        ("row", text_file("HZ", receipt_of("a", "3", "000001"), bad_row), "fiscal.number-invalid", 222, "错误行"),
    ];
    for (label, bytes, code, at, field) in cases {
        let fault = only_row_fault(&bytes);
        assert_eq!(fault.row, 2, "{label}");
        check(label, &fault.fault, code, Some(202 + at), Some(field));
    }
}

/// Each case is the second continuation line of a good first one.
#[test]
fn bad_continuation_lines_are_named() {
    let second = |column: &Column, text: &str| {
        let mut line = continuation(2, "02", "2", "乙");
        put(&mut line, column, &gb18030_bytes(text));
        line
    };
    let invalid = "fiscal.continuation-invalid";
    let cases: Vec<(&str, Vec<u8>, &str, Column)> = vec![
        ("owner", second(&c::SEQ, "00000002"), invalid, c::SEQ),
        ("number", second(&c::NUMBER, "00003"), invalid, c::NUMBER),
        ("item", second(&c::ITEM, "99"), "fiscal.code-unknown", c::ITEM),
        ("item begun too early", second(&c::ITEM, "01"), invalid, c::ITEM),
        ("mark", second(&c::MARK, "3"), invalid, c::MARK),
        ("not ended", second(&c::MARK, "0"), invalid, c::MARK),
        ("length", second(&c::LENGTH, "  2"), "fiscal.number-invalid", c::LENGTH),
        ("length in characters", second(&c::LENGTH, "001"), invalid, c::LENGTH),
        ("length past the end", second(&c::LENGTH, "181"), invalid, c::LENGTH),
        (
            "encoding",
            {
                let mut line = continuation(2, "02", "2", "乙");
                put(&mut line, &c::TEXT, &[0xb2, b'0']);
                line
            },
            "fiscal.encoding-truncated",
            c::TEXT,
        ),
    ];
    for (label, second, code, column) in cases {
        let first = continuation(1, "02", "0", "甲");
        let lengths =
            [&first, &second].map(|line| std::str::from_utf8(&line[17..20]).unwrap().parse().unwrap_or(0_i64));
        let bytes = file("CLFK", &[feedback("T/1", "4"), first, second], 2, lengths.iter().sum());
        let fault = only_row_fault(&bytes);
        assert_eq!(fault.row, 2, "{label}");
        check(label, &fault.fault, code, Some(start(4) + column.at), Some(column.name));
    }
    let twice = vec![continuation(1, "02", "2", "甲"), continuation(2, "02", "2", "乙")];
    let fault = only_row_fault(&text_file("CLFK", feedback("T/1", "4"), twice)).fault;
    check("item twice", &fault, invalid, Some(start(4) + c::TEXT.at), Some("栏目"));
    let cut = vec![continuation(1, "02", "2", "甲")[..150].to_vec()];
    let fault = only_row_fault(&text_file("CLFK", feedback("T/1", "4"), cut)).fault;
    check("line length", &fault, "fiscal.line-length", Some(start(3)), None);
    let long: Vec<_> =
        (1..=23).map(|n| continuation(n, "02", if n == 23 { "2" } else { "0" }, &"a".repeat(180))).collect();
    let fault = only_row_fault(&text_file("CLFK", feedback("T/1", "4"), long)).fault;
    check("too long", &fault, "fiscal.field-too-long", Some(start(3) + c::TEXT.at), Some("文本"));
}
