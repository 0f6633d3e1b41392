//! The simulator over its real interface: every row, every error code, every fault, restart and TLS.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop loudly")]

mod faults;
mod interface;
mod kit;
mod load;
mod refusals;
mod restart;
mod tls;
