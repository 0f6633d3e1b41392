//! The list and the answers: what the simulator knows. Plain data; `journal` makes it durable, `service` speaks for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::batch::Batch;
use crate::check::{self, Origin};
use crate::entry::Entry;
use crate::receipt::{Refusal, Root, receipt};

/// Most entries: a district has some thousands, a province a million.
const ENTRIES_MAX: usize = 1_000_000;
/// Most answers that are remembered: a listing, a removal and two refusals of each entry.
const ANSWERS_MAX: usize = 4 * ENTRIES_MAX;

/// SHA-256 of a body.
pub(crate) type Digest = [u8; 32];

/// A change, as it is written to the journal and read back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Change {
    /// A message was answered; with the entry after it where it was applied.
    Answer { key: String, digest: String, status: u16, receipt: String, serial: u64, entry: Option<Box<Entry>> },
    /// A trainer put an entry.
    Put(Box<Entry>),
    /// A trainer deleted the entry of a key.
    Delete(String),
}

/// What was answered, and in which line of the journal that stands.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    digest: Digest,
    pub(crate) status: u16,
    pub(crate) receipt: Bytes,
    pub(crate) line: u64,
}

/// A message read, with what it is to be known by.
pub(crate) struct Message<'a> {
    pub(crate) key: &'a str,
    pub(crate) digest: Digest,
    /// The document, or what was read of it and why no more.
    pub(crate) batch: Result<Batch, (Batch, String)>,
    pub(crate) now_ms: i64,
}

/// Why nothing can be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BookError {
    #[error("the list or the memory of answers is full: start a new simulator")]
    Full,
    #[error("there is no such entry")]
    Unknown,
    #[error("digest is no SHA-256")]
    Digest,
}

/// Counts for the trainer.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Tally {
    pub(crate) applied: u64,
    pub(crate) refused: u64,
    pub(crate) repeated: u64,
    pub(crate) conflicts: u64,
}

/// The list and the answers.
#[derive(Debug, Default)]
pub(crate) struct Book {
    entries: BTreeMap<String, Arc<Entry>>,
    by_code: HashMap<String, BTreeSet<String>>,
    answers: HashMap<String, Answer>,
    /// Documents written so far; the serial of the last one.
    serial: u64,
    /// Lines of the journal so far.
    line: u64,
    pub(crate) tally: Tally,
}

impl Book {
    /// Answers a message. The change is `Some` when the message was new, and is then taken in already.
    pub(crate) fn post(
        &mut self,
        message: Message<'_>,
        area_code: &str,
    ) -> Result<(Answer, Option<Change>), BookError> {
        let serial = self.serial + 1;
        let batch = match &message.batch {
            Ok(batch) | Err((batch, _)) => batch,
        };
        let area_code = Some(batch.attribute("AreaCode")).filter(|code| !code.is_empty()).unwrap_or(area_code);
        let root = Root { area_code, serial, now_ms: message.now_ms };
        let message_id = Some(batch.attribute("MsgId")).filter(|id| !id.is_empty()).unwrap_or(message.key);
        let write = |refusal: Option<&Refusal>| receipt(root, batch.attribute("Seq"), message_id, refusal);
        if let Some(known) = self.answers.get(message.key) {
            if known.digest == message.digest {
                self.tally.repeated += 1;
                return Ok((known.clone(), None));
            }
            self.serial = serial;
            self.tally.conflicts += 1;
            let refusal = Refusal { code: "E0409", text: "同一幂等键已用于其他内容".to_owned() };
            let receipt = Bytes::from(write(Some(&refusal)));
            return Ok((Answer { digest: message.digest, status: 409, receipt, line: 0 }, None));
        }
        if self.answers.len() >= ANSWERS_MAX {
            return Err(BookError::Full);
        }
        let origin = Origin { message_id, now_ms: message.now_ms };
        let decided = match &message.batch {
            Ok(batch) => {
                let before = check::key(batch).ok().and_then(|key| self.entries.get(key));
                check::decide(batch, before.map(Arc::as_ref), origin)
            }
            Err((_, text)) => Err(Refusal { code: "E0001", text: text.clone() }),
        };
        let change = Change::Answer {
            key: message.key.to_owned(),
            digest: hex::encode(message.digest),
            status: if decided.is_ok() { 200 } else { 422 },
            receipt: write(decided.as_ref().err()),
            serial,
            entry: decided.ok().map(Box::new),
        };
        self.take(&change)?;
        let answer = self.answers.get(message.key).cloned().ok_or(BookError::Unknown)?;
        Ok((answer, Some(change)))
    }

    /// Takes a change in: a new one, or one that the journal holds.
    pub(crate) fn take(&mut self, change: &Change) -> Result<(), BookError> {
        match change {
            Change::Answer { key, digest, status, receipt, serial, entry } => {
                let mut bytes = Digest::default();
                hex::decode_to_slice(digest, &mut bytes).map_err(|_| BookError::Digest)?;
                match entry {
                    Some(entry) => {
                        self.put(entry)?;
                        self.tally.applied += 1;
                    }
                    None => self.tally.refused += 1,
                }
                let receipt = Bytes::copy_from_slice(receipt.as_bytes());
                let answer = Answer { digest: bytes, status: *status, receipt, line: self.line + 1 };
                self.answers.insert(key.clone(), answer);
                self.serial = self.serial.max(*serial);
            }
            Change::Put(entry) => self.put(entry)?,
            Change::Delete(key) => {
                let entry = self.entries.remove(key).ok_or(BookError::Unknown)?;
                self.forget_code(&entry);
            }
        }
        self.line += 1;
        Ok(())
    }

    fn put(&mut self, entry: &Entry) -> Result<(), BookError> {
        if self.entries.len() >= ENTRIES_MAX && !self.entries.contains_key(&entry.key) {
            return Err(BookError::Full);
        }
        if let Some(before) = self.entries.insert(entry.key.clone(), Arc::new(entry.clone())) {
            self.forget_code(&before);
        }
        self.by_code.entry(entry.uscc.clone()).or_default().insert(entry.key.clone());
        Ok(())
    }

    fn forget_code(&mut self, entry: &Entry) {
        if let Some(keys) = self.by_code.get_mut(&entry.uscc) {
            keys.remove(&entry.key);
            if keys.is_empty() {
                self.by_code.remove(&entry.uscc);
            }
        }
    }

    /// What a message was answered.
    pub(crate) fn answer(&self, key: &str) -> Option<Answer> {
        self.answers.get(key).cloned()
    }

    /// The entry of a key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Arc<Entry>> {
        self.entries.get(key)
    }

    /// A page of entries by key, from 1, and how many there are in all.
    pub(crate) fn page(&self, number: usize, size: usize) -> (Vec<Arc<Entry>>, usize) {
        let skipped = number.saturating_sub(1).saturating_mul(size);
        (self.entries.values().skip(skipped).take(size).cloned().collect(), self.entries.len())
    }

    /// Entries of a credit code, by key.
    pub(crate) fn of_code(&self, uscc: &str) -> Vec<Arc<Entry>> {
        let keys = self.by_code.get(uscc).into_iter().flatten();
        keys.filter_map(|key| self.entries.get(key).cloned()).collect()
    }

    /// Serial for a document that is no receipt.
    pub(crate) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Lines of the journal so far: what is durable up to there is all that was said until now.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }
}
