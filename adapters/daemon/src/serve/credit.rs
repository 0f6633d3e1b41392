//! The credit systems' part of the running gateway: how each is published to, how its link stands, and the daily reconciliation.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xiezhi_credit::{CreditTransport, Health, Reader, TransportPorts};
use xiezhi_http::{Check, CheckState};
use xiezhi_model::{AgencyId, CivilDate, UtcTime};
use xiezhi_ports::{Clock, Inbox, Store, Transport};

use super::link::Links;
use crate::compose::credit::Credit;
use crate::reconcile::{ReconcileError, reconcile};

/// How long after a reconciliation that failed it is tried again.
const RETRY: Duration = Duration::from_secs(600);
/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// Beijing is eight hours ahead of UTC.
const BEIJING_HOURS: i64 = 8;

/// One credit system.
#[derive(Clone)]
pub(super) struct CreditSide {
    pub(super) credit: Credit,
    pub(super) transport: Arc<CreditTransport>,
}

/// Both sides of every credit system; none is connected yet.
///
/// # Errors
/// When the store cannot be read, or a certificate, an address or a proxy cannot be used.
pub(super) async fn sides(
    credits: Vec<Credit>,
    store: &Arc<dyn Store>,
    links: &Arc<Links>,
    clock: &Arc<dyn Clock>,
    inbox_wake: &Arc<Notify>,
) -> anyhow::Result<Vec<CreditSide>> {
    let mut sides = Vec::with_capacity(credits.len());
    for credit in credits {
        let wake = Arc::clone(inbox_wake);
        let ports = TransportPorts {
            inbox: Arc::clone(store) as Arc<dyn Inbox>,
            reader: Arc::clone(links) as Arc<dyn Reader>,
            clock: Arc::clone(clock),
            wake: Arc::new(move || wake.notify_one()),
        };
        let newest = store.outbox_newest(&credit.settings.agency).await?;
        let transport = Arc::new(CreditTransport::new(Arc::clone(&credit.settings), ports, newest)?);
        sides.push(CreditSide { credit, transport });
    }
    Ok(sides)
}

impl CreditSide {
    pub(super) fn agency(&self) -> AgencyId {
        self.credit.settings.agency.clone()
    }

    pub(super) fn transport(&self) -> Arc<dyn Transport> {
        Arc::<CreditTransport>::clone(&self.transport)
    }

    /// For `/readyz`. A credit system that is away makes nothing unready: what is to be published waits.
    pub(super) fn check(&self) -> Check {
        let state = match self.transport.health() {
            Health::Up => CheckState::Ok,
            Health::Closed => CheckState::Degraded("closed at this time; entries wait".to_owned()),
            Health::Down => CheckState::Degraded("gives no usable answer; entries wait, see the log".to_owned()),
        };
        Check { name: format!("credit-{}", self.credit.settings.agency), state }
    }

    /// Reconciles once a day, from the configured hour on, until `stop`. What fails is tried again later the same day.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop.
    pub(super) async fn run(
        self,
        store: Arc<dyn Store>,
        links: Arc<Links>,
        clock: Arc<dyn Clock>,
        every: Duration,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut done: Option<CivilDate> = None;
        loop {
            let now = clock.now();
            let mut wait = every;
            if done != Some(now.beijing_date())
                && hour(now) >= self.credit.reconcile_hour
                && self.transport.health() != Health::Closed
            {
                // Reading the list can take many minutes, and may be given up at any moment: it changes nothing.
                let reconciled = tokio::select! {
                    found = reconcile(&self.credit, &store, &*links, &*clock, "gateway") => found,
                    () = stop.cancelled() => return Ok(()),
                };
                match reconciled {
                    Ok(found) => {
                        done = Some(now.beijing_date());
                        let (differences, alike) = (found.differences.len(), found.alike);
                        info!(differences, alike, "the credit system's list was reconciled");
                    }
                    Err(ReconcileError::Store(error)) => {
                        super::worker::pause_or_stop(&error, "a reconciliation could not be kept").await?;
                        wait = RETRY;
                    }
                    Err(error) => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            "the credit system's list could not be reconciled"
                        );
                        wait = RETRY;
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }
}

/// The hour of the day in Beijing.
fn hour(now: UtcTime) -> u8 {
    let hours = now.unix_ms().div_euclid(HOUR_MS) + BEIJING_HOURS;
    u8::try_from(hours.rem_euclid(24)).unwrap_or_default()
}
