//! The link's settings that this plugin reads, checked.

use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::encoding::Charset;
use crate::problem::code;

/// The bureau's code in the shipped configuration and in the sample messages (fictional).
const SENDER_DEFAULT: &str = "11110112MAYYG0015Y";
/// The police's code in the sample messages: GA/T 公安机关机构代码 of the district, 12 digits.
const RECEIVER_DEFAULT: &str = "110112000000";
/// Longest code of an organisation: a USCC has 18 characters, a police organisation code 12.
const CODE_CHARS_MAX: usize = 32;

/// Who signs outgoing messages and whom they are for.
pub(crate) struct Ends<'c> {
    pub(crate) sender: &'c str,
    pub(crate) receiver: &'c str,
}

/// `sender_code` and `receiver_code`.
pub(crate) fn ends(context: &Context) -> Result<Ends<'_>, Fault> {
    Ok(Ends {
        sender: organisation(context, "sender_code", SENDER_DEFAULT)?,
        receiver: organisation(context, "receiver_code", RECEIVER_DEFAULT)?,
    })
}

/// `encoding_fallback`: the encoding to believe when the bytes contradict the declaration.
pub(crate) fn encoding_fallback(context: &Context) -> Result<Option<Charset>, Fault> {
    const NAME: &str = "encoding_fallback";
    match context.settings.get(NAME) {
        None => Ok(None),
        Some(_) => match context.setting_text(NAME) {
            Some("utf-8") => Ok(Some(Charset::Utf8)),
            Some("gb18030") => Ok(Some(Charset::Gb18030)),
            _ => Err(invalid(NAME, "应为“utf-8”或“gb18030”")),
        },
    }
}

fn organisation<'c>(context: &'c Context, name: &str, default: &'static str) -> Result<&'c str, Fault> {
    if !context.settings.contains_key(name) {
        return Ok(default);
    }
    context
        .setting_text(name)
        .filter(|text| (1..=CODE_CHARS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        .ok_or_else(|| invalid(name, "应为1至32位的数字或字母"))
}

fn invalid(name: &str, wanted: &str) -> Fault {
    Fault::new(code::SETTING_INVALID, format!("公安链路的配置项 {name} 不正确：{wanted}，请系统管理员修改配置"))
        .in_field(name)
}
