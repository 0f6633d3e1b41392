//! Connections: to whichever address answers, each step with a time limit, and what the broker says of them later.
//!
//! A connection is never recovered: who has a doubt drops it and everything that came from it, and makes a new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, ConnectionProperties, Event};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

use crate::error::{AmqpError, within};
use crate::health::Health;
use crate::settings::AmqpSettings;

/// Does not compile when TLS is not compiled in: lapin would speak amqps in clear text.
const _: () = assert!(size_of::<tcp_stream::RustlsConnector>() > 0, "no TLS");

/// Longest wait for an orderly close: what is left open, the broker closes itself.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Makes connections for one purpose.
#[derive(Debug)]
pub(crate) struct Connector {
    settings: Arc<AmqpSettings>,
    /// What the broker's administrator sees as the connection's name.
    purpose: String,
    /// The address that answered last.
    address: AtomicUsize,
}

impl Connector {
    pub(crate) fn new(settings: Arc<AmqpSettings>, purpose: impl Into<String>) -> Self {
        Self { settings, purpose: purpose.into(), address: AtomicUsize::new(0) }
    }

    pub(crate) fn settings(&self) -> &AmqpSettings {
        &self.settings
    }

    /// Connects to the first address that answers, beginning with the one that did last.
    ///
    /// # Errors
    /// [`AmqpError::Unreachable`] with what each address said.
    pub(crate) async fn connect(&self) -> Result<Connection, AmqpError> {
        let addresses = &self.settings.addresses;
        let first = self.address.load(Ordering::Relaxed);
        let mut said = Vec::new();
        for step in 0..addresses.len() {
            let index = first.wrapping_add(step) % addresses.len();
            let Some((host, port)) = addresses.get(index) else { break };
            match self.connect_to(host, *port).await {
                Ok(connection) => {
                    self.address.store(index, Ordering::Relaxed);
                    info!(host, port, purpose = self.purpose, "connected to the broker");
                    return Ok(connection);
                }
                Err(error) => said.push(format!("{host}:{port}: {error}")),
            }
        }
        Err(AmqpError::Unreachable(said.join("; ")))
    }

    async fn connect_to(&self, host: &str, port: u16) -> Result<Connection, AmqpError> {
        let settings = &self.settings;
        let limit = settings.connect_timeout;
        let uri = AMQPUri {
            scheme: if settings.tls.is_some() { AMQPScheme::AMQPS } else { AMQPScheme::AMQP },
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo { username: settings.user.clone(), password: settings.password.clone() },
                host: host.to_owned(),
                port,
            },
            vhost: settings.vhost.clone(),
            query: AMQPQueryString {
                heartbeat: Some(settings.heartbeat_s),
                connection_timeout: Some(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
                ..AMQPQueryString::default()
            },
        };
        let tls = settings.tls.as_ref().map_or_else(OwnedTLSConfig::default, |tls| OwnedTLSConfig {
            identity: tls.identity.as_ref().map(|(certificate, key)| OwnedIdentity::PKCS8 {
                pem: certificate.clone().into_bytes(),
                key: key.clone().into_bytes(),
            }),
            cert_chain: Some(tls.authorities.clone()),
        });
        let runtime =
            lapin::runtime::default_runtime().map_err(|cause| AmqpError::Broker { what: "runtime", cause })?;
        let properties = ConnectionProperties::default().with_connection_name(self.purpose.clone().into());
        let connecting = lapin::Connection::connect_uri_with_config(uri, properties, tls, runtime);
        let connection = within("connecting", limit, connecting).await?;
        Ok(Connection::watched(connection, settings.operation_timeout))
    }
}

/// A connection and what became of it.
#[derive(Debug)]
pub(crate) struct Connection {
    connection: lapin::Connection,
    operation_timeout: Duration,
    broken: CancellationToken,
    blocked: watch::Receiver<Option<String>>,
    /// Ends the watch with the connection.
    _watch: DropGuard,
}

