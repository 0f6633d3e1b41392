//! Where a broker is and how to get in: what one process must tell another so that both use the same broker.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// Holds a [`BrokerAccess`] as JSON when a test run has a broker for all of its processes.
pub const SHARED_VARIABLE: &str = "XIEZHI_TEST_BROKER";

/// Addresses, the administrator's credentials and the certificate files of a broker for tests.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerAccess {
    /// `host:port` for AMQP 0-9-1 in clear text.
    pub amqp: String,
    /// `host:port` for AMQP 0-9-1 over TLS; the server's certificate names `localhost` and `127.0.0.1`.
    pub amqps: String,
    /// The management API, `http://host:port`.
    pub management: String,
    /// Name of the administrator.
    pub user: String,
    /// Password of the administrator, made for this broker.
    pub password: String,
    /// PEM file of the authority that signed both certificates.
    pub ca: PathBuf,
    /// PEM file of a client's certificate; its common name is [`BrokerAccess::CLIENT_NAME`].
    pub client_certificate: PathBuf,
    /// PEM file (PKCS 8) of the key of the client's certificate.
    pub client_key: PathBuf,
}

impl BrokerAccess {
    /// Common name in the client's certificate: the user of this name may log in with it (mechanism EXTERNAL).
    pub const CLIENT_NAME: &str = "xiezhi-client";

    /// The access as the value of [`SHARED_VARIABLE`].
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// The access that [`SHARED_VARIABLE`] holds; `None` when it is not set.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn from_environment() -> anyhow::Result<Option<Self>> {
        let Some(json) = std::env::var_os(SHARED_VARIABLE) else { return Ok(None) };
        let json = json.to_string_lossy();
        Ok(Some(serde_json::from_str(&json).with_context(|| format!("{SHARED_VARIABLE} holds no broker access"))?))
    }
}
