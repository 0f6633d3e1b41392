//! Runs the real gateway for tests and for the demo: a fresh folder with the shipped configuration, the real binary, and
//! a client that acts as the agencies; and what it meets outside: a private RabbitMQ and a network that fails. It asserts
//! nothing and knows no crate of the gateway but its binary.

#![allow(clippy::missing_panics_doc, reason = "support for tests and automation")]

pub mod broker;
pub mod certificates;
pub mod client;
pub mod credit_sim;
pub mod gateway;
mod http;
pub mod load;
pub mod over_broker;
pub mod people;
pub mod place;
pub mod ports;
pub mod proxy;
pub mod samples;
pub mod seed;
pub mod wait;

pub use broker::{Broker, BrokerAccess, BrokerAdmin, BrokerMessage, QueueMessages, Requeue};
pub use client::{AgencyClient, Answer, OutboxMessage, PersonClient};
pub use credit_sim::CreditSim;
pub use gateway::{Gateway, GatewayOptions};
pub use over_broker::BrokerOptions;
pub use people::PASSWORD;
pub use proxy::{Cut, Direction, Fault, Proxy};
pub use samples::sample;
pub use seed::Random;
pub use wait::{wait_every, wait_until};
