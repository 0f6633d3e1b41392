//! What records become, read back.

use serde_json::json;
use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::Direction;

use super::*;

fn encode_with(record: &Record, settings: Value) -> Result<Vec<u8>, Fault> {
    let encoded = Fire::encode(record, &context(settings))?;
    assert_eq!(encoded.content_type, "application/octet-stream");
    Ok(encoded.body)
}

pub(super) fn encode(record: &Record) -> Vec<u8> {
    encode_with(record, Value::Null).unwrap()
}

/// Type and text of the frames of a message, joined.
pub(super) fn text_of(bytes: &[u8]) -> (u8, String) {
    let mut text = Vec::new();
    let mut flag = 0;
    let frames: Vec<_> = frame::split(bytes).unwrap().into_iter().map(|stretch| stretch.unwrap()).collect();
    let first = frames[0].header;
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!((frame.command, frame.checksum, frame.header.version), (2, frame.sum(), [1, 0]));
        assert_eq!(frame.header.label, [0, 0, 10, 21, 9, 26], "2026-09-21 10:00:00 in Beijing");
        assert_eq!(frame.header.serial, first.serial.wrapping_add(u16::try_from(index).unwrap()));
        assert!(frame.unit.len() <= 1024 && frame.unit[1] == 1);
        let length = usize::from(u16::from_le_bytes([frame.unit[2], frame.unit[3]]));
        assert_eq!((frame.unit.len(), &frame.unit[4 + length..]), (length + 10, &frame.header.label[..]));
        let piece = gb18030_text(&frame.unit[4..4 + length]).unwrap();
        let number = format!("分帧={}/{}|", index + 1, frames.len());
        let piece = if frames.len() > 1 { piece.strip_prefix(&number).unwrap().to_owned() } else { piece };
        text.push(piece);
        flag = frame.unit[0];
    }
    (flag, text.concat())
}

/// Fields one a line.
fn check_text(record: &Record, flag: u8, expected: &str) {
    let (found, text) = text_of(&encode(record));
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!((found, text.split('|').collect::<Vec<_>>()), (flag, expected));
}

fn joint_punishment() -> Record {
    serde_json::from_value(json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LH-2026-0003",
        "party": {"uscc": "91110112MAYYT0059L", "name": "北京台湖安居餐饮管理有限公司", "device": "110112000005"},
        "measure_code": "9", "legal_basis": "《企业信息公示暂行条例》第十八条", "until": "2029-09-30",
        "due_at": "2026-10-09T23:59:59+08:00"
    }))
    .unwrap()
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    check_text(
        &testing::assignment("fire"),
        211,
        "消息标识=out-0001
         派遣编号=TZ-2026-0000017/1
         案件编号=TZ-2026-0000017
         主协办=协办
         依据条款=5.3.9(1)
         依据条款名称=五（三）9（1）
         事项类别=site_condition
         事项类别名称=场所不具备特定条件
         标题=登记住所1层临街外摆经营
         内容=现场无营业执照，登记主体与实际经营者不符。
         来源单位=urban-management
         来源编号=11011220260921000873
         派遣时间=20260921090600
         反馈期限=20260928235959
         单位=北京潞河云驿科技有限公司
         信用代码=91110112MAYYT00167
         地址=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         乡镇街道=110112009
         经度=116.661050000
         纬度=39.889670000
         坐标系=CGCS2000",
    );
}

#[test]
fn the_other_kinds_say_what_they_must() {
    check_text(
        &testing::reminder("fire"),
        212,
        "消息标识=out-0001
         派遣编号=TZ-2026-0000017/1
         案件编号=TZ-2026-0000017
         督办次数=2
         依据条款=5.3.9(2)
         依据条款名称=五（三）9（2）
         标题=逾期未反馈
         反馈期限=20260928235959
         督办时间=20260929090000
         单位=北京潞河云驿科技有限公司
         信用代码=91110112MAYYT00167",
    );
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "案件已合并"});
    let recall = serde_json::from_value(recall).unwrap();
    check_text(&recall, 213, "消息标识=out-0001\n派遣编号=T/1\n原因=案件已合并");
    check_text(
        &testing::receipt(),
        214,
        "消息标识=out-0001
         原消息标识=in-0001
         回执结果=2
         内容=3行中接收2行
         案件编号=TZ-2026-0000017、TZ-2026-0000018
         行1=2,uscc.check-character,校验位错误，应为“7”",
    );
    check_text(
        &joint_punishment(),
        215,
        "消息标识=out-0001
         请求编号=LH-2026-0003
         惩戒措施=9
         法律依据=《企业信息公示暂行条例》第十八条
         截止日期=2029-09-30
         反馈期限=20261009235959
         单位=北京台湖安居餐饮管理有限公司
         信用代码=91110112MAYYT0059L
         设备地址=110112000005",
    );
    let lift =
        json!({"kind": "lift", "schema_version": 1, "request": "LH-1", "party": {"name": "甲"}, "reason": "信用修复"});
    check_text(&serde_json::from_value(lift).unwrap(), 216, "消息标识=out-0001\n请求编号=LH-1\n原因=信用修复\n单位=甲");
}

