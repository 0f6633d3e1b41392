//! The link suite over AMQP, in a vhost per test at the broker that the tests share, and what only a broker can refuse.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod pause;
mod rig;
mod senders;

xiezhi_conformance::link_suite!(crate::rig::Amqp::empty());
