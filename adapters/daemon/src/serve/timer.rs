//! The timer: reminders for late assignments, answers that acts are owed, joint punishments that end, and the end of waiting for
//! parts that did not come.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xiezhi_engine::Engine;
use xiezhi_model::act::LegalAct;
use xiezhi_model::fields;
use xiezhi_ports::{Clock, DueAssignment, Settled, Store, StoreError};

use super::link::Links;
use super::worker::pause_or_stop;

/// Most assignments, acts or parts looked at in one round; the next round takes the rest.
const ROUND_MAX: usize = 200;
/// Acts about one entity that are loaded.
const ACTS_MAX: usize = 1_000;
/// Most sources of a case that a proposed act rests on.
const EVIDENCE_MAX: usize = 200;

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
        for act in self.store.acts_due(now, ROUND_MAX).await? {
            self.look_at(&act).await?;
        }
        Ok(())
    }

    async fn look_at(&self, act: &LegalAct) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(case) = self.store.case_load(&act.case_number).await? else { return Ok(()) };
        let others = self.store.acts_of_entity(&act.entity, ACTS_MAX).await?;
        let sources = self.store.case_sources(&act.case_number, EVIDENCE_MAX).await?;
        let Some(decision) = self.engine.act_due(act, &others, &case, &sources, now) else { return Ok(()) };
        let settlement = self.engine.finish(decision, Vec::new(), now);
        if let [Settled::Applied] = self.store.settle(&[settlement]).await?.as_slice() {
            info!({ fields::CASE_NUMBER } = %act.case_number, act = %act.id, "an act was looked at again");
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
