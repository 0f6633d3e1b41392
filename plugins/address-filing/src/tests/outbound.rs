//! What records become, held against the published schema.

use xiezhi_formats::schema_check::{breaches, properties};
use xiezhi_sdk::model::MessageId;

use super::schema::schema;
use super::*;

pub(super) fn encode(record: &Record) -> String {
    let encoded = AddressFiling::encode(record, &context(Value::Null)).unwrap();
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
        "kind": "notice", "schema_version": 1, "title": "暂停集群注册地址登记注册手续办理",
        "text": "约谈后改正效果不明显，自即日起暂停该地址登记注册手续办理。", "act": "suspend",
        "party": {
            "name": "文景街道云景东路集群", "address": "北京市通州区文景街道云景东路1号院6号楼3层", "town": "110112009"
        },
        "cluster_address": "JQ-110112009-0003", "case_number": "TZ-2026-0000017", "clause": "5.3.8(4)",
        "decision": "京通市监集群〔2026〕3号", "due_at": "2026-12-31T23:59:59+08:00"
    }))
}

fn punishment() -> Record {
    record(json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167"}, "measure_code": "A-09",
        "legal_basis": "《市场主体登记管理条例》第四十条", "until": "2029-09-21", "due_at": "2026-10-12T23:59:59+08:00"
    }))
}

fn lift() -> Record {
    record(json!({
        "kind": "lift", "schema_version": 1, "request": "LHCJ-2026-0003", "party": {"uscc": "91110112MAYYT00167"},
        "reason": "信用修复"
    }))
}

fn all() -> [Record; 6] {
    let agency = "address-filing";
    [testing::assignment(agency), testing::reminder(agency), notice(), punishment(), lift(), testing::receipt()]
}

#[test]
fn every_kind_that_is_written_obeys_the_schema() {
    let header = json!({
        "message_number": "out-0001", "sender": "11110112MAYYG0015Y", "receiver": "ZSBA-110112",
        "sent_at": "2026-09-21T10:00:00+08:00", "row_count": 1
    });
    for record in all() {
        let value = sent(&record);
        assert_eq!((&value["format"], &value["header"]), (&json!("address-filing/1"), &header));
        assert_eq!(value["rows"][0]["type"], record.kind());
    }
    assert_eq!(AddressFiling::describe().writes, all().map(|record| record.kind()));
}

#[test]
fn every_published_member_of_what_is_written_is_written() {
    for record in all() {
        let row = sent(&record)["rows"][0].clone();
        let mut names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
        if record.kind() == "receipt" {
            names.push("code"); // Only where a whole message is refused.
        }
        names.sort_unstable();
        assert_eq!(names, properties(&schema(), record.kind()), "{}", record.kind());
    }
}

#[test]
fn a_notice_says_what_was_decided_and_why() {
    assert_eq!(
        sent(&notice())["rows"][0],
        json!({
            "type": "notice", "title": "暂停集群注册地址登记注册手续办理",
            "text": "约谈后改正效果不明显，自即日起暂停该地址登记注册手续办理。", "act": "suspend",
            "act_name": "暂停登记注册手续办理", "address_number": "JQ-110112009-0003", "case_number": "TZ-2026-0000017",
            "clause": "5.3.8(4)", "clause_name": "五（三）8（4）", "decision": "京通市监集群〔2026〕3号",
            "due_at": "2026-12-31T23:59:59+08:00",
            "party": {
                "name": "文景街道云景东路集群", "address": "北京市通州区文景街道云景东路1号院6号楼3层", "town": "110112009"
            }
        })
    );
    let plain = record(json!({"kind": "notice", "schema_version": 1, "title": "题", "text": "文", "act": "other"}));
    assert_eq!(sent(&plain)["rows"][0], json!({"type": "notice", "title": "题", "text": "文", "act": "other"}));
}

