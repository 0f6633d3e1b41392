//! Reading a link's `[settings]`, each checked, with one way to say what is wrong.

use std::ops::RangeInclusive;

use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::charset::Charset;
use crate::{Problem, code};

/// A text of ASCII letters, digits and `-._`, as long as `length` says; `default` where the link does not say.
///
/// # Errors
/// `setting-invalid`.
pub fn word<'c>(
    format: &str,
    context: &'c Context,
    name: &str,
    length: RangeInclusive<usize>,
    default: &'static str,
) -> Result<&'c str, Fault> {
    if !context.settings.contains_key(name) {
        return Ok(default);
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let found = context.setting_text(name);
    found
        .filter(|text| length.contains(&text.len()) && text.bytes().all(plain))
        .ok_or_else(|| invalid(format, name, &format!("应为{}至{}位的数字或字母", length.start(), length.end())))
}

/// A whole number in a range; `default` where the link does not say.
///
/// # Errors
/// `setting-invalid`.
pub fn integer(
    format: &str,
    context: &Context,
    name: &str,
    range: RangeInclusive<i64>,
    default: i64,
) -> Result<i64, Fault> {
    match context.settings.get(name) {
        None => Ok(default),
        Some(value) => value
            .as_i64()
            .filter(|number| range.contains(number))
            .ok_or_else(|| invalid(format, name, &format!("应为{}至{}之间的整数", range.start(), range.end()))),
    }
}

/// `encoding_fallback`: the character set to believe when the bytes contradict what is declared or agreed.
///
/// # Errors
/// `setting-invalid`.
pub fn encoding_fallback(format: &str, context: &Context) -> Result<Option<Charset>, Fault> {
    const NAME: &str = "encoding_fallback";
    match context.settings.get(NAME) {
        None => Ok(None),
        Some(_) => match context.setting_text(NAME) {
            Some("utf-8") => Ok(Some(Charset::Utf8)),
            Some("gb18030") => Ok(Some(Charset::Gb18030)),
            _ => Err(invalid(format, NAME, "应为“utf-8”或“gb18030”")),
        },
    }
}

/// A setting that cannot be used: the operator must act, not the sender. It has no place in the message.
#[must_use]
pub fn invalid(format: &str, name: &str, wanted: &str) -> Fault {
    let text = format!("链路配置项 {name} 不正确：{wanted}，请系统管理员修改配置后重新处理，报送方无需操作");
    Problem::new(code::SETTING_INVALID, 0, text).in_field(name).fault_without_place(format)
}
