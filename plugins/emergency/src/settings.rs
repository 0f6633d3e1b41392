//! The link's settings that this plugin reads, checked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::dialect::{Dialect, is_sender_code};
use crate::problem::FORMAT;

/// The bureau's code in the shipped configuration: 498 stands where its GB/T 4657 code belongs, which is not known here.
const SENDER_CODE_DEFAULT: &str = "11011249800000";
/// The bureau's name in the sample messages (fictional).
const SENDER_NAME_DEFAULT: &str = "北京市通州区市场监督管理局（测试）";
/// The emergency bureau's code in the sample messages; 499 is a placeholder likewise.
const RECEIVER_CODE_DEFAULT: &str = "11011249900000";
/// The event type of what the gateway sends: no event at all, so no code of GB/T 35561.
const EVENT_TYPE_DEFAULT: &str = "00000";
/// Longest code of an event (GB/T 35561 has five characters).
const EVENT_LENGTH: RangeInclusive<usize> = 1..=32;
/// Most entries of a table of events: GB/T 35561 has fewer.
const EVENTS_MAX: usize = 500;
/// Longest name in a setting.
const NAME_CHARS_MAX: usize = 100;

/// Codes of events and their names.
pub(crate) type Events = BTreeMap<String, String>;

/// What reading needs to know.
pub(crate) struct Reading {
    /// Events that are a matter for the gateway.
    pub(crate) findings: Events,
    /// Names of other events.
    pub(crate) names: Events,
}

/// What writing needs to know.
pub(crate) struct Writing<'c> {
    pub(crate) dialect: Dialect,
    pub(crate) sender_code: &'c str,
    pub(crate) sender_name: &'c str,
    pub(crate) receiver_code: &'c str,
    pub(crate) event_type: &'c str,
}

/// `finding_events` and `event_names`.
pub(crate) fn reading(context: &Context) -> Result<Reading, Fault> {
    Ok(Reading {
        findings: events(context, "finding_events", &[("12X99", "重大事故隐患")])?,
        names: events(context, "event_names", &[("11B06", "大风")])?,
    })
}

/// `dialect`, `sender_code`, `sender_name`, `receiver_code` and `dispatch_event_type`.
pub(crate) fn writing(context: &Context) -> Result<Writing<'_>, Fault> {
    let dialect = match context.settings.get("dialect") {
        None => Dialect::National,
        Some(value) => match value.as_str() {
            Some("cap-cn") => Dialect::National,
            Some("cap-1.2") => Dialect::Cap12,
            _ => return Err(setting::invalid(FORMAT, "dialect", "应为“cap-cn”或“cap-1.2”")),
        },
    };
    Ok(Writing {
        dialect,
        sender_code: organisation(context, "sender_code", SENDER_CODE_DEFAULT)?,
        sender_name: name(context, "sender_name", SENDER_NAME_DEFAULT)?,
        receiver_code: organisation(context, "receiver_code", RECEIVER_CODE_DEFAULT)?,
        event_type: setting::word(FORMAT, context, "dispatch_event_type", EVENT_LENGTH, EVENT_TYPE_DEFAULT)?,
    })
}

fn organisation<'c>(context: &'c Context, key: &str, default: &'static str) -> Result<&'c str, Fault> {
    match context.settings.get(key) {
        None => Ok(default),
        Some(value) => value
            .as_str()
            .filter(|code| is_sender_code(code))
            .ok_or_else(|| setting::invalid(FORMAT, key, "应为14位数字的发布机构编码")),
    }
}

fn name<'c>(context: &'c Context, key: &str, default: &'static str) -> Result<&'c str, Fault> {
    match context.settings.get(key) {
        None => Ok(default),
        Some(value) => value
            .as_str()
            .filter(|text| is_name(text))
            .ok_or_else(|| setting::invalid(FORMAT, key, "应为不含控制字符的名称，不超过100个字")),
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(char::is_control)
}

fn events(context: &Context, key: &str, default: &[(&str, &str)]) -> Result<Events, Fault> {
    let wanted = "应为“事件编码 = 名称”的表，最多500项";
    let refuse = || setting::invalid(FORMAT, key, wanted);
    let Some(value) = context.settings.get(key) else {
        return Ok(default.iter().map(|&(code, name)| (code.to_owned(), name.to_owned())).collect());
    };
    let table = value.as_object().filter(|table| table.len() <= EVENTS_MAX).ok_or_else(refuse)?;
    let mut events = Events::new();
    for (code, value) in table {
        let plain = EVENT_LENGTH.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
        let name = value.as_str().filter(|text| plain && is_name(text)).ok_or_else(refuse)?;
        events.insert(code.clone(), name.to_owned());
    }
    Ok(events)
}
