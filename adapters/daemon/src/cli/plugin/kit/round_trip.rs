//! What is written comes back the same when it is read.

use serde_json::Value;
use xiezhi_model::plugin::Decoded;

use super::answer::fault_line;
use super::caller::{Answer, Caller};
use super::report::Report;
use super::vectors::{RoundTripVector, Vectors};
use crate::cli::plugin::difference::differences;

/// Checks every record that the sheet names.
pub(crate) fn check(caller: &Caller<'_>, vectors: &Vectors, report: &mut Report<'_>) {
    for vector in &vectors.round_trip {
        let result = check_one(caller, vector).map(|bytes| format!("{bytes} bytes written and read"));
        report.record("round trip", &vector.name, result);
    }
}

fn check_one(caller: &Caller<'_>, vector: &RoundTripVector) -> Result<usize, String> {
    let encoded = given(caller.encode(&vector.record, &vector.context), "written")?;
    let mut decoded: Decoded = given(caller.decode(&encoded.body, &vector.context), "read")?;
    // What was written in parts is read as the gateway reads it: first each part, then all of them.
    if decoded.document.records.is_empty() && !decoded.parts.is_empty() {
        decoded = given(caller.decode_parts(decoded.parts, &vector.context)?, "read from its parts")?;
    }
    if let Some(row) = decoded.document.row_faults.first() {
        return Err(format!("read back with a fault, {}", fault_line(&row.fault)));
    }
    let [row] = decoded.document.records.as_slice() else {
        return Err(format!("{} records came back instead of one", decoded.document.records.len()));
    };
    if row.record == vector.record {
        return Ok(encoded.body.len());
    }
    let json = |record| serde_json::to_value(record).unwrap_or(Value::Null);
    let list = differences(&json(&vector.record), &json(&row.record));
    let told: Vec<String> = list.iter().map(|d| format!("{}: {} → {}", d.path, d.before, d.after)).collect();
    Err(format!("another record came back (written → read): {}", told.join("; ")))
}

fn given<T>(answer: Answer<T>, done: &str) -> Result<T, String> {
    match answer {
        Answer::Given(given) => Ok(given),
        Answer::Refused(fault) | Answer::Stopped(fault) => Err(format!("not {done}, {}", fault_line(&fault))),
    }
}
