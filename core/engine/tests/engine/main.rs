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
mod closed_loop;
mod coverage;
mod deciding;
mod explaining;
mod given_up;
mod indicators;
mod joining;
mod late;
mod policy_acts;
mod problems;
mod publishing;
mod repeating;
mod routing;
mod shipped;
mod support;
mod surveying;
