//! Shapes: what a value may be, and the one walk that compares a file with them and finds every difference.

use std::path::Path;

use toml::{Table, Value};

use crate::problem::Problems;
use crate::secret;

/// Longest piece of a value that a problem repeats, in characters.
const SHOWN_MAX: usize = 40;

/// Most names that a hint lists: what fits a line or two.
const LISTED_MAX: usize = 20;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A whole number within a range, ends included.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Text that is not empty.
    Text {
        /// Longest, in bytes.
        bytes_max: usize,
    },
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// Text of a form.
    Parsed {
        /// The form, as the reference page says it.
        form: &'static str,
        /// Reads it; the error is what a person reads.
        parse: fn(&str) -> Result<(), String>,
    },
    /// A path; a relative one starts at the folder of the file that names it.
    Path,
    /// A secret by reference: `{ file = "…" }` or `{ env = "…" }`.
    Reference,
    /// A table that is handed on; any value in it may be `{ secret = <reference> }`.
    Free,
    /// A table of known keys.
    Table(&'static [Key]),
    /// A list.
    List(&'static Shape),
    /// A table whose keys are names.
    Named(&'static Shape),
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// Without it this value holds.
    Default(&'static str),
    /// It may be left out; the text says what then.
    Optional(&'static str),
}

/// One key of a file, declared once: the checks, the defaults and the reference page read it.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name; a dot leads into a table.
    pub name: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// Whether it must be there.
    pub need: Need,
    /// The unit of its value, or empty.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// The version of the gateway that knows it first.
    pub since: &'static str,
}

/// Where the walk is, and where it tells what it finds.
pub(crate) struct Walk<'a> {
    pub(crate) file: &'a Path,
    pub(crate) problems: &'a mut Problems,
}

impl Walk<'_> {
    /// Compares a file's table with its keys.
    pub(crate) fn table(&mut self, keys: &[Key], table: &Table, prefix: &str) {
        self.level(keys, "", table, prefix);
        for key in keys.iter().filter(|key| key.need == Need::Required) {
            // A key below a value that is no table is not also reported as missing.
            if lookup(table, key.name).is_none() && !blocked(table, key.name) {
                self.add(&joined(prefix, key.name), format!("missing; {}", wanted(&key.shape)));
            }
        }
    }

    /// One level of a table: `within` is the dotted way from the file's root (`http.`).
    fn level(&mut self, keys: &[Key], within: &str, table: &Table, prefix: &str) {
        for (name, value) in table {
            let dotted = format!("{within}{name}");
            let below = format!("{dotted}.");
            let path = joined(prefix, &dotted);
            if name.contains('.') {
                self.add(&path, "unknown key: a dot inside quotes does not lead into a table".to_owned());
            } else if let Some(key) = keys.iter().find(|key| key.name == dotted) {
                self.value(&key.shape, value, &path);
            } else if keys.iter().any(|key| key.name.starts_with(&below)) {
                match value {
                    Value::Table(inner) => self.level(keys, &below, inner, prefix),
                    other => self.add(&path, format!("must be a table, is {}", type_name(other))),
                }
            } else {
                let allowed = keys.iter().filter_map(|key| key.name.strip_prefix(within)).map(first_part);
                self.add(&path, format!("unknown key; {}", hint(name, allowed)));
            }
        }
    }

    /// Compares one value with its shape.
    pub(crate) fn value(&mut self, shape: &Shape, value: &Value, path: &str) {
        match (shape, value) {
            (Shape::Integer { min, max }, Value::Integer(number)) if (min..=max).contains(&number) => {}
            (Shape::Integer { .. }, Value::Integer(number)) => {
                self.add(path, format!("is {number}; {}", wanted(shape)));
            }
            (Shape::Text { .. } | Shape::Path | Shape::OneOf(_) | Shape::Parsed { .. }, Value::String(text)) => {
                if let Err(problem) = check_text(shape, text) {
                    self.add(path, problem);
                }
            }
            (Shape::Reference, value) => secret::check_reference(value, path, self),
            (Shape::Free, Value::Table(table)) => secret::check_free(table, path, self),
            (Shape::Table(keys), Value::Table(table)) => self.table(keys, table, path),
            (Shape::List(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(item, value, &format!("{path}[{}]", index.saturating_add(1)));
                }
            }
            (Shape::Named(item), Value::Table(table)) => {
                for (name, value) in table {
                    self.value(item, value, &joined(path, name));
                }
            }
            (shape, other) => self.add(path, format!("is {}; {}", type_name(other), wanted(shape))),
        }
    }

    pub(crate) fn add(&mut self, path: &str, text: String) {
        self.problems.add(self.file, path, text);
    }
}

/// Checks a text against a shape that texts can have.
fn check_text(shape: &Shape, text: &str) -> Result<(), String> {
    let right = match shape {
        Shape::Text { bytes_max } => !text.trim().is_empty() && text.len() <= *bytes_max,
        Shape::Path => !text.trim().is_empty() && !text.contains('\0'),
        Shape::OneOf(words) => words.contains(&text),
        Shape::Parsed { parse, .. } => return parse(text),
        _ => false,
    };
    if right { Ok(()) } else { Err(format!("is \"{}\"; {}", shown(text), wanted(shape))) }
}

/// What a shape wants, as a problem says it.
pub(crate) fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Integer { min, max } => format!("must be a whole number from {min} to {max}"),
        Shape::Text { bytes_max } => format!("must be text of 1 to {bytes_max} bytes"),
        Shape::OneOf(words) => format!("must be one of {}", words.join(", ")),
        Shape::Parsed { form, .. } => format!("must be {form}, in quotes"),
        Shape::Path => "must be a path, in quotes".to_owned(),
        Shape::Reference => "must be a reference: { file = \"…\" } or { env = \"…\" }".to_owned(),
        Shape::Free | Shape::Table(_) | Shape::Named(_) => "must be a table".to_owned(),
        Shape::List(_) => "must be a list".to_owned(),
    }
}

