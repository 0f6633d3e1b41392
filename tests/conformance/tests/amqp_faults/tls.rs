//! Encryption, certificates, and the address to go to when one does not answer.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use xiezhi_amqp::{AmqpTls, Health};
use xiezhi_conformance::fixtures::{at, many, outgoing};
use xiezhi_conformance::link::{LIMIT, eventually};
use xiezhi_kit::{Cut, Direction, Fault, Proxy};
use xiezhi_ports::Transport as _;

use crate::rig::{Amqp, address};
use crate::work::{drain, publish_all};

/// A vhost that the gateway reaches over TLS, with the broker's own authority and a client's certificate.
fn over_tls() -> Amqp {
    let mut rig = Amqp::empty();
    let access = rig.admin.access();
    let read = |path: &std::path::Path| fs::read_to_string(path).unwrap();
    let identity = (read(&access.client_certificate), read(&access.client_key));
    rig.settings.tls = Some(AmqpTls { authorities: read(&access.ca), identity: Some(identity) });
    rig.settings.addresses = vec![address(&access.amqps)];
    rig
}

/// An authority that nobody knows, and its key.
fn stranger() -> (String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// The gateway does not get in; gives what it says of that.
async fn refused(rig: &Amqp) -> String {
    let transport = rig.transport();
    let error = transport.publish(&[outgoing("police", None, "p", 1)], at(0)).await.unwrap_err();
    let key = rig.settings.tls.as_ref().and_then(|tls| tls.identity.clone()).map(|(_, key)| key).unwrap_or_default();
    let shown = format!("{error} {error:?} {:?}", rig.settings);
    let secret = key.lines().nth(1).unwrap_or("no key");
    assert!(!shown.contains(&rig.settings.password) && !shown.contains(secret), "{shown}");
    assert_eq!(transport.health(), Health::Down);
    error.to_string()
}

/// Both sides show a certificate, and the broker sees ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_show_their_certificates() {
    let rig = over_tls();
    let gateway = rig.gateway();
    let messages = many("housing", 50, 5);
    publish_all(gateway.transport.as_ref(), &messages, 50, LIMIT).await;
    drain(&rig, "housing", &messages).await;
    let seen = || async {
        let connections = rig.admin.connections().unwrap();
        let mine: Vec<_> = connections.iter().filter(|c| c.user == rig.settings.user).collect();
        let subject = |all: &serde_json::Value| all["peer_cert_subject"].as_str().map(str::to_owned);
        mine.len() == 2
            && mine.iter().all(|c| c.all["ssl"] == true && subject(&c.all).is_some_and(|s| s.contains("xiezhi-client")))
    };
    eventually("two encrypted connections with our certificate", seen).await;
    gateway.close().await;
}

/// A broker whose certificate comes from elsewhere is not spoken to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_from_elsewhere_is_refused() {
    let mut rig = over_tls();
    let (authority, _) = stranger();
    rig.settings.tls = Some(AmqpTls { authorities: authority, identity: None });
    let why = refused(&rig).await;
    assert!(why.contains("UnknownIssuer"), "{why}");
}

/// Nor is a broker whose certificate comes from where it must, but is for another name than the one it was reached under.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_under_another_name_is_refused() {
    let mut rig = over_tls();
    let proxy = Proxy::start(rig.admin.amqps_address()).unwrap();
    let (host, port) = address(&proxy.address());
    // The unspecified address leads a client to loopback: the same broker over the same way, and only the name differs.
    rig.settings.addresses = vec![("0.0.0.0".to_owned(), port)];
    let why = refused(&rig).await;
    assert!(why.contains("not valid for name"), "{why}");
    assert!(proxy.forwarded(Direction::ToClient) > 0, "the broker showed no certificate");
    rig.settings.addresses = vec![(host, port)];
    publish_all(&rig.transport(), &[outgoing("police", None, "p", 1)], 1, LIMIT).await;
}

/// A client's certificate from elsewhere is refused by the broker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_s_certificate_from_elsewhere_is_refused() {
    let mut rig = over_tls();
    let tls = rig.settings.tls.as_mut().unwrap();
    tls.identity = Some(stranger());
    refused(&rig).await;
}

/// Clear text is not spoken where encryption is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_way_back_to_clear_text() {
    let mut rig = over_tls();
    rig.settings.addresses = vec![address(rig.admin.amqp_address())];
    refused(&rig).await;
}

/// Where one address does not answer, the next one is taken, also when the first one goes while it is in use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_address_is_taken_when_one_is_gone() {
    let mut rig = Amqp::empty();
    let proxies = [1, 2].map(|_| Proxy::start(rig.admin.amqp_address()).unwrap());
    rig.settings.addresses = vec![("127.0.0.1".into(), 9)];
    rig.settings.addresses.extend(proxies.iter().map(|proxy| address(&proxy.address())));
    let gateway = rig.gateway();
    let messages = many("housing", 90, 9);
    let [first, second] = &proxies;
    publish_all(gateway.transport.as_ref(), &messages[..30], 10, LIMIT).await;
    assert!(first.open() >= 1 && second.open() == 0);
    first.set(Fault::Refuse).unwrap();
    first.cut(Cut::Reset).unwrap();
    publish_all(gateway.transport.as_ref(), &messages[30..60], 10, LIMIT).await;
    eventually("both sides at the second", || async { second.open() == 2 }).await;
    first.set(Fault::Pass).unwrap();
    second.cut(Cut::Close).unwrap();
    publish_all(gateway.transport.as_ref(), &messages[60..], 10, LIMIT).await;
    drain(&rig, "housing", &messages).await;
    gateway.close().await;
}
