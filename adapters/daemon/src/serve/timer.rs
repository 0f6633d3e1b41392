//! The timer: reminders for late assignments, and the end of waiting for parts that did not come.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xiezhi_engine::Engine;
use xiezhi_model::fields;
use xiezhi_ports::{Clock, DueAssignment, Settled, Store, StoreError};

use super::link::Links;
use super::worker::pause_or_stop;

/// Most assignments or parts looked at in one round; the next round takes the rest.
const ROUND_MAX: usize = 200;

/// What the timer needs.
pub(crate) struct Timer {
    /// Assignments, parts and T2.
    pub(crate) store: Arc<dyn Store>,
    /// The agencies' plugins and metrics.
    pub(crate) links: Arc<Links>,
    /// Decides.
    pub(crate) engine: Arc<Engine>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Signalled when a message is to be published.
    pub(crate) outbox_wake: Arc<Notify>,
    /// How often it looks.
    pub(crate) every: Duration,
}

impl Timer {
    /// Looks until `stop`, or until the store cannot be trusted any more.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = stop.cancelled() => return Ok(()),
            }
            if let Err(error) = self.round().await {
                pause_or_stop(&error, "deadlines could not be looked at").await?;
            }
        }
    }

    async fn round(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for seq in self.store.parts_expire(now, ROUND_MAX).await? {
            warn!({ fields::INBOX_SEQ } = seq.0, "parts did not arrive in time");
        }
        for due in self.store.assignments_due(now, ROUND_MAX).await? {
            self.remind(&due).await?;
        }
        Ok(())
    }

    async fn remind(&self, due: &DueAssignment) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(case) = self.store.case_load(&due.case_number).await? else { return Ok(()) };
        let Some(decision) = self.engine.remind(&case, &due.assignment, now) else { return Ok(()) };
        let encoded = self.links.encode(&decision, now);
        let settlement = self.engine.finish(decision, encoded, now);
        let outcome = self.store.settle(&[settlement]).await?;
        let late = case.assignments.iter().find(|assignment| assignment.id == due.assignment);
        let late = late.filter(|late| late.status.is_open() && late.deadline.at <= now);
        if let (Some(late), [Settled::Applied]) = (late, outcome.as_slice()) {
            self.links.count_deadline_passed(&late.agency);
            info!(
                { fields::AGENCY } = late.agency.as_str(),
                { fields::CASE_NUMBER } = %due.case_number,
                assignment = %due.assignment,
                "late assignment was followed up"
            );
        }
        self.outbox_wake.notify_one();
        Ok(())
    }
}
