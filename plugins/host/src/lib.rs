//! Runs agencies' plugins: admits a component, compiles it, and calls it in a fresh instance for each message.
//!
//! All knowledge of wasmtime is in this crate, behind [`xiezhi_ports::Codec`]. The crate decides nothing about what a
//! message means, stores nothing but its own compile cache, and gives a guest nothing: no import, no clock, no IO, no
//! state from an earlier message. Every resource a guest uses has a limit in [`HostSettings`].

#![allow(clippy::result_large_err, reason = "a failed codec call is rare, and its error is the port's type")]

mod admission;
mod bindings;
mod cache;
mod call;
mod contract;
mod engine;
mod failure;
mod gate;
mod host;
mod inspection;
mod meter;
mod panic_report;
mod session;
mod settings;
mod settings_check;
mod swap;
mod ticker;

pub use admission::AdmissionError;
pub use cache::CacheError;
pub use engine::HostError;
pub use host::{Candidate, Host};
pub use inspection::{Inspection, Refusal};
pub use meter::{MeterError, Metered, MeteredPlugin};
pub use session::ReusedSession;
pub use settings::{HostSettings, SettingsError};