/// The value at a dotted name.
pub(crate) fn lookup<'a>(table: &'a Table, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        None => table.get(name),
        Some((first, rest)) => table.get(first).and_then(Value::as_table).and_then(|inner| lookup(inner, rest)),
    }
}

/// The text at a dotted name.
pub(crate) fn lookup_text<'a>(table: &'a Table, name: &str) -> Option<&'a str> {
    lookup(table, name).and_then(Value::as_str)
}

/// Whether something that is no table stands where the dotted name leads through.
fn blocked(table: &Table, name: &str) -> bool {
    name.match_indices('.')
        .filter_map(|(at, _)| name.get(..at))
        .any(|part| lookup(table, part).is_some_and(|value| !value.is_table()))
}

/// The nearest allowed name, or all of them; where they are many, where to find them.
pub(crate) fn hint<'a>(name: &str, allowed: impl Iterator<Item = &'a str>) -> String {
    let mut allowed: Vec<&str> = allowed.collect();
    allowed.dedup();
    let distance_max = 2.max(name.chars().count() / 3);
    let nearest = allowed
        .iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), *candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min();
    match nearest {
        Some((_, candidate)) => format!("did you mean {candidate}?"),
        None if allowed.len() > LISTED_MAX => "docs/configuration.md lists all there are".to_owned(),
        None => format!("allowed here: {}", allowed.join(", ")),
    }
}

pub(crate) fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// The beginning of a text, for a problem to repeat.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect()
}

fn first_part(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time without quotes",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_name_the_nearest_or_everything() {
        let names = ["listen", "body_bytes_max"];
        for (typed, wanted) in [
            ("lsiten", "did you mean listen?"),
            ("body_byte_max", "did you mean body_bytes_max?"),
            ("port", "allowed here: listen, body_bytes_max"),
        ] {
            assert_eq!(hint(typed, names.into_iter()), wanted);
        }
    }
}
