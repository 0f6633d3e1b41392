//! What the engine is told of a message, and what it wants to see before it decides.

use xiezhi_model::message::InboxMessage;
use xiezhi_model::plugin::Decoded;
use xiezhi_model::{ActId, AgencyId, CaseNumber, Digest, InboxSeq, MessageId, UtcTime};

use crate::party;

/// A leased message without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeMessage {
    /// Intake number.
    pub seq: InboxSeq,
    /// Sender, as the transport authenticated it.
    pub agency: AgencyId,
    /// The sender's id.
    pub message_id: MessageId,
    /// Digest of the bytes.
    pub digest: Digest,
    /// When it was received; its Beijing date decides which rules apply.
    pub received_at: UtcTime,
    /// How often it was redriven.
    pub redrives: u32,
}

impl From<&InboxMessage> for IntakeMessage {
    fn from(message: &InboxMessage) -> Self {
        Self {
            seq: message.seq,
            agency: message.agency.clone(),
            message_id: message.message_id.clone(),
            digest: message.digest,
            received_at: message.received_at,
            redrives: message.redrives,
        }
    }
}

/// A multi-part message that this message completed: what its parts, handed to the plugin together, decoded to.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The key of the parts.
    pub key: String,
    /// What the plugin made of all of them.
    pub decoded: Decoded,
}

/// The cases to load before deciding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Join keys of cases that the records may join. Sorted, no key twice; may name more than are there.
    pub join_keys: Vec<String>,
    /// Cases that the records name. Sorted, no number twice.
    pub cases: Vec<CaseNumber>,
    /// Acts that the records answer: to be loaded with all acts about the same entity. Sorted, no id twice.
    pub acts: Vec<ActId>,
    /// Messages of the gateway that receipts name: where one carried an act, all acts about its entity are to be loaded. Sorted, no
    /// id twice.
    pub receipts: Vec<MessageId>,
    /// Of the join keys, those in whose cases an act could be proposed: to be loaded are the cases' sources and all acts about the
    /// entity ([`Needs::entity_of`]). Sorted, no key twice.
    pub proposing: Vec<String>,
}

impl Needs {
    /// The needs of several messages together, for one load per batch.
    #[must_use]
    pub fn merged(all: impl IntoIterator<Item = Self>) -> Self {
        let mut merged = Self::default();
        for Self { join_keys, cases, acts, receipts, proposing } in all {
            merged.join_keys.extend(join_keys);
            merged.cases.extend(cases);
            merged.acts.extend(acts);
            merged.receipts.extend(receipts);
            merged.proposing.extend(proposing);
        }
        sort_unique(&mut merged.join_keys);
        sort_unique(&mut merged.cases);
        sort_unique(&mut merged.acts);
        sort_unique(&mut merged.receipts);
        sort_unique(&mut merged.proposing);
        merged
    }

    /// The entity of a join key, as [`xiezhi_model::act::LegalAct::entity`] has it.
    #[must_use]
    pub fn entity_of(join_key: &str) -> &str {
        party::entity_of(join_key)
    }
}

fn sort_unique<T: Ord>(all: &mut Vec<T>) {
    all.sort_unstable();
    all.dedup();
}
