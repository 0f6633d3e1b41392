//! What records become, read back with the plugin's own reader.

use serde_json::json;
use xiezhi_sdk::Plugin;
use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::Record;

use super::*;
use crate::decode::RULES;

pub(super) fn assignment() -> Record {
    testing::assignment("police")
}

fn reminder() -> Record {
    serde_json::from_value(json!({
        "kind": "reminder", "schema_version": 1, "assignment": "TZ-2026-0000017/1",
        "case_number": "TZ-2026-0000017", "agency": "police", "clause": "5.3.9(2)",
        "party": {"uscc": "91110112MAYYT00167", "device": "MN-7"}, "title": "逾期未反馈",
        "due_at": "2026-09-28T23:59:59+08:00", "level": 2, "sent_at": "2026-09-29T09:00:00+08:00"
    }))
    .unwrap()
}

fn receipt() -> Record {
    serde_json::from_value(json!({
        "kind": "receipt", "schema_version": 1, "direction": "to_agency", "message_id": "gaj-0001",
        "outcome": "partial", "text": "3行中接收2行",
        "rows": [{"row": 2, "code": "uscc.check-character", "text": "校验位错误，应为“7”"}],
        "case_numbers": ["TZ-2026-0000017", "TZ-2026-0000018"]
    }))
    .unwrap()
}

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let encoded = Police::encode(record, &context(Value::Null)).unwrap();
    assert_eq!(encoded.content_type, "application/xml; charset=GB18030");
    encoded.body
}

/// Every field with its path, in order.
fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let text = ungb(bytes);
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<GAJHBW BBH=\"1.0\">"));
    let fields = testing::xml_fields(&text, &RULES).into_iter();
    fields.map(|(path, text)| (path.replacen("GAJHBW/", "", 1), text)).collect()
}

/// One `path=value` a line.
pub(super) fn check(record: &Record, expected: &str) {
    let lines: Vec<_> = fields(&encode(record)).into_iter().map(|(path, text)| format!("{path}={text}")).collect();
    assert_eq!(lines, testing::expected_lines(expected));
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    check(
        &assignment(),
        "BWT/BWBH=12MAYYG0015Y202609211000003GM61M
         BWT/XXBS=out-0001
         BWT/FSF=11110112MAYYG0015Y
         BWT/JSF=110112000000
         BWT/FSSJ=20260921100000
         BWT/YWLX=PQ
         BWST/PQXX/PQBH=TZ-2026-0000017/1
         BWST/PQXX/XTAJBH=TZ-2026-0000017
         BWST/PQXX/ZXBDM=2
         BWST/PQXX/ZXBMC=协办
         BWST/PQXX/YJTK=5.3.9(1)
         BWST/PQXX/YJTKMC=五（三）9（1）
         BWST/PQXX/SXLB=site_condition
         BWST/PQXX/SXLBMC=场所不具备特定条件
         BWST/PQXX/PQBT=登记住所1层临街外摆经营
         BWST/PQXX/PQNR=现场无营业执照，登记主体与实际经营者不符。
         BWST/PQXX/LYDW=urban-management
         BWST/PQXX/LYBH=11011220260921000873
         BWST/PQXX/PQSJ=20260921090600
         BWST/PQXX/FKQX=20260928235959
         BWST/DWXX/DWMC=北京潞河云驿科技有限公司
         BWST/DWXX/TYSHXYDM=91110112MAYYT00167
         BWST/DWXX/DWDZ=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         BWST/DWXX/XZJDDM=110112009
         BWST/DWXX/DQJD=116.661050000
         BWST/DWXX/DQWD=39.889670000
         BWST/DWXX/ZBX=CGCS2000",
    );
}

#[test]
fn a_reminder_names_the_assignment_and_how_often_it_was_urged() {
    check(
        &reminder(),
        "BWT/BWBH=12MAYYG0015Y202609211000003GM61M
         BWT/XXBS=out-0001
         BWT/FSF=11110112MAYYG0015Y
         BWT/JSF=110112000000
         BWT/FSSJ=20260921100000
         BWT/YWLX=DB
         BWST/DBXX/PQBH=TZ-2026-0000017/1
         BWST/DBXX/XTAJBH=TZ-2026-0000017
         BWST/DBXX/DBCS=2
         BWST/DBXX/YJTK=5.3.9(2)
         BWST/DBXX/YJTKMC=五（三）9（2）
         BWST/DBXX/DBBT=逾期未反馈
         BWST/DBXX/FKQX=20260928235959
         BWST/DBXX/DBSJ=20260929090000
         BWST/DWXX/TYSHXYDM=91110112MAYYT00167
         BWST/DWXX/SBBH=MN-7",
    );
}

