//! The plain values that every piece of Xiezhi agrees on: records, ids and value types.
//!
//! Nothing here does IO, knows a technology or decides anything. A value that exists is valid: it is parsed once,
//! at the edge, into a type that cannot be wrong. The crate also compiles for `wasm32-unknown-unknown`, because the
//! plugins speak the same types.

pub mod act;
pub mod audit;
pub mod calendar;
pub mod case;
pub mod case_request;
pub mod codes;
pub mod digest;
pub mod fault;
pub mod fields;
pub mod hours;
pub mod id;
pub mod ledger;
pub mod message;
pub mod money;
pub mod personal;
pub mod place;
pub mod plugin;
pub mod plugin_state;
pub mod policy;
pub mod publicity;
pub mod reconciliation;
pub mod record;
#[cfg(feature = "schema")]
pub mod schema;
pub mod time;
pub mod town;
pub mod uscc;

pub use digest::Digest;
pub use id::{AccountName, ActId, AgencyId, AssignmentId, CaseNumber, ClauseId, InboxSeq, MessageId, RuleId};
pub use record::Record;
pub use time::{CivilDate, UtcTime};
pub use uscc::Uscc;
