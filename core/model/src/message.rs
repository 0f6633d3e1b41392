//! Messages as the gateway keeps them: the inbox row that T1 writes and the outgoing message that T2 writes.

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, RowFault};
use crate::{AgencyId, CaseNumber, Digest, InboxSeq, MessageId, UtcTime};

/// Bytes that a transport received from an agency it has authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who sent it: from the transport's authentication, never from the body.
    pub agency: AgencyId,
    /// The sender's id, or [`Delivery::derived_id`].
    pub message_id: MessageId,
    /// The bytes, untouched.
    pub body: Vec<u8>,
    /// The media type, where the transport has one.
    pub content_type: Option<String>,
    /// When the gateway received it.
    pub received_at: UtcTime,
}

impl Delivery {
    /// The id of a message whose sender gave none: `sha256:` and the digest of the bytes.
    #[must_use]
    pub fn derived_id(body: &[u8]) -> MessageId {
        let text = format!("sha256:{}", Digest::of(body));
        // 71 printable bytes, within the limit.
        MessageId::parse(&text).unwrap_or_else(|_| unreachable!("a digest is a valid message id"))
    }
}

/// What T1 made of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// New: it is in the inbox.
    Accepted(InboxSeq),
    /// The same id and the same bytes are there already; counted.
    Duplicate(InboxSeq),
    /// The same id is there with other bytes: kept as evidence, not processed.
    Quarantined(InboxSeq),
}

impl Intake {
    /// The inbox row that answers for the delivery.
    #[must_use]
    pub fn seq(self) -> InboxSeq {
        match self {
            Self::Accepted(seq) | Self::Duplicate(seq) | Self::Quarantined(seq) => seq,
        }
    }
}

/// Where an inbox row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxStatus {
    /// To be decoded and decided.
    Pending,
    /// Decoded, and waiting for the other parts of a multi-part message.
    Waiting,
    /// Settled by T2.
    Done,
    /// Cannot be used; has a fault; can be redriven.
    Dead,
    /// Kept as evidence of an id used twice for different bytes.
    Quarantined,
    /// To be decoded once its sender's plugin is out of quarantine.
    Held,
}

impl InboxStatus {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Pending, Self::Waiting, Self::Done, Self::Dead, Self::Quarantined, Self::Held];

    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Quarantined => "quarantined",
            Self::Held => "held",
        }
    }

    /// Reads [`InboxStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A leased inbox row: what a worker needs to decode and settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxMessage {
    /// Intake number.
    pub seq: InboxSeq,
    /// Sender.
    pub agency: AgencyId,
    /// Sender's id.
    pub message_id: MessageId,
    /// Digest of the bytes.
    pub digest: Digest,
    /// The bytes.
    pub body: Vec<u8>,
    /// When it was received.
    pub received_at: UtcTime,
    /// How often it was redriven; part of what T2 re-checks.
    pub redrives: u32,
}

/// An inbox row as lists and pages show it, without the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEntry {
    /// Intake number.
    pub seq: InboxSeq,
    /// Sender.
    pub agency: AgencyId,
    /// Sender's id.
    pub message_id: MessageId,
    /// Digest of the bytes.
    pub digest: Digest,
    /// Size in bytes.
    pub bytes: u64,
    /// Where it stands.
    pub status: InboxStatus,
    /// When it was received.
    pub received_at: UtcTime,
    /// When it was settled, where it is.
    pub settled_at: Option<UtcTime>,
    /// How often the same delivery came again.
    pub duplicates: u32,
    /// How often it was redriven.
    pub redrives: u32,
    /// Records that came out of it.
    pub records: u32,
    /// The plugin that read it last.
    pub plugin_digest: Option<Digest>,
    /// Why it is dead.
    pub fault: Option<Fault>,
    /// Rows that could not be used.
    pub row_faults: Vec<RowFault>,
}

