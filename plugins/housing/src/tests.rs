//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod container;
mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::Finding;
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Housing;
use crate::pack::Pack;

const XLSX: &[u8] = include_bytes!("../../../tests/samples/02-housing-appraisal.xlsx");
const CSV: &[u8] = include_bytes!("../../../tests/samples/02b-housing-appraisal.gb18030.csv");
const DAMAGED: &[u8] = include_bytes!("../../../tests/samples/own/housing-appraisal-damaged.xlsx");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/housing-feedback.gb18030.csv");

fn context(settings: Value) -> Context {
    testing::context("housing", settings)
}

fn decode_with(bytes: &[u8], settings: Value) -> Result<Decoded, Fault> {
    Housing::decode(&Input::Message(bytes), &context(settings))
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    decode_with(bytes, Value::Null)
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

fn finding(record: &Record) -> &Finding {
    match record {
        Record::Finding(finding) => finding,
        other => panic!("{other:?}"),
    }
}

const BOOK: &str = "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"i\"/></sheets></workbook>";
const RELATIONS: &str = "<Relationships><Relationship Id=\"i\" Type=\"t/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
                         <Relationship Id=\"s\" Type=\"t/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";

/// A workbook of parts.
fn pack(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut pack = Pack::default();
    parts.iter().for_each(|(name, text)| pack.add(name, text.as_bytes()));
    pack.finish()
}

/// A workbook whose only sheet has these rows, as XML.
fn sheet(rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    pack(&[("xl/workbook.xml", BOOK), ("xl/_rels/workbook.xml.rels", RELATIONS), ("xl/worksheets/sheet1.xml", &sheet)])
}

/// A row of texts.
fn row(number: u32, cells: &str) -> String {
    let cell = |(index, text): (usize, &str)| {
        let column = xiezhi_formats::sheet::column_letters(index);
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    format!("<row r=\"{number}\">{}</row>", cells.split(',').enumerate().map(cell).collect::<String>())
}

/// A workbook of an appraisal table with one row; columns and cells beside number, address and grade.
fn one(columns: &str, cells: &str) -> Vec<u8> {
    sheet(&[row(1, &format!("鉴定报告编号,房屋坐落,{columns}")), row(2, &format!("N1,某路1号,{cells}"))].concat())
}
