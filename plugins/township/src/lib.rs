//! The townships' plugin (属地乡镇人民政府、街道办事处): reads and writes CSV tables, one plugin for all 22 links.
//!
//! Inbound: the ledger 一户一档 (`ledger_entry`), inspection findings (`finding`), answers to assignments (`feedback`) and to
//! joint punishments (`measure_feedback`), told apart by their headers. Outbound: the tables of `xiezhi_formats::office`. The
//! format is described in `docs/formats/township.md`. The plugin keeps no state, checks no sender (the link does) and knows
//! no list of towns: which town a link is for is its setting `town_code`.

mod decode;
mod encode;
mod inspection;
mod ledger;
mod problem;
mod settings;

#[cfg(test)]
mod tests;

use xiezhi_formats::office;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Township;

impl Plugin for Township {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "township".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["township-csv/1"]),
            reads: texts(&["ledger_entry", "finding", "feedback", "measure_feedback"]),
            writes: texts(&office::WRITES),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::town(context).err(), xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err()]
            .into_iter()
            .flatten()
            .collect()
    }
}

export_plugin!(Township);
