//! A gateway at work: publishes until everything is taken, as the relay does, while agencies read and send.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use xiezhi_conformance::fixtures::at;
use xiezhi_conformance::link::LIMIT;
use xiezhi_conformance::{AgencySide as _, Ledger};
use xiezhi_model::message::{Outgoing, PublishOutcome};
use xiezhi_ports::{Transport, TransportError};

use crate::rig::{Amqp, Reader};

/// Longest pause between two tries, as the relay's backoff makes them.
const PAUSE: Duration = Duration::from_millis(50);

/// What came of publishing until everything was taken.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Calls that said nothing of any message.
    pub(crate) failed_calls: usize,
    /// Reasons of messages that were not taken.
    pub(crate) reasons: HashSet<String>,
    /// The longest call.
    pub(crate) longest: Duration,
}

/// Publishes windows of `window` until everything is taken, at most for `limit`.
pub(crate) async fn publish_all(
    transport: &dyn Transport,
    messages: &[Outgoing],
    window: usize,
    limit: Duration,
) -> Published {
    let mut left = messages.to_vec();
    let mut published = Published::default();
    let begin = Instant::now();
    while !left.is_empty() {
        assert!(begin.elapsed() < limit, "{} messages are not taken: {published:?}", left.len());
        let batch = &left[..left.len().min(window)];
        let call = Instant::now();
        let outcomes = transport.publish(batch, at(0)).await;
        published.longest = published.longest.max(call.elapsed());
        let Ok(outcomes) = outcomes else {
            published.failed_calls += 1;
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let mut kept = Vec::new();
        for (message, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                PublishOutcome::Confirmed => continue,
                PublishOutcome::Retry { reason } => _ = published.reasons.insert(reason),
                PublishOutcome::Held => {}
                PublishOutcome::Refused { reason, .. } => panic!("{} is given up: {reason}", message.id),
            }
            kept.push(message.clone());
        }
        if !kept.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        // What was not taken goes first, as the relay takes the oldest.
        left.splice(..batch.len(), kept);
    }
    published
}

/// Publishes one message and gives its outcome.
pub(crate) async fn publish_one(
    transport: &dyn Transport,
    message: &Outgoing,
) -> Result<PublishOutcome, TransportError> {
    Ok(transport.publish(std::slice::from_ref(message), at(0)).await?.remove(0))
}

pub(crate) fn retry(reason: &str) -> PublishOutcome {
    PublishOutcome::Retry { reason: reason.to_owned() }
}

/// Reads and acknowledges until the ledger has as many as wanted; a reader whose connection fails joins again.
pub(crate) async fn read_all(rig: &Amqp, name: &str, wanted: usize, limit: Duration) -> Ledger {
    let mut ledger = Ledger::default();
    let begin = Instant::now();
    while ledger.len() < wanted {
        let mut reader = rig.reader(name).await;
        while ledger.len() < wanted {
            assert!(begin.elapsed() < limit, "{} of {wanted} came to {name}", ledger.len());
            if read_some(&mut reader, &mut ledger).await.is_err() {
                break;
            }
        }
    }
    ledger
}

async fn read_some(reader: &mut Reader, ledger: &mut Ledger) -> Result<(), xiezhi_amqp::AmqpError> {
    let mut received = reader.department.receive(1, Duration::from_millis(200)).await?;
    if !received.is_empty() {
        received.extend(reader.department.receive(99, Duration::ZERO).await?);
    }
    for message in received {
        // Entered before it is acknowledged, as a department must.
        ledger.note(&reader.got(&message));
        reader.department.acknowledge(&message).await?;
    }
    Ok(())
}

/// Reads everything that is there, with the suite's reader, until the ledger is complete.
pub(crate) async fn drain(rig: &Amqp, name: &str, published: &[Outgoing]) -> Ledger {
    let mut reader = rig.reader(name).await;
    let mut ledger = Ledger::default();
    let begin = Instant::now();
    while ledger.len() < published.len() {
        assert!(begin.elapsed() < LIMIT, "{} of {} came to {name}", ledger.len(), published.len());
        let got = reader.receive(100, Duration::from_millis(200)).await;
        for got in &got {
            ledger.note(got);
        }
        reader.acknowledge(&got).await;
    }
    ledger.check(published);
    ledger
}
