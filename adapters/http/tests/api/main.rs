//! The API as its callers see it: requests in, responses out, over fakes of the ports.
//!
//! The fakes live only here. The stores' own behaviour is proven by the conformance suite and the whole by the
//! end-to-end tests; what these tests need is a port that fails, hangs or panics on demand, which a real store cannot do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop loudly"
)]

mod acts;
mod auth;
mod bodies;
mod cases;
mod fakes;
mod inbox;
mod message;
mod metric;
mod observe;
mod ops;
mod outbox;
mod problems;
mod serve;
mod setup;
