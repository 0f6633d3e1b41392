//! The engine: what follows from a message, a timer or a failed attempt.
//!
//! Everything here is pure. Values go in (a decoded message, the open cases it may concern, the time), a decision comes
//! out ([`Decision`]); reading, storing, encoding and sending are done by the caller through the ports. So the same
//! input gives the same case numbers, assignments and message ids, however often it is decided.
//!
//! The caller's way: [`Engine::needs`] says which cases to load into a [`CaseBook`]; [`Engine::decide`] decides, and
//! changes the book so that the next message of the batch sees it; the caller encodes the drafts, and
//! [`Engine::finish`] makes the [`Settlement`](xiezhi_ports::Settlement) that T2 applies. [`Engine::remind`] does the
//! same for an assignment whose deadline passed, [`Engine::propose`], [`Engine::vote`] and [`Engine::case_step`]
//! for what people do.

mod acts;
mod book;
mod case_desk;
mod check;
pub mod clock;
mod condition;
mod decide;
mod decision;
mod dispatch;
mod engine;
mod explain;
mod facts;
mod feedback;
mod indicators;
mod intake;
mod keep;
mod loop_clock;
pub mod pace;
mod party;
mod receipt;
pub mod reconcile;
mod remind;
pub mod retry;
mod route;
mod rules;
mod summary;
pub mod survey;
mod work;

pub use acts::{Denial, Proposal, SentAgain, given_up, sent_again};
pub use book::{CaseBook, SOURCES_MAX};
pub use case_desk::CaseStep;
pub use decision::{Decision, Draft};
pub use engine::{AgencyProfile, Engine, EngineData, PolicyProblem, ReceiptMode, Route};
pub use explain::{Consideration, Difference, Outcome, Part};
pub use indicators::{Judged, Tallies, Tally};
pub use intake::{IntakeMessage, Joined, Needs};
