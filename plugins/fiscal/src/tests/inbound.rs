//! What good files become.

use serde_json::json;

use super::*;
use crate::layout::{measure, monitor as m, receipt};

#[test]
fn the_sample_becomes_one_indicator_for_each_enterprise() {
    let [first, second] = records(MONITOR).try_into().unwrap();
    assert_eq!(
        json(&second),
        json!({
            "kind": "indicator", "schema_version": 1, "reference": "CYJC-20260930-00000002",
            "party": {"name": "北京漷南数智商务服务有限公司", "uscc": "91110112MAYYT00242", "town": "110112106"},
            "period": "month", "data_time": "2026-09-01T00:00:00+08:00",
            "measurements": [
                {"factor": "revenue", "statistic": "fen", "value": "128450000"},
                {"factor": "tax", "statistic": "fen", "value": "3711520"}
            ],
            "extra": {
                "序号": "00000002", "报送日期": "2026-09-30", "所属期": "202609", "经营标志": "1", "行业代码": "6520",
                "迁移标志": "N"
            }
        })
    );
    let first = json(&first);
    assert_eq!((&first["measurements"][0]["value"], &first["extra"]["经营标志"]), (&json!("0"), &json!("0")));
}

#[test]
fn line_ends_and_blank_columns_may_vary() {
    let expected = records(MONITOR);
    assert_eq!(records(&MONITOR[..MONITOR.len() - 2]), expected, "no line end at the end");
    let unix: Vec<u8> = MONITOR.iter().copied().filter(|&byte| byte != b'\r').collect();
    assert_eq!(records(&unix), expected);
    let mut row = monitor(1);
    for column in [m::NAME, m::TOWN, m::INDUSTRY] {
        put(&mut row, &column, b"");
    }
    put(&mut row, &m::FILLER, &gb18030_bytes("备注甲"));
    let record = json(&only_record(&file("CYJC", &[row], 100, 7)));
    assert_eq!(record["party"], json!({"uscc": "91110112MAYYT00242"}));
    assert_eq!((record["extra"].get("行业代码"), &record["extra"]["备用"]), (None, &json!("备注甲")));
}

#[test]
fn amounts_are_whole_fen() {
    for (written, value) in [
        ("000000000000000", "0"),
        ("999999999999999", "999999999999999"),
        ("-00000000000001", "-1"),
        ("000000000000010", "10"),
    ] {
        let mut row = monitor(1);
        put(&mut row, &m::REVENUE, written.as_bytes());
        let message = file("CYJC", &[row], value.parse().unwrap(), 7);
        assert_eq!(json(&only_record(&message))["measurements"][0]["value"], value);
    }
}

#[test]
fn a_bad_line_costs_that_line_and_still_counts() {
    let decoded = decode(CUT_NAME).unwrap().document;
    assert_eq!(decoded.records.iter().map(|row| row.row).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(json(&decoded.records[1].record)["party"]["name"], "北京台湖安居㛃餐饮管理有限公司");
    let [fault] = decoded.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 3);
    check("cut name", &fault.fault, "fiscal.encoding-truncated", Some(2 * 202 + 27 + 79), Some("名称"));
    assert!(fault.fault.text.contains("名称栏（80字节）末尾的汉字被截断"));
}

#[test]
fn an_unreadable_amount_costs_its_line_and_the_others_say_so() {
    let mut bad = monitor(1);
    put(&mut bad, &m::TAX, b"00000000000O007");
    let decoded = decode(&file("CYJC", &[bad, monitor(2)], 200, 14)).unwrap().document;
    let [record] = decoded.records.try_into().unwrap();
    assert_eq!((record.row, json(&record.record)["extra"].get("合计_TS").is_some()), (3, true));
    check("amount", &decoded.row_faults[0].fault, "fiscal.number-invalid", Some(202 + 135), Some("税收"));
}

