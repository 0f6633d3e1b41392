//! For the plugins' own tests: does a JSON value obey a published JSON Schema, and does the schema say what the reader reads?
//! Only the words that our schemas use.
//!
//! No validator for production: it knows neither `pattern` nor `format`, and stops at the first word that it does not know.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may stop at the first surprise")]

use serde_json::{Map, Value, json};
use xiezhi_sdk::Decoded;
use xiezhi_sdk::model::fault::Fault;

use crate::answers::{ATTACHMENT, RESULT};
use crate::rows::{Format, MESSAGE, Names};

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

/// Holds a schema against the members that a format reads: neither has one that the other lacks, and a member's description
/// begins with its label.
///
/// # Panics
/// When they differ.
pub fn has_members(schema: &Value, format: &Format) {
    let mut objects: Vec<(&str, Names)> = format.rows.iter().map(|row| (row.name, row.names)).collect();
    objects.extend([("header", format.header), ("attachment", ATTACHMENT), ("row_result", RESULT)]);
    for (definition, names) in objects {
        let mut published = properties(schema, definition);
        // The gateway's own receipts say which cases a message opened; nobody sends that to it.
        published.retain(|name| (definition, *name) != ("receipt", "case_numbers"));
        assert_eq!(published, sorted(names), "{definition}");
        for (name, label) in names {
            assert!(description(schema, definition, name).starts_with(label), "{definition}.{name}: {label}");
        }
    }
    let top = schema.get("properties").and_then(Value::as_object).unwrap();
    assert_eq!(top.keys().map(String::as_str).collect::<Vec<_>>(), sorted(MESSAGE));
}

/// Holds a schema against tables of codes: definition, member, table.
///
/// # Panics
/// When they differ.
pub fn has_codes(schema: &Value, tables: &[(&str, &str, Names)]) {
    for (definition, name, table) in tables {
        let codes: Vec<_> = table.iter().map(|(code, _)| *code).collect();
        assert_eq!(schema.pointer(&pointer(definition, name, "enum")), Some(&json!(codes)), "{definition}.{name}");
        for (code, meaning) in *table {
            let wanted = format!("{code} {meaning}");
            assert!(description(schema, definition, name).contains(&wanted), "{definition}.{name}: {wanted}");
        }
    }
}

/// Every member of a format is read: an object in its place, which is wrong for a single value and for a list alike, costs
/// the row, or in the header the message. `rows` are good rows, one of each type at least, and `header` is a good header.
///
/// # Panics
/// When a member is passed over.
pub fn reads_every_member(
    format: &Format,
    header: &Value,
    rows: &[Value],
    decode: impl Fn(&str) -> Result<Decoded, Fault>,
) {
    let message =
        |header: &Value, row: &Value| json!({"format": format.version, "header": header, "rows": [row]}).to_string();
    let replaced = |object: &Value, name: &str| {
        let mut object = object.clone();
        object.as_object_mut().unwrap().insert(name.to_owned(), json!({}));
        object
    };
    let structure = format!("{}.structure", format.prefix);
    for form in format.rows {
        let base = rows.iter().find(|row| row.get("type") == Some(&json!(form.name))).expect(form.name);
        let document = decode(&message(header, base)).unwrap().document;
        assert_eq!((document.records.len(), document.row_faults), (1, Vec::new()), "{}", form.name);
        for (name, _) in form.names {
            let document = decode(&message(header, &replaced(base, name))).unwrap().document;
            assert_eq!(document.records, [], "{}.{name}", form.name);
            let fault = &document.row_faults.first().unwrap().fault;
            let found = (fault.code.as_str(), fault.field.as_deref());
            assert_eq!(found, (structure.as_str(), Some(*name)), "{}: {}", form.name, fault.text);
        }
    }
    let row = rows.first().unwrap();
    for (name, _) in format.header {
        let fault = decode(&message(&replaced(header, name), row)).unwrap_err();
        assert_eq!(fault.field.as_deref(), Some(*name), "{}", fault.text);
    }
}

fn sorted(names: Names) -> Vec<&'static str> {
    let mut names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

fn pointer(definition: &str, name: &str, word: &str) -> String {
    format!("/$defs/{definition}/properties/{name}/{word}")
}

fn description<'s>(schema: &'s Value, definition: &str, name: &str) -> &'s str {
    schema.pointer(&pointer(definition, name, "description")).and_then(Value::as_str).unwrap()
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
