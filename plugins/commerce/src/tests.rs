//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;
mod refused_rows;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Plugin};

use crate::Commerce;

const REPORT: &[u8] = include_bytes!("../../../tests/samples/09-commerce-fie.soap.xml");
const BATCH: &[u8] = include_bytes!("../../../tests/samples/own/commerce-report-batch.soap.xml");
const ESCAPED: &[u8] = include_bytes!("../../../tests/samples/own/commerce-report-escaped.gb18030.soap.xml");
const FINDING: &[u8] = include_bytes!("../../../tests/samples/own/commerce-finding.soap.xml");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/commerce-feedback.soap.xml");
const RESPONSE: &[u8] = include_bytes!("../../../tests/samples/own/commerce-response.soap.xml");
const SERVER_FAULT: &[u8] = include_bytes!("../../../tests/samples/own/commerce-server-fault.soap.xml");

fn context(settings: Value) -> Context {
    testing::context("commerce", settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    Commerce::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
}

/// An envelope around the body's entry.
fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:s=\"http://service.fie.sw.tongzhou.example/\"><e:Body>{body}</e:Body></e:Envelope>"
    )
}

/// A call with a document in CDATA.
fn call(operation: &str, document: &str) -> String {
    let divided = document.replace("]]>", "]]]]><![CDATA[>");
    envelope(&format!("<s:{operation}><arg0><![CDATA[{divided}]]></arg0></s:{operation}>"))
}

/// A report with further fields.
fn report(more: &str) -> String {
    format!(
        "<FIEREPORT><REPORTNO>F1</REPORTNO><REPORTTYPE>变更报告</REPORTTYPE><UNISCID>91110112MAYYT00910</UNISCID>\
         <REPORTDATE>2026-09-23</REPORTDATE>{more}</FIEREPORT>"
    )
}

/// The only record of a message in which nothing is wrong, and the reply.
fn only_record(bytes: &[u8]) -> (Record, Option<Encoded>) {
    let decoded = decode(bytes).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!(decoded.parts, Vec::new());
    let [record] = decoded.document.records.try_into().unwrap();
    assert_eq!(record.row, 1);
    (record.record, decoded.reply)
}

fn only_json(bytes: &[u8]) -> Value {
    serde_json::to_value(only_record(bytes).0).unwrap()
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(bytes: &[u8]) -> RowFault {
    testing::only_row_fault(decode(bytes).unwrap())
}

fn punishment() -> Record {
    serde_json::from_value(json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"name": "潞城湾（北京）数据服务有限公司", "uscc": "91110112MAYYT00910"},
        "measure_code": "B-08", "legal_basis": "《全国失信惩戒措施基础清单》", "until": "2027-09-21",
        "due_at": "2026-09-28T23:59:59+08:00"
    }))
    .unwrap()
}

fn lift() -> Record {
    serde_json::from_value(json!({
        "kind": "lift", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"name": "潞城湾（北京）数据服务有限公司", "uscc": "91110112MAYYT00910"}, "reason": "已完成信用修复"
    }))
    .unwrap()
}
