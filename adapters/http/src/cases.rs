//! `/v1/cases`: officers act on cases. Who may what is the desk's business.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use xiezhi_model::CaseNumber;
use xiezhi_model::case::Case;
use xiezhi_model::case_request::CaseRequest;

use crate::acts::read;
use crate::error::ApiError;
use crate::person::Person;
use crate::{DeskError, HttpState, Problem};

/// The page of these requests.
const PAGE: &str = "docs/cases.md";

/// Not idempotent, but a step sent again is refused where the first one changed what it needs: no case is verified twice.
pub(crate) async fn step(
    State(state): State<Arc<HttpState>>,
    Person(person): Person,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Case>, ApiError> {
    let unknown = || ApiError::new(Problem::CaseUnknown, "没有这个编号的案件；编号形如 TZ-2026-0000017，请核对");
    let Path(number) = path.map_err(|_| unknown())?;
    let number = CaseNumber::parse(&number).map_err(|_| unknown())?;
    let request: CaseRequest = read(&state, &headers, body, PAGE).await?;
    Ok(Json(state.cases.case_step(&person, &number, &request).await.map_err(told)?))
}

/// The desk's answer about a case; what is not about the case is told as everywhere.
fn told(error: DeskError) -> ApiError {
    match error {
        DeskError::Unknown(text) => ApiError::new(Problem::CaseUnknown, text),
        DeskError::Denied { code, text } => ApiError::new(Problem::CaseDenied, text).because(code),
        DeskError::Conflict => ApiError::new(Problem::CaseConflict, "该案件刚被他人办理，本次未生效；请重新查看后再办"),
        error @ (DeskError::NotSignedIn | DeskError::Store(_)) => ApiError::from(error),
    }
}
