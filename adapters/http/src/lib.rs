//! The gateway's HTTP side: agencies push messages and read their outbox, the bureau's people
//! act on cases and decide legal acts, operators ask for health and metrics.
//!
//! It authenticates, limits and translates; it decides nothing and stores nothing itself. What it needs comes through
//! the ports and hooks in [`HttpState`]. The pages' side of every answer is `docs/api.md`.

mod acts;
mod body;
mod caller;
mod cases;
mod desk;
mod entities;
mod error;
mod inbox;
mod message;
pub mod metric;
mod observe;
mod ops;
mod outbox;
mod person;
pub mod problem;
mod publicity;
mod router;
mod serve;
mod state;

pub use desk::{ActDesk, CaseDesk, DeskError, PublicityDesk};
pub use problem::Problem;
pub use router::router;
pub use serve::{ServeError, serve};
pub use state::{AgencyAccess, Check, CheckState, HttpLimits, HttpState, Readiness};
