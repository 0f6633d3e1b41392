//! `/v1/entities`: the entities' files (一户一档), for the bureau's people.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use xiezhi_model::act::LegalAct;
use xiezhi_model::case::Case;
use xiezhi_model::ledger::EntityRecord;
use xiezhi_model::record::LedgerEntry;

use crate::error::ApiError;
use crate::person::Person;
use crate::{HttpState, Problem};

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 256;

/// One file.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    entity: String,
    /// The ledger as it stands.
    ledger: Option<LedgerEntry>,
    records: Vec<EntityRecord>,
    cases: Vec<Case>,
    acts: Vec<LegalAct>,
}

/// Reads only.
pub(crate) async fn show(
    State(state): State<Arc<HttpState>>,
    _person: Person,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Shown>, ApiError> {
    let unknown = || ApiError::new(Problem::ActUnknown, "没有这个主体的档案；请核对统一社会信用代码");
    let Path(key) = path.map_err(|_| unknown())?;
    if key.len() > KEY_BYTES_MAX {
        return Err(unknown());
    }
    let file = state.desk.entity(&key).await?;
    if file.records.is_empty() && file.cases.is_empty() && file.acts.is_empty() {
        return Err(unknown());
    }
    let ledger = file.ledger();
    let shown = Shown { entity: file.entity, ledger, records: file.records, cases: file.cases, acts: file.acts };
    Ok(Json(shown))
}
