//! The case desk over HTTP: what the desk is asked, and how its answers are told.

use axum::http::StatusCode;
use serde_json::json;
use xiezhi_model::CaseNumber;

use crate::acts::call;
use crate::fakes::{Asked, Mode};
use crate::setup::{Answer, Setup, setup};

const PATH: &str = "/v1/cases/TZ-2026-0000017/steps";

/// A step, at a desk that behaves so.
pub(crate) async fn at_desk(setup: &Setup, mode: Mode) -> Answer {
    *setup.desk.mode.lock().unwrap() = mode;
    call(setup, "POST", PATH, r#"{"step": "close", "reason": "x"}"#).await
}

#[tokio::test]
async fn the_desk_is_asked_what_the_request_says() {
    let setup = setup();
    let requests = [
        json!({"step": "assign", "agency": "fire", "role": "lead", "clock": {"amount": 5, "unit": "working_day"}, "reason": "r"}),
        json!({"step": "verify", "outcome": "failed", "reason": "r", "assignments": ["TZ-2026-0000017/1"]}),
        json!({"step": "verify", "outcome": "passed"}),
        json!({"step": "suspend", "reason": "r"}),
    ];
    for request in &requests {
        let answer = call(&setup, "POST", PATH, &request.to_string()).await;
        assert_eq!((answer.status, &answer.json()["status"]), (StatusCode::OK, &json!("closed")), "{}", answer.text);
    }
    let number = CaseNumber::parse("TZ-2026-0000017").unwrap();
    let asked = requests.map(|request| Asked::Case(number.clone(), serde_json::from_value(request).unwrap()));
    assert_eq!(*setup.desk.asked.lock().unwrap(), asked);
}

#[tokio::test]
async fn what_cannot_be_a_step_does_not_reach_the_desk() {
    let setup = setup();
    for (method, path, body, code) in [
        ("POST", PATH, "{}", "request.body-invalid"),
        ("POST", PATH, r#"{"step": "burn", "reason": "x"}"#, "request.body-invalid"),
        ("POST", PATH, r#"{"step": "close", "reason": "x", "force": true}"#, "request.body-invalid"),
        ("POST", "/v1/cases/TZ%202026/steps", r#"{"step": "close", "reason": "x"}"#, "case.unknown"),
        ("GET", PATH, "", "request.method-not-allowed"),
    ] {
        assert_eq!(call(&setup, method, path, body).await.code(), code, "{method} {path} {body}");
    }
    assert_eq!(*setup.desk.asked.lock().unwrap(), []);
}

#[tokio::test]
async fn denials_and_conflicts_are_told() {
    let setup = setup();
    for (mode, status, code) in
        [(Mode::Denies, StatusCode::FORBIDDEN, "case.denied"), (Mode::Conflicts, StatusCode::CONFLICT, "case.conflict")]
    {
        let answer = at_desk(&setup, mode).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        let reason = answer.json()["reason"].clone();
        assert_eq!(reason.is_string(), mode == Mode::Denies, "{reason}");
    }
}
