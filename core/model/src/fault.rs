//! Faults: why a message or a row of it could not be used, said so that the sender can mend it.

use serde::{Deserialize, Serialize};

/// Stable fault codes that the gateway itself gives. Plugins add their own, in the same shape: `<format>.<what>`.
pub mod code {
    /// No record, no row fault and no part came out of a message.
    pub const EMPTY: &str = "message.empty";
    /// The message is longer than the link allows.
    pub const TOO_LARGE: &str = "message.too-large";
    /// Parts of a multi-part message did not all arrive in time.
    pub const PART_TIMEOUT: &str = "message.part-timeout";
    /// The same message id came again with other bytes.
    pub const ID_CONFLICT: &str = "message.id-conflict";
    /// The working-day calendar has no table for a year that a deadline needs.
    pub const CALENDAR_MISSING: &str = "policy.calendar-missing";
    /// A record names a case or an assignment that the gateway does not know.
    pub const CASE_UNKNOWN: &str = "case.unknown";
    /// The plugin ran longer than its deadline.
    pub const PLUGIN_TIMEOUT: &str = "plugin.timeout";
    /// The plugin wanted more memory or a larger table than allowed.
    pub const PLUGIN_MEMORY: &str = "plugin.memory";
    /// The plugin returned more than allowed.
    pub const PLUGIN_OUTPUT: &str = "plugin.output-too-large";
    /// The plugin's stack overflowed.
    pub const PLUGIN_STACK: &str = "plugin.stack-overflow";
    /// The plugin panicked; the text is in the detail.
    pub const PLUGIN_PANIC: &str = "plugin.panic";
    /// The plugin trapped for another reason.
    pub const PLUGIN_TRAP: &str = "plugin.trap";
    /// The plugin's answer breaks the contract (not the JSON that it should be, a part out of range …).
    pub const PLUGIN_CONTRACT: &str = "plugin.contract";
    /// The plugin is in quarantine, because it kept failing.
    pub const PLUGIN_QUARANTINED: &str = "plugin.quarantined";
    /// No plugin is admitted for the agency.
    pub const PLUGIN_MISSING: &str = "plugin.missing";
    /// The record kind cannot be written by the receiver's plugin.
    pub const KIND_UNSUPPORTED: &str = "plugin.kind-unsupported";
}

/// Why a whole message could not be decoded or a record not encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fault {
    /// Stable code, `<format>.<what>` in lower case, such as `hj212.crc-mismatch`.
    pub code: String,
    /// What is wrong, where, and what the sender can do: Chinese, for a clerk. Holds no personal data.
    pub text: String,
    /// Where in the message's bytes, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The field concerned, as the format names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Fault {
    /// A fault of the whole message.
    #[must_use]
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), text: text.into(), offset: None, field: None }
    }

    /// The same fault at a byte offset.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset as u64);
        self
    }

    /// The same fault in a field.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// Why one row of a message could not be used; the other rows go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowFault {
    /// The row (frame, line, element) in the message, counted from 1.
    pub row: u32,
    /// What is wrong.
    #[serde(flatten)]
    pub fault: Fault,
}
