//! The cases that a batch is decided over: loaded once, changed in memory by each decision.

use std::collections::{BTreeSet, HashMap};

use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::{CaseNumber, Digest};

use crate::Decision;

/// Most sources of a case worth loading to recognise a repeated report. Past it a repetition counts as a new source.
pub const SOURCES_MAX: usize = 1_000;

/// Loaded cases, by number and by join key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseBook {
    cases: HashMap<CaseNumber, Entry>,
    by_join_key: HashMap<String, CaseNumber>,
}

/// A case and the keys of its sources.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) case: Case,
    pub(crate) sources: BTreeSet<Digest>,
}

/// What makes two reports the same source: sender, the sender's number, record kind.
pub(crate) fn source_key(source: &Source) -> Digest {
    Digest::of_parts(&[source.agency.as_str().as_bytes(), source.reference.as_bytes(), source.kind.as_bytes()])
}

impl CaseBook {
    /// Puts a case in, as stored. One that is there already is replaced, its known sources are kept.
    pub fn insert(&mut self, case: Case) {
        let sources = self.cases.get(&case.number).map(|entry| entry.sources.clone()).unwrap_or_default();
        self.put(Entry { case, sources });
    }

    /// Tells the book the sources of a case that it holds (up to [`SOURCES_MAX`] of them), so that a repeated report is
    /// recognised. Unknown cases are ignored.
    pub fn insert_sources(&mut self, number: &CaseNumber, sources: &[Source]) {
        if let Some(entry) = self.cases.get_mut(number) {
            entry.sources.extend(sources.iter().map(source_key));
        }
    }

    /// How many cases it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The case of a number.
    #[must_use]
    pub fn case(&self, number: &CaseNumber) -> Option<&Case> {
        self.cases.get(number).map(|entry| &entry.case)
    }

    /// The case, not closed, that a finding with this key joins.
    #[must_use]
    pub fn open_case(&self, join_key: &str) -> Option<&Case> {
        self.by_join_key.get(join_key).and_then(|number| self.case(number))
    }

    /// Takes a decision back, for example because a draft of it could not be encoded. Only right after that decision:
    /// what later decisions changed in the same cases would be lost.
    pub fn undo(&mut self, decision: &Decision) {
        for (number, before) in &decision.before {
            if let Some(entry) = self.cases.remove(number) {
                self.by_join_key.retain(|_, held| *held != entry.case.number);
            }
            if let Some(entry) = before {
                self.put(entry.clone());
            }
        }
    }

    pub(crate) fn entry(&self, number: &CaseNumber) -> Option<&Entry> {
        self.cases.get(number)
    }

    /// Puts an entry in and returns the one that it replaces.
    pub(crate) fn put(&mut self, entry: Entry) -> Option<Entry> {
        let number = entry.case.number.clone();
        if entry.case.status == CaseStatus::Closed {
            // A closed case is never joined; its key is free for the next one.
            if self.by_join_key.get(&entry.case.join_key) == Some(&number) {
                self.by_join_key.remove(&entry.case.join_key);
            }
        } else {
            self.by_join_key.insert(entry.case.join_key.clone(), number.clone());
        }
        self.cases.insert(number, entry)
    }
}
