//! Who of the bureau is calling: name and password of a local account (HTTP Basic), checked anew for each request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tracing::Span;
use xiezhi_model::act::Account;
use xiezhi_model::fields;

use crate::error::ApiError;
use crate::{HttpState, Problem};

/// Longest `Authorization` header looked at, in bytes.
const HEADER_BYTES_MAX: usize = 8_192;

/// A signed-in person.
#[derive(Debug)]
pub(crate) struct Person(pub(crate) Account);

impl FromRequestParts<Arc<HttpState>> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<HttpState>) -> Result<Self, ApiError> {
        let (name, password) = credentials(parts).ok_or_else(|| {
            let detail = "请在请求头写明“Authorization: Basic <账号:密码的 Base64>”（仅一个），账号由系统管理员建立";
            ApiError::new(Problem::PersonMissing, detail)
        })?;
        let account = state.desk.sign_in(&name, &password).await?;
        Span::current().record(fields::PERSON, account.name.as_str());
        Ok(Self(account))
    }
}

/// RFC 7617, in UTF-8.
fn credentials(parts: &Parts) -> Option<(String, String)> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    if value.len() > HEADER_BYTES_MAX {
        return None;
    }
    let (scheme, encoded) = value.as_bytes().split_at_checked("Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim_ascii()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
