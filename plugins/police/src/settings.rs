//! The link's settings that this plugin reads, checked.

use std::ops::RangeInclusive;

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// The bureau's code in the shipped configuration and in the sample messages (fictional).
const SENDER_DEFAULT: &str = "11110112MAYYG0015Y";
/// The police's code in the sample messages: GA/T 公安机关机构代码 of the district, 12 digits.
const RECEIVER_DEFAULT: &str = "110112000000";
/// Length of an organisation's code: a USCC has 18 characters, a police organisation code 12.
const CODE_LENGTH: RangeInclusive<usize> = 1..=32;

/// Who signs outgoing messages and whom they are for.
pub(crate) struct Ends<'c> {
    pub(crate) sender: &'c str,
    pub(crate) receiver: &'c str,
}

/// `sender_code` and `receiver_code`.
pub(crate) fn ends(context: &Context) -> Result<Ends<'_>, Fault> {
    Ok(Ends {
        sender: setting::word(FORMAT, context, "sender_code", CODE_LENGTH, SENDER_DEFAULT)?,
        receiver: setting::word(FORMAT, context, "receiver_code", CODE_LENGTH, RECEIVER_DEFAULT)?,
    })
}
