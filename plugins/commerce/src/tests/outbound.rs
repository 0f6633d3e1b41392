//! What records become, read back with the shared XML reader: the envelope, then the document in it.

use xiezhi_formats::xml::Rules;
use xiezhi_sdk::model::MessageId;

use super::*;

const RULES: Rules = Rules { root: "Envelope", depth_max: 8, elements_max: 500, namespaces: true };

fn encode_with(record: &Record, settings: Value) -> String {
    let encoded = Commerce::encode(record, &context(settings)).unwrap();
    assert_eq!(encoded.content_type, "text/xml; charset=utf-8");
    String::from_utf8(encoded.body).unwrap()
}

/// Every field with its path, in order; a document in an argument is opened too.
fn fields(text: &str) -> Vec<String> {
    let opened = |(path, text): (String, String)| match path.rsplit('/').next() {
        Some("arg0" | "return") => fields(&text).into_iter().map(|line| format!("/{path}{line}")).collect(),
        _ => vec![format!("/{path}={text}")],
    };
    testing::xml_fields(text, &RULES).into_iter().flat_map(opened).collect()
}

/// One `path=value` a line, behind the path of the document.
fn check(record: &Record, operation: &str, document: &str, expected: &str) {
    let before = format!("/Envelope/Body/{operation}/arg0/{document}/");
    let found = fields(&encode_with(record, Value::Null));
    let head = ["/Envelope/Header/msgId=out-0001", "/Envelope/Header/sentAt=2026-09-21 10:00:00"];
    assert_eq!(found[..2], head);
    let lines: Vec<_> = found[2..].iter().map(|line| line.strip_prefix(&before).unwrap_or(line)).collect();
    assert_eq!(lines, testing::expected_lines(expected));
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    check(
        &testing::assignment("commerce"),
        "pushTask",
        "TASK",
        "TASKNO=TZ-2026-0000017/1
         CASENO=TZ-2026-0000017
         ROLE=2
         ROLENAME=协办
         CLAUSE=5.3.9(1)
         CLAUSENAME=五（三）9（1）
         CATEGORY=site_condition
         CATEGORYNAME=场所不具备特定条件
         TITLE=登记住所1层临街外摆经营
         CONTENT=现场无营业执照，登记主体与实际经营者不符。
         SOURCEDEPT=urban-management
         SOURCENO=11011220260921000873
         ASSIGNTIME=2026-09-21 09:06:00
         DUETIME=2026-09-28 23:59:59
         ENTNAME=北京潞河云驿科技有限公司
         UNISCID=91110112MAYYT00167
         DOM=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         TOWNCODE=110112009
         LON=116.661050000
         LAT=39.889670000
         CRS=CGCS2000",
    );
}

#[test]
fn reminders_and_receipts_are_written() {
    check(
        &testing::reminder("commerce"),
        "pushReminder",
        "REMINDER",
        "TASKNO=TZ-2026-0000017/1
         CASENO=TZ-2026-0000017
         LEVEL=2
         CLAUSE=5.3.9(2)
         CLAUSENAME=五（三）9（2）
         TITLE=逾期未反馈
         DUETIME=2026-09-28 23:59:59
         REMINDTIME=2026-09-29 09:00:00
         ENTNAME=北京潞河云驿科技有限公司
         UNISCID=91110112MAYYT00167",
    );
    check(
        &testing::receipt(),
        "pushReceipt",
        "RECEIPT",
        "MSGID=in-0001
         RESULT=2
         RESULTNAME=部分接收
         MESSAGE=3行中接收2行
         CASENO=TZ-2026-0000017
         CASENO=TZ-2026-0000018
         ROW/ROWNO=2
         ROW/CODE=uscc.check-character
         ROW/MESSAGE=校验位错误，应为“7”",
    );
}

#[test]
fn punishments_and_their_lifting_are_written() {
    check(
        &punishment(),
        "pushPunishment",
        "PUNISHMENT",
        "REQUESTNO=LHCJ-2026-0003
         MEASURECODE=B-08
         LEGALBASIS=《全国失信惩戒措施基础清单》
         UNTIL=2027-09-21
         DUETIME=2026-09-28 23:59:59
         ENTNAME=潞城湾（北京）数据服务有限公司
         UNISCID=91110112MAYYT00910",
    );
    check(
        &lift(),
        "pushLift",
        "LIFT",
        "REQUESTNO=LHCJ-2026-0003
         REASON=已完成信用修复
         ENTNAME=潞城湾（北京）数据服务有限公司
         UNISCID=91110112MAYYT00910",
    );
    for (name, field) in [("measure_code", "MEASURECODE"), ("legal_basis", "LEGALBASIS")] {
        let mut value = serde_json::to_value(punishment()).unwrap();
        value[name] = json!(" ");
        let fault = Commerce::encode(&serde_json::from_value(value).unwrap(), &context(Value::Null)).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("commerce.measure-incomplete", Some(field)));
    }
}

