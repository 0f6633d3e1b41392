//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod callers;
mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::record::Complaint;
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Hotline;

const ORDERS: &[u8] = include_bytes!("../../../tests/samples/12-complaints.ndjson");
const MIXED: &[u8] = include_bytes!("../../../tests/samples/own/hotline-mixed.ndjson");

fn context(settings: Value) -> Context {
    testing::context("hotline", settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    Hotline::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
}

/// A good work order, with members replaced, added, or (`null`) taken away.
fn order(changes: Value) -> Value {
    let mut order = json!({
        "workOrderNo": "W1", "orderType": "投诉", "respondent": "北京漷南堃镕商务有限公司", "content": "漷㛃\u{20164}不退款"
    });
    for (name, value) in changes.as_object().cloned().unwrap_or_default() {
        order[name] = value;
    }
    order
}

/// Lines of a message.
fn lines(values: &[Value]) -> Vec<u8> {
    values.iter().map(|value| format!("{value}\n")).collect::<String>().into_bytes()
}

/// The records of a message in which nothing is wrong.
fn records(bytes: &[u8]) -> Vec<Record> {
    let decoded = decode(bytes).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!((decoded.reply, decoded.parts), (None, Vec::new()));
    decoded.document.records.into_iter().map(|row| row.record).collect()
}

/// The only record of a message in which nothing is wrong.
fn only_record(bytes: &[u8]) -> Record {
    let [record] = records(bytes).try_into().unwrap();
    record
}

fn complaint(changes: Value) -> Complaint {
    match only_record(&lines(&[order(changes)])) {
        Record::Complaint(complaint) => *complaint,
        other => panic!("a complaint was wanted, not {}", other.kind()),
    }
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}
