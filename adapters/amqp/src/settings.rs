//! How the broker is reached and what a link may do there. Nothing here reads configuration files.

use std::fmt;
use std::time::Duration;

use xiezhi_model::AgencyId;

/// How the broker is reached, and the limits of every wait. Its `Debug` shows neither password nor key.
#[derive(Clone)]
pub struct AmqpSettings {
    /// Host and port of each node; one after the other is tried.
    pub addresses: Vec<(String, u16)>,
    /// Encryption; `None` only towards this machine's loopback.
    pub tls: Option<AmqpTls>,
    /// Virtual host.
    pub vhost: String,
    /// The user, which the broker checks messages' `user-id` against.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Whether exchanges and queues are declared after connecting.
    pub declare: bool,
    /// Heartbeat, in seconds.
    pub heartbeat_s: u16,
    /// Longest time to connect to one address.
    pub connect_timeout: Duration,
    /// Longest time for one operation.
    pub operation_timeout: Duration,
    /// Longest wait for the confirms of one window.
    pub confirm_timeout: Duration,
    /// Most messages of one agency published and not yet confirmed.
    pub confirms_max: usize,
    /// Most messages of one agency delivered and not yet acknowledged.
    pub prefetch: u16,
    /// First wait before connecting again.
    pub reconnect_min: Duration,
    /// Longest such wait.
    pub reconnect_max: Duration,
}

/// What an encrypted connection is made with; PEM texts.
#[derive(Clone)]
pub struct AmqpTls {
    /// The authorities that the broker's certificate may come from.
    pub authorities: String,
    /// The own certificate chain and its PKCS#8 key.
    pub identity: Option<(String, String)>,
}

impl fmt::Debug for AmqpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmqpSettings")
            .field("addresses", &self.addresses)
            .field("tls", &self.tls.is_some())
            .field("vhost", &self.vhost)
            .field("user", &self.user)
            .field("declare", &self.declare)
            .finish_non_exhaustive()
    }
}

/// What of an agency's link concerns the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmqpLink {
    /// The agency.
    pub agency: AgencyId,
    /// Its user at the broker.
    pub user: String,
    /// Largest message, in bytes.
    pub message_bytes_max: usize,
}

/// Limits of the queues: part of the topology, so equal for whoever declares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Most messages in one queue.
    pub messages_max: u32,
    /// Most bytes in one queue.
    pub bytes_max: u64,
    /// Deliveries without an acknowledgement before a message is a dead letter.
    pub delivery_limit: u32,
}
