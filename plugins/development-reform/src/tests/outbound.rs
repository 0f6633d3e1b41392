//! What records become, read back with the plugin's own XML rules.

use xiezhi_sdk::model::MessageId;

use super::*;
use crate::exchange::RULES;

pub(super) fn punishment() -> Record {
    serde_json::from_value(json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"name": "北京台湖安居餐饮管理有限公司", "uscc": "91110112MAYYT0059L"},
        "measure_code": "B-06", "legal_basis": "《全国失信惩戒措施基础清单》", "until": "2027-09-21",
        "due_at": "2026-09-28T23:59:59+08:00"
    }))
    .unwrap()
}

fn lift() -> Record {
    serde_json::from_value(json!({
        "kind": "lift", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"uscc": "91110112MAYYT0059L", "device": "MN-7"}, "reason": "已完成信用修复"
    }))
    .unwrap()
}

pub(super) fn encode(record: &Record, settings: Value) -> String {
    let encoded = DevelopmentReform::encode(record, &context(settings)).unwrap();
    assert_eq!(encoded.content_type, "application/xml; charset=utf-8");
    String::from_utf8(encoded.body).unwrap()
}

/// Every field with its path, in order.
fn fields(text: &str) -> Vec<String> {
    let fields = testing::xml_fields(text, &RULES).into_iter();
    fields.map(|(path, text)| format!("{}={text}", path.replacen("ExchangeMessage/", "", 1))).collect()
}

/// One `name=value` a line, of the fields behind the message's id.
fn check(record: &Record, item: &str, expected: &str) {
    let found = fields(&encode(record, Value::Null));
    // The UUID and the serial were also computed by another program.
    let head = [
        "Header/sender=110112AMR".to_owned(),
        "Header/receiver=110112NDRC".to_owned(),
        "Header/cc=".to_owned(),
        "Header/flow=8ba11b28-0b6b-522e-bc8e-b1978c294e60".to_owned(),
        format!("Header/item={item}"),
        "Header/sn=20260921563491".to_owned(),
        "Header/securityType=1".to_owned(),
        "Header/operator=".to_owned(),
        "Header/contacts=".to_owned(),
        "Body/fields/XXBS=out-0001".to_owned(),
    ];
    assert_eq!(found[..10], head);
    let lines: Vec<_> = found[10..].iter().map(|line| line.strip_prefix("Body/fields/").unwrap()).collect();
    assert_eq!(lines, testing::expected_lines(expected));
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    check(
        &testing::assignment("development-reform"),
        "PQ",
        "PQ_BH=TZ-2026-0000017/1
         PQ_AJBH=TZ-2026-0000017
         PQ_ZXB=2
         PQ_ZXBMC=协办
         PQ_TK=5.3.9(1)
         PQ_TKMC=五（三）9（1）
         PQ_SXLB=site_condition
         PQ_SXLBMC=场所不具备特定条件
         PQ_BT=登记住所1层临街外摆经营
         PQ_NR=现场无营业执照，登记主体与实际经营者不符。
         PQ_LYDW=urban-management
         PQ_LYBH=11011220260921000873
         PQ_SJ=2026/09/21 09:06:00
         PQ_FKQX=2026/09/28 23:59:59
         XDR_MC=北京潞河云驿科技有限公司
         XDR_SHXYM=91110112MAYYT00167
         XDR_DZ=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         XDR_XZDM=110112009
         XDR_JD=116.661050000
         XDR_WD=39.889670000
         XDR_ZBX=CGCS2000",
    );
}

#[test]
fn reminders_and_receipts_are_written() {
    check(
        &testing::reminder("development-reform"),
        "DB",
        "DB_PQBH=TZ-2026-0000017/1
         DB_AJBH=TZ-2026-0000017
         DB_CS=2
         DB_TK=5.3.9(2)
         DB_TKMC=五（三）9（2）
         DB_BT=逾期未反馈
         DB_FKQX=2026/09/28 23:59:59
         DB_SJ=2026/09/29 09:00:00
         XDR_MC=北京潞河云驿科技有限公司
         XDR_SHXYM=91110112MAYYT00167",
    );
    check(
        &testing::receipt(),
        "HZ",
        "HZ_XXBS=in-0001
         HZ_JG=2
         HZ_JGMC=部分接收
         HZ_NR=3行中接收2行
         HZ_AJBH=TZ-2026-0000017
         HZ_AJBH=TZ-2026-0000018
         HZ_HX/HH=2
         HZ_HX/CWDM=uscc.check-character
         HZ_HX/CWMS=校验位错误，应为“7”",
    );
}

#[test]
fn punishments_and_their_lifting_are_written() {
    check(
        &punishment(),
        "LHCJ",
        "LHCJ_BH=LHCJ-2026-0003
         LHCJ_CSBM=B-06
         LHCJ_YJ=《全国失信惩戒措施基础清单》
         LHCJ_JZQ=2027/09/21
         LHCJ_FKQX=2026/09/28 23:59:59
         XDR_MC=北京台湖安居餐饮管理有限公司
         XDR_SHXYM=91110112MAYYT0059L",
    );
    check(
        &lift(),
        "LHCJJC",
        "LHCJ_BH=LHCJ-2026-0003
         LHCJ_JCYY=已完成信用修复
         XDR_SHXYM=91110112MAYYT0059L
         XDR_SBBH=MN-7",
    );
    for (name, field) in [("measure_code", "LHCJ_CSBM"), ("legal_basis", "LHCJ_YJ")] {
        for empty in ["", " ", "　"] {
            let mut value = serde_json::to_value(punishment()).unwrap();
            value[name] = json!(empty);
            let record = serde_json::from_value(value).unwrap();
            let fault = DevelopmentReform::encode(&record, &context(Value::Null)).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("reform.measure-incomplete", Some(field)));
        }
    }
}

