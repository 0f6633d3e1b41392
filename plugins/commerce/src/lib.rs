//! The commerce bureau's plugin: reads and writes SOAP 1.1 messages whose content is a second XML document in CDATA.
//!
//! Inbound: foreign-investment information reports (`pushFieReport`), findings (`pushFinding`), answers to assignments and
//! joint punishments (`pushFeedback`, `pushMeasureFeedback`), receipts, responses and SOAP faults. Outbound: assignments,
//! reminders, receipts, joint punishments and their lifting. The format is described in `docs/formats/commerce.md`. The
//! plugin keeps no state, checks no sender and no token (the link does) and opens no connection.

mod answer;
mod decode;
mod embedded;
mod encode;
mod finding;
mod party;
mod problem;
mod report;
mod settings;
mod soap;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commerce;

impl Plugin for Commerce {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "commerce".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["fie-soap/1"]),
            reads: texts(&["finding", "ledger_entry", "feedback", "measure_feedback", "receipt"]),
            writes: texts(&["assignment", "reminder", "receipt", "joint_punishment", "lift"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [
            settings::namespace(context).err(),
            settings::credentials(context).err(),
            xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

export_plugin!(Commerce);
