//! What is written: a workbook that this plugin itself reads, the same bytes each time.

use xiezhi_sdk::model::record::FeedbackResult;

use super::*;
use crate::cells;
use crate::workbook::Workbook;
use xiezhi_formats::csv::Item;

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let encoded = Housing::encode(record, &context(Value::Null)).unwrap();
    assert!(encoded.content_type.ends_with("spreadsheetml.sheet"));
    assert_eq!(encoded, Housing::encode(record, &context(Value::Null)).unwrap(), "the same bytes twice");
    encoded.body
}

/// The rows of a workbook, cells divided by commas.
pub(super) fn shown(bytes: &[u8]) -> Vec<String> {
    let book = Workbook::open(bytes).unwrap();
    let part = book.sheet(0).unwrap();
    let show = |item: Item<'_>| match item {
        Item::Row(row) => row.cells.iter().map(|cell| cell.text.as_ref()).collect::<Vec<_>>().join(","),
        other => panic!("{other:?}"),
    };
    cells::rows(&part, book.texts()).unwrap().into_iter().map(show).collect()
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

#[test]
fn every_kind_is_one_sheet() {
    let party = json!({"name": "漷㛃𠅤<&>", "uscc": "91110112MAYYT00167"});
    let cells = "漷㛃𠅤<&>,91110112MAYYT00167,,,,,,";
    let punishment = json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "L1", "party": party, "measure_code": "C07",
        "legal_basis": "=甲", "until": "2029-09-21", "due_at": "2026-09-28T23:59:59+08:00"
    });
    let lift = json!({"kind": "lift", "schema_version": 1, "request": "L1", "party": party, "reason": "信用修复"});
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "重复"});
    let notice = json!({"kind": "notice", "schema_version": 1, "title": "约谈", "text": "甲", "act": "interview"});
    for (record, row) in [
        (
            testing::reminder("housing"),
            "TZ-2026-0000017/1,TZ-2026-0000017,2,五（三）9（2）,北京潞河云驿科技有限公司,91110112MAYYT00167,,,,,,,逾期未反馈,\
             2026-09-28 23:59:59,2026-09-29 09:00:00"
                .to_owned(),
        ),
        (record(punishment), format!("L1,{cells},C07,=甲,2029-09-21,2026-09-28 23:59:59")),
        (record(lift), format!("L1,{cells},信用修复")),
        (record(recall), "T/1,重复".to_owned()),
        (record(notice), "约谈,甲,约谈".to_owned()),
    ] {
        assert_eq!(shown(&encode(&record))[1..], [row], "{}", record.kind());
    }
}

#[test]
fn a_receipt_has_a_row_for_each_refused_row() {
    let expected = [
        "原消息标识,接收结果,行号,错误代码,说明,案件编号",
        "in-0001,部分接收,,,3行中接收2行,TZ-2026-0000017；TZ-2026-0000018",
        "in-0001,本行未接收,2,uscc.check-character,校验位错误，应为“7”",
    ];
    assert_eq!(shown(&encode(&testing::receipt())), expected);
}

#[test]
fn an_assignment_that_is_filled_in_comes_back_as_its_answer() {
    let sent = shown(&encode(&testing::assignment("housing")));
    let blank = decode(&encode(&testing::assignment("housing"))).unwrap().document;
    assert_eq!(blank.row_faults[0].fault.field.as_deref(), Some("处理结果"), "sent back without an answer");
    let answer = [row(1, &sent[0]), row(2, &format!("{},已办结,已加固,2026/9/22 9:30", sent[1]))];
    let Record::Feedback(feedback) = only_record(&sheet(&answer.concat())) else { panic!("an answer") };
    assert_eq!((feedback.assignment.as_str(), feedback.result), ("TZ-2026-0000017/1", FeedbackResult::Done));
    assert_eq!(feedback.at.unwrap().to_spaced_beijing(), "2026-09-22 09:30:00");
}

#[test]
fn what_cannot_be_sent_is_named() {
    let mut receipt = serde_json::to_value(testing::receipt()).unwrap();
    receipt["direction"] = json!("from_agency");
    let fault = Housing::encode(&record(receipt), &context(Value::Null)).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("housing.direction-invalid", None));
    let finding = read(XLSX).0.remove(0).1;
    assert_eq!(Housing::encode(&finding, &context(Value::Null)).unwrap_err().code, "housing.kind-unwritten");
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<Housing>(&context(Value::Null), "housing.measure-incomplete", ["措施代码", "惩戒依据"]);
}
