//! Names of the HTTP side's metrics, and what each counts. Labels hold only what configuration or code bounds:
//! route patterns, status codes and configured agencies, never text that a caller chose.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// Requests answered, by `route` and `status`.
pub const REQUESTS: &str = "xiezhi_http_requests_total";
/// Time from a request's head to its answer, by `route`.
pub const REQUEST_SECONDS: &str = "xiezhi_http_request_duration_seconds";
/// Requests being worked on.
pub const IN_FLIGHT: &str = "xiezhi_http_requests_in_flight";
/// Open connections.
pub const CONNECTIONS: &str = "xiezhi_http_connections";
/// Messages pushed, by `agency` and `result` (`accepted`, `duplicate`, `quarantined`).
pub const INTAKE: &str = "xiezhi_http_intake_total";
/// Bytes of messages pushed, by `agency`.
pub const INTAKE_BYTES: &str = "xiezhi_http_intake_bytes_total";
/// Messages handed out from the outbox, by `agency`; one handed out again counts again.
pub const OUTBOX_READ: &str = "xiezhi_http_outbox_read_total";
/// Messages acknowledged and so removed, by `agency`.
pub const OUTBOX_ACKNOWLEDGED: &str = "xiezhi_http_outbox_acknowledged_total";

/// Tells the installed recorder what the metrics are. Call once, after it is installed.
pub fn describe() {
    describe_counter!(REQUESTS, "HTTP requests answered, by route and status");
    describe_histogram!(REQUEST_SECONDS, metrics::Unit::Seconds, "time from a request's head to its answer, by route");
    describe_gauge!(IN_FLIGHT, "HTTP requests being worked on");
    describe_gauge!(CONNECTIONS, "open HTTP connections");
    describe_counter!(INTAKE, "messages pushed by agencies, by agency and result");
    describe_counter!(INTAKE_BYTES, metrics::Unit::Bytes, "bytes of messages pushed, by agency");
    describe_counter!(OUTBOX_READ, "messages handed out from the outbox, by agency");
    describe_counter!(OUTBOX_ACKNOWLEDGED, "outbox messages acknowledged, by agency");
}
