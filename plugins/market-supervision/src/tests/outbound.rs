//! What records become.

use super::*;

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let encoded = MarketSupervision::encode(record, &context(Value::Null)).unwrap();
    assert_eq!(encoded.content_type, "application/json; charset=utf-8");
    encoded.body
}

fn read(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

/// One record of each further kind that is written, with its business and what its row must be.
fn others() -> [(Record, &'static str, Value); 4] {
    let party = json!({"name": "北京潞河云驿科技有限公司", "device": "MN-7"});
    [
        (
            read(json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "重复派遣"})),
            "Recall",
            json!({"AssignmentNo": "T/1", "Reason": "重复派遣"}),
        ),
        (
            read(json!({"kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-3", "party": party,
                "measure_code": "M09", "legal_basis": "条例第十八条", "until": "2029-09-20",
                "due_at": "2026-10-13T23:59:59+08:00"})),
            "JointPunishment",
            json!({"RequestNo": "LHCJ-3", "EntName": "北京潞河云驿科技有限公司", "Device": "MN-7", "MeasureCode": "M09",
                "LegalBasis": "条例第十八条", "Until": "2029-09-20", "DueAt": "2026-10-13T23:59:59+08:00"}),
        ),
        (
            read(json!({"kind": "lift", "schema_version": 1, "request": "LHCJ-3", "party": party, "reason": "修复"})),
            "Lift",
            json!({"RequestNo": "LHCJ-3", "EntName": "北京潞河云驿科技有限公司", "Device": "MN-7", "Reason": "修复"}),
        ),
        (
            read(json!({"kind": "notice", "schema_version": 1, "title": "暂停登记", "text": "内容", "act": "suspend",
                "party": party, "cluster_address": "JQ-0017", "case_number": "TZ-2026-0000017", "clause": "5.3.8(4)",
                "decision": "测试1号", "due_at": "2026-10-13T23:59:59+08:00"})),
            "Notice",
            json!({"Title": "暂停登记", "Content": "内容", "Act": "suspend", "EntName": "北京潞河云驿科技有限公司",
                "Device": "MN-7", "ClusterAddress": "JQ-0017", "CaseNo": "TZ-2026-0000017", "Clause": "5.3.8(4)",
                "ClauseCN": "五（三）8（4）", "PenDecNo": "测试1号", "DueAt": "2026-10-13T23:59:59+08:00"}),
        ),
    ]
}

fn check(record: &Record, business: &str, row: &Value) {
    let sent: Value = serde_json::from_slice(&encode(record)).unwrap();
    let expected = json!({"Version": "1.0", "MessageId": "out-0001", "Sender": "xiezhi",
        "Receiver": "11110112MAYYG0015Y", "SentAt": "2026-09-21T10:00:00+08:00", "Business": business, "Rows": [row]});
    assert_eq!(sent, expected);
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    let row = json!({"AssignmentNo": "TZ-2026-0000017/1", "CaseNo": "TZ-2026-0000017", "Role": "2", "RoleCN": "协办",
        "Clause": "5.3.9(1)", "ClauseCN": "五（三）9（1）", "Category": "site_condition", "CategoryCN": "场所不具备特定条件",
        "Title": "登记住所1层临街外摆经营", "Content": "现场无营业执照，登记主体与实际经营者不符。",
        "EntName": "北京潞河云驿科技有限公司", "UniSCID": "91110112MAYYT00167",
        "Dom": "北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号", "TownCode": "110112009",
        "Longitude": "116.661050000", "Latitude": "39.889670000", "Datum": "CGCS2000",
        "SourceAgency": "urban-management", "SourceNo": "11011220260921000873",
        "AssignedAt": "2026-09-21T09:06:00+08:00", "DueAt": "2026-09-28T23:59:59+08:00"});
    check(&testing::assignment(ID), "Assignment", &row);
}

