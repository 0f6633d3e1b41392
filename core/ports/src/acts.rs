//! The store ports for legal acts and for the people who decide them.
//!
//! An act is written by [`crate::Settle::settle`], together with its history and what carries it out; here it is read.

use async_trait::async_trait;
use xiezhi_model::act::{Account, ActStatus, LegalAct};
use xiezhi_model::audit::AuditEntry;
use xiezhi_model::{AccountName, ActId, CaseNumber, MessageId, UtcTime};

use crate::{Store, StoreError};

/// Reads legal acts.
#[async_trait]
pub trait Acts: Send + Sync {
    /// One act.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn act_load(&self, id: &ActId) -> Result<Option<LegalAct>, StoreError>;

    /// The acts that the filter lets through, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn act_list(&self, filter: &ActFilter) -> Result<Vec<LegalAct>, StoreError>;

    /// The acts about an entity ([`LegalAct::entity`]), oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn acts_of_entity(&self, entity: &str, limit: usize) -> Result<Vec<LegalAct>, StoreError>;

    /// The acts whose `check_at` has come, the longest waiting first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn acts_due(&self, now: UtcTime, limit: usize) -> Result<Vec<LegalAct>, StoreError>;

    /// The decided acts that the credit system is told of ([`xiezhi_model::act::ActKind::is_published`]), by their numbers, after
    /// `after` (for the next page), at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn acts_published(&self, after: Option<&ActId>, limit: usize) -> Result<Vec<LegalAct>, StoreError>;

    /// Keeps in the history that somebody was not let act, where no act changes.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn act_denied(&self, entry: &AuditEntry) -> Result<(), StoreError>;
}

/// The entity about which an outgoing message tells an act ([`LegalAct::entity`]); most messages tell none. A receipt names such a
/// message, and all acts about the entity are what it is decided by.
///
/// # Errors
/// [`StoreError`].
pub async fn entity_told(store: &dyn Store, message: &MessageId) -> Result<Option<String>, StoreError> {
    let Some(number) = store.outbox_case(message).await? else { return Ok(None) };
    let filter = ActFilter { case_number: Some(number), limit: 1, ..ActFilter::default() };
    Ok(store.act_list(&filter).await?.into_iter().next().map(|act| act.entity))
}

/// The people of the bureau who may act.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds an account. `false` when the name is taken, also by a closed account: a name means one person for ever.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn account_add(&self, account: &Account, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// Writes an account's role, password and whether it is closed. `false` when there is none of that name.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn account_change(&self, account: &Account, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// One account, closed ones too.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn account_load(&self, name: &AccountName) -> Result<Option<Account>, StoreError>;

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
}

/// Which acts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActFilter {
    /// Only this status.
    pub status: Option<ActStatus>,
    /// Only of this case.
    pub case_number: Option<CaseNumber>,
    /// At most this many; 0 lists nothing.
    pub limit: usize,
    /// How many to skip.
    pub offset: usize,
}
