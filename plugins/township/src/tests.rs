//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod inbound;
mod links;
mod mutation;
mod outbound;
mod page;
mod refused;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{Finding, LedgerEntry};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Township;

const LEDGER: &[u8] = include_bytes!("../../../tests/samples/11-township-ledger.utf8bom.csv");
const DAMAGED: &[u8] = include_bytes!("../../../tests/samples/own/township-ledger-damaged.utf8bom.csv");
const INSPECTION: &[u8] = include_bytes!("../../../tests/samples/own/township-inspection.utf8bom.csv");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/township-feedback.gb18030.csv");
const MEASURE: &[u8] = include_bytes!("../../../tests/samples/own/township-measure-feedback.utf8bom.csv");
const USCC_CASES: &str = include_str!("../../../tests/samples/neg/uscc-cases.tsv");

/// A link of 文景街道.
fn context(settings: Value) -> Context {
    testing::context("township-wenjing", settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    Township::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, json!({"town_code": "110112009", "encoding_fallback": "gb18030"}))
}

/// The records of a message and what is wrong with its other rows: `row code`.
fn read(bytes: &[u8]) -> (Vec<(u32, Record)>, Vec<String>) {
    let decoded = decode(bytes).unwrap();
    assert_eq!((decoded.reply, decoded.parts), (None, Vec::new()));
    let records = decoded.document.records.into_iter().map(|record| (record.row, record.record)).collect();
    let faults =
        decoded.document.row_faults.iter().map(|fault| format!("{} {}", fault.row, fault.fault.code)).collect();
    (records, faults)
}

fn only_record(bytes: &[u8]) -> Record {
    let (records, faults) = read(bytes);
    assert_eq!(faults, Vec::<String>::new());
    let [(_, record)] = records.try_into().unwrap();
    record
}

fn ledger(record: &Record) -> &LedgerEntry {
    match record {
        Record::LedgerEntry(entry) => entry,
        other => panic!("{other:?}"),
    }
}

fn finding(record: &Record) -> &Finding {
    match record {
        Record::Finding(finding) => finding,
        other => panic!("{other:?}"),
    }
}

/// A ledger of one entity, with further columns.
fn one(columns: &str, cells: &str) -> String {
    format!("\u{feff}企业名称,统一社会信用代码{columns}\r\n漷县甲公司,91110112MAYYT00167{cells}\r\n")
}
