//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod inbound;
mod measure;
mod mutation;
mod outbound;
mod page;
mod refused;

use encoding_rs::GB18030;
use serde_json::Value;
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Police;

const CLUE: &[u8] = include_bytes!("../../../tests/samples/03-police-clue.gb18030.xml");
const LOST_CONTACT: &[u8] = include_bytes!("../../../tests/samples/own/police-lost-contact.gb18030.xml");
const MISMATCH: &[u8] = include_bytes!("../../../tests/samples/neg/police-declared-gb18030-is-utf8.xml");
const TRUNCATED: &[u8] = include_bytes!("../../../tests/samples/neg/police-truncated-gb18030.bin");

fn context(settings: Value) -> Context {
    testing::context("police", settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    Police::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
}

fn gb(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = GB18030.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

fn ungb(bytes: &[u8]) -> String {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).unwrap().into_owned()
}

/// A message of a business type around some rows.
fn message(business: &str, rows: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"GB18030\"?><GAJHBW BBH=\"1.0\"><BWT><BWBH>N1</BWBH><FSF>110112000000</FSF>\
         <YWLX>{business}</YWLX></BWT>{rows}</GAJHBW>"
    )
}

const CASE: &str = "<AJXX><AJBH>A1</AJBH><AJMC>题名</AJMC></AJXX>";
const UNIT: &str = "<DWXX><DWMC>北京漷南堃镕商务有限公司</DWMC><TYSHXYDM>91110112MAYYT00167</TYSHXYDM></DWXX>";

/// A row of a clue.
fn row(case: &str, unit: &str, people: &str) -> String {
    format!("<BWST>{case}{unit}{people}</BWST>")
}

/// The only record of a message in which nothing is wrong.
fn only_record(bytes: &[u8]) -> Record {
    testing::only_record(decode(bytes).unwrap())
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}
