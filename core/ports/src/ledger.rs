//! The store port for the entities' files (台账、一户一档).
//!
//! A file is written by [`crate::Settle::settle`], together with what else a message changes; here it is read.

use async_trait::async_trait;
use xiezhi_model::UtcTime;
use xiezhi_model::ledger::EntityFile;

use crate::StoreError;

/// Reads the entities' files.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The file of an entity: of its records, cases and acts the newest `limit` each, oldest first. Empty for an entity that
    /// nobody reported.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entity_file(&self, entity: &str, limit: usize) -> Result<EntityFile, StoreError>;

    /// Keys of entities that have a file, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entities(&self, filter: &EntityFilter) -> Result<Vec<String>, StoreError>;

    /// The names of the host units that any ledger entry names, in order, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn host_units(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, StoreError>;
}

/// Which entities to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityFilter {
    /// Only those that a ledger entry, now or once, put under this host unit.
    pub host_unit: Option<String>,
    /// Only those about which a record came since then.
    pub since: Option<UtcTime>,
    /// Only keys after this one (for the next page).
    pub after: Option<String>,
    /// At most this many; 0 lists nothing.
    pub limit: usize,
}
