//! The store port for reconciliations with the credit system.

use async_trait::async_trait;
use xiezhi_model::audit::AuditEntry;
use xiezhi_model::reconciliation::Reconciliation;

use crate::StoreError;

/// Keeps what reconciliations found. It is never changed.
#[async_trait]
pub trait Reconciliations: Send + Sync {
    /// Keeps one, with its row of history, durably on return. Repeated, it is kept twice.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn reconciliation_save(&self, found: &Reconciliation, entry: &AuditEntry) -> Result<(), StoreError>;

    /// The latest ones, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn reconciliations(&self, limit: usize) -> Result<Vec<Reconciliation>, StoreError>;
}
