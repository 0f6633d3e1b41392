//! `GET /healthz`, `/readyz` and `/metrics`: for operators and their tools. Answered without a token and outside the
//! limit on requests, so that an overloaded gateway can still be seen.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::ApiError;
use crate::{CheckState, HttpState, Problem, Readiness};

/// Prometheus' text form 0.0.4.
const METRICS_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct ReadyView {
    status: &'static str,
    checks: Vec<CheckView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_note: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CheckView {
    name: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The process is alive and answers.
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "alive" })
}

/// Whether work can be done, check by check.
pub(crate) async fn ready(State(state): State<Arc<HttpState>>) -> Response {
    let readiness = (state.ready)();
    let ready = readiness.is_ready();
    let Readiness { checks, clock_note } = readiness;
    let checks: Vec<CheckView> = checks
        .into_iter()
        .map(|check| match check.state {
            CheckState::Ok => CheckView { name: check.name, status: "ok", reason: None },
            CheckState::Degraded(reason) => CheckView { name: check.name, status: "degraded", reason: Some(reason) },
            CheckState::Failed(reason) => CheckView { name: check.name, status: "failed", reason: Some(reason) },
        })
        .collect();
    if ready {
        return Json(ReadyView { status: "ready", checks, clock_note }).into_response();
    }
    let detail = "checks 中状态为 failed 的检查未通过；请按其 reason 处理，恢复后自动就绪";
    ApiError::new(Problem::GatewayNotReady, detail).with_checks(checks).into_response()
}

/// The metrics.
pub(crate) async fn metrics(State(state): State<Arc<HttpState>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, METRICS_CONTENT_TYPE)], (state.metrics)())
}
