//! What the tasks know of each agency's link: the settings that its plugin is told, and its metrics.
//!
//! The metrics are looked up once, at the start: what is counted per message costs an addition and no allocation.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use metrics::{Counter, Gauge, Histogram, SharedString, counter, gauge, histogram};
use serde_json::{Map, Value};
use tokio::sync::Notify;
use xiezhi_engine::Decision;
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::message::{Delivery, InboxMessage, PublishOutcome};
use xiezhi_model::plugin::{Context, Decoded, Encoded, Input};
use xiezhi_model::plugin_state::Quarantine;
use xiezhi_model::{AgencyId, Digest, InboxSeq, MessageId, Record, UtcTime};
use xiezhi_ports::{Codec, CodecError, CodecFailure, InboxOutcome};
use xiezhi_telemetry::metric;

use super::streak::{Streak, Streaks};

/// What a plugin made of a message.
pub(crate) type ReadResult = Result<(Decoded, Digest), CodecError>;

/// What a plugin made of a record.
pub(crate) type WrittenResult = Result<(Encoded, Digest), CodecError>;

/// One agency's link.
struct Link {
    label: SharedString,
    settings: Map<String, Value>,
    records: Counter,
    row_faults: Counter,
    quarantined: Gauge,
    decode_seconds: Histogram,
    encode_seconds: Histogram,
    settled: SettledCounters,
    published: PublishedCounters,
    deadlines_passed: Counter,
    breaker: Gauge,
}

struct SettledCounters {
    done: Counter,
    waiting: Counter,
    dead: Counter,
}

struct PublishedCounters {
    confirmed: Counter,
    retry: Counter,
    refused: Counter,
}

/// Every agency's link, and the plugins behind them.
pub(crate) struct Links {
    codec: Arc<dyn Codec>,
    links: HashMap<AgencyId, Link>,
    streaks: Mutex<Streaks>,
    /// Signalled when a streak of failures is too long.
    failing: Notify,
    /// The agencies whose plugins are in quarantine, and which plugin each is.
    quarantined: Mutex<BTreeMap<AgencyId, Digest>>,
}

impl Links {
    /// The links of these agencies. Call after the metrics' recorder is installed.
    pub(crate) fn new(
        codec: Arc<dyn Codec>,
        settings: impl Iterator<Item = (AgencyId, Map<String, Value>)>,
        failures_max: usize,
    ) -> Self {
        let links = settings.map(|(agency, settings)| (agency.clone(), Link::new(&agency, settings))).collect();
        Self {
            codec,
            links,
            streaks: Mutex::new(Streaks::new(failures_max)),
            failing: Notify::new(),
            quarantined: Mutex::default(),
        }
    }

    /// Has the sender's plugin read a message or its parts.
    pub(crate) fn decode(&self, input: &Input<'_>, message: &InboxMessage) -> ReadResult {
        let agency = &message.agency;
        let begin = Instant::now();
        let read = self.codec.decode(input, &self.context(agency, &message.message_id, message.received_at));
        self.record(agency, |link| {
            link.decode_seconds.record(begin.elapsed());
            match &read {
                Ok((decoded, _)) => link.count_document(decoded),
                Err(error) => link.count_failure(error, "message"),
            }
        });
        self.note(agency, Some(message.seq), read.as_ref().err());
        read
    }

    /// Has the drafts of a decision written by the receivers' plugins, in order.
    pub(crate) fn encode(&self, decision: &Decision, now: UtcTime) -> Vec<WrittenResult> {
        decision.drafts.iter().map(|draft| self.write(&draft.record, &draft.agency, &draft.id, now)).collect()
    }

