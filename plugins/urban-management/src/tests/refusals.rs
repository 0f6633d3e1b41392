//! What is refused: for each bad message the code, the field and the byte.

use serde_json::{Value, json};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Input, Plugin as _};

use super::{GOLDEN, RECEIVED_AT, SECRET, case, context_at, decode, decode_at, decode_biz, fields, signed};
use crate::{UrbanManagement, sign};

const DAMAGED: &str = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");

/// Holds a fault against what it must say, and against what it must never say.
fn check(fault: &Fault, body: &[u8], code: &str, field: &str, piece: &str) {
    assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some(field)), "{}", fault.text);
    let at = usize::try_from(fault.offset.unwrap()).unwrap();
    let found = String::from_utf8_lossy(&body[at.min(body.len())..]).into_owned();
    assert!(found.starts_with(piece), "{code}: byte {at} should start {piece:?}, is {:.40}", found);
    assert!(!fault.text.contains(SECRET) && !fault.text.is_ascii(), "{}", fault.text);
    assert!(fault.text.len() <= 2_000, "the plugin border's limit");
}

#[test]
fn envelopes_are_checked_from_the_outside_in() {
    // Name, the field's new value (`None` removes it), code, and how the message goes on at the offset.
    let cases = [
        ("appKey", None, "urban.field-missing", ""),
        ("nonce", Some(""), "urban.field-missing", "nonce=&"),
        ("appKey", Some("cgj-000000"), "urban.app-key", "appKey="),
        ("timestamp", Some("2026-09-21 09:05"), "urban.timestamp-invalid", "timestamp="),
        ("timestamp", Some("20260931090530"), "urban.timestamp-invalid", "timestamp="),
        ("timestamp", Some("20260921090530000"), "urban.timestamp-invalid", "timestamp="),
        ("timestamp", Some("20260921080530"), "urban.timestamp-stale", "timestamp="),
        ("timestamp", Some("20260921091200"), "urban.timestamp-stale", "timestamp="),
        ("nonce", Some("7f3a"), "urban.nonce-invalid", "nonce="),
        ("nonce", Some("7f3a9c10 "), "urban.nonce-invalid", "nonce="),
        ("version", Some("2.0"), "urban.version-unknown", "version="),
        ("method", Some("case.delete"), "urban.method-unknown", "method="),
        ("bizContent", Some("{\"taskNum\":"), "urban.json-malformed", "%3A&sign"),
        ("bizContent", Some("{\"a\":1,}"), "urban.json-malformed", "%7D"),
        ("bizContent", Some("{\n\"a\":1,\n 云}"), "urban.json-malformed", "%E4"),
        ("bizContent", Some("[1]"), "urban.biz-invalid", "bizContent="),
    ];
    for (name, value, code, piece) in cases {
        let mut fields = fields("case.transfer", "{}");
        fields.retain(|(known, _)| value.is_some() || known != name);
        if let Some(field) = fields.iter_mut().find(|(known, _)| known == name) {
            value.unwrap().clone_into(&mut field.1);
        }
        let body = signed(&fields);
        check(&decode(&body).unwrap_err(), &body, code, name, piece);
    }
}

#[test]
fn a_changed_message_does_not_verify() {
    let text = String::from_utf8(GOLDEN.to_vec()).unwrap();
    let expected = text.rsplit('=').next().unwrap();
    for changed in [
        text.replace("39.88967", "39.88968"),
        text.replace("nonce=7f3a9c10", "nonce=7f3a9c11"),
        text.replace("sign=0E3B", "sign=1E3B"),
        text.replace("&sign=", "&extra=1&sign="),
    ] {
        let fault = decode(changed.as_bytes()).unwrap_err();
        check(&fault, changed.as_bytes(), "urban.sign-mismatch", "sign", "sign=");
        assert!(!fault.text.contains(expected), "the expected signature stays unsaid");
    }
}

#[test]
fn the_replay_window_includes_its_edge() {
    for at in ["2026-09-21T09:10:30+08:00", "2026-09-21T09:00:30+08:00"] {
        assert!(decode_at(GOLDEN, at).is_ok(), "{at}");
    }
    for at in ["2026-09-21T09:10:30.001+08:00", "2026-09-21T09:00:29.999+08:00", "2027-09-21T09:05:30+08:00"] {
        assert_eq!(decode_at(GOLDEN, at).unwrap_err().code, "urban.timestamp-stale", "{at}");
    }
}