/// A message to an agency, encoded by its plugin before T2 commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Derived by [`Outgoing::derive_id`]: doing the work again gives the same id.
    pub id: MessageId,
    /// Receiver.
    pub agency: AgencyId,
    /// The case, whose messages to one agency keep their order.
    pub case_number: Option<CaseNumber>,
    /// Record kind, or `reply` for a protocol's own answer.
    pub kind: String,
    /// The bytes in the receiver's format, or the record ([`Outgoing::is_record`]).
    pub body: Vec<u8>,
    /// The media type.
    pub content_type: String,
    /// When it was decided.
    pub created_at: UtcTime,
    /// The plugin that wrote it.
    pub plugin_digest: Option<Digest>,
}

/// The media type of an outgoing record whose receiver's plugin could not write it yet.
pub const RECORD_MEDIA_TYPE: &str = "application/vnd.xiezhi.record+json";

impl Outgoing {
    /// Whether the body is still the record, as canonical JSON, and must be written by the receiver's plugin before it is
    /// sent.
    #[must_use]
    pub fn is_record(&self) -> bool {
        self.content_type == RECORD_MEDIA_TYPE
    }

    /// The id of an outgoing message, from what caused it: the cause's key (an inbox message's sender, id and digest, or
    /// an assignment and its reminder level), the rule, the receiver and an index.
    #[must_use]
    pub fn derive_id(cause: &str, rule: &str, receiver: &AgencyId, index: usize) -> MessageId {
        let index = index.to_string();
        let digest =
            Digest::of_parts(&[cause.as_bytes(), rule.as_bytes(), receiver.as_str().as_bytes(), index.as_bytes()]);
        let mut hex = digest.to_hex();
        hex.truncate(40);
        MessageId::parse(&format!("xz-{hex}")).unwrap_or_else(|_| unreachable!("hex digits are a valid message id"))
    }
}

/// Where an outgoing message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxStatus {
    /// To be published, now or after a backoff.
    Pending,
    /// The transport proved that it took it (T3).
    Sent,
    /// Given up after the last attempt; can be redriven.
    Dead,
}

impl OutboxStatus {
    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }
}

/// An outgoing message in the outbox, with its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// The message.
    pub outgoing: Outgoing,
    /// Attempts so far.
    pub attempts: u32,
}

/// What a transport says of one publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishOutcome {
    /// Proved: the other side has it, durably.
    Confirmed,
    /// Not taken, or not known to be: try again with the same id.
    Retry {
        /// Why, for the attempt's row.
        reason: String,
    },
    /// Not tried, because an earlier message of the same case was not taken.
    Held,
    /// Will never be taken.
    Refused {
        /// Why, for the attempt's row.
        reason: String,
        /// Whether the other side says so itself in an answer that is in the inbox. Else nobody else tells what was to be sent.
        is_answered: bool,
    },
}

/// A message that waits in an agency's outbox queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMessage {
    /// The message's id: the agency dedupes by it and acknowledges with it.
    pub id: MessageId,
    /// The case.
    pub case_number: Option<CaseNumber>,
    /// Record kind, or `reply`.
    pub kind: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// The media type.
    pub content_type: String,
    /// When the gateway queued it.
    pub queued_at: UtcTime,
    /// How often it was handed out before.
    pub deliveries: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outgoing_ids_are_stable_and_distinct() {
        let police = AgencyId::parse("police").unwrap();
        let id = Outgoing::derive_id("a", "r", &police, 0);
        assert_eq!(id, Outgoing::derive_id("a", "r", &police, 0));
        assert_ne!(id, Outgoing::derive_id("a", "r", &police, 1));
        assert_ne!(id, Outgoing::derive_id("ar", "", &police, 0));
        assert_eq!(id.as_str().len(), 43);
    }

    #[test]
    fn a_message_without_an_id_is_named_after_its_bytes() {
        assert!(Delivery::derived_id(b"abc").as_str().starts_with("sha256:ba7816bf"));
    }

    #[test]
    fn statuses_read_back() {
        for status in InboxStatus::ALL {
            assert_eq!(InboxStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(InboxStatus::parse("gone"), None);
    }
}
