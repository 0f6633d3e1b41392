//! What the shipped samples decode to.

use serde_json::json;
use xiezhi_sdk::model::record::{Direction, FeedbackResult, ReceiptOutcome};
use xiezhi_sdk::model::{Record, UtcTime};
use xiezhi_sdk::{Input, Plugin as _};

use super::{GOLDEN, GOLDEN_BIZ, case, context_at, decode, decode_at, decode_biz, only};
use crate::UrbanManagement;

#[test]
fn the_golden_sample_becomes_one_finding() {
    let decoded = decode(GOLDEN).unwrap();
    let Record::Finding(finding) = only(&decoded) else { panic!("not a finding") };
    assert_eq!(finding.reference, "11011220260921000873");
    assert_eq!((finding.issue.code_system.as_str(), finding.issue.code.as_str()), ("cjt214", "1101120501"));
    assert_eq!(finding.issue.name.as_deref(), Some("街面秩序/无照经营游商"));
    assert_eq!(finding.title, "街面秩序/无照经营游商：北京潞河云驿科技有限公司");
    assert!(finding.text.starts_with("登记住所1层临街外摆经营"));
    let party = &finding.party;
    assert_eq!(party.uscc.as_ref().unwrap().as_str(), "91110112MAYYT00167");
    assert_eq!(party.name.as_deref(), Some("北京潞河云驿科技有限公司"));
    assert_eq!(party.town.as_ref().unwrap().as_str(), "110112009");
    let (longitude, latitude) = party.coordinate.unwrap().to_lon_lat();
    assert_eq!((longitude.as_str(), latitude.as_str()), ("116.661050000", "39.889670000"));
    assert_eq!(finding.found_at.unwrap().to_string(), "2026-09-21T09:05:11+08:00");
    assert_eq!(finding.due_at.unwrap().to_string(), "2026-09-21T17:05:11+08:00");
    assert_eq!(finding.stage.as_deref(), Some("03"));
    let photo = &finding.attachments[0];
    assert_eq!((photo.kind.as_str(), photo.algorithm.as_str(), photo.bytes), ("jpg", "sm3", Some(10)));
    assert!(photo.digest.starts_with("5d712760"));
    assert_eq!(finding.extra["gridCode"], "110112009004012");
    assert_eq!(finding.extra["timeUnit"], "紧急工作时");
    assert_eq!(finding.extra["eventSrcName"], "监督员上报");
    let reply = decoded.reply.unwrap();
    assert_eq!(
        (reply.body.as_slice(), reply.content_type.as_str()),
        (&br#"{"code":0,"msg":"ok"}"#[..], "application/json")
    );
}

#[test]
fn the_published_business_content_is_the_one_in_the_form() {
    assert_eq!(decode(GOLDEN).unwrap().document, decode_biz("case.transfer", GOLDEN_BIZ).unwrap().document);
}

#[test]
fn own_samples_decode_within_their_window() {
    let at = "2026-09-21T09:14:00+08:00";
    let cases: [(&[u8], &str, &str); 3] = [
        (
            include_bytes!("../../../../tests/samples/own/urban-lost-contact.form.txt"),
            "1101120699",
            "91110112MAYYT00167",
        ),
        (
            include_bytes!("../../../../tests/samples/own/urban-changed-use.form.txt"),
            "1101120198",
            "91110112MAYYT0040P",
        ),
        (
            include_bytes!("../../../../tests/samples/own/urban-illegal-building.form.txt"),
            "1101120101",
            "91110112MAYYT0059L",
        ),
    ];
    for (body, code, uscc) in cases {
        let decoded = decode_at(body, at).unwrap();
        let Record::Finding(finding) = only(&decoded) else { panic!("not a finding") };
        assert_eq!((finding.issue.code.as_str(), finding.party.uscc.as_ref().unwrap().as_str()), (code, uscc));
    }
}

#[test]
fn event_and_component_codes_are_told_by_their_length() {
    for code in ["1101120501", "1101120201000123", "1101120500100042"] {
        let decoded = decode_biz("case.transfer", &case(&json!({"eventTypeCode": code}))).unwrap();
        let Record::Finding(finding) = only(&decoded) else { panic!("not a finding") };
        assert_eq!(finding.issue.code, code);
    }
}

#[test]
fn coordinates_are_exact_to_the_digit() {
    let biz = |x: &str, crs: &str| case(&json!({"crs": crs})).replace("\"x\":116.66105", &format!("\"x\":{x}"));
    let cases = [
        ("116.66105", "EPSG:4490", "116.661050000", "cgcs2000"),
        ("116.100000001", "EPSG:4326", "116.100000001", "wgs84"),
        ("\"116.300000000\"", "EPSG:4326", "116.300000000", "wgs84"),
        ("116.1234567891", "EPSG:4490", "116.123456789", "cgcs2000"),
        ("-0.000000001", "EPSG:4490", "-0.000000001", "cgcs2000"),
        ("180", "EPSG:4490", "180.000000000", "cgcs2000"),
    ];
    for (x, crs, longitude, datum) in cases {
        let decoded = decode_biz("case.transfer", &biz(x, crs)).unwrap();
        let point = only(&decoded).party().unwrap().coordinate.unwrap();
        assert_eq!(point.to_lon_lat().0, longitude, "{x}");
        assert_eq!(serde_json::to_value(point.datum).unwrap(), datum, "{x}");
    }
}

#[test]
fn a_case_without_an_entity_keeps_its_address() {
    let bare = json!({"entName": null, "uscc": null, "x": null, "y": null, "crs": null, "media": null, "deadline": ""});
    let decoded = decode_biz("case.transfer", &case(&bare)).unwrap();
    let Record::Finding(finding) = only(&decoded) else { panic!("not a finding") };
    assert_eq!((&finding.party.name, &finding.party.uscc, finding.due_at), (&None, &None, None));
    assert!(finding.title.contains("集群注册A-0017号"));
}

#[test]
fn mended_codes_are_taken_as_their_right_form() {
    for given in ["91110112mayyt00167", "９1110112MAYYT00167", " 91110112 MAYYT00167", "'91110112MAYYT00167"] {
        let decoded = decode_biz("case.transfer", &case(&json!({"uscc": given}))).unwrap();
        let Record::Finding(finding) = only(&decoded) else { panic!("not a finding") };
        assert_eq!(finding.party.uscc.as_ref().unwrap().as_str(), "91110112MAYYT00167", "{given}");
        assert!(!finding.extra.contains_key("usccWarning"), "{given}");
    }
}

#[test]
fn feedback_names_the_assignment_and_what_became_of_it() {
    let cases = [
        ("1", FeedbackResult::Accepted, "", None),
        ("2", FeedbackResult::Returned, "不属本单位职责", None),
        ("3", FeedbackResult::InProgress, "", Some("11011220260921000873")),
        ("4", FeedbackResult::Done, "已清理，现场恢复", None),
    ];
    for (result, expected, opinion, task) in cases {
        let biz = json!({"assignId": "TZ-2026-0000017/1", "result": result, "opinion": opinion, "taskNum": task,
            "time": "2026-09-21 09:05:00", "media": [{"type": "jpg", "sm3": "AB".repeat(32)}]});
        let decoded = decode_biz("case.feedback", &biz.to_string()).unwrap();
        let Record::Feedback(feedback) = only(&decoded) else { panic!("not feedback") };
        assert_eq!((feedback.result, feedback.text.as_str()), (expected, opinion));
        assert_eq!(feedback.assignment.as_str(), "TZ-2026-0000017/1");
        assert_eq!(feedback.reference, task.unwrap_or("TZ-2026-0000017/1"));
        assert_eq!(feedback.at, Some(UtcTime::parse_rfc3339("2026-09-21T09:05:00+08:00").unwrap()));
        assert_eq!(
            (feedback.attachments[0].digest.as_str(), feedback.attachments[0].bytes),
            ("ab".repeat(32).as_str(), None)
        );
    }
}

#[test]
fn a_receipt_of_the_agency_is_read() {
    let biz = json!({"refMsgId": "xz-1", "result": 2, "msg": "第2条有误", "caseNums": ["TZ-2026-0000017"],
        "rows": [{"row": 2, "code": "E7", "msg": "无此单元网格"}]});
    let decoded = decode_biz("case.receipt", &biz.to_string()).unwrap();
    let Record::Receipt(receipt) = only(&decoded) else { panic!("not a receipt") };
    assert_eq!((receipt.direction, receipt.outcome), (Direction::FromAgency, ReceiptOutcome::Partial));
    assert_eq!((receipt.message_id.as_str(), receipt.text.as_str()), ("xz-1", "第2条有误"));
    assert_eq!((receipt.rows[0].row, receipt.rows[0].code.as_str()), (2, "E7"));
    assert_eq!(receipt.case_numbers[0].as_str(), "TZ-2026-0000017");
}

#[test]
fn the_manifest_and_decoding_never_change() {
    assert_eq!(UrbanManagement::describe(), UrbanManagement::describe());
    assert_eq!(UrbanManagement::describe().id, "urban-management");
    let context = context_at(super::RECEIVED_AT);
    let decode = || UrbanManagement::decode(&Input::Message(GOLDEN), &context).unwrap();
    assert_eq!(decode(), decode());
}
