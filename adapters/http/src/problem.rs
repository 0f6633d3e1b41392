//! The problems that the API answers with: the one place that gives each its code, status and title.
//!
//! What happened in a particular request (detail, message id, cause) is in the crate's error type, not here.

use axum::http::StatusCode;

/// A kind of problem. Codes are stable: callers branch on them, and `docs/api.md` explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// No bearer token.
    AuthMissing,
    /// A token that nobody has.
    AuthUnknown,
    /// A token of another agency than the path names.
    AuthWrongAgency,
    /// No such path.
    PathUnknown,
    /// No account's name and password.
    PersonMissing,
    /// A name and a password that are no account's.
    PersonUnknown,
    /// The path is there, the method is not.
    MethodNotAllowed,
    /// A header cannot be used.
    HeaderInvalid,
    /// A query parameter cannot be used.
    QueryInvalid,
    /// The body of a request (not of a message) cannot be used.
    BodyInvalid,
    /// The body broke off.
    BodyIncomplete,
    /// The body of a request (not of a message) is too long.
    RequestTooLarge,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is compressed or otherwise encoded.
    ContentEncoding,
    /// A message without a byte.
    MessageEmpty,
    /// A message longer than the agency may send.
    MessageTooLarge,
    /// The id was used before for other bytes.
    MessageIdConflict,
    /// The agency sent no message with that id.
    MessageUnknown,
    /// There is no such case or act.
    ActUnknown,
    /// The person may not do that, or what they ask for is not complete.
    ActDenied,
    /// Somebody else changed the act at the same moment.
    ActConflict,
    /// There is no such case.
    CaseUnknown,
    /// The person may not do that to the case, or what they ask for is not complete.
    CaseDenied,
    /// Somebody else changed the case at the same moment.
    CaseConflict,
    /// Too many requests at once.
    GatewayBusy,
    /// The answer took too long; whether the work was done is not known.
    GatewayTimeout,
    /// The store is busy or out of reach for the moment.
    GatewayUnavailable,
    /// A readiness check failed.
    GatewayNotReady,
    /// The store cannot go on: a person must act.
    GatewayStopped,
    /// A defect of the gateway.
    GatewayInternal,
}

/// What is fixed about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemSpec {
    /// Stable code; the problem's type is `urn:xiezhi:problem:<code>`.
    pub code: &'static str,
    /// Status of the response.
    pub status: StatusCode,
    /// Title in Chinese, the same for every occurrence.
    pub title: &'static str,
    /// Whether sending the same request again later is safe and may succeed.
    pub retryable: bool,
}

const fn spec(code: &'static str, status: StatusCode, title: &'static str) -> ProblemSpec {
    ProblemSpec { code, status, title, retryable: false }
}

const fn retryable(code: &'static str, status: StatusCode, title: &'static str) -> ProblemSpec {
    ProblemSpec { code, status, title, retryable: true }
}

impl Problem {
    /// All of them, in the order of `docs/api.md`.
    pub const ALL: [Self; 30] = [
        Self::AuthMissing,
        Self::AuthUnknown,
        Self::AuthWrongAgency,
        Self::PersonMissing,
        Self::PersonUnknown,
        Self::PathUnknown,
        Self::MethodNotAllowed,
        Self::HeaderInvalid,
        Self::QueryInvalid,
        Self::BodyInvalid,
        Self::BodyIncomplete,
        Self::RequestTooLarge,
        Self::RequestTimeout,
        Self::ContentEncoding,
        Self::MessageEmpty,
        Self::MessageTooLarge,
        Self::MessageIdConflict,
        Self::MessageUnknown,
        Self::ActUnknown,
        Self::ActDenied,
        Self::ActConflict,
        Self::CaseUnknown,
        Self::CaseDenied,
        Self::CaseConflict,
        Self::GatewayBusy,
        Self::GatewayTimeout,
        Self::GatewayUnavailable,
        Self::GatewayNotReady,
        Self::GatewayStopped,
        Self::GatewayInternal,
    ];

