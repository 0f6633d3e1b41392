//! A running simulator on a port of its own, with a clock that the test sets, and documents to send to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use xiezhi_credit_sim::{SimError, SimSettings, run};

/// 2026-09-29 10:00 in Beijing, a Tuesday.
pub(crate) const NOW_MS: i64 = 1_790_647_200_000;
/// The entity of the samples.
pub(crate) const CODE: &str = "91110112MAYYT00167";
/// A code that the same entity may have after a change.
pub(crate) const OTHER_CODE: &str = "91110112MAYYT00242";

pub(crate) struct Sim {
    pub(crate) host: String,
    pub(crate) client: Client,
    pub(crate) now_ms: Arc<AtomicI64>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), SimError>>,
}

/// Settings for tests: control, a short hold, a clock.
pub(crate) fn settings() -> SimSettings {
    SimSettings {
        control: true,
        hold: Duration::from_millis(60),
        slow_byte_every: Duration::from_millis(20),
        ..SimSettings::default()
    }
}

impl Sim {
    pub(crate) async fn start(settings: SimSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let clock = Arc::clone(&now_ms);
        let settings = SimSettings { now: Arc::new(move || clock.load(Ordering::Relaxed)), ..settings };
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(run(listener, settings, async { stopped.await.unwrap_or_default() }));
        let client =
            Client::builder().tls_backend_preconfigured(no_tls()).timeout(Duration::from_secs(20)).build().unwrap();
        Self { host, client, now_ms, stop, running }
    }

    /// Stops and waits for the end.
    pub(crate) async fn stop(self) -> Result<(), SimError> {
        let _ = self.stop.send(());
        self.running.await.unwrap()
    }

    /// The error with which it ended by itself.
    pub(crate) async fn stop_with_error(self) -> SimError {
        self.running.await.unwrap().unwrap_err()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/opanomaly/v1/{path}", self.host)
    }

    pub(crate) async fn try_post(&self, key: &str, body: impl Into<String>) -> reqwest::Result<Response> {
        let request = self.client.post(self.url("entries")).header("Content-Type", "application/xml; charset=utf-8");
        request.header("Idempotency-Key", key).body(body.into()).send().await
    }

    pub(crate) async fn post(&self, key: &str, body: impl Into<String>) -> (StatusCode, String) {
        read(self.try_post(key, body).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        read(self.client.get(self.url(path)).send().await.unwrap()).await
    }

    pub(crate) async fn order(&self, what: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("http://{}/control/{what}", self.host);
        let answer = self.client.post(url).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub(crate) async fn fault(&self, fault: &str, on: &str) {
        let (status, body) = self.order("faults", json!({"fault": fault, "on": on})).await;
        assert_eq!(status, StatusCode::OK, "{fault}: {body}");
    }

    pub(crate) async fn state(&self) -> Value {
        let url = format!("http://{}/control/state", self.host);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }
}

pub(crate) async fn read(response: Response) -> (StatusCode, String) {
    (response.status(), response.text().await.unwrap())
}

/// A document: `op` of the root, and the columns after the given ones replaced those of the sample, `-` taking one out.
fn document(op: &str, sample: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let changed = |name: &str| changes.iter().find(|(column, _)| *column == name).map(|(_, value)| *value);
    let added = changes.iter().filter(|(name, _)| sample.iter().all(|(column, _)| column != name));
    let columns = sample.iter().map(|(name, value)| (*name, changed(name).unwrap_or(value))).chain(added.copied());
    let columns = columns.filter(|(_, value)| *value != "-");
    let item: String = columns.map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpAnomalyBatch OpType=\"{op}\" AreaCode=\"110112\" \
         Seq=\"20260929000001\"><Item>{item}</Item></OpAnomalyBatch>"
    )
}

pub(crate) fn list_in(key: &str, changes: &[(&str, &str)]) -> String {
    let sample = [
        ("PriPID", "1101120000000017"),
        ("EntName", "北京潞河云驿科技有限公司"),
        ("RegNO", ""),
        ("UniSCID", CODE),
        ("LeRep", "测试甲"),
        ("RegOrg", "110112"),
        ("SpeCause", "4"),
        ("SpeCauseCN", "通过登记的住所或者经营场所无法联系的"),
        ("AbnTime", "2026-09-29"),
        ("DecOrg", "110112"),
        ("DecorgCN", "北京市通州区市场监督管理局"),
        ("PenDecNo", "（京通）市监异列〔2026〕第00123号"),
        ("AnomalyRea", "两次邮寄专用信函均无人签收"),
        ("BusExcList", key),
    ];
    document("IN", &sample, changes)
}

pub(crate) fn list_out(key: &str, changes: &[(&str, &str)]) -> String {
    let sample = [
        ("BusExcList", key),
        ("UniSCID", CODE),
        ("EntName", "北京潞河云驿科技有限公司"),
        ("IsMove", "1"),
        ("RemExcpres", "4"),
        ("RemExcpresCN", "已变更登记住所"),
        ("RemDate", "2026-11-10"),
        ("ReDecOrg", "110112"),
        ("ReDecOrgCN", "北京市通州区市场监督管理局"),
        ("PenDecNo", "（京通）市监异移〔2026〕第00045号"),
    ];
    document("OUT", &sample, changes)
}

/// An annulment.
pub(crate) fn annul(key: &str, changes: &[(&str, &str)]) -> String {
    let mut all = changes.to_vec();
    let annulled = [("IsMove", "2"), ("RemExcpres", ""), ("RemExcpresCN", "-"), ("RemoveRea", "列入有误")];
    all.extend(annulled.into_iter().filter(|(column, _)| changes.iter().all(|(changed, _)| changed != column)));
    list_out(key, &all)
}

/// Text of the first element of a name.
pub(crate) fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// The build of reqwest here brings no provider of its own for TLS; what speaks it is tested with a raw client.
fn no_tls() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}
