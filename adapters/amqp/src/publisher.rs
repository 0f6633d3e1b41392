//! Publishing with proof: a message counts as taken when the broker confirmed it and did not return it.
//!
//! Each agency has a channel of its own on one connection. A channel that fails costs its agency only; a connection in
//! doubt costs all their channels. What was published and not confirmed is *unknown*: it is published again under the
//! same id, and the receiver dedupes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation, PublisherConfirm};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::warn;
use xiezhi_model::message::{Outgoing, PublishOutcome};
use xiezhi_model::{AgencyId, CaseNumber, UtcTime};
use xiezhi_ports::{Transport, TransportError};

use crate::connection::{Connection, Connector, reconnect_wait};
use crate::error::{AmqpError, within};
use crate::health::Health;
use crate::settings::{AmqpLink, AmqpSettings};
use crate::{metric, names, properties, topology};

/// Why a message that no queue took is tried again.
const UNROUTABLE: &str = "amqp.unroutable";

/// Publishes to the agencies' outboxes at the broker.
#[derive(Debug)]
pub struct AmqpTransport {
    connector: Connector,
    links: HashMap<AgencyId, AmqpLink>,
    state: Mutex<State>,
    health: AtomicU8,
}

#[derive(Debug, Default)]
struct State {
    epoch: Option<Arc<Epoch>>,
    failures: u32,
    not_before: Option<Instant>,
}

/// One connection and the channels on it.
#[derive(Debug)]
struct Epoch {
    connection: Connection,
    /// Those that nobody uses at the moment. Who publishes takes the channel out and puts it back when every message of the
    /// window has its word: one that was left in the middle, by an error or a dropped future, must not be used again, because
    /// its late confirms could take away the returns of the next window.
    channels: Mutex<HashMap<AgencyId, Channel>>,
}

/// A message whose word is awaited, by its place in the batch.
struct Published {
    place: usize,
    confirm: PublisherConfirm,
}

impl AmqpTransport {
    /// A transport for these links; it connects when it first publishes.
    #[must_use]
    pub fn new(settings: Arc<AmqpSettings>, links: &[AmqpLink]) -> Self {
        metric::describe();
        Self {
            connector: Connector::new(settings, "xiezhi publisher"),
            links: links.iter().map(|link| (link.agency.clone(), link.clone())).collect(),
            state: Mutex::default(),
            health: AtomicU8::new(Health::Down.into()),
        }
    }

    /// How the connection stands; while one is being made, how the last one ended.
    #[must_use]
    pub fn health(&self) -> Health {
        if let Ok(state) = self.state.try_lock() {
            let found = state.epoch.as_ref().map_or(Health::Down, |epoch| epoch.connection.health());
            self.health.store(found.into(), Ordering::Relaxed);
        }
        self.health.load(Ordering::Relaxed).into()
    }

    /// Connects, when there is no connection yet, so that [`AmqpTransport::health`] says something before the first message.
    pub async fn warm_up(&self) {
        if let Err(error) = self.epoch().await {
            warn!(error = &error as &dyn std::error::Error, "the broker cannot be reached yet");
        }
    }

    /// Closes the connection in order, within a limit.
    pub async fn close(&self) {
        if let Some(epoch) = self.state.lock().await.epoch.take() {
            epoch.connection.close().await;
        }
    }

    fn settings(&self) -> &AmqpSettings {
        self.connector.settings()
    }

