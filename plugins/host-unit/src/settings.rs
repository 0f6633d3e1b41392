//! The link's settings that this plugin reads, checked. They say which of many host units the link is.

use std::ops::RangeInclusive;

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// The bureau's code in the shipped configuration and in the sample messages (fictional).
const SENDER_DEFAULT: &str = "11110112MAYYG0015Y";
/// Length of a side's code and of a host unit's number.
const CODE_LENGTH: RangeInclusive<usize> = 1..=32;
/// Longest name of a host unit, in characters.
const NAME_CHARS_MAX: usize = 200;

/// Which host unit the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit<'c> {
    /// `host_unit_number`; where the link does not say, a message's own number is believed.
    pub(crate) number: Option<&'c str>,
    /// `host_unit_name`.
    pub(crate) name: Option<&'c str>,
}

/// `host_unit_number` and `host_unit_name`.
pub(crate) fn unit(context: &Context) -> Result<Unit<'_>, Fault> {
    const NUMBER: &str = "host_unit_number";
    let number = setting::word(FORMAT, context, NUMBER, CODE_LENGTH, "")?;
    Ok(Unit { number: (!number.is_empty()).then_some(number), name: name(context)? })
}

fn name(context: &Context) -> Result<Option<&str>, Fault> {
    const NAME: &str = "host_unit_name";
    if !context.settings.contains_key(NAME) {
        return Ok(None);
    }
    let is_name = |text: &&str| {
        let length = text.chars().count();
        (1..=NAME_CHARS_MAX).contains(&length) && text.trim() == *text && !text.chars().any(char::is_control)
    };
    let wanted = format!("应为1至{NAME_CHARS_MAX}个字的名称，两端没有空格");
    let name = context.setting_text(NAME).filter(is_name);
    name.map(Some).ok_or_else(|| setting::invalid(FORMAT, NAME, &wanted))
}

/// `sender_code`.
pub(crate) fn sender(context: &Context) -> Result<&str, Fault> {
    setting::word(FORMAT, context, "sender_code", CODE_LENGTH, SENDER_DEFAULT)
}
