//! What good alerts become.

use serde_json::json;
use xiezhi_sdk::model::record::{Alarm, Finding};

use super::*;

pub(super) fn finding(text: &str) -> Finding {
    match only_record(text) {
        Record::Finding(finding) => *finding,
        other => panic!("a finding was wanted, not {}", other.kind()),
    }
}

pub(super) fn alarm(text: &str) -> Alarm {
    match only_record(text) {
        Record::Alarm(alarm) => *alarm,
        other => panic!("an alarm was wanted, not {}", other.kind()),
    }
}

#[test]
fn the_national_sample_becomes_a_finding_about_the_code_in_its_text() {
    assert_eq!(
        serde_json::to_value(only_record(NATIONAL)).unwrap(),
        json!({
            "kind": "finding", "schema_version": 1, "reference": "11011249900000_20260921103000",
            "party": {"uscc": "91110112MAYYT00167", "address": "北京市,通州区,文景街道", "town": "110112009"},
            "issue": {"code_system": "gbt35561", "code": "12X99", "name": "重大事故隐患"},
            "title": "关于北京潞河云驿科技有限公司登记住所所在建筑重大事故隐患的通报",
            "text": "统一社会信用代码：91110112MAYYT00167；问题：6号楼3层违规存放危险化学品，\
                     现场无企业人员，登记住所无人办公。",
            "found_at": "2026-09-21T10:30:00+08:00",
            "extra": {
                "UniSCID_TS": "统一社会信用代码取自文字描述",
                "areaDesc": "北京市,通州区,文景街道",
                "certainty": "Observed",
                "code_message": "集群注册地址所在楼宇存在重大事故隐患，请协同处置",
                "effective": "2026-09-21 10:30:00+08:00",
                "expires": "2026-09-30 18:00:00+08:00",
                "geocode": "110112009000",
                "instruction": "请市场监管部门核实住所（经营场所）并反馈。",
                "msgType": "Alert", "scope": "Restricted",
                "sender": "北京市通州区应急管理局（测试）", "senderCode": "11011249900000",
                "severity": "Orange", "status": "Actual", "urgency": "Immediate"
            }
        })
    );
}

#[test]
fn the_standard_sample_becomes_the_same_finding() {
    let finding = finding(CAP12);
    assert_eq!(
        serde_json::to_value(&finding.party).unwrap(),
        json!({
            "name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167",
            "address": "北京市通州区文景街道", "town": "110112009",
            "coordinate": {
                "longitude_nanodegrees": 116_661_000_000_i64, "latitude_nanodegrees": 39_889_750_000_i64,
                "datum": "wgs84"
            }
        })
    );
    assert_eq!((finding.issue.code_system.as_str(), finding.issue.code.as_str()), ("gbt35561", "12X99"));
    assert_eq!(finding.title, "登记住所所在建筑重大事故隐患通报");
    assert_eq!(finding.found_at.unwrap().to_string(), "2026-09-21T10:30:00+08:00");
    assert_eq!(finding.extra["restriction"], "通州区集群注册监管协同成员单位");
    assert_eq!(finding.extra["senderName"], "北京市通州区应急管理局（测试）");
    assert!(!finding.extra.contains_key("UniSCID_TS"));
}

#[test]
fn a_warning_is_an_alarm_and_opens_no_case() {
    let alarm = alarm(GALE);
    assert_eq!((alarm.issue.code_system.as_str(), alarm.issue.code.as_str()), ("gbt35561", "11B06"));
    assert_eq!((alarm.issue.name.as_deref(), alarm.severity.as_deref()), (Some("大风"), Some("Blue")));
    assert_eq!(alarm.reference, "11011241600000_20260922160000_1", "31 characters");
    assert!(alarm.text.starts_with("大风蓝色预警信号\n预计22日夜间漷县镇"));
    assert_eq!((alarm.party.address.as_deref(), alarm.party.town), (Some("北京市,通州区"), None), "two towns are none");
    assert_eq!(alarm.extra["geocode"], "110112106000 110112105000");
    assert!(!alarm.extra.contains_key("senderName"), "who was on duty is not kept");
}

