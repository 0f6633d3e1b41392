//! What records become, byte for byte where the samples say how.

use super::*;

use crate::decode::RULES;

/// Every field with its path below the root, in order.
fn fields(text: &str) -> Vec<(String, String)> {
    let below = |path: String| path.split_once('/').map_or_else(String::new, |(_, below)| below.to_owned());
    testing::xml_fields(text, &RULES).into_iter().map(|(path, value)| (below(path), value)).collect()
}

fn field(text: &str, name: &str) -> Option<String> {
    fields(text).into_iter().find(|(path, _)| path.ends_with(&format!("/{name}"))).map(|(_, value)| value)
}

/// One `path=value` a line.
fn check(record: &Record, head: &str, expected: &str) {
    let text = encode(record);
    assert!(text.contains(head), "{text}");
    let lines: Vec<_> = fields(&text).into_iter().map(|(path, value)| format!("{path}={value}")).collect();
    assert_eq!(lines, testing::expected_lines(expected));
}

#[test]
fn a_listing_is_the_sample_byte_for_byte() {
    let encoded = CreditPublicity::encode(&listing(), &sample_context("2026-09-29")).unwrap();
    assert_eq!(String::from_utf8(encoded.body).unwrap(), String::from_utf8_lossy(LIST_IN));
}

#[test]
fn a_removal_is_the_sample_byte_for_byte() {
    let encoded = CreditPublicity::encode(&removal(), &sample_context("2026-11-10")).unwrap();
    assert_eq!(String::from_utf8(encoded.body).unwrap(), String::from_utf8_lossy(LIST_OUT));
}

#[test]
fn the_words_come_from_the_kinds_table_where_the_decision_has_none() {
    let listed = changed(&listing(), json!({"cause_name": null}));
    assert_eq!(encode(&listed), encode(&listing()));
    // The same meaning, 失联, has different codes.
    let tables = [
        ("91110112MAYYT00167", [("1", true), ("2", true), ("3", true), ("4", true), ("5", false)]),
        ("92110112MAYYT00168", [("1", true), ("2", true), ("3", true), ("4", false), ("5", false)]),
        ("93110112MAYYT00169", [("1", true), ("2", false), ("3", true), ("4", true), ("5", false)]),
    ];
    for (code, causes) in tables {
        let uscc = valid(code);
        for (cause, expected) in causes {
            let members = json!({"party": {"name": "测试", "uscc": uscc}, "cause": cause, "cause_name": null});
            let answer = encode_with(&changed(&listing(), members), Value::Null);
            assert_eq!(answer.is_ok(), expected, "{uscc} {cause}: {answer:?}");
            match answer {
                Ok(text) => assert!(!field(&text, "SpeCauseCN").unwrap().is_empty()),
                Err(fault) => assert_eq!(fault.code, "credit-publicity.code-unknown"),
            }
        }
    }
}

/// The code with its right check character.
fn valid(code: &str) -> String {
    let head = &code[..17];
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let codes = alphabet.chars().map(|c| format!("{head}{c}"));
    codes.into_iter().find(|code| xiezhi_sdk::model::Uscc::parse(code).is_ok()).unwrap()
}

#[test]
fn removals_follow_the_kinds_table() {
    let tables = [("91", "123457"), ("92", "12345"), ("93", "13457")];
    for (kind, codes) in tables {
        let uscc = valid(&format!("{kind}110112MAYYT00167"));
        for code in "012345678".chars().map(String::from) {
            let members = json!({"party": {"name": "测试", "uscc": uscc}, "cause": code});
            let answer = encode_with(&changed(&removal(), members), Value::Null);
            assert_eq!(answer.is_ok(), codes.contains(&code), "{kind} {code}");
        }
    }
}

#[test]
fn a_correction_annuls_and_says_why() {
    let text = encode(&correction());
    let head = "<OpAnomalyBatch OpType=\"OUT\" AreaCode=\"110112\" Seq=\"20260921";
    assert!(text.contains(head) && text.contains("MsgId=\"out-0001\""), "{text}");
    let lines: Vec<_> = fields(&text).into_iter().map(|(path, value)| format!("{path}={value}")).collect();
    assert_eq!(
        lines,
        [
            "Item/BusExcList=e7f0c1d2000000000000000000000123",
            "Item/UniSCID=91110112MAYYT00167",
            "Item/EntName=北京潞河云驿科技有限公司",
            "Item/IsMove=2",
            "Item/RemExcpres=",
            "Item/RemExcpresCN=列入经营异常名录的决定有误，予以撤销",
            "Item/RemDate=2026-10-12",
            "Item/ReDecOrg=110112",
            "Item/ReDecOrgCN=北京市通州区市场监督管理局",
            "Item/PenDecNo=（京通）市监异撤〔2026〕第00002号",
            "Item/RemoveRea=信函投递地址有误，列入所依据的事实不成立",
        ]
    );
    let without_cause = changed(&correction(), json!({"cause": ""}));
    assert_eq!(encode(&without_cause), text);
}

#[test]
fn an_entity_from_before_the_credit_code_is_known_by_its_registration_number() {
    let members = json!({
        "party": {"name": "北京漷南堃镕商务有限公司"}, "registration_number": "110112305984804",
        "entity_id": null, "representative": null
    });
    let record = changed(&listing(), members.clone());
    let text = encode_with(&record, json!({"registration_number_kind": "enterprise"})).unwrap();
    for (name, value) in
        [("PriPID", ""), ("RegNO", "110112305984804"), ("UniSCID", ""), ("LeRep", ""), ("RegOrg", "110112")]
    {
        assert_eq!(field(&text, name).as_deref(), Some(value), "{name}");
    }
    let gone = changed(&removal(), members);
    let text = encode_with(&gone, json!({"registration_number_kind": "cooperative"})).unwrap();
    assert_eq!(field(&text, "RegNO").as_deref(), Some("110112305984804"));
}

