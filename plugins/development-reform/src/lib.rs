//! The development and reform commission's plugin: reads 双公示 penalties as `ExchangeMessage` XML or as a flat CSV table,
//! restorations of credit and answers; writes assignments, reminders, receipts, joint punishments and their lifting.
//!
//! The format is described in `docs/formats/development-reform.md`. The plugin keeps no state, checks no sender (the link
//! does), keeps nothing about natural persons, and holds no table of measures: codes come with the request.

mod amount;
mod answer;
mod decode;
mod encode;
mod exchange;
mod penalty;
mod problem;
mod restoration;
mod row;
mod settings;
mod table;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DevelopmentReform;

impl Plugin for DevelopmentReform {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "development-reform".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["sgs-exchange/1", "sgs-csv/1"]),
            reads: texts(&["penalty", "restoration", "feedback", "measure_feedback", "receipt"]),
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
            settings::inbound(context).err(),
            settings::header(context).err(),
            xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

export_plugin!(DevelopmentReform);
