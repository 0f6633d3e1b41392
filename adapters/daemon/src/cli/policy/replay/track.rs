//! One side of a replay: an engine, and the cases that it has opened so far.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use xiezhi_engine::{CaseBook, Engine, IntakeMessage, Joined};
use xiezhi_model::act::ActStatus;
use xiezhi_model::plugin::Decoded;
use xiezhi_model::{CaseNumber, Digest};
use xiezhi_ports::{CaseWrite, InboxOutcome};

use crate::cli::policy::{proposes, sketch_of};

/// What a record comes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Result {
    /// `<category> <rule>: <agency>/<role>/<last day> …` with what the record adds to its case, or the code of a fault.
    pub(super) outcome: String,
    /// The case; numbers are given anew in a replay where another policy opens more or fewer cases.
    pub(super) case_number: Option<CaseNumber>,
}

/// An engine and its cases.
pub(super) struct Track {
    engine: Engine,
    book: CaseBook,
    /// How many assignments each case has had so far.
    assigned: HashMap<CaseNumber, usize>,
}

impl Track {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, book: CaseBook::default(), assigned: HashMap::new() }
    }

    /// About how much memory its cases take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.book.bytes()
    }

    /// Decides a message as of when it was received. What comes out, by row, sorted; under row 0 what is not one row's.
    pub(super) fn decide(
        &mut self,
        message: &IntakeMessage,
        decoded: &Decoded,
        plugin: Digest,
        joined: &[Joined],
    ) -> BTreeMap<u32, Vec<Result>> {
        let now = message.received_at;
        let decision = self.engine.decide_joined(message, Ok((decoded, plugin)), joined, &mut self.book, now);
        let settlement = decision.settlement;
        let mut rows: BTreeMap<u32, Vec<Result>> = BTreeMap::new();
        let fault = |code: &dyn ToString| Result { outcome: format!("fault {}", code.to_string()), case_number: None };
        if let InboxOutcome::Dead(dead) = &settlement.outcome {
            rows.entry(0).or_default().push(fault(&dead.code));
        }
        for refused in &settlement.row_faults {
            rows.entry(refused.row).or_default().push(fault(&refused.fault.code));
        }
        for write in &settlement.cases {
            self.add(write, &mut rows);
        }
        for act in settlement.acts.iter().filter(|act| act.status == ActStatus::Proposed) {
            let result = Result { outcome: proposes(act), case_number: Some(act.case_number.clone()) };
            rows.entry(0).or_default().push(result);
        }
        rows.values_mut().for_each(|results| results.sort());
        rows
    }

    /// What a message adds to a case stands with the first of its rows that joined it.
    fn add(&mut self, write: &CaseWrite, rows: &mut BTreeMap<u32, Vec<Result>>) {
        let case = &write.case;
        let before = self.assigned.insert(case.number.clone(), case.assignments.len()).unwrap_or_default();
        let mut added = case.assignments.get(before..).unwrap_or_default();
        let mut put = |row: u32, added| {
            let result = Result { outcome: sketch_of(case, added), case_number: Some(case.number.clone()) };
            rows.entry(row).or_default().push(result);
        };
        for source in &write.sources {
            put(source.row, std::mem::take(&mut added));
        }
        if write.sources.is_empty() && !added.is_empty() {
            put(0, added);
        }
    }
}
