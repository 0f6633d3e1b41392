//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;
mod unwritable;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::{MessageId, Record, UtcTime};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::CreditPublicity;

const LIST_IN: &[u8] = include_bytes!("../../../tests/samples/13-gsxt-list-in.xml");
const LIST_OUT: &[u8] = include_bytes!("../../../tests/samples/13b-gsxt-list-out.xml");
const PUBLIC_VIEW: &[u8] = include_bytes!("../../../tests/samples/13c-gsxt-public-view.json");
const LIST: &[u8] = include_bytes!("../../../tests/samples/own/credit-publicity-list.xml");
const RECEIPT: &[u8] = include_bytes!("../../../tests/samples/own/credit-publicity-receipt.xml");

/// A message id whose serial is 000001, as the samples have it.
const SAMPLE_MESSAGE_ID: &str = "xz-sample-2442008";

fn context(settings: Value) -> Context {
    testing::context("credit-publicity", settings)
}

/// A day and settings with which a publication is written as the samples are.
fn sample_context(day: &str) -> Context {
    let mut context = context(json!({"message_id_attribute": false}));
    context.at = UtcTime::parse_rfc3339(&format!("{day}T10:00:00+08:00")).unwrap();
    context.message_id = MessageId::parse(SAMPLE_MESSAGE_ID).unwrap();
    context
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    CreditPublicity::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
}

fn encode(record: &Record) -> String {
    encode_with(record, Value::Null).unwrap()
}

fn encode_with(record: &Record, settings: Value) -> Result<String, Fault> {
    let encoded = CreditPublicity::encode(record, &context(settings))?;
    assert_eq!(encoded.content_type, "application/xml; charset=UTF-8");
    Ok(String::from_utf8(encoded.body).unwrap())
}

/// A record that a change of some members of another one makes; `null` takes a member away.
fn changed(record: &Record, members: Value) -> Record {
    let mut json = serde_json::to_value(record).unwrap();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => drop(json.as_object_mut().unwrap().remove(name)),
            value => json[name] = value.clone(),
        }
    }
    serde_json::from_value(json).unwrap()
}

fn listing() -> Record {
    serde_json::from_value(json!({
        "kind": "publication", "schema_version": 1, "entry": "e7f0c1d2000000000000000000000123",
        "party": {"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167"},
        "act": "list_in", "cause": "4", "cause_name": "通过登记的住所或者经营场所无法联系的",
        "reason": "两次邮寄专用信函均无人签收，现场核查未见经营",
        "decision": "（京通）市监异列〔2026〕第00123号", "decided_on": "2026-09-29",
        "authority_code": "110112", "authority": "北京市通州区市场监督管理局",
        "entity_id": "1101120000000017", "representative": "测试甲"
    }))
    .unwrap()
}

fn removal() -> Record {
    serde_json::from_value(json!({
        "kind": "publication", "schema_version": 1, "entry": "e7f0c1d2000000000000000000000123",
        "party": {"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167"},
        "act": "list_out", "cause": "4",
        "decision": "（京通）市监异移〔2026〕第00045号", "decided_on": "2026-11-10",
        "authority_code": "110112", "authority": "北京市通州区市场监督管理局"
    }))
    .unwrap()
}

fn correction() -> Record {
    let members = json!({
        "act": "correction", "reason": "信函投递地址有误，列入所依据的事实不成立",
        "decision": "（京通）市监异撤〔2026〕第00002号", "decided_on": "2026-10-12"
    });
    changed(&removal(), members)
}

/// A list of some rows.
fn list(rows: &str) -> String {
    format!("<OpAnomalyList AreaCode=\"110112\" Seq=\"1\">{rows}</OpAnomalyList>")
}

/// A row of a list with some columns beside those it must have.
fn row(columns: &str) -> String {
    format!(
        "<Item><BusExcList>b-1</BusExcList><EntName>北京漷南堃镕商务有限公司</EntName>\
         <UniSCID>91110112MAYYT00167</UniSCID><SpeCause>4</SpeCause><AbnTime>2026-09-29</AbnTime>{columns}</Item>"
    )
}

fn only_record(bytes: &[u8]) -> Record {
    testing::only_record(decode(bytes).unwrap())
}

fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}
