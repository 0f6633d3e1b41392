//! TLS: the authority is checked by the client, a client's certificate by the simulator, and a bad one is shown on demand.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use xiezhi_credit_sim::{SimCertificate, SimError, SimSettings, SimTls};

use crate::kit::{Sim, list_in, settings};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, usage: ExtendedKeyUsagePurpose) -> SimCertificate {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.issuer).unwrap().pem().into_bytes();
        SimCertificate { chain, key: key.serialize_pem().into_bytes() }
    }
}

/// Sends one request over a connection of its own; the whole answer, or why there is none.
async fn ask(sim: &Sim, trusted: &str, client: Option<&SimCertificate>, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => config.with_no_client_auth(),
        Some(client) => {
            let chain = vec![CertificateDer::from_pem_slice(&client.chain).unwrap()];
            config.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(&client.key).unwrap()).unwrap()
        }
    };
    let exchange = async {
        let stream = TcpStream::connect(&sim.host).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    timeout(Duration::from_secs(20), exchange).await.unwrap()
}

fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/xml\r\n\
         Idempotency-Key: m\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn only_a_client_with_the_right_certificate_is_heard() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let tls = SimTls {
        certificate: authority.sign(ExtendedKeyUsagePurpose::ServerAuth),
        client_authorities: Some(authority.pem.clone().into_bytes()),
    };
    let sim = Sim::start(SimSettings { tls: Some(tls), ..settings() }).await;
    let client = authority.sign(ExtendedKeyUsagePurpose::ClientAuth);
    let strange = stranger.sign(ExtendedKeyUsagePurpose::ClientAuth);
    let request = post("/opanomaly/v1/entries", &list_in("e-1", &[]));
    let answer = ask(&sim, &authority.pem, Some(&client), &request).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("<ResCode>1</ResCode>"), "{answer}");
    assert!(ask(&sim, &authority.pem, None, &request).await.is_err());
    assert!(ask(&sim, &authority.pem, Some(&strange), &request).await.is_err());
    assert!(ask(&sim, &stranger.pem, Some(&client), &request).await.is_err());
    assert!(sim.client.get(sim.url("entries")).send().await.is_err(), "clear text is not heard");
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_bad_certificate_is_shown_as_often_as_ordered() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let tls = SimTls { certificate: authority.sign(ExtendedKeyUsagePurpose::ServerAuth), client_authorities: None };
    let bad = stranger.sign(ExtendedKeyUsagePurpose::ServerAuth);
    let sim = Sim::start(SimSettings { tls: Some(tls), bad_certificate: Some(bad), ..settings() }).await;
    let order = post("/control/faults", &json!({"fault": "bad_certificate", "count": 2}).to_string());
    let answer = ask(&sim, &authority.pem, None, &order).await.unwrap();
    assert!(answer.contains(r#"{"waiting":{"handshake":2}}"#), "{answer}");
    let get = "GET /control/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for _ in 0..2 {
        let error = ask(&sim, &authority.pem, None, get).await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    let answer = ask(&sim, &authority.pem, None, get).await.unwrap();
    assert!(answer.contains(r#""bad_certificate":2"#), "{answer}");
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn certificates_that_are_none_stop_the_start() {
    let authority = Authority::new();
    let right = authority.sign(ExtendedKeyUsagePurpose::ServerAuth);
    let none = SimCertificate { chain: b"x".to_vec(), key: right.key.clone() };
    let keyless = SimCertificate { chain: right.chain.clone(), key: b"x".to_vec() };
    for (certificate, client_authorities) in [(none, None), (keyless, None), (right, Some(b"no authority".to_vec()))] {
        let tls = Some(SimTls { certificate, client_authorities });
        let error = Sim::start(SimSettings { tls, ..settings() }).await.stop_with_error().await;
        assert!(matches!(error, SimError::Certificate { .. }), "{error}");
    }
}
