//! The hotlines' plugin (12345, 12315): reads and writes NDJSON, one JSON object a line, UTF-8.
//!
//! Inbound: complaints and reports, feedback on an assignment, feedback on a measure, receipts. Outbound: assignments,
//! reminders, joint punishments and their lifting, notices, receipts. The format is described in `docs/formats/hotline.md`.
//! What the hotline says about the person who called is dropped before anything else sees it. The plugin keeps no state and
//! counts no working days: deadlines come from the work order or from the policy.

mod answer;
mod complaint;
mod decode;
mod encode;
mod problem;
mod redact;
mod settings;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hotline;

impl Plugin for Hotline {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "hotline".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["complaint-ndjson/1"]),
            reads: texts(&["complaint", "feedback", "measure_feedback", "receipt"]),
            writes: texts(&["assignment", "reminder", "joint_punishment", "lift", "notice", "receipt"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::Settings::read(context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(Hotline);
