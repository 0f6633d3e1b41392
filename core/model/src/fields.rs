//! Names of the tracing fields, one each, so that a log line can be found by the id it carries.

/// The agency a hop concerns.
pub const AGENCY: &str = "agency";
/// The message id.
pub const MESSAGE_ID: &str = "message_id";
/// The intake number.
pub const INBOX_SEQ: &str = "inbox_seq";
/// The case number.
pub const CASE_NUMBER: &str = "case_number";
/// The account of a person of the bureau.
pub const PERSON: &str = "person";
/// The id of an outgoing message.
pub const OUTGOING_ID: &str = "outgoing_id";
/// The digest of the plugin that read or wrote.
pub const PLUGIN_DIGEST: &str = "plugin_digest";
/// A stable fault code.
pub const FAULT_CODE: &str = "fault_code";
