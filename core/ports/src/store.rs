//! The store ports: inbox, cases, outbox and audit, and the three transactions T1, T2 and T3.
//!
//! Every write is durable when its future returns `Ok`: it survives a power cut. Every change of state writes its audit
//! row in the same transaction. Dropping a write's future leaves the outcome unknown; each may be repeated.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;
use xiezhi_model::act::LegalAct;
use xiezhi_model::audit::{AuditEntry, AuditReport, AuditRow};
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::fault::{Fault, RowFault};
use xiezhi_model::ledger::EntityRecord;
use xiezhi_model::message::{
    Delivery, InboxEntry, InboxMessage, InboxStatus, Intake, OutboxMessage, Outgoing, PublishOutcome,
};
use xiezhi_model::plugin::{Encoded, Part};
use xiezhi_model::{AgencyId, AssignmentId, CaseNumber, Digest, InboxSeq, MessageId, UtcTime};

use crate::{Accounts, Acts, Disposition, Ledger, PluginState, Reconciliations};

/// Most keys or numbers in one call that loads cases or their sources; callers split longer lists.
pub const LOAD_KEYS_MAX: usize = 1_000;

/// Everything a store does.
pub trait Store:
    Inbox + Settle + Cases + Outbox + AuditLog + PluginState + Acts + Accounts + Ledger + Reconciliations
{
}

impl<T> Store for T where
    T: Inbox + Settle + Cases + Outbox + AuditLog + PluginState + Acts + Accounts + Ledger + Reconciliations
{
}

/// T1 and the inbox.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// T1: takes deliveries into the inbox, in order, in one transaction, and says what became of each.
    ///
    /// A delivery whose (agency, message id, digest) is there already is a `Duplicate` and counted; one whose
    /// (agency, message id) is there with another digest is `Quarantined` as a row of its own. Only after `Ok` may the
    /// transport acknowledge. Repeating a call makes duplicates, nothing else.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the call was taken.
    async fn inbox_accept(&self, deliveries: Vec<Delivery>) -> Result<Vec<Intake>, StoreError>;

    /// Up to `limit` pending rows that no other worker holds, oldest first, held for `lease_ms` from `now`. Fewer, though at least one,
    /// where their bodies together have half a mebibyte or more, so that a batch of large messages fits in memory.
    ///
    /// The lease only spares double work; [`Settle::settle`] re-checks the row, so nothing depends on it. A lease ends
    /// with [`Settle::settle`], with its time, or with the process.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn inbox_lease(&self, limit: usize, lease_ms: i64, now: UtcTime) -> Result<Vec<InboxMessage>, StoreError>;

    /// The parts stored for an agency under a key, in index order, expired ones excluded.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn parts_load(&self, agency: &AgencyId, key: &str, now: UtcTime) -> Result<Vec<StoredPart>, StoreError>;

    /// Makes every waiting message dead that has a part whose time is over (`message.part-timeout`), with an audit row
    /// each, and drops its parts. Returns the messages.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn parts_expire(&self, now: UtcTime, limit: usize) -> Result<Vec<InboxSeq>, StoreError>;

    /// Inbox rows, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn inbox_list(&self, filter: &InboxFilter) -> Result<Vec<InboxEntry>, StoreError>;

    /// One inbox row with its bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn inbox_show(&self, seq: InboxSeq) -> Result<Option<(InboxEntry, Vec<u8>)>, StoreError>;

    /// Makes a dead row pending again (held, where its sender's plugin is in quarantine) and raises its `redrives`. `false` when
    /// the row is not there or not dead.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn inbox_redrive(&self, seq: InboxSeq, actor: &str, now: UtcTime) -> Result<bool, StoreError>;
}

/// T2.
#[async_trait]
pub trait Settle: Send + Sync {
    /// T2: applies settlements in order, each wholly or not at all, and says what became of each.
    ///
    /// `AlreadyDone` when the trigger's row is no longer pending in the state it was leased in (settled before, or
    /// redriven since); `Conflict` when a case's stored version is not the one the settlement is based on, or its join
    /// key is taken by another open case: load again and decide again. Writing an outgoing id that is there already
    /// leaves the one there.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the call was applied.
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError>;
}

/// Reading cases.
#[async_trait]
pub trait Cases: Send + Sync {
    /// The cases, not closed, that have one of these join keys; at most [`LOAD_KEYS_MAX`] keys in one call.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn cases_by_join_key(&self, keys: &[String]) -> Result<Vec<Case>, StoreError>;

    /// One case. Costs the same among a million cases as among a thousand.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn case_load(&self, number: &CaseNumber) -> Result<Option<Case>, StoreError>;

    /// The sources of a case, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn case_sources(&self, number: &CaseNumber, limit: usize) -> Result<Vec<Source>, StoreError>;

