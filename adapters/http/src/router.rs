//! The routes and the layers around them, outermost first: observe, catch panics, then for agencies' and people's routes shed load
//! and limit time. Every way out of them is a problem document.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleErrorLayer;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use thiserror::Error;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::load_shed::error::Overloaded;
use tower::timeout::TimeoutLayer;
use tower::timeout::error::Elapsed;
use tower::{BoxError, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ApiError;
use crate::observe::observe;
use crate::{HttpLimits, HttpState, Problem, acts, cases, entities, inbox, message, ops, outbox, publicity};

/// How many time-outs a request may take in all: one for its body to arrive, and one for the answer.
const PHASES: u32 = 2;

/// The whole API. Give it to [`crate::serve`], or call it as a tower service.
pub fn router(state: HttpState) -> Router {
    let limits = state.limits;
    let state = Arc::new(state);
    // HEAD would run the reading handlers, and reading the outbox leases messages: it is refused instead.
    let callers = Router::new()
        .route("/v1/agencies/{id}/inbox", post(inbox::push))
        .route("/v1/agencies/{id}/outbox", get(outbox::read).head(method_not_allowed))
        .route("/v1/agencies/{id}/outbox/ack", post(outbox::acknowledge))
        .route("/v1/agencies/{id}/messages/{message_id}", get(message::show))
        .route("/v1/entities/{key}", get(entities::show))
        .route("/v1/acts", get(acts::list).post(acts::propose))
        .route("/v1/acts/{case}/{nth}", get(acts::show))
        .route("/v1/acts/{case}/{nth}/approve", post(acts::approve))
        .route("/v1/acts/{case}/{nth}/refuse", post(acts::refuse))
        .route("/v1/acts/{case}/{nth}/preview", get(publicity::preview))
        .route("/v1/acts/{case}/{nth}/resend", post(publicity::resend))
        .route("/v1/acts/{case}/{nth}/objection", post(publicity::objection))
        .route("/v1/reconciliations", get(publicity::reconciliations))
        .route("/v1/cases/{number}/steps", post(cases::step))
        .layer(
            ServiceBuilder::new()
                .layer(HandleErrorLayer::new(rescue))
                .layer(LoadShedLayer::new())
                .layer(GlobalConcurrencyLimitLayer::new(limits.concurrency_max))
                .layer(TimeoutLayer::new(answer_timeout(limits))),
        );
    let operators = Router::new()
        .route("/healthz", get(ops::health))
        .route("/readyz", get(ops::ready))
        .route("/metrics", get(ops::metrics));
    callers
        .merge(operators)
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(path_unknown)
        .layer(CatchPanicLayer::custom(panic_answer))
        .layer(middleware::from_fn(observe))
        .with_state(state)
}

fn answer_timeout(limits: HttpLimits) -> Duration {
    limits.request_timeout().saturating_mul(PHASES)
}

/// What the layers give instead of an answer.
async fn rescue(error: BoxError) -> ApiError {
    if error.is::<Overloaded>() {
        let detail = "网关正在处理的请求已达上限，本次请求未生效；请按 Retry-After 等待后用同一消息编号重发";
        return ApiError::new(Problem::GatewayBusy, detail);
    }
    if error.is::<Elapsed>() {
        let detail = "网关未能在时限内答复，报文是否已保存尚不确定；请用同一消息编号重发，网关会识别重复";
        return ApiError::new(Problem::GatewayTimeout, detail);
    }
    ApiError::internal(&*error)
}

/// A handler or a port panicked. The text went to the panic hook and stays there.
#[derive(Debug, Error)]
#[error("request handler panicked")]
struct Panicked;

fn panic_answer(_payload: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::internal(&Panicked).into_response()
}

async fn path_unknown() -> ApiError {
    ApiError::new(Problem::PathUnknown, "网关没有这个地址；可用地址见接口文档 docs/api.md，请核对路径")
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(
        Problem::MethodNotAllowed,
        "该地址存在，但不支持此方法；可用方法见响应头 Allow 和接口文档 docs/api.md",
    )
}
