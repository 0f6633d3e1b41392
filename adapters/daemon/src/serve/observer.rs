//! The observer: looks at the store every second, for `/readyz` and the gauges, and has the broker's intake wait while the
//! inbox is long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use xiezhi_http::{Check, CheckState, Readiness};
use xiezhi_ports::{Clock, Disposition, Store};
use xiezhi_telemetry::metric::counts_record;

use super::Shared;
use super::broker::BrokerSides;
use super::credit::CreditSide;

/// How often the store is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps what was observed last.
pub(crate) struct Observer {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    simulated: bool,
    broker: Option<Arc<BrokerSides>>,
    credits: Vec<CreditSide>,
    state: Mutex<CheckState>,
}

impl Observer {
    /// An observer that has not looked yet: not ready.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        shared: &Shared,
        simulated: bool,
        broker: Option<Arc<BrokerSides>>,
    ) -> Self {
        let state = Mutex::new(CheckState::Failed("not looked at yet".to_owned()));
        let (clock, credits) = (Arc::clone(&shared.clock), shared.credits.clone());
        Self { store, clock, simulated, broker, credits, state }
    }

    /// What was observed last.
    pub(crate) fn readiness(&self) -> Readiness {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut checks = vec![Check { name: "store".to_owned(), state }];
        checks.extend(self.broker.iter().flat_map(|broker| broker.checks()));
        checks.extend(self.credits.iter().map(CreditSide::check));
        Readiness { checks, clock_note: self.simulated.then(|| format!("模拟时钟：{}", self.clock.now())) }
    }

    /// Observes until `stop`.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop; any other is what it reports.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            let state = match self.store.counts().await {
                Ok(counts) => {
                    counts_record(&counts);
                    self.broker.iter().for_each(|broker| broker.pace(counts.inbox_pending));
                    CheckState::Ok
                }
                Err(error) if error.disposition() == Disposition::Stop => {
                    return Err(error).context("the store could not be observed");
                }
                Err(_) => CheckState::Failed("the store cannot be read".to_owned()),
            };
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }
}
