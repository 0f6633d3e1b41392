//! Declaring over AMQP what belongs to the gateway or to one agency. Users, permissions and policies cannot be declared so.

use std::time::Duration;

use lapin::Channel;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::{Binding, Exchange, ExchangeKind, Queue, Topology};
use crate::error::{AmqpError, within};
use crate::names;
use crate::settings::{AmqpLink, QueueLimits};

/// Declares what all agencies share.
pub(crate) async fn declare_shared(channel: &Channel, limit: Duration) -> Result<(), AmqpError> {
    declare(channel, &part(&[]), limit).await
}

/// Declares what is one agency's own; what is shared must be there.
pub(crate) async fn declare_agency(channel: &Channel, link: &AmqpLink, limit: Duration) -> Result<(), AmqpError> {
    let mut own = part(std::slice::from_ref(link));
    let shared = |name: &str| name == names::OUTBOX_EXCHANGE || name == names::UNROUTABLE;
    own.exchanges.retain(|exchange| !shared(&exchange.name));
    own.queues.retain(|queue| !shared(&queue.name));
    own.bindings.retain(|binding| !shared(&binding.queue));
    declare(channel, &own, limit).await
}

/// Limits and users are not declared, so they may be anything here.
fn part(links: &[AmqpLink]) -> Topology {
    Topology::of("", "", links, QueueLimits { messages_max: 0, bytes_max: 0, delivery_limit: 0 })
}

async fn declare(channel: &Channel, topology: &Topology, limit: Duration) -> Result<(), AmqpError> {
    // A queue before its exchange: what is published to an exchange that has no queue yet is confirmed, and ends among the
    // unroutable instead of in the inbox. And bound before the next one is declared, so that the order of the queues is the
    // order of what works.
    for queue in &topology.queues {
        declare_queue(channel, queue, limit).await?;
        for binding in topology.bindings.iter().filter(|binding| binding.queue == queue.name) {
            let own = topology.exchanges.iter().filter(|exchange| exchange.name == binding.exchange);
            for exchange in own {
                declare_exchange(channel, exchange, limit).await?;
            }
            bind(channel, binding, limit).await?;
        }
    }
    let bound = |name: &str| topology.bindings.iter().any(|binding| binding.exchange == name);
    for exchange in topology.exchanges.iter().filter(|exchange| !bound(&exchange.name)) {
        declare_exchange(channel, exchange, limit).await?;
    }
    Ok(())
}

async fn bind(channel: &Channel, binding: &Binding, limit: Duration) -> Result<(), AmqpError> {
    let binding = channel.queue_bind(
        short(&binding.queue),
        short(&binding.exchange),
        short(&binding.routing_key),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    within("binding a queue", limit, binding).await
}

async fn declare_exchange(channel: &Channel, exchange: &Exchange, limit: Duration) -> Result<(), AmqpError> {
    let mut arguments = FieldTable::default();
    if let Some(alternate) = &exchange.alternate {
        arguments.insert("alternate-exchange".into(), AMQPValue::LongString(alternate.as_str().into()));
    }
    let kind = match exchange.kind {
        ExchangeKind::Direct => lapin::ExchangeKind::Direct,
        ExchangeKind::Fanout => lapin::ExchangeKind::Fanout,
    };
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declaring = channel.exchange_declare(short(&exchange.name), kind, options, arguments);
    within("declaring an exchange", limit, declaring).await
}

async fn declare_queue(channel: &Channel, queue: &Queue, limit: Duration) -> Result<(), AmqpError> {
    let mut arguments = FieldTable::default();
    for (name, value) in queue.arguments() {
        arguments.insert(name.into(), AMQPValue::LongString(value.as_str().into()));
    }
    let declaring = channel.queue_declare(short(&queue.name), QueueDeclareOptions::durable(), arguments);
    within("declaring a queue", limit, declaring).await.map(drop)
}

/// Names are far shorter than the 255 bytes that AMQP allows.
fn short(name: &str) -> ShortString {
    name.into()
}
