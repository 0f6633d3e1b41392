//! Tests of the whole plugin, through the three functions that the gateway calls.

mod batches;
mod mutation;
mod outbound;
mod page;
mod punishment;
mod refusals;
mod samples;

use serde_json::{Value, json};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::{AgencyId, MessageId, Record, UtcTime};
use xiezhi_sdk::{Context, Decoded, Input, Plugin as _};

use crate::{UrbanManagement, form, sign};

/// The secret that the samples are signed with.
const SECRET: &str = "demo-secret-not-for-production";
/// When the gateway receives what the tests send, unless they say otherwise.
const RECEIVED_AT: &str = "2026-09-21T09:06:00+08:00";
/// The gateway's first sample.
const GOLDEN: &[u8] = include_bytes!("../../../tests/samples/07-urban-case.form.txt");
/// Its business content, as published beside it.
const GOLDEN_BIZ: &str = include_str!("../../../tests/samples/07b-urban-case.biz.json");

fn context_at(at: &str) -> Context {
    let settings = json!({"app_key": "cgj-110112", "sign_secret": SECRET, "replay_window_s": 300});
    Context {
        agency: AgencyId::parse("urban-management").unwrap(),
        at: UtcTime::parse_rfc3339(at).unwrap(),
        message_id: MessageId::parse("m-1").unwrap(),
        settings: settings.as_object().unwrap().clone(),
    }
}

/// The fields of a right form around some business content, not yet signed.
fn fields(method: &str, biz: &str) -> Vec<(String, String)> {
    let pairs = [
        ("appKey", "cgj-110112"),
        ("timestamp", "20260921090530"),
        ("nonce", "7f3a9c10"),
        ("method", method),
        ("version", "1.0"),
        ("bizContent", biz),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// The signed form of these fields.
fn signed(fields: &[(String, String)]) -> Vec<u8> {
    let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let signature = sign::sign(SECRET, pairs());
    form::write(pairs().chain([("sign", signature.as_str())])).into_bytes()
}

fn decode(body: &[u8]) -> Result<Decoded, Fault> {
    decode_at(body, RECEIVED_AT)
}

fn decode_at(body: &[u8], at: &str) -> Result<Decoded, Fault> {
    UrbanManagement::decode(&Input::Message(body), &context_at(at))
}

fn decode_biz(method: &str, biz: &str) -> Result<Decoded, Fault> {
    decode(&signed(&fields(method, biz)))
}

/// The golden case with some of its fields replaced; `null` removes one.
fn case(changes: &Value) -> String {
    let mut biz: Value = serde_json::from_str(GOLDEN_BIZ).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            biz.as_object_mut().unwrap().remove(name);
        } else {
            biz[name] = value.clone();
        }
    }
    biz.to_string()
}

/// The only record of a message.
fn only(decoded: &Decoded) -> &Record {
    assert_eq!((decoded.document.records.len(), decoded.document.row_faults.len()), (1, 0));
    &decoded.document.records[0].record
}
