//! The study (指标研判): once a day, and at the start, counts the entities' files and raises the indicators that are reached.
//!
//! Studying again changes nothing, so it needs no memory of its own: a case that is open is not opened again, and each step is
//! proposed once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::info;
use xiezhi_engine::{Engine, Judged, Tallies};
use xiezhi_model::ledger::{EntityFile, host_unit_key};
use xiezhi_model::policy::IndicatorSubject;
use xiezhi_model::record::Party;
use xiezhi_model::{CivilDate, UtcTime};
use xiezhi_ports::{Clock, EntityFilter, Settled, Store, StoreError};

use super::link::Links;
use super::worker::pause_or_stop;

/// Host units or entities in one page of keys.
const PAGE: usize = 500;
/// Records, cases and acts of a file that are counted, each: the newest ones.
const FILE_MAX: usize = 1_000;
/// An entity about which nothing came for so long is not looked at, in days: longer than any indicator of entities looks back.
const QUIET_DAYS: i64 = 400;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What the study needs.
pub(crate) struct Study {
    /// Files and T2.
    pub(crate) store: Arc<dyn Store>,
    /// The agencies' plugins.
    pub(crate) links: Arc<Links>,
    /// Decides.
    pub(crate) engine: Arc<Engine>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Signalled when a message is to be published.
    pub(crate) outbox_wake: Arc<Notify>,
    /// How often it looks whether a day has begun.
    pub(crate) every: Duration,
}

impl Study {
    /// Studies each day until `stop`, or until the store cannot be trusted any more.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut studied: Option<CivilDate> = None;
        loop {
            let now = self.clock.now();
            if studied != Some(now.beijing_date()) {
                match self.all(now, &stop).await {
                    Ok(raised) => {
                        studied = Some(now.beijing_date());
                        info!(raised, "the indicators were studied");
                    }
                    Err(error) => pause_or_stop(&error, "the indicators could not be studied").await?,
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Studies everybody; returns how many decisions were applied.
    async fn all(&self, now: UtcTime, stop: &CancellationToken) -> Result<usize, StoreError> {
        let mut raised = 0;
        if self.engine.has_indicators(IndicatorSubject::HostUnit, now.beijing_date()) {
            raised += self.host_units(now, stop).await?;
        }
        if self.engine.has_indicators(IndicatorSubject::Entity, now.beijing_date()) {
            raised += self.entities(now, stop).await?;
        }
        Ok(raised)
    }

    async fn host_units(&self, now: UtcTime, stop: &CancellationToken) -> Result<usize, StoreError> {
        let mut raised = 0;
        let mut after: Option<String> = None;
        loop {
            let units = self.store.host_units(after.as_deref(), PAGE).await?;
            for unit in &units {
                if stop.is_cancelled() {
                    return Ok(raised);
                }
                let tallies = self.tenants(unit, now).await?;
                let own = self.store.entity_file(&host_unit_key(unit), FILE_MAX).await?;
                let party = Party { name: Some(unit.clone()), ..own.party().unwrap_or_default() };
                let judged = Judged { kind: IndicatorSubject::HostUnit, party: &party, own: &own };
                raised += self.judge(judged, &tallies, now).await?;
            }
            match units.last() {
                Some(last) if units.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(raised),
            }
        }
    }

    /// Counts the files that stand under a host unit.
    async fn tenants(&self, unit: &str, now: UtcTime) -> Result<Tallies, StoreError> {
        let mut tallies = Tallies::default();
        let mut filter = EntityFilter { host_unit: Some(unit.to_owned()), limit: PAGE, ..EntityFilter::default() };
        loop {
            let keys = self.store.entities(&filter).await?;
            for key in &keys {
                let file = self.store.entity_file(key, FILE_MAX).await?;
                if file.is_of_host_unit(unit) {
                    self.engine.count(IndicatorSubject::HostUnit, &file, &mut tallies, now);
                }
            }
            match keys.last() {
                Some(last) if keys.len() == PAGE => filter.after = Some(last.clone()),
                _ => return Ok(tallies),
            }
        }
    }

    async fn entities(&self, now: UtcTime, stop: &CancellationToken) -> Result<usize, StoreError> {
        let mut raised = 0;
        let since = now.plus_ms(-QUIET_DAYS * DAY_MS);
        let mut filter = EntityFilter { since: Some(since), limit: PAGE, ..EntityFilter::default() };
        loop {
            let keys = self.store.entities(&filter).await?;
            for key in &keys {
                if stop.is_cancelled() {
                    return Ok(raised);
                }
                let file = self.store.entity_file(key, FILE_MAX).await?;
                raised += self.entity(&file, now).await?;
            }
            match keys.last() {
                Some(last) if keys.len() == PAGE => filter.after = Some(last.clone()),
                _ => return Ok(raised),
            }
        }
    }

    async fn entity(&self, file: &EntityFile, now: UtcTime) -> Result<usize, StoreError> {
        let mut tallies = Tallies::default();
        self.engine.count(IndicatorSubject::Entity, file, &mut tallies, now);
        let party = file.party().unwrap_or_default();
        self.judge(Judged { kind: IndicatorSubject::Entity, party: &party, own: file }, &tallies, now).await
    }

    /// Applies what follows, each decision by itself: one that somebody was faster with comes again the next day.
    async fn judge(&self, judged: Judged<'_>, tallies: &Tallies, now: UtcTime) -> Result<usize, StoreError> {
        let mut raised = 0;
        for decision in self.engine.judge(judged, tallies, now) {
            let encoded = self.links.encode(&decision, now);
            let settlement = self.engine.finish(decision, encoded, now);
            let settled = self.store.settle(&[settlement]).await?;
            raised += settled.iter().filter(|outcome| **outcome == Settled::Applied).count();
            self.outbox_wake.notify_one();
        }
        Ok(raised)
    }
}
