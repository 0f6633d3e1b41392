//! One suite per port, which every implementation passes: `store_suite!`, `mailbox_suite!` and `link_suite!` make a test of
//! each case.
//!
//! A case is an async function over a [`Backend`], or over a [`LinkBackend`] for transports, with nothing in it. It knows no technology; what only one
//! implementation has (its file, its tables) is tested beside it, in `tests/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test suite fails by panicking, and its numbers are small"
)]

pub mod acts;
pub mod audit;
pub mod backend;
pub mod cases;
pub mod files;
pub mod fixtures;
pub mod inbox;
pub mod incoming;
pub mod ledger;
pub mod link;
pub mod mailbox;
pub mod model;
pub mod outbox;
pub mod outgoing;
pub mod parts;
pub mod plugins;
pub mod publication;
pub mod random;
pub mod settle;
pub mod suite;
pub mod turmoil;

pub use backend::{Backend, Opened};
pub use ledger::Ledger;
pub use link::{AgencySide, GatewaySide, Got, Letter, LinkBackend, Repeats, Sent};
