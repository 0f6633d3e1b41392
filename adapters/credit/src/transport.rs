//! Publishing entries: each message is sent with its id as the idempotency key, what the system answers is in the inbox before the
//! message counts as taken, and whatever is unknown is asked about before it is sent again.
//!
//! Unknown is a message that was tried and has no word, and every message that was pending when the gateway started: it may have
//! been sent just before the process before ended.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tracing::{info, warn};
use xiezhi_model::message::{Delivery, Outgoing, PublishOutcome};
use xiezhi_model::{MessageId, UtcTime, fields};
use xiezhi_ports::{Clock, Disposition, Inbox, Transport, TransportError};

use crate::answer::{Reader, Word, word};
use crate::client::{Asked, CreditClient, RETRY_AFTER_MAX_S, Sent};
use crate::error::CreditError;
use crate::health::Health;
use crate::metric;
use crate::settings::CreditSettings;

/// A case's messages that did not begin within so many answers' time wait for the next call: a lane must end in a time that can
/// be foreseen.
const CALL_TIMEOUTS: u32 = 2;
/// Why the answer could not be kept: the message is asked about again.
const NOT_KEPT: &str = "credit.answer-not-kept";

/// What the transport works with.
#[derive(Clone)]
pub struct TransportPorts {
    /// Takes the answers, as messages of the system.
    pub inbox: Arc<dyn Inbox>,
    /// Reads them.
    pub reader: Arc<dyn Reader>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Called when an answer is in the inbox.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// Publishes to one credit system.
pub struct CreditTransport {
    client: CreditClient,
    settings: Arc<CreditSettings>,
    ports: TransportPorts,
    /// Messages that were decided until then are asked about first.
    unknown_until: UtcTime,
    /// Messages that were tried and have no word. Each comes with a try and leaves with its word; one that was given up without a word
    /// stays until the process ends, so that it is asked about before it is sent when a person has it sent again. Bounded by the
    /// messages that are under way at once and those that were given up.
    unknown: Mutex<HashSet<MessageId>>,
    /// Until when the system wants to be left alone, in milliseconds since 1970; 0 for not at all.
    not_before_ms: AtomicI64,
    /// Whether the last call gave no answer that can be used.
    is_down: AtomicBool,
}

impl CreditTransport {
    /// A transport; nothing is connected yet. `newest` is when the newest message that is pending now was decided: until then, and
    /// until now, messages may have been sent by a process before this one.
    ///
    /// # Errors
    /// [`CreditError::Setup`].
    pub fn new(
        settings: Arc<CreditSettings>,
        ports: TransportPorts,
        newest: Option<UtcTime>,
    ) -> Result<Self, CreditError> {
        let now = ports.clock.now();
        metric::describe();
        Ok(Self {
            client: CreditClient::new(Arc::clone(&settings))?,
            settings,
            // The clock may have been set back since.
            unknown_until: newest.map_or(now, |newest| newest.max(now)),
            ports,
            unknown: Mutex::default(),
            not_before_ms: AtomicI64::new(0),
            is_down: AtomicBool::new(false),
        })
    }

    /// How the link stands, as it is now: a system that closed since is not down, and one that opened since is not closed.
    #[must_use]
    pub fn health(&self) -> Health {
        match (self.is_open(self.ports.clock.now()), self.is_down.load(Ordering::Relaxed)) {
            (false, _) => Health::Closed,
            (true, true) => Health::Down,
            (true, false) => Health::Up,
        }
    }

    /// Whether messages may go now: not outside the hours, and not while the system asked to be left alone.
    fn is_open(&self, now: UtcTime) -> bool {
        let is_left_alone = is_ahead(self.not_before_ms.load(Ordering::Relaxed), now);
        let is_open = self.settings.hours.is_open(now) && !is_left_alone;
        metric::closed(!is_open);
        is_open
    }

    /// Notes whether the last call gave an answer that can be used.
    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// One case's messages, in order; what follows one that was not taken is held.
    async fn publish_case(&self, messages: Vec<(usize, &Outgoing)>, end: Instant) -> Vec<(usize, PublishOutcome)> {
        let mut outcomes = Vec::with_capacity(messages.len());
        let mut goes_on = true;
        for (place, message) in messages {
            let now = self.ports.clock.now();
            if !goes_on || Instant::now() >= end || !self.is_open(now) {
                goes_on = false;
                outcomes.push((place, PublishOutcome::Held));
                continue;
            }
            let outcome = self.publish_one(message).await;
            goes_on = outcome == PublishOutcome::Confirmed;
            outcomes.push((place, outcome));
        }
        outcomes
    }

    async fn publish_one(&self, message: &Outgoing) -> PublishOutcome {
        let id = &message.id;
        let is_unknown = message.created_at <= self.unknown_until || lock(&self.unknown).contains(id);
        if is_unknown && let Some(outcome) = self.ask(message).await {
            return outcome;
        }
        lock(&self.unknown).insert(id.clone());
        let sent = self.client.send(id, &message.content_type, message.body.clone()).await;
        match sent {
            Ok(Sent::Applied(document)) => self.take_word(message, document).await,
            Ok(Sent::Refused(document)) => self.take_word(message, document).await,
            Ok(Sent::Later { reason, after_s }) => {
                self.is_certain(id);
                self.leave_alone(Duration::from_secs(after_s));
                retry(reason)
            }
            Ok(Sent::Wrong(reason)) => {
                self.is_certain(id);
                PublishOutcome::Refused { reason: reason.to_owned(), is_answered: false }
            }
            Ok(Sent::Denied(reason)) => {
                self.is_certain(id);
                self.set_down(true);
                retry(reason)
            }
            Err(error) if error.is_unsent() => {
                self.is_certain(id);
                self.failed(id, &error)
            }
            Err(error) => {
                let outcome = self.failed(id, &error);
                // Asked once at once: most such messages were taken, and their cases need not wait.
                self.ask(message).await.unwrap_or(outcome)
            }
        }
    }

