//! The gateway's side towards a RabbitMQ broker (AMQP 0-9-1): takes agencies' messages from their inboxes and publishes to
//! their outboxes. It knows no format, no policy and no store but the ports.
//!
//! Connections are supervised here, not by lapin: on any doubt a connection, or the one channel concerned, is dropped and
//! made anew (`docs/adr/0009-amqp.md`).

mod connection;
mod error;
mod health;
mod intake;
pub mod metric;
pub mod names;
mod properties;
mod publisher;
mod settings;
pub mod topology;

pub mod department;

pub use error::AmqpError;
pub use health::Health;
pub use intake::{AmqpIntake, IntakePorts};
pub use publisher::AmqpTransport;
pub use settings::{AmqpLink, AmqpSettings, AmqpTls, QueueLimits};
pub use topology::Topology;