    /// Code, status, title and whether a retry is safe.
    #[must_use]
    pub const fn spec(self) -> ProblemSpec {
        match self {
            Self::AuthMissing => spec("auth.missing", StatusCode::UNAUTHORIZED, "缺少访问令牌"),
            Self::AuthUnknown => spec("auth.unknown", StatusCode::UNAUTHORIZED, "访问令牌无效"),
            Self::AuthWrongAgency => spec("auth.wrong-agency", StatusCode::FORBIDDEN, "令牌与路径中的单位不一致"),
            Self::PersonMissing => spec("person.missing", StatusCode::UNAUTHORIZED, "缺少账号"),
            Self::PersonUnknown => spec("person.unknown", StatusCode::UNAUTHORIZED, "账号或密码无效"),
            Self::PathUnknown => spec("request.path-unknown", StatusCode::NOT_FOUND, "没有这个地址"),
            Self::MethodNotAllowed => {
                spec("request.method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "该地址不支持此方法")
            }
            Self::HeaderInvalid => spec("request.header-invalid", StatusCode::BAD_REQUEST, "请求头无效"),
            Self::QueryInvalid => spec("request.query-invalid", StatusCode::BAD_REQUEST, "查询参数无效"),
            Self::BodyInvalid => spec("request.body-invalid", StatusCode::BAD_REQUEST, "请求体无效"),
            Self::BodyIncomplete => retryable("request.body-incomplete", StatusCode::BAD_REQUEST, "请求体未接收完整"),
            Self::RequestTooLarge => spec("request.too-large", StatusCode::PAYLOAD_TOO_LARGE, "请求体过长"),
            Self::RequestTimeout => retryable("request.timeout", StatusCode::REQUEST_TIMEOUT, "请求体接收超时"),
            Self::ContentEncoding => {
                spec("request.content-encoding", StatusCode::UNSUPPORTED_MEDIA_TYPE, "不接受压缩或编码的请求体")
            }
            Self::MessageEmpty => spec("message.empty", StatusCode::BAD_REQUEST, "报文为空"),
            Self::MessageTooLarge => spec("message.too-large", StatusCode::PAYLOAD_TOO_LARGE, "报文过长"),
            Self::MessageIdConflict => spec("message.id-conflict", StatusCode::CONFLICT, "消息编号已用于不同内容"),
            Self::MessageUnknown => spec("message.unknown", StatusCode::NOT_FOUND, "没有这个编号的消息"),
            Self::ActUnknown => spec("act.unknown", StatusCode::NOT_FOUND, "没有这个案件或事项"),
            Self::ActDenied => spec("act.denied", StatusCode::FORBIDDEN, "不准许办理"),
            Self::ActConflict => spec("act.conflict", StatusCode::CONFLICT, "事项已被他人办理"),
            Self::CaseUnknown => spec("case.unknown", StatusCode::NOT_FOUND, "没有这个案件"),
            Self::CaseDenied => spec("case.denied", StatusCode::FORBIDDEN, "不准许办理案件"),
            Self::CaseConflict => spec("case.conflict", StatusCode::CONFLICT, "案件已被他人办理"),
            Self::GatewayBusy => retryable("gateway.busy", StatusCode::SERVICE_UNAVAILABLE, "网关繁忙"),
            Self::GatewayTimeout => retryable("gateway.timeout", StatusCode::SERVICE_UNAVAILABLE, "网关处理超时"),
            Self::GatewayUnavailable => {
                retryable("gateway.unavailable", StatusCode::SERVICE_UNAVAILABLE, "网关暂时不可用")
            }
            Self::GatewayNotReady => retryable("gateway.not-ready", StatusCode::SERVICE_UNAVAILABLE, "网关未就绪"),
            Self::GatewayStopped => {
                retryable("gateway.stopped", StatusCode::INTERNAL_SERVER_ERROR, "网关存储故障，等待处理")
            }
            Self::GatewayInternal => spec("gateway.internal", StatusCode::INTERNAL_SERVER_ERROR, "网关内部错误"),
        }
    }
}
