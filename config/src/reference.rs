//! The reference page of the configuration, written from [`crate::keys`]. A test compares it with
//! `docs/configuration.md`.

use std::fmt::Write as _;

use crate::keys::{FILES, FileKind, Key, Need, Shape};

/// What stands before the tables.
const INTRODUCTION: &str = "# Configuration

This page is written from the tables in `config/src/keys`; a test fails when it differs from them.

The gateway reads one `xiezhi.toml`, and the folders that it names beside it. `xiezhi check` reports every problem of
every file at once, each with its file and key path, and exits with an error. What holds everywhere:

- An unknown key is an error, never ignored. In a folder, only files that end in `.toml` are read.
- A relative path starts at the folder of the file that names it. A relative path in an environment variable starts at
  the working folder.
- Every key of `xiezhi.toml` can be overridden by an environment variable: `XIEZHI__` and the key in upper case, with
  two underscores for each dot. `http.listen` is `XIEZHI__HTTP__LISTEN`. An unknown variable with this prefix is an error.
- A secret is never written into these files. It is a reference: `{ file = \"secrets/police\" }` or
  `{ env = \"XIEZHI_TOKEN_POLICE\" }`. A secret's file must belong to its owner alone (mode 600 or less); one line end at
  the end is dropped. Secrets print as `***`.
- Dates and times are text in quotes.
- Elements of lists are counted from 1 in key paths: `policy.cluster.rule[2].clause`.
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for kind in FILES {
        add_file(&mut page, kind);
    }
    page
}

fn add_file(page: &mut String, kind: &FileKind) {
    // Writing to a text cannot fail.
    let _ = write!(page, "\n## `{}`\n\n{}\n\n", kind.place, kind.purpose);
    page.push_str("| key | meaning | allowed | unit | default | since |\n|---|---|---|---|---|---|\n");
    add_keys(page, kind.keys, "");
}

fn add_keys(page: &mut String, keys: &[Key], within: &str) {
    for key in keys {
        let name = format!("{within}{}", key.name);
        let allowed = escaped(&allowed(&key.shape));
        let default = match key.need {
            Need::Required => "required".to_owned(),
            Need::Default(value) => format!("`{value}`"),
            Need::Optional(text) => escaped(text),
        };
        let unit = if key.unit.is_empty() { "–" } else { key.unit };
        let meaning = escaped(key.meaning);
        let _ = writeln!(page, "| `{name}` | {meaning} | {allowed} | {unit} | {default} | {} |", key.since);
        match key.shape {
            Shape::Table(keys) => add_keys(page, keys, &format!("{name}.")),
            Shape::List(Shape::Table(keys)) => add_keys(page, keys, &format!("{name}[].")),
            Shape::Named(Shape::Table(keys)) => add_keys(page, keys, &format!("{name}.<id>.")),
            _ => {}
        }
    }
}

fn allowed(shape: &Shape) -> String {
    match shape {
        Shape::Integer { min, max: i64::MAX } => format!("whole number from {min}"),
        Shape::Integer { min, max } => format!("whole number, {min} to {max}"),
        Shape::Text { bytes_max } => format!("text, 1 to {bytes_max} bytes"),
        Shape::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Shape::Parsed { form, .. } => (*form).to_owned(),
        Shape::Path => "path".to_owned(),
        Shape::Reference => "reference to a secret".to_owned(),
        Shape::Free => "table".to_owned(),
        Shape::Table(_) => "table of the keys below".to_owned(),
        Shape::List(Shape::Table(_)) => "list of tables of the keys below".to_owned(),
        Shape::List(item) => format!("list; each: {}", allowed(item)),
        Shape::Named(_) => "table of tables of the keys below".to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
