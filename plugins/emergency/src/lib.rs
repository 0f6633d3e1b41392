//! The emergency bureau's plugin: reads and writes early-warning messages of the Common Alerting Protocol, in two dialects.
//!
//! Inbound: alerts about an entity become findings, other alerts become alarms that open no case, and answers (`Ack`,
//! `Update`, `Error`) become feedback and receipts. Outbound: everything that the gateway asks of the bureau, as alerts with
//! parameters. The format is described in `docs/formats/emergency.md`. The plugin keeps no state and checks no sender (the link
//! does); which event is a matter for the gateway is a setting of the link.

mod answer;
mod decode;
mod dialect;
mod encode;
mod entity;
mod envelope;
mod info;
mod place;
mod problem;
mod reply;
mod report;
mod settings;
mod writing;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emergency;

impl Plugin for Emergency {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "emergency".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["cap-cn/1", "cap/1.2"]),
            reads: texts(&["finding", "alarm", "feedback", "measure_feedback", "receipt"]),
            writes: texts(&["assignment", "reminder", "recall", "joint_punishment", "lift", "receipt"]),
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
            settings::reading(context).err(),
            settings::writing(context).err(),
            xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

export_plugin!(Emergency);
