//! For the plugins' own tests: does a JSON value obey a published JSON Schema? Only the words that our schemas use.
//!
//! No validator for production: it knows neither `pattern` nor `format`, and stops at the first word that it does not know.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may stop at the first surprise")]

use serde_json::{Map, Value};

/// Words that say nothing which could be broken, or that the readers' own tests hold (`pattern`, `format`).
const SILENT: [&str; 8] = ["$schema", "$id", "$defs", "title", "description", "pattern", "format", "required"];

/// Every breach, each with its path.
#[must_use]
pub fn breaches(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

/// The names of a definition's properties, sorted.
///
/// # Panics
/// When there is no such definition.
#[must_use]
pub fn properties<'s>(schema: &'s Value, definition: &str) -> Vec<&'s str> {
    let properties = schema.pointer(&format!("/$defs/{definition}/properties")).and_then(Value::as_object);
    let mut names: Vec<&str> =
        properties.unwrap_or_else(|| panic!("no {definition}")).keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let mut broken = Vec::new();
    let mut say = |what: String| broken.push(format!("{path}: {what}"));
    let words = schema.as_object().expect("a schema is an object");
    if let Some(members) = value.as_object() {
        for name in words.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                say(format!("{name} is missing"));
            }
        }
    }
    for (word, wanted) in words {
        match word.as_str() {
            silent if SILENT.contains(&silent) => {}
            "const" if value != wanted => say(format!("is not {wanted}")),
            "enum" if !wanted.as_array().unwrap().contains(value) => say(format!("is not one of {wanted}")),
            "type" if !is_type(value, wanted) => say(format!("is no {wanted}")),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minimum" | "maximum" => {
                if !within(word, wanted, value) {
                    say(format!("breaks {word} {wanted}"));
                }
            }
            "const" | "enum" | "type" | "additionalProperties" => {}
            "$ref" => check(root, definition(root, wanted), value, path, found),
            "oneOf" => one_of(root, wanted, value, path, found),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, item, &format!("{path}/{index}"), found);
                }
            }
            "properties" => members(root, words, wanted, value, path, found),
            other => panic!("{path}: the word {other} is not known here"),
        }
    }
    found.append(&mut broken);
}

fn members(
    root: &Value,
    words: &Map<String, Value>,
    properties: &Value,
    value: &Value,
    path: &str,
    found: &mut Vec<String>,
) {
    for (name, member) in value.as_object().into_iter().flatten() {
        match properties.get(name) {
            Some(schema) => check(root, schema, member, &format!("{path}/{name}"), found),
            None if words.get("additionalProperties") == Some(&Value::Bool(false)) => {
                found.push(format!("{path}/{name}: is not in the schema"));
            }
            None => {}
        }
    }
}

/// The alternative whose `type` is the value's; our rows all say theirs.
fn one_of(root: &Value, alternatives: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let mut alternatives =
        alternatives.as_array().unwrap().iter().map(|one| definition(root, one.get("$ref").unwrap()));
    match alternatives.find(|one| one.pointer("/properties/type/const") == value.get("type")) {
        Some(one) => check(root, one, value, path, found),
        None => found.push(format!("{path}: no alternative has this type")),
    }
}

fn definition<'s>(root: &'s Value, reference: &Value) -> &'s Value {
    let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
    root.pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere"))
}

fn is_type(value: &Value, wanted: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the type {other} is not known here"),
    };
    wanted.as_array().map_or_else(|| is(wanted), |names| names.iter().any(is))
}

fn within(word: &str, wanted: &Value, value: &Value) -> bool {
    let bound = wanted.as_u64().unwrap();
    let size = match word {
        "minLength" | "maxLength" => value.as_str().map(|text| text.chars().count() as u64),
        "minItems" | "maxItems" => value.as_array().map(|items| items.len() as u64),
        _ => value.as_u64(),
    };
    size.is_none_or(|size| if word.starts_with("min") { size >= bound } else { size <= bound })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_breach_is_named_with_its_path() {
        let schema = json!({
            "type": "object", "required": ["rows"], "additionalProperties": false,
            "properties": {"rows": {"type": "array", "maxItems": 2, "items": {"oneOf": [{"$ref": "#/$defs/a"}]}}},
            "$defs": {"a": {"type": "object", "required": ["n"], "properties": {
                "type": {"const": "a"}, "n": {"type": ["integer", "string"], "minimum": 2}, "c": {"enum": ["x"]}
            }}}
        });
        for (value, expected) in [
            (json!({"rows": [{"type": "a", "n": 2, "c": "x", "more": 1}]}), vec![]),
            (json!([]), vec![": is no \"object\""]),
            (json!({"row": 1}), vec!["/row: is not in the schema", ": \"rows\" is missing"]),
            (json!({"rows": [{"type": "b"}]}), vec!["/rows/0: no alternative has this type"]),
            (
                json!({"rows": [{"type": "a"}, {"type": "a", "n": 1, "c": "y"}, {"type": "a", "n": true}]}),
                vec![
                    "/rows/0: \"n\" is missing",
                    "/rows/1/c: is not one of [\"x\"]",
                    "/rows/1/n: breaks minimum 2",
                    "/rows/2/n: is no [\"integer\",\"string\"]",
                    "/rows: breaks maxItems 2",
                ],
            ),
        ] {
            let mut found = breaches(&schema, &value);
            found.sort();
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(expected.iter().all(|one| found.iter().any(|breach| breach == one)), "{found:?}");
        }
        assert_eq!(properties(&schema, "a"), ["c", "n", "type"]);
    }
}