#[test]
fn answers_of_the_office_are_read() {
    let decoded = decode(FEEDBACK).unwrap().document;
    assert_eq!(
        serde_json::to_value(&decoded).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "CY-2026-0031", "assignment": "TZ-2026-0000017/1",
                "result": "done", "text": "已核对漷县镇税源，企业已补报。\n联系人已告知㛃字写法。",
                "at": "2026-09-30T10:15:00+08:00"
            }},
            {"row": 5, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "CYB-20260930-0007-00000002",
                "assignment": "TZ-2026-0000018/2", "result": "returned", "text": "不属财源建设职责，请转税务部门。"
            }}
        ]})
    );
    for (code, result) in [("1", "accepted"), ("3", "in_progress"), ("4", "done")] {
        assert_eq!(json(&only_record(&text_file("CLFK", feedback("T/1", code), vec![])))["result"], result);
    }
    let detail = |applied| {
        line(
            "D",
            &[
                (measure::SEQ, "00000001"),
                (measure::REQUEST, "LH-1"),
                (measure::APPLIED, applied),
                (measure::TIME, "20260930101500"),
            ],
        )
    };
    let refused = text_file("CSFK", detail("N"), vec![continuation(1, "02", "2", "不在财政资金项目内")]);
    assert_eq!(
        json(&only_record(&refused)),
        json!({"kind": "measure_feedback", "schema_version": 1, "reference": "CSFK-20260930-00000001", "request": "LH-1",
               "applied": false, "text": "不在财政资金项目内", "at": "2026-09-30T10:15:00+08:00"})
    );
    assert_eq!(json(&only_record(&text_file("CSFK", detail("Y"), vec![])))["applied"], true);
}

#[test]
fn receipts_are_read() {
    let detail = line(
        "D",
        &[
            (receipt::SEQ, "00000001"),
            (receipt::MESSAGE, "out-0001"),
            (receipt::OUTCOME, "2"),
            (receipt::ROWS, "000002"),
            (receipt::CASES, "000000"),
        ],
    );
    let lines = vec![
        continuation(1, "14", "2", "x"),
        continuation(2, "16", "2", "3,E01,缺,地址"),
        continuation(3, "16", "2", "5,E02"),
    ];
    assert_eq!(
        json(&only_record(&text_file("HZ", detail, lines))),
        json!({"kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
               "outcome": "partial", "code": "x", "text": "",
               "rows": [{"row": 3, "code": "E01", "text": "缺,地址"}, {"row": 5, "code": "E02", "text": ""}]})
    );
}

#[test]
fn damaged_codes_are_mended_or_cost_their_line() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    // A column has 18 bytes, so what is longer (full-width digits, an apostrophe in front) is cut and cannot be mended.
    let mut outcomes = Vec::new();
    for (label, code) in table.lines().filter_map(|line| line.split_once('\t')) {
        let mut bytes = gb18030_bytes(code);
        bytes.truncate(18);
        let mut row = monitor(1);
        put(&mut row, &m::USCC, &bytes);
        let decoded = decode(&file("CYJC", &[row], 100, 7)).unwrap().document;
        outcomes.push(match decoded.row_faults.first() {
            Some(fault) => {
                assert_eq!(fault.fault.field.as_deref(), Some("统一社会信用代码"), "{label}");
                fault.fault.code.clone()
            }
            None => {
                let record = json(&decoded.records[0].record);
                format!("{} {}", record["party"]["uscc"], record["extra"].get("统一社会信用代码_TS").is_some())
            }
        });
    }
    let expected = [
        "uscc.check-character",
        "uscc.check-character",
        "uscc.character",
        "uscc.character",
        "\"91110112MAYYT00167\" false",
        "uscc.length",
        "uscc.length",
        "\"91110112MAYYT0010L\" true",
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn real_codes_pass_without_a_note() {
    let table = include_str!("../../../../tests/samples/16-uscc-valid.tsv");
    let codes: Vec<_> = table.lines().filter_map(|line| line.split_once('\t')).collect();
    let rows: Vec<_> = (1..)
        .zip(&codes)
        .map(|(seq, (code, _))| {
            let mut row = monitor(seq);
            put(&mut row, &m::USCC, code.as_bytes());
            row
        })
        .collect();
    let count = i64::try_from(rows.len()).unwrap();
    let records = records(&file("CYJC", &rows, 100 * count, 7 * count));
    assert_eq!(records.len(), 25);
    assert!(records.iter().all(|record| json(record)["extra"].get("统一社会信用代码_TS").is_none()));
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for bytes in [MONITOR, BAD_TOTAL, FEEDBACK, CUT_NAME] {
        assert_eq!(decode(bytes), decode(bytes));
    }
    assert_eq!(Fiscal::describe(), Fiscal::describe());
    assert_eq!(Fiscal::describe().id, "fiscal");
}
