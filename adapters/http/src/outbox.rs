//! `GET /v1/agencies/{id}/outbox` and `POST …/outbox/ack`: an agency reads its messages and acknowledges what it took.
//!
//! Reading removes nothing; what is not acknowledged before its lease ends is handed out again.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metrics::counter;
use serde::{Deserialize, Serialize};
use tracing::info;
use xiezhi_model::message::QueuedMessage;
use xiezhi_model::{CaseNumber, MessageId, UtcTime};

use crate::body::{self, BodyError};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::{HttpState, Problem, metric};

/// Messages handed out when the caller names no number: a page that a person can still read.
const READ_DEFAULT: usize = 20;
/// Most messages handed out at once: bounds the memory of one answer.
const READ_MAX: usize = 100;
/// Most ids in one acknowledgement: several full reads at once.
const ACKNOWLEDGE_MAX: usize = 500;
/// Longest acknowledgement, in bytes: [`ACKNOWLEDGE_MAX`] of the longest ids, with room for JSON escapes.
const ACKNOWLEDGE_BYTES_MAX: usize = 128 * 1024;

/// What a read may ask for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadQuery {
    limit: Option<usize>,
}

/// A message as the agency reads it.
#[derive(Debug, Serialize)]
pub(crate) struct OutboxItem {
    id: MessageId,
    case_number: Option<CaseNumber>,
    kind: String,
    content_type: String,
    queued_at: UtcTime,
    deliveries: u32,
    /// Base64 (RFC 4648 §4), because the bytes may be GB 18030 or binary.
    body_base64: String,
}

impl From<QueuedMessage> for OutboxItem {
    fn from(message: QueuedMessage) -> Self {
        Self {
            id: message.id,
            case_number: message.case_number,
            kind: message.kind,
            content_type: message.content_type,
            queued_at: message.queued_at,
            deliveries: message.deliveries,
            body_base64: STANDARD.encode(message.body),
        }
    }
}

/// What an acknowledgement names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledgement {
    ids: Vec<MessageId>,
}

/// What came of an acknowledgement.
#[derive(Debug, Serialize)]
pub(crate) struct Acknowledged {
    acknowledged: usize,
}

/// Dropping the future loses nothing: what was leased is handed out again when the lease ends.
pub(crate) async fn read(
    State(state): State<Arc<HttpState>>,
    caller: Caller,
    query: Result<Query<ReadQuery>, QueryRejection>,
) -> Result<Json<Vec<OutboxItem>>, ApiError> {
    let limit = match query {
        Ok(Query(query)) => query.limit.unwrap_or(READ_DEFAULT),
        Err(_) => return Err(limit_invalid()),
    };
    if !(1..=READ_MAX).contains(&limit) {
        return Err(limit_invalid());
    }
    let lease_ms = state.limits.outbox_lease_ms;
    let messages = state.mailbox.mailbox_read(&caller.agency, limit, lease_ms, state.clock.now()).await?;
    counter!(metric::OUTBOX_READ, "agency" => caller.agency.to_string()).increment(messages.len() as u64);
    info!(messages = messages.len(), "outbox read");
    Ok(Json(messages.into_iter().map(OutboxItem::from).collect()))
}

/// Dropping the future leaves open what was removed; acknowledging again is harmless.
pub(crate) async fn acknowledge(
    State(state): State<Arc<HttpState>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Acknowledged>, ApiError> {
    let timeout = state.limits.request_timeout();
    let bytes = body::read(&headers, body, ACKNOWLEDGE_BYTES_MAX, timeout).await.map_err(|error| match error {
        BodyError::TooLarge => {
            let detail = format!("确认请求不得超过 {ACKNOWLEDGE_BYTES_MAX} 字节；请分批确认");
            ApiError::new(Problem::RequestTooLarge, detail)
        }
        BodyError::Failed(error) => error,
    })?;
    let ids = ids_parse(&bytes)?;
    let acknowledged = state.mailbox.mailbox_acknowledge(&caller.agency, &ids, state.clock.now()).await?;
    counter!(metric::OUTBOX_ACKNOWLEDGED, "agency" => caller.agency.to_string()).increment(acknowledged as u64);
    info!(ids = ids.len(), acknowledged, "outbox acknowledged");
    Ok(Json(Acknowledged { acknowledged }))
}

fn limit_invalid() -> ApiError {
    let detail = format!("查询参数只有 limit，应为 1 至 {READ_MAX} 的整数（省略为 {READ_DEFAULT}）；请更正");
    ApiError::new(Problem::QueryInvalid, detail)
}

fn ids_parse(bytes: &[u8]) -> Result<Vec<MessageId>, ApiError> {
    let Acknowledgement { ids } = serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!(
            "请求体第 {} 行第 {} 列起不是所要求的 JSON；应为 {{\"ids\": [\"消息编号\", …]}}",
            error.line(),
            error.column()
        );
        ApiError::new(Problem::BodyInvalid, detail)
    })?;
    if ids.len() > ACKNOWLEDGE_MAX {
        let detail = format!("一次最多确认 {ACKNOWLEDGE_MAX} 条，本次 {} 条，均未确认；请分批确认", ids.len());
        return Err(ApiError::new(Problem::BodyInvalid, detail));
    }
    Ok(ids)
}
