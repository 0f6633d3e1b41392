//! What an agency must get, and what it got: nothing missing, each case in order, duplicates counted.

use std::collections::{HashMap, HashSet};

use xiezhi_model::Digest;
use xiezhi_model::message::Outgoing;

use crate::link::Got;

/// An agency's book of what it received.
#[derive(Debug, Default)]
pub struct Ledger {
    /// What came, by its id: a copy must be the same bytes.
    seen: HashMap<String, Digest>,
    cases: HashMap<String, Vec<String>>,
    duplicates: usize,
}

impl Ledger {
    /// Enters what was received; says whether it is new.
    ///
    /// # Panics
    /// When it came before under the same id with other bytes.
    pub fn note(&mut self, got: &Got) -> bool {
        let digest = Digest::of(&got.body);
        if let Some(before) = self.seen.get(&got.id) {
            assert_eq!(*before, digest, "{} came with two contents", got.id);
            self.duplicates += 1;
            return false;
        }
        self.seen.insert(got.id.clone(), digest);
        if let Some(number) = &got.case_number {
            self.cases.entry(number.clone()).or_default().push(got.id.clone());
        }
        true
    }

    /// How many different messages came.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// How many came that were there already.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Compares with what was published, in that order.
    ///
    /// # Panics
    /// When a message is missing, has other bytes, was never published, or came before an earlier one of its case.
    pub fn check(&self, published: &[Outgoing]) {
        let ids: HashSet<&str> = published.iter().map(|message| message.id.as_str()).collect();
        let missing: Vec<&str> = ids.iter().copied().filter(|id| !self.seen.contains_key(*id)).collect();
        assert!(missing.is_empty(), "{} of {} lost, such as {:?}", missing.len(), ids.len(), missing.first());
        assert_eq!(self.seen.len(), ids.len(), "something came that nobody published");
        for message in published {
            let came = self.seen.get(message.id.as_str());
            assert_eq!(came, Some(&Digest::of(&message.body)), "the bytes of {} have changed", message.id);
        }
        let mut cases: HashMap<String, Vec<String>> = HashMap::new();
        for message in published {
            if let Some(number) = &message.case_number {
                cases.entry(number.to_string()).or_default().push(message.id.to_string());
            }
        }
        for (number, ids) in cases {
            assert_eq!(self.cases.get(&number), Some(&ids), "order of {number}");
        }
    }
}