#[test]
fn what_is_not_actual_matches_no_rule_for_real_events() {
    let drill = alarm(EXERCISE);
    assert_eq!((drill.issue.code_system.as_str(), drill.issue.code.as_str()), ("cap-exercise", "12X99"));
    assert_eq!(drill.party.uscc.unwrap().as_str(), "91110112MAYYT0067F");
    for (status, system) in
        [("Exercise", "cap-exercise"), ("System", "cap-system"), ("Test", "cap-test"), ("Draft", "cap-draft")]
    {
        for message in [NATIONAL, CAP12, UPDATE, FEEDBACK] {
            let text = message.replace("<status>Actual<", &format!("<status>{status}<"));
            let alarm = alarm(&text);
            assert_eq!(alarm.issue.code_system, system, "even an answer that is drilled answers nothing");
            assert_eq!(alarm.extra["status"], status);
        }
        let bare = cap12("Alert", "", "").replace("Actual", status);
        let bare = alarm(&bare);
        assert_eq!((bare.issue.code_system.as_str(), bare.issue.code.as_str()), (system, "none"));
        assert_eq!(bare.party.device.as_deref(), Some("yj"));
    }
}

#[test]
fn updates_and_cancellations_keep_what_they_refer_to() {
    let update = finding(UPDATE);
    assert_eq!(update.extra["references"], "11011249900000_20260921103000");
    assert_eq!(update.extra["msgType"], "Update");
    let triples = "<references>yj,A1,2026-09-20T08:00:00+08:00\n yj,A2,2026-09-20T09:00:00+08:00</references>";
    let cancelled = alarm(&cap12("Cancel", triples, &info12(&code())));
    assert_eq!((cancelled.issue.code_system.as_str(), cancelled.extra["references"].as_str()), ("cap-cancel", "A1 A2"));
    let bare = alarm(&national("Cancel", "<note>误报</note><references>A1，A2;A3</references>", ""));
    assert_eq!((bare.text.as_str(), bare.extra["references"].as_str()), ("误报", "A1 A2 A3"));
    assert_eq!(bare.issue.code_system, "cap-cancel");
}

#[test]
fn the_links_table_says_which_events_are_findings() {
    let settings = json!({"finding_events": {"12A01": "厂房坍塌隐患"}, "event_names": {"12X99": "其他事故"}});
    let decoded = decode_with(CAP12, settings.clone()).unwrap();
    assert_eq!(decoded.document.records[0].record.kind(), "alarm");
    let decoded = decode_with(&NATIONAL.replace("12X99", "12A01"), settings.clone()).unwrap();
    assert_eq!(decoded.document.records[0].record.kind(), "finding");
    let decoded = decode_with(NATIONAL, settings).unwrap();
    let Record::Alarm(known) = &decoded.document.records[0].record else { panic!("an alarm was wanted") };
    assert_eq!(known.issue.name.as_deref(), Some("其他事故"));
    // Without a code the name of the event decides.
    let named = finding(&cap12("Alert", "", &info12(&code())));
    assert_eq!((named.issue.code_system.as_str(), named.issue.code.as_str()), ("gbt35561", "12X99"));
    let other = alarm(&cap12("Alert", "", &info12(&code()).replace("重大事故隐患", "燃气泄漏")));
    assert_eq!((other.issue.code_system.as_str(), other.issue.code.as_str()), ("cap-category", "Safety"));
    assert_eq!(other.issue.name.as_deref(), Some("燃气泄漏"));
}

#[test]
fn each_info_is_a_row_and_translations_are_none() {
    let english = info12(&code()).replace("zh-CN", "en-US");
    let chinese = info12(&format!("<headline>漷㛃\u{20164}堃镕</headline>{}", code()));
    let bad = info12(&parameter("UniSCID", "91110112MAYYT00160"));
    let text = cap12("Alert", "", &format!("{english}{chinese}{bad}{chinese}"));
    let document = decode(&text).unwrap().document;
    let rows: Vec<u32> = document.records.iter().map(|record| record.row).collect();
    assert_eq!(rows, [2, 4]);
    assert_eq!(document.records[1].record.reference(), Some("N1-4"));
    let Record::Finding(finding) = &document.records[0].record else { panic!("a finding was wanted") };
    assert_eq!(finding.title, "漷㛃\u{20164}堃镕");
    let [fault] = &document.row_faults[..] else { panic!("one fault was wanted") };
    assert_eq!((fault.row, fault.fault.code.as_str()), (3, "uscc.check-character"));
    assert_eq!(decode(&cap12("Alert", "", &english)).unwrap().document.records.len(), 1, "the only language counts");
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let text = national("Alert", "", &info(&parameter("UniSCID", code)));
        match expected {
            Ok((code, noted)) => {
                let finding = finding(&text);
                assert_eq!(finding.party.uscc.unwrap().as_str(), code, "{label}");
                assert_eq!(finding.extra.contains_key("UniSCID_TS"), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(&text).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("UniSCID")), "{label}");
            }
        }
    }
}

