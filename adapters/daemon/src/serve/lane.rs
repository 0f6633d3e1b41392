//! One agency's lane: publishes what is due for it, in per-case order, and records what became of it (T3).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xiezhi_engine::retry::Backoff;
use xiezhi_model::message::{OutboxMessage, Outgoing, PublishOutcome};
use xiezhi_model::{AgencyId, Record, UtcTime, fields};
use xiezhi_ports::{Clock, CodecFailure, Disposition, PublishResult, Store, Transport};

use super::gate::Attempts;
use super::link::Links;
use super::worker::pause_or_stop;
use crate::delivery;

/// An agency whose transport is not available is tried again after this long.
const TRANSPORT_PAUSE: Duration = Duration::from_millis(500);

/// What a lane needs; the same for every agency.
#[derive(Clone)]
pub(crate) struct Lane {
    /// The outbox and T3.
    pub(crate) store: Arc<dyn Store>,
    /// Where messages go.
    pub(crate) transport: Arc<dyn Transport>,
    /// The agencies' plugins and metrics.
    pub(crate) links: Arc<Links>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// When to try again.
    pub(crate) backoff: Backoff,
}

impl Lane {
    /// Publishes at most `limit` messages that are due for the agency. After `stop` no call is repeated: what was not recorded goes
    /// out again after the next start, under the same ids.
    ///
    /// # Errors
    /// The port's, when its disposition is to stop.
    pub(super) async fn run(
        &self,
        agency: &AgencyId,
        limit: usize,
        stop: &CancellationToken,
    ) -> anyhow::Result<Attempts> {
        let due = match self.store.outbox_due(agency, self.clock.now(), limit).await {
            Ok(due) => due,
            Err(error) => {
                pause_or_stop(&error, "outbox could not be read").await?;
                return Ok(Attempts::default());
            }
        };
        if due.is_empty() {
            return Ok(Attempts::default());
        }
        let (ready, mut results) = self.write_records(due, stop).await?;
        let (attempts, published) = self.publish(ready).await?;
        results.extend(published);
        self.record(results, stop).await?;
        Ok(attempts)
    }

    /// T3. A message that is tried no more, and of which no answer speaks, is recorded together with the note of it in its act.
    async fn record(&self, results: Vec<PublishResult>, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut others = Vec::with_capacity(results.len());
        for result in results {
            let Some(stopped) = delivery::stopped(&result) else {
                others.push(result);
                continue;
            };
            while let Err(error) = delivery::give_up(&*self.store, &result, &stopped, self.clock.now()).await {
                pause_or_stop(&error, "a message that was given up could not be recorded").await?;
                if stop.is_cancelled() {
                    return Ok(());
                }
            }
        }
        // A lane whose transport said nothing records only what its plugin refused.
        if others.is_empty() {
            return Ok(());
        }
        while let Err(error) = self.store.outbox_record(others.clone(), self.clock.now()).await {
            pause_or_stop(&error, "attempts could not be recorded").await?;
            if stop.is_cancelled() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Has what is still a record written by the receiver's plugin, and puts aside what cannot be sent yet: the record on
    /// which the plugin fails again, and what follows it in the same case.
    async fn write_records(
        &self,
        due: Vec<OutboxMessage>,
        stop: &CancellationToken,
    ) -> anyhow::Result<(Vec<OutboxMessage>, Vec<PublishResult>)> {
        let now = self.clock.now();
        let mut ready = Vec::with_capacity(due.len());
        let mut results = Vec::new();
        let mut blocked = HashSet::new();
        for mut message in due {
            let outgoing = &mut message.outgoing;
            let case_number = outgoing.case_number.clone();
            if case_number.is_some() && blocked.contains(&case_number) {
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
                        if stop.is_cancelled() {
                            return Ok((Vec::new(), Vec::new()));
                        }
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
                        CodecFailure::Input => PublishOutcome::Refused { reason, is_answered: false },
                    };
                    let next_attempt_at = self.next_attempt(&outcome, message.attempts, now)?;
                    results.push(PublishResult { id: outgoing.id.clone(), outcome, next_attempt_at });
                    blocked.insert(case_number);
                }
            }
        }
        Ok((ready, results))
    }

    async fn publish(&self, due: Vec<OutboxMessage>) -> anyhow::Result<(Attempts, Vec<PublishResult>)> {
        let now = self.clock.now();
        let attempts_before: Vec<u32> = due.iter().map(|message| message.attempts).collect();
        let batch: Vec<Outgoing> = due.into_iter().map(|message| message.outgoing).collect();
        let mut attempts = Attempts::default();
        if batch.is_empty() {
            return Ok((attempts, Vec::new()));
        }
        let outcomes = match self.transport.publish(&batch, now).await {
            Ok(outcomes) => outcomes,
            Err(error) if error.disposition() == Disposition::Stop => return Err(error.into()),
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "transport call failed and is repeated");
                tokio::time::sleep(TRANSPORT_PAUSE).await;
                attempts.failed = true;
                return Ok((attempts, Vec::new()));
            }
        };
        // A call can take minutes, and the wait for another try begins with its end.
        let now = self.clock.now();
        let mut results = Vec::with_capacity(outcomes.len());
        for ((message, before), outcome) in batch.into_iter().zip(attempts_before).zip(outcomes) {
            if outcome == PublishOutcome::Held {
                continue;
            }
            attempts.made += 1;
            let next_attempt_at = self.next_attempt(&outcome, before, now)?;
            self.links.count_published(&message.agency, &outcome);
            match outcome {
                PublishOutcome::Retry { .. } => attempts.failed = true,
                PublishOutcome::Confirmed | PublishOutcome::Refused { .. } => attempts.answered = true,
                PublishOutcome::Held => {}
            }
            if outcome != PublishOutcome::Confirmed && next_attempt_at.is_none() {
                let (agency, id) = (message.agency.as_str(), message.id.as_str());
                warn!({ fields::AGENCY } = agency, { fields::OUTGOING_ID } = id, "outgoing message was given up");
            }
            results.push(PublishResult { id: message.id, outcome, next_attempt_at });
        }
        Ok((attempts, results))
    }

    fn next_attempt(&self, outcome: &PublishOutcome, attempts: u32, now: UtcTime) -> anyhow::Result<Option<UtcTime>> {
        Ok(match outcome {
            PublishOutcome::Retry { .. } => {
                self.backoff.next_attempt(attempts.saturating_add(1), now, getrandom::u64()?)
            }
            PublishOutcome::Confirmed | PublishOutcome::Refused { .. } | PublishOutcome::Held => None,
        })
    }
}
