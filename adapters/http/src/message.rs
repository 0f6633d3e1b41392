//! `GET /v1/agencies/{id}/messages/{message_id}`: a sender looks up what became of its own message.
//!
//! It shows what the sender can act on. Faults of a plugin are shown without their text, which is the gateway's inside.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use tracing::Span;
use xiezhi_model::fault::{Fault, RowFault, code};
use xiezhi_model::message::{InboxEntry, InboxStatus};
use xiezhi_model::{Digest, InboxSeq, MessageId, UtcTime, fields};
use xiezhi_ports::InboxFilter;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::{HttpState, Problem};

/// Most row faults in one answer: bounds its size; the number that there are is said beside them.
const ROW_FAULTS_MAX: usize = 1_000;
/// Rows of one id read at once. Nearly always there is one; more only when the id was used for other bytes.
const PAGE: usize = 50;
/// Most pages looked through for the row that was processed: after 1,000 conflicts of one id the sender is broken.
const PAGES_MAX: usize = 20;

/// What became of a message.
#[derive(Debug, Serialize)]
pub(crate) struct MessageView {
    message_id: MessageId,
    seq: InboxSeq,
    status: InboxStatus,
    digest: Digest,
    bytes: u64,
    received_at: UtcTime,
    settled_at: Option<UtcTime>,
    duplicates: u32,
    redrives: u32,
    records: u32,
    fault: Option<Fault>,
    row_fault_count: usize,
    row_faults: Vec<RowFault>,
    /// How often the id came with other bytes, which are kept as evidence and not processed.
    conflicts: usize,
}

/// Reads only; may be dropped and repeated.
pub(crate) async fn show(
    State(state): State<Arc<HttpState>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<MessageView>, ApiError> {
    let unknown = || {
        ApiError::new(Problem::MessageUnknown, "本单位没有发送过该编号的消息；请核对编号（区分大小写），未送达的请重发")
    };
    let Path((_, text)) = path.map_err(|_| unknown())?;
    let id = MessageId::parse(&text).map_err(|_| unknown())?;
    Span::current().record(fields::MESSAGE_ID, id.as_str());
    let mut filter = InboxFilter {
        agency: Some(caller.agency),
        message_id: Some(id.clone()),
        limit: PAGE,
        ..InboxFilter::default()
    };
    let mut conflicts = 0;
    for _ in 0..PAGES_MAX {
        let entries = state.inbox.inbox_list(&filter).await.map_err(|error| ApiError::from(error).of_message(&id))?;
        let full = entries.len() == PAGE;
        filter.before = entries.last().map(|entry| entry.seq);
        let (kept, mut processed): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.status == InboxStatus::Quarantined);
        conflicts += kept.len();
        if let Some(entry) = processed.pop() {
            Span::current().record(fields::INBOX_SEQ, entry.seq.0);
            return Ok(Json(view(entry, conflicts)));
        }
        if !full {
            break;
        }
    }
    Err(unknown().of_message(&id))
}

fn view(entry: InboxEntry, conflicts: usize) -> MessageView {
    MessageView {
        message_id: entry.message_id,
        seq: entry.seq,
        status: entry.status,
        digest: entry.digest,
        bytes: entry.bytes,
        received_at: entry.received_at,
        settled_at: entry.settled_at,
        duplicates: entry.duplicates,
        redrives: entry.redrives,
        records: entry.records,
        fault: entry.fault.map(fault_public),
        row_fault_count: entry.row_faults.len(),
        row_faults: entry.row_faults.into_iter().take(ROW_FAULTS_MAX).collect(),
        conflicts,
    }
}

/// Replaces the text of what went wrong inside the gateway: it helps nobody outside and may quote a plugin's panic.
fn fault_public(fault: Fault) -> Fault {
    let inside = fault.code.starts_with("plugin.") && fault.code != code::KIND_UNSUPPORTED;
    if !inside {
        return fault;
    }
    Fault::new(&fault.code, "网关读取该消息的格式插件出错，报文已保留，无需重发；请把消息编号告知网关运维人员")
}
