//! The police's plugin: reads and writes `GAJHBW` messages, GB18030 XML with GA/T 543 element names.
//!
//! Inbound: transfer of clues (`XSYS`), feedback on an assignment (`CLFK`) and on a joint punishment (`CSFK`), receipts
//! (`HZ`). Outbound: assignments (`PQ`), reminders (`DB`), recalls (`PQCH`), joint punishments (`LHCJ`) and their lifting
//! (`JCCJ`), receipts (`HZ`). The format is described in `docs/formats/police.md`. The plugin keeps no
//! state, checks no sender (the link does) and resolves no code of other agencies.

mod answer;
mod clue;
mod decode;
mod encode;
mod measure;
mod problem;
mod settings;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Police;

impl Plugin for Police {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "police".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["gaj-xml/1"]),
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
        [settings::ends(context).err(), xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err()]
            .into_iter()
            .flatten()
            .collect()
    }
}

export_plugin!(Police);
