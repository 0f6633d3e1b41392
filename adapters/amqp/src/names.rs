//! The names of exchanges and queues: the one place that spells them.

use xiezhi_model::AgencyId;

/// What all names begin with; the gateway's own permissions are this pattern.
pub const PREFIX: &str = "xiezhi.";
/// The exchange that the gateway publishes to; the routing key is the agency's id.
pub const OUTBOX_EXCHANGE: &str = "xiezhi.outbox";
/// Where a message goes that an agency published and no queue took: exchange and queue.
pub const UNROUTABLE: &str = "xiezhi.unroutable";

/// The exchange that only this agency may publish to, and the queue behind it.
#[must_use]
pub fn inbox(agency: &AgencyId) -> String {
    format!("{PREFIX}inbox.{agency}")
}

/// The queue that only this agency may read.
#[must_use]
pub fn outbox(agency: &AgencyId) -> String {
    format!("{PREFIX}outbox.{agency}")
}

/// The exchange and the queue of this agency's dead letters, of both directions.
#[must_use]
pub fn dead(agency: &AgencyId) -> String {
    format!("{PREFIX}dead.{agency}")
}
