//! The engine through its public interface: the shipped policy, decisions, late assignments, wrong data.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::result_large_err,
    reason = "tests fail by panicking and name what they expected; the port's error is as large as it is"
)]

mod acts;
mod answers;
mod coverage;
mod deciding;
mod explaining;
mod joining;
mod late;
mod problems;
mod repeating;
mod shipped;
mod support;
mod surveying;
