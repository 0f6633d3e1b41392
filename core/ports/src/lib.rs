//! Ports: the contracts between the engine's side and every technology.
//!
//! A port is a trait, an error with a [`Disposition`], and a suite in `tests/conformance` that each implementation
//! passes. No type of a technology crosses one.

pub mod acts;
pub mod clock;
pub mod codec;
pub mod ledger;
pub mod plugin_state;
pub mod reconciliations;
pub mod store;
pub mod transport;

pub use acts::{Accounts, ActFilter, Acts, entity_told};
pub use clock::Clock;
pub use codec::{Codec, CodecError, CodecFailure, CodecUsage};
pub use ledger::{EntityFilter, Ledger};
pub use plugin_state::PluginState;
pub use reconciliations::Reconciliations;
pub use store::{
    AuditLog, CaseFilter, CaseWrite, Cases, DueAssignment, Inbox, InboxFilter, InboxOutcome, LOAD_KEYS_MAX, Outbox,
    PublishResult, Settle, Settled, Settlement, Store, StoreCounts, StoreError, StoredPart, Trigger,
};
pub use transport::{Mailbox, Transport, TransportError};

/// What the caller of a failed port call should do. The engine acts on this, never on an error's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Try the same call again, after a pause.
    Retry,
    /// The input is wrong: the same call fails again.
    Reject,
    /// Stop the process: going on could lose or double something.
    Stop,
}
