//! The settler: decides groups of messages in order, over one book of cases, and has each group written while it decides
//! the next.
//!
//! The book is kept from group to group, so that a group is decided on top of those that are still being written. That
//! is safe because T2 re-checks every case's version: when something else changed a case (a reminder, another process), or
//! a group before it was not written after all, the store answers `Conflict`, the book is dropped, and the messages, which
//! are pending still, are decided again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::{poll_fn, ready};
use std::sync::Arc;
use std::task::Poll;

use anyhow::Context as _;
use tokio::task::JoinHandle;
use xiezhi_engine::{CaseBook, IntakeMessage, Joined, Needs, SOURCES_MAX};
use xiezhi_model::UtcTime;
use xiezhi_model::case::Case;
use xiezhi_model::message::InboxMessage;
use xiezhi_model::plugin::Input;
use xiezhi_ports::{CodecError, LOAD_KEYS_MAX, Settlement, StoreError, entity_told};

use super::apply::Applied;
use super::worker::{ReadMessage, Worker, pause_or_stop};

/// Records from which on a group of messages is settled: bounds the memory of a group and the time of its transaction.
const GROUP_RECORDS_MAX: usize = 1_000;
/// Size from which on the book is begun anew: the open cases of a district's busy weeks, some 20,000, fit. Measured: with room for
/// half as many, the load of the bench is settled at half the speed, because cases are loaded again and again.
const BOOK_BYTES_MAX: usize = 64 << 20;

/// Acts about one entity that are loaded: more than it can have in years.
const ACTS_MAX: usize = 1_000;
/// Most sources of a case that a proposed act rests on.
const EVIDENCE_MAX: usize = 200;

/// Groups that are written at the same time: while the store writes one, the next waits for it already.
const GROUPS_WRITING_MAX: usize = 2;

/// The multi-part messages that a message completes, or why one could not be read.
type JoinedResult = Result<Vec<Joined>, CodecError>;

/// Decides and settles; see the module's page.
pub(super) struct Settler {
    worker: Arc<Worker>,
    book: CaseBook,
    /// The groups that are being written, the oldest first; at most [`GROUPS_WRITING_MAX`].
    writing: VecDeque<JoinHandle<anyhow::Result<Applied>>>,
}

impl Settler {
    /// A settler with an empty book.
    pub(super) fn new(worker: Arc<Worker>) -> Self {
        Self { worker, book: CaseBook::default(), writing: VecDeque::new() }
    }

    /// Decides a batch and has it written; on return the last group may still be under way. Messages with parts are
    /// settled alone, because joining them needs what the ones before them stored.
    pub(super) async fn settle_batch(&mut self, batch: Vec<ReadMessage>) -> anyhow::Result<()> {
        let mut group = Vec::new();
        let mut records = 0;
        for item in batch {
            let decoded = item.read.as_ref().map(|(decoded, _)| decoded).ok();
            let has_parts = decoded.is_some_and(|decoded| !decoded.parts.is_empty());
            records += decoded.map_or(0, |decoded| decoded.document.records.len());
            if has_parts {
                self.settle_group(std::mem::take(&mut group)).await?;
                self.finish().await?;
            }
            group.push(item);
            if has_parts || records >= GROUP_RECORDS_MAX {
                self.settle_group(std::mem::take(&mut group)).await?;
                records = 0;
            }
        }
        self.settle_group(group).await
    }

    /// Waits for the groups that are being written.
    pub(super) async fn finish(&mut self) -> anyhow::Result<()> {
        self.finish_down_to(0).await
    }

    /// Waits until no more than `rest` groups are being written.
    async fn finish_down_to(&mut self, rest: usize) -> anyhow::Result<()> {
        while self.writing.len() > rest
            && let Some(oldest) = self.writing.pop_front()
        {
            if oldest.await.context("the settling task panicked")?? == Applied::Partly {
                self.book = CaseBook::default();
            }
        }
        Ok(())
    }

    async fn settle_group(&mut self, group: Vec<ReadMessage>) -> anyhow::Result<()> {
        if group.is_empty() {
            return Ok(());
        }
        if self.book.bytes() > BOOK_BYTES_MAX {
            self.finish().await?;
            self.book = CaseBook::default();
        }
        let settlements = loop {
            match self.decide_group(&group).await {
                Ok(settlements) => break settlements,
                Err(error) => pause_or_stop(&error, "cases could not be loaded").await?,
            }
        };
        self.finish_down_to(GROUPS_WRITING_MAX - 1).await?;
        let messages: Vec<InboxMessage> =
            group.into_iter().map(|item| InboxMessage { body: Vec::new(), ..item.message }).collect();
        let worker = Arc::clone(&self.worker);
        let mut applying = Box::pin(async move { worker.apply(messages, settlements).await });
        // Begun here, so that groups reach the store in the order in which they were decided.
        let begun = poll_fn(|cx| tokio::task::block_in_place(|| Poll::Ready(applying.as_mut().poll(cx)))).await;
        self.writing.push_back(match begun {
            Poll::Ready(applied) => tokio::spawn(ready(applied)),
            Poll::Pending => tokio::spawn(applying),
        });
        Ok(())
    }

    /// Decides a group in order and has the outgoing records encoded.
    async fn decide_group(&mut self, group: &[ReadMessage]) -> Result<Vec<Settlement>, StoreError> {
        let now = self.worker.clock.now();
        let mut joined = Vec::with_capacity(group.len());
        for item in group {
            joined.push(self.join_parts(item, now).await?);
        }
        self.load_cases(group, &joined).await?;
        // Deciding and encoding compute for milliseconds: the runtime moves its other tasks elsewhere meanwhile.
        Ok(tokio::task::block_in_place(|| {
            let pairs = group.iter().zip(&joined);
            pairs.map(|(item, joined)| self.decide(item, joined, now)).collect()
        }))
    }

