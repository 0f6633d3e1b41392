//! What every fuzz target does: decode any bytes with the settings that the agency's link ships, and hold the answer against
//! what a plugin promises. It knows no format, starts no gateway and reads no files; `cargo xtask fuzz` runs the targets.

#![allow(clippy::expect_used, reason = "a fuzz target stops at the first surprise")]

use serde::Deserialize;
use serde_json::{Map, Value};
use xiezhi_formats::testing;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::{AgencyId, MessageId, Record, UtcTime};
use xiezhi_sdk::{Input, Plugin};

pub use libfuzzer_sys::fuzz_target;
pub use xiezhi_sdk::Context;

/// Stands for every secret of a link's settings: the one that the samples are signed with.
const SECRET: &str = "demo-secret-not-for-production";
/// When every message is received: within the replay window of the signed samples.
const RECEIVED_AT: &str = "2026-09-21T09:06:00+08:00";
/// How a workbook begins: it is a ZIP file, and its rows stand compressed in it, at no place of the message.
const WORKBOOK: &[u8] = b"PK\x03\x04";

/// What matters here of a link's file.
#[derive(Deserialize)]
struct Link {
    id: String,
    #[serde(default)]
    settings: Map<String, Value>,
}

/// The context of a message over a link, from the text of its file in `config/agencies`.
///
/// # Panics
/// When the text is no link.
#[must_use]
pub fn link(text: &str) -> Context {
    let mut link: Link = toml::from_str(text).expect("a link's file");
    link.settings.values_mut().filter(|value| value.get("secret").is_some()).for_each(|value| *value = SECRET.into());
    Context {
        agency: AgencyId::parse(&link.id).expect("an agency's id"),
        at: UtcTime::parse_rfc3339(RECEIVED_AT).expect("a time"),
        message_id: MessageId::parse("fuzz-0001").expect("a message's id"),
        settings: link.settings,
    }
}

/// Decodes the bytes and checks the answer.
///
/// # Panics
/// When the plugin breaks its promise.
pub fn check<P: Plugin>(context: &Context, bytes: &[u8]) {
    let input = Input::Message(bytes);
    let answer = P::decode(&input, context);
    assert_eq!(answer, P::decode(&input, context), "not the same twice");
    match answer {
        Err(fault) => testing::check_fault(&fault, bytes.len()),
        Ok(decoded) => {
            decoded.document.row_faults.iter().for_each(|row| check_row(row, bytes));
            let writes = P::describe().writes;
            decoded.document.records.iter().for_each(|row| check_record::<P>(&row.record, &writes, context));
        }
    }
}

fn check_row(row: &RowFault, bytes: &[u8]) {
    let placeless = row.fault.offset.is_none() && bytes.starts_with(WORKBOOK);
    let fault = if placeless { row.fault.clone().at(0) } else { Fault::clone(&row.fault) };
    testing::check_fault(&fault, bytes.len());
}

/// A record survives JSON, which is how it crosses the plugin border, and can be encoded or is refused, without a panic.
fn check_record<P: Plugin>(record: &Record, writes: &[String], context: &Context) {
    let text = serde_json::to_string(record).expect("a record is JSON");
    let again: Record = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(*record, again, "another value after JSON");
    if writes.iter().any(|kind| kind == record.kind()) {
        let _ = P::encode(record, context);
    }
}
