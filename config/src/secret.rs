//! Secrets: given by reference, resolved once, never printed.
//!
//! A [`Secret`] has no `Serialize` and prints as `***`. No function here puts a secret into a problem.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::{Map, Number};
use toml::{Table, Value};

use crate::document::read_text;
use crate::problem::Problems;
use crate::shape::{Shape, Walk, joined, shown, wanted};

/// Longest secret, in bytes: a bearer token must fit a header line.
const SECRET_BYTES_MAX: usize = 4_096;
/// Shortest token, in bytes: 16 random letters and digits hold more than 90 bits, out of reach of guessing.
pub const TOKEN_BYTES_MIN: usize = 16;
/// Deepest nesting of a plugin's settings.
const DEPTH_MAX: usize = 16;
/// A setting whose name ends so holds a secret, and is given by reference only.
const SECRET_NAMES: [&str; 3] = ["secret", "password", "token"];

/// A secret text. Prints as `***`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret itself: for a comparison in constant time, or to hand it on. Never for a log or an answer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where references of one file are looked up.
pub(crate) struct Resolver<'a> {
    pub(crate) file: &'a Path,
    pub(crate) env: &'a BTreeMap<String, String>,
    pub(crate) problems: &'a mut Problems,
}

impl Resolver<'_> {
    /// Resolves a reference whose shape was checked; `None` when it was wrong (told then) or leads nowhere (told here).
    pub(crate) fn secret(&mut self, reference: &Value, path: &str) -> Option<Secret> {
        let (kind, name) = parts(reference)?;
        let found = if kind == "env" { self.in_env(name) } else { self.in_file(name) };
        let checked = found.and_then(|text| match text.len() {
            0 => Err("the secret is empty".to_owned()),
            1..=SECRET_BYTES_MAX => Ok(text),
            _ => Err(format!("the secret is longer than {SECRET_BYTES_MAX} bytes")),
        });
        match checked {
            Ok(text) => Some(Secret(text)),
            Err(problem) => {
                self.problems.add(self.file, path, problem);
                None
            }
        }
    }

    /// A secret that an agency shows to be let in.
    pub(crate) fn token(&mut self, reference: &Value, path: &str) -> Option<Secret> {
        let secret = self.header(reference, path)?;
        if secret.0.len() < TOKEN_BYTES_MIN {
            let text = format!("the token is shorter than {TOKEN_BYTES_MIN} bytes");
            self.problems.add(self.file, path, text);
            return None;
        }
        Some(secret)
    }

    /// A secret that the gateway shows in a header.
    pub(crate) fn header(&mut self, reference: &Value, path: &str) -> Option<Secret> {
        let secret = self.secret(reference, path)?;
        if !secret.0.bytes().all(|b| b.is_ascii_graphic()) {
            let text = "the token has characters other than visible ASCII, which a header cannot carry";
            self.problems.add(self.file, path, text);
            return None;
        }
        Some(secret)
    }

    /// A plugin's settings as JSON, references resolved.
    pub(crate) fn settings(&mut self, table: &Table, path: &str) -> Map<String, serde_json::Value> {
        table
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), self.json(value, &joined(path, name), DEPTH_MAX)?)))
            .collect()
    }

    fn json(&mut self, value: &Value, path: &str, depth: usize) -> Option<serde_json::Value> {
        let Some(depth) = depth.checked_sub(1) else {
            self.problems.add(self.file, path, format!("settings are nested deeper than {DEPTH_MAX} levels"));
            return None;
        };
        Some(match value {
            Value::String(text) => text.clone().into(),
            Value::Integer(number) => (*number).into(),
            // A number that JSON cannot hold was told when the shape was checked.
            Value::Float(number) => Number::from_f64(*number)?.into(),
            Value::Boolean(flag) => (*flag).into(),
            Value::Datetime(time) => time.to_string().into(),
            Value::Array(values) => values.iter().filter_map(|value| self.json(value, path, depth)).collect(),
            Value::Table(table) => match table.get("secret") {
                Some(reference) => self.secret(reference, path)?.0.into(),
                None => serde_json::Value::Object(
                    table
                        .iter()
                        .filter_map(|(name, value)| Some((name.clone(), self.json(value, &joined(path, name), depth)?)))
                        .collect(),
                ),
            },
        })
    }

    fn in_env(&self, name: &str) -> Result<String, String> {
        let text = self.env.get(name).ok_or_else(|| format!("environment variable {name} is not set"))?;
        Ok(trimmed(text).to_owned())
    }

    fn in_file(&self, name: &str) -> Result<String, String> {
        let path = self.file.parent().unwrap_or(Path::new("")).join(name);
        private(&path).map_err(|problem| format!("secret file {name}: {problem}"))?;
        // One byte over the limit and a line end are read, so that the length check above sees them.
        let bytes_max = u64::try_from(SECRET_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(3);
        let text = read_text(&path, bytes_max).map_err(|problem| format!("secret file {name}: {problem}"))?;
        Ok(trimmed(&text).to_owned())
    }
}

/// One line end at the end is the editor's, not the secret's.
fn trimmed(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// Refuses a file that others than its owner may use.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = std::fs::metadata(path) else {
        // Reading it says why.
        return Ok(());
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(format!("others may use it (mode {mode:03o}); run chmod 600 on it")) }
}

#[cfg(not(unix))]
fn private(_path: &Path) -> Result<(), String> {
    Ok(())
}

/// `file` or `env`, and the name, of a well-formed reference.
fn parts(reference: &Value) -> Option<(&str, &str)> {
    let table = reference.as_table()?;
    match (table.len(), table.get("file"), table.get("env")) {
        (1, Some(Value::String(name)), None) if !name.trim().is_empty() => Some(("file", name)),
        (1, None, Some(Value::String(name))) if !name.trim().is_empty() => Some(("env", name)),
        _ => None,
    }
}

/// Checks the form of a reference, without looking at what it leads to.
pub(crate) fn check_reference(value: &Value, path: &str, walk: &mut Walk<'_>) {
    if parts(value).is_none() {
        let text = match value {
            Value::String(_) => format!("is the secret itself; {}", wanted(&Shape::Reference)),
            _ => wanted(&Shape::Reference),
        };
        walk.add(path, text);
    }
}

/// Checks a plugin's settings: references where there are secrets, and no number that JSON cannot hold.
pub(crate) fn check_free(table: &Table, path: &str, walk: &mut Walk<'_>) {
    for (name, value) in table {
        check_free_value(name, value, &joined(path, name), DEPTH_MAX, walk);
    }
}

fn check_free_value(name: &str, value: &Value, path: &str, depth: usize, walk: &mut Walk<'_>) {
    // Deeper levels are refused when the settings are read.
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Table(table) if table.contains_key("secret") => {
            if table.len() > 1 {
                walk.add(path, "a secret stands alone: no other key beside `secret` in its table".to_owned());
            }
            if let Some(reference) = table.get("secret") {
                check_reference(reference, &joined(path, "secret"), walk);
            }
        }
        _ if SECRET_NAMES.iter().any(|ending| name.ends_with(ending)) => {
            let form = "{ secret = { file = \"…\" } } or { secret = { env = \"…\" } }";
            walk.add(path, format!("{} holds a secret; must be {form}", shown(name)));
        }
        Value::Table(table) => {
            for (name, value) in table {
                check_free_value(name, value, &joined(path, name), depth, walk);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                check_free_value(name, value, &format!("{path}[{}]", index.saturating_add(1)), depth, walk);
            }
        }
        Value::Float(number) if !number.is_finite() => walk.add(path, "is not a finite number".to_owned()),
        _ => {}
    }
}
