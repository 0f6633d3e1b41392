//! The relay: publishes outgoing messages in per-case order and records what became of them (T3).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xiezhi_engine::retry::Backoff;
use xiezhi_model::message::{OutboxMessage, Outgoing, PublishOutcome};
use xiezhi_model::{AgencyId, MessageId, Record, UtcTime, fields};
use xiezhi_ports::{Clock, CodecFailure, Disposition, PublishResult, Store, Transport};

use super::link::Links;
use super::worker::pause_or_stop;

/// A transport that is not available is tried again after this long.
const TRANSPORT_PAUSE: Duration = Duration::from_millis(500);

/// What the relay needs.
pub(crate) struct Relay {
    /// The outbox and T3.
    pub(crate) store: Arc<dyn Store>,
    /// Where messages go.
    pub(crate) transport: Arc<dyn Transport>,
    /// The agencies' metrics.
    pub(crate) links: Arc<Links>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Signalled when a message is to be published.
    pub(crate) wake: Arc<Notify>,
    /// Most messages in a batch.
    pub(crate) batch_messages_max: usize,
    /// How often the outbox is looked at without a signal (retries come due).
    pub(crate) poll: Duration,
    /// When to try again.
    pub(crate) backoff: Backoff,
}

impl Relay {
    /// Publishes until `stop`, or until store or transport cannot be trusted any more.
    ///
    /// # Errors
    /// The port's, when its disposition is to stop.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let due = match self.store.outbox_due(self.clock.now(), self.batch_messages_max).await {
                Ok(due) => due,
                Err(error) => {
                    pause_or_stop(&error, "outbox could not be read").await?;
                    continue;
                }
            };
            if due.is_empty() {
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(self.poll) => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            self.publish(due).await?;
        }
        Ok(())
    }

    /// Has what is still a record written by the receiver's plugin, and puts aside what cannot be sent yet: the record on
    /// which the plugin fails again, and what follows it in the same case.
    async fn write_records(&self, due: Vec<OutboxMessage>) -> anyhow::Result<(Vec<OutboxMessage>, Vec<PublishResult>)> {
        let now = self.clock.now();
        let mut ready = Vec::with_capacity(due.len());
        let mut results = Vec::new();
        let mut blocked = HashSet::new();
        for mut message in due {
            let outgoing = &mut message.outgoing;
            let place = (outgoing.agency.clone(), outgoing.case_number.clone());
            if place.1.is_some() && blocked.contains(&place) {
                continue;
            }
            if !outgoing.is_record() {
                ready.push(message);
                continue;
            }
            let written = match serde_json::from_slice::<Record>(&outgoing.body) {
                // A plugin computes for milliseconds: the runtime moves its other tasks elsewhere meanwhile.
                Ok(record) => tokio::task::block_in_place(|| {
                    self.links.write(&record, &outgoing.agency, &outgoing.id, outgoing.created_at)
                }),
                Err(error) => return Err(error).context("a kept record cannot be read"),
            };
            match written {
                Ok((encoded, plugin)) => {
                    while let Err(error) = self.store.outbox_encode(&outgoing.id, &encoded, plugin, now).await {
                        pause_or_stop(&error, "a message could not be put in its record's place").await?;
                    }
                    outgoing.body = encoded.body;
                    outgoing.content_type = encoded.content_type;
                    outgoing.plugin_digest = Some(plugin);
                    ready.push(message);
                }
                Err(error) => {
                    let reason = error.fault.code.clone();
                    let outcome = match error.failure {
                        CodecFailure::Plugin => PublishOutcome::Retry { reason },
                        CodecFailure::Input => PublishOutcome::Refused { reason },
                    };
                    let next_attempt_at = self.next_attempt(&outcome, message.attempts, now)?;
                    results.push(PublishResult { id: outgoing.id.clone(), outcome, next_attempt_at });
                    blocked.insert(place);
                }
            }
        }
        Ok((ready, results))
    }

    async fn publish(&self, due: Vec<OutboxMessage>) -> anyhow::Result<()> {
        let (due, mut results) = self.write_records(due).await?;
        let now = self.clock.now();
        let attempts: Vec<(AgencyId, MessageId, u32)> = due
            .iter()
            .map(|message| (message.outgoing.agency.clone(), message.outgoing.id.clone(), message.attempts))
            .collect();
        let batch: Vec<Outgoing> = due.into_iter().map(|message| message.outgoing).collect();
        let outcomes = match self.transport.publish(&batch, now).await {
            Ok(outcomes) => outcomes,
            Err(error) if error.disposition() == Disposition::Stop => return Err(error.into()),
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "transport call failed and is repeated");
                tokio::time::sleep(TRANSPORT_PAUSE).await;
                return Ok(());
            }
        };
        for ((agency, id, attempts), outcome) in attempts.into_iter().zip(outcomes) {
            let next_attempt_at = self.next_attempt(&outcome, attempts, now)?;
            self.links.count_published(&agency, &outcome);
            if outcome != PublishOutcome::Confirmed && next_attempt_at.is_none() {
                let (agency, id) = (agency.as_str(), id.as_str());
                warn!({ fields::AGENCY } = agency, { fields::OUTGOING_ID } = id, "outgoing message was given up");
            }
            results.push(PublishResult { id, outcome, next_attempt_at });
        }
        while let Err(error) = self.store.outbox_record(results.clone(), self.clock.now()).await {
            pause_or_stop(&error, "attempts could not be recorded").await?;
        }
        Ok(())
    }

    fn next_attempt(&self, outcome: &PublishOutcome, attempts: u32, now: UtcTime) -> anyhow::Result<Option<UtcTime>> {
        Ok(match outcome {
            PublishOutcome::Retry { .. } => {
                self.backoff.next_attempt(attempts.saturating_add(1), now, getrandom::u64()?)
            }
            PublishOutcome::Confirmed | PublishOutcome::Refused { .. } => None,
        })
    }
}