#[test]
fn the_other_kinds_say_what_they_must() {
    let reminder = json!({"AssignmentNo": "TZ-2026-0000017/1", "CaseNo": "TZ-2026-0000017", "Level": 2,
        "Clause": "5.3.9(2)", "ClauseCN": "五（三）9（2）", "Title": "逾期未反馈", "EntName": "北京潞河云驿科技有限公司",
        "UniSCID": "91110112MAYYT00167", "DueAt": "2026-09-28T23:59:59+08:00",
        "RemindedAt": "2026-09-29T09:00:00+08:00"});
    check(&testing::reminder(ID), "Reminder", &reminder);
    for (record, business, row) in others() {
        check(&record, business, &row);
    }
}

#[test]
fn a_receipt_reports_every_refused_row_and_reads_back() {
    let row = json!({"MessageId": "in-0001", "OutcomeCode": "2", "OutcomeCN": "部分接收", "Content": "3行中接收2行",
        "Lines": [{"Row": 2, "ErrorCode": "uscc.check-character", "Content": "校验位错误，应为“7”"}],
        "CaseNos": ["TZ-2026-0000017", "TZ-2026-0000018"]});
    check(&testing::receipt(), "Receipt", &row);
    let Record::Receipt(mut back) = read(records_of("Receipt", row)[0].clone()) else { panic!("a receipt was wanted") };
    back.direction = xiezhi_sdk::model::record::Direction::ToAgency;
    assert_eq!(Record::Receipt(back), testing::receipt(), "read back, only its direction is another");
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let sent: Value = serde_json::from_slice(&encode(&testing::assignment(ID))).unwrap();
    let number = &sent["Rows"][0]["AssignmentNo"];
    let records = records_of("Feedback", json!({"AssignmentNo": number, "ResultCode": "4"}));
    assert_eq!(records[0]["assignment"], "TZ-2026-0000017/1");
}

#[test]
fn nothing_in_a_field_breaks_the_message() {
    let nasty = "\"},{\r\n\t\u{0}漷㛃\u{20164}堃镕\\";
    let Record::Assignment(mut record) = testing::assignment(ID) else { panic!("an assignment was wanted") };
    record.title = nasty.to_owned();
    record.role = "牵头".to_owned();
    let sent: Value = serde_json::from_slice(&encode(&Record::Assignment(record))).unwrap();
    let row = &sent["Rows"][0];
    assert_eq!(
        (row["Title"].as_str(), row["RoleCN"].as_str(), row["Role"].as_str()),
        (Some(nasty), Some("牵头"), Some("9"))
    );
}

#[test]
fn settings_name_both_ends() {
    let encoded =
        MarketSupervision::encode(&testing::receipt(), &context(json!({"sender_code": "A", "receiver_code": "B"})));
    let sent: Value = serde_json::from_slice(&encoded.unwrap().body).unwrap();
    assert_eq!((&sent["Sender"], &sent["Receiver"]), (&json!("A"), &json!("B")));
    for name in ["sender_code", "receiver_code"] {
        let fault = MarketSupervision::encode(&testing::receipt(), &context(json!({name: "甲"}))).unwrap_err();
        assert_eq!(fault.code, "market-supervision.setting-invalid");
    }
}

#[test]
fn other_records_are_refused_and_the_same_gives_the_same() {
    let [recall, punishment, lift, notice] = others().map(|(record, ..)| record);
    let written =
        [testing::assignment(ID), testing::reminder(ID), recall, punishment, lift, notice, testing::receipt()];
    let kinds: Vec<&str> = written.iter().map(Record::kind).collect();
    assert_eq!(MarketSupervision::describe().writes, kinds);
    for record in &written {
        assert_eq!(encode(record), encode(record));
    }
    let alarm = read(json!({"kind": "alarm", "schema_version": 1, "reference": "A", "party": {"name": "甲"},
        "issue": {"code_system": "s", "code": "c"}, "text": "x"}));
    let fault = MarketSupervision::encode(&alarm, &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "market-supervision.kind-unwritten");
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    let fault = MarketSupervision::encode(&Record::Receipt(theirs), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "market-supervision.direction-invalid");
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<MarketSupervision>(
        &context(Value::Null),
        "market-supervision.measure-incomplete",
        ["MeasureCode", "LegalBasis"],
    );
}
