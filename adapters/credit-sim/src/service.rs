//! From a request to its answer: the rows of the interface, and the faults that stand in their way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use crate::answer::{HangUp, Reply, cut, dripping, garbage, json, later, no_entries, problem, xml};
use crate::book::{Answer, BookError, Message};
use crate::entry::is_xml_character;
use crate::fault::{Fault, On};
use crate::gate::Turned;
use crate::receipt::{Page, Root, public_view, receipt};
use crate::shared::{NotMade, Shared};
use crate::{batch, control};

/// Longest body.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest wait for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest idempotency key, in characters.
const KEY_CHARS_MAX: usize = 200;
/// Entries on a page at most.
const PAGE_SIZE_MAX: usize = 1000;
/// Entries on a page when nothing is asked for.
const PAGE_SIZE: usize = 500;
/// Seconds after which a message may come again that found the list full.
const FULL_WAIT_S: i64 = 3600;
/// Seconds after which a message may come again that met a fault: the shortest wait that can be told.
const FAULT_WAIT_S: i64 = 1;

/// A row of the interface.
#[derive(Clone, Copy)]
enum Row<'a> {
    Post,
    Query(&'a str),
    Export,
    Public(&'a str),
}

/// Answers a request, or has the connection closed.
pub(crate) async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Result<Reply, HangUp> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    if shared.settings.control
        && let Some(what) = path.strip_prefix("/control/")
    {
        let Ok(body) = body_read(body).await? else { return Ok(too_large()) };
        return Ok(control::answer(shared, &head.method, what, head.uri.query(), &body).await);
    }
    let Some(path) = path.strip_prefix(shared.settings.base.as_str()).and_then(|path| path.strip_prefix('/')) else {
        return Ok(not_found());
    };
    match shared.gate.enter(shared.now_ms()) {
        Ok(()) => {}
        Err(Turned::Closed(wait_s)) => return Ok(closed(wait_s)),
        Err(Turned::TooMany(wait_s)) => return Ok(too_many(wait_s)),
    }
    let row = match row(&head.method, path) {
        Ok(row) => row,
        Err(reply) => return Ok(*reply),
    };
    let fault = met(shared, row);
    let body = if matches!(row, Row::Post) { body_read(body).await? } else { Ok(Bytes::new()) };
    if let Some(reply) = instead(shared, fault).await? {
        return Ok(reply);
    }
    let reply = match (row, body) {
        (_, Err(TooLarge)) => too_large(),
        (Row::Post, Ok(body)) => post(shared, &head.headers, &body).await,
        (Row::Query(key), _) => query(shared, key).await,
        (Row::Export, _) => export(shared, head.uri.query().unwrap_or_default()).await,
        (Row::Public(uscc), _) => public(shared, uscc).await,
    };
    spoilt(shared, fault, reply).await
}

fn row<'a>(method: &Method, path: &'a str) -> Result<Row<'a>, Box<Reply>> {
    let (row, methods) = if path == "entries" {
        (if method == Method::POST { Row::Post } else { Row::Export }, "GET, POST")
    } else if let Some(key) = path.strip_prefix("entries/by-key/") {
        (Row::Query(key), "GET")
    } else if let Some(uscc) = path.strip_prefix("public/") {
        (Row::Public(uscc), "GET")
    } else {
        return Err(Box::new(not_found()));
    };
    if method == Method::GET || matches!(row, Row::Post) {
        return Ok(row);
    }
    let mut reply = problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "no such method here");
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    Err(Box::new(reply))
}

/// Counts a request, and draws the fault that it meets.
fn met(shared: &Shared, row: Row<'_>) -> Option<Fault> {
    let requests = &shared.requests;
    let (count, on) = match row {
        Row::Post => (&requests.post, Some(On::Entries)),
        Row::Query(_) => (&requests.query, Some(On::Query)),
        Row::Export => (&requests.export, Some(On::Export)),
        Row::Public(_) => (&requests.public, None),
    };
    count.fetch_add(1, Ordering::Relaxed);
    shared.faults().draw(on?)
}

/// What a fault does before a request is looked at: none of these applies anything.
async fn instead(shared: &Shared, fault: Option<Fault>) -> Result<Option<Reply>, HangUp> {
    match fault {
        Some(Fault::TimeoutBefore) => Err(held(shared).await),
        Some(Fault::Reset) => Err(HangUp),
        Some(Fault::Error500) => Ok(Some(internal())),
        Some(Fault::BadRequest) => Ok(Some(bad_request())),
        Some(Fault::TooMany) => Ok(Some(too_many(FAULT_WAIT_S))),
        Some(Fault::Closed) => Ok(Some(closed(FAULT_WAIT_S))),
        _ => Ok(None),
    }
}

/// What a fault makes of an answer, after everything was applied.
async fn spoilt(shared: &Shared, fault: Option<Fault>, reply: Reply) -> Result<Reply, HangUp> {
    match fault {
        Some(Fault::TimeoutAfter) => Err(held(shared).await),
        Some(Fault::Error500After) => Ok(internal()),
        Some(Fault::Garbage) => Ok(garbage()),
        Some(Fault::WrongReceipt) => Ok(wrong_receipt(shared)),
        Some(Fault::SlowBody) => Ok(dripping(reply, shared.settings.slow_byte_every, shared.settings.hold)),
        Some(Fault::CutBody) => Ok(cut(reply)),
        _ => Ok(reply),
    }
}

