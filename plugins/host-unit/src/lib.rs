//! The plugin of host units (主办单位) that are no town: reads and writes `host-unit/1`, JSON with a published schema.
//!
//! One plugin serves many links; the link's settings say which host unit it is. Inbound: answers to interviews and orders to mend
//! (五（三）8), updates of the tenants' ledger, receipts. Outbound: notices, assignments, reminders, receipts. The format is
//! described in `docs/formats/host-unit.md` and `docs/schema/host-unit.schema.json`. The plugin keeps no state and decides about
//! nobody.

mod decode;
mod encode;
mod members;
mod order;
mod problem;
mod settings;

#[cfg(test)]
mod tests;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin, export_plugin};

/// The plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostUnit;

impl Plugin for HostUnit {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "host-unit".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&[members::VERSION]),
            reads: texts(&["feedback", "ledger_entry", "receipt"]),
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
        [settings::unit(context).err(), settings::sender(context).err()].into_iter().flatten().collect()
    }
}

export_plugin!(HostUnit);
