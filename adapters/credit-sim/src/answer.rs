//! Answers and their bodies, and what a fault makes of them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// An answer.
pub(crate) type Reply = Response<SimBody>;

/// The connection is to be closed without an answer, or in the middle of one.
#[derive(Debug, Error)]
#[error("connection closed on purpose")]
pub(crate) struct HangUp;

/// Text of XML answers.
const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
/// Text of JSON answers.
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// What the fault `garbage` says.
const GARBAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>系统维护</title></head><body><h1>系统维护中</h1></body></html>";
/// Bytes that the fault `cut_body` promises beyond those it sends.
const CUT_BYTES: usize = 512;

/// A body: whole, dripping or cut off.
pub(crate) enum SimBody {
    /// All at once.
    Whole(Option<Bytes>),
    /// One byte at each tick until the end is reached; then the connection is closed.
    Drip { left: Bytes, tick: Interval, end: Instant },
    /// All at once, and then the connection is closed although more was promised.
    Cut { left: Option<Bytes>, flushed: bool },
}

impl Body for SimBody {
    type Data = Bytes;
    type Error = HangUp;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(Frame::data).map(Ok)),
            Self::Drip { left, .. } if left.is_empty() => Poll::Ready(None),
            Self::Drip { left, tick, end } => {
                let now = ready!(tick.poll_tick(context));
                let byte = left.split_to(1);
                Poll::Ready(Some(if now >= *end { Err(HangUp) } else { Ok(Frame::data(byte)) }))
            }
            Self::Cut { left, flushed } => match left.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None if *flushed => Poll::Ready(Some(Err(HangUp))),
                None => {
                    // An error drops what is not on the wire yet; waiting once lets it be written.
                    *flushed = true;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.as_ref().is_none_or(Bytes::is_empty))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Drip { .. } | Self::Cut { .. } => SizeHint::default(),
        }
    }
}

/// An XML document.
pub(crate) fn xml(status: StatusCode, document: Bytes) -> Reply {
    reply(status, XML, document)
}

/// No content: the page is past the end of the list.
pub(crate) fn no_entries() -> Reply {
    let mut reply = Response::new(SimBody::Whole(None));
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// A JSON value.
pub(crate) fn json(status: StatusCode, value: &Value) -> Reply {
    reply(status, JSON, Bytes::from(value.to_string()))
}

/// A short JSON that says what is wrong.
pub(crate) fn problem(status: StatusCode, code: &str, text: &str) -> Reply {
    json(status, &json!({"code": code, "text": text}))
}

/// A problem that passes by itself.
pub(crate) fn later(status: StatusCode, code: &str, text: &str, wait_s: i64) -> Reply {
    let mut reply = problem(status, code, text);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_s));
    reply
}

/// The HTML page of the fault `garbage`.
pub(crate) fn garbage() -> Reply {
    reply(StatusCode::OK, HeaderValue::from_static("text/html; charset=utf-8"), Bytes::from_static(GARBAGE.as_bytes()))
}

/// The same answer, byte by byte, until `hold` is over.
pub(crate) fn dripping(whole: Reply, every: Duration, hold: Duration) -> Reply {
    let (start, mut length) = (Instant::now(), 0);
    let mut reply = whole.map(|body| {
        let left = taken(body);
        length = left.len();
        let mut tick = interval_at(start + every, every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        SimBody::Drip { left, tick, end: start + hold }
    });
    reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    reply
}

/// The same answer, with more promised than comes.
pub(crate) fn cut(whole: Reply) -> Reply {
    let mut length = 0;
    let mut reply = whole.map(|body| {
        let left = taken(body);
        length = left.len();
        SimBody::Cut { left: Some(left), flushed: false }
    });
    reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length + CUT_BYTES));
    reply
}

fn taken(body: SimBody) -> Bytes {
    match body {
        SimBody::Whole(bytes) => bytes.unwrap_or_default(),
        SimBody::Drip { left, .. } => left,
        SimBody::Cut { left, .. } => left.unwrap_or_default(),
    }
}

fn reply(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Reply {
    let mut reply = Response::new(SimBody::Whole(Some(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, content_type);
    reply
}
