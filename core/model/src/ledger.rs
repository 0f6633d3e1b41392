//! The entities' files (台账、一户一档): what agencies reported about an entity, its cases and the acts against it, in one place.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::act::LegalAct;
use crate::case::Case;
use crate::record::{LedgerEntry, LedgerSubject, Party};
use crate::{AgencyId, InboxSeq, MessageId, Record, UtcTime};

/// A record kept in an entity's file. What is changed later comes as a further record, so that the history stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityRecord {
    /// The entity's key: `uscc:<code>`, or what [`EntityRecord::subject_key`] makes of an address or a unit.
    pub entity: String,
    /// Who reported.
    pub agency: AgencyId,
    /// The message, by the sender's id.
    pub message_id: MessageId,
    /// The message, by its intake number.
    pub inbox_seq: InboxSeq,
    /// The row in it, counted from 1.
    pub row: u32,
    /// When the gateway received it.
    pub received_at: UtcTime,
    /// The record, with its party resolved.
    pub record: Record,
}

impl EntityRecord {
    /// The host unit that it names, where it is a ledger entry that names one.
    #[must_use]
    pub fn host_unit(&self) -> Option<&str> {
        match &self.record {
            Record::LedgerEntry(entry) => entry.host_unit.as_deref(),
            _ => None,
        }
    }

    /// The key of what a ledger entry is about, where that is no enterprise: an address by its number, a unit by its name.
    #[must_use]
    pub fn subject_key(entry: &LedgerEntry) -> Option<String> {
        let number = || entry.cluster_address.as_deref().unwrap_or(&entry.reference);
        let name = |unit: &Option<String>| unit.clone().unwrap_or_else(|| entry.reference.clone());
        match entry.subject {
            LedgerSubject::Tenant => None,
            LedgerSubject::Address => Some(format!("address:{}", number())),
            LedgerSubject::HostUnit => Some(host_unit_key(&name(&entry.host_unit))),
            LedgerSubject::OperatorUnit => Some(format!("operator-unit:{}", name(&entry.operator_unit))),
        }
    }
}

/// The key of a host unit's file.
#[must_use]
pub fn host_unit_key(name: &str) -> String {
    format!("host-unit:{name}")
}

/// An entity's file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntityFile {
    /// The entity's key.
    pub entity: String,
    /// What agencies reported, oldest first.
    pub records: Vec<EntityRecord>,
    /// Its cases, oldest first, closed ones too.
    pub cases: Vec<Case>,
    /// The acts about it, oldest first.
    pub acts: Vec<LegalAct>,
}

impl EntityFile {
    /// The records as they stand: of several with the sender's same number only the last one.
    #[must_use]
    pub fn present(&self) -> Vec<&EntityRecord> {
        let mut seen = HashSet::new();
        let mut present = Vec::new();
        for record in self.records.iter().rev() {
            if seen.insert((&record.agency, record.record.kind(), record.record.reference())) {
                present.push(record);
            }
        }
        present.reverse();
        present
    }

    /// The ledger as it stands: the newest entry, completed from earlier ones where it is silent. `None` without any entry.
    #[must_use]
    pub fn ledger(&self) -> Option<LedgerEntry> {
        let mut entries = self.records.iter().rev().filter_map(|record| match &record.record {
            Record::LedgerEntry(entry) => Some(entry),
            _ => None,
        });
        let mut present = (**entries.next()?).clone();
        for earlier in entries {
            complete(&mut present, earlier);
        }
        Some(present)
    }

    /// Whether its ledger stands under this host unit now.
    #[must_use]
    pub fn is_of_host_unit(&self, name: &str) -> bool {
        self.ledger().is_some_and(|entry| entry.host_unit.as_deref() == Some(name))
    }

    /// Whom it is about, as last reported.
    #[must_use]
    pub fn party(&self) -> Option<Party> {
        let of_ledger = self.ledger().map(|entry| entry.party);
        let of_cases = || self.cases.last().map(|case| case.party.clone());
        let of_records = || self.records.iter().rev().find_map(|record| record.record.party().cloned());
        of_ledger.or_else(of_cases).or_else(of_records)
    }
}

fn complete(present: &mut LedgerEntry, earlier: &LedgerEntry) {
    fn fill<T: Clone>(present: &mut Option<T>, earlier: &Option<T>) {
        if present.is_none() {
            present.clone_from(earlier);
        }
    }
    fill(&mut present.host_unit, &earlier.host_unit);
    fill(&mut present.operator_unit, &earlier.operator_unit);
    fill(&mut present.cluster_address, &earlier.cluster_address);
    fill(&mut present.confirmed_on, &earlier.confirmed_on);
    fill(&mut present.status, &earlier.status);
    fill(&mut present.party.name, &earlier.party.name);
    fill(&mut present.party.address, &earlier.party.address);
    fill(&mut present.party.town, &earlier.party.town);
    for (name, value) in &earlier.extra {
        present.extra.entry(name.clone()).or_insert_with(|| value.clone());
    }
}
