//! The urban-management department's format `urban-form/1`: a signed form that carries JSON.
//!
//! Reads transferred cases, answers to assignments and joint punishments, and receipts; writes assignments, reminders,
//! recalls, joint punishments, their lifting, and receipts. The page `docs/formats/urban-management.md` says what each field
//! is and where it comes from. What this crate does not do: remember nonces. The gateway's own message-id and digest check
//! finds a message that comes twice.

mod biz;
mod decode;
mod encode;
mod envelope;
mod fault;
mod form;
mod settings;
mod sign;
mod wire;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Encoded, Input, Manifest, Plugin};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct UrbanManagement;

impl Plugin for UrbanManagement {
    fn describe() -> Manifest {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Manifest {
            id: "urban-management".to_owned(),
            version: "1.0.0".to_owned(),
            formats: texts(&["urban-form/1"]),
            reads: texts(&["finding", "feedback", "measure_feedback", "receipt"]),
            writes: texts(&["assignment", "reminder", "recall", "joint_punishment", "lift", "receipt"]),
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        decode::decode(input, context)
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        encode::encode(record, context)
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        [settings::Settings::read(context).err()].into_iter().flatten().collect()
    }
}

xiezhi_sdk::export_plugin!(UrbanManagement);

#[cfg(test)]
mod tests;
