//! The fire department's plugin: reads and writes GB/T 26875.3-2011 frames, and streams of them.
//!
//! Inbound: component and system states as alarms or indicators, inspection records (user type 200), feedback (201),
//! feedback on measures (202), receipts (203 and commands 3 and 6). Outbound: user types 211 to 216. Each good frame is
//! confirmed, each one with a wrong check sum negated, as the protocol asks. The format is described in
//! `docs/formats/fire.md`. The plugin keeps no state and does not know which enterprise a device stands at.

mod answer;
mod component;
mod decode;
mod encode;
mod frame;
mod inspection;
mod label;
mod parts;
mod payload;
mod problem;
mod settings;
mod state;
mod text;
mod unit;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fire;

impl Plugin for Fire {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "fire".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["gb26875/1"]),
            reads: texts(&["finding", "feedback", "indicator", "alarm", "measure_feedback", "receipt"]),
            writes: texts(&["assignment", "reminder", "recall", "joint_punishment", "lift", "receipt"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::decode(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::ends(context).err(), xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err()]
            .into_iter()
            .flatten()
            .collect()
    }
}

export_plugin!(Fire);
