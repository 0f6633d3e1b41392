//! What the checks found: one outcome a check, told as soon as it is known.

use serde::Serialize;

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Outcome {
    /// Which check.
    pub(crate) check: &'static str,
    /// Of what: a vector, a record kind, a class of damage.
    pub(crate) name: String,
    /// Whether it passed.
    pub(crate) ok: bool,
    /// Figures, or what differed.
    pub(crate) detail: String,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { check, name, ok, detail } = self;
        write!(f, "{} {check} {name}", if *ok { "ok    " } else { "failed" })?;
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

/// Counts the outcomes and passes each on.
pub(crate) struct Report<'a> {
    passed: usize,
    failed: usize,
    tell: &'a mut dyn FnMut(&Outcome),
}

impl<'a> Report<'a> {
    /// An empty report; `tell` gets each outcome.
    pub(crate) fn new(tell: &'a mut dyn FnMut(&Outcome)) -> Self {
        Self { passed: 0, failed: 0, tell }
    }

    /// How many checks passed.
    pub(crate) fn passed(&self) -> usize {
        self.passed
    }

    /// How many checks failed.
    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    /// A check passed.
    pub(crate) fn ok(&mut self, check: &'static str, name: &str, detail: impl Into<String>) {
        self.record(check, name, Ok(detail.into()));
    }

    /// A check failed.
    pub(crate) fn failure(&mut self, check: &'static str, name: &str, what: impl Into<String>) {
        self.record(check, name, Err(what.into()));
    }

    /// A check passed with figures, or failed with what differed.
    pub(crate) fn record(&mut self, check: &'static str, name: &str, result: Result<String, String>) {
        let ok = result.is_ok();
        let (Ok(detail) | Err(detail)) = result;
        if ok {
            self.passed += 1
        } else {
            self.failed += 1
        }
        (self.tell)(&Outcome { check, name: name.to_owned(), ok, detail });
    }
}
