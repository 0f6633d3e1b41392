//! The broker's part of the settings: addresses, and what of them contradicts each other.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::shape::shown;

/// Most addresses of one broker.
const ADDRESSES_MAX: usize = 16;

/// One of the broker's nodes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BrokerAddress {
    /// Name or IP address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl BrokerAddress {
    /// Reads addresses separated by commas.
    ///
    /// # Errors
    /// What is wrong, for the list of problems.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let addresses: Vec<Self> = text.split(',').map(|part| Self::parse(part.trim())).collect::<Result<_, _>>()?;
        if addresses.len() > ADDRESSES_MAX {
            return Err(format!("has {} addresses; at most {ADDRESSES_MAX} are allowed", addresses.len()));
        }
        Ok(addresses)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{}\" is no address; must be host:port such as mq1.example:5671", shown(text));
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(valid) {
            return Err(wrong());
        }
        match port.parse() {
            Ok(port) if port > 0 => Ok(Self { host: host.to_owned(), port }),
            _ => Err(wrong()),
        }
    }

    /// Whether it is this machine's loopback.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

impl TryFrom<String> for BrokerAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// `amqp.*`; the password is in [`crate::Loaded`], because settings can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Amqp {
    /// The broker's nodes; empty without a broker.
    #[serde(default, deserialize_with = "addresses")]
    pub addresses: Vec<BrokerAddress>,
    /// Whether connections are encrypted.
    pub tls: Tls,
    /// The authorities that the broker's certificate may come from.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The gateway's own certificate.
    #[serde(default)]
    pub client_certificate_file: Option<PathBuf>,
    /// Its key.
    #[serde(default)]
    pub client_key_file: Option<PathBuf>,
    /// Virtual host.
    pub vhost: String,
    /// The gateway's user.
    pub user: String,
    /// Whether the gateway declares its exchanges and queues.
    pub declare: Declare,
    /// Heartbeat, in seconds.
    pub heartbeat_s: u16,
    /// Longest time to connect to one address, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest time for one operation, in milliseconds.
    pub operation_timeout_ms: u64,
    /// Longest wait for confirms, in milliseconds.
    pub confirm_timeout_ms: u64,
    /// Most messages of one agency published and not yet confirmed.
    pub confirms_max: usize,
    /// Most messages of one agency taken and not yet in the store.
    pub prefetch: u16,
    /// First wait before connecting again, in milliseconds.
    pub reconnect_min_ms: u64,
    /// Longest such wait, in milliseconds.
    pub reconnect_max_ms: u64,
    /// Messages waiting in the inbox above which no more are taken.
    pub inbox_pending_max: u64,
    /// Most messages in one queue at the broker.
    pub queue_messages_max: u32,
    /// Most bytes in one queue at the broker.
    pub queue_bytes_max: u64,
    /// Deliveries without an acknowledgement before a message is a dead letter.
    pub delivery_limit: u32,
}

/// `amqp.tls`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Encrypted, the broker's certificate checked.
    Required,
    /// Plain; on loopback only.
    Off,
}

/// `amqp.declare`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declare {
    /// Whenever the gateway connects.
    Always,
    /// The administrator does.
    Never,
}

impl Amqp {
    /// What contradicts each other: key and text.
    pub(crate) fn contradictions(&self, has_password: bool) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if self.reconnect_max_ms < self.reconnect_min_ms {
            let text = format!("is {}; must not be below amqp.reconnect_min_ms", self.reconnect_max_ms);
            found.push(("amqp.reconnect_max_ms", text));
        }
        if self.client_certificate_file.is_some() != self.client_key_file.is_some() {
            let text = "amqp.client_certificate_file and amqp.client_key_file are needed together".to_owned();
            found.push(("amqp.client_certificate_file", text));
        }
        if self.addresses.is_empty() {
            return found;
        }
        if !has_password {
            let text =
                "missing; a broker needs the password of amqp.user: { file = \"…\" } or { env = \"…\" }".to_owned();
            found.push(("amqp.password", text));
        }
        match self.tls {
            Tls::Required if self.ca_file.is_none() => {
                let text = "missing; amqp.tls = \"required\" needs the authorities to trust".to_owned();
                found.push(("amqp.ca_file", text));
            }
            Tls::Off => {
                let far = self.addresses.iter().filter(|address| !address.is_loopback());
                found.extend(far.map(|address| {
                    ("amqp.tls", format!("is \"off\", but {address} is not this machine; use \"required\""))
                }));
            }
            Tls::Required => {}
        }
        found
    }
}

fn addresses<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<BrokerAddress>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BrokerAddress::parse_list(&text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown() {
        let read = |text: &str| {
            BrokerAddress::parse_list(text)
                .map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        };
        assert_eq!(
            read("mq1.example:5671, 127.0.0.1:5672,[::1]:5672").unwrap(),
            "mq1.example:5671,127.0.0.1:5672,[::1]:5672"
        );
        for wrong in ["", "host", "host:", ":5672", "host:0", "host:70000", "ho st:1", "a:1,,b:2"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&vec!["a:1"; 17].join(",")).unwrap_err().contains("at most 16"));
    }

    #[test]
    fn only_loopback_may_be_plain() {
        let loopback = |text: &str| BrokerAddress::parse(text).unwrap().is_loopback();
        assert!(loopback("127.0.0.1:1") && loopback("[::1]:1") && loopback("localhost:1"));
        assert!(!loopback("10.0.0.1:1") && !loopback("mq.example:1"));
    }
}
