//! The plugin of a small format of lines: a first line says what the message is about, each further line is one row, and
//! fields are separated by `;`.
//!
//! It is where a plugin of your own starts: `xiezhi plugin new` copies it. It keeps no state and reads no clock; time comes
//! from the context alone.

mod decode;
mod encode;
mod line;
mod problem;

#[cfg(test)]
mod tests;

use xiezhi_sdk::{Context, Decoded, Encoded, Fault, Input, Manifest, Plugin, Record};

/// The plugin's id, which is the id of the agency whose format it speaks.
pub const ID: &str = "example";

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines;

impl Plugin for Lines {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: ID.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            formats: texts(&["lines/1"]),
            reads: texts(&["finding", "feedback"]),
            writes: texts(&["assignment", "reminder", "receipt", "feedback"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }
}

xiezhi_sdk::export_plugin!(Lines);
