//! What is written verifies with the agency's side of the signature, and its JSON says what the record says.

use serde_json::{Value, json};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::{Context, Plugin as _};

use super::{RECEIVED_AT, SECRET, context_at};
use crate::form::Form;
use crate::{UrbanManagement, sign};

pub(super) fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn party() -> Value {
    json!({"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167",
        "address": "北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号", "town": "110112009",
        "coordinate": {"longitude_nanodegrees": 116_661_050_000_i64, "latitude_nanodegrees": 39_889_670_001_i64,
            "datum": "cgcs2000"}})
}

pub(super) fn assignment() -> Record {
    record(json!({"kind": "assignment", "schema_version": 1, "assignment": "TZ-2026-0000017/1",
        "case_number": "TZ-2026-0000017", "agency": "urban-management", "role": "lead", "clause": "5.3.9(1)",
        "category": "illegal-building", "category_name": "违法建设", "party": party(), "title": "私搭乱建",
        "text": "空地私自搭建板房", "source_agency": "police", "source_reference": "A1101120000002026090017",
        "assigned_at": "2026-09-21T09:06:00+08:00", "due_at": "2026-09-28T23:59:59.999+08:00"}))
}

pub(super) fn reminder() -> Record {
    record(json!({"kind": "reminder", "schema_version": 1, "assignment": "TZ-2026-0000017/1",
        "case_number": "TZ-2026-0000017", "agency": "urban-management", "clause": "5.3.9(1)", "party": party(),
        "title": "私搭乱建", "due_at": "2026-09-28T23:59:59.999+08:00", "level": 1,
        "sent_at": "2026-09-29T09:00:00+08:00"}))
}

pub(super) fn receipt() -> Record {
    record(json!({"kind": "receipt", "schema_version": 1, "direction": "to_agency", "message_id": "m-7",
        "outcome": "partial", "text": "第2条未受理", "case_numbers": ["TZ-2026-0000017"],
        "rows": [{"row": 2, "code": "uscc.check-character", "text": "校验位错误"}]}))
}

/// Checks the envelope as the agency would, and gives the business content.
pub(super) fn open(record: &Record, context: &Context, method: &str) -> Value {
    let encoded = UrbanManagement::encode(record, context).unwrap();
    assert_eq!(encoded, UrbanManagement::encode(record, context).unwrap(), "the same bytes every time");
    assert_eq!(encoded.content_type, "application/x-www-form-urlencoded; charset=UTF-8");
    let form = Form::parse(&encoded.body).unwrap();
    let value = |name: &str| form.required(name).unwrap().value.clone();
    assert_eq!(value("sign"), sign::sign(SECRET, form.pairs()));
    assert_eq!((value("appKey").as_str(), value("timestamp").as_str()), ("cgj-110112", "20260921090600"));
    assert_eq!((value("method").as_str(), value("version").as_str()), (method, "1.0"));
    assert_eq!(value("nonce").len(), 16);
    serde_json::from_str(&value("bizContent")).unwrap()
}

#[test]
fn an_assignment_is_a_task_form() {
    let biz = open(&assignment(), &context_at(RECEIVED_AT), "case.assign");
    let expected = [
        ("msgId", "m-1"),
        ("assignId", "TZ-2026-0000017/1"),
        ("stage", "03"),
        ("deptRole", "主办"),
        ("clauseName", "五（三）9（1）"),
        ("categoryName", "违法建设"),
        ("uscc", "91110112MAYYT00167"),
        ("districtCode", "110112"),
        ("streetCode", "110112009"),
        ("crs", "EPSG:4490"),
        ("sourceDept", "police"),
        ("createTime", "2026-09-21 09:06:00"),
        ("deadline", "2026-09-28 23:59:59"),
    ];
    for (name, value) in expected {
        assert_eq!(biz[name], value, "{name}");
    }
    assert_eq!((biz["x"].to_string().as_str(), biz["y"].to_string().as_str()), ("116.66105", "39.889670001"));
}

#[test]
fn a_reminder_names_the_assignment_and_its_level() {
    let biz = open(&reminder(), &context_at(RECEIVED_AT), "case.supervise");
    assert_eq!((&biz["assignId"], &biz["superviseLevel"]), (&json!("TZ-2026-0000017/1"), &json!(1)));
    assert_eq!(biz["createTime"], "2026-09-29 09:00:00");
}

#[test]
fn a_receipt_names_the_message_and_the_rows() {
    let biz = open(&receipt(), &context_at(RECEIVED_AT), "case.receipt");
    assert_eq!(
        (&biz["refMsgId"], &biz["result"], &biz["resultName"]),
        (&json!("m-7"), &json!("2"), &json!("部分受理"))
    );
    assert_eq!(biz["rows"], json!([{"row": 2, "code": "uscc.check-character", "msg": "校验位错误"}]));
    assert_eq!(biz["caseNums"], json!(["TZ-2026-0000017"]));
}

#[test]
fn a_party_of_which_little_is_known_leaves_the_fields_out() {
    let mut json = serde_json::to_value(assignment()).unwrap();
    json["party"] = json!({"address": "通州区"});
    json["role"] = json!("co");
    let biz = open(&record(json), &context_at(RECEIVED_AT), "case.assign");
    assert_eq!((&biz["deptRole"], &biz["address"]), (&json!("协办"), &json!("通州区")));
    for absent in ["uscc", "entName", "streetCode", "x", "crs"] {
        assert!(biz.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn nonces_differ_by_message() {
    let mut other = context_at(RECEIVED_AT);
    other.message_id = xiezhi_sdk::model::MessageId::parse("m-2").unwrap();
    let bodies = [context_at(RECEIVED_AT), other].map(|context| UrbanManagement::encode(&receipt(), &context).unwrap());
    let nonce = |body: &[u8]| Form::parse(body).unwrap().required("nonce").unwrap().value.clone();
    assert_ne!(nonce(&bodies[0].body), nonce(&bodies[1].body));
}

#[test]
fn other_kinds_and_missing_secrets_are_faults() {
    let notice = record(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    let mut from_agency = serde_json::to_value(receipt()).unwrap();
    from_agency["direction"] = json!("from_agency");
    for (refused, code) in [(notice, "urban.kind-unwritten"), (record(from_agency), "urban.direction-invalid")] {
        let fault = UrbanManagement::encode(&refused, &context_at(RECEIVED_AT)).unwrap_err();
        assert_eq!(fault.code, code);
    }
    let mut bare = context_at(RECEIVED_AT);
    bare.settings.remove("sign_secret");
    assert_eq!(UrbanManagement::encode(&receipt(), &bare).unwrap_err().code, "urban.secret-missing");
}
