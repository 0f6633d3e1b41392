//! HTTP to what a test started on this machine: without a proxy, without TLS.

use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::Client;

/// A client with a limit for each request. It trusts no certificate: the build of reqwest here brings no provider of its own for TLS,
/// and nothing that these tests call over HTTP speaks it.
pub(crate) fn client(timeout: Duration) -> anyhow::Result<Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).timeout(timeout).no_proxy().build()?)
}
