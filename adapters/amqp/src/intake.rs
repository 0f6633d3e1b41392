//! Taking messages in: each agency's inbox has a consumer and a channel of its own on one connection, so that one agency's
//! flood starves no other. Durable before acknowledged: a delivery is acknowledged after T1 has committed it.
//!
//! Nothing of a body is parsed here. What is refused goes to the agency's dead letters and into the audit chain.

mod consumer;
mod refusal;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xiezhi_ports::{Clock, Inbox, Settle, StoreError};

use crate::connection::{Connector, reconnect_wait};
use crate::error::AmqpError;
use crate::health::Health;
use crate::settings::{AmqpLink, AmqpSettings};
use crate::{metric, topology};

/// What the intake needs beside the broker.
#[derive(Clone)]
pub struct IntakePorts {
    /// T1.
    pub inbox: Arc<dyn Inbox>,
    /// Where refusals are recorded.
    pub settle: Arc<dyn Settle>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Called when something new is in the inbox.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// `true` while the inbox is so long that nothing more is taken.
    pub paused: watch::Receiver<bool>,
}

/// Takes the agencies' messages from the broker into the inbox.
pub struct AmqpIntake {
    connector: Arc<Connector>,
    links: Vec<AmqpLink>,
    ports: IntakePorts,
    health: AtomicU8,
    live: Arc<AtomicUsize>,
}

impl AmqpIntake {
    /// An intake for these links.
    #[must_use]
    pub fn new(settings: Arc<AmqpSettings>, links: Vec<AmqpLink>, ports: IntakePorts) -> Self {
        metric::describe();
        let connector = Arc::new(Connector::new(settings, "xiezhi intake"));
        Self { connector, links, ports, health: AtomicU8::new(Health::Down.into()), live: Arc::default() }
    }

    /// How the connection stands.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.load(Ordering::Relaxed).into()
    }

    /// How many inboxes are not being read, while the connection is up: some may be missing, or refused to this user.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.links.len().saturating_sub(self.live.load(Ordering::Relaxed))
    }

    /// Takes messages until `stop`; then what is being committed is finished and acknowledged, and the rest stays at the
    /// broker. A connection that fails is made anew, for ever.
    ///
    /// # Errors
    /// The store's, when it cannot go on safely.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), StoreError> {
        let mut failures = 0_u32;
        while !stop.is_cancelled() {
            let begin = Instant::now();
            let ended = self.one_epoch(&stop).await;
            if begin.elapsed() > self.connector.settings().reconnect_max {
                failures = 0;
            }
            match ended {
                Ok(()) => {}
                Err(EpochError::Store(error)) => return Err(error),
                Err(EpochError::Broker(error)) => {
                    warn!(error = &error as &dyn std::error::Error, "nothing can be taken from the broker");
                }
            }
            self.health.store(Health::Down.into(), Ordering::Relaxed);
            if stop.is_cancelled() {
                break;
            }
            failures = failures.saturating_add(1);
            tokio::select! {
                () = tokio::time::sleep(reconnect_wait(self.connector.settings(), failures)) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(())
    }

    /// Connects, runs every agency's consumer, and ends with the connection.
    async fn one_epoch(&self, stop: &CancellationToken) -> Result<(), EpochError> {
        let settings = self.connector.settings();
        let connection = tokio::select! {
            connected = self.connector.connect() => Arc::new(connected?),
            () = stop.cancelled() => return Ok(()),
        };
        if settings.declare {
            let channel = connection.channel().await?;
            topology::declare_shared(&channel, settings.operation_timeout).await?;
        }
        self.health.store(Health::Up.into(), Ordering::Relaxed);
        metric::connected("intake");
        // Ends the consumers of this epoch, and only these.
        let end = stop.child_token();
        let mut consumers = JoinSet::new();
        for link in &self.links {
            let consumer = consumer::Consumer {
                connection: Arc::clone(&connection),
                connector: Arc::clone(&self.connector),
                link: link.clone(),
                ports: self.ports.clone(),
                live: Arc::clone(&self.live),
            };
            let end = end.clone();
            consumers.spawn(async move { consumer.run(end).await });
        }
        let mut failure = None;
        loop {
            tokio::select! {
                () = connection.broken(), if !end.is_cancelled() => {
                    self.health.store(Health::Down.into(), Ordering::Relaxed);
                    end.cancel();
                }
                ended = consumers.join_next() => match ended {
                    None => break,
                    Some(Ok(Ok(()))) => {}
                    Some(Ok(Err(error))) => {
                        failure.get_or_insert(error);
                        end.cancel();
                    }
                    Some(Err(panicked)) => {
                        failure.get_or_insert(StoreError::Failed(format!("a consumer panicked: {panicked}")));
                        end.cancel();
                    }
                },
            }
        }
        connection.close().await;
        failure.map_or(Ok(()), |error| Err(EpochError::Store(error)))
    }
}

enum EpochError {
    Store(StoreError),
    Broker(AmqpError),
}

impl From<AmqpError> for EpochError {
    fn from(error: AmqpError) -> Self {
        Self::Broker(error)
    }
}
