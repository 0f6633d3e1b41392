//! The plugins' lock file: which components may run, by digest. Whether a component has that digest is the host's to check.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xiezhi_model::Digest;

use crate::document;
use crate::keys::data::LOCK;
use crate::problem::Problems;

/// Most versions that a plugin can be rolled back to.
pub const PREVIOUS_MAX: usize = 5;

/// Digits of the digest in a version's file name.
const NAME_DIGITS: usize = 16;

/// The lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginLock {
    /// The plugins by name.
    #[serde(rename = "plugin")]
    pub plugins: BTreeMap<String, LockedPlugin>,
}

/// One plugin that may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPlugin {
    /// SHA-256 of the component.
    pub sha256: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// The versions before, newest first, at most [`PREVIOUS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<Digest>,
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

/// Writes the lock file whole or not at all: beside it, then in its place.
///
/// # Errors
/// What the file system says.
pub fn save_lock(path: &Path, lock: &PluginLock) -> std::io::Result<()> {
    let text = toml::to_string(lock).map_err(std::io::Error::other)?;
    let beside = path.with_extension("lock.new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// The file of a version of a plugin: `<name>-<digest>.wasm`, or `<name>.wasm` where there is only one.
#[must_use]
pub fn component_file(directory: &Path, name: &str, digest: Digest) -> PathBuf {
    let versioned = version_file(directory, name, digest);
    if versioned.exists() { versioned } else { directory.join(format!("{name}.wasm")) }
}

/// The file that a version gets when another one takes its place.
#[must_use]
pub fn version_file(directory: &Path, name: &str, digest: Digest) -> PathBuf {
    let digits: String = digest.to_hex().chars().take(NAME_DIGITS).collect();
    directory.join(format!("{name}-{digits}.wasm"))
}