#[test]
fn a_receipt_reads_back_as_it_was_written() {
    let sent = encode_with(&testing::receipt(), Value::Null);
    let (Record::Receipt(read), _) = only_record(sent.as_bytes()) else { panic!("a receipt was wanted") };
    assert_eq!((read.message_id.as_str(), read.rows.len(), read.text.as_str()), ("in-0001", 1, "3行中接收2行"));
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let sent = fields(&encode_with(&testing::assignment("commerce"), Value::Null));
    let number = sent.iter().find_map(|line| line.split_once("/TASKNO=")).unwrap().1;
    let text = format!("<FEEDBACK><TASKNO>{number}</TASKNO><RESULT>4</RESULT><CONTENT>已查处</CONTENT></FEEDBACK>");
    assert_eq!(only_json(call("pushFeedback", &text).as_bytes())["assignment"], "TZ-2026-0000017/1");
}

#[test]
fn nothing_in_a_field_breaks_either_layer() {
    let nasty = "]]></TITLE>]]></arg0><!DOCTYPE x>&amp;\"'<a b='c'>\r\n\t漷㛃\u{20164}堃镕\u{e5e5}<![CDATA[";
    let Record::Assignment(mut record) = testing::assignment("commerce") else { panic!("an assignment was wanted") };
    record.title = nasty.to_owned();
    record.text = "甲\u{0}\u{b}乙\u{fffe}".to_owned();
    let sent = fields(&encode_with(&Record::Assignment(record), Value::Null));
    let value = |name: &str| sent.iter().find_map(|line| line.split_once(name)).unwrap().1;
    assert_eq!(value("/TITLE="), nasty);
    assert_eq!(value("/CONTENT="), "甲\u{fffd}\u{fffd}乙\u{fffd}");
}

#[test]
fn the_reply_names_what_was_read_and_refused() {
    let refused = decode(call("pushFieReport", "<FIEREPORT/>").as_bytes()).unwrap();
    let reply = fields(&String::from_utf8(refused.reply.unwrap().body).unwrap());
    let before = "/Envelope/Body/pushFieReportResponse/return/RECEIPT/";
    let lines: Vec<_> = reply.iter().map(|line| line.strip_prefix(before).unwrap_or(line)).collect();
    assert_eq!(
        lines,
        [
            "/Envelope/Header/relatesTo=out-0001",
            "MSGID=out-0001",
            "RESULT=3",
            "RESULTNAME=拒收",
            "MESSAGE=1条均有误，未接收",
            "ROW/ROWNO=1",
            "ROW/CODE=commerce.field-missing",
            "ROW/MESSAGE=FIEREPORT中缺少REPORTNO或其内容为空，请补充",
        ]
    );
}

#[test]
fn settings_name_the_service_and_its_credentials() {
    let settings = json!({"service_namespace": "urn:sw", "auth_user": "amr110112", "auth_token": "<demo>"});
    let text = encode_with(&lift(), settings.clone());
    assert!(text.contains("xmlns:ser=\"urn:sw\""), "{text}");
    let found = fields(&text);
    assert_eq!(found[..2], ["/Envelope/Header/auth/user=amr110112", "/Envelope/Header/auth/token=<demo>"]);
    let theirs = call("pushFieReport", &report("")).replace("http://service.fie.sw.tongzhou.example/", "urn:sw");
    assert_eq!(decode_with(theirs.as_bytes(), settings).unwrap().document.records.len(), 1);
    for (settings, field) in [
        (json!({"auth_user": "a"}), "auth_token"),
        (json!({"auth_token": "a"}), "auth_user"),
        (json!({"auth_user": "a b", "auth_token": "a"}), "auth_user"),
        (json!({"auth_user": "a", "auth_token": 7}), "auth_token"),
        (json!({"service_namespace": "\""}), "service_namespace"),
    ] {
        let fault = Commerce::encode(&lift(), &context(settings)).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("commerce.setting-invalid", Some(field)));
    }
}

#[test]
fn the_same_record_gives_the_same_bytes_and_another_message_others() {
    let record = testing::assignment("commerce");
    assert_eq!(encode_with(&record, Value::Null), encode_with(&record, Value::Null));
    let mut other = context(Value::Null);
    other.message_id = MessageId::parse("out-0002").unwrap();
    assert_ne!(Commerce::encode(&record, &other).unwrap().body, encode_with(&record, Value::Null).into_bytes());
}

#[test]
fn other_records_are_refused() {
    let notice = serde_json::from_value(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    let fault = Commerce::encode(&notice.unwrap(), &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "commerce.kind-unwritten");
    let theirs = only_record(RESPONSE).0;
    let fault = Commerce::encode(&theirs, &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "commerce.direction-invalid");
    let kinds = [
        testing::assignment("commerce").kind(),
        testing::reminder("commerce").kind(),
        testing::receipt().kind(),
        punishment().kind(),
        lift().kind(),
    ];
    assert_eq!(Commerce::describe().writes, kinds);
}
