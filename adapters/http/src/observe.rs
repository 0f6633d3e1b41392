//! What every request leaves behind: one span, one log line where it failed, and the counters.
//!
//! Logged are ids, the route pattern and the outcome; never a body, a token or a query.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, gauge, histogram};
use tracing::{Instrument, debug, error, field, info, info_span, warn};
use xiezhi_model::fields;

use crate::error::Failure;
use crate::metric;

/// The label of requests that match no route; their paths are the caller's text and must not become labels.
const ROUTE_UNMATCHED: &str = "unmatched";

/// Takes one from the gauge when the request ends, however it ends.
struct InFlight;

impl InFlight {
    fn enter() -> Self {
        gauge!(metric::IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(metric::IN_FLIGHT).decrement(1.0);
    }
}

/// The outermost layer of every request.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let _in_flight = InFlight::enter();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| ROUTE_UNMATCHED.to_owned(), |path| path.as_str().to_owned());
    let span = info_span!(
        "http.request",
        method = %request.method(),
        route,
        status = field::Empty,
        { fields::AGENCY } = field::Empty,
        { fields::MESSAGE_ID } = field::Empty,
        { fields::INBOX_SEQ } = field::Empty,
        { fields::FAULT_CODE } = field::Empty,
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("status", status.as_u16());
    span.in_scope(|| outcome_log(&span, status, response.extensions_mut().remove::<Failure>()));
    // Answers name cases and hold messages: no cache on the way may keep one.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    counter!(metric::REQUESTS, "route" => route.clone(), "status" => status.as_str().to_owned()).increment(1);
    histogram!(metric::REQUEST_SECONDS, "route" => route).record(started.elapsed().as_secs_f64());
    response
}

fn outcome_log(span: &tracing::Span, status: StatusCode, failure: Option<Failure>) {
    let Some(failure) = failure else {
        debug!("request answered");
        return;
    };
    span.record(fields::FAULT_CODE, failure.code);
    let cause = failure.cause.unwrap_or_default();
    // `error` wakes a person: only for what will not mend itself.
    match status {
        StatusCode::INTERNAL_SERVER_ERROR => error!(cause, "request failed"),
        status if status.is_server_error() => warn!(cause, "request failed"),
        _ => info!(cause, "request refused"),
    }
}