    fn decide(&mut self, item: &ReadMessage, joined: &JoinedResult, now: UtcTime) -> Settlement {
        let (read, joined) = match (&item.read, joined) {
            (Ok((decoded, digest)), Ok(joined)) => (Ok((decoded, *digest)), joined.as_slice()),
            (Ok(_), Err(error)) | (Err(error), _) => (Err(error), &[][..]),
        };
        let decision =
            self.worker.engine.decide_joined(&IntakeMessage::from(&item.message), read, joined, &mut self.book, now);
        let encoded = self.worker.links.encode(&decision, now);
        let is_refused = encoded.iter().any(Result::is_err);
        if is_refused {
            self.book.undo(&decision);
        }
        self.worker.engine.finish(decision, encoded, now)
    }

    /// Brings the cases that a group needs into the book. What is in it already is newer than what the store has, or the
    /// same, unless somebody else changed it: T2 finds that out for whatever is written. A case that a message names is looked
    /// at again, because an answer may be to an assignment that a person made, and then nothing would be written.
    async fn load_cases(&mut self, group: &[ReadMessage], joined: &[JoinedResult]) -> Result<(), StoreError> {
        let of_message = |(item, joined): (&ReadMessage, &JoinedResult)| {
            let intake = IntakeMessage::from(&item.message);
            let own = item.read.iter().map(|(decoded, _)| decoded);
            let joined = joined.iter().flatten().map(|joined| &joined.decoded);
            Needs::merged(own.chain(joined).map(|decoded| self.worker.engine.needs(&intake, decoded)))
        };
        let mut needs = Needs::merged(group.iter().zip(joined).map(of_message));
        self.load_acts(&needs).await?;
        needs.join_keys.retain(|key| self.book.open_case(key).is_none());
        let mut cases = Vec::new();
        for keys in needs.join_keys.chunks(LOAD_KEYS_MAX) {
            cases.extend(self.worker.store.cases_by_join_key(keys).await?);
        }
        // A case that was closed or renamed in the book may come again under its old key.
        cases.retain(|case| self.book.case(&case.number).is_none());
        for number in &needs.cases {
            let stored = self.worker.store.case_load(number).await?;
            let is_older = |case: &Case| self.book.case(number).is_some_and(|held| case.version <= held.version);
            cases.extend(stored.filter(|case| !is_older(case)));
        }
        cases.sort_unstable_by(|one, other| one.number.cmp(&other.number));
        cases.dedup_by(|one, other| one.number == other.number);
        for cases in cases.chunks(LOAD_KEYS_MAX) {
            let numbers: Vec<_> = cases.iter().map(|case| case.number.clone()).collect();
            let sources = self.worker.store.case_sources_of(&numbers, SOURCES_MAX).await?;
            for (case, sources) in cases.iter().zip(sources) {
                self.book.insert(case.clone());
                self.book.insert_sources(&case.number, &sources);
            }
        }
        Ok(())
    }

    /// Brings the acts that a group may change or propose beside into the book, and what a new act can rest on. People change acts
    /// at any time, so they are loaded for each group anew; T2 refuses what is based on a version that has changed since.
    async fn load_acts(&mut self, needs: &Needs) -> Result<(), StoreError> {
        self.book.forget_acts();
        let mut entities: BTreeSet<String> =
            needs.proposing.iter().map(|key| Needs::entity_of(key).to_owned()).collect();
        for id in &needs.acts {
            entities.extend(self.worker.store.act_load(id).await?.map(|act| act.entity));
        }
        for message in &needs.receipts {
            entities.extend(entity_told(&*self.worker.store, message).await?);
        }
        for entity in &entities {
            for act in self.worker.store.acts_of_entity(entity, ACTS_MAX).await? {
                self.book.insert_act(act);
            }
        }
        for keys in needs.proposing.chunks(LOAD_KEYS_MAX) {
            for case in self.worker.store.cases_by_join_key(keys).await? {
                let sources = self.worker.store.case_sources(&case.number, EVIDENCE_MAX).await?;
                self.book.insert_evidence(case.number, sources);
            }
        }
        Ok(())
    }

    /// Has the plugin read the multi-part messages that this message completes.
    async fn join_parts(&self, item: &ReadMessage, now: UtcTime) -> Result<JoinedResult, StoreError> {
        let Ok((decoded, _)) = &item.read else { return Ok(Ok(Vec::new())) };
        let mut keys: Vec<&str> = decoded.parts.iter().map(|part| part.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut joined = Vec::new();
        for key in keys {
            let stored = self.worker.store.parts_load(&item.message.agency, key, now).await?;
            let mut bodies: BTreeMap<u32, &[u8]> =
                stored.iter().map(|part| (part.index, part.body.as_slice())).collect();
            let own: Vec<_> = decoded.parts.iter().filter(|part| part.key == key).collect();
            bodies.extend(own.iter().map(|part| (part.index, part.body.as_slice())));
            let total = own.first().map_or(0, |part| part.total);
            if !(1..=total).eq(bodies.keys().copied()) {
                continue;
            }
            match self.worker.read(&Input::Parts(bodies.into_values().collect()), &item.message) {
                Ok((decoded, _)) => joined.push(Joined { key: key.to_owned(), decoded }),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(joined))
    }
}
