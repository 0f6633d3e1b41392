//! The worker: leases inbox rows, has them decoded by the sender's plugin, decided by the engine, encoded by the
//! receivers' plugins, and settled in T2.
//!
//! Two stages work at once: the reader decodes the next batch while the settler decides and writes the one before.
//! Nothing is kept between batches: whatever is not settled is leased again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{debug, field, info, warn};
use xiezhi_engine::{CaseBook, Engine, IntakeMessage, Joined, Needs, SOURCES_MAX};
use xiezhi_model::fault::Fault;
use xiezhi_model::message::InboxMessage;
use xiezhi_model::plugin::Input;
use xiezhi_model::{UtcTime, fields};
use xiezhi_ports::{
    Clock, CodecError, Disposition, InboxOutcome, LOAD_KEYS_MAX, Settled, Settlement, Store, StoreError, Trigger,
};

use super::link::{Links, ReadResult};

/// A store that is not available is tried again after this long.
const STORE_PAUSE: Duration = Duration::from_millis(200);
/// Records from which on a group of messages is settled: bounds the memory of a group and the time of its transaction.
const GROUP_RECORDS_MAX: usize = 1_000;
/// Batches decoded ahead of the settler.
const BATCHES_AHEAD: usize = 1;
/// Fault code of a message whose settlement the store refuses.
const CODE_REFUSED: &str = "message.settlement-refused";

/// What the worker needs; the ports are shared with the other tasks.
pub(crate) struct Worker {
    /// Inbox, cases and T2.
    pub(crate) store: Arc<dyn Store>,
    /// The agencies' plugins and metrics.
    pub(crate) links: Arc<Links>,
    /// Decides.
    pub(crate) engine: Arc<Engine>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Signalled when a message was taken in.
    pub(crate) inbox_wake: Arc<Notify>,
    /// Signalled when a message is to be published.
    pub(crate) outbox_wake: Arc<Notify>,
    /// Most messages in a batch.
    pub(crate) batch_messages_max: usize,
    /// How long a lease lasts.
    pub(crate) lease_ms: i64,
    /// How often the inbox is looked at without a signal (another process may have redriven a message).
    pub(crate) poll: Duration,
    /// Threads that decode and encode.
    pub(crate) decode_threads: usize,
}

/// The multi-part messages that a message completes, or why one could not be read.
type JoinedResult = Result<Vec<Joined>, CodecError>;

/// A message and what its plugin made of it.
struct ReadMessage {
    message: InboxMessage,
    read: ReadResult,
}

