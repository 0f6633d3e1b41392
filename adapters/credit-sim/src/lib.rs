//! A simulator of the national enterprise credit publicity system's side: the abnormal-operations list over HTTP.
//!
//! It stands where the real system would: it takes entries, removals and annulments, answers with receipts, remembers
//! under which key it answered what, gives pages of its list, and shows what a visitor sees. Through control requests it
//! misbehaves on demand. Tests drive it, and departments train with it. It shares no parsing and no code table with the
//! gateway's plugin, so that a mistake made there meets a refusal here.
//!
//! Reading order: [`run`] accepts connections (`serve`), `service` answers a request, `batch` reads a document, `check`
//! decides about it, `book` holds the list and the answers, `journal` makes them durable, `fault` and `control` are the
//! trainer's side. The interface is described in `docs/credit-sim.md`.

mod answer;
mod batch;
mod book;
mod check;
mod control;
mod entry;
mod error;
mod fault;
mod gate;
mod hours;
mod journal;
mod receipt;
mod serve;
mod service;
mod settings;
mod shared;
mod table;
mod tls;

pub use entry::{Entry, EntryStatus};
pub use error::SimError;
pub use hours::{HoursError, OpeningHours};
pub use serve::run;
pub use settings::{Now, SimCertificate, SimSettings, SimTls};
