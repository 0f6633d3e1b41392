//! What every fault owes its reader, beyond what the host enforces: a clerk must understand it and find the place.

use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::Decoded;

use super::caller::Answer;

/// Longest code and text, in bytes, as `plugin.wit` has them.
const CODE_BYTES_MAX: usize = 64;
const TEXT_BYTES_MAX: usize = 2000;

/// What is wrong with an answer to a message of so many bytes; `None` for an answer without blame.
pub(crate) fn decoded(answer: &Answer<Decoded>, message_bytes: Option<usize>) -> Option<String> {
    match answer {
        Answer::Stopped(_) => None,
        Answer::Refused(refusal) => fault(refusal, message_bytes),
        Answer::Given(decoded) => {
            let document = &decoded.document;
            let empty = document.records.is_empty() && document.row_faults.is_empty() && decoded.parts.is_empty();
            if empty && decoded.reply.is_none() {
                return Some("an answer with neither record, row fault, part nor reply: give a fault".to_owned());
            }
            document
                .row_faults
                .iter()
                .find_map(|row| fault(&row.fault, message_bytes).map(|what| format!("row {}: {what}", row.row)))
        }
    }
}

/// What is wrong with a fault.
pub(crate) fn fault(fault: &Fault, message_bytes: Option<usize>) -> Option<String> {
    let Fault { code, text, offset, .. } = fault;
    let shaped = code.split_once('.').is_some_and(|(format, what)| !format.is_empty() && !what.is_empty());
    if !shaped || code.len() > CODE_BYTES_MAX {
        return Some(format!("the fault code \"{code}\" is not <format>.<what> of at most {CODE_BYTES_MAX} bytes"));
    }
    if text.len() > TEXT_BYTES_MAX || !text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return Some(format!("the text of {code} is not a Chinese one of at most {TEXT_BYTES_MAX} bytes: {text}"));
    }
    match (offset, message_bytes) {
        (Some(offset), Some(bytes)) if usize::try_from(*offset).map_or(true, |offset| offset > bytes) => {
            Some(format!("{code} is placed at byte {offset} of a message of {bytes} bytes"))
        }
        _ => None,
    }
}