    /// As [`Cases::case_sources`] for several cases in one call, in the order of `numbers`; at most `limit_each` of each.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn case_sources_of(&self, numbers: &[CaseNumber], limit_each: usize) -> Result<Vec<Vec<Source>>, StoreError>;

    /// Cases, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn case_list(&self, filter: &CaseFilter) -> Result<Vec<Case>, StoreError>;

    /// Assignments whose `check_at` has come, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn assignments_due(&self, now: UtcTime, limit: usize) -> Result<Vec<DueAssignment>, StoreError>;
}

/// The outbox and T3.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The agencies for which a message's next attempt has come, in the order of their ids. Left out are those whose plugin is
    /// in quarantine. Costs the same whether one message waits for an agency or a million.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox_agencies(&self, now: UtcTime) -> Result<Vec<AgencyId>, StoreError>;

    /// Pending outgoing messages for an agency whose next attempt has come, oldest first, at most `limit` and a few megabytes;
    /// none while its plugin is in quarantine.
    ///
    /// A message is left out while an earlier one of the same case is pending and not in the same answer; so publishing an
    /// answer in its order keeps the order per case.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox_due(&self, agency: &AgencyId, now: UtcTime, limit: usize)
    -> Result<Vec<OutboxMessage>, StoreError>;

    /// Puts the message that the receiver's plugin made of a kept record ([`Outgoing::is_record`]) in its place. `false`
    /// when the message is not pending or is no record any more; then nothing changes.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox_encode(
        &self,
        id: &MessageId,
        encoded: &Encoded,
        plugin: Digest,
        now: UtcTime,
    ) -> Result<bool, StoreError>;

    /// T3: records what became of attempts. Results for messages that are no longer pending change nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the call was recorded.
    async fn outbox_record(&self, results: Vec<PublishResult>, now: UtcTime) -> Result<(), StoreError>;

    /// T3 of one message that is tried no more, together with what is written of that: both or neither.
    ///
    /// `AlreadyDone` when the message is no longer pending; `Conflict` when `note` is based on what has changed since: decide
    /// anew.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the call was recorded.
    async fn outbox_give_up(
        &self,
        result: PublishResult,
        note: &Settlement,
        now: UtcTime,
    ) -> Result<Settled, StoreError>;

    /// Makes a dead outgoing message pending again, together with what is written of that: both or neither. `AlreadyDone` when it
    /// is not there or not dead; `Conflict` when `note` is based on what has changed since: decide anew.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the call was applied.
    async fn outbox_redrive(
        &self,
        id: &MessageId,
        actor: &str,
        note: Option<&Settlement>,
        now: UtcTime,
    ) -> Result<Settled, StoreError>;

    /// When the newest of an agency's pending messages was decided; `None` when none is pending. Looks at all of them: for the start
    /// of a process.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox_newest(&self, agency: &AgencyId) -> Result<Option<UtcTime>, StoreError>;

    /// The case among whose messages an outgoing message is; `None` when there is no such message, or it is of no case.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox_case(&self, id: &MessageId) -> Result<Option<CaseNumber>, StoreError>;

    /// Ids of all outgoing messages of an agency, oldest first, from the `offset`th on.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox_ids(&self, agency: &AgencyId, offset: usize, limit: usize) -> Result<Vec<MessageId>, StoreError>;
}

/// The audit chain.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Checks the whole chain: each row's hash, the link to the row before, the numbering, the copies that the store
    /// keeps for finding rows, and the head.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read; a broken chain is a result, not an error.
    async fn audit_verify(&self) -> Result<AuditReport, StoreError>;

    /// The history of a case, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn audit_by_case(&self, number: &CaseNumber, limit: usize) -> Result<Vec<AuditRow>, StoreError>;

    /// The history of an inbox row, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn audit_by_message(&self, seq: InboxSeq, limit: usize) -> Result<Vec<AuditRow>, StoreError>;

    /// How many rows there are of what, for health and metrics.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn counts(&self) -> Result<StoreCounts, StoreError>;
}

/// A part as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// Which part, from 1.
    pub index: u32,
    /// How many there are.
    pub total: u32,
    /// The message that brought it.
    pub inbox_seq: InboxSeq,
    /// The part.
    pub body: Vec<u8>,
}

/// Which inbox rows to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxFilter {
    /// Only this status.
    pub status: Option<InboxStatus>,
    /// Only this sender.
    pub agency: Option<AgencyId>,
    /// Only this message id.
    pub message_id: Option<MessageId>,
    /// Only rows with row faults.
    pub faulty: bool,
    /// Only rows before this one (for the next page).
    pub before: Option<InboxSeq>,
    /// At most this many; 0 lists nothing.
    pub limit: usize,
}