    /// The epoch in use, or a new one; while the last failure is recent, only the word that there is none.
    async fn epoch(&self) -> Result<Arc<Epoch>, AmqpError> {
        let mut state = self.state.lock().await;
        if let Some(epoch) = state.epoch.take_if(|epoch| !epoch.connection.is_usable()) {
            // Its last user closes it.
            drop(epoch);
        }
        if let Some(epoch) = &state.epoch {
            return match epoch.connection.blocked() {
                Some(reason) => Err(AmqpError::Blocked(reason)),
                None => Ok(Arc::clone(epoch)),
            };
        }
        self.health.store(Health::Down.into(), Ordering::Relaxed);
        if state.not_before.is_some_and(|time| Instant::now() < time) {
            return Err(AmqpError::Unreachable("the last try was a moment ago".to_owned()));
        }
        match self.connect().await {
            Ok(epoch) => {
                let epoch = Arc::new(epoch);
                *state = State { epoch: Some(Arc::clone(&epoch)), ..State::default() };
                metric::connected("publisher");
                Ok(epoch)
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.not_before = Some(Instant::now() + reconnect_wait(self.settings(), state.failures));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Epoch, AmqpError> {
        let connection = self.connector.connect().await?;
        if self.settings().declare {
            let channel = connection.channel().await?;
            topology::declare_shared(&channel, self.settings().operation_timeout).await?;
            let closing = channel.close(200, "declared".into());
            within("closing a channel", self.settings().operation_timeout, closing).await?;
        }
        Ok(Epoch { connection, channels: Mutex::default() })
    }

    /// The agency's channel, taken out of the epoch, or a new one.
    async fn channel(&self, epoch: &Epoch, agency: &AgencyId) -> Result<Channel, AmqpError> {
        let limit = self.settings().operation_timeout;
        let kept = epoch.channels.lock().await.remove(agency);
        if let Some(channel) = kept.filter(|channel| channel.status().connected()) {
            return Ok(channel);
        }
        let channel = epoch.connection.channel().await?;
        if self.settings().declare
            && let Some(link) = self.links.get(agency)
        {
            topology::declare_agency(&channel, link, limit).await?;
        }
        within("asking for confirms", limit, channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(channel)
    }

    /// Publishes one agency's messages. A later message of a case goes only when the one before is confirmed, so that the
    /// refusal of one cannot let a later one overtake it.
    async fn publish_to(&self, epoch: &Epoch, agency: &AgencyId, batch: &[&Outgoing]) -> Vec<PublishOutcome> {
        let mut outcomes = vec![PublishOutcome::Held; batch.len()];
        let mut held: HashSet<&CaseNumber> = HashSet::new();
        let mut left: Vec<usize> = (0..batch.len()).collect();
        while !left.is_empty() {
            let (window, rest) = next_window(batch, &left, self.settings().confirms_max, &held);
            if window.is_empty() {
                break;
            }
            left = rest;
            let channel = match unless_blocked(epoch, self.channel(epoch, agency)).await {
                Ok(channel) => channel,
                // Nothing of this window was published; what came before has its word.
                Err(error) => {
                    doubt(epoch, agency, &error).await;
                    let reason = metric::reason(&error);
                    window.iter().for_each(|&place| set(&mut outcomes, place, retry(reason)));
                    break;
                }
            };
            for &place in &window {
                set(&mut outcomes, place, retry("amqp.outcome-unknown"));
            }
            let word = unless_blocked(epoch, self.publish_window(&channel, batch, &window)).await;
            let words = match word {
                Ok(words) => words,
                Err(error) => {
                    doubt(epoch, agency, &error).await;
                    break;
                }
            };
            let is_unroutable = |(_, outcome): &(usize, PublishOutcome)| *outcome == retry(UNROUTABLE);
            // A new channel declares what is missing, where this gateway may.
            if !words.iter().any(is_unroutable) {
                epoch.channels.lock().await.insert(agency.clone(), channel);
            }
            for (place, outcome) in words {
                set(&mut outcomes, place, outcome);
            }
            for &place in &window {
                let confirmed = outcomes.get(place) == Some(&PublishOutcome::Confirmed);
                if let Some(number) = batch.get(place).and_then(|message| message.case_number.as_ref())
                    && !confirmed
                {
                    held.insert(number);
                }
            }
        }
        outcomes
    }

    /// Publishes a window and waits for its word, which every message of it has when this is `Ok`.
    async fn publish_window(
        &self,
        channel: &Channel,
        batch: &[&Outgoing],
        window: &[usize],
    ) -> Result<Vec<(usize, PublishOutcome)>, AmqpError> {
        let deadline = Instant::now() + self.settings().confirm_timeout;
        let mut published = Vec::with_capacity(window.len());
        for &place in window {
            let Some(message) = batch.get(place) else { continue };
            let confirm = self.hand_over(channel, message).await?;
            published.push(Published { place, confirm });
        }
        let places: Vec<usize> = published.iter().map(|published| published.place).collect();
        let words = join_all(published.into_iter().map(|published| published.confirm));
        let limit = self.settings().confirm_timeout;
        let words = tokio::time::timeout_at(deadline, words)
            .await
            .map_err(|_| AmqpError::Silent { what: "waiting for confirms", limit })?;
        // A return may stand at the wrong confirm of its window: only its id says which message it is.
        let mut returned = HashSet::new();
        let mut refused = Vec::new();
        let mut taken = Vec::new();
        for (place, word) in places.into_iter().zip(words) {
            let word = word.map_err(|cause| AmqpError::Broker { what: "waiting for confirms", cause })?;
            match &word {
                Confirmation::Nack(_) => refused.push(place),
                Confirmation::Ack(_) => taken.push(place),
                Confirmation::NotRequested => {}
            }
            returned.extend(word.take_message().and_then(|message| properties::returned_id(&message.properties)));
        }
        let is_back = |place: usize| batch.get(place).is_some_and(|message| returned.contains(message.id.as_str()));
        let refused = refused.into_iter().map(|place| (place, retry("amqp.queue-full")));
        let taken = taken
            .into_iter()
            .map(|place| (place, if is_back(place) { retry(UNROUTABLE) } else { PublishOutcome::Confirmed }));
        Ok(refused.chain(taken).collect())
    }

    async fn hand_over(&self, channel: &Channel, message: &Outgoing) -> Result<PublisherConfirm, AmqpError> {
        let publishing = channel.basic_publish(
            names::OUTBOX_EXCHANGE.into(),
            properties::routing_key(&message.agency).into(),
            BasicPublishOptions { mandatory: true, immediate: false },
            &message.body,
            properties::of_outgoing(message, &self.settings().user),
        );
        within("publishing", self.settings().operation_timeout, publishing).await
    }
}

/// After an error the agency's channel is not used again, nor is a connection that is silent altogether. One that is blocked
/// says so itself, and goes on when the broker does.
async fn doubt(epoch: &Epoch, agency: &AgencyId, error: &AmqpError) {
    warn!(agency = agency.as_str(), error = error as &dyn std::error::Error, "publishing failed");
    if matches!(error, AmqpError::Silent { .. }) {
        epoch.connection.question().await;
    }
}

/// Gives up as soon as the broker says that it takes no messages: until it does again, nothing is written.
async fn unless_blocked<T>(
    epoch: &Epoch,
    operation: impl Future<Output = Result<T, AmqpError>>,
) -> Result<T, AmqpError> {
    tokio::select! {
        done = operation => done,
        reason = epoch.connection.until_blocked() => Err(AmqpError::Blocked(reason)),
    }
}

#[async_trait]
impl Transport for AmqpTransport {
    async fn publish(&self, batch: &[Outgoing], _now: UtcTime) -> Result<Vec<PublishOutcome>, TransportError> {
        let epoch = match self.epoch().await {
            Ok(epoch) => epoch,
            Err(error) => return Err(TransportError::Unavailable(error.to_string())),
        };
        let mut by_agency: HashMap<&AgencyId, Vec<usize>> = HashMap::new();
        for (place, message) in batch.iter().enumerate() {
            by_agency.entry(&message.agency).or_default().push(place);
        }
        let mut outcomes = vec![PublishOutcome::Held; batch.len()];
        for (agency, places) in by_agency {
            let own: Vec<&Outgoing> = places.iter().filter_map(|&place| batch.get(place)).collect();
            for (place, outcome) in places.into_iter().zip(self.publish_to(&epoch, agency, &own).await) {
                set(&mut outcomes, place, outcome);
            }
        }
        Ok(outcomes)
    }
}

/// The next messages to go: at most `most`, and of each case the earliest that is left, unless the case is held. Then what is
/// left for later windows, held cases excepted.
fn next_window(
    batch: &[&Outgoing],
    left: &[usize],
    most: usize,
    held: &HashSet<&CaseNumber>,
) -> (Vec<usize>, Vec<usize>) {
    let mut in_window: HashSet<&CaseNumber> = HashSet::new();
    let (mut window, mut rest) = (Vec::new(), Vec::new());
    for &place in left {
        let number = batch.get(place).and_then(|message| message.case_number.as_ref());
        if number.is_some_and(|number| held.contains(number)) {
            continue;
        }
        let free = window.len() < most && number.is_none_or(|number| !in_window.contains(number));
        // A case whose earlier message is left must wait as well.
        in_window.extend(number);
        if free { window.push(place) } else { rest.push(place) }
    }
    (window, rest)
}

fn retry(reason: &str) -> PublishOutcome {
    PublishOutcome::Retry { reason: reason.to_owned() }
}

fn set(outcomes: &mut [PublishOutcome], place: usize, outcome: PublishOutcome) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = outcome;
    }
}

#[cfg(test)]
mod tests {
    use xiezhi_model::MessageId;

    use super::*;

    fn message(case: Option<&str>) -> Outgoing {
        Outgoing {
            id: MessageId::parse("m").unwrap(),
            agency: AgencyId::parse("police").unwrap(),
            case_number: case.map(|case| CaseNumber::parse(case).unwrap()),
            kind: "notice".into(),
            body: Vec::new(),
            content_type: "text/plain".into(),
            created_at: UtcTime::from_unix_ms(0).unwrap(),
            plugin_digest: None,
        }
    }

    #[test]
    fn a_window_holds_one_message_of_a_case() {
        let messages = ["a", "a", "", "b", "a", ""].map(|case| message((!case.is_empty()).then_some(case)));
        let batch: Vec<&Outgoing> = messages.iter().collect();
        let all: Vec<usize> = (0..6).collect();
        let none = HashSet::new();
        assert_eq!(next_window(&batch, &all, 9, &none), (vec![0, 2, 3, 5], vec![1, 4]));
        assert_eq!(next_window(&batch, &[1, 4], 9, &none), (vec![1], vec![4]));
        assert_eq!(next_window(&batch, &all, 2, &none), (vec![0, 2], vec![1, 3, 4, 5]));
        let a = CaseNumber::parse("a").unwrap();
        assert_eq!(next_window(&batch, &all, 9, &HashSet::from([&a])), (vec![2, 3, 5], vec![]));
    }
}
