//! Health, readiness and metrics.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use xiezhi_http::{Check, CheckState, Readiness};

use crate::setup::setup;

fn plain(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn readiness_shows_every_check() {
    let check = |name: &str, state: CheckState| Check { name: name.to_owned(), state };
    let store = || check("store", CheckState::Ok);
    let worker = || check("worker", CheckState::Failed("stopped".to_owned()));
    let ok = json!({"name": "store", "status": "ok"});
    let failed = json!({"name": "worker", "status": "failed", "reason": "stopped"});
    let cases = [
        (vec![], None, StatusCode::OK, json!([])),
        (vec![store()], Some("2026-09-21"), StatusCode::OK, json!([ok])),
        (vec![store(), worker()], None, StatusCode::SERVICE_UNAVAILABLE, json!([ok, failed])),
    ];
    for (checks, note, status, expected) in cases {
        let setup = setup();
        *setup.readiness.lock().unwrap() = Readiness { checks, clock_note: note.map(str::to_owned) };
        let answer = setup.call(plain("/readyz")).await;
        assert_eq!((answer.status, &answer.json()["checks"]), (status, &expected));
        assert_eq!(answer.json().get("clock_note").and_then(|note| note.as_str()), note);
        let health = setup.call(plain("/healthz")).await;
        assert_eq!((health.status, health.json()), (StatusCode::OK, json!({"status": "alive"})), "alive all the same");
    }
}

#[tokio::test]
async fn metrics_come_as_prometheus_reads_them() {
    let answer = setup().call(plain("/metrics")).await;
    assert_eq!(answer.text, "xiezhi_cases_open 2\n");
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}
