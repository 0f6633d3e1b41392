//! One failed request: the problem, what is particular about it, and the cause that only the log sees.
//!
//! The mapping to status codes is in [`crate::problem`]; here is the response's form (RFC 9457).

use std::error::Error;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use xiezhi_model::{InboxSeq, MessageId};
use xiezhi_ports::{Disposition, StoreError, TransportError};

use crate::Problem;
use crate::ops::CheckView;

/// What `Retry-After` says, in seconds: longer than a commit or a short overload lasts, short enough that a waiting
/// case officer does not notice.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Most causes written to the log for one failure; deeper chains say nothing more.
const CAUSES_MAX: usize = 8;

/// A request that failed.
#[derive(Debug)]
pub(crate) struct ApiError {
    problem: Problem,
    detail: String,
    message_id: Option<MessageId>,
    seq: Option<InboxSeq>,
    checks: Vec<CheckView>,
    reason: Option<&'static str>,
    cause: Option<String>,
}

/// What the log needs to know of a failed request; rides on the response.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) cause: Option<String>,
}

/// The body of a failed request.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<InboxSeq>,
    #[serde(skip_serializing_if = "<[CheckView]>::is_empty")]
    checks: &'a [CheckView],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl ApiError {
    /// A failure; `detail` is Chinese and says what, where and what next.
    pub(crate) fn new(problem: Problem, detail: impl Into<String>) -> Self {
        Self {
            problem,
            detail: detail.into(),
            message_id: None,
            seq: None,
            checks: Vec::new(),
            reason: None,
            cause: None,
        }
    }

    /// The same failure with a cause for the log, which the caller never sees.
    pub(crate) fn caused_by(mut self, cause: &(dyn Error + 'static)) -> Self {
        let mut chain = Vec::new();
        let mut next = Some(cause);
        while let Some(error) = next
            && chain.len() < CAUSES_MAX
        {
            chain.push(error.to_string());
            next = error.source();
        }
        self.cause = Some(chain.join(": "));
        self
    }

    /// The same failure of a message.
    pub(crate) fn of_message(mut self, id: &MessageId) -> Self {
        self.message_id = Some(id.clone());
        self
    }

    /// The same failure with the inbox row that keeps the evidence.
    pub(crate) fn kept_as(mut self, seq: InboxSeq) -> Self {
        self.seq = Some(seq);
        self
    }

    /// The same failure with the code of what the engine says against it.
    pub(crate) fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same failure with the readiness checks behind it.
    pub(crate) fn with_checks(mut self, checks: Vec<CheckView>) -> Self {
        self.checks = checks;
        self
    }

    /// A defect of the gateway, said without any of its inside.
    pub(crate) fn internal(cause: &(dyn Error + 'static)) -> Self {
        let detail = "网关处理该请求时出错，原因已记入日志；请勿反复重发，请联系网关运维人员";
        Self::new(Problem::GatewayInternal, detail).caused_by(cause)
    }

    fn of_disposition(disposition: Disposition, cause: &(dyn Error + 'static)) -> Self {
        let error = match disposition {
            Disposition::Retry => Self::new(
                Problem::GatewayUnavailable,
                "网关存储暂时繁忙，本次请求未生效；请按 Retry-After 等待后用同一消息编号重发",
            ),
            Disposition::Stop => Self::new(
                Problem::GatewayStopped,
                "网关存储出现故障，需运维人员处理；请保留报文，待恢复后用同一消息编号重发",
            ),
            Disposition::Reject => return Self::internal(cause),
        };
        error.caused_by(cause)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::of_disposition(error.disposition(), &error)
    }
}

impl From<TransportError> for ApiError {
    fn from(error: TransportError) -> Self {
        Self::of_disposition(error.disposition(), &error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let spec = self.problem.spec();
        let document = Document {
            r#type: format!("urn:xiezhi:problem:{}", spec.code),
            title: spec.title,
            status: spec.status.as_u16(),
            code: spec.code,
            detail: &self.detail,
            retryable: spec.retryable,
            message_id: self.message_id.as_ref(),
            seq: self.seq,
            checks: &self.checks,
            reason: self.reason,
        };
        let mut response = (spec.status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if spec.status == StatusCode::UNAUTHORIZED {
            let of_person = matches!(self.problem, Problem::PersonMissing | Problem::PersonUnknown);
            let scheme = if of_person { r#"Basic realm="xiezhi", charset="UTF-8""# } else { "Bearer" };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        if spec.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response.extensions_mut().insert(Failure { code: spec.code, cause: self.cause });
        response
    }
}
