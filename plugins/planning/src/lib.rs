//! The plugin of planning and natural resources: reads and writes GeoJSON.
//!
//! Inbound: parcels of illegal building (图斑) become findings, and answers to assignments, joint punishments and messages.
//! Outbound: assignments, reminders, recalls, joint punishments, lifts and receipts. The format is described in
//! `docs/formats/planning.md`. The plugin keeps no state, knows no map and transforms no coordinates; whether a ring crosses
//! itself is not checked.

mod answer;
mod area;
mod crs;
mod decode;
mod encode;
mod geometry;
mod parcel;
mod problem;
mod settings;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planning;

impl Plugin for Planning {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "planning".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["geojson-4490/1"]),
            reads: texts(&["finding", "feedback", "measure_feedback", "receipt"]),
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
            settings::ends(context).err(),
            xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

export_plugin!(Planning);
