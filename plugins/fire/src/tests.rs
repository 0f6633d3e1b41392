//! Tests of the plugin as its host calls it: frames in, records and answers out, and back. The pieces share these builders.

mod inbound;
mod mutation;
mod outbound;
mod page;
mod parts;
mod refused;
mod stream;

use serde_json::Value;
use xiezhi_formats::charset::{gb18030_bytes, gb18030_text};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Fire;
use crate::frame::{self, Header};

const ALARM: &[u8] = include_bytes!("../../../tests/samples/04-fire-alarm.bin");
const INSPECTION: &[u8] = include_bytes!("../../../tests/samples/04b-fire-inspection-user200.bin");
const ACK: &[u8] = include_bytes!("../../../tests/samples/04c-fire-ack.bin");
const STREAM: &[u8] = include_bytes!("../../../tests/samples/04d-fire-stream.bin");
const HEX: &str = include_str!("../../../tests/samples/04-fire-frames.hex.txt");
const BAD_SUM: &[u8] = include_bytes!("../../../tests/samples/neg/fire-bad-checksum.bin");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/fire-feedback.bin");
const DAMAGED: &[u8] = include_bytes!("../../../tests/samples/own/fire-damaged-stream.bin");

/// 2026-09-22 15:00:00.
const LABEL: [u8; 6] = [0, 0, 15, 22, 9, 26];

fn header(serial: u16) -> Header {
    Header {
        serial,
        version: [1, 0],
        label: LABEL,
        source: [0x05, 0, 0, 0x12, 0x01, 0x11],
        target: [0, 0x90, 0x11, 0x12, 0x01, 0x11],
    }
}

/// A frame of data.
fn data(unit: &[u8]) -> Vec<u8> {
    frame::write(&header(7), 2, unit)
}

/// A unit of one of our own types around a text.
fn unit(flag: u8, text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_le_bytes();
    [&[flag, 1][..], &length, text, &LABEL].concat()
}

fn text_frame(flag: u8, text: &str) -> Vec<u8> {
    data(&unit(flag, &gb18030_bytes(text)))
}

/// One object of type 2 at a smoke detector.
fn component(state: u16, description: &[u8]) -> Vec<u8> {
    let mut object = vec![1, 1, 42, 2, 1, 6, 0];
    object.extend(state.to_le_bytes());
    object.extend(description);
    object.resize(40, 0);
    object.extend(LABEL);
    object
}

fn context(settings: Value) -> Context {
    testing::context("fire", settings)
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    Fire::decode(&Input::Message(bytes), &context(Value::Null))
}

/// The records of a message in which nothing is wrong.
fn records(bytes: &[u8]) -> Vec<Record> {
    let decoded = decode(bytes).unwrap();
    assert_eq!((decoded.document.row_faults, decoded.parts), (Vec::new(), Vec::new()));
    decoded.document.records.into_iter().map(|row| row.record).collect()
}

fn only_record(bytes: &[u8]) -> Record {
    let [record] = records(bytes).try_into().unwrap();
    record
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}

fn json(record: &Record) -> Value {
    serde_json::to_value(record).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<usize>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset.map(|offset| offset as u64), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}
