//! What records become, read back as elements.

use serde_json::json;
use xiezhi_formats::xml::{self, Element};
use xiezhi_sdk::model::MessageId;

use super::*;
use crate::decode::RULES;

pub(super) fn encode(record: &Record, settings: Value) -> String {
    let encoded = Emergency::encode(record, &context(settings)).unwrap();
    assert_eq!(encoded.content_type, "application/xml; charset=UTF-8");
    String::from_utf8(encoded.body).unwrap()
}

fn standard() -> Value {
    json!({"dialect": "cap-1.2"})
}

/// Every field with its path, in order; a parameter as `name:value`.
fn fields(text: &str) -> Vec<String> {
    fn walk(element: &Element<'_>, path: &str, out: &mut Vec<String>) {
        let path = if path.is_empty() { String::new() } else { format!("{path}/") };
        for child in &element.children {
            match &child.children[..] {
                [] => out.push(format!("{path}{}={}", child.name, child.text)),
                [name, value] if name.name == "valueName" => {
                    out.push(format!("{path}{}:{}={}", child.name, name.text, value.text));
                }
                _ => walk(child, &format!("{path}{}", child.name), out),
            }
        }
    }
    let mut out = Vec::new();
    walk(&xml::parse(text, &RULES).unwrap(), "", &mut out);
    out
}

fn check(record: &Record, settings: Value, expected: &str) {
    let found = fields(&encode(record, settings));
    assert_eq!(found, testing::expected_lines(expected));
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn punishment() -> Record {
    record(json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "CJ-1", "measure_code": "3.1",
        "party": {"uscc": "91110112MAYYT00167", "name": "北京潞河云驿科技有限公司"},
        "legal_basis": "《企业信息公示暂行条例》第十八条", "until": "2027-09-21", "due_at": "2026-10-12T23:59:59+08:00"
    }))
}

#[test]
fn an_assignment_is_an_alert_of_the_standard() {
    check(
        &testing::assignment("emergency"),
        standard(),
        "identifier=out-0001
         sender=11011249800000
         sent=2026-09-21T10:00:00+08:00
         status=Actual
         msgType=Alert
         scope=Private
         addresses=11011249900000
         info/language=zh-CN
         info/category=Other
         info/event=监管协同派遣
         info/urgency=Expected
         info/severity=Unknown
         info/certainty=Unknown
         info/effective=2026-09-21T10:00:00+08:00
         info/expires=2026-09-28T23:59:59+08:00
         info/senderName=北京市通州区市场监督管理局（测试）
         info/headline=登记住所1层临街外摆经营
         info/description=现场无营业执照，登记主体与实际经营者不符。
         info/instruction=请依职责处理，并在 expires 所列时间前用 Update 报文反馈，参数 AssignmentId 照抄本报文。
         info/parameter:MsgKind=Assignment
         info/parameter:AssignmentId=TZ-2026-0000017/1
         info/parameter:CaseNumber=TZ-2026-0000017
         info/parameter:Role=co
         info/parameter:RoleName=协办
         info/parameter:Clause=5.3.9(1)
         info/parameter:ClauseName=五（三）9（1）
         info/parameter:Category=site_condition
         info/parameter:CategoryName=场所不具备特定条件
         info/parameter:SourceAgency=urban-management
         info/parameter:SourceReference=11011220260921000873
         info/parameter:AssignedAt=2026-09-21T09:06:00+08:00
         info/parameter:DueAt=2026-09-28T23:59:59+08:00
         info/parameter:UniSCID=91110112MAYYT00167
         info/parameter:EntName=北京潞河云驿科技有限公司
         info/parameter:EntAddress=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         info/area/areaDesc=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         info/area/circle=39.889670000,116.661050000 0
         info/area/geocode:GB/T 10114=110112009",
    );
}

#[test]
fn every_message_of_the_standard_is_one_that_the_plugin_reads() {
    // The plugin's own reader knows CAP's enumerations and rules; what it decodes without a fault keeps them.
    let records = [
        testing::assignment("emergency"),
        testing::reminder("emergency"),
        record(json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "重复派遣"})),
        punishment(),
        record(json!({
            "kind": "lift", "schema_version": 1, "request": "CJ-1", "party": {"name": "测试"}, "reason": "信用修复"
        })),
    ];
    for (record, kind) in records.iter().zip(["Assignment", "Reminder", "Recall", "JointPunishment", "Lift"]) {
        for (settings, dialect) in [(standard(), "cap-1.2"), (Value::Null, "cap-cn")] {
            let text = encode(record, settings);
            assert!(text.contains(&format!("<value>{kind}</value>")), "{text}");
            assert_eq!(text, encode(record, json!({"dialect": dialect})), "the same twice");
            // The national profile wants an identifier of its own shape from those who issue warnings.
            let text = text.replace(">out-0001<", ">11011249800000_20260921100000<");
            assert_eq!(decode(&text).unwrap().document.row_faults, [], "{text}");
        }
    }
    assert_eq!(Emergency::describe().writes[..5], records.map(|record| record.kind().to_owned()));
}

