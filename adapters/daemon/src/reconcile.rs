//! Reconciling with a credit system: reads its list, holds it against the decided acts, keeps what it found. Mends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;
use xiezhi_credit::{CreditError, Reader, export};
use xiezhi_model::act::LegalAct;
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::reconciliation::Reconciliation;
use xiezhi_ports::{Clock, Store, StoreError};

use crate::compose::credit::Credit;

/// Acts in one page.
const PAGE: usize = 1_000;

/// Why a reconciliation gave nothing.
#[derive(Debug, Error)]
pub(crate) enum ReconcileError {
    /// The credit system's list could not be read.
    #[error("the credit system's list could not be read")]
    Credit(#[from] CreditError),
    /// The store.
    #[error("the store could not be used")]
    Store(#[from] StoreError),
}

/// Reconciles and keeps the result, with a row of history in `actor`'s name. Safe to repeat.
///
/// # Errors
/// [`ReconcileError`]; then nothing was kept.
pub(crate) async fn reconcile(
    credit: &Credit,
    store: &Arc<dyn Store>,
    reader: &dyn Reader,
    clock: &dyn Clock,
    actor: &str,
) -> Result<Reconciliation, ReconcileError> {
    let before = published(store).await?;
    let export = export(&credit.settings, reader, clock.now()).await?;
    let acts = published(store).await?;
    let found = xiezhi_engine::reconcile::reconcile(
        &acts,
        &changed(&before, &acts),
        &export.entries,
        export.unreadable,
        clock.now(),
    );
    let entry = AuditEntry {
        agency: Some(credit.settings.agency.clone()),
        ..AuditEntry::new(found.at, AuditAction::CreditReconciled, actor, found.to_chinese())
    };
    store.reconciliation_save(&found, &entry).await?;
    Ok(found)
}

/// Every decided act of publication.
async fn published(store: &Arc<dyn Store>) -> Result<Vec<LegalAct>, StoreError> {
    let mut acts: Vec<LegalAct> = Vec::new();
    loop {
        let after = acts.last().map(|act| act.id.clone());
        let page = store.acts_published(after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        acts.extend(page);
        if is_last {
            return Ok(acts);
        }
    }
}

/// The keys of entries whose acts changed while the list was read.
fn changed(before: &[LegalAct], after: &[LegalAct]) -> BTreeSet<String> {
    let versions: BTreeMap<_, _> = before.iter().map(|act| (&act.id, act.version)).collect();
    let is_changed = |act: &&LegalAct| versions.get(&act.id) != Some(&act.version);
    after.iter().filter(is_changed).map(LegalAct::entry_key).collect()
}
