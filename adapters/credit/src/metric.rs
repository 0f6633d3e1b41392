//! Names of this adapter's metrics, and what each counts. Labels are bounded by configuration and code.

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Requests to the credit system, by `request` (`send`, `ask`, `export`) and `result`.
pub const REQUESTS: &str = "xiezhi_credit_requests_total";
/// How long they took.
pub const SECONDS: &str = "xiezhi_credit_request_seconds";
/// 1 while the system is closed.
pub const CLOSED: &str = "xiezhi_credit_closed";

/// Tells the installed recorder what the metrics are.
pub(crate) fn describe() {
    describe_counter!(REQUESTS, "requests to the credit system, by request and result");
    describe_histogram!(SECONDS, Unit::Seconds, "time of a request to the credit system, by request");
    describe_gauge!(CLOSED, "1 while nothing is sent because the credit system is closed");
}

pub(crate) fn requested(request: &'static str, result: &'static str, seconds: f64) {
    counter!(REQUESTS, "request" => request, "result" => result).increment(1);
    histogram!(SECONDS, "request" => request).record(seconds);
}

pub(crate) fn closed(closed: bool) {
    gauge!(CLOSED).set(f64::from(u8::from(closed)));
}