#[test]
fn settings_that_an_operator_must_mend() {
    let cases = [
        ("sign_secret", Value::Null, "urban.secret-missing"),
        ("sign_secret", json!(""), "urban.secret-missing"),
        ("app_key", Value::Null, "urban.setting-invalid"),
        ("replay_window_s", json!(0), "urban.setting-invalid"),
        ("replay_window_s", json!("300"), "urban.setting-invalid"),
        ("replay_window_s", json!(86_401), "urban.setting-invalid"),
    ];
    for (name, value, code) in cases {
        let mut context = context_at(RECEIVED_AT);
        context.settings.insert(name.to_owned(), value);
        let fault = UrbanManagement::decode(&Input::Message(GOLDEN), &context).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some(name)));
        assert!(fault.text.contains("运维人员"), "{}", fault.text);
    }
    let parts = UrbanManagement::decode(&Input::Parts(vec![GOLDEN]), &context_at(RECEIVED_AT)).unwrap_err();
    assert_eq!(parts.code, "urban.form-malformed");
}

#[test]
fn cases_are_refused_at_the_value() {
    let long = "长".repeat(201);
    let media = |sm3: &str, size: Value| json!([{"type": "jpg", "sm3": sm3, "size": size}]);
    let cases = [
        ("taskNum", Value::Null, "urban.field-missing", "%7B"),
        ("eventDesc", json!(" "), "urban.field-missing", "%22+%22"),
        ("taskNum", json!(true), "urban.biz-invalid", "true"),
        ("taskNum", json!("a\nb"), "urban.biz-invalid", "%22a"),
        ("entName", json!(long), "urban.biz-invalid", "%22%E9"),
        ("eventDesc", json!("长".repeat(2_001)), "urban.biz-invalid", "%22%E9"),
        ("eventDesc", json!("a\u{0}"), "urban.biz-invalid", "%22a"),
        ("eventTypeCode", json!("110112050"), "urban.event-code", "%22110112050%22"),
        ("eventTypeCode", json!("11011205010"), "urban.event-code", "%22"),
        ("eventTypeCode", json!("1101050501"), "urban.event-code", "%221101050501"),
        ("gridCode", json!("11011200900401"), "urban.grid-code", "%2211011200900401%22"),
        ("gridCode", json!("110112010004012"), "urban.grid-code", "%22110112010004012"),
        ("gridCode", json!("11011200900401X"), "urban.grid-code", "%22"),
        ("streetCode", json!("11011"), "urban.street-code", "%2211011%22"),
        ("districtCode", json!("110105"), "urban.biz-invalid", "%22110105"),
        ("uscc", json!("91110112MAYYT00168"), "uscc.check-character", "%2291110112MAYYT00168"),
        ("uscc", json!("9.11101E+17"), "uscc.scientific-notation", "%229.11101E%2B17"),
        ("uscc", json!("9111A112MAYYT00167"), "uscc.region", "%22"),
        ("x", Value::Null, "urban.coordinate", "%7B"),
        ("y", Value::Null, "urban.coordinate", "%7B"),
        ("x", json!("东经116度"), "urban.coordinate", "%22%E4"),
        ("y", json!(116.5), "urban.coordinate", "116.5"),
        ("crs", Value::Null, "urban.field-missing", "%7B"),
        ("crs", json!("GCJ-02"), "urban.crs-unknown", "%22GCJ-02"),
        ("createTime", json!("2026-09-31 09:05:11"), "urban.biz-invalid", "%222026-09-31"),
        ("deadline", json!("2026-09-20 09:05:11"), "urban.biz-invalid", "%222026-09-20"),
        ("stage", json!("3"), "urban.biz-invalid", "%223%22"),
        ("media", json!({}), "urban.biz-invalid", "%7B%7D"),
        ("media", json!(vec![0; 51]), "urban.biz-invalid", "%5B0"),
        ("media", json!([1]), "urban.biz-invalid", "1%5D"),
        ("sm3", media("12", json!(1)), "urban.biz-invalid", "%2212%22"),
        ("size", media(&"0".repeat(64), json!(-1)), "urban.biz-invalid", "-1"),
    ];
    for (field, value, code, piece) in cases {
        let changed = if matches!(field, "sm3" | "size") { "media" } else { field };
        let body = signed(&fields("case.transfer", &case(&json!({changed: value}))));
        check(&decode(&body).unwrap_err(), &body, code, field, piece);
    }
}

