//! The link's settings that this plugin reads, checked.

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// The namespace of the service in the sample message (fictional).
const NAMESPACE_DEFAULT: &str = "http://service.fie.sw.tongzhou.example/";
/// Longest namespace name: real ones have less than half of this.
const NAMESPACE_BYTES_MAX: usize = 200;
/// Longest user name or token in the header: a signed token of the usual kind fits.
const CREDENTIAL_BYTES_MAX: usize = 2_048;

/// `service_namespace`: the namespace of the operations, both ways.
pub(crate) fn namespace(context: &Context) -> Result<&str, Fault> {
    const NAME: &str = "service_namespace";
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'&' | b'"' | b'\'');
    match context.settings.get(NAME) {
        None => Ok(NAMESPACE_DEFAULT),
        Some(_) => context
            .setting_text(NAME)
            .filter(|text| (1..=NAMESPACE_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain))
            .ok_or_else(|| setting::invalid(FORMAT, NAME, "应为200字节以内的命名空间 URI")),
    }
}

/// What the agency's service wants in the header of a call.
pub(crate) struct Credentials<'c> {
    pub(crate) user: &'c str,
    pub(crate) token: &'c str,
}

/// `auth_user` and `auth_token`: both or neither.
pub(crate) fn credentials(context: &Context) -> Result<Option<Credentials<'_>>, Fault> {
    let user = credential(context, "auth_user")?;
    let token = credential(context, "auth_token")?;
    match (user, token) {
        (Some(user), Some(token)) => Ok(Some(Credentials { user, token })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(setting::invalid(FORMAT, "auth_token", "应与 auth_user 一同设置")),
        (None, Some(_)) => Err(setting::invalid(FORMAT, "auth_user", "应与 auth_token 一同设置")),
    }
}

fn credential<'c>(context: &'c Context, name: &str) -> Result<Option<&'c str>, Fault> {
    if !context.settings.contains_key(name) {
        return Ok(None);
    }
    context
        .setting_text(name)
        .filter(|text| (1..=CREDENTIAL_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()))
        .map(Some)
        .ok_or_else(|| setting::invalid(FORMAT, name, "应为2048字节以内、不含空格的 ASCII 文本"))
}
