//! What happens to messages when the broker, the network or somebody at the broker does harm. Each test says what must be
//! lost (nothing), what may be doubled, and how long a call may take.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../amqp/rig.rs"]
mod rig;

mod broker;
mod network;
mod queues;
mod restarts;
mod rights;
mod tls;
mod work;
