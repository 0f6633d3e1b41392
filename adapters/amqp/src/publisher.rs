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

    /// How the connection stood when it was last used.
    #[must_use]
    pub fn health(&self) -> Health {
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
        if let Some(epoch) = &state.epoch {
            if epoch.connection.is_usable() {
                if let Some(reason) = epoch.connection.blocked() {
                    self.health.store(Health::Blocked.into(), Ordering::Relaxed);
                    return Err(AmqpError::Blocked(reason));
                }
                self.health.store(Health::Up.into(), Ordering::Relaxed);
                return Ok(Arc::clone(epoch));
            }
            state.epoch = None;
        }
        self.health.store(Health::Down.into(), Ordering::Relaxed);
        if state.not_before.is_some_and(|time| Instant::now() < time) {
            return Err(AmqpError::Unreachable("the last try was a moment ago".to_owned()));
        }
        match self.connect().await {
            Ok(epoch) => {
                let epoch = Arc::new(epoch);
                *state = State { epoch: Some(Arc::clone(&epoch)), ..State::default() };
                self.health.store(Health::Up.into(), Ordering::Relaxed);
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

    async fn channel(&self, epoch: &Epoch, agency: &AgencyId) -> Result<Channel, AmqpError> {
        let limit = self.settings().operation_timeout;
        if let Some(channel) = epoch.channels.lock().await.get(agency).filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        // An agency has one lane, so nobody else makes its channel meanwhile; other agencies are not kept waiting.
        let channel = epoch.connection.channel().await?;
        if self.settings().declare
            && let Some(link) = self.links.get(agency)
        {
            topology::declare_agency(&channel, link, limit).await?;
        }
        within("asking for confirms", limit, channel.confirm_select(ConfirmSelectOptions::default())).await?;
        epoch.channels.lock().await.insert(agency.clone(), channel.clone());
        Ok(channel)
    }

    /// Publishes one agency's messages. A later message of a case goes only when the one before is confirmed, so that the
    /// refusal of one cannot let a later one overtake it.
    async fn publish_to(
        &self,
        epoch: &Epoch,
        agency: &AgencyId,
        batch: &[&Outgoing],
    ) -> Result<Vec<PublishOutcome>, AmqpError> {
        let mut outcomes = vec![PublishOutcome::Held; batch.len()];
        let mut held: HashSet<&CaseNumber> = HashSet::new();
        let mut left: Vec<usize> = (0..batch.len()).collect();
        while !left.is_empty() {
            let (window, rest) = next_window(batch, &left, self.settings().confirms_max, &held);
            if window.is_empty() {
                break;
            }
            left = rest;
            let channel = match self.channel(epoch, agency).await {
                Ok(channel) => channel,
                // Nothing of this window was published; what came before has its word.
                Err(error) => {
                    self.doubt(epoch, agency, &error).await;
                    let reason = metric::reason(&error);
                    window.iter().for_each(|&place| set(&mut outcomes, place, retry(reason)));
                    break;
                }
            };
            let word = self.publish_window(&channel, batch, &window, &mut outcomes).await;
            if let Err(error) = word {
                self.doubt(epoch, agency, &error).await;
                break;
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
        Ok(outcomes)
    }

    /// Publishes a window and waits for its word. What has none is [`PublishOutcome::Retry`].
    async fn publish_window(
        &self,
        channel: &Channel,
        batch: &[&Outgoing],
        window: &[usize],
        outcomes: &mut [PublishOutcome],
    ) -> Result<(), AmqpError> {
        for &place in window {
            set(outcomes, place, retry("amqp.outcome-unknown"));
        }
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
        for place in refused {
            set(outcomes, place, retry("amqp.queue-full"));
        }
        for place in taken {
            let back = batch.get(place).is_some_and(|message| returned.contains(message.id.as_str()));
            let outcome = if back { retry("amqp.unroutable") } else { PublishOutcome::Confirmed };
            set(outcomes, place, outcome);
        }
        Ok(())
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

    /// After an error: the agency's channel is not used again; a silent or broken connection neither.
    async fn doubt(&self, epoch: &Epoch, agency: &AgencyId, error: &AmqpError) {
        warn!(agency = agency.as_str(), error = error as &dyn std::error::Error, "publishing failed");
        epoch.channels.lock().await.remove(agency);
        if matches!(error, AmqpError::Silent { .. }) {
            epoch.connection.give_up();
        }
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
            let found = self.publish_to(&epoch, agency, &own).await;
            let found = found.map_err(|error| TransportError::Unavailable(error.to_string()))?;
            for (place, outcome) in places.into_iter().zip(found) {
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
