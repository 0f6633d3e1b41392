//! The plugin of the address filing platform (住所备案管理平台): reads and writes `address-filing/1`, JSON with a published schema.
//!
//! Inbound: the ledger of cluster addresses, host units, operator units and tenants (一户一档), feedback, answers to joint
//! punishment, receipts. Outbound: assignments, reminders, notices, joint punishment and its end, receipts. The format is
//! described in `docs/formats/address-filing.md` and `docs/schema/address-filing.schema.json`. The plugin keeps no state, checks
//! no sender (the link does) and decides about no address (the policy does).

mod address;
mod condition;
mod decode;
mod encode;
mod members;
mod problem;
mod settings;
mod unit;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressFiling;

impl Plugin for AddressFiling {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "address-filing".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&[members::VERSION]),
            reads: texts(&["ledger_entry", "feedback", "measure_feedback", "receipt"]),
            writes: texts(encode::WRITES),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::message(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::record(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::ends(context).err(), settings::number_check(context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(AddressFiling);
