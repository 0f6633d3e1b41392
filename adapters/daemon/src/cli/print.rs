//! Printing: plain lines for people, JSON for programs. Output that nobody reads any more (a closed pipe) is no error.

use std::io::{self, Write as _};

use serde::Serialize;

/// Prints one line to stdout.
///
/// # Errors
/// When stdout cannot be written for another reason than a closed pipe.
pub(crate) fn line(text: &str) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints a value as one JSON document.
///
/// # Errors
/// As [`line`], or when the value is no JSON.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> anyhow::Result<()> {
    Ok(line(&serde_json::to_string_pretty(value)?)?)
}
