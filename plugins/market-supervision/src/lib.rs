//! The market-supervision bureau's plugin: what its own systems report, as JSON with a header and rows.
//!
//! Inbound: results of random inspections, states of annual reports, evidence of lost contact, decisions, feedback on
//! assignments and measures, receipts. Outbound: assignments, reminders, recalls, joint punishments and their lifting, notices,
//! receipts. The format is described in `docs/formats/market-supervision.md` and published as JSON Schema in
//! `docs/schema/market-supervision.schema.json`. The plugin keeps no state and decides nothing: it does not list anybody, and
//! it counts no working days.

mod annual_report;
mod answer;
mod decision;
mod decode;
mod encode;
mod inspection;
mod lost_contact;
mod party;
mod problem;
mod settings;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketSupervision;

impl Plugin for MarketSupervision {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "market-supervision".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["scjg-json/1"]),
            reads: texts(&[
                "finding",
                "indicator",
                "penalty",
                "restoration",
                "feedback",
                "measure_feedback",
                "receipt",
            ]),
            writes: texts(&["assignment", "reminder", "recall", "joint_punishment", "lift", "notice", "receipt"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::Settings::read(context).err(), settings::ends(context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(MarketSupervision);
