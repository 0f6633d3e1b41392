//! The cases that a batch is decided over: loaded once, changed in memory by each decision.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use xiezhi_model::act::LegalAct;
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::{ActId, CaseNumber, Digest};

use crate::Decision;

/// Most sources of a case worth loading to recognise a repeated report. Past it a repetition counts as a new source.
pub const SOURCES_MAX: usize = 1_000;

/// What a case in the book takes, in bytes, without its sources and its kept text: its other texts, two keys and the maps' own room.
const CASE_BYTES: usize = 3 << 10;
/// What the key of a source takes, in bytes, with its share of the set's nodes.
const SOURCE_KEY_BYTES: usize = 64;

/// Loaded cases, by number and by join key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseBook {
    cases: HashMap<CaseNumber, Entry>,
    by_join_key: HashMap<String, CaseNumber>,
    /// How many source keys all cases have together.
    source_keys: usize,
    /// How many bytes the cases' kept texts have together: from none to some 1,500 each.
    text_bytes: usize,
    /// The acts that a group of messages may change or propose beside; loaded for each group anew, because people change them.
    acts: HashMap<ActId, LegalAct>,
    /// The sources of the cases in which the group may propose an act.
    evidence: HashMap<CaseNumber, Vec<Source>>,
}

/// A case and the keys of its sources.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    case: Arc<Case>,
    sources: BTreeSet<Digest>,
}

/// What a decision changed in the book, so that it can be taken back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Before {
    number: CaseNumber,
    /// The case as it was; `None` when the decision opened it.
    case: Option<Arc<Case>>,
    /// Keys of the sources that it added.
    added: BTreeSet<Digest>,
}

/// An act as it was before a decision; `None` when the decision proposed it.
pub(crate) type ActBefore = (ActId, Option<LegalAct>);

/// What makes two reports the same source: sender, the sender's number, record kind.
pub(crate) fn source_key(source: &Source) -> Digest {
    Digest::of_parts(&[source.agency.as_str().as_bytes(), source.reference.as_bytes(), source.kind.as_bytes()])
}

impl CaseBook {
    /// Puts a case in, as stored. One that is there already is replaced, its known sources are kept.
    pub fn insert(&mut self, case: impl Into<Arc<Case>>) {
        self.put(case.into(), &BTreeSet::new());
    }

    /// Tells the book the sources of a case that it holds (up to [`SOURCES_MAX`] of them), so that a repeated report is
    /// recognised. Unknown cases are ignored.
    pub fn insert_sources(&mut self, number: &CaseNumber, sources: &[Source]) {
        if let Some(entry) = self.cases.get_mut(number) {
            let before = entry.sources.len();
            entry.sources.extend(sources.iter().map(source_key));
            self.source_keys += entry.sources.len() - before;
        }
    }

    /// Forgets acts and evidence, before those of the next group are loaded.
    pub fn forget_acts(&mut self) {
        self.acts.clear();
        self.evidence.clear();
    }

    /// Puts an act in, as stored.
    pub fn insert_act(&mut self, act: LegalAct) {
        self.acts.insert(act.id.clone(), act);
    }

    /// Tells the book the sources that an act of a case can rest on.
    pub fn insert_evidence(&mut self, number: CaseNumber, sources: Vec<Source>) {
        self.evidence.insert(number, sources);
    }

    /// An act.
    pub(crate) fn act(&self, id: &ActId) -> Option<&LegalAct> {
        self.acts.get(id)
    }

    /// Every act in it.
    pub(crate) fn known_acts(&self) -> impl Iterator<Item = &LegalAct> {
        self.acts.values()
    }

    /// The acts about an entity.
    pub(crate) fn acts_of(&self, entity: &str) -> impl Iterator<Item = &LegalAct> {
        self.acts.values().filter(move |act| act.entity == entity)
    }

    /// The sources of a case, as far as they were loaded as evidence.
    pub(crate) fn evidence(&self, number: &CaseNumber) -> &[Source] {
        self.evidence.get(number).map_or(&[], Vec::as_slice)
    }

    /// Puts changed acts in, and says what was there.
    pub(crate) fn change_acts(&mut self, acts: &[LegalAct]) -> Vec<ActBefore> {
        acts.iter().map(|act| (act.id.clone(), self.acts.insert(act.id.clone(), act.clone()))).collect()
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

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cases.len() * CASE_BYTES + self.text_bytes + self.source_keys * SOURCE_KEY_BYTES
    }

    /// The case of a number.
    #[must_use]
    pub fn case(&self, number: &CaseNumber) -> Option<&Case> {
        self.cases.get(number).map(|entry| &*entry.case)
    }

    /// The case, not closed, that a finding with this key joins.
    #[must_use]
    pub fn open_case(&self, join_key: &str) -> Option<&Case> {
        self.by_join_key.get(join_key).and_then(|number| self.case(number))
    }

    /// Takes a decision back, for example because a draft of it could not be encoded. Only right after that decision:
    /// what later decisions changed in the same cases would be lost.
    pub fn undo(&mut self, decision: &Decision) {
        for (id, before) in &decision.acts_before {
            match before {
                Some(act) => _ = self.acts.insert(id.clone(), act.clone()),
                None => _ = self.acts.remove(id),
            }
        }
        for before in &decision.before {
            let Some(entry) = self.cases.get_mut(&before.number) else { continue };
            let held = entry.sources.len();
            entry.sources.retain(|key| !before.added.contains(key));
            self.source_keys -= held - entry.sources.len();
            if self.by_join_key.get(&entry.case.join_key) == Some(&before.number) {
                self.by_join_key.remove(&entry.case.join_key);
            }
            match &before.case {
                Some(case) => {
                    self.put(Arc::clone(case), &BTreeSet::new());
                }
                None => {
                    self.text_bytes -= entry.case.text.len();
                    self.cases.remove(&before.number);
                }
            }
        }
    }

    /// Whether a case is known to have a source.
    pub(crate) fn has_source(&self, number: &CaseNumber, key: &Digest) -> bool {
        self.cases.get(number).is_some_and(|entry| entry.sources.contains(key))
    }

    /// Puts a changed case in with its new sources, and says what was there.
    pub(crate) fn change(&mut self, case: Arc<Case>, added: BTreeSet<Digest>) -> Before {
        let number = case.number.clone();
        let before = self.put(case, &added);
        Before { number, case: before, added }
    }

    /// Puts a case in and returns the one that it replaces. Its known sources stay.
    fn put(&mut self, case: Arc<Case>, added: &BTreeSet<Digest>) -> Option<Arc<Case>> {
        if case.status == CaseStatus::Closed {
            // A closed case is never joined; its key is free for the next one.
            if self.by_join_key.get(&case.join_key) == Some(&case.number) {
                self.by_join_key.remove(&case.join_key);
            }
        } else if self.by_join_key.get(&case.join_key) != Some(&case.number) {
            self.by_join_key.insert(case.join_key.clone(), case.number.clone());
        }
        self.text_bytes += case.text.len();
        match self.cases.get_mut(&case.number) {
            Some(entry) => {
                self.text_bytes -= entry.case.text.len();
                let before = entry.sources.len();
                entry.sources.extend(added);
                self.source_keys += entry.sources.len() - before;
                Some(std::mem::replace(&mut entry.case, case))
            }
            None => {
                let entry = Entry { sources: added.clone(), case };
                self.source_keys += entry.sources.len();
                self.cases.insert(entry.case.number.clone(), entry);
                None
            }
        }
    }
}