/// Holds the connection for as long as the settings say, or until the simulator stops.
async fn held(shared: &Shared) -> HangUp {
    let mut stopped = shared.stopped();
    // Both ends of the wait mean the same: close.
    let _ = timeout(shared.settings.hold, stopped.changed()).await;
    HangUp
}

/// The body is longer than allowed.
struct TooLarge;

async fn body_read(body: Incoming) -> Result<Result<Bytes, TooLarge>, HangUp> {
    let read = timeout(BODY_TIMEOUT, Limited::new(body, BODY_BYTES_MAX).collect()).await.map_err(|_| HangUp)?;
    match read {
        Ok(body) => Ok(Ok(body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Ok(Err(TooLarge)),
        Err(_) => Err(HangUp),
    }
}

async fn post(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Reply {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/xml") {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", "Content-Type must be application/xml");
    }
    let key =
        headers.get("idempotency-key").and_then(|value| str::from_utf8(value.as_bytes()).ok()).unwrap_or_default();
    let right = (1..=KEY_CHARS_MAX).contains(&key.chars().count())
        && key.chars().all(|c| is_xml_character(c) && !c.is_control());
    if !right {
        let text = "Idempotency-Key must be 1 to 200 characters";
        return problem(StatusCode::BAD_REQUEST, "idempotency_key", text);
    }
    let message =
        Message { key, digest: Sha256::digest(body).into(), batch: batch::read(body), now_ms: shared.now_ms() };
    match shared.post(message).await {
        Ok(answer) => receipt_reply(answer),
        Err(error) => not_made(&error),
    }
}

async fn query(shared: &Shared, key: &str) -> Reply {
    let key = percent_decode_str(key).decode_utf8_lossy();
    let known = shared.book().answer(&key);
    let Some(answer) = known else {
        return problem(StatusCode::NOT_FOUND, "key_unknown", "no message had this key");
    };
    match shared.durable(answer.line).await {
        Ok(()) => receipt_reply(answer),
        Err(gone) => not_made(&gone.into()),
    }
}

async fn export(shared: &Shared, query: &str) -> Reply {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let number = |name: &str, default| fields.get(name).map_or(Ok(default), |text| text.parse::<usize>());
    let (Ok(page @ 1..), Ok(size @ 1..=PAGE_SIZE_MAX)) = (number("page", 1), number("size", PAGE_SIZE)) else {
        return problem(StatusCode::BAD_REQUEST, "page", "page counts from 1, size is 1 to 1000");
    };
    let (entries, total, serial, line) = {
        let mut book = shared.book();
        let (entries, total) = book.page(page, size);
        (entries, total, book.next_serial(), book.line())
    };
    if let Err(gone) = shared.durable(line).await {
        return not_made(&gone.into());
    }
    if entries.is_empty() {
        return no_entries();
    }
    let root = Root { area_code: &shared.settings.area_code, serial, now_ms: shared.now_ms() };
    let page = Page { number: page, count: total.div_ceil(size), total, entries: &entries };
    xml(StatusCode::OK, Bytes::from(page.write(root)))
}

async fn public(shared: &Shared, uscc: &str) -> Reply {
    let uscc = percent_decode_str(uscc).decode_utf8_lossy();
    let (entries, line) = {
        let book = shared.book();
        (book.of_code(&uscc), book.line())
    };
    if let Err(gone) = shared.durable(line).await {
        return not_made(&gone.into());
    }
    let seen = entries.iter().filter_map(|entry| public_view(entry));
    json(StatusCode::OK, &Value::Array(seen.collect()))
}

fn receipt_reply(answer: Answer) -> Reply {
    // Only our own statuses are in the book; a journal that holds another one was changed by hand.
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    xml(status, answer.receipt)
}

/// A receipt for a message that nobody sent.
fn wrong_receipt(shared: &Shared) -> Reply {
    let serial = shared.book().next_serial();
    let root = Root { area_code: &shared.settings.area_code, serial, now_ms: shared.now_ms() };
    let document = receipt(root, "20000101000001", "another-message", None);
    xml(StatusCode::OK, Bytes::from(document))
}

/// Why a change was not made.
pub(crate) fn not_made(error: &NotMade) -> Reply {
    match error {
        NotMade::Book(BookError::Full) => {
            later(StatusCode::SERVICE_UNAVAILABLE, "full", &BookError::Full.to_string(), FULL_WAIT_S)
        }
        NotMade::Book(BookError::Unknown) => {
            problem(StatusCode::NOT_FOUND, "entry_unknown", &BookError::Unknown.to_string())
        }
        NotMade::Book(_) | NotMade::Journal => internal(),
    }
}

fn bad_request() -> Reply {
    problem(StatusCode::BAD_REQUEST, "bad-request", "the request is wrong")
}

fn internal() -> Reply {
    problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
}

fn closed(wait_s: i64) -> Reply {
    later(StatusCode::SERVICE_UNAVAILABLE, "closed", "the system is closed", wait_s)
}

fn too_many(wait_s: i64) -> Reply {
    later(StatusCode::TOO_MANY_REQUESTS, "too_many", "too many requests", wait_s)
}

fn too_large() -> Reply {
    problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is longer than 4 MiB")
}

fn not_found() -> Reply {
    problem(StatusCode::NOT_FOUND, "not_found", "no such path")
}
