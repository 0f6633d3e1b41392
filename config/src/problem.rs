//! Problems: what is wrong with the configuration, where, and what would be right.
//!
//! A problem never carries a secret. Values are shown only where they cannot be one.

use std::fmt;
use std::path::{Path, PathBuf};

/// The `file` of a problem that is in an environment variable; its `path` is the variable's name.
pub const ENVIRONMENT: &str = "environment";

/// Most problems kept; a file of the wrong kind altogether could make one a line.
const PROBLEMS_MAX: usize = 1_000;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or [`ENVIRONMENT`].
    pub file: PathBuf,
    /// The key's path, such as `agencies.police.link.token` (elements of lists are counted from 1); empty when the
    /// file as a whole is meant.
    pub path: String,
    /// What is wrong and what is allowed.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.text)
    }
}

/// Every problem found. `Display` prints one a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn add(&mut self, file: &Path, path: impl Into<String>, text: impl Into<String>) {
        if self.0.len() < PROBLEMS_MAX {
            self.0.push(Problem { file: file.to_owned(), path: path.into(), text: text.into() });
        }
    }

    /// Sorted by file and path, at one place in the order found; the same thing found twice is said once.
    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort_by(|a, b| (&a.file, &a.path).cmp(&(&b.file, &b.path)));
        self.0.dedup();
        self
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
