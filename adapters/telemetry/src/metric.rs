//! Names of the metrics that belong to no single adapter, and what each counts. Labels are bounded by configuration or
//! code: agencies, outcomes, never ids or text from a message.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use xiezhi_ports::StoreCounts;

/// Inbox rows, by `status` (`pending`, `waiting`, `held`, `dead`).
pub const INBOX_MESSAGES: &str = "xiezhi_inbox_messages";
/// Outgoing messages, by `status` (`pending`, `dead`).
pub const OUTBOX_MESSAGES: &str = "xiezhi_outbox_messages";
/// Messages in agencies' queues, not yet acknowledged.
pub const QUEUED_MESSAGES: &str = "xiezhi_queued_messages";
/// Cases that are not closed.
pub const CASES_OPEN: &str = "xiezhi_cases_open";
/// Inbox messages settled (T2), by `agency` and `outcome` (`done`, `waiting`, `dead`).
pub const WORKER_SETTLED: &str = "xiezhi_worker_settled_total";
/// Time a plugin took to read one message, by `agency`.
pub const DECODE_SECONDS: &str = "xiezhi_plugin_decode_duration_seconds";
/// Time a plugin took to write one message, by `agency`.
pub const ENCODE_SECONDS: &str = "xiezhi_plugin_encode_duration_seconds";
/// Records that plugins read, by `agency`.
pub const PLUGIN_RECORDS: &str = "xiezhi_plugin_records_total";
/// What plugins could not read or write, by `agency` and `kind`: `row`, `message`, `record` (refused by the plugin),
/// `timeout`, `memory`, `output`, `stack`, `panic`, `trap`, `contract` (the plugin itself failed).
pub const PLUGIN_FAULTS: &str = "xiezhi_plugin_faults_total";
/// Most memory of one instance of a plugin, in bytes, by `agency`.
pub const PLUGIN_MEMORY: &str = "xiezhi_plugin_memory_high_bytes";
/// Plugin instances at work.
pub const PLUGIN_INSTANCES: &str = "xiezhi_plugin_instances";
/// 1 for an `agency` whose plugin is in quarantine, otherwise 0.
pub const PLUGIN_QUARANTINED: &str = "xiezhi_plugin_quarantined";
/// Attempts to publish (T3), by `agency` and `outcome` (`confirmed`, `retry`, `refused`).
pub const RELAY_PUBLISHED: &str = "xiezhi_relay_published_total";
/// Where the breaker before an `agency`'s link stands: 0 closed, 1 probing, 2 open.
pub const LINK_BREAKER: &str = "xiezhi_link_breaker_level";
/// Reminders and escalations made by deadlines, by `agency`.
pub const DEADLINES_PASSED: &str = "xiezhi_deadlines_passed_total";

/// Tells the recorder what these metrics are.
pub(crate) fn describe() {
    describe_gauge!(INBOX_MESSAGES, "inbox messages by status");
    describe_gauge!(OUTBOX_MESSAGES, "outgoing messages by status");
    describe_gauge!(QUEUED_MESSAGES, "messages in agencies' queues, not yet acknowledged");
    describe_gauge!(CASES_OPEN, "cases that are not closed");
    describe_counter!(WORKER_SETTLED, "inbox messages settled, by agency and outcome");
    describe_histogram!(DECODE_SECONDS, Unit::Seconds, "time a plugin took to read one message, by agency");
    describe_histogram!(ENCODE_SECONDS, Unit::Seconds, "time a plugin took to write one message, by agency");
    describe_counter!(PLUGIN_RECORDS, "records that plugins read, by agency");
    describe_counter!(PLUGIN_FAULTS, "what plugins could not read or write, by agency and kind");
    describe_gauge!(PLUGIN_MEMORY, Unit::Bytes, "most memory of one plugin instance, by agency");
    describe_gauge!(PLUGIN_INSTANCES, "plugin instances at work");
    describe_gauge!(PLUGIN_QUARANTINED, "1 where an agency's plugin is in quarantine");
    describe_counter!(RELAY_PUBLISHED, "attempts to publish, by agency and outcome");
    describe_gauge!(LINK_BREAKER, "the breaker before an agency's link: 0 closed, 1 probing, 2 open");
    describe_counter!(DEADLINES_PASSED, "reminders and escalations made by deadlines, by agency");
}

/// Shows how much of what the store holds.
pub fn counts_record(counts: &StoreCounts) {
    let show =
        |name: &'static str, status: &'static str, count: u64| gauge!(name, "status" => status).set(float(count));
    show(INBOX_MESSAGES, "pending", counts.inbox_pending);
    show(INBOX_MESSAGES, "waiting", counts.inbox_waiting);
    show(INBOX_MESSAGES, "held", counts.inbox_held);
    show(INBOX_MESSAGES, "dead", counts.inbox_dead);
    show(OUTBOX_MESSAGES, "pending", counts.outbox_pending);
    show(OUTBOX_MESSAGES, "dead", counts.outbox_dead);
    gauge!(QUEUED_MESSAGES).set(float(counts.queued));
    gauge!(CASES_OPEN).set(float(counts.cases_open));
}

/// Prometheus knows only floats; counts stay exact up to 2^53, far beyond any store.
fn float(count: u64) -> f64 {
    count as f64
}
