//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

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

use crate::HostUnit;

const ANSWERS: &str = include_str!("../../../tests/samples/own/host-unit-rectification.json");
const TENANTS: &str = include_str!("../../../tests/samples/own/host-unit-tenants.json");

fn context(settings: Value) -> Context {
    testing::context("host-unit", settings)
}

fn decode_with(text: &str, settings: Value) -> Result<Decoded, Fault> {
    HostUnit::decode(&Input::Message(text.as_bytes()), &context(settings))
}

fn decode(text: &str) -> Result<Decoded, Fault> {
    decode_with(text, Value::Null)
}

/// A message around some rows.
fn message(rows: &[Value]) -> String {
    json!({"format": "host-unit/1", "header": {"message_number": "N1", "host_unit_number": "ZB-0101"}, "rows": rows})
        .to_string()
}

/// A row with other members in it; `null` takes one away.
fn with(mut row: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
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
