//! The store port for plugins in use: which one is active, which is in quarantine, which was tried.

use async_trait::async_trait;
use xiezhi_model::plugin_state::{ActivePlugin, Quarantine, RefusedPlugin, ShadowRun};
use xiezhi_model::{AgencyId, Digest, InboxSeq, UtcTime};

use crate::StoreError;

/// Remembers what becomes of plugins. Each change of use writes its audit row in the same transaction.
#[async_trait]
pub trait PluginState: Send + Sync {
    /// Puts an agency's plugin in quarantine: its pending messages are held, also those that come from now on, and of
    /// `failed` those that are dead are held again too, with one more redrive. `false` when it is in quarantine already;
    /// then only `failed` is looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn quarantine_begin(&self, quarantine: &Quarantine, failed: &[InboxSeq]) -> Result<bool, StoreError>;

    /// Ends an agency's quarantine: its held messages are pending again, and waiting parts get the time that passed on top.
    /// `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn quarantine_end(&self, agency: &AgencyId, actor: &str, why: &str, now: UtcTime)
    -> Result<bool, StoreError>;

    /// All quarantines, by agency.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn quarantines(&self) -> Result<Vec<Quarantine>, StoreError>;

    /// Records the plugin that an agency's messages go to from now on. `false` when it was that one already.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn plugin_activated(&self, plugin: &ActivePlugin) -> Result<bool, StoreError>;

    /// Records that a plugin was pinned but not admitted; the one before stays active.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn plugin_refused(&self, refused: &RefusedPlugin) -> Result<(), StoreError>;

    /// The plugin refused last for each agency that has taken up no other one since, by agency.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn plugins_refused(&self) -> Result<Vec<RefusedPlugin>, StoreError>;

    /// The active plugins, by agency.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn plugins_active(&self) -> Result<Vec<ActivePlugin>, StoreError>;

    /// Keeps a trial run.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn shadow_record(&self, run: &ShadowRun) -> Result<(), StoreError>;

    /// The newest trial run of a candidate over an agency's messages.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn shadow_latest(&self, agency: &AgencyId, candidate: Digest) -> Result<Option<ShadowRun>, StoreError>;
}
