//! The fiscal-sources office's plugin: reads and writes files of fixed-width lines, 200 bytes each, in GBK read as GB 18030.
//!
//! Inbound: monthly monitoring (`CYJC`), feedback (`CLFK`), feedback on measures (`CSFK`), receipts (`HZ`). Outbound: `PQ`,
//! `DB`, `CX`, `LHCJ`, `JCCJ`, `HZ`. Every file carries counts and control totals, which are checked before any line is
//! believed. The format is described in `docs/formats/fiscal.md`. The plugin keeps no state and judges no amount.

mod answer;
mod continuation;
mod decode;
mod encode;
mod file;
mod layout;
mod line;
mod monitor;
mod problem;
mod settings;
mod writer;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fiscal;

impl Plugin for Fiscal {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "fiscal".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["fiscal-fw/1"]),
            reads: texts(&["feedback", "indicator", "measure_feedback", "receipt"]),
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
        [settings::region(context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(Fiscal);
