//! `/v1/acts/{case}/{n}/preview|resend|objection` and `/v1/reconciliations`: what people do about published entries.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use xiezhi_model::act::{LegalAct, ObjectionRequest};
use xiezhi_model::publicity::PublicView;
use xiezhi_model::reconciliation::Reconciliation;

use crate::acts::{act_id, read};
use crate::error::ApiError;
use crate::person::Person;
use crate::{HttpState, Problem};

/// The page of these requests.
const PAGE: &str = "docs/credit.md";
/// Reconciliations in one answer, unless `limit` asks for fewer.
const LISTED_MAX: usize = 100;

/// Why an entry is sent anew.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    reason: String,
}

/// Which reconciliations to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    limit: Option<usize>,
}

/// The latest reconciliations.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    reconciliations: Vec<Reconciliation>,
}

/// Reads only.
pub(crate) async fn preview(
    State(state): State<Arc<HttpState>>,
    _person: Person,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<PublicView>, ApiError> {
    Ok(Json(state.publicity.preview(&act_id(path)?).await?))
}

/// Sent again it is refused until the credit system answered the first one.
pub(crate) async fn resend(
    State(state): State<Arc<HttpState>>,
    Person(person): Person,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LegalAct>, ApiError> {
    let id = act_id(path)?;
    let Resend { reason } = read(&state, &headers, body, PAGE).await?;
    Ok(Json(state.publicity.resend(&person, &id, &reason).await?))
}

/// A step sent again is refused: the first one changed where the objection stands.
pub(crate) async fn objection(
    State(state): State<Arc<HttpState>>,
    Person(person): Person,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LegalAct>, ApiError> {
    let id = act_id(path)?;
    let request: ObjectionRequest = read(&state, &headers, body, PAGE).await?;
    Ok(Json(state.publicity.objection(&person, &id, &request).await?))
}

/// Reads only.
pub(crate) async fn reconciliations(
    State(state): State<Arc<HttpState>>,
    _person: Person,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Listed>, ApiError> {
    let Query(query) =
        query.map_err(|error| ApiError::new(Problem::QueryInvalid, "查询参数无效；可用 limit").caused_by(&error))?;
    let limit = query.limit.unwrap_or(1).min(LISTED_MAX);
    Ok(Json(Listed { reconciliations: state.publicity.reconciliations(limit).await? }))
}
