//! HTTP to what a test started on this machine: without a proxy, and without TLS unless the test made the certificates.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::Client;
use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder};

/// A client with a limit for each request. It trusts no certificate: the build of reqwest here brings no provider of its own for TLS,
/// and nothing that these tests call over HTTP speaks it.
pub(crate) fn client(timeout: Duration) -> anyhow::Result<Client> {
    with_tls(trusting(rustls::RootCertStore::empty())?.with_no_client_auth(), timeout)
}

/// A client that trusts the authority in a folder of [`crate::certificates`], and shows the client's certificate.
pub(crate) fn client_of(folder: &Path, timeout: Duration) -> anyhow::Result<Client> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("ca.pem"))?)?;
    let certificate = CertificateDer::from_pem_file(folder.join("client.pem"))?;
    let key = PrivateKeyDer::from_pem_file(folder.join("client-key.pem"))?;
    with_tls(trusting(roots)?.with_client_auth_cert(vec![certificate], key)?, timeout)
}

fn trusting(roots: rustls::RootCertStore) -> anyhow::Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots))
}

fn with_tls(tls: ClientConfig, timeout: Duration) -> anyhow::Result<Client> {
    Ok(Client::builder().tls_backend_preconfigured(tls).timeout(timeout).no_proxy().build()?)
}
