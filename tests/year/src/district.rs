//! The district's gateway without a daemon: the real store and engine, driven step by step on simulated time.
//!
//! Plugins are replaced by canonical JSON: a message's body is a JSON array of records, and a draft is encoded as its record.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use xiezhi_engine::{CaseBook, Decision, Engine, IntakeMessage, Judged, Needs, SOURCES_MAX, Tallies};
use xiezhi_model::act::ActStatus;
use xiezhi_model::case::CaseStatus;
use xiezhi_model::fault::Fault;
use xiezhi_model::ledger::host_unit_key;
use xiezhi_model::message::{Delivery, InboxMessage, Intake, OutboxMessage, PublishOutcome};
use xiezhi_model::plugin::{Decoded, Document, Encoded, RowRecord};
use xiezhi_model::policy::IndicatorSubject;
use xiezhi_model::record::Party;
use xiezhi_model::{ActId, AgencyId, CaseNumber, Digest, MessageId, Record, UtcTime};
use xiezhi_ports::{
    Acts as _, Cases as _, CodecError, CodecFailure, EntityFilter, Inbox as _, InboxOutcome, LOAD_KEYS_MAX,
    Ledger as _, Outbox as _, PublishResult, Settle as _, Settled, Settlement, entity_told,
};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

use crate::totals::Totals;

/// Most rows of one read: more than a year has.
pub(crate) const ROWS_MAX: usize = 10_000;
/// Records, cases and acts of a file that are counted, each, as the daemon's study does.
const FILE_MAX: usize = 1_000;
/// Messages in one group.
const GROUP_MAX: usize = 500;
/// Longer than any group takes.
const LEASE_MS: i64 = 60_000;
/// Rounds in which everything that is due must be done.
const ROUNDS_MAX: usize = 50;
/// The fault of a body that is no JSON array of records, in place of a plugin's.
pub(crate) const UNREADABLE: &str = "year.unreadable";

/// What must become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Settled.
    Done,
    /// Dead, with this fault.
    Dead(&'static str),
}

/// A message as it went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) id: MessageId,
    pub(crate) agency: AgencyId,
    pub(crate) kind: String,
}

/// What happened since the invariants were looked at last.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) sent: Vec<Sent>,
    pub(crate) decided: Vec<ActId>,
    pub(crate) closed: Vec<CaseNumber>,
}

/// See the module's page.
pub(crate) struct District {
    pub(crate) store: SqliteStore,
    pub(crate) engine: Engine,
    pub(crate) now: UtcTime,
    pub(crate) totals: Totals,
    pub(crate) news: News,
    /// What must become of each message, by sender and id.
    pub(crate) expects: HashMap<(AgencyId, MessageId), Expect>,
    /// How many records each entity's file must hold.
    pub(crate) kept: BTreeMap<String, usize>,
    deliveries: Vec<Delivery>,
    messages: u64,
    /// Removed when the year is over.
    _folder: TempDir,
}