    /// What the system says of a message that may have been sent: its outcome, or `None` when it is to be sent.
    async fn ask(&self, message: &Outgoing) -> Option<PublishOutcome> {
        match self.client.ask(&message.id).await {
            Ok(Asked::Applied(document)) => Some(self.take_word(message, document).await),
            // A refusal took no effect; what was wrong may be mended since.
            Ok(Asked::Refused | Asked::Unknown) => None,
            // Still unknown: it is asked about again.
            Ok(Asked::Later { reason, after_s }) => {
                lock(&self.unknown).insert(message.id.clone());
                self.leave_alone(Duration::from_secs(after_s));
                Some(retry(reason))
            }
            Err(error) => Some(self.failed(&message.id, &error)),
        }
    }

    /// Keeps the answer, and makes it the message's outcome.
    async fn take_word(&self, message: &Outgoing, document: Vec<u8>) -> PublishOutcome {
        let (agency, now) = (&self.settings.agency, self.ports.clock.now());
        let said = tokio::task::block_in_place(|| word(&*self.ports.reader, agency, &message.id, &document, now));
        let outcome = match said {
            Word::Applied => PublishOutcome::Confirmed,
            Word::Refused(text) => PublishOutcome::Refused { reason: text, is_answered: true },
            Word::Unclear(text) => {
                let error = CreditError::Unreadable { what: "a message", text };
                return self.failed(&message.id, &error);
            }
        };
        let delivery = Delivery {
            agency: agency.clone(),
            message_id: Delivery::derived_id(&document),
            body: document,
            content_type: Some("application/xml".to_owned()),
            received_at: now,
        };
        match self.ports.inbox.inbox_accept(vec![delivery]).await {
            Ok(_) => {
                self.is_certain(&message.id);
                self.set_down(false);
                (self.ports.wake)();
                outcome
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "answer of the credit system could not be kept");
                // The store's own next call stops the process, where it has to.
                debug_assert!(error.disposition() != Disposition::Reject, "an answer is within the inbox's limits");
                retry(NOT_KEPT)
            }
        }
    }

    /// A try without a word.
    fn failed(&self, id: &MessageId, error: &CreditError) -> PublishOutcome {
        self.set_down(true);
        warn!(
            { fields::OUTGOING_ID } = id.as_str(),
            error = error as &dyn std::error::Error,
            "credit system gave no word"
        );
        retry(error.reason())
    }

    fn leave_alone(&self, wait: Duration) {
        let now = self.ports.clock.now();
        let until_ms = now.plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)).unix_ms();
        // Another request's shorter wait does not end a longer one.
        let longer = |held: i64| Some(if is_ahead(held, now) { held.max(until_ms) } else { until_ms });
        let _ = self.not_before_ms.fetch_update(Ordering::Relaxed, Ordering::Relaxed, longer);
        self.set_down(false);
        info!(seconds = wait.as_secs(), "credit system asked to be left alone");
    }

    /// The message has its word, or was certainly not sent.
    fn is_certain(&self, id: &MessageId) {
        lock(&self.unknown).remove(id);
    }
}

#[async_trait]
impl Transport for CreditTransport {
    async fn publish(&self, batch: &[Outgoing], now: UtcTime) -> Result<Vec<PublishOutcome>, TransportError> {
        let mut outcomes = vec![PublishOutcome::Held; batch.len()];
        if !self.is_open(now) {
            return Ok(outcomes);
        }
        let end = Instant::now() + self.settings.timeout * CALL_TIMEOUTS;
        let mut waiting = by_case(batch).into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.settings.requests_max.max(1)
                && let Some(messages) = waiting.next()
            {
                running.push(self.publish_case(messages, end));
            }
            let Some(case) = running.next().await else { return Ok(outcomes) };
            for (place, outcome) in case {
                if let Some(slot) = outcomes.get_mut(place) {
                    *slot = outcome;
                }
            }
        }
    }
}

/// Whether a moment until which the system asked to be left alone is still to come. More than it may ask for is left only where the
/// clock was set back since.
fn is_ahead(until_ms: i64, now: UtcTime) -> bool {
    (1..=i64::from(RETRY_AFTER_MAX_S) * 1_000).contains(&until_ms.saturating_sub(now.unix_ms()))
}

/// The batch's messages with their places, each case's together and in order; those without a case each by itself.
fn by_case(batch: &[Outgoing]) -> Vec<Vec<(usize, &Outgoing)>> {
    let mut cases: Vec<Vec<(usize, &Outgoing)>> = Vec::new();
    let mut place_of = std::collections::HashMap::new();
    for (place, message) in batch.iter().enumerate() {
        let case = match &message.case_number {
            Some(number) => *place_of.entry(number).or_insert_with(|| {
                cases.push(Vec::new());
                cases.len() - 1
            }),
            None => {
                cases.push(Vec::new());
                cases.len() - 1
            }
        };
        if let Some(messages) = cases.get_mut(case) {
            messages.push((place, message));
        }
    }
    cases
}

fn retry(reason: &str) -> PublishOutcome {
    PublishOutcome::Retry { reason: reason.to_owned() }
}

/// What is locked here is right at any moment, so a panic elsewhere changes nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