    /// Has a record written by the receiver's plugin.
    pub(crate) fn write(&self, record: &Record, agency: &AgencyId, id: &MessageId, at: UtcTime) -> WrittenResult {
        if let Some(plugin) = lock(&self.quarantined).get(agency) {
            // Not even tried: each try may take as long as a call may.
            let fault = Fault::new(code::PLUGIN_QUARANTINED, "接收单位的适配插件已停用，内容暂存，插件修复后自动发送");
            let (agency, digest) = (agency.clone(), Some(*plugin));
            return Err(CodecError { agency, digest, failure: CodecFailure::Plugin, fault });
        }
        let begin = Instant::now();
        let written = self.codec.encode(record, &self.context(agency, id, at));
        self.record(agency, |link| {
            link.encode_seconds.record(begin.elapsed());
            if let Err(error) = &written {
                link.count_failure(error, "record");
            }
        });
        self.note(agency, None, written.as_ref().err());
        written
    }

    fn note(&self, agency: &AgencyId, message: Option<InboxSeq>, error: Option<&CodecError>) {
        if lock(&self.streaks).note(agency, message, error) {
            self.failing.notify_one();
        }
    }

    /// Resolves when a streak of failures is too long.
    pub(super) async fn failing(&self) {
        self.failing.notified().await;
    }

    /// Takes out the streaks that are too long.
    pub(super) fn take_failing(&self) -> BTreeMap<AgencyId, Streak> {
        lock(&self.streaks).take_long()
    }

    /// Gives a streak back that could not be acted on.
    pub(super) fn put_back(&self, agency: &AgencyId, quarantine: Quarantine, messages: Vec<InboxSeq>) {
        lock(&self.streaks).put_back(agency, quarantine.plugin_digest, quarantine.fault_code, messages);
    }

    /// Says whether an agency's plugin is in quarantine, and which it is.
    pub(super) fn set_quarantined(&self, agency: &AgencyId, plugin: Option<Digest>) {
        let mut quarantined = lock(&self.quarantined);
        match plugin {
            Some(plugin) => quarantined.insert(agency.clone(), plugin),
            None => quarantined.remove(agency),
        };
        self.record(agency, |link| link.quarantined.set(f64::from(u8::from(plugin.is_some()))));
    }

    /// The agencies whose plugins are in quarantine.
    pub(super) fn quarantined(&self) -> Vec<AgencyId> {
        lock(&self.quarantined).keys().cloned().collect()
    }

    /// Shows what the plugins use.
    pub(super) fn show_usage(&self) {
        let usage = self.codec.usage();
        gauge!(metric::PLUGIN_INSTANCES).set(f64::from(usage.instances));
        for (agency, bytes) in usage.memory_high {
            // Exact: a plugin's memory is far below 2^53 bytes.
            self.record(&agency, |link| {
                gauge!(metric::PLUGIN_MEMORY, "agency" => link.label.clone()).set(bytes as f64)
            });
        }
    }

    /// Counts a message of the agency that was settled.
    pub(crate) fn count_settled(&self, agency: &AgencyId, outcome: &InboxOutcome) {
        self.record(agency, |link| match outcome {
            InboxOutcome::Done => link.settled.done.increment(1),
            InboxOutcome::Waiting => link.settled.waiting.increment(1),
            InboxOutcome::Dead(_) => link.settled.dead.increment(1),
        });
    }

    /// Counts an attempt to publish to the agency.
    pub(crate) fn count_published(&self, agency: &AgencyId, outcome: &PublishOutcome) {
        self.record(agency, |link| match outcome {
            PublishOutcome::Confirmed => link.published.confirmed.increment(1),
            PublishOutcome::Retry { .. } => link.published.retry.increment(1),
            PublishOutcome::Refused { .. } => link.published.refused.increment(1),
            PublishOutcome::Held => {}
        });
    }

    /// Shows where the breaker before the agency's link stands: 0 closed, 1 probing, 2 open.
    pub(super) fn show_breaker(&self, agency: &AgencyId, level: u8) {
        self.record(agency, |link| link.breaker.set(f64::from(level)));
    }

