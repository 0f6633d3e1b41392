//! A router over fakes, and one way to call it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use xiezhi_http::{AgencyAccess, HttpLimits, HttpState, Readiness, router};
use xiezhi_model::{AgencyId, Digest, UtcTime};

use crate::fakes::{FakeDesk, FakeInbox, FakeMailbox, FixedClock, Wakes};

pub(crate) const POLICE_TOKEN: &str = "police-token-0123456789";
/// A second token of the same agency, as while one is replaced.
pub(crate) const POLICE_NEXT_TOKEN: &str = "police-token-next-9876";
pub(crate) const FIRE_TOKEN: &str = "fire-token-0123456789";
pub(crate) const POLICE_BYTES_MAX: usize = 64;
pub(crate) const NOW: &str = "2026-11-22T10:00:00+08:00";
pub(crate) const LIMITS: HttpLimits =
    HttpLimits { request_timeout_ms: 2_000, concurrency_max: 2, outbox_lease_ms: 60_000, drain_timeout_ms: 100 };

/// The router and everything behind it.
pub(crate) struct Setup {
    pub(crate) router: Router,
    pub(crate) inbox: Arc<FakeInbox>,
    pub(crate) desk: Arc<FakeDesk>,
    pub(crate) mailbox: Arc<FakeMailbox>,
    pub(crate) wakes: Arc<Wakes>,
    pub(crate) readiness: Arc<Mutex<Readiness>>,
}

pub(crate) fn setup() -> Setup {
    let inbox = Arc::new(FakeInbox::default());
    let desk = Arc::new(FakeDesk::default());
    let mailbox = Arc::new(FakeMailbox::default());
    let wakes = Arc::new(Wakes::default());
    let readiness = Arc::new(Mutex::new(Readiness::default()));
    let (woken, asked) = (Arc::clone(&wakes), Arc::clone(&readiness));
    let state = HttpState {
        inbox: inbox.clone(),
        desk: desk.clone(),
        cases: desk.clone(),
        publicity: desk.clone(),
        mailbox: mailbox.clone(),
        clock: Arc::new(FixedClock(UtcTime::parse_rfc3339(NOW).unwrap())),
        access: vec![
            access("fire", FIRE_TOKEN, 1_024),
            access("police", POLICE_TOKEN, POLICE_BYTES_MAX),
            access("police", POLICE_NEXT_TOKEN, POLICE_BYTES_MAX),
        ],
        wake: Arc::new(move || woken.wake()),
        ready: Arc::new(move || asked.lock().unwrap().clone()),
        metrics: Arc::new(|| "xiezhi_cases_open 2\n".to_owned()),
        limits: LIMITS,
    };
    Setup { router: router(state), inbox, desk, mailbox, wakes, readiness }
}

fn access(agency: &str, token: &str, message_bytes_max: usize) -> AgencyAccess {
    AgencyAccess {
        agency: AgencyId::parse(agency).unwrap(),
        token_digest: Digest::of(token.as_bytes()),
        message_bytes_max,
    }
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Setup {
    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        call(self.router.clone(), request).await
    }

    /// Pushes a message of the police.
    pub(crate) async fn push(&self, id: Option<&str>, body: &str) -> Answer {
        self.call(push_request(id, Body::from(body.to_owned()))).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(police("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn acknowledge(&self, body: impl Into<Body>) -> Answer {
        self.call(police("POST", "/v1/agencies/police/outbox/ack").body(body.into()).unwrap()).await
    }
}

pub(crate) async fn call(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// A request with the police's token.
pub(crate) fn police(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {POLICE_TOKEN}"))
}

pub(crate) fn push_request(id: Option<&str>, body: Body) -> Request<Body> {
    let mut builder = police("POST", "/v1/agencies/police/inbox");
    if let Some(id) = id {
        builder = builder.header("xiezhi-message-id", id);
    }
    builder.body(body).unwrap()
}
