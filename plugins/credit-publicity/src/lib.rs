//! The plugin of the credit publicity system (国家企业信用信息公示系统): reads and writes `OpAnomaly…` documents, UTF-8 XML
//! whose element names are the column names of the abnormal-operations list.
//!
//! Outbound: entries to publish, to take down and to annul (`OpAnomalyBatch`), tasks and reminders for the people who run
//! the system (`OpTask`), receipts (`OpAnomalyReceipt`). Inbound: receipts, answers to tasks (`OpTaskFeedback`), the list as
//! the system keeps it (`OpAnomalyList`, `OpAnomalyBatch`, and the public view as JSON). The format is described in
//! `docs/formats/credit-publicity.md`. The plugin decides no listing: that is an official's act, which it only writes down.

mod answer;
mod decode;
mod encode;
mod entry;
mod identity;
mod problem;
mod public_view;
mod publication;
mod settings;
mod table;
mod task;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditPublicity;

impl Plugin for CreditPublicity {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "credit-publicity".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["gsxt-opanomaly/1"]),
            reads: texts(&["ledger_entry", "feedback", "receipt"]),
            writes: texts(&["publication", "assignment", "reminder", "receipt"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::Settings::read(context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(CreditPublicity);
