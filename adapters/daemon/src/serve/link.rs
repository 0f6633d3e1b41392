//! What the tasks know of each agency's link: the settings that its plugin is told, and its metrics.
//!
//! The metrics are looked up once, at the start: what is counted per message costs an addition and no allocation.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use metrics::{Counter, Histogram, SharedString, counter, histogram};
use serde_json::{Map, Value};
use xiezhi_engine::{Decision, Draft};
use xiezhi_model::message::PublishOutcome;
use xiezhi_model::plugin::{Context, Decoded, Encoded, Input};
use xiezhi_model::{AgencyId, Digest, MessageId, UtcTime};
use xiezhi_ports::{Codec, CodecError, InboxOutcome};
use xiezhi_telemetry::metric;

/// What a plugin made of a message.
pub(crate) type ReadResult = Result<(Decoded, Digest), CodecError>;

/// One agency's link.
struct Link {
    settings: Map<String, Value>,
    decode_seconds: Histogram,
    encode_seconds: Histogram,
    settled: SettledCounters,
    published: PublishedCounters,
    deadlines_passed: Counter,
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
}

impl Links {
    /// The links of these agencies. Call after the metrics' recorder is installed.
    pub(crate) fn new(codec: Arc<dyn Codec>, settings: impl Iterator<Item = (AgencyId, Map<String, Value>)>) -> Self {
        let links = settings.map(|(agency, settings)| (agency.clone(), Link::new(&agency, settings))).collect();
        Self { codec, links }
    }

    /// Has the sender's plugin read a message or its parts.
    pub(crate) fn decode(&self, input: &Input<'_>, agency: &AgencyId, id: &MessageId, at: UtcTime) -> ReadResult {
        let begin = Instant::now();
        let read = self.codec.decode(input, &self.context(agency, id, at));
        self.record(agency, |link| link.decode_seconds.record(begin.elapsed()));
        read
    }

    /// Has the drafts of a decision written by the receivers' plugins, in order.
    pub(crate) fn encode(&self, decision: &Decision, now: UtcTime) -> Vec<Result<(Encoded, Digest), CodecError>> {
        let encode = |draft: &Draft| {
            let begin = Instant::now();
            let encoded = self.codec.encode(&draft.record, &self.context(&draft.agency, &draft.id, now));
            self.record(&draft.agency, |link| link.encode_seconds.record(begin.elapsed()));
            encoded
        };
        decision.drafts.iter().map(encode).collect()
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
        });
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

impl Link {
    fn new(agency: &AgencyId, settings: Map<String, Value>) -> Self {
        let label = SharedString::from(agency.as_str().to_owned());
        let counted =
            |name: &'static str, outcome: &'static str| counter!(name, "agency" => label.clone(), "outcome" => outcome);
        let settled = |outcome| counted(metric::WORKER_SETTLED, outcome);
        let published = |outcome| counted(metric::RELAY_PUBLISHED, outcome);
        Self {
            settings,
            decode_seconds: histogram!(metric::DECODE_SECONDS, "agency" => label.clone()),
            encode_seconds: histogram!(metric::ENCODE_SECONDS, "agency" => label.clone()),
            settled: SettledCounters { done: settled("done"), waiting: settled("waiting"), dead: settled("dead") },
            published: PublishedCounters {
                confirmed: published("confirmed"),
                retry: published("retry"),
                refused: published("refused"),
            },
            deadlines_passed: counter!(metric::DEADLINES_PASSED, "agency" => label.clone()),
        }
    }
}
