//! What crosses the plugin border: the manifest, what a message decodes to, and what goes with it.

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, RowFault};
use crate::record::Record;
use crate::{AgencyId, MessageId, UtcTime};

/// What a plugin says of itself (`describe`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The plugin's id: the agency whose format it reads and writes.
    pub id: String,
    /// The plugin's version, semantic.
    pub version: String,
    /// The formats it knows, such as `hj212/2017`.
    pub formats: Vec<String>,
    /// The record kinds that it can read.
    pub reads: Vec<String>,
    /// The record kinds that it can write.
    pub writes: Vec<String>,
}

/// What the host tells a plugin beside the bytes. Time comes only from here: a plugin has no clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Context {
    /// The agency that sent the message, or that the record goes to.
    pub agency: AgencyId,
    /// When the gateway received the message (decode) or decided to send it (encode).
    pub at: UtcTime,
    /// The id of the message: the sender's (decode) or the one derived for the outgoing message (encode).
    pub message_id: MessageId,
    /// The link's `[settings]` table, as JSON; secrets are resolved by the host.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl Context {
    /// A text setting.
    #[must_use]
    pub fn setting_text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(serde_json::Value::as_str)
    }

    /// A whole-number setting.
    #[must_use]
    pub fn setting_integer(&self, name: &str) -> Option<i64> {
        self.settings.get(name).and_then(serde_json::Value::as_i64)
    }

    /// A yes-or-no setting; absent means no.
    #[must_use]
    pub fn setting_flag(&self, name: &str) -> bool {
        self.settings.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
    }
}

/// The bytes given to `decode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input<'a> {
    /// A message as the agency sent it.
    Message(&'a [u8]),
    /// All parts of a multi-part message, in index order, each as the plugin gave it in [`Part::body`].
    Parts(Vec<&'a [u8]>),
}

/// One record and the row it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowRecord {
    /// The row (frame, line, element) in the message, counted from 1.
    pub row: u32,
    /// The record.
    pub record: Record,
}

/// What `decode` returns as JSON: the records and the rows that could not be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The records, in row order.
    #[serde(default)]
    pub records: Vec<RowRecord>,
    /// The faults, in row order.
    #[serde(default)]
    pub row_faults: Vec<RowFault>,
}

/// A part of a multi-part message, which the host keeps until all are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What the parts of one message have in common, unique for the sender.
    pub key: String,
    /// Which part, counted from 1.
    pub index: u32,
    /// How many parts there are, at least 2.
    pub total: u32,
    /// How long to wait for the others, in milliseconds from when the gateway read this one.
    pub expires_after_ms: u64,
    /// The part itself, handed back unchanged.
    pub body: Vec<u8>,
}

/// Most parts that one message may consist of.
pub const PARTS_MAX: u32 = 1_000;

/// Everything that `decode` gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// Records and row faults.
    pub document: Document,
    /// The protocol's own answer to the sender (HJ 212 9014, GB/T 26875.3 command 3 …), ready to send.
    pub reply: Option<Encoded>,
    /// Parts to keep.
    pub parts: Vec<Part>,
}

/// A message ready to send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The bytes, in the agency's own format.
    pub body: Vec<u8>,
    /// The media type, such as `application/xml; charset=GB18030`.
    pub content_type: String,
}

/// Most faults that one look at a link's settings gives.
pub const SETTINGS_FAULTS_MAX: usize = 100;

/// What a plugin is: pure functions. Implemented by plugin authors through the SDK, and usable natively in tests.
pub trait Plugin {
    /// The manifest; the same on every call.
    fn describe() -> Manifest;

    /// Reads a message.
    ///
    /// # Errors
    /// A [`Fault`] when nothing in the message can be used.
    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault>;

    /// Writes a record in the agency's format.
    ///
    /// # Errors
    /// A [`Fault`] when the record lacks what the format needs or its kind is not in [`Manifest::writes`].
    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault>;

    /// Everything that is wrong with the link's settings in `context`, so that an operator learns of it before a message
    /// does; at most [`SETTINGS_FAULTS_MAX`]. A plugin without settings keeps this default.
    fn check_settings(context: &Context) -> Vec<Fault> {
        let _ = context;
        Vec::new()
    }
}