impl Connection {
    fn watched(connection: lapin::Connection, operation_timeout: Duration) -> Self {
        let broken = CancellationToken::new();
        let (block, blocked) = watch::channel(None);
        let stop = CancellationToken::new();
        let mut events = Box::pin(connection.events_listener());
        let watch = {
            let (broken, stop) = (broken.clone(), stop.clone());
            async move {
                loop {
                    let event = tokio::select! {
                        event = events.next() => event,
                        () = stop.cancelled() => return,
                    };
                    match event {
                        Some(Event::ConnectionBlocked(reason)) => {
                            warn!(reason, "the broker takes no messages");
                            block.send_replace(Some(reason));
                        }
                        Some(Event::ConnectionUnblocked) => {
                            info!("the broker takes messages again");
                            block.send_replace(None);
                        }
                        // It ended one channel: whoever uses that one is told by its calls.
                        Some(Event::Error(error)) if error.is_amqp_soft_error() => {}
                        Some(Event::Error(error)) => {
                            warn!(error = &error as &dyn std::error::Error, "connection to the broker failed");
                            break;
                        }
                        Some(_) => {}
                        None => break,
                    }
                }
                broken.cancel();
            }
        };
        tokio::spawn(watch);
        Self { connection, operation_timeout, broken, blocked, _watch: stop.drop_guard() }
    }

    /// Whether it can still be used, as far as is known.
    pub(crate) fn is_usable(&self) -> bool {
        !self.broken.is_cancelled() && self.connection.status().connected()
    }

    /// How it stands, as far as is known.
    pub(crate) fn health(&self) -> Health {
        if !self.is_usable() {
            return Health::Down;
        }
        if self.blocked.borrow().is_some() { Health::Blocked } else { Health::Up }
    }

    /// Why the broker takes no messages for the moment.
    pub(crate) fn blocked(&self) -> Option<String> {
        self.blocked.borrow().clone()
    }

    /// Resolves with the reason when the broker takes no messages, at once where that is so.
    pub(crate) async fn until_blocked(&self) -> String {
        let mut blocked = self.blocked.clone();
        let reason = blocked.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        match reason {
            Some(reason) => reason,
            // The connection is gone, which its calls say.
            None => std::future::pending().await,
        }
    }

    /// Resolves when the connection is known to be gone.
    pub(crate) async fn broken(&self) {
        self.broken.cancelled().await;
    }

    /// After a call that was not answered: gives the connection up, unless another call is answered. A queue may be silent by
    /// itself (one without a majority), and costs its agency only.
    pub(crate) async fn question(&self) {
        if !self.is_usable() {
            return;
        }
        match self.channel().await {
            Ok(channel) => {
                let closing = channel.close(200, "there".into());
                if let Err(error) = within("closing a channel", self.operation_timeout, closing).await {
                    info!(error = &error as &dyn std::error::Error, "channel was not closed in order");
                }
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "connection to the broker is given up");
                self.broken.cancel();
            }
        }
    }

    pub(crate) async fn channel(&self) -> Result<Channel, AmqpError> {
        within("opening a channel", self.operation_timeout, self.connection.create_channel()).await
    }

    /// Closes in order, within a limit; whatever comes of it.
    pub(crate) async fn close(&self) {
        self.broken.cancel();
        let closing = self.connection.close(200, "bye".into());
        if let Err(error) = within("closing", CLOSE_LIMIT, closing).await {
            info!(error = &error as &dyn std::error::Error, "connection was not closed in order");
        }
    }
}

/// Full jitter under a doubling ceiling.
pub(crate) fn reconnect_wait(settings: &AmqpSettings, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    let ceiling = settings.reconnect_min.saturating_mul(1 << doublings).min(settings.reconnect_max);
    // Without randomness the wait is the whole ceiling: longer, never shorter.
    let random = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    ceiling.mul_f64(random.max(0.1))
}