#[test]
fn a_long_text_goes_over_numbered_frames_cut_between_characters() {
    for piece in ["汉", "㛃", "a㛃\u{20164}漷", "@@##", "|%", "x"] {
        let Record::Assignment(mut record) = testing::assignment("fire") else { panic!("an assignment was wanted") };
        record.text = piece.repeat(4_000 / piece.len());
        let text = record.text.clone();
        let bytes = encode(&Record::Assignment(record));
        assert!(frame::split(&bytes).unwrap().len() > 1, "{piece}");
        let (_, joined) = text_of(&bytes);
        let fields = crate::text::Fields::parse(&joined).unwrap();
        assert_eq!(fields.required("内容", 4_000).unwrap().text, text, "{piece}");
        assert_eq!(fields.required("坐标系", 32).unwrap().text, "CGCS2000", "{piece}");
    }
}

#[test]
fn a_text_fills_one_frame_to_the_last_byte_before_it_takes_a_second() {
    let recall = |reason: String| -> Record {
        serde_json::from_value(json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": reason}))
            .unwrap()
    };
    let empty = gb18030_bytes(&text_of(&encode(&recall(String::new()))).1).len();
    for (reason, frames, unit) in [("a".repeat(1014 - empty), 1, 1024), ("a".repeat(1015 - empty), 2, 1013 + 7 - 7)] {
        let bytes = encode(&recall(reason));
        let stretches = frame::split(&bytes).unwrap();
        assert_eq!(stretches.len(), frames);
        let first = stretches[0].as_ref().unwrap().unit.len();
        assert!(first == unit || (frames == 2 && first <= 1024), "{first}");
    }
    let fault = Fire::encode(&recall("汉".repeat(40_000)), &context(Value::Null)).unwrap_err();
    check("too long", &fault, "fire.limit", None, None);
}

#[test]
fn a_receipt_for_the_worst_message_still_goes_out() {
    let row = json!({"row": 1, "code": "fire.checksum-mismatch", "text": "校".repeat(600)});
    let receipt = json!({
        "kind": "receipt", "schema_version": 1, "direction": "to_agency", "message_id": "in-1", "outcome": "refused",
        "code": "x", "text": "文".repeat(4_000), "rows": vec![row; 2_000]
    });
    let (_, text) = text_of(&encode(&serde_json::from_value(receipt).unwrap()));
    assert!(text.ends_with("|未列出行数=1920") && text.contains("|行80=1,") && !text.contains("|行81="));
}

#[test]
fn what_is_written_and_also_read_reads_back() {
    let sent = encode(&testing::receipt());
    let frame = frame::split(&sent).unwrap().remove(0).unwrap();
    let mut unit = frame.unit.to_vec();
    unit[0] = 203;
    let mut read = json(&only_record(&data(&unit)));
    read["direction"] = json!("to_agency");
    read["case_numbers"] = json!(["TZ-2026-0000017", "TZ-2026-0000018"]);
    assert_eq!(read, json(&testing::receipt()));
}

#[test]
fn the_same_record_gives_the_same_bytes_and_another_message_another_number() {
    let record = testing::reminder("fire");
    assert_eq!(encode(&record), encode(&record));
    // SHA-256 of `out-0001` begins with these two bytes.
    let digest = xiezhi_sdk::model::Digest::of(b"out-0001").to_hex();
    let serial = u16::from_str_radix(&digest[..4], 16).unwrap();
    assert_eq!(encode(&record)[2..4], serial.to_le_bytes());
    let mut other = context(Value::Null);
    other.message_id = MessageId::parse("out-0002").unwrap();
    assert_ne!(Fire::encode(&record, &other).unwrap().body[2..4], encode(&record)[2..4]);
}

#[test]
fn settings_name_both_ends() {
    let record = testing::reminder("fire");
    let ends = json!({"sender_address": "0102030405ff", "receiver_address": "110112000009"});
    let bytes = encode_with(&record, ends).unwrap();
    assert_eq!(bytes[12..24], [0xff, 5, 4, 3, 2, 1, 9, 0, 0, 0x12, 1, 0x11]);
    assert_eq!(encode(&record)[12..24], [0, 0x90, 0x11, 0x12, 1, 0x11, 5, 0, 0, 0x12, 1, 0x11]);
    for bad in
        [json!(""), json!("11011200000G"), json!("+10112000005"), json!("1101120000055"), json!(110112000005_i64)]
    {
        for name in ["sender_address", "receiver_address"] {
            let fault = encode_with(&record, json!({name: bad})).unwrap_err();
            check("setting", &fault, "fire.setting-invalid", None, Some(name));
        }
    }
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let notice = serde_json::from_value(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    check("kind", &encode_with(&notice.unwrap(), Value::Null).unwrap_err(), "fire.kind-unwritten", None, None);
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = Direction::FromAgency;
    let fault = encode_with(&Record::Receipt(theirs), Value::Null).unwrap_err();
    check("direction", &fault, "fire.direction-invalid", None, None);
    let Record::JointPunishment(request) = joint_punishment() else { panic!("a request was wanted") };
    for (code, basis, field) in [("", "条例", "惩戒措施"), ("9", " ", "法律依据")] {
        let mut request = request.clone();
        (request.measure_code, request.legal_basis) = (code.to_owned(), basis.to_owned());
        let fault = encode_with(&Record::JointPunishment(request), Value::Null).unwrap_err();
        check("measure", &fault, "fire.field-missing", None, Some(field));
    }
}
