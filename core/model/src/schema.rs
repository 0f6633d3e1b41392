//! JSON Schema of what crosses the plugin border, generated from the types, for authors in other languages.

use schemars::{Schema, schema_for};

use crate::plugin::{Context, Document, Manifest};
use crate::record::Record;

/// Every published schema with its file name under `docs/schema/`.
#[must_use]
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("record.schema.json", schema_for!(Record)),
        ("document.schema.json", schema_for!(Document)),
        ("context.schema.json", schema_for!(Context)),
        ("manifest.schema.json", schema_for!(Manifest)),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_record_schema_names_every_kind() {
        let schemas = super::all();
        let text = serde_json::to_string(&schemas[0].1).unwrap();
        for kind in crate::Record::KINDS {
            assert!(text.contains(&format!("\"{kind}\"")), "{kind}");
        }
    }
}
