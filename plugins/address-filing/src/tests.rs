//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod condition;
mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;
mod schema;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::record::LedgerEntry;
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::AddressFiling;

const LEDGER: &str = include_str!("../../../tests/samples/own/address-filing-ledger.json");
const BAD_ROWS: &str = include_str!("../../../tests/samples/own/address-filing-bad-rows.json");
const ANSWERS: &str = include_str!("../../../tests/samples/own/address-filing-answers.json");

fn context(settings: Value) -> Context {
    testing::context("address-filing", settings)
}

fn decode_with(text: &str, settings: Value) -> Result<Decoded, Fault> {
    AddressFiling::decode(&Input::Message(text.as_bytes()), &context(settings))
}

fn decode(text: &str) -> Result<Decoded, Fault> {
    decode_with(text, Value::Null)
}

/// A message around some rows.
fn message(rows: &[Value]) -> String {
    json!({"format": "address-filing/1", "header": {"message_number": "N1"}, "rows": rows}).to_string()
}

/// A row with other members in it; `null` takes one away.
fn with(mut row: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn address() -> Value {
    json!({
        "type": "address", "address_number": "JQ-1", "kind": "cluster", "status": "filed",
        "address": "北京市通州区漷县镇漷兴一街8号", "host_unit": "漷县镇人民政府（测试）"
    })
}

fn tenant() -> Value {
    json!({
        "type": "tenant", "record_number": "DA-1", "name": "北京漷南堃镕商务有限公司", "uscc": "91110112MAYYT00167",
        "status": "active", "address": "漷兴一街8号", "address_number": "JQ-1"
    })
}

/// The only record of a message in which nothing is wrong.
fn only_record(text: &str) -> Record {
    testing::only_record(decode(text).unwrap())
}

fn only_entry(row: Value) -> LedgerEntry {
    match only_record(&message(&[row])) {
        Record::LedgerEntry(entry) => *entry,
        other => panic!("a ledger entry was wanted, not {}", other.kind()),
    }
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(text: &str) -> RowFault {
    testing::only_row_fault(decode(text).unwrap())
}
