//! The embedded store and queue: one SQLite file, one writer, group commit.
//!
//! Implements the store ports and, beside them, the transport ports, because the embedded queue is tables of the same
//! file and shares its one writer (`docs/adr/0003-embedded-store.md`). It decides nothing: what a message means and
//! when to try again comes from the engine and the relay.

mod acts;
mod audit;
mod cases;
mod crash;
mod error;
mod inbox;
mod leases;
mod ledger;
mod outbox;
mod parts;
mod plugin_state;
mod queue;
mod readers;
mod reconciliations;
mod rows;
mod schema;
mod settings;
mod settle;
mod store;
mod writer;

pub use settings::SqliteSettings;
pub use store::SqliteStore;
