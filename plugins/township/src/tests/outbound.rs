//! What is written: each kind as a table, the same bytes each time, and answers that fit.

use xiezhi_sdk::model::record::FeedbackResult;

use super::*;

pub(super) fn encode(record: &Record) -> String {
    let encoded = Township::encode(record, &context(Value::Null)).unwrap();
    assert_eq!(encoded.content_type, "text/csv; charset=UTF-8");
    assert_eq!(encoded, Township::encode(record, &context(Value::Null)).unwrap(), "the same bytes twice");
    let text = String::from_utf8(encoded.body).unwrap();
    text.strip_prefix('\u{feff}').unwrap().to_owned()
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

const PARTY_COLUMNS: &str = "企业名称,统一社会信用代码,地址,乡镇街道代码,经度,纬度,坐标系,设备编号";

#[test]
fn every_kind_is_one_table() {
    let party = json!({"name": "漷㛃𠅤", "uscc": "91110112MAYYT00167"});
    let cells = "漷㛃𠅤,91110112MAYYT00167,,,,,,";
    let punishment = json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "L1", "party": party, "measure_code": "C07",
        "legal_basis": "甲,\"乙\"", "until": "2029-09-21", "due_at": "2026-09-28T23:59:59+08:00"
    });
    let lift = json!({"kind": "lift", "schema_version": 1, "request": "L1", "party": party, "reason": "信用修复"});
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "=1+1"});
    let notice = json!({
        "kind": "notice", "schema_version": 1, "title": "暂停", "text": "一\n二", "act": "suspend",
        "cluster_address": "JQ-1", "party": party, "case_number": "T", "clause": "5.3.8", "decision": "通市监〔2026〕1号",
        "due_at": "2026-09-28T23:59:59+08:00"
    });
    let cases = [
        (
            testing::reminder("township-wenjing"),
            format!("派遣编号,案件编号,督办次数,依据条款,{PARTY_COLUMNS},督办标题,反馈期限,督办时间,处理结果,处理情况,处理时间"),
            "TZ-2026-0000017/1,TZ-2026-0000017,2,五（三）9（2）,北京潞河云驿科技有限公司,91110112MAYYT00167,,,,,,,逾期未反馈,\
             2026-09-28 23:59:59,2026-09-29 09:00:00,,,"
                .to_owned(),
        ),
        (
            record(punishment),
            format!("惩戒编号,{PARTY_COLUMNS},措施代码,惩戒依据,惩戒截止日期,反馈期限,落实结果,落实情况,落实时间"),
            format!("L1,{cells},C07,\"甲,\"\"乙\"\"\",2029-09-21,2026-09-28 23:59:59,,,"),
        ),
        (record(lift), format!("惩戒编号,{PARTY_COLUMNS},解除原因"), format!("L1,{cells},信用修复")),
        (record(recall), "派遣编号,撤回原因".to_owned(), "T/1,'=1+1".to_owned()),
        (
            record(notice),
            format!("通知标题,通知内容,决定事项,集群地址编号,{PARTY_COLUMNS},案件编号,依据条款,决定文号,办理期限"),
            format!("暂停,\"一\n二\",暂停,JQ-1,{cells},T,五（三）8,通市监〔2026〕1号,2026-09-28 23:59:59"),
        ),
    ];
    for (record, header, row) in cases {
        assert_eq!(encode(&record), format!("{header}\r\n{row}\r\n"), "{}", record.kind());
    }
}

#[test]
fn a_receipt_has_a_line_for_each_refused_row() {
    let expected = "原消息标识,接收结果,行号,错误代码,说明,案件编号\r\n\
                    in-0001,部分接收,,,3行中接收2行,TZ-2026-0000017；TZ-2026-0000018\r\n\
                    in-0001,本行未接收,2,uscc.check-character,校验位错误，应为“7”,\r\n";
    assert_eq!(encode(&testing::receipt()), expected);
}

#[test]
fn an_assignment_that_is_filled_in_comes_back_as_its_answer() {
    let sent = encode(&testing::assignment("township-wenjing"));
    let answer = sent.replacen(",,,\r\n", ",办结,'=已整改,2026/9/22 9:30\r\n", 1);
    assert_ne!(answer, sent);
    let Record::Feedback(feedback) = only_record(answer.as_bytes()) else { panic!("an answer") };
    assert_eq!(feedback.assignment.as_str(), "TZ-2026-0000017/1");
    assert_eq!((feedback.result, &*feedback.text), (FeedbackResult::Done, "=已整改"));
    assert_eq!(feedback.at.unwrap().to_spaced_beijing(), "2026-09-22 09:30:00");
}

#[test]
fn what_cannot_be_sent_is_named() {
    let mut receipt = serde_json::to_value(testing::receipt()).unwrap();
    receipt["direction"] = json!("from_agency");
    let fault = Township::encode(&record(receipt), &context(Value::Null)).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("township.direction-invalid", None));
    let fault = Township::encode(&only_record(INSPECTION), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "township.kind-unwritten");
    for kind in Township::describe().writes {
        assert!(Record::KINDS.contains(&kind.as_str()), "{kind}");
    }
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<Township>(&context(Value::Null), "township.measure-incomplete", ["措施代码", "惩戒依据"]);
}
