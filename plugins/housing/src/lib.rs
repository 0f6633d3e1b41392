//! The housing department's plugin (住建): reads and writes workbooks (XLSX), and reads the same tables as GB18030 CSV.
//!
//! Inbound: results of building safety appraisals (`finding`), answers to assignments (`feedback`) and to joint punishments
//! (`measure_feedback`), told apart by their headers. Outbound: the tables of `xiezhi_formats::office`, as workbooks. The
//! format is described in `docs/formats/housing.md`; `docs/adr/0006-workbooks.md` says why it reads workbooks itself. The
//! plugin keeps no state, checks no sender (the link does) and decides about no address: the grade goes to the policy.

mod appraisal;
mod archive;
mod cells;
mod decode;
mod encode;
mod pack;
mod problem;
mod workbook;

#[cfg(test)]
mod tests;

use xiezhi_formats::office;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Housing;

impl Plugin for Housing {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "housing".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["housing-xlsx/1", "housing-csv/1"]),
            reads: texts(&["finding", "feedback", "measure_feedback"]),
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
        [xiezhi_formats::setting::encoding_fallback(problem::FORMAT, context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(Housing);
