//! The relay: has what is due for each agency published in a [`Lane`] of its own, as its gate admits.
//!
//! Lanes keep agencies apart: one whose link is slow, full or gone holds only its own messages. An agency has one lane at
//! a time, so its messages keep their order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use xiezhi_engine::retry::BreakerLimits;
use xiezhi_model::AgencyId;

use super::gate::{Attempts, Gate};
use super::lane::Lane;
use super::worker::pause_or_stop;

/// What the relay needs.
pub(crate) struct Relay {
    /// What publishes an agency's messages.
    pub(crate) lane: Lane,
    /// Signalled when a message is to be published.
    pub(crate) wake: Arc<Notify>,
    /// Most messages of one agency at once.
    pub(crate) batch_messages_max: usize,
    /// How often the outbox is looked at without a signal (retries come due).
    pub(crate) poll: Duration,
    /// When an agency counts as down.
    pub(crate) breaker: BreakerLimits,
    /// Messages a second, for agencies that have a limit.
    pub(crate) paces: BTreeMap<AgencyId, u32>,
}

/// The lanes under way and the gates before them.
struct Lanes {
    running: JoinSet<(AgencyId, anyhow::Result<Attempts>)>,
    gates: BTreeMap<AgencyId, LaneGate>,
}

struct LaneGate {
    gate: Gate,
    busy: bool,
}

impl Relay {
    /// Publishes until `stop`, or until store or transport cannot be trusted any more. Lanes under way end first; each wait
    /// in them has a limit.
    ///
    /// # Errors
    /// The port's, when its disposition is to stop.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut lanes = Lanes { running: JoinSet::new(), gates: BTreeMap::new() };
        while !stop.is_cancelled() {
            self.start(&mut lanes, &stop).await?;
            tokio::select! {
                Some(ended) = lanes.running.join_next() => self.end(&mut lanes, ended)?,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.poll) => {}
                () = stop.cancelled() => {}
            }
        }
        while let Some(ended) = lanes.running.join_next().await {
            self.end(&mut lanes, ended)?;
        }
        Ok(())
    }

    /// Starts a lane for every agency that has something due, has none under way, and whose gate admits it.
    async fn start(&self, lanes: &mut Lanes, stop: &CancellationToken) -> anyhow::Result<()> {
        let waiting = match self.lane.store.outbox_agencies(self.lane.clock.now()).await {
            Ok(waiting) => waiting,
            Err(error) => return pause_or_stop(&error, "outbox could not be read").await,
        };
        let rest_ms = i64::try_from(self.poll.as_millis()).unwrap_or(i64::MAX);
        for agency in waiting {
            let now = self.lane.clock.now();
            let entry = lanes.gates.entry(agency.clone()).or_insert_with(|| LaneGate {
                gate: Gate::new(self.breaker, self.paces.get(&agency).copied(), rest_ms, now),
                busy: false,
            });
            if entry.busy {
                continue;
            }
            let admitted = entry.gate.admits(self.batch_messages_max, now);
            self.lane.links.show_breaker(&agency, entry.gate.level());
            if admitted == 0 {
                continue;
            }
            entry.busy = true;
            let (lane, stop) = (self.lane.clone(), stop.clone());
            lanes.running.spawn(async move {
                let attempts = lane.run(&agency, admitted, &stop).await;
                (agency, attempts)
            });
        }
        Ok(())
    }

    /// Takes note of a lane that ended.
    fn end(
        &self,
        lanes: &mut Lanes,
        ended: Result<(AgencyId, anyhow::Result<Attempts>), tokio::task::JoinError>,
    ) -> anyhow::Result<()> {
        let (agency, attempts) = ended.context("a lane panicked")?;
        let attempts = attempts.with_context(|| format!("the lane of {agency}"))?;
        if let Some(entry) = lanes.gates.get_mut(&agency) {
            entry.busy = false;
            entry.gate.note(attempts, self.lane.clock.now());
            self.lane.links.show_breaker(&agency, entry.gate.level());
        }
        Ok(())
    }
}