#[test]
fn swapped_axes_are_told_from_a_bad_number() {
    let body = signed(&fields("case.transfer", &case(&json!({"x": 39.88967, "y": 116.66105}))));
    let fault = decode(&body).unwrap_err();
    check(&fault, &body, "urban.coordinate", "y", "116.66105");
    assert!(fault.text.contains("颠倒"));
}

#[test]
fn answers_are_refused_at_the_value() {
    let feedback = json!({"assignId": "TZ-2026-0000017/1", "result": "1", "time": "2026-09-21 09:05:00"});
    let receipt = json!({"refMsgId": "xz-1", "result": "1", "msg": "已受理"});
    let cases = [
        ("case.feedback", &feedback, "assignId", json!("17"), "urban.biz-invalid"),
        ("case.feedback", &feedback, "result", json!("5"), "urban.biz-invalid"),
        ("case.feedback", &feedback, "opinion", json!(["x"]), "urban.biz-invalid"),
        ("case.feedback", &feedback, "time", json!("now"), "urban.biz-invalid"),
        ("case.receipt", &receipt, "refMsgId", json!("x".repeat(129)), "urban.biz-invalid"),
        ("case.receipt", &receipt, "result", json!("0"), "urban.biz-invalid"),
        ("case.receipt", &receipt, "caseNums", json!(["案件"]), "urban.biz-invalid"),
        ("case.receipt", &receipt, "caseNums", json!([""]), "urban.field-missing"),
        ("case.receipt", &receipt, "row", json!("-1"), "urban.biz-invalid"),
    ];
    for (method, base, field, value, code) in cases {
        let mut biz = base.clone();
        if field == "row" {
            biz["rows"] = json!([{"row": value, "code": "E", "msg": "错"}]);
        } else {
            biz[field] = value;
        }
        let body = signed(&fields(method, &biz.to_string()));
        check(&decode(&body).unwrap_err(), &body, code, field, "");
    }
    for result in ["2", "4"] {
        let mut biz = feedback.clone();
        biz["result"] = json!(result);
        let fault = decode_biz("case.feedback", &biz.to_string()).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("urban.field-missing", Some("opinion")));
    }
}

#[test]
fn damaged_codes_are_mended_or_refused_with_the_reason() {
    let expected = [
        Err("uscc.check-character"),
        Err("uscc.check-character"),
        Err("uscc.character"),
        Err("uscc.character"),
        Ok(false),
        Ok(false),
        Err("uscc.length"),
        Ok(true),
    ];
    let codes: Vec<&str> = DAMAGED.lines().filter_map(|line| line.split_once('\t')).map(|(_, code)| code).collect();
    assert_eq!(codes.len(), expected.len());
    for (code, outcome) in codes.into_iter().zip(expected) {
        let decoded = decode_biz("case.transfer", &case(&json!({"uscc": code})));
        let got = decoded.as_ref().map(|decoded| {
            let record = serde_json::to_value(super::only(decoded)).unwrap();
            record["extra"].get("usccWarning").is_some()
        });
        assert_eq!(got.map_err(|fault| fault.code.as_str()), outcome, "{code}");
    }
}

#[test]
fn a_value_that_looks_like_fields_moves_no_border() {
    let mut fields = fields("case.transfer", &case(&json!({"eventDesc": "a&method=case.feedback&sign=0"})));
    let body = signed(&fields);
    assert!(decode(&body).is_ok());
    // The same base string, cut elsewhere: the fields it would need to be useful are then missing or doubled.
    let all: String = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let signature = sign::sign(SECRET, fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    fields = vec![("appKey".to_owned(), all), ("sign".to_owned(), signature)];
    let recut: String = crate::form::write(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(decode(recut.as_bytes()).unwrap_err().code, "urban.field-missing");
}
