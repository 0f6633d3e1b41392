//! The JSON Schemas under `docs/schema`, written from the types.

use anyhow::{Context as _, bail};
use xiezhi_kit::place;

/// Writes the schemas, or with `check` says which file differs from the types.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let folder = place::root().join("docs/schema");
    std::fs::create_dir_all(&folder)?;
    let mut stale = Vec::new();
    for (name, schema) in xiezhi_model::schema::all() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema)?);
        let file = folder.join(name);
        if std::fs::read_to_string(&file).is_ok_and(|present| present == text) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        }
    }
    if !stale.is_empty() {
        bail!("docs/schema differs from the types in {}: run `cargo xtask schema`", stale.join(", "));
    }
    Ok(())
}
