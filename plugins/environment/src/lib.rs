//! The environment department's plugin: HJ 212-2017 frames, and their dialects of 2005 and 2025, to records and back.
//!
//! Reads what monitoring stations upload and what the department answers; writes assignments, reminders and receipts as
//! frames of the same standard. It decides nothing about a reading: limits and rules are the engine's. The page
//! `docs/formats/environment.md` describes the format, field by field.

mod command;
mod cp;
mod crc;
mod decode;
mod department;
mod encode;
mod escape;
mod fault;
mod frame;
mod parts;
mod readings;
mod reply;
mod segment;
mod settings;
mod station;
#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin};

/// The plugin.
#[derive(Debug)]
pub struct Environment;

impl Plugin for Environment {
    fn describe() -> Manifest {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Manifest {
            id: "environment".to_owned(),
            version: "1.0.0".to_owned(),
            formats: owned(&["hj212/2017", "hj212/2005", "hj212/2025"]),
            reads: owned(&["indicator", "feedback", "receipt"]),
            writes: owned(&["assignment", "reminder", "receipt"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::decode(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::encode(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::Settings::read(context).err()].into_iter().flatten().collect()
    }
}

xiezhi_sdk::export_plugin!(Environment);
