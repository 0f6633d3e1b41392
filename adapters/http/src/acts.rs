//! `/v1/acts`: the bureau's people see, propose, approve and refuse legal acts. Who may what is the desk's business.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xiezhi_model::act::{ActRequest, ActStatus, Ballot, LegalAct};
use xiezhi_model::{ActId, CaseNumber};
use xiezhi_ports::ActFilter;

use crate::body::{self, BodyError};
use crate::error::ApiError;
use crate::person::Person;
use crate::{HttpState, Problem};

/// Longest body of these requests, in bytes: a reason of some thousand characters and lists of some hundred ids.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Acts in one answer, unless `limit` asks for fewer.
const LISTED_MAX: usize = 100;
/// The page of these requests.
const PAGE: &str = "docs/acts.md";

/// Which acts to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    status: Option<ActStatus>,
    case_number: Option<CaseNumber>,
    limit: Option<usize>,
    offset: Option<usize>,
}

/// A page of acts.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    acts: Vec<LegalAct>,
}

/// What an approving person says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    #[serde(default)]
    decision: Option<String>,
    #[serde(default)]
    remark: String,
}

/// What a refusing person says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    remark: String,
}

/// Reads only.
pub(crate) async fn list(
    State(state): State<Arc<HttpState>>,
    _person: Person,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Listed>, ApiError> {
    let Query(query) = query.map_err(|error| {
        let detail = "查询参数无效；可用 status（proposed、examined、decided、refused）、case_number、limit、offset";
        ApiError::new(Problem::QueryInvalid, detail).caused_by(&error)
    })?;
    let filter = ActFilter {
        status: query.status,
        case_number: query.case_number,
        limit: query.limit.unwrap_or(LISTED_MAX).min(LISTED_MAX),
        offset: query.offset.unwrap_or(0),
    };
    Ok(Json(Listed { acts: state.desk.list(&filter).await? }))
}

/// Reads only.
pub(crate) async fn show(
    State(state): State<Arc<HttpState>>,
    _person: Person,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<LegalAct>, ApiError> {
    Ok(Json(state.desk.show(&act_id(path)?).await?))
}

/// Not idempotent: sent again it proposes another act, which nobody need approve.
pub(crate) async fn propose(
    State(state): State<Arc<HttpState>>,
    Person(person): Person,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<LegalAct>), ApiError> {
    let request: ActRequest = read(&state, &headers, body, PAGE).await?;
    Ok((StatusCode::CREATED, Json(state.desk.propose(&person, request).await?)))
}

/// A vote given twice is refused the second time, and changes nothing.
pub(crate) async fn approve(
    State(state): State<Arc<HttpState>>,
    Person(person): Person,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LegalAct>, ApiError> {
    let id = act_id(path)?;
    let Approval { decision, remark } = read(&state, &headers, body, PAGE).await?;
    Ok(Json(state.desk.vote(&person, &id, Ballot::Approve { decision, remark }).await?))
}

/// As [`approve`].
pub(crate) async fn refuse(
    State(state): State<Arc<HttpState>>,
    Person(person): Person,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LegalAct>, ApiError> {
    let id = act_id(path)?;
    let Refusal { remark } = read(&state, &headers, body, PAGE).await?;
    Ok(Json(state.desk.vote(&person, &id, Ballot::Refuse { remark }).await?))
}

/// An act's number holds a slash, so it is two segments of the path.
pub(crate) fn act_id(path: Result<Path<(String, String)>, PathRejection>) -> Result<ActId, ApiError> {
    let unknown = || ApiError::new(Problem::ActUnknown, "没有这个编号的事项；编号形如 TZ-2026-0000017/A1，请核对");
    let Path((case, nth)) = path.map_err(|_| unknown())?;
    ActId::parse(&format!("{case}/{nth}")).map_err(|_| unknown())
}

/// Reads a person's request; `page` says where its form is explained.
pub(crate) async fn read<T: DeserializeOwned>(
    state: &HttpState,
    headers: &HeaderMap,
    body: Body,
    page: &str,
) -> Result<T, ApiError> {
    let bytes = body::read(headers, body, BODY_BYTES_MAX, state.limits.request_timeout()).await;
    let bytes = bytes.map_err(|error| match error {
        BodyError::TooLarge => ApiError::new(
            Problem::RequestTooLarge,
            format!("请求体不得超过 {BODY_BYTES_MAX} 字节；请缩短理由或证据清单"),
        ),
        BodyError::Failed(error) => error,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let detail =
            format!("请求体不是所需的 JSON（第 {} 行第 {} 列）：{error}；格式见 {page}", error.line(), error.column());
        ApiError::new(Problem::BodyInvalid, detail)
    })
}
