//! The plugins' lock file: which components may run, by digest. Whether a component has that digest is the host's to check.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use xiezhi_model::Digest;

use crate::document;
use crate::keys::data::LOCK;
use crate::problem::Problems;

/// The lock file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginLock {
    /// The plugins by name.
    #[serde(rename = "plugin")]
    pub plugins: BTreeMap<String, LockedPlugin>,
}

/// One plugin that may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPlugin {
    /// SHA-256 of the component.
    pub sha256: Digest,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Loads the lock file.
///
/// # Errors
/// [`Problems`] with every problem found in it.
pub fn load_lock(path: &Path) -> Result<PluginLock, Problems> {
    let mut problems = Problems::default();
    match document::load(path, "", LOCK, &mut problems) {
        Some(lock) if problems.is_empty() => Ok(lock),
        _ => Err(problems.sorted()),
    }
}
