//! Names of the broker side's metrics, and what each counts. Labels are bounded by configuration and code.

use metrics::{counter, describe_counter, describe_gauge};

use crate::error::AmqpError;

/// Connections made, by `purpose` (`publisher`, `intake`).
pub const CONNECTIONS: &str = "xiezhi_amqp_connections_total";
/// Messages taken from the broker, by `agency` and `result` (`accepted`, `duplicate`, `quarantined`, `refused`).
pub const INTAKE: &str = "xiezhi_amqp_intake_total";
/// Bytes of messages taken, by `agency`.
pub const INTAKE_BYTES: &str = "xiezhi_amqp_intake_bytes_total";
/// Times that an agency's consumer was set up, by `agency`: more than one for each connection says that something ends it.
pub const CONSUMERS: &str = "xiezhi_amqp_consumers_total";
/// 1 while the intake waits because the inbox is long.
pub const INTAKE_PAUSED: &str = "xiezhi_amqp_intake_paused";

/// Tells the installed recorder what the metrics are.
pub(crate) fn describe() {
    describe_counter!(CONNECTIONS, "connections made to the broker, by purpose");
    describe_counter!(INTAKE, "messages taken from the broker, by agency and result");
    describe_counter!(INTAKE_BYTES, metrics::Unit::Bytes, "bytes of messages taken from the broker, by agency");
    describe_counter!(CONSUMERS, "times that an agency's consumer was set up, by agency");
    describe_gauge!(INTAKE_PAUSED, "1 while nothing is taken from the broker because the inbox is long");
}

pub(crate) fn connected(purpose: &'static str) {
    counter!(CONNECTIONS, "purpose" => purpose).increment(1);
}

/// A short word for an attempt's row.
pub(crate) fn reason(error: &AmqpError) -> &'static str {
    match error {
        AmqpError::Unreachable(_) => "amqp.unreachable",
        AmqpError::Broker { .. } => "amqp.broker-error",
        AmqpError::Silent { .. } => "amqp.broker-silent",
        AmqpError::Blocked(_) => "amqp.broker-blocked",
        AmqpError::Cancelled => "amqp.consumer-ended",
    }
}
