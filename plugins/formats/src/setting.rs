//! Reading a link's `[settings]`, each checked, with one way to say what is wrong.

use std::collections::BTreeMap;
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

/// Most entries of a code table: the longest one in use has twenty.
pub const TABLE_ENTRIES_MAX: usize = 200;
/// Longest code or name in a code table, in characters.
pub const TABLE_CHARS_MAX: usize = 100;

/// A code table: texts by code. `default` where the link does not say; the link's own replaces it whole, so that a code can
/// also be taken away.
///
/// # Errors
/// `setting-invalid`.
pub fn table(
    format: &str,
    context: &Context,
    name: &str,
    default: &[(&str, &str)],
) -> Result<BTreeMap<String, String>, Fault> {
    let Some(value) = context.settings.get(name) else {
        return Ok(default.iter().map(|&(code, text)| (code.to_owned(), text.to_owned())).collect());
    };
    let fits = |text: &str| (1..=TABLE_CHARS_MAX).contains(&text.chars().count());
    let entries = value.as_object().filter(|entries| (1..=TABLE_ENTRIES_MAX).contains(&entries.len()));
    entries
        .and_then(|entries| {
            let pair = |(code, text): (&String, &serde_json::Value)| {
                text.as_str().filter(|text| fits(code) && fits(text)).map(|text| (code.clone(), text.to_owned()))
            };
            entries.iter().map(pair).collect()
        })
        .ok_or_else(|| {
            let wanted =
                format!("应为1至{TABLE_ENTRIES_MAX}条“代码 = 文字”的表，代码和文字各不超过{TABLE_CHARS_MAX}字");
            invalid(format, name, &wanted)
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_links_table_replaces_the_default_whole() {
        let context = |json: &str| Context {
            agency: xiezhi_sdk::model::AgencyId::parse("police").unwrap(),
            at: xiezhi_sdk::model::UtcTime::from_unix_ms(0).unwrap(),
            message_id: xiezhi_sdk::model::MessageId::parse("m").unwrap(),
            settings: serde_json::from_str(json).unwrap(),
        };
        let read = |json: &str| table("f", &context(json), "t", &[("1", "甲")]).map(|table| format!("{table:?}"));
        assert_eq!(read("{}").unwrap(), "{\"1\": \"甲\"}");
        assert_eq!(read("{\"t\": {\"2\": \"乙\"}}").unwrap(), "{\"2\": \"乙\"}");
        for bad in ["{\"t\": {}}", "{\"t\": []}", "{\"t\": {\"2\": 1}}", "{\"t\": {\"\": \"x\"}}"] {
            let fault = read(bad).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("f.setting-invalid", Some("t")), "{bad}");
        }
    }
}