#[test]
fn the_national_form_has_the_elements_of_the_profile() {
    check(
        &testing::reminder("emergency"),
        json!({"sender_code": "11011200000000", "sender_name": "区局", "dispatch_event_type": "99999"}),
        "identifier=out-0001
         sender=区局
         senderCode=11011200000000
         sendTime=2026-09-21 10:00:00+08:00
         status=Actual
         msgType=Alert
         scope=Restricted
         code/method/methodName=WEB
         code/method/message=逾期未反馈
         code/method/audienceGrp=11011249900000
         code/method/audenceprt=
         secClassification=None
         note=
         references=
         info/language=zh-CN
         info/eventType=99999
         info/urgency=Expected
         info/severity=Unknown
         info/certainty=Unknown
         info/effective=2026-09-21 10:00:00+08:00
         info/senderName=区局
         info/headline=逾期未反馈
         info/instruction=派遣已逾期未反馈，请尽快用 Update 报文反馈，参数 AssignmentId 照抄本报文。
         info/parameter:MsgKind=Reminder
         info/parameter:AssignmentId=TZ-2026-0000017/1
         info/parameter:CaseNumber=TZ-2026-0000017
         info/parameter:Level=2
         info/parameter:Clause=5.3.9(2)
         info/parameter:ClauseName=五（三）9（2）
         info/parameter:DueAt=2026-09-28T23:59:59+08:00
         info/parameter:RemindedAt=2026-09-29T09:00:00+08:00
         info/parameter:UniSCID=91110112MAYYT00167
         info/parameter:EntName=北京潞河云驿科技有限公司
         info/area/areaDesc=北京潞河云驿科技有限公司",
    );
}

#[test]
fn a_receipt_is_an_ack_or_error_that_refers_to_the_message() {
    let sent = fields(&encode(&testing::receipt(), Value::Null)).join("\n");
    assert!(sent.contains("msgType=Ack") && sent.contains("note=报文 in-0001：3行中接收2行"), "{sent}");
    assert!(sent.contains("parameter:Outcome=Partial") && sent.contains("parameter:MessageId=in-0001"));
    assert!(sent.contains("parameter:CaseNumber=TZ-2026-0000017\n") && sent.contains("CaseNumber=TZ-2026-0000018"));
    assert!(sent.contains("parameter:Row=2 uscc.check-character 校验位错误，应为“7”"));
    assert!(sent.contains("\nreferences=\n"), "an id of the transport is no identifier of the bureau");
    let Record::Receipt(mut receipt) = testing::receipt() else { panic!("a receipt was wanted") };
    receipt.message_id = MessageId::parse("11011249900000_20260921103000").unwrap();
    receipt.outcome = xiezhi_sdk::model::record::ReceiptOutcome::Refused;
    receipt.code = Some("emergency.limit".to_owned());
    let receipt = Record::Receipt(receipt);
    let sent = fields(&encode(&receipt, standard())).join("\n");
    let triple = "references=11011249900000,11011249900000_20260921103000,2026-09-21T10:30:00+08:00";
    assert!(sent.contains("msgType=Error") && sent.contains(triple), "{sent}");
    assert!(sent.contains("parameter:Code=emergency.limit"));
    assert!(encode(&receipt, Value::Null).contains("<references>11011249900000_20260921103000</references>"));
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let sent = fields(&encode(&testing::assignment("emergency"), Value::Null));
    let number = sent.iter().find_map(|field| field.strip_prefix("info/parameter:AssignmentId=")).unwrap();
    let answer = FEEDBACK.replace("TZ-2026-0000017/1", number);
    assert_eq!(only_record(&answer), only_record(FEEDBACK));
    let ack = national("Ack", "<references>out-0001</references>", "");
    assert_eq!(serde_json::to_value(only_record(&ack)).unwrap()["message_id"], "out-0001");
}

#[test]
fn nothing_in_a_field_breaks_the_message() {
    let nasty = "]]></headline><!DOCTYPE x>&amp;\"'<a b='c'>\r\n\t漷㛃\u{20164}堃镕";
    let Record::Assignment(mut assignment) = testing::assignment("emergency") else { panic!("an assignment") };
    assignment.title = nasty.to_owned();
    assignment.text = "甲\u{0}乙".to_owned();
    let sent = fields(&encode(&Record::Assignment(assignment), standard()));
    assert!(sent.contains(&format!("info/headline={nasty}")));
    assert!(sent.contains(&"info/description=甲\u{fffd}乙".to_owned()));
    let mut other = context(Value::Null);
    other.message_id = MessageId::parse("a b,c").unwrap();
    let sent = Emergency::encode(&testing::reminder("emergency"), &other).unwrap();
    let sent = String::from_utf8(sent.body).unwrap();
    assert!(sent.contains("<identifier>id-"), "an id that CAP forbids is replaced");
}

#[test]
fn wrong_settings_are_named() {
    for (name, value) in [
        ("dialect", json!("cap")),
        ("sender_code", json!("110112")),
        ("receiver_code", json!(1)),
        ("sender_name", json!("")),
        ("dispatch_event_type", json!("a b")),
    ] {
        let settings = json!({name: value});
        let fault = Emergency::encode(&testing::reminder("emergency"), &context(settings.clone())).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("emergency.setting-invalid", Some(name)));
        let fault = decode_with(NATIONAL, settings).unwrap_err();
        assert_eq!(fault.field.as_deref(), Some(name), "a reply needs them too");
    }
    for (name, value) in [
        ("finding_events", json!(["12X99"])),
        ("finding_events", json!({"12X99": 1})),
        ("event_names", json!({"重": "x"})),
        ("encoding_fallback", json!("latin1")),
    ] {
        let fault = decode_with(NATIONAL, json!({name: value})).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("emergency.setting-invalid", Some(name)));
    }
}

#[test]
fn other_records_are_refused() {
    let notice = record(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    let fault = Emergency::encode(&notice, &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "emergency.kind-unwritten");
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    let fault = Emergency::encode(&Record::Receipt(theirs), &context(Value::Null)).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("emergency.direction-invalid", None));
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<Emergency>(
        &context(Value::Null),
        "emergency.measure-incomplete",
        ["MeasureCode", "LegalBasis"],
    );
}