#[test]
fn an_address_parameter_is_enough_for_a_finding() {
    let text = national("Alert", "", &info(&parameter("EntAddress", "宋庄镇小堡村北街66号")));
    let finding = finding(&text);
    assert_eq!(finding.party.address.as_deref(), Some("宋庄镇小堡村北街66号"));
    assert_eq!(finding.title, "重大事故隐患", "without a headline the event's name");
}

#[test]
fn further_parameters_and_evidence_are_kept() {
    let more = format!(
        "{}{}{}<resource><resourceDesc>照片</resourceDesc><mimeType>image/jpeg</mimeType><size>1024</size>\
         <digest>A9993E364706816ABA3E25717850C26C9CD0D89D</digest></resource>\
         <resource><resourceDesc>网页</resourceDesc><mimeType>text/html</mimeType></resource>",
        code(),
        parameter("楼层", "3"),
        parameter("楼层", "4")
    );
    let finding = finding(&cap12("Alert", "<code>甲</code><code>乙</code>", &info12(&more)));
    assert_eq!(finding.extra["parameter.楼层"], "3；4");
    assert_eq!(finding.extra["code"], "甲；乙");
    assert_eq!(
        serde_json::to_value(&finding.attachments).unwrap(),
        json!([{
            "kind": "image/jpeg", "algorithm": "sha1", "bytes": 1024,
            "digest": "a9993e364706816aba3e25717850c26c9cd0d89d"
        }])
    );
}

#[test]
fn times_are_read_in_the_forms_of_their_dialect() {
    let at = |text: &str| finding(text).found_at.unwrap().to_string();
    for (written, expected) in [
        ("2026-09-21 08:00:00+08:00", "2026-09-21T08:00:00+08:00"),
        ("2026-09-21 00:00:00+00:00", "2026-09-21T08:00:00+08:00"),
        ("2026-09-21T08:00:00+08:00", "2026-09-21T08:00:00+08:00"),
        ("2026-09-21 08:00:00", "2026-09-21T08:00:00+08:00"),
        ("20260921080000", "2026-09-21T08:00:00+08:00"),
    ] {
        let text = national("Alert", "", &info(&format!("<onset>{written}</onset>{}", code())));
        assert_eq!(at(&text), expected, "{written}");
    }
    let utc = "<onset>2026-09-21T00:00:00-00:00</onset>";
    assert_eq!(at(&cap12("Alert", "", &info12(&format!("{utc}{}", code())))), "2026-09-21T08:00:00+08:00");
}

#[test]
fn a_prefixed_namespace_and_a_signature_change_nothing() {
    let prefixed = CAP12.replace("xmlns=", "xmlns:cap=").replace("</", "</cap:").replace('<', "<cap:");
    let prefixed = prefixed.replace("<cap:?xml", "<?xml").replace("<cap:/cap:", "</cap:");
    assert_eq!(only_record(&prefixed), only_record(CAP12));
    let signature = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/></ds:Signature>";
    assert_eq!(only_record(&CAP12.replace("</alert>", &format!("{signature}</alert>"))), only_record(CAP12));
    let gb = encoding(NATIONAL);
    let decoded = Emergency::decode(&Input::Message(&gb), &context(Value::Null)).unwrap();
    assert_eq!(decoded.document, decode(NATIONAL).unwrap().document, "a declaration of GB18030 is believed");
}

fn encoding(text: &str) -> Vec<u8> {
    xiezhi_formats::charset::gb18030_bytes(&text.replace("UTF-8", "GB18030"))
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for text in [NATIONAL, CAP12, GALE, EXERCISE, UPDATE, FEEDBACK] {
        assert_eq!(decode(text), decode(text));
    }
    assert_eq!((Emergency::describe().id.as_str(), Emergency::describe()), ("emergency", Emergency::describe()));
}