impl Worker {
    /// Works until `stop`, or until the store cannot be trusted any more.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> anyhow::Result<()> {
        let (sender, mut receiver) = mpsc::channel::<Vec<ReadMessage>>(BATCHES_AHEAD);
        let reader = tokio::spawn(Arc::clone(&self).read_until(sender, stop.clone()));
        let settled = async {
            while let Some(batch) = receiver.recv().await {
                self.settle_batch(batch).await?;
            }
            anyhow::Ok(())
        }
        .await;
        // A failed settler must not leave the reader waiting for room in the channel.
        drop(receiver);
        reader.await.context("the reader panicked")??;
        settled
    }

    async fn read_until(
        self: Arc<Self>,
        sender: mpsc::Sender<Vec<ReadMessage>>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let leased = match self.store.inbox_lease(self.batch_messages_max, self.lease_ms, self.clock.now()).await {
                Ok(leased) => leased,
                Err(error) => {
                    pause_or_stop(&error, "inbox could not be leased").await?;
                    continue;
                }
            };
            if leased.is_empty() {
                tokio::select! {
                    () = self.inbox_wake.notified() => {}
                    () = tokio::time::sleep(self.poll) => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            let batch = Arc::clone(&self).decode_all(leased).await?;
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Decodes a batch on several threads, in order.
    async fn decode_all(self: Arc<Self>, leased: Vec<InboxMessage>) -> anyhow::Result<Vec<ReadMessage>> {
        let chunk = leased.len().div_ceil(self.decode_threads.max(1)).max(1);
        let mut tasks = Vec::new();
        let mut rest = leased;
        while !rest.is_empty() {
            let tail = rest.split_off(chunk.min(rest.len()));
            let chunk_messages = std::mem::replace(&mut rest, tail);
            let worker = Arc::clone(&self);
            tasks.push(tokio::task::spawn_blocking(move || {
                chunk_messages.into_iter().map(|message| worker.decode(message)).collect::<Vec<_>>()
            }));
        }
        let mut batch = Vec::new();
        for task in tasks {
            batch.extend(task.await.context("a decoding thread panicked")?);
        }
        Ok(batch)
    }

    fn decode(&self, message: InboxMessage) -> ReadMessage {
        let read = self.read(&Input::Message(&message.body), &message);
        ReadMessage { message, read }
    }

    fn read(&self, input: &Input<'_>, message: &InboxMessage) -> ReadResult {
        self.links.decode(input, &message.agency, &message.message_id, message.received_at)
    }

    /// Decides and settles a batch. Messages with parts are settled alone, because joining them needs what the ones
    /// before them stored.
    async fn settle_batch(&self, batch: Vec<ReadMessage>) -> anyhow::Result<()> {
        let mut group = Vec::new();
        let mut records = 0;
        for item in batch {
            let decoded = item.read.as_ref().map(|(decoded, _)| decoded).ok();
            let has_parts = decoded.is_some_and(|decoded| !decoded.parts.is_empty());
            records += decoded.map_or(0, |decoded| decoded.document.records.len());
            if has_parts {
                self.settle_group(std::mem::take(&mut group)).await?;
            }
            group.push(item);
            if has_parts || records >= GROUP_RECORDS_MAX {
                self.settle_group(std::mem::take(&mut group)).await?;
                records = 0;
            }
        }
        self.settle_group(group).await
    }

    async fn settle_group(&self, group: Vec<ReadMessage>) -> anyhow::Result<()> {
        if group.is_empty() {
            return Ok(());
        }
        let settlements = loop {
            match self.decide_group(&group).await {
                Ok(settlements) => break settlements,
                Err(error) => pause_or_stop(&error, "cases could not be loaded").await?,
            }
        };
        let settled: Vec<(Settlement, Settled)> = loop {
            match self.store.settle(settlements.clone()).await {
                Ok(outcomes) => break settlements.into_iter().zip(outcomes).collect(),
                Err(error) if error.disposition() == Disposition::Reject => {
                    break self.settle_one_by_one(settlements).await?;
                }
                Err(error) => pause_or_stop(&error, "messages could not be settled").await?,
            }
        };
        for (item, (settlement, outcome)) in group.iter().zip(&settled) {
            self.tell(&item.message, settlement, *outcome);
        }
        self.outbox_wake.notify_one();
        Ok(())
    }

    /// Counts and logs what became of a message.
    fn tell(&self, message: &InboxMessage, settlement: &Settlement, outcome: Settled) {
        let (agency, id, seq) = (message.agency.as_str(), message.message_id.as_str(), message.seq.0);
        match outcome {
            Settled::Applied => self.links.count_settled(&message.agency, &settlement.outcome),
            // Another run of this process settled it before it was killed, and counted it.
            Settled::AlreadyDone => return,
            // Another writer changed the case meanwhile; the row is pending and is leased and decided again.
            Settled::Conflict => {
                info!({ fields::AGENCY } = agency, { fields::INBOX_SEQ } = seq, "settlement conflicted");
                return;
            }
        }
        match &settlement.outcome {
            InboxOutcome::Dead(fault) => warn!(
                { fields::AGENCY } = agency,
                { fields::MESSAGE_ID } = id,
                { fields::INBOX_SEQ } = seq,
                { fields::FAULT_CODE } = fault.code.as_str(),
                { fields::PLUGIN_DIGEST } = settlement.plugin_digest.map(field::display),
                "message is dead"
            ),
            InboxOutcome::Done | InboxOutcome::Waiting => debug!(
                { fields::AGENCY } = agency,
                { fields::MESSAGE_ID } = id,
                { fields::INBOX_SEQ } = seq,
                records = settlement.records,
                row_faults = settlement.row_faults.len(),
                "message was settled"
            ),
        }
    }

    /// Decides a group in order, over one book of cases, and has the outgoing records encoded.
    async fn decide_group(&self, group: &[ReadMessage]) -> Result<Vec<Settlement>, StoreError> {
        let now = self.clock.now();
        let mut joined = Vec::with_capacity(group.len());
        for item in group {
            joined.push(self.join_parts(item, now).await?);
        }
        let mut book = self.load_cases(group, &joined).await?;
        // Deciding and encoding compute for milliseconds: the runtime moves its other tasks elsewhere meanwhile.
        Ok(tokio::task::block_in_place(|| {
            let pairs = group.iter().zip(&joined);
            pairs.map(|(item, joined)| self.decide(item, joined, &mut book, now)).collect()
        }))
    }

    fn decide(&self, item: &ReadMessage, joined: &JoinedResult, book: &mut CaseBook, now: UtcTime) -> Settlement {
        let (read, joined) = match (&item.read, joined) {
            (Ok((decoded, digest)), Ok(joined)) => (Ok((decoded, *digest)), joined.as_slice()),
            (Ok(_), Err(error)) | (Err(error), _) => (Err(error), &[][..]),
        };
        let decision = self.engine.decide_joined(&IntakeMessage::from(&item.message), read, joined, book, now);
        let encoded = self.links.encode(&decision, now);
        let is_refused = encoded.iter().any(Result::is_err);
        if is_refused {
            book.undo(&decision);
        }
        self.engine.finish(decision, encoded, now)
    }

    async fn load_cases(&self, group: &[ReadMessage], joined: &[JoinedResult]) -> Result<CaseBook, StoreError> {
        let mut needs = Needs::default();
        for (item, joined) in group.iter().zip(joined) {
            let intake = IntakeMessage::from(&item.message);
            let own = item.read.iter().map(|(decoded, _)| decoded);
            let joined = joined.iter().flatten().map(|joined| &joined.decoded);
            for decoded in own.chain(joined) {
                // Sorted once below: merging one by one would sort the whole list for every message.
                let more = self.engine.needs(&intake, decoded);
                needs.join_keys.extend(more.join_keys);
                needs.cases.extend(more.cases);
            }
        }
        needs.merge(Needs::default());
        let mut cases = Vec::new();
        for keys in needs.join_keys.chunks(LOAD_KEYS_MAX) {
            cases.extend(self.store.cases_by_join_key(keys).await?);
        }
        for number in &needs.cases {
            cases.extend(self.store.case_load(number).await?);
        }
        let mut book = CaseBook::default();
        for cases in cases.chunks(LOAD_KEYS_MAX) {
            let numbers: Vec<_> = cases.iter().map(|case| case.number.clone()).collect();
            let sources = self.store.case_sources_of(&numbers, SOURCES_MAX).await?;
            for (case, sources) in cases.iter().zip(sources) {
                book.insert(case.clone());
                book.insert_sources(&case.number, &sources);
            }
        }
        Ok(book)
    }

    /// Has the plugin read the multi-part messages that this message completes.
    async fn join_parts(&self, item: &ReadMessage, now: UtcTime) -> Result<JoinedResult, StoreError> {
        let Ok((decoded, _)) = &item.read else { return Ok(Ok(Vec::new())) };
        let mut keys: Vec<&str> = decoded.parts.iter().map(|part| part.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut joined = Vec::new();
        for key in keys {
            let stored = self.store.parts_load(&item.message.agency, key, now).await?;
            let mut bodies: BTreeMap<u32, &[u8]> =
                stored.iter().map(|part| (part.index, part.body.as_slice())).collect();
            let own: Vec<_> = decoded.parts.iter().filter(|part| part.key == key).collect();
            bodies.extend(own.iter().map(|part| (part.index, part.body.as_slice())));
            let total = own.first().map_or(0, |part| part.total);
            if !(1..=total).eq(bodies.keys().copied()) {
                continue;
            }
            match self.read(&Input::Parts(bodies.into_values().collect()), &item.message) {
                Ok((decoded, _)) => joined.push(Joined { key: key.to_owned(), decoded }),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(joined))
    }

    /// After the store refused a batch: finds the settlement that it cannot take, and makes its message dead.
    async fn settle_one_by_one(&self, settlements: Vec<Settlement>) -> anyhow::Result<Vec<(Settlement, Settled)>> {
        let mut settled = Vec::with_capacity(settlements.len());
        for settlement in settlements {
            let mut one = self.store.settle(vec![settlement.clone()]).await;
            let mut applied = settlement;
            if let Err(error) = &one
                && error.disposition() == Disposition::Reject
            {
                warn!(error = error as &dyn std::error::Error, "settlement was refused");
                applied = refused_settlement(applied.trigger, self.clock.now());
                one = self.store.settle(vec![applied.clone()]).await;
            }
            let outcome = one.context("a message could not be settled")?.pop().unwrap_or(Settled::Conflict);
            settled.push((applied, outcome));
        }
        Ok(settled)
    }
}

/// Pauses before another try, or passes on an error after which the process must stop.
pub(crate) async fn pause_or_stop(error: &StoreError, what: &'static str) -> anyhow::Result<()> {
    // A refused read is a mistake in the gateway: repeating it would never end.
    if error.disposition() != Disposition::Retry {
        return Err(error.clone()).context(what);
    }
    warn!(error = error as &dyn std::error::Error, what, "store call failed and is repeated");
    tokio::time::sleep(STORE_PAUSE).await;
    Ok(())
}

fn refused_settlement(trigger: Trigger, at: UtcTime) -> Settlement {
    let fault = Fault::new(CODE_REFUSED, "办理结果无法入库，报文已保留，请联系运维人员查明后重新处理");
    let mut entry = xiezhi_model::audit::AuditEntry::new(
        at,
        xiezhi_model::audit::AuditAction::MessageDead,
        xiezhi_model::audit::ACTOR_GATEWAY,
        fault.text.clone(),
    );
    entry.fault_code = Some(fault.code.clone());
    Settlement {
        trigger,
        outcome: InboxOutcome::Dead(fault),
        records: 0,
        row_faults: Vec::new(),
        plugin_digest: None,
        parts: Vec::new(),
        parts_complete: Vec::new(),
        cases: Vec::new(),
        outgoing: Vec::new(),
        audit: vec![entry],
        at,
    }
}
