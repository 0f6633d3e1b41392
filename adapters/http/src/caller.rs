//! Who is calling: the bearer token decides, and the path must agree.
//!
//! Tokens are compared by SHA-256 digest in constant time, against every configured one, so that the time taken tells
//! nothing about which of them came close.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use subtle::{Choice, ConstantTimeEq};
use tracing::Span;
use xiezhi_model::{AgencyId, Digest, fields};

use crate::error::ApiError;
use crate::{AgencyAccess, HttpState, Problem};

/// Longest token looked at, in bytes: the longest that a configuration may name.
const TOKEN_BYTES_MAX: usize = 4_096;

/// Where `{id}` stands in `/v1/agencies/{id}/…`, counted with the empty text before the first slash.
const AGENCY_SEGMENT: usize = 3;

/// An authenticated agency whose path names it too.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) agency: AgencyId,
    pub(crate) message_bytes_max: usize,
}

impl FromRequestParts<Arc<HttpState>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<HttpState>) -> Result<Self, ApiError> {
        let token = bearer_token(parts)?;
        let access = access_of(&state.access, token).ok_or_else(|| {
            ApiError::new(
                Problem::AuthUnknown,
                "访问令牌无法识别；请核对令牌是否完整、是否已更换，或向网关运维人员申请",
            )
        })?;
        Span::current().record(fields::AGENCY, access.agency.as_str());
        // An agency that does not exist is answered like one that does: a token opens one agency's paths only.
        if agency_segment(parts) != Some(access.agency.as_str()) {
            let detail = format!("该令牌属于“{}”，只能访问 /v1/agencies/{0}/ 下的地址；请更正路径", access.agency);
            return Err(ApiError::new(Problem::AuthWrongAgency, detail));
        }
        Ok(Self { agency: access.agency.clone(), message_bytes_max: access.message_bytes_max })
    }
}

/// The path's agency as it came. Agency ids need no percent-encoding, so an encoded one is nobody's; and what stands
/// behind it, readable or not, has no say in who may call.
fn agency_segment(parts: &Parts) -> Option<&str> {
    parts.uri.path().split('/').nth(AGENCY_SEGMENT)
}

fn bearer_token(parts: &Parts) -> Result<&[u8], ApiError> {
    let missing = || {
        ApiError::new(
            Problem::AuthMissing,
            "请在请求头写明“Authorization: Bearer <令牌>”（仅一个），令牌由网关运维人员发放",
        )
    };
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(missing()) };
    let (scheme, token) = value.as_bytes().split_at_checked("Bearer ".len()).ok_or_else(missing)?;
    let token = token.trim_ascii();
    if !scheme.eq_ignore_ascii_case(b"Bearer ") || token.is_empty() {
        return Err(missing());
    }
    Ok(token)
}

/// The access that a token opens.
fn access_of<'a>(access: &'a [AgencyAccess], token: &[u8]) -> Option<&'a AgencyAccess> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let digest = Digest::of(token);
    let mut found = None;
    for candidate in access {
        let equal: Choice = candidate.token_digest.as_bytes().ct_eq(digest.as_bytes());
        if bool::from(equal) {
            found = Some(candidate);
        }
    }
    found
}