#[test]
fn a_receipt_reports_every_refused_row() {
    check(
        &receipt(),
        "BWT/BWBH=12MAYYG0015Y202609211000003GM61M
         BWT/XXBS=out-0001
         BWT/FSF=11110112MAYYG0015Y
         BWT/JSF=110112000000
         BWT/FSSJ=20260921100000
         BWT/YWLX=HZ
         BWST/HZXX/YXXBS=gaj-0001
         BWST/HZXX/HZJGDM=2
         BWST/HZXX/HZJGMC=部分接收
         BWST/HZXX/HZNR=3行中接收2行
         BWST/HZXX/XTAJBH=TZ-2026-0000017
         BWST/HZXX/XTAJBH=TZ-2026-0000018
         BWST/HZXX/HXX/HH=2
         BWST/HZXX/HXX/CWDM=uscc.check-character
         BWST/HZXX/HXX/CWMS=校验位错误，应为“7”",
    );
}

#[test]
fn a_receipt_reads_back_as_it_was_written() {
    let Record::Receipt(read) = only_record(&encode(&receipt())) else { panic!("a receipt was wanted") };
    assert_eq!((read.message_id.as_str(), read.rows.len()), ("gaj-0001", 1));
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let sent = fields(&encode(&assignment()));
    let (_, number) = sent.iter().find(|(path, _)| path.ends_with("/PQBH")).unwrap();
    let rows = format!("<BWST><FKXX><PQBH>{number}</PQBH><JGDM>4</JGDM><FKNR>已查处</FKNR></FKXX></BWST>");
    let answer = serde_json::to_value(only_record(&gb(&message("CLFK", &rows)))).unwrap();
    assert_eq!((answer["assignment"].as_str(), answer["result"].as_str()), (Some("TZ-2026-0000017/1"), Some("done")));
}

#[test]
fn nothing_in_a_field_breaks_the_message() {
    let nasty = "]]></PQBT><!DOCTYPE x>&amp;\"'<a b='c'>\r\n\t漷㛃\u{20164}堃镕\u{e5e5}";
    let Record::Assignment(mut record) = assignment() else { panic!("an assignment was wanted") };
    record.title = nasty.to_owned();
    record.text = "甲\u{0}\u{b}乙\u{fffe}".to_owned();
    let sent = fields(&encode(&Record::Assignment(record)));
    let value = |name: &str| sent.iter().find(|(path, _)| path.ends_with(name)).unwrap().1.as_str();
    assert_eq!(value("/PQBT"), nasty);
    assert_eq!(value("/PQNR"), "甲\u{fffd}\u{fffd}乙\u{fffd}");
}

#[test]
fn the_same_record_gives_the_same_bytes_and_another_message_another_number() {
    assert_eq!(encode(&assignment()), encode(&assignment()));
    let mut other = context(Value::Null);
    other.message_id = MessageId::parse("out-0002").unwrap();
    assert_ne!(Police::encode(&assignment(), &other).unwrap().body, encode(&assignment()));
}

#[test]
fn settings_name_both_ends() {
    let ends = json!({"sender_code": "110112", "receiver_code": "110112530000"});
    let sent = fields(&Police::encode(&reminder(), &context(ends)).unwrap().body);
    let head: Vec<_> = sent.iter().take(4).map(|(_, text)| text.as_str()).collect();
    assert_eq!(head, ["000000110112202609211000003GM61M", "out-0001", "110112", "110112530000"]);
    for bad in [json!(""), json!("a b"), json!(7), json!("1".repeat(33))] {
        for name in ["sender_code", "receiver_code"] {
            let fault = Police::encode(&reminder(), &context(json!({name: bad}))).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("police.setting-invalid", Some(name)));
        }
    }
}

#[test]
fn other_records_are_refused() {
    let notice = serde_json::from_value(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    let fault = Police::encode(&notice.unwrap(), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "police.kind-unwritten");
    let Record::Receipt(mut theirs) = receipt() else { panic!("a receipt was wanted") };
    theirs.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    let fault = Police::encode(&Record::Receipt(theirs), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "police.direction-invalid");
    let supported = Police::describe().writes;
    let kinds = [assignment().kind(), reminder().kind(), "recall", "joint_punishment", "lift", receipt().kind()];
    assert_eq!(supported, kinds);
}
