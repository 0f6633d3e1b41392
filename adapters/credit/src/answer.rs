//! What an answer of the credit system says of a message.

use xiezhi_model::plugin::Decoded;
use xiezhi_model::record::{Direction, ReceiptOutcome};
use xiezhi_model::{AgencyId, MessageId, Record, UtcTime};
use xiezhi_ports::CodecError;

/// Reads documents of the credit system, with its plugin. Calls compute for milliseconds.
pub trait Reader: Send + Sync {
    /// What a document holds.
    ///
    /// # Errors
    /// [`CodecError`] as from the plugin.
    fn read(&self, agency: &AgencyId, document: &[u8], at: UtcTime) -> Result<Decoded, CodecError>;
}

/// What a receipt says of the message that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// The entry is in the list as the message wants it.
    Applied,
    /// The message is refused; the code and the words.
    Refused(String),
    /// The document is no receipt of this message: nothing is known. What is wrong with it.
    Unclear(String),
}

/// Reads the receipt of one message.
pub(crate) fn word(reader: &dyn Reader, agency: &AgencyId, id: &MessageId, document: &[u8], at: UtcTime) -> Word {
    let decoded = match reader.read(agency, document, at) {
        Ok(decoded) => decoded,
        Err(error) => return Word::Unclear(format!("{}: {}", error.fault.code, error.fault.text)),
    };
    let receipts = decoded.document.records.iter().filter_map(|row| match &row.record {
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => Some(receipt),
        _ => None,
    });
    let mut of_others = 0;
    for receipt in receipts {
        if receipt.message_id != *id {
            of_others += 1;
            continue;
        }
        let code = receipt.code.as_deref().unwrap_or("?");
        return match receipt.outcome {
            ReceiptOutcome::Accepted => Word::Applied,
            ReceiptOutcome::Refused | ReceiptOutcome::Partial => Word::Refused(format!("{code} {}", receipt.text)),
        };
    }
    Word::Unclear(match of_others {
        0 => "it holds no receipt".to_owned(),
        n => format!("its {n} receipts are of other messages"),
    })
}
