//! From the configuration to the broker's settings and links.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use xiezhi_amqp::{AmqpLink, AmqpSettings, AmqpTls, QueueLimits, Topology};
use xiezhi_config::broker::{Amqp, Declare, Tls};
use xiezhi_config::{Loaded, TransportKind};

/// What of the configuration concerns the broker.
pub(crate) struct Broker {
    pub(crate) settings: Arc<AmqpSettings>,
    pub(crate) links: Vec<AmqpLink>,
    pub(crate) limits: QueueLimits,
    /// Messages waiting in the inbox above which no more are taken.
    pub(crate) inbox_pending_max: u64,
}

impl Broker {
    /// The broker of a configuration; `None` where no agency is reached through one.
    ///
    /// # Errors
    /// When a certificate file cannot be read.
    pub(crate) fn of(loaded: &Loaded) -> anyhow::Result<Option<Self>> {
        let links: Vec<AmqpLink> = loaded
            .agencies
            .iter()
            .filter(|agency| agency.transport == TransportKind::Amqp)
            .map(|agency| AmqpLink {
                agency: agency.id.clone(),
                user: agency.broker_user.clone(),
                message_bytes_max: agency.message_bytes_max,
            })
            .collect();
        if links.is_empty() {
            return Ok(None);
        }
        let amqp = &loaded.settings.amqp;
        let Some(password) = &loaded.broker_password else { bail!("amqp.password is missing") };
        let settings = AmqpSettings {
            addresses: amqp.addresses.iter().map(|address| (address.host.clone(), address.port)).collect(),
            tls: tls(amqp)?,
            vhost: amqp.vhost.clone(),
            user: amqp.user.clone(),
            password: password.expose().to_owned(),
            declare: amqp.declare == Declare::Always,
            heartbeat_s: amqp.heartbeat_s,
            connect_timeout: Duration::from_millis(amqp.connect_timeout_ms),
            operation_timeout: Duration::from_millis(amqp.operation_timeout_ms),
            confirm_timeout: Duration::from_millis(amqp.confirm_timeout_ms),
            confirms_max: amqp.confirms_max,
            prefetch: amqp.prefetch,
            reconnect_min: Duration::from_millis(amqp.reconnect_min_ms),
            reconnect_max: Duration::from_millis(amqp.reconnect_max_ms),
        };
        let limits = QueueLimits {
            messages_max: amqp.queue_messages_max,
            bytes_max: amqp.queue_bytes_max,
            delivery_limit: amqp.delivery_limit,
        };
        Ok(Some(Self { settings: Arc::new(settings), links, limits, inbox_pending_max: amqp.inbox_pending_max }))
    }

    /// What must be there at the broker.
    pub(crate) fn topology(&self) -> Topology {
        Topology::of(&self.settings.vhost, &self.settings.user, &self.links, self.limits)
    }
}

fn tls(amqp: &Amqp) -> anyhow::Result<Option<AmqpTls>> {
    if amqp.tls == Tls::Off {
        return Ok(None);
    }
    let read = |file: &Path| fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()));
    let authorities = read(amqp.ca_file.as_deref().context("amqp.ca_file is missing")?)?;
    let identity = match (&amqp.client_certificate_file, &amqp.client_key_file) {
        (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
        _ => None,
    };
    Ok(Some(AmqpTls { authorities, identity }))
}
