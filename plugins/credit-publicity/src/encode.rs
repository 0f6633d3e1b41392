//! Writing records for the publicity system: which document each becomes, and the root that all of them share.
//!
//! What a publication must have is checked in `publication`; the forms of tasks and receipts are in `task`.

use xiezhi_formats::charset::Charset;
use xiezhi_formats::refusal;
use xiezhi_formats::writer::Writer;
use xiezhi_sdk::model::Digest;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{Direction, Record};
use xiezhi_sdk::{Context, Encoded};

use crate::problem::{FORMAT, code, unwritable};
use crate::settings::{MessageIdPlace, Settings};
use crate::{publication, task};

/// What an outgoing message says of its own encoding.
const CONTENT_TYPE: &str = "application/xml; charset=UTF-8";
/// Bytes of the message id's digest that the serial in `Seq` is made from.
const SERIAL_BYTES: usize = 8;

/// The roots, in and out.
pub(crate) mod root {
    /// Entries that are listed, taken down or annulled.
    pub(crate) const BATCH: &str = "OpAnomalyBatch";
    /// The list as the system keeps it.
    pub(crate) const LIST: &str = "OpAnomalyList";
    /// What became of a message.
    pub(crate) const RECEIPT: &str = "OpAnomalyReceipt";
    /// A task or a reminder of one.
    pub(crate) const TASK: &str = "OpTask";
    /// The answer to a task.
    pub(crate) const FEEDBACK: &str = "OpTaskFeedback";
}

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let settings = Settings::read(context)?;
    let body = match record {
        Record::Publication(publication) => {
            let entry = publication::checked(publication, &settings)?;
            document(root::BATCH, Some(entry.operation()), context, &settings, |xml| entry.write(xml))
        }
        Record::Assignment(assignment) => {
            document(root::TASK, Some("ASSIGN"), context, &settings, |xml| task::assignment(xml, assignment))
        }
        Record::Reminder(reminder) => {
            document(root::TASK, Some("URGE"), context, &settings, |xml| task::reminder(xml, reminder))
        }
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            return Err(unwritable(code::DIRECTION_INVALID, "ResCode", "公示系统发来的回执不能再发回公示系统"));
        }
        Record::Receipt(receipt) => {
            document(root::RECEIPT, None, context, &settings, |xml| task::receipt(xml, receipt))
        }
        other => {
            return Err(refusal::kind_unwritten(FORMAT, "公示系统", other, "公示、派遣、督办和回执"));
        }
    };
    Ok(Encoded { body, content_type: CONTENT_TYPE.to_owned() })
}

fn document(
    name: &'static str,
    operation: Option<&str>,
    context: &Context,
    settings: &Settings<'_>,
    item: impl FnOnce(&mut Writer),
) -> Vec<u8> {
    let seq = seq(context, settings.serial_digits);
    let mut attributes = Vec::new();
    attributes.extend(operation.map(|operation| ("OpType", operation)));
    attributes.extend([("AreaCode", settings.area_code), ("Seq", seq.as_str())]);
    if settings.message_id == MessageIdPlace::Attribute {
        attributes.push(("MsgId", context.message_id.as_str()));
    }
    let mut xml = Writer::compact(Charset::Utf8);
    xml.open(name, &attributes);
    xml.open("Item", &[]);
    item(&mut xml);
    xml.finish()
}

/// `Seq`: the day in Beijing and a serial from the message id, so that encoding again gives the same one. A plugin has no
/// memory and cannot count.
fn seq(context: &Context, serial_digits: u32) -> String {
    let day: String = context.at.to_compact_beijing().chars().take(8).collect();
    let digest = Digest::of(context.message_id.as_str().as_bytes());
    let number = digest.as_bytes().iter().take(SERIAL_BYTES).fold(0_u64, |value, &byte| (value << 8) | u64::from(byte));
    let serial = number.checked_rem(10_u64.saturating_pow(serial_digits)).unwrap_or_default();
    let width = usize::try_from(serial_digits).unwrap_or_default();
    format!("{day}{serial:0width$}")
}
