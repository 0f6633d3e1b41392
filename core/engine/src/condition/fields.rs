//! Which fields a record of each kind has, so that a misspelt one is found when the policy is loaded.
//!
//! The table is checked against the JSON Schema of the model's types in a test; fields below `party` and `issue` are
//! known too, deeper ones are not.

/// Fields of each kind that a rule may look at.
const KINDS: [(&str, &[&str]); 7] = [
    (
        "finding",
        &[
            "attachments",
            "due_at",
            "extra",
            "found_at",
            "issue",
            "legal_basis",
            "party",
            "people",
            "reference",
            "stage",
            "text",
            "title",
        ],
    ),
    (
        "penalty",
        &[
            "authority",
            "category",
            "content",
            "decided_on",
            "extra",
            "fine",
            "forfeit",
            "legal_basis",
            "party",
            "published_until",
            "reference",
            "violation",
        ],
    ),
    ("complaint", &["accepted_at", "amount", "due_at", "extra", "issue", "party", "reference", "repeat_count", "text"]),
    (
        "ledger_entry",
        &[
            "cluster_address",
            "confirmed_on",
            "extra",
            "host_unit",
            "operator_unit",
            "party",
            "reference",
            "status",
            "subject",
        ],
    ),
    ("indicator", &["data_time", "extra", "facilities", "log", "measurements", "party", "period", "reference"]),
    ("alarm", &["at", "extra", "issue", "party", "reference", "severity", "text"]),
    ("restoration", &["decided_on", "extra", "party", "reference", "restores"]),
];
/// Every record has these.
const COMMON: [&str; 2] = ["kind", "schema_version"];
const PARTY: [&str; 6] = ["address", "coordinate", "device", "name", "town", "uscc"];
/// What an entity's file has, for indicators; see `crate::facts`.
pub(crate) const FILE: [&str; 13] = [
    "acts",
    "cases",
    "cluster_address",
    "confirmed_days",
    "extra",
    "host_unit",
    "name",
    "operator_unit",
    "records",
    "status",
    "subject",
    "town",
    "uscc",
];
const ISSUE: [&str; 3] = ["code", "code_system", "name"];

/// The kinds that a rule may look at: inbound records about an entity.
pub(crate) fn is_routable(kind: &str) -> bool {
    KINDS.iter().any(|(name, _)| *name == kind)
}

/// Whether a record of the kind can have the field at this path (without `record` in front).
pub(crate) fn exists(kind: &str, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let top = KINDS.iter().any(|(name, fields)| *name == kind && fields.contains(first)) || COMMON.contains(first);
    let below = match (*first, rest.first()) {
        ("party", Some(field)) => PARTY.contains(field),
        ("issue", Some(field)) => ISSUE.contains(field),
        _ => true,
    };
    top && below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(definition: &serde_json::Value) -> Vec<String> {
        definition["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_table_is_the_models() {
        let schemas = xiezhi_model::schema::all();
        let record =
            serde_json::to_value(&schemas.iter().find(|(name, _)| *name == "record.schema.json").unwrap().1).unwrap();
        let definitions = &record["$defs"];
        let pascal = |kind: &str| kind.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
        for (kind, fields) in KINDS {
            let mut wanted = keys(&definitions[pascal(kind)]);
            wanted.retain(|name| !COMMON.contains(&name.as_str()));
            wanted.sort();
            assert_eq!(fields, wanted, "{kind}");
        }
        for (name, fields) in [("Party", &PARTY[..]), ("Issue", &ISSUE[..])] {
            let mut wanted = keys(&definitions[name]);
            wanted.sort();
            assert_eq!(fields, wanted, "{name}");
        }
    }
}
