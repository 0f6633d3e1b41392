//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod answers;
mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;

use serde_json::Value;
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Emergency;

const NATIONAL: &str = include_str!("../../../tests/samples/06-emergency-cap-cn.xml");
const CAP12: &str = include_str!("../../../tests/samples/06b-emergency-cap12.xml");
const GALE: &str = include_str!("../../../tests/samples/own/emergency-gale-warning.xml");
const EXERCISE: &str = include_str!("../../../tests/samples/own/emergency-exercise.cap12.xml");
const UPDATE: &str = include_str!("../../../tests/samples/own/emergency-update.xml");
const FEEDBACK: &str = include_str!("../../../tests/samples/own/emergency-feedback.xml");

fn context(settings: Value) -> Context {
    testing::context("emergency", settings)
}

fn decode_with(text: &str, settings: Value) -> Result<Decoded, Fault> {
    Emergency::decode(&Input::Message(text.as_bytes()), &context(settings))
}

fn decode(text: &str) -> Result<Decoded, Fault> {
    decode_with(text, Value::Null)
}

/// A message of CAP 1.2 with further elements in its head.
fn cap12(msg_type: &str, head: &str, infos: &str) -> String {
    format!(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>N1</identifier><sender>yj</sender>\
         <sent>2026-09-21T10:30:00+08:00</sent><status>Actual</status><msgType>{msg_type}</msgType>\
         <scope>Public</scope>{head}{infos}</alert>"
    )
}

/// A message of the national profile with further elements in its head.
fn national(msg_type: &str, head: &str, infos: &str) -> String {
    format!(
        "<alert><identifier>11011249900000_20260921103000</identifier><sender>应急</sender>\
         <senderCode>11011249900000</senderCode><sendTime>2026-09-21 10:30:00+08:00</sendTime>\
         <status>Actual</status><msgType>{msg_type}</msgType><scope>Restricted</scope>{head}{infos}</alert>"
    )
}

/// An `info` of CAP 1.2.
fn info12(more: &str) -> String {
    format!(
        "<info><language>zh-CN</language><category>Safety</category><event>重大事故隐患</event>\
         <urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>{more}</info>"
    )
}

/// An `info` of the national profile.
fn info(more: &str) -> String {
    format!("<info><eventType>12X99</eventType><severity>Orange</severity>{more}</info>")
}

/// A parameter.
fn parameter(name: &str, value: &str) -> String {
    format!("<parameter><valueName>{name}</valueName><value>{value}</value></parameter>")
}

/// A parameter with a valid code.
fn code() -> String {
    parameter("UniSCID", "91110112MAYYT00167")
}

/// The only record of a message in which nothing is wrong.
fn only_record(text: &str) -> Record {
    let decoded = decode(text).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    let [record] = decoded.document.records.try_into().unwrap();
    record.record
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(text: &str) -> RowFault {
    testing::only_row_fault(decode(text).unwrap())
}
