//! A gateway whose agencies are reached over a broker: its configuration, and the users that it and they have there.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::json;

use crate::broker::BrokerAdmin;
use crate::gateway::{GatewayOptions, agencies, token};

/// The gateway's user at a broker for tests.
pub const GATEWAY_USER: &str = "xiezhi";
/// Its password: for brokers on loopback that live for minutes.
pub const GATEWAY_PASSWORD: &str = "demo-password-of-the-gateway-not-for-production";
/// The variable that the configuration names for it.
const PASSWORD_VARIABLE: &str = "XIEZHI_BROKER_PASSWORD";

/// What the gateway needs to know of its broker.
#[derive(Debug, Clone)]
pub struct BrokerOptions {
    /// `host:port`, or several separated by commas.
    pub addresses: String,
    /// The virtual host.
    pub vhost: String,
}

impl BrokerOptions {
    /// Makes the users and their rights in the vhost, and the options to reach them.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn prepare(admin: &BrokerAdmin, vhost: &str) -> anyhow::Result<Self> {
        grant(admin, vhost)?;
        Ok(Self { addresses: admin.amqp_address().to_owned(), vhost: vhost.to_owned() })
    }
}

/// Makes the gateway's and every agency's user, with the rights that the pages ask for and the queues' limits.
///
/// # Errors
/// When the broker refuses.
pub fn grant(admin: &BrokerAdmin, vhost: &str) -> anyhow::Result<()> {
    let own = r"^xiezhi\.";
    admin.user(GATEWAY_USER, GATEWAY_PASSWORD)?;
    admin.permissions(vhost, GATEWAY_USER, own, own, own)?;
    for agency in agencies() {
        admin.user(&agency, &token(&agency))?;
        let (write, read) = (format!(r"^xiezhi\.inbox\.{agency}$"), format!(r"^xiezhi\.outbox\.{agency}$"));
        admin.permissions(vhost, &agency, "^$", &write, &read)?;
    }
    let definition = json!({ "delivery-limit": 20, "max-length": 100_000, "max-length-bytes": 1_u64 << 30 });
    let policy = json!({ "pattern": own, "definition": definition, "apply-to": "queues", "priority": 0 });
    admin.policy(vhost, "xiezhi-limits", &policy)
}

/// Turns a copy of the shipped configuration into one whose linked agencies are reached over the broker.
pub(crate) fn rewrite(config: &Path) -> anyhow::Result<()> {
    for agency in agencies() {
        let file = config.join("agencies").join(format!("{agency}.toml"));
        let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let changed = text.replace("transport = \"embedded\"", "transport = \"amqp\"");
        ensure!(changed != text, "{} has no embedded transport", file.display());
        fs::write(file, changed)?;
    }
    let file = config.join("xiezhi.toml");
    let text = fs::read_to_string(&file)?;
    Ok(fs::write(file, format!("{text}\n[amqp]\npassword = {{ env = \"{PASSWORD_VARIABLE}\" }}\n"))?)
}

/// The settings that say where the broker is.
pub(crate) fn apply(options: GatewayOptions, broker: &BrokerOptions) -> GatewayOptions {
    let mut options = options
        .with("XIEZHI__AMQP__ADDRESSES", &broker.addresses)
        .with("XIEZHI__AMQP__VHOST", &broker.vhost)
        .with("XIEZHI__AMQP__TLS", "off");
    options.environment.insert(PASSWORD_VARIABLE.to_owned(), GATEWAY_PASSWORD.to_owned());
    options
}
