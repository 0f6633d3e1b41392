//! The link's settings that this plugin reads, checked.

use std::ops::RangeInclusive;

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// The bureau's code in the shipped configuration and in the sample messages (fictional).
const SENDER_DEFAULT: &str = "11110112MAYYG0015Y";
/// The platform's code in the sample messages; the bureau runs it, so it has no credit code of its own.
const RECEIVER_DEFAULT: &str = "ZSBA-110112";
/// Length of a side's code: a USCC has 18 characters.
const CODE_LENGTH: RangeInclusive<usize> = 1..=32;

/// Who signs outgoing messages and whom they are for.
pub(crate) fn ends(context: &Context) -> Result<(&str, &str), Fault> {
    Ok((
        setting::word(FORMAT, context, "sender_code", CODE_LENGTH, SENDER_DEFAULT)?,
        setting::word(FORMAT, context, "receiver_code", CODE_LENGTH, RECEIVER_DEFAULT)?,
    ))
}

/// What a document's number whose form looks wrong leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberCheck {
    /// A note in `extra`: the forms are known from memory only, and older papers have others.
    Note,
    /// A row fault, for a platform that has agreed to the forms.
    Refuse,
}

/// `document_number_check`.
pub(crate) fn number_check(context: &Context) -> Result<NumberCheck, Fault> {
    const NAME: &str = "document_number_check";
    match context.settings.get(NAME) {
        None => Ok(NumberCheck::Note),
        Some(_) => match context.setting_text(NAME) {
            Some("note") => Ok(NumberCheck::Note),
            Some("refuse") => Ok(NumberCheck::Refuse),
            _ => Err(setting::invalid(FORMAT, NAME, "应为“note”或“refuse”")),
        },
    }
}
