//! Joint punishments, their lifting and the answers to them, and recalls.

use serde_json::{Value, json};
use xiezhi_sdk::Plugin as _;

use super::outbound::{assignment, open, receipt, record, reminder};
use super::{RECEIVED_AT, context_at, decode_biz, only};
use crate::UrbanManagement;

fn request() -> Value {
    json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"name": "北京漷南数智商务服务有限公司", "uscc": "91110112MAYYT00242", "town": "110112106"},
        "measure_code": "1-09", "legal_basis": "《企业信息公示暂行条例》第十八条", "until": "2029-09-28",
        "due_at": "2026-10-09T23:59:59+08:00"
    })
}

#[test]
fn requests_lifting_and_recalls_are_forms() {
    let context = context_at(RECEIVED_AT);
    assert_eq!(
        open(&record(request()), &context, "punish.request"),
        json!({
            "msgId": "m-1", "requestNum": "LHCJ-2026-0003", "measureCode": "1-09",
            "legalBasis": "《企业信息公示暂行条例》第十八条", "entName": "北京漷南数智商务服务有限公司",
            "uscc": "91110112MAYYT00242", "districtCode": "110112", "streetCode": "110112106", "until": "2029-09-28",
            "deadline": "2026-10-09 23:59:59"
        })
    );
    let lift = json!({"kind": "lift", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"uscc": "91110112MAYYT00242"}, "reason": "信用修复：已移出经营异常名录"});
    assert_eq!(
        open(&record(lift), &context, "punish.lift"),
        json!({"msgId": "m-1", "requestNum": "LHCJ-2026-0003", "uscc": "91110112MAYYT00242",
            "reason": "信用修复：已移出经营异常名录"})
    );
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "TZ-2026-0000017/2",
        "reason": "与另一案件重复"});
    assert_eq!(
        open(&record(recall), &context, "case.recall"),
        json!({"msgId": "m-1", "assignId": "TZ-2026-0000017/2", "caseNum": "TZ-2026-0000017",
            "reason": "与另一案件重复"})
    );
}

#[test]
fn a_request_without_measure_or_law_is_not_sent() {
    for (member, field) in [("measure_code", "measureCode"), ("legal_basis", "legalBasis")] {
        let mut bare = request();
        bare[member] = json!(" ");
        let fault = UrbanManagement::encode(&record(bare), &context_at(RECEIVED_AT)).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("urban.field-missing", Some(field)));
    }
}

#[test]
fn answers_are_read_or_refused_at_the_value() {
    let answer = |changes: Value| {
        let mut biz = json!({"requestNum": "LHCJ-2026-0003", "result": "1", "time": "2026-09-21 09:05:00"});
        for (name, value) in changes.as_object().unwrap() {
            biz[name] = value.clone();
        }
        decode_biz("punish.feedback", &biz.to_string())
    };
    let read = |changes: Value| serde_json::to_value(only(&answer(changes).unwrap())).unwrap();
    assert_eq!(
        read(json!({})),
        json!({"kind": "measure_feedback", "schema_version": 1, "reference": "LHCJ-2026-0003",
            "request": "LHCJ-2026-0003", "applied": true, "text": "", "at": "2026-09-21T09:05:00+08:00"})
    );
    let refused = read(json!({"result": "2", "opinion": "无此项职权㛃\u{20164}", "taskNum": "CG-7"}));
    assert_eq!(
        (&refused["applied"], &refused["text"], &refused["reference"]),
        (&json!(false), &json!("无此项职权㛃\u{20164}"), &json!("CG-7"))
    );
    for (changes, code, field) in [
        (json!({"requestNum": null}), "urban.field-missing", "requestNum"),
        (json!({"result": "3"}), "urban.biz-invalid", "result"),
        (json!({"result": "2"}), "urban.field-missing", "opinion"),
        (json!({"time": null}), "urban.field-missing", "time"),
        (json!({"time": "2026-09-21"}), "urban.biz-invalid", "time"),
    ] {
        let fault = answer(changes).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some(field)), "{}", fault.text);
        assert!(fault.offset.is_some());
    }
}

#[test]
fn the_manifest_names_what_is_written() {
    let kinds = [assignment().kind(), reminder().kind(), "recall", "joint_punishment", "lift", receipt().kind()];
    assert_eq!(UrbanManagement::describe().writes, kinds);
}