#[test]
fn a_notice_that_nobody_could_act_on_is_refused() {
    let bare = json!({"kind": "notice", "schema_version": 1, "title": "题", "text": "文"});
    for (act, more, field) in [
        ("interview", json!({"due_at": "2026-12-31T23:59:59+08:00"}), "clause"),
        ("rectify", json!({"clause": "5.3.8(1)"}), "due_at"),
        ("suspend", json!({"clause": "5.3.8(1)"}), "cluster_address"),
        ("resume", json!({}), "cluster_address"),
        ("cancel", json!({}), "cluster_address"),
    ] {
        let notice = record(with(with(bare.clone(), json!({"act": act})), more));
        let fault = AddressFiling::encode(&notice, &context(Value::Null)).unwrap_err();
        assert_eq!(
            (fault.code.as_str(), fault.field.as_deref()),
            ("address-filing.record-incomplete", Some(field)),
            "{act}"
        );
        assert!(!fault.text.is_ascii());
    }
    for act in ["interview", "rectify"] {
        let whole = json!({"act": act, "clause": "5.3.8(1)", "due_at": "2026-12-31T23:59:59+08:00"});
        assert!(!sent(&record(with(bare.clone(), whole)))["rows"][0]["act_name"].is_null());
    }
}

#[test]
fn a_receipt_reads_back_as_it_was_written() {
    let Record::Receipt(wrote) = testing::receipt() else { panic!("a receipt was wanted") };
    let Record::Receipt(read) = only_record(&encode(&testing::receipt())) else { panic!("a receipt was wanted") };
    assert_eq!(
        (read.message_id, read.outcome, read.text, read.rows),
        (wrote.message_id, wrote.outcome, wrote.text, wrote.rows)
    );
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let row = sent(&testing::assignment("address-filing"))["rows"][0].clone();
    assert_eq!((row["clause_name"].as_str(), row["role_name"].as_str()), (Some("五（三）9（1）"), Some("协办")));
    assert_eq!(row["party"]["longitude"], "116.661050000");
    let answer = json!({"type": "feedback", "assignment": row["assignment"], "result": "done"});
    let answer = serde_json::to_value(only_record(&message(&[answer]))).unwrap();
    assert_eq!((answer["assignment"].as_str(), answer["result"].as_str()), (Some("TZ-2026-0000017/1"), Some("done")));
}

#[test]
fn nothing_in_a_field_breaks_the_message() {
    let nasty = "\"}],\"rows\":[\\ \r\n\t\u{0}\u{1}漷㛃\u{20164}堃镕\u{e5e5}\u{fffe}";
    let Record::Assignment(mut assignment) = testing::assignment("address-filing") else { panic!("an assignment") };
    assignment.title = nasty.to_owned();
    assert_eq!(sent(&Record::Assignment(assignment))["rows"][0]["title"], nasty);
}

#[test]
fn the_same_record_gives_the_same_bytes_and_settings_name_both_ends() {
    assert_eq!(encode(&notice()), encode(&notice()));
    let mut other = context(json!({"sender_code": "S-1", "receiver_code": "R-1"}));
    other.message_id = MessageId::parse("out-0002").unwrap();
    let body = AddressFiling::encode(&notice(), &other).unwrap().body;
    let header = serde_json::from_slice::<Value>(&body).unwrap()["header"].clone();
    assert_eq!(
        (&header["message_number"], &header["sender"], &header["receiver"]),
        (&json!("out-0002"), &json!("S-1"), &json!("R-1"))
    );
    for bad in [json!(""), json!("a b"), json!(7), json!("1".repeat(33))] {
        for name in ["sender_code", "receiver_code"] {
            let fault = AddressFiling::encode(&notice(), &context(json!({name: bad}))).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("address-filing.setting-invalid", Some(name)));
        }
    }
}

#[test]
fn other_records_are_refused() {
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "重复"});
    let fault = AddressFiling::encode(&record(recall), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "address-filing.kind-unwritten");
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    let fault = AddressFiling::encode(&Record::Receipt(theirs), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "address-filing.direction-invalid");
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<AddressFiling>(
        &context(Value::Null),
        "address-filing.measure-incomplete",
        ["measure_code", "legal_basis"],
    );
}
