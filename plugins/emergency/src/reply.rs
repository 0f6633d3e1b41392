//! The answer that the protocol owes the sender at once: `Ack`, or `Error` where nothing could be used, in the sender's dialect.
//!
//! It says that the message was read, not what became of it: that is the receipt's matter.

use xiezhi_sdk::model::Digest;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Document, Encoded};

use crate::dialect::Dialect;
use crate::envelope::{Envelope, MsgType};
use crate::settings;
use crate::writing::{Head, alert};

/// Hexadecimal digits of a reply's identifier: 96 bits, out of reach of chance.
const DIGITS: usize = 24;
/// Most faults that a note tells; the receipt tells all of them.
const TOLD_MAX: usize = 10;

/// Writes the reply. An answer is not answered: two machines would never stop.
pub(crate) fn reply(envelope: &Envelope<'_>, document: &Document, context: &Context) -> Result<Option<Encoded>, Fault> {
    if matches!(envelope.msg_type, MsgType::Ack | MsgType::Error) {
        return Ok(None);
    }
    let writing = settings::writing(context)?;
    let msg_type = if document.records.is_empty() { "Error" } else { "Ack" };
    let told = document.row_faults.iter().take(TOLD_MAX);
    let note: Vec<String> =
        told.map(|row| format!("第{}个 info：{}（{}）", row.row, row.fault.text, row.fault.code)).collect();
    let references = match envelope.dialect {
        Dialect::National => envelope.identifier.to_owned(),
        Dialect::Cap12 => format!("{},{},{}", envelope.sender, envelope.identifier, envelope.sent),
    };
    let mut digest =
        Digest::of_parts(&[context.message_id.as_str().as_bytes(), envelope.identifier.as_bytes()]).to_hex();
    digest.truncate(DIGITS);
    let receiver = match envelope.dialect {
        Dialect::National => envelope.extra.get("senderCode").map_or(writing.receiver_code, String::as_str),
        Dialect::Cap12 => envelope.sender,
    };
    let head = Head {
        dialect: envelope.dialect,
        identifier: &format!("ack-{digest}"),
        sender_code: writing.sender_code,
        sender_name: writing.sender_name,
        receiver_code: receiver,
        sent_at: context.at,
        msg_type,
        note: Some(&note.join("；")),
        references: Some(&references),
    };
    Ok(Some(alert(&head, None)))
}
