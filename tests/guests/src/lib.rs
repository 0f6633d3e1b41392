//! Hostile and well-behaved guests, made on the spot, and the suite in `tests/` that holds the host to its limits.
//!
//! Guests are core modules in text form, made components with a WIT world of the test's choice: so a guest can break
//! any rule of the border, which one built with the SDK cannot. Test support: nothing here runs in the gateway.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::result_large_err,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support: a wrong guest is a wrong test"
)]

pub mod answer;
pub mod core_module;
pub mod neighbour;
pub mod rust_guest;
pub mod setup;

pub use answer::Answer;
pub use core_module::CoreModule;
pub use neighbour::while_a_neighbour_answers;
pub use setup::{agency, context, decode, host, settings};
