//! Certificates and keys into what the TLS layer takes.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::SimError;
use crate::settings::{SimCertificate, SimSettings};

/// Most certificates of a chain, and most authorities.
const CERTIFICATES_MAX: usize = 64;

/// Both faces of the simulator.
#[derive(Clone)]
pub(crate) struct Faces {
    pub(crate) right: TlsAcceptor,
    /// What the fault `bad_certificate` shows.
    pub(crate) bad: Option<TlsAcceptor>,
}

/// Reads the certificates of the settings. None: clear text.
pub(crate) fn faces(settings: &SimSettings) -> Result<Option<Faces>, SimError> {
    let Some(tls) = &settings.tls else { return Ok(None) };
    let authorities = tls.client_authorities.as_deref();
    let right = acceptor(&tls.certificate, authorities, "certificate")?;
    let bad = settings.bad_certificate.as_ref();
    let bad = bad.map(|bad| acceptor(bad, authorities, "bad certificate")).transpose()?;
    Ok(Some(Faces { right, bad }))
}

fn acceptor(
    certificate: &SimCertificate,
    client_authorities: Option<&[u8]>,
    what: &'static str,
) -> Result<TlsAcceptor, SimError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| SimError::Certificate { what, source };
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.into()))?;
    let builder = match client_authorities {
        None => builder.with_no_client_auth(),
        Some(authorities) => {
            let failed = |source| SimError::Certificate { what: "authority of clients", source };
            let mut roots = RootCertStore::empty();
            for authority in certificates(authorities).map_err(failed)? {
                roots.add(authority).map_err(|error| failed(error.into()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| failed(error.into()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = certificates(&certificate.chain).map_err(failed)?;
    let key = PrivateKeyDer::from_pem_slice(&certificate.key).map_err(|error| failed(error.into()))?;
    let mut config = builder.with_single_cert(chain, key).map_err(|error| failed(error.into()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Box<dyn std::error::Error + Send + Sync>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).take(CERTIFICATES_MAX).collect::<Result<_, _>>()?;
    if certificates.is_empty() { Err("no certificate in the PEM".into()) } else { Ok(certificates) }
}