#[test]
fn the_tables_of_the_link_replace_the_built_in_ones() {
    let settings = json!({"cause_codes": {"enterprise": {"4": "失联", "9": "新原因"}}, "area_code": "110105"});
    let record = changed(&listing(), json!({"cause": "9", "cause_name": null}));
    let text = encode_with(&record, settings.clone()).unwrap();
    assert_eq!(field(&text, "SpeCauseCN").as_deref(), Some("新原因"));
    assert!(text.contains("AreaCode=\"110105\""));
    let fault = encode_with(&changed(&listing(), json!({"cause": "1"})), settings.clone()).unwrap_err();
    assert!(fault.text.contains("4、9"), "{}", fault.text);
    assert!(encode_with(&removal(), settings).is_ok(), "another table stays as it was");
}

#[test]
fn seq_is_the_day_and_a_serial_that_another_message_does_not_share() {
    let seq = |settings: Value, id: &str| {
        let mut context = context(settings);
        context.message_id = MessageId::parse(id).unwrap();
        let text = String::from_utf8(CreditPublicity::encode(&removal(), &context).unwrap().body).unwrap();
        text.split("Seq=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(seq(Value::Null, SAMPLE_MESSAGE_ID), "20260921000001");
    assert_eq!(seq(json!({"seq_serial_digits": 12}), "out-0001").len(), 20);
    assert_ne!(seq(Value::Null, "out-0001"), seq(Value::Null, "out-0002"));
    assert_eq!(seq(Value::Null, "out-0001"), seq(Value::Null, "out-0001"));
}

#[test]
fn tasks_and_reminders_say_who_what_why_and_by_when() {
    check(
        &testing::assignment("credit-publicity"),
        "<OpTask OpType=\"ASSIGN\" AreaCode=\"110112\" Seq=\"",
        "Item/TaskNO=TZ-2026-0000017/1
         Item/CaseNO=TZ-2026-0000017
         Item/Role=2
         Item/RoleCN=协办
         Item/Clause=5.3.9(1)
         Item/ClauseCN=五（三）9（1）
         Item/Category=site_condition
         Item/CategoryCN=场所不具备特定条件
         Item/EntName=北京潞河云驿科技有限公司
         Item/UniSCID=91110112MAYYT00167
         Item/Dom=北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号
         Item/TownCode=110112009
         Item/Lon=116.661050000
         Item/Lat=39.889670000
         Item/Datum=CGCS2000
         Item/Title=登记住所1层临街外摆经营
         Item/Content=现场无营业执照，登记主体与实际经营者不符。
         Item/SrcOrg=urban-management
         Item/SrcNO=11011220260921000873
         Item/AssignTime=2026-09-21 09:06:00
         Item/DueTime=2026-09-28 23:59:59",
    );
    check(
        &testing::reminder("credit-publicity"),
        "<OpTask OpType=\"URGE\" AreaCode=\"110112\" Seq=\"",
        "Item/TaskNO=TZ-2026-0000017/1
         Item/CaseNO=TZ-2026-0000017
         Item/UrgeTimes=2
         Item/Clause=5.3.9(2)
         Item/ClauseCN=五（三）9（2）
         Item/EntName=北京潞河云驿科技有限公司
         Item/UniSCID=91110112MAYYT00167
         Item/Title=逾期未反馈
         Item/DueTime=2026-09-28 23:59:59
         Item/UrgeTime=2026-09-29 09:00:00",
    );
}

#[test]
fn a_receipt_reads_back_as_it_was_written() {
    let Record::Receipt(read) = only_record(encode(&testing::receipt()).as_bytes()) else { panic!("a receipt") };
    let Record::Receipt(mut sent) = testing::receipt() else { panic!("a receipt") };
    sent.direction = xiezhi_sdk::model::record::Direction::FromAgency;
    assert_eq!(read, sent);
}

#[test]
fn a_published_entry_reads_back_as_a_ledger_entry() {
    for (record, status, since) in [
        (listing(), "abnormal_listed", "2026-09-29"),
        (removal(), "abnormal_removed", "2026-11-10"),
        (correction(), "abnormal_annulled", "2026-10-12"),
    ] {
        let read = serde_json::to_value(only_record(encode(&record).as_bytes())).unwrap();
        assert_eq!(read["reference"], "e7f0c1d2000000000000000000000123");
        assert_eq!((read["status"].as_str(), read["confirmed_on"].as_str()), (Some(status), Some(since)));
        assert_eq!(read["party"], serde_json::to_value(&record).unwrap()["party"]);
        assert!(!read.to_string().contains("测试甲"), "the representative's name is not kept");
    }
}

#[test]
fn nothing_in_a_field_breaks_the_message() {
    let nasty = "]]></AnomalyRea><!DOCTYPE x>&amp;\"'<a b='c'>\r\n\t漷㛃\u{20164}堃镕\u{e5e5}";
    let text = encode(&changed(&listing(), json!({"reason": nasty, "representative": "漷㛃\u{20164}〇"})));
    assert_eq!(field(&text, "AnomalyRea").as_deref(), Some(nasty));
    assert_eq!(field(&text, "LeRep").as_deref(), Some("漷㛃\u{20164}〇"));
    let text = encode(&changed(&listing(), json!({"reason": "甲\u{0}乙\u{fffe}"})));
    assert_eq!(field(&text, "AnomalyRea").as_deref(), Some("甲\u{fffd}乙\u{fffd}"));
}