    /// Counts a deadline that the agency let pass.
    pub(crate) fn count_deadline_passed(&self, agency: &AgencyId) {
        self.record(agency, |link| link.deadlines_passed.increment(1));
    }

    fn context(&self, agency: &AgencyId, id: &MessageId, at: UtcTime) -> Context {
        let settings = self.links.get(agency).map(|link| link.settings.clone()).unwrap_or_default();
        Context { agency: agency.clone(), at, message_id: id.clone(), settings }
    }

    /// An agency that left the configuration is not counted: labels are bounded by the configuration.
    fn record(&self, agency: &AgencyId, record: impl FnOnce(&Link)) {
        if let Some(link) = self.links.get(agency) {
            record(link);
        }
    }
}

/// The credit system's answers, read as its messages are, but not counted as such: each goes through the inbox too.
impl xiezhi_credit::Reader for Links {
    fn read(&self, agency: &AgencyId, document: &[u8], at: UtcTime) -> Result<Decoded, CodecError> {
        let id = Delivery::derived_id(document);
        self.codec.decode(&Input::Message(document), &self.context(agency, &id, at)).map(|(decoded, _)| decoded)
    }
}

impl Link {
    fn new(agency: &AgencyId, settings: Map<String, Value>) -> Self {
        let label = SharedString::from(agency.as_str().to_owned());
        let counted =
            |name: &'static str, outcome: &'static str| counter!(name, "agency" => label.clone(), "outcome" => outcome);
        let settled = |outcome| counted(metric::WORKER_SETTLED, outcome);
        let published = |outcome| counted(metric::RELAY_PUBLISHED, outcome);
        Self {
            settings,
            records: counter!(metric::PLUGIN_RECORDS, "agency" => label.clone()),
            row_faults: counter!(metric::PLUGIN_FAULTS, "agency" => label.clone(), "kind" => "row"),
            quarantined: gauge!(metric::PLUGIN_QUARANTINED, "agency" => label.clone()),
            decode_seconds: histogram!(metric::DECODE_SECONDS, "agency" => label.clone()),
            encode_seconds: histogram!(metric::ENCODE_SECONDS, "agency" => label.clone()),
            settled: SettledCounters { done: settled("done"), waiting: settled("waiting"), dead: settled("dead") },
            published: PublishedCounters {
                confirmed: published("confirmed"),
                retry: published("retry"),
                refused: published("refused"),
            },
            deadlines_passed: counter!(metric::DEADLINES_PASSED, "agency" => label.clone()),
            breaker: gauge!(metric::LINK_BREAKER, "agency" => label.clone()),
            label,
        }
    }

    fn count_document(&self, decoded: &Decoded) {
        self.records.increment(decoded.document.records.len() as u64);
        self.row_faults.increment(decoded.document.row_faults.len() as u64);
    }

    /// Counts a failed call: a plugin's own failure by its code, a refusal as what was refused. Failures are rare, so this
    /// looks its counter up.
    fn count_failure(&self, error: &CodecError, refused: &'static str) {
        let kind = match (error.failure, error.fault.code.as_str()) {
            (CodecFailure::Input, _) => refused,
            (CodecFailure::Plugin, code::PLUGIN_TIMEOUT) => "timeout",
            (CodecFailure::Plugin, code::PLUGIN_MEMORY) => "memory",
            (CodecFailure::Plugin, code::PLUGIN_OUTPUT) => "output",
            (CodecFailure::Plugin, code::PLUGIN_STACK) => "stack",
            (CodecFailure::Plugin, code::PLUGIN_PANIC) => "panic",
            (CodecFailure::Plugin, code::PLUGIN_TRAP) => "trap",
            (CodecFailure::Plugin, _) => "contract",
        };
        counter!(metric::PLUGIN_FAULTS, "agency" => self.label.clone(), "kind" => kind).increment(1);
    }
}

/// What is locked here is right at any moment, so a panic elsewhere changes nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
