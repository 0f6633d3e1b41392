//! What records become.

use super::*;

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let encoded = Hotline::encode(record, &context(Value::Null)).unwrap();
    assert_eq!(encoded.content_type, "application/x-ndjson; charset=utf-8");
    encoded.body
}

fn read(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn party() -> Value {
    json!({"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167"})
}

fn joint_punishment() -> Record {
    read(json!({"kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003", "party": party(),
        "measure_code": "M09", "legal_basis": "企业信息公示暂行条例", "until": "2029-09-20",
        "due_at": "2026-10-13T23:59:59+08:00"}))
}

fn lift() -> Record {
    read(
        json!({"kind": "lift", "schema_version": 1, "request": "LHCJ-2026-0003", "party": party(), "reason": "信用修复"}),
    )
}

fn notice() -> Record {
    read(json!({"kind": "notice", "schema_version": 1, "title": "暂停登记", "text": "该地址暂停办理登记",
        "act": "suspend", "party": party(), "cluster_address": "JQ-0017", "case_number": "TZ-2026-0000017",
        "clause": "5.3.8(4)", "decision": "测试决定1号", "due_at": "2026-10-13T23:59:59+08:00"}))
}

/// The line, without what all of them share.
fn check(record: &Record, kind: &str, expected: &str) {
    let line = String::from_utf8(encode(record)).unwrap();
    assert_eq!(line.matches('\n').count(), 1, "one line: {line}");
    let head = format!("{{\"type\":\"{kind}\",\"messageId\":\"out-0001\",\"sentTime\":\"2026-09-21T10:00:00+08:00\",");
    let rest = line.strip_prefix(&head).unwrap_or_else(|| panic!("{line}"));
    let expected: String = expected.lines().map(str::trim).collect();
    assert_eq!(rest.trim_end(), expected);
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    check(
        &testing::assignment("hotline"),
        "assignment",
        "\"assignmentNo\":\"TZ-2026-0000017/1\",\"caseNo\":\"TZ-2026-0000017\",\"role\":\"协办\",\
         \"clause\":\"5.3.9(1)\",\"clauseName\":\"五（三）9（1）\",\"category\":\"site_condition\",\
         \"categoryName\":\"场所不具备特定条件\",\"title\":\"登记住所1层临街外摆经营\",\
         \"content\":\"现场无营业执照，登记主体与实际经营者不符。\",\"respondent\":\"北京潞河云驿科技有限公司\",\
         \"respondentUscc\":\"91110112MAYYT00167\",\
         \"respondentAddress\":\"北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号\",\
         \"townCode\":\"110112009\",\"longitude\":\"116.661050000\",\"latitude\":\"39.889670000\",\
         \"datum\":\"CGCS2000\",\"sourceAgency\":\"urban-management\",\"sourceNo\":\"11011220260921000873\",\
         \"assignTime\":\"2026-09-21T09:06:00+08:00\",\"dueTime\":\"2026-09-28T23:59:59+08:00\"}",
    );
}

#[test]
fn the_other_kinds_say_what_they_must() {
    let party = "\"respondent\":\"北京潞河云驿科技有限公司\",\"respondentUscc\":\"91110112MAYYT00167\"";
    check(
        &testing::reminder("hotline"),
        "reminder",
        &format!(
            "\"assignmentNo\":\"TZ-2026-0000017/1\",\"caseNo\":\"TZ-2026-0000017\",\"level\":2,\
             \"clause\":\"5.3.9(2)\",\"clauseName\":\"五（三）9（2）\",\"title\":\"逾期未反馈\",{party},\
             \"dueTime\":\"2026-09-28T23:59:59+08:00\",\"remindTime\":\"2026-09-29T09:00:00+08:00\"}}"
        ),
    );
    check(
        &joint_punishment(),
        "joint_punishment",
        &format!(
            "\"requestNo\":\"LHCJ-2026-0003\",{party},\"measureCode\":\"M09\",\"legalBasis\":\"企业信息公示暂行条例\",\
             \"until\":\"2029-09-20\",\"dueTime\":\"2026-10-13T23:59:59+08:00\"}}"
        ),
    );
    check(&lift(), "lift", &format!("\"requestNo\":\"LHCJ-2026-0003\",{party},\"reason\":\"信用修复\"}}"));
    check(
        &notice(),
        "notice",
        &format!(
            "\"title\":\"暂停登记\",\"content\":\"该地址暂停办理登记\",\"act\":\"suspend\",{party},\
             \"clusterAddress\":\"JQ-0017\",\"caseNo\":\"TZ-2026-0000017\",\"clause\":\"5.3.8(4)\",\
             \"clauseName\":\"五（三）8（4）\",\"decision\":\"测试决定1号\",\"dueTime\":\"2026-10-13T23:59:59+08:00\"}}"
        ),
    );
    check(
        &read(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"})),
        "notice",
        "\"title\":\"t\",\"content\":\"x\"}",
    );
}

#[test]
fn a_receipt_has_a_status_for_each_refused_line_and_reads_back() {
    let line = String::from_utf8(encode(&testing::receipt())).unwrap();
    let expected = "{\"type\":\"receipt\",\"messageId\":\"in-0001\",\
        \"sentTime\":\"2026-09-21T10:00:00+08:00\",\"outcome\":\"部分接收\",\"text\":\"3行中接收2行\",\
        \"lines\":[{\"line\":2,\"status\":\"拒收\",\"code\":\"uscc.check-character\",\"text\":\"校验位错误，应为“7”\"}],\
        \"caseNumbers\":[\"TZ-2026-0000017\",\"TZ-2026-0000018\"]}\n";
    assert_eq!(line, expected);
    let Record::Receipt(mut back) = only_record(line.as_bytes()) else { panic!("a receipt was wanted") };
    back.direction = xiezhi_sdk::model::record::Direction::ToAgency;
    assert_eq!(Record::Receipt(back), testing::receipt(), "read back, only its direction is another");
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let sent: Value = serde_json::from_slice(&encode(&testing::assignment("hotline"))).unwrap();
    let answer = json!({"type": "feedback", "assignmentNo": sent["assignmentNo"], "result": "已办结"});
    let answer = serde_json::to_value(only_record(&lines(&[answer]))).unwrap();
    assert_eq!((answer["assignment"].as_str(), answer["result"].as_str()), (Some("TZ-2026-0000017/1"), Some("done")));
}

#[test]
fn nothing_in_a_field_breaks_the_line() {
    let nasty = "\"},{\r\n\t\u{0}\u{2028}漷㛃\u{20164}堃镕\\";
    let Record::Assignment(mut record) = testing::assignment("hotline") else { panic!("an assignment was wanted") };
    record.title = nasty.to_owned();
    record.role = "牵头".to_owned();
    let bytes = encode(&Record::Assignment(record));
    assert_eq!(bytes.iter().filter(|&&byte| byte == b'\n').count(), 1);
    let sent: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((sent["title"].as_str(), sent["role"].as_str()), (Some(nasty), Some("牵头")));
}

#[test]
fn other_records_are_refused_and_the_same_gives_the_same() {
    let kinds: Vec<&str> = [
        testing::assignment("hotline"),
        testing::reminder("hotline"),
        joint_punishment(),
        lift(),
        notice(),
        testing::receipt(),
    ]
    .iter()
    .map(|record| {
        assert_eq!(encode(record), encode(record));
        record.kind()
    })
    .collect();
    assert_eq!(Hotline::describe().writes, kinds);
    let recall = read(json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "x"}));
    assert_eq!(Hotline::encode(&recall, &context(Value::Null)).unwrap_err().code, "hotline.kind-unwritten");
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    let fault = Hotline::encode(&Record::Receipt(theirs), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "hotline.direction-invalid");
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<Hotline>(
        &context(Value::Null),
        "hotline.measure-incomplete",
        ["measureCode", "legalBasis"],
    );
}
