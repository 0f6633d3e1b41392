//! Golden vectors: a message must become exactly these records and faults, a record exactly these bytes.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use xiezhi_model::plugin::{Decoded, Encoded};

use super::answer::{self, fault_line};
use super::caller::{Answer, Caller};
use super::report::Report;
use super::vectors::{DecodeVector, EncodeVector, Vectors, Written};
use super::{Mode, fault_rules};
use crate::cli::plugin::difference::differences;

/// Differences told of one vector.
const TOLD_MAX: usize = 5;
/// Bytes shown on each side of the first that differs.
const SHOWN_BYTES: usize = 24;

/// The record kinds that the vectors read and wrote.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) read: BTreeSet<&'static str>,
    pub(crate) written: BTreeSet<&'static str>,
}

/// Checks every vector both ways.
pub(crate) fn check(
    caller: &Caller<'_>,
    vectors: &Vectors,
    mode: Mode,
    report: &mut Report<'_>,
) -> std::io::Result<Seen> {
    let mut seen = Seen::default();
    for vector in &vectors.decode {
        let answer = match caller.read(&vector.input, &vector.context) {
            Ok(answer) => answer,
            Err(what) => {
                report.failure("decode", &vector.name, what);
                continue;
            }
        };
        if let Answer::Given(decoded) = &answer {
            seen.read.extend(decoded.document.records.iter().map(|row| row.record.kind()));
        }
        report.record("decode", &vector.name, check_decode(vector, &answer, mode)?);
    }
    for vector in &vectors.encode {
        let answer = caller.encode(&vector.record, &vector.context);
        if matches!(answer, Answer::Given(_)) {
            seen.written.insert(vector.record.kind());
        }
        report.record("encode", &vector.name, check_encode(vector, &answer, mode)?);
    }
    Ok(seen)
}

fn check_decode(
    vector: &DecodeVector,
    answer: &Answer<Decoded>,
    mode: Mode,
) -> std::io::Result<Result<String, String>> {
    if let Answer::Stopped(fault) = answer {
        return Ok(Err(fault_line(fault)));
    }
    let whole = match vector.input.each() {
        [message] => Some(message.len()),
        _ => None,
    };
    if let Some(what) = fault_rules::decoded(answer, whole) {
        return Ok(Err(what));
    }
    json_file(&vector.expected, &answer::decoded(answer), mode)
}

fn check_encode(
    vector: &EncodeVector,
    answer: &Answer<Encoded>,
    mode: Mode,
) -> std::io::Result<Result<String, String>> {
    match (answer, &vector.expected) {
        (Answer::Stopped(fault), _) => Ok(Err(fault_line(fault))),
        (Answer::Refused(fault), Written::Bytes(_)) => Ok(Err(format!("refused, {}", fault_line(fault)))),
        (Answer::Given(_), Written::Fault(_)) => Ok(Err("it was written, a fault is expected".to_owned())),
        (Answer::Refused(fault), Written::Fault(file)) => match fault_rules::fault(fault, None) {
            Some(what) => Ok(Err(what)),
            None => json_file(file, &answer::encoded(answer), mode),
        },
        (Answer::Given(encoded), Written::Bytes(file)) => {
            if let Some(expected) = vector.content_type.as_ref().filter(|expected| **expected != encoded.content_type) {
                return Ok(Err(format!("content type {}, expected {expected}", encoded.content_type)));
            }
            bytes_file(file, &encoded.body, mode)
        }
    }
}

/// Compares with a JSON file, or writes it.
fn json_file(file: &Path, found: &Value, mode: Mode) -> std::io::Result<Result<String, String>> {
    let present = std::fs::read(file).ok();
    let expected = present.as_deref().map(serde_json::from_slice::<Value>);
    let what = match &expected {
        Some(Ok(expected)) if expected == found => return Ok(Ok(String::new())),
        Some(Ok(expected)) => {
            let list = differences(expected, found);
            let told = list.iter().take(TOLD_MAX);
            let told: Vec<String> = told.map(|d| format!("{}: {} → {}", d.path, d.before, d.after)).collect();
            format!("{} field(s) differ (expected → found): {}", list.len(), told.join("; "))
        }
        Some(Err(error)) => format!("{} is no JSON: {error}", file.display()),
        None => missing(file),
    };
    if mode == Mode::Compare {
        return Ok(Err(what));
    }
    std::fs::write(file, format!("{}\n", serde_json::to_string_pretty(found)?))?;
    Ok(Ok(blessed(file)))
}

/// Compares with a file byte by byte, or writes it.
fn bytes_file(file: &Path, found: &[u8], mode: Mode) -> std::io::Result<Result<String, String>> {
    let what = match std::fs::read(file).ok() {
        Some(expected) if expected == found => return Ok(Ok(format!("{} bytes", found.len()))),
        Some(expected) => first_difference(&expected, found),
        None => missing(file),
    };
    if mode == Mode::Compare {
        return Ok(Err(what));
    }
    std::fs::write(file, found)?;
    Ok(Ok(blessed(file)))
}

fn missing(file: &Path) -> String {
    format!("{} is not there: write it, or have --bless write it and review it", file.display())
}

fn blessed(file: &Path) -> String {
    format!("written to {}: review it", file.display())
}

fn first_difference(expected: &[u8], found: &[u8]) -> String {
    let same = expected.iter().zip(found).take_while(|(left, right)| left == right).count();
    let shown = |bytes: &[u8]| {
        let piece = bytes.get(same..bytes.len().min(same.saturating_add(SHOWN_BYTES))).unwrap_or_default();
        piece.escape_ascii().to_string()
    };
    format!(
        "first difference at byte {same}: expected \"{}\" of {} bytes, found \"{}\" of {} bytes",
        shown(expected),
        expected.len(),
        shown(found),
        found.len()
    )
}
