//! The published JSON Schema has the members that the decoder reads, no fewer and no more.

use std::collections::BTreeSet;

use super::*;

const SCHEMA: &str = include_str!("../../../../docs/schema/market-supervision.schema.json");
/// The decoder's sources: a member is read by its name, which stands there as a text.
const SOURCES: [&str; 7] = [
    include_str!("../decode.rs"),
    include_str!("../party.rs"),
    include_str!("../inspection.rs"),
    include_str!("../annual_report.rs"),
    include_str!("../lost_contact.rs"),
    include_str!("../decision.rs"),
    include_str!("../answer.rs"),
];
/// Names that the decoder gives and does not read: keys of `extra` for what a code means.
const GIVEN: [&str; 2] = ["SpeCauseCN", "RemExcpresCN"];

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// Names of members, and the words of closed tables.
fn names(schema: &Value, members: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    // A condition names members that are described elsewhere.
                    ("if" | "then", _) => {}
                    ("properties", Value::Object(properties)) => members.extend(properties.keys().cloned()),
                    ("enum", Value::Array(list)) => {
                        words.extend(list.iter().filter_map(|word| word.as_str().map(str::to_owned)));
                    }
                    _ => {}
                }
                names(value, members, words);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| names(value, members, words)),
        _ => {}
    }
}

/// Texts in the sources that can be names of members: `"UniSCID"`, without tests.
fn literals() -> BTreeSet<String> {
    let name = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.len() > 1
            && text.chars().all(|c| c.is_ascii_alphanumeric())
            && text.chars().any(|c| c.is_ascii_lowercase())
    };
    let code = SOURCES.map(|source| source.split("#[cfg(test)]").next().unwrap_or_default()).join("\n");
    // Comments hold quotation marks only in pairs; a name stands between two of them either way.
    code.split('"').filter(name).map(str::to_owned).collect()
}

#[test]
fn the_decoder_reads_what_the_schema_has() {
    let (mut members, mut words) = (BTreeSet::new(), BTreeSet::new());
    names(&schema(), &mut members, &mut words);
    let read = literals();
    let unread: Vec<_> = members.difference(&read).collect();
    assert!(unread.is_empty(), "in the schema but never read: {unread:?}");
    let known: BTreeSet<String> = members.union(&words).cloned().chain(GIVEN.map(str::to_owned)).collect();
    let unpublished: Vec<_> = read.difference(&known).collect();
    assert!(unpublished.is_empty(), "read but not in the schema: {unpublished:?}");
}

/// The members of a sample, with the definition that they belong to.
fn check_sample(value: &Value, definition: &Value, definitions: &Value, path: &str) {
    let Some(object) = value.as_object() else { return };
    let properties = &definition["properties"];
    for required in definition["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(required.as_str().unwrap()), "{path} lacks {required}");
    }
    for (name, inner) in object {
        let property = &properties[name];
        assert!(property.is_object(), "{path}.{name} is not in the schema");
        if let Some(list) = property["enum"].as_array() {
            assert!(list.contains(inner), "{path}.{name} is {inner}");
        }
        let Some(target) = property["items"]["$ref"].as_str() else { continue };
        let target = &definitions[target.rsplit('/').next().unwrap()];
        for item in inner.as_array().unwrap() {
            check_sample(item, target, definitions, &format!("{path}.{name}"));
        }
    }
}

#[test]
fn the_samples_keep_to_the_schema() {
    let schema = schema();
    let definitions = &schema["$defs"];
    for bytes in SAMPLES {
        let sample: Value = serde_json::from_slice(bytes).unwrap();
        check_sample(&sample, &schema, definitions, "message");
        let business = sample["Business"].as_str().unwrap();
        assert!(definitions[business].is_object(), "{business} has a definition");
        for row in sample["Rows"].as_array().unwrap() {
            check_sample(row, &definitions[business], definitions, business);
        }
    }
}

#[test]
fn everything_in_the_schema_is_explained_in_chinese() {
    fn check(properties: &Value) {
        for (name, property) in properties.as_object().unwrap() {
            let text = property["description"].as_str().unwrap_or_default();
            assert!(!text.is_ascii(), "{name} has no Chinese description");
        }
    }
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    check(&schema["properties"]);
    for definition in schema["$defs"].as_object().unwrap().values() {
        assert!(!definition["description"].as_str().unwrap().is_ascii());
        check(&definition["properties"]);
    }
}
