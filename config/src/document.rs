//! Reading one TOML file: bounded, with every syntax error at its line and column, and every difference from its shape.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Table;

use crate::problem::Problems;
use crate::shape::{Key, Walk};

/// Largest file read: the largest shipped one has some ten kilobytes, and a mistyped path must not fill the memory.
pub(crate) const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The text of a file, or why there is none.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, String> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "file is not there".to_owned(),
        ErrorKind::PermissionDenied => "file cannot be read: permission denied".to_owned(),
        kind => format!("file cannot be read: {kind}"),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(cannot)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bytes_max {
        return Err(format!("file is larger than the {bytes_max} bytes allowed"));
    }
    String::from_utf8(bytes).map_err(|error| format!("file is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}

/// The table of a file; `None`, and the problems told, when there is none.
pub(crate) fn read(path: &Path, problems: &mut Problems) -> Option<Table> {
    match read_text(path, FILE_BYTES_MAX) {
        Ok(text) => parse(path, &text, problems),
        Err(problem) => {
            problems.add(path, "", problem);
            None
        }
    }
}

/// The table of a text; `None`, and the problems told, when it is not TOML.
pub(crate) fn parse(path: &Path, text: &str, problems: &mut Problems) -> Option<Table> {
    let (_, errors) = toml::de::DeTable::parse_recoverable(text);
    let mut places: Vec<_> =
        errors.iter().map(|error| (error.span().map_or(0, |span| span.start), error.message())).collect();
    places.sort_unstable();
    for (byte, message) in places {
        let (line, column) = position(text, byte);
        problems.add(path, "", format!("line {line}, column {column}: not TOML: {message}"));
    }
    if !errors.is_empty() {
        return None;
    }
    match toml::from_str(text) {
        Ok(table) => Some(table),
        Err(error) => {
            let (line, column) = position(text, error.span().map_or(0, |span| span.start));
            problems.add(path, "", format!("line {line}, column {column}: {}", error.message()));
            None
        }
    }
}

/// Line and column of a byte, both counted from 1, the column in characters.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.chars().rev().take_while(|&c| c != '\n').count().saturating_add(1);
    (line, column)
}

/// A file that has the shape of `keys`, as the type it stands for.
///
/// The shapes are stricter than the types. So a problem from the type means that the two have come apart; it is
/// reported like any other.
pub(crate) fn load<T: DeserializeOwned>(file: &Path, prefix: &str, keys: &[Key], problems: &mut Problems) -> Option<T> {
    let table = read(file, problems)?;
    let before = problems.len();
    Walk { file, problems }.table(keys, &table, prefix);
    if problems.len() > before {
        return None;
    }
    match table.try_into() {
        Ok(value) => Some(value),
        Err(error) => {
            problems.add(file, prefix, error.message());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        for (text, byte, wanted) in [("", 0, (1, 1)), ("ab\ncd", 4, (2, 2)), ("名 = ", 4, (1, 3)), ("a\n", 2, (2, 1))]
        {
            assert_eq!(position(text, byte), wanted, "{text:?} {byte}");
        }
    }
}
