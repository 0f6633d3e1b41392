//! `POST /v1/agencies/{id}/inbox`: an agency pushes a message. 202 is said only after the message is durable (T1).
//!
//! Nothing of the body is parsed here; what it means is the worker's business.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use metrics::counter;
use serde::Serialize;
use thiserror::Error;
use tracing::{Span, info};
use xiezhi_model::message::{Delivery, Intake};
use xiezhi_model::{Digest, InboxSeq, MessageId, fields};

use crate::body::{self, BodyError};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::{HttpState, Problem, metric};

/// The header that carries the sender's own id of the message.
const MESSAGE_ID_HEADER: HeaderName = HeaderName::from_static("xiezhi-message-id");

/// Longest media type kept, in bytes; real ones stay well below.
const CONTENT_TYPE_BYTES_MAX: usize = 200;

/// The answer to a message that the gateway holds durably.
#[derive(Debug, Serialize)]
pub(crate) struct Receipt {
    message_id: MessageId,
    seq: InboxSeq,
    status: ReceiptStatus,
    digest: Digest,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum ReceiptStatus {
    Accepted,
    Duplicate,
}

/// The inbox broke its contract: one answer per delivery.
#[derive(Debug, Error)]
#[error("inbox gave {0} answers to one delivery")]
struct AnswerCount(usize);

/// Dropping the future (the caller hung up) leaves open whether the message was taken; sending it again is harmless.
pub(crate) async fn push(
    State(state): State<Arc<HttpState>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Receipt>), ApiError> {
    let chosen_id = message_id(&headers)?;
    let content_type = content_type(&headers)?;
    let bytes = message_read(&state, &caller, &headers, body).await?;
    let digest = Digest::of(&bytes);
    let message_id = chosen_id.unwrap_or_else(|| Delivery::derived_id(&bytes));
    Span::current().record(fields::MESSAGE_ID, message_id.as_str());
    let byte_count = bytes.len() as u64;
    let delivery = Delivery {
        agency: caller.agency.clone(),
        message_id: message_id.clone(),
        body: bytes,
        content_type,
        received_at: state.clock.now(),
    };
    let intakes = state
        .inbox
        .inbox_accept(vec![delivery])
        .await
        .map_err(|error| ApiError::from(error).of_message(&message_id))?;
    let [intake] = intakes.as_slice() else {
        return Err(ApiError::internal(&AnswerCount(intakes.len())).of_message(&message_id));
    };
    counter!(metric::INTAKE_BYTES, "agency" => caller.agency.to_string()).increment(byte_count);
    let status = settle(&state, &caller, &message_id, *intake)?;
    Ok((StatusCode::ACCEPTED, Json(Receipt { message_id, seq: intake.seq(), status, digest })))
}

/// Counts and logs what became of the delivery, and wakes the workers when there is something new.
fn settle(
    state: &HttpState,
    caller: &Caller,
    message_id: &MessageId,
    intake: Intake,
) -> Result<ReceiptStatus, ApiError> {
    Span::current().record(fields::INBOX_SEQ, intake.seq().0);
    let count = |result: &'static str| {
        counter!(metric::INTAKE, "agency" => caller.agency.to_string(), "result" => result).increment(1);
    };
    match intake {
        Intake::Accepted(_) => {
            count("accepted");
            info!("message accepted");
            (state.wake)();
            Ok(ReceiptStatus::Accepted)
        }
        Intake::Duplicate(_) => {
            count("duplicate");
            info!("message came again");
            Ok(ReceiptStatus::Duplicate)
        }
        Intake::Quarantined(seq) => {
            count("quarantined");
            let detail = "该消息编号此前已用于内容不同的报文；本次报文已作为证据封存，不会处理。\
                          如内容确需更新，请换用新的消息编号重发；如属误发，无需操作";
            Err(ApiError::new(Problem::MessageIdConflict, detail).of_message(message_id).kept_as(seq))
        }
    }
}

async fn message_read(
    state: &HttpState,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, ApiError> {
    let bytes_max = caller.message_bytes_max;
    let bytes =
        body::read(headers, body, bytes_max, state.limits.request_timeout()).await.map_err(|error| match error {
            BodyError::TooLarge => {
                let detail = format!("报文超过该单位单条上限 {bytes_max} 字节，未保存；请拆分后重发，或申请调整上限");
                ApiError::new(Problem::MessageTooLarge, detail)
            }
            BodyError::Failed(error) => error,
        })?;
    if bytes.is_empty() {
        return Err(ApiError::new(Problem::MessageEmpty, "请求体没有内容；请把报文原样放在请求体中"));
    }
    Ok(bytes)
}

fn message_id(headers: &HeaderMap) -> Result<Option<MessageId>, ApiError> {
    let mut values = headers.get_all(MESSAGE_ID_HEADER).iter();
    let invalid = || {
        let detail = format!(
            "请求头 Xiezhi-Message-Id 应只出现一次，为不超过 {} 字节的可打印文字（UTF-8），首尾无空格；请更正，或省略由网关按内容生成",
            MessageId::BYTES_MAX
        );
        ApiError::new(Problem::HeaderInvalid, detail)
    };
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = std::str::from_utf8(value.as_bytes()).map_err(|_| invalid())?;
            MessageId::parse(text).map(Some).map_err(|_| invalid())
        }
        (Some(_), Some(_)) => Err(invalid()),
    }
}

fn content_type(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(None) };
    match value.to_str() {
        Ok(text) if text.len() <= CONTENT_TYPE_BYTES_MAX => Ok(Some(text.to_owned())),
        _ => {
            let detail =
                format!("请求头 Content-Type 应为不超过 {CONTENT_TYPE_BYTES_MAX} 字节的 ASCII 文字；请更正或省略");
            Err(ApiError::new(Problem::HeaderInvalid, detail))
        }
    }
}
