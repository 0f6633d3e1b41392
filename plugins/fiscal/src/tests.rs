//! Tests of the plugin as its host calls it: files in, records out, and back. The pieces share these builders.

mod columns;
mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;

use serde_json::Value;
use xiezhi_formats::charset::{gb18030_bytes, gb18030_text};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Fiscal;
use crate::layout::Column;

const MONITOR: &[u8] = include_bytes!("../../../tests/samples/10-fiscal-monitor.gbk.txt");
const BAD_TOTAL: &[u8] = include_bytes!("../../../tests/samples/neg/fiscal-bad-total.gbk.txt");
const FEEDBACK: &[u8] = include_bytes!("../../../tests/samples/own/fiscal-feedback.gbk.txt");
const CUT_NAME: &[u8] = include_bytes!("../../../tests/samples/own/fiscal-cut-name.gbk.txt");

fn context(settings: Value) -> Context {
    testing::context("fiscal", settings)
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    Fiscal::decode(&Input::Message(bytes), &context(Value::Null))
}

/// The records of a file in which nothing is wrong.
fn records(bytes: &[u8]) -> Vec<Record> {
    let decoded = decode(bytes).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!((decoded.reply, decoded.parts), (None, Vec::new()));
    decoded.document.records.into_iter().map(|row| row.record).collect()
}

fn only_record(bytes: &[u8]) -> Record {
    let [record] = records(bytes).try_into().unwrap();
    record
}

fn only_row_fault(bytes: &[u8]) -> RowFault {
    let [fault] = decode(bytes).unwrap().document.row_faults.try_into().unwrap();
    fault
}

fn json(record: &Record) -> Value {
    serde_json::to_value(record).unwrap()
}

/// A line with texts in some of its columns.
fn line(tag: &str, cells: &[(Column, &str)]) -> Vec<u8> {
    let mut bytes = vec![b' '; 200];
    bytes[0] = tag.as_bytes()[0];
    for (column, text) in cells {
        put(&mut bytes, column, &gb18030_bytes(text));
    }
    bytes
}

fn put(line: &mut [u8], column: &Column, text: &[u8]) {
    assert!(text.len() <= column.bytes, "{}", column.name);
    line[column.at..column.at + column.bytes].fill(b' ');
    line[column.at..column.at + text.len()].copy_from_slice(text);
}

/// A file of some lines with a right header and trailer.
fn file(kind: &str, body: &[Vec<u8>], first: i64, second: i64) -> Vec<u8> {
    use crate::layout::{header, trailer};
    let count = format!("{:08}", body.iter().filter(|line| line.first() == Some(&b'D')).count());
    let head = line(
        "H",
        &[(header::REGION, "110112"), (header::DATE, "20260930"), (header::KIND, kind), (header::COUNT, &count)],
    );
    let (first, second) = (format!("{first:015}"), format!("{second:015}"));
    let tail = line("T", &[(trailer::COUNT, &count), (trailer::FIRST, &first), (trailer::SECOND, &second)]);
    let lines = std::iter::once(&head).chain(body).chain([&tail]);
    lines.flat_map(|line| line.iter().copied().chain(*b"\r\n")).collect()
}

/// A good line of monitoring.
fn monitor(seq: u32) -> Vec<u8> {
    use crate::layout::monitor as m;
    let seq = format!("{seq:08}");
    line(
        "D",
        &[
            (m::SEQ, &seq),
            (m::USCC, "91110112MAYYT00242"),
            (m::NAME, "北京漷南数智商务服务有限公司"),
            (m::TOWN, "110112106"),
            (m::INDUSTRY, "6520"),
            (m::REVENUE, "000000000000100"),
            (m::TAX, "000000000000007"),
            (m::ACTIVE, "1"),
            (m::MOVE, "N"),
            (m::PERIOD, "202609"),
        ],
    )
}

/// A line of feedback with number 1.
fn feedback(assignment: &str, result: &str) -> Vec<u8> {
    use crate::layout::feedback as f;
    line("D", &[(f::SEQ, "00000001"), (f::ASSIGNMENT, assignment), (f::RESULT, result)])
}

/// A continuation line of detail 1.
fn continuation(number: u32, item: &str, mark: &str, text: &str) -> Vec<u8> {
    use crate::layout::continuation as c;
    let (number, length) = (format!("{number:05}"), format!("{:03}", gb18030_bytes(text).len()));
    line(
        "C",
        &[
            (c::SEQ, "00000001"),
            (c::NUMBER, &number),
            (c::ITEM, item),
            (c::MARK, mark),
            (c::LENGTH, &length),
            (c::TEXT, text),
        ],
    )
}

/// A file of one text detail, with the totals of its continuation lines.
fn text_file(kind: &str, detail: Vec<u8>, continuations: Vec<Vec<u8>>) -> Vec<u8> {
    let bytes = |line: &Vec<u8>| std::str::from_utf8(&line[17..20]).unwrap().parse().unwrap_or(0_i64);
    let total = continuations.iter().map(bytes).sum();
    let count = i64::try_from(continuations.len()).unwrap();
    let body: Vec<_> = std::iter::once(detail).chain(continuations).collect();
    file(kind, &body, count, total)
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<usize>, field: Option<&str>) {
    assert_eq!(fault.code, code, "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset.map(|offset| offset as u64), "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}
