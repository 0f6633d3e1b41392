//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;
mod refused_rows;
mod table;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::DevelopmentReform;

const PENALTY: &[u8] = include_bytes!("../../../tests/samples/08-ndrc-penalty-exchange.xml");
const PENALTY_TABLE: &[u8] = include_bytes!("../../../tests/samples/08b-ndrc-penalty.csv");
const BATCH: &[u8] = include_bytes!("../../../tests/samples/own/reform-penalty-batch.xml");
const CHINESE_TABLE: &[u8] = include_bytes!("../../../tests/samples/own/reform-penalty-table.gb18030.csv");
const RESTORATION: &[u8] = include_bytes!("../../../tests/samples/own/reform-restoration.xml");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/reform-feedback.xml");
const MEASURE: &[u8] = include_bytes!("../../../tests/samples/own/reform-measure-feedback.xml");

fn context(settings: Value) -> Context {
    testing::context("development-reform", settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    DevelopmentReform::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
}

/// A message of an item around some rows.
fn message(item: &str, rows: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><ExchangeMessage><Header><item>{item}</item></Header>\
         <Body>{rows}</Body></ExchangeMessage>"
    )
}

/// The fields of a penalty in which nothing is wrong.
const GOOD: [(&str, &str); 7] = [
    ("CF_XDR_MC", "北京台湖安居餐饮管理有限公司"),
    ("CF_XDR_SHXYM", "91110112MAYYT0059L"),
    ("CF_WSH", "京通市监处罚〔2026〕0789号"),
    ("CF_WFXW", "违法行为"),
    ("CF_CFLB", "罚款"),
    ("CF_JDRQ", "2026/09/22"),
    ("CF_CFJG", "北京市通州区市场监督管理局（测试）"),
];

/// A penalty in which one field is another (an empty one is left out), or which has one more.
fn penalty(name: &str, value: &str) -> String {
    let mut fields: Vec<(&str, &str)> = GOOD.into_iter().filter(|(good, _)| *good != name).collect();
    if !name.is_empty() && !value.is_empty() {
        fields.push((name, value));
    }
    let fields: String = fields.iter().map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
    format!("<fields>{fields}</fields>")
}

/// A message with that penalty.
fn penalty_message(name: &str, value: &str) -> String {
    message("XZCF", &penalty(name, value))
}

/// The only record of a message in which nothing is wrong.
fn only_record(bytes: &[u8]) -> Record {
    let mut decoded = decode(bytes).unwrap();
    // Rows of a table are counted from its first line.
    decoded.document.records.iter_mut().for_each(|record| record.row = 1);
    testing::only_record(decoded)
}

fn only_json(bytes: &[u8]) -> Value {
    serde_json::to_value(only_record(bytes)).unwrap()
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}

/// Where the fault must point: at the first byte of a text, counted in the message as sent.
fn place(bytes: &[u8], text: &str) -> u64 {
    let found = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    u64::try_from(found.unwrap_or_else(|| panic!("{text} is not in the message"))).unwrap()
}

fn check_fault(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
    assert!(!fault.text.contains("11011219"), "{label}: no personal data in the text");
}