#[test]
fn a_receipt_reads_back_as_it_was_written() {
    let sent = encode(&testing::receipt(), Value::Null);
    let Record::Receipt(read) = only_record(sent.as_bytes()) else { panic!("a receipt was wanted") };
    assert_eq!((read.message_id.as_str(), read.rows.len(), read.text.as_str()), ("in-0001", 1, "3行中接收2行"));
}

#[test]
fn assignments_and_punishments_can_be_answered_with_what_they_say() {
    let number = |record: &Record, name: &str| {
        let sent = fields(&encode(record, Value::Null));
        sent.iter().find_map(|line| line.split_once(name)).unwrap().1.to_owned()
    };
    let task = number(&testing::assignment("development-reform"), "PQ_BH=");
    let row = format!("<fields><FK_PQBH>{task}</FK_PQBH><FK_JG>4</FK_JG></fields>");
    assert_eq!(only_json(message("CLFK", &row).as_bytes())["assignment"], "TZ-2026-0000017/1");
    let request = number(&punishment(), "LHCJ_BH=");
    let row = format!("<fields><LHCJ_BH>{request}</LHCJ_BH><LHCJ_ZX>1</LHCJ_ZX></fields>");
    assert_eq!(only_json(message("LHCJFK", &row).as_bytes())["request"], "LHCJ-2026-0003");
}

#[test]
fn nothing_in_a_field_breaks_the_message() {
    let nasty = "]]></PQ_BT><!DOCTYPE x>&amp;\"'<a b='c'>\r\n\t漷㛃\u{20164}堃镕\u{e5e5}";
    let Record::Assignment(mut record) = testing::assignment("development-reform") else { panic!("an assignment") };
    record.title = nasty.to_owned();
    record.text = "甲\u{0}\u{b}乙\u{fffe}".to_owned();
    let sent = fields(&encode(&Record::Assignment(record), Value::Null));
    let value = |name: &str| sent.iter().find_map(|line| line.split_once(name)).unwrap().1;
    assert_eq!(value("PQ_BT="), nasty);
    assert_eq!(value("PQ_NR="), "甲\u{fffd}\u{fffd}乙\u{fffd}");
}

#[test]
fn the_same_record_gives_the_same_bytes_and_another_message_another_flow() {
    let record = testing::assignment("development-reform");
    let first = encode(&record, Value::Null);
    assert_eq!(first, encode(&record, Value::Null));
    let mut other = context(Value::Null);
    other.message_id = MessageId::parse("out-0002").unwrap();
    let second = DevelopmentReform::encode(&record, &other).unwrap().body;
    let second = fields(&String::from_utf8(second).unwrap());
    let changed: Vec<_> = fields(&first).into_iter().zip(second).filter(|(a, b)| a != b).map(|(a, _)| a).collect();
    let names: Vec<_> = changed.iter().map(|line| line.split('=').next().unwrap()).collect();
    assert_eq!(names, ["Header/flow", "Header/sn", "Body/fields/XXBS"]);
}

#[test]
fn settings_fill_the_header() {
    let settings = json!({
        "sender_code": "11110112MAYYG0015Y", "receiver_code": "11110112MAYYG0090P", "security_type": "2",
        "operator": "测试员", "contacts": "010-00000001", "item_lift": "JC-1"
    });
    let found = fields(&encode(&lift(), settings));
    for wanted in [
        "Header/sender=11110112MAYYG0015Y",
        "Header/receiver=11110112MAYYG0090P",
        "Header/securityType=2",
        "Header/operator=测试员",
        "Header/contacts=010-00000001",
        "Header/item=JC-1",
    ] {
        assert!(found.iter().any(|line| line == wanted), "{wanted}");
    }
    for (name, bad) in [
        ("sender_code", json!("")),
        ("receiver_code", json!("a b")),
        ("security_type", json!(1)),
        ("operator", json!("a\nb")),
        ("contacts", json!("1".repeat(65))),
        ("item_lift", json!("1".repeat(65))),
    ] {
        let fault = DevelopmentReform::encode(&lift(), &context(json!({name: bad}))).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("reform.setting-invalid", Some(name)));
    }
}

#[test]
fn other_records_are_refused() {
    let notice = serde_json::from_value(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    let fault = DevelopmentReform::encode(&notice.unwrap(), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "reform.kind-unwritten");
    let theirs = only_record(encode(&testing::receipt(), Value::Null).as_bytes());
    let fault = DevelopmentReform::encode(&theirs, &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "reform.direction-invalid");
    let kinds = [
        testing::assignment("development-reform").kind(),
        testing::reminder("development-reform").kind(),
        testing::receipt().kind(),
        punishment().kind(),
        lift().kind(),
    ];
    assert_eq!(DevelopmentReform::describe().writes, kinds);
}
