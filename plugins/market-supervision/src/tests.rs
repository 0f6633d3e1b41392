//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod answers;
mod decisions;
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
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::MarketSupervision;

const ID: &str = "market-supervision";
const INSPECTION: &[u8] = include_bytes!("../../../tests/samples/own/market-supervision-inspection.json");
const ANNUAL_REPORT: &[u8] = include_bytes!("../../../tests/samples/own/market-supervision-annual-report.json");
const LOST_CONTACT: &[u8] = include_bytes!("../../../tests/samples/own/market-supervision-lost-contact.json");
const DECISION: &[u8] = include_bytes!("../../../tests/samples/own/market-supervision-decision.json");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/market-supervision-feedback.json");
const SAMPLES: [&[u8]; 5] = [INSPECTION, ANNUAL_REPORT, LOST_CONTACT, DECISION, FEEDBACK];

fn context(settings: Value) -> Context {
    testing::context(ID, settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    MarketSupervision::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
}

/// A message around the text of its rows.
fn raw(business: &str, rows: &str) -> String {
    format!("{{\"Version\":\"1.0\",\"MessageNo\":\"M1\",\"Business\":\"{business}\",\"Rows\":[{rows}]}}")
}

/// A good row of a business, with members replaced, added, or (`null`) taken away.
fn row(business: &str, changes: Value) -> Value {
    let mut row = match business {
        "Inspection" => json!({"InsNo": "C1", "InsDate": "2026-09-17", "Results": ["6"]}),
        "AnnualReport" => json!({"AncheYear": "2025", "AncheStatus": "3"}),
        "LostContact" => json!({"VerifyNo": "V1", "VerifiedOn": "2026-09-22", "Letters": [
            {"MailNo": "X1", "SentOn": "2026-08-20", "Result": "2"},
            {"MailNo": "X2", "SentOn": "2026-09-10", "Result": "3"}
        ]}),
        "Decision" => json!({"DecType": "ListIn", "PenDecNo": "D1", "DecDate": "2026-10-12", "SpeCause": "4"}),
        "Feedback" => json!({"AssignmentNo": "T/1", "ResultCode": "1"}),
        "MeasureFeedback" => json!({"RequestNo": "R1", "Applied": true}),
        _ => json!({"MessageId": "m", "OutcomeCode": "1"}),
    };
    if matches!(business, "Inspection" | "AnnualReport" | "LostContact" | "Decision") {
        row["EntName"] = json!("北京漷南堃镕商务有限公司");
        row["UniSCID"] = json!("91110112MAYYT00167");
    }
    for (name, value) in changes.as_object().cloned().unwrap_or_default() {
        row[name] = value;
    }
    row
}

/// What the records of one row become as JSON, nothing being wrong.
fn records_of(business: &str, changes: Value) -> Vec<Value> {
    records_with(business, changes, Value::Null)
}

fn records_with(business: &str, changes: Value, settings: Value) -> Vec<Value> {
    let bytes = raw(business, &row(business, changes).to_string()).into_bytes();
    let decoded = decode_with(&bytes, settings).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!((decoded.reply, decoded.parts), (None, Vec::new()));
    assert!(decoded.document.records.iter().all(|record| record.row == 1));
    decoded.document.records.iter().map(|row| serde_json::to_value(&row.record).unwrap()).collect()
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}

/// Factors of an indicator with their values.
fn factors(record: &Value) -> Vec<String> {
    let measurements = record["measurements"].as_array().unwrap();
    measurements.iter().map(|m| format!("{}.{}={}", m["factor"], m["statistic"], m["value"]).replace('"', "")).collect()
}
