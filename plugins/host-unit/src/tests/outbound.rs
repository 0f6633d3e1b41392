//! What records become, held against the published schema.

use xiezhi_formats::schema_check::{breaches, properties};

use super::schema::schema;
use super::*;

fn link() -> Context {
    context(json!({"host_unit_number": "ZB-0101", "host_unit_name": "中关村通州园管理委员会（测试）"}))
}

pub(super) fn encode(record: &Record) -> String {
    let encoded = HostUnit::encode(record, &link()).unwrap();
    assert_eq!(encoded.content_type, "application/json; charset=UTF-8");
    String::from_utf8(encoded.body).unwrap()
}

fn sent(record: &Record) -> Value {
    let value: Value = serde_json::from_str(&encode(record)).unwrap();
    assert_eq!(breaches(&schema(), &value), Vec::<String>::new(), "{value}");
    value
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

pub(super) fn notice() -> Record {
    record(json!({
        "kind": "notice", "schema_version": 1, "title": "集群注册地址管理约谈通知",
        "text": "贵单位主办的集群注册地址入驻经营主体年报率低于95%，请按时参加约谈。", "act": "interview",
        "party": {"name": "中关村通州园管理委员会（测试）"}, "cluster_address": "JQ-110112009-0003",
        "case_number": "TZ-2026-0000017", "clause": "5.3.8(4)", "decision": "京通市监约谈〔2026〕7号",
        "due_at": "2026-09-25T17:00:00+08:00"
    }))
}

fn all() -> [Record; 4] {
    [testing::assignment("host-unit"), testing::reminder("host-unit"), notice(), testing::receipt()]
}

#[test]
fn every_kind_that_is_written_obeys_the_schema() {
    for record in all() {
        let value = sent(&record);
        assert_eq!((&value["format"], &value["rows"][0]["type"]), (&json!("host-unit/1"), &json!(record.kind())));
        assert_eq!(
            value["header"],
            json!({
                "message_number": "out-0001", "sender": "11110112MAYYG0015Y", "receiver": "ZB-0101",
                "sent_at": "2026-09-21T10:00:00+08:00", "row_count": 1, "host_unit_number": "ZB-0101",
                "host_unit": "中关村通州园管理委员会（测试）"
            })
        );
        let mut names: Vec<_> = value["rows"][0].as_object().unwrap().keys().map(String::as_str).collect();
        if record.kind() == "receipt" {
            names.push("code"); // Only where a whole message is refused.
        }
        names.sort_unstable();
        assert_eq!(names, properties(&schema(), record.kind()), "every published member is written");
    }
    assert_eq!(HostUnit::describe().writes, all().map(|record| record.kind()));
}

#[test]
fn a_link_without_a_number_is_known_by_its_agency() {
    let body = HostUnit::encode(&notice(), &context(Value::Null)).unwrap().body;
    let header = serde_json::from_slice::<Value>(&body).unwrap()["header"].clone();
    assert_eq!((&header["host_unit_number"], header.get("host_unit")), (&json!("host-unit"), None));
}

#[test]
fn the_four_steps_of_the_measure_are_written_with_clause_and_date() {
    for (act, name) in [
        ("interview", "约谈"),
        ("rectify", "限期改正"),
        ("suspend", "暂停登记注册手续办理"),
        ("cancel", "取消集群注册地址"),
    ] {
        let Record::Notice(mut notice) = notice() else { panic!("a notice was wanted") };
        notice.act = Some(act.to_owned());
        let row = sent(&Record::Notice(notice))["rows"][0].clone();
        assert_eq!((&row["act_name"], &row["clause_name"]), (&json!(name), &json!("五（三）8（4）")));
        assert_eq!(row["due_at"], "2026-09-25T17:00:00+08:00");
    }
    let Record::Notice(whole) = notice() else { panic!("a notice was wanted") };
    for (act, field) in [("interview", "due_at"), ("rectify", "clause"), ("suspend", "cluster_address")] {
        let mut notice = whole.clone();
        notice.act = Some(act.to_owned());
        match field {
            "due_at" => notice.due_at = None,
            "clause" => notice.clause = None,
            _ => notice.cluster_address = None,
        }
        let fault = HostUnit::encode(&Record::Notice(notice), &link()).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("host-unit.record-incomplete", Some(field)));
    }
}

#[test]
fn what_was_sent_can_be_answered_and_read_back() {
    let row = sent(&testing::assignment("host-unit"))["rows"][0].clone();
    let answer = json!({"type": "feedback", "assignment": row["assignment"], "result": "done"});
    let answer = serde_json::to_value(only_record(&message(&[answer]))).unwrap();
    assert_eq!((answer["assignment"].as_str(), answer["result"].as_str()), (Some("TZ-2026-0000017/1"), Some("done")));
    let Record::Receipt(wrote) = testing::receipt() else { panic!("a receipt was wanted") };
    let Record::Receipt(read) = only_record(&encode(&testing::receipt())) else { panic!("a receipt was wanted") };
    assert_eq!((read.message_id, read.outcome, read.rows), (wrote.message_id, wrote.outcome, wrote.rows));
}

#[test]
fn nothing_in_a_field_breaks_the_message_and_the_bytes_are_the_same_again() {
    let nasty = "\"}],\"rows\":[\\ \r\n\t\u{0}漷㛃\u{20164}堃镕\u{e5e5}";
    let Record::Notice(mut notice) = notice() else { panic!("a notice was wanted") };
    notice.title = nasty.to_owned();
    let notice = Record::Notice(notice);
    assert_eq!(sent(&notice)["rows"][0]["title"], nasty);
    assert_eq!(encode(&notice), encode(&notice));
}

#[test]
fn wrong_settings_are_named() {
    let long = "名".repeat(201);
    for (name, bad) in [
        ("sender_code", json!("a b")),
        ("host_unit_number", json!("")),
        ("host_unit_number", json!("中关村")),
        ("host_unit_name", json!("")),
        ("host_unit_name", json!(" 甲")),
        ("host_unit_name", json!("甲\n乙")),
        ("host_unit_name", json!(long)),
        ("host_unit_name", json!(7)),
    ] {
        let fault = HostUnit::encode(&notice(), &context(json!({name: bad}))).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("host-unit.setting-invalid", Some(name)));
    }
}

#[test]
fn other_records_are_refused() {
    let lift = json!({"kind": "lift", "schema_version": 1, "request": "R", "party": {"name": "甲"}, "reason": "修复"});
    assert_eq!(HostUnit::encode(&record(lift), &link()).unwrap_err().code, "host-unit.kind-unwritten");
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    let fault = HostUnit::encode(&Record::Receipt(theirs), &link()).unwrap_err();
    assert_eq!(fault.code, "host-unit.direction-invalid");
}
