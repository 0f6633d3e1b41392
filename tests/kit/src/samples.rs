//! The recorded messages under `tests/samples`.

use anyhow::Context as _;

/// The bytes of a sample, by its path under `tests/samples`.
///
/// # Errors
/// When it cannot be read.
pub fn sample(path: &str) -> anyhow::Result<Vec<u8>> {
    let file = crate::place::root().join("tests/samples").join(path);
    std::fs::read(&file).with_context(|| format!("sample {} cannot be read", file.display()))
}