/// Which cases to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only this status.
    pub status: Option<CaseStatus>,
    /// Only this category.
    pub category: Option<String>,
    /// At most this many; 0 lists nothing.
    pub limit: usize,
    /// How many to skip.
    pub offset: usize,
}

/// What causes a settlement; T2 re-checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A leased inbox row, as it was leased.
    Inbox {
        /// The row.
        seq: InboxSeq,
        /// Its `redrives` when leased.
        redrives: u32,
    },
    /// A timer (a deadline): the case versions in the settlement are the check.
    Timer,
    /// A person: the versions of the acts and cases in the settlement are the check.
    Person,
}

/// What becomes of the inbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxOutcome {
    /// Settled.
    Done,
    /// Waits for other parts (in [`Settlement::parts`]).
    Waiting,
    /// Cannot be used.
    Dead(Fault),
}

/// A change of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseWrite {
    /// The case as it shall be, with `version` one above the version it is based on.
    pub case: Arc<Case>,
    /// Sources that joined.
    pub sources: Vec<Source>,
}

/// Everything that one message or timer changes: applied wholly or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The cause.
    pub trigger: Trigger,
    /// What becomes of the inbox row; ignored for a timer.
    pub outcome: InboxOutcome,
    /// How many records came out of the message.
    pub records: u32,
    /// Rows that could not be used.
    pub row_faults: Vec<RowFault>,
    /// The plugin that read the message.
    pub plugin_digest: Option<Digest>,
    /// Parts to keep, each until its own time, which is counted from `at`: neither a backlog nor a redrive may expire a
    /// part while its siblings still wait to be read. The same part brought again takes the place of the earlier one.
    pub parts: Vec<Part>,
    /// Part keys that are complete now: their parts are dropped, and the messages that brought them, waiting until
    /// now, are done (one that brought parts under another key as well waits on for those).
    pub parts_complete: Vec<(AgencyId, String)>,
    /// Cases to write, each at most once.
    pub cases: Vec<CaseWrite>,
    /// Legal acts to write, each at most once, with `version` one above the version it is based on.
    pub acts: Vec<LegalAct>,
    /// Records for the entities' files.
    pub entity_records: Vec<EntityRecord>,
    /// Messages to send.
    pub outgoing: Vec<Outgoing>,
    /// History, in order.
    pub audit: Vec<AuditEntry>,
    /// When it was decided.
    pub at: UtcTime,
}

impl Settlement {
    /// A settlement that changes nothing but the row of its trigger.
    #[must_use]
    pub fn empty(trigger: Trigger, outcome: InboxOutcome, at: UtcTime) -> Self {
        Self {
            trigger,
            outcome,
            records: 0,
            row_faults: Vec::new(),
            plugin_digest: None,
            parts: Vec::new(),
            parts_complete: Vec::new(),
            cases: Vec::new(),
            acts: Vec::new(),
            entity_records: Vec::new(),
            outgoing: Vec::new(),
            audit: Vec::new(),
            at,
        }
    }
}

/// What became of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Applied.
    Applied,
    /// The trigger was settled before; nothing was changed.
    AlreadyDone,
    /// Based on a case or an act that has changed since; nothing was changed.
    Conflict,
}

/// An assignment whose time to be looked at has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAssignment {
    /// The case.
    pub case_number: CaseNumber,
    /// The assignment.
    pub assignment: AssignmentId,
}

/// What became of one attempt to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishResult {
    /// The message.
    pub id: MessageId,
    /// What the transport said.
    pub outcome: PublishOutcome,
    /// When to try again, after `Retry`; `None` means that this was the last attempt.
    pub next_attempt_at: Option<UtcTime>,
}

/// How much of what there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// Inbox rows pending.
    pub inbox_pending: u64,
    /// Inbox rows waiting for parts.
    pub inbox_waiting: u64,
    /// Inbox rows held, because their senders' plugins are in quarantine.
    pub inbox_held: u64,
    /// Inbox rows dead.
    pub inbox_dead: u64,
    /// Outgoing messages pending.
    pub outbox_pending: u64,
    /// Outgoing messages given up.
    pub outbox_dead: u64,
    /// Messages in agencies' queues.
    pub queued: u64,
    /// Cases that are not closed.
    pub cases_open: u64,
}

/// Why a store could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Busy or not reachable for the moment.
    #[error("store is not available: {0}")]
    Unavailable(String),
    /// The call cannot be right (a value out of range, too many at once).
    #[error("store refused the call: {0}")]
    Invalid(String),
    /// What is stored cannot be read, or a write failed in a way that says the disk is not to be trusted.
    #[error("store failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// What the caller should do.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Unavailable(_) => Disposition::Retry,
            Self::Invalid(_) => Disposition::Reject,
            Self::Failed(_) => Disposition::Stop,
        }
    }
}