impl District {
    /// An empty store and the shipped policy.
    pub(crate) fn new(engine: Engine, now: UtcTime) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = SqliteStore::open(folder.path().join("xiezhi.db"), SqliteSettings::default())?;
        Ok(Self {
            store,
            engine,
            now,
            totals: Totals::default(),
            news: News::default(),
            expects: HashMap::new(),
            kept: BTreeMap::new(),
            deliveries: Vec::new(),
            messages: 0,
            _folder: folder,
        })
    }

    /// Has an agency send a message of these records, and says what must become of it.
    pub(crate) fn send(&mut self, agency: &AgencyId, records: Vec<Value>, expect: Expect) -> anyhow::Result<Delivery> {
        let body = serde_json::to_vec(&Value::Array(records))?;
        self.send_bytes(agency, body, expect)
    }

    /// As [`Self::send`], for any bytes.
    pub(crate) fn send_bytes(&mut self, agency: &AgencyId, body: Vec<u8>, expect: Expect) -> anyhow::Result<Delivery> {
        self.messages += 1;
        let message_id = MessageId::parse(&format!("y-{}", self.messages))?;
        self.expects.insert((agency.clone(), message_id.clone()), expect);
        let content_type = Some("application/json".to_owned());
        let delivery = Delivery { agency: agency.clone(), message_id, body, content_type, received_at: self.now };
        self.deliveries.push(delivery.clone());
        Ok(delivery)
    }

    /// Sends a delivery again: the same bytes are a duplicate, others go into quarantine, and neither has an effect.
    pub(crate) async fn send_again(&mut self, delivery: Delivery) -> anyhow::Result<Intake> {
        let intakes = self.store.inbox_accept(vec![Delivery { received_at: self.now, ..delivery }]).await?;
        let intake = intakes.first().copied().context("a delivery has an answer")?;
        match intake {
            Intake::Accepted(seq) => bail!("{seq} was taken as new, although its id was used before"),
            Intake::Duplicate(_) => self.totals.duplicates += 1,
            Intake::Quarantined(_) => self.totals.quarantined += 1,
        }
        Ok(intake)
    }

    /// T1 for what was sent, then everything that is pending, group by group, to T2.
    pub(crate) async fn work(&mut self) -> anyhow::Result<()> {
        let deliveries = std::mem::take(&mut self.deliveries);
        self.totals.messages += deliveries.len();
        let intakes = self.store.inbox_accept(deliveries).await?;
        ensure!(
            intakes.iter().all(|intake| matches!(intake, Intake::Accepted(_))),
            "a new message was not taken as new"
        );
        for _ in 0..ROUNDS_MAX {
            let group = self.store.inbox_lease(GROUP_MAX, LEASE_MS, self.now).await?;
            if group.is_empty() {
                return Ok(());
            }
            let settlements = self.decide(&group).await?;
            self.settle(settlements).await?;
        }
        bail!("the inbox is not empty after {ROUNDS_MAX} groups")
    }

    async fn decide(&mut self, group: &[InboxMessage]) -> anyhow::Result<Vec<Settlement>> {
        let read: Vec<_> = group.iter().map(|message| (IntakeMessage::from(message), decode(message))).collect();
        let of_message = |(message, decoded): &(IntakeMessage, Result<Decoded, _>)| {
            decoded.as_ref().ok().map(|decoded| self.engine.needs(message, decoded))
        };
        let needs = Needs::merged(read.iter().filter_map(of_message));
        let mut book = self.book(&needs).await?;
        let mut settlements = Vec::new();
        for (message, decoded) in read {
            let read = decoded.as_ref().map(|decoded| (decoded, reader()));
            let decision = self.engine.decide(&message, read, &mut book, self.now);
            let settlement = self.finish(decision)?;
            let expect = self.expects.get(&(message.agency.clone(), message.message_id.clone()));
            let became = match &settlement.outcome {
                InboxOutcome::Dead(fault) => format!("dead ({}: {})", fault.code, fault.text),
                outcome => format!("{outcome:?}"),
            };
            let is_expected = match (expect, &settlement.outcome) {
                (Some(Expect::Done), InboxOutcome::Done) => true,
                (Some(Expect::Dead(code)), InboxOutcome::Dead(fault)) => fault.code == *code,
                _ => false,
            };
            ensure!(is_expected, "{} of {} is {became}, not {expect:?}", message.message_id, message.agency);
            settlements.push(settlement);
        }
        Ok(settlements)
    }

    /// The cases, sources and acts that a group needs, as the settler loads them.
    async fn book(&self, needs: &Needs) -> anyhow::Result<CaseBook> {
        let mut book = CaseBook::default();
        let mut cases = Vec::new();
        for keys in needs.join_keys.chunks(LOAD_KEYS_MAX) {
            cases.extend(self.store.cases_by_join_key(keys).await?);
        }
        for number in &needs.cases {
            cases.extend(self.store.case_load(number).await?);
        }
        for case in cases {
            let sources = self.store.case_sources(&case.number, SOURCES_MAX).await?;
            let number = case.number.clone();
            book.insert(case);
            book.insert_sources(&number, &sources);
        }
        let mut entities: BTreeSet<String> =
            needs.proposing.iter().map(|key| Needs::entity_of(key).to_owned()).collect();
        for id in &needs.acts {
            entities.extend(self.store.act_load(id).await?.map(|act| act.entity));
        }
        for message in &needs.receipts {
            entities.extend(entity_told(&self.store, message).await?);
        }
        for entity in &entities {
            for act in self.store.acts_of_entity(entity, FILE_MAX).await? {
                book.insert_act(act);
            }
        }
        for keys in needs.proposing.chunks(LOAD_KEYS_MAX) {
            for case in self.store.cases_by_join_key(keys).await? {
                let sources = self.store.case_sources(&case.number, SOURCES_MAX).await?;
                book.insert_evidence(case.number, sources);
            }
        }
        Ok(book)
    }

    /// A decision with its drafts encoded.
    pub(crate) fn finish(&self, decision: Decision) -> anyhow::Result<Settlement> {
        let mut encoded = Vec::new();
        for draft in &decision.drafts {
            let (body, content_type) = (serde_json::to_vec(&draft.record)?, "application/json".to_owned());
            encoded.push(Ok((Encoded { body, content_type }, reader())));
        }
        Ok(self.engine.finish(decision, encoded, self.now))
    }

    /// T2. Nobody else writes here, so that each settlement must be applied.
    pub(crate) async fn settle(&mut self, settlements: Vec<Settlement>) -> anyhow::Result<()> {
        if settlements.is_empty() {
            return Ok(());
        }
        let outcomes = self.store.settle(&settlements).await?;
        for (settlement, outcome) in settlements.iter().zip(outcomes) {
            let rows: Vec<&str> = settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
            ensure!(outcome == Settled::Applied, "{outcome:?} at {}: {rows:?}", self.now);
            self.totals.note(settlement);
            for record in &settlement.entity_records {
                *self.kept.entry(record.entity.clone()).or_default() += 1;
            }
            let decided = settlement.acts.iter().filter(|act| act.status == ActStatus::Decided && act.votes.len() == 2);
            self.news.decided.extend(decided.map(|act| act.id.clone()));
            let closed = settlement.cases.iter().filter(|write| write.case.status == CaseStatus::Closed);
            self.news.closed.extend(closed.map(|write| write.case.number.clone()));
        }
        Ok(())
    }

    /// What the timer does, until nothing is due.
    pub(crate) async fn timers(&mut self) -> anyhow::Result<()> {
        for _ in 0..ROUNDS_MAX {
            let mut settlements = Vec::new();
            let mut cases = BTreeSet::new();
            for due in self.store.assignments_due(self.now, ROWS_MAX).await? {
                // Two assignments of one case are looked at one after the other.
                if !cases.insert(due.case_number.clone()) {
                    continue;
                }
                let case = self.store.case_load(&due.case_number).await?.context("a due case is there")?;
                let decision = self.engine.remind(&case, &due.assignment, self.now);
                let decision = decision.with_context(|| format!("{} is due and not decided", due.assignment))?;
                settlements.push(self.finish(decision)?);
            }
            let mut entities = BTreeSet::new();
            for act in self.store.acts_due(self.now, ROWS_MAX).await? {
                if !entities.insert(act.entity.clone()) {
                    continue;
                }
                let case = self.store.case_load(&act.case_number).await?.context("an act has its case")?;
                let others = self.store.acts_of_entity(&act.entity, FILE_MAX).await?;
                let sources = self.store.case_sources(&act.case_number, SOURCES_MAX).await?;
                let decision = self.engine.act_due(&act, &others, &case, &sources, self.now);
                settlements.push(self.finish(decision.with_context(|| format!("{} is due and not decided", act.id))?)?);
            }
            if settlements.is_empty() {
                return Ok(());
            }
            self.settle(settlements).await?;
        }
        bail!("something stays due at {}", self.now)
    }

    /// What the daemon's study does: host units over their tenants' files, then each entity over its own.
    pub(crate) async fn study(&mut self) -> anyhow::Result<()> {
        let mut units: BTreeMap<String, Tallies> = BTreeMap::new();
        for unit in self.store.host_units(None, ROWS_MAX).await? {
            units.insert(unit, Tallies::default());
        }
        let mut files = Vec::new();
        let filter = EntityFilter { limit: ROWS_MAX, ..EntityFilter::default() };
        for key in self.store.entities(&filter).await? {
            let file = self.store.entity_file(&key, FILE_MAX).await?;
            let unit = file.ledger().and_then(|entry| entry.host_unit);
            if let Some(tallies) = unit.and_then(|unit| units.get_mut(&unit)) {
                self.engine.count(IndicatorSubject::HostUnit, &file, tallies, self.now);
            }
            files.push(file);
        }
        for (unit, tallies) in &units {
            let own = self.store.entity_file(&host_unit_key(unit), FILE_MAX).await?;
            let party = Party { name: Some(unit.clone()), ..own.party().unwrap_or_default() };
            let judged = Judged { kind: IndicatorSubject::HostUnit, party: &party, own: &own };
            for decision in self.engine.judge(judged, tallies, self.now) {
                let settlement = self.finish(decision)?;
                self.settle(vec![settlement]).await?;
            }
        }
        let mut settlements = Vec::new();
        for file in &files {
            let mut tallies = Tallies::default();
            self.engine.count(IndicatorSubject::Entity, file, &mut tallies, self.now);
            let party = file.party().unwrap_or_default();
            let judged = Judged { kind: IndicatorSubject::Entity, party: &party, own: file };
            for decision in self.engine.judge(judged, &tallies, self.now) {
                settlements.push(self.finish(decision)?);
            }
        }
        self.settle(settlements).await
    }

    /// Publishes what is due (T3) and hands it out, per agency in its order.
    pub(crate) async fn deliver(&mut self) -> anyhow::Result<Vec<(AgencyId, MessageId, Record)>> {
        let mut handed = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let mut results = Vec::new();
            for agency in self.store.outbox_agencies(self.now).await? {
                for OutboxMessage { outgoing, .. } in self.store.outbox_due(&agency, self.now, ROWS_MAX).await? {
                    let record = serde_json::from_slice(&outgoing.body)?;
                    handed.push((outgoing.agency.clone(), outgoing.id.clone(), record));
                    let (outcome, next_attempt_at) = (PublishOutcome::Confirmed, None);
                    results.push(PublishResult { id: outgoing.id.clone(), outcome, next_attempt_at });
                    let (id, agency, kind) = (outgoing.id, outgoing.agency, outgoing.kind);
                    self.news.sent.push(Sent { id, agency, kind });
                }
            }
            if results.is_empty() {
                return Ok(handed);
            }
            self.store.outbox_record(results, self.now).await?;
        }
        bail!("the outbox is not empty at {}", self.now)
    }
}

/// What stands for the plugins' digest.
fn reader() -> Digest {
    Digest::of(b"canonical JSON")
}

fn decode(message: &InboxMessage) -> Result<Decoded, CodecError> {
    let records = serde_json::from_slice::<Vec<Record>>(&message.body).map_err(|error| CodecError {
        agency: message.agency.clone(),
        digest: Some(reader()),
        failure: CodecFailure::Input,
        fault: Fault::new(UNREADABLE, format!("报文不是记录数组：{error}")),
    })?;
    let rows = (1..).zip(records).map(|(row, record)| RowRecord { row, record });
    let document = Document { records: rows.collect(), row_faults: Vec::new() };
    Ok(Decoded { document, ..Decoded::default() })
}
