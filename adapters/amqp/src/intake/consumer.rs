//! One agency's consumer: takes what is there, has it committed (T1), acknowledges it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use lapin::Channel;
use lapin::message::Delivery as Delivered;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xiezhi_model::fields;
use xiezhi_model::message::{Delivery, Intake};
use xiezhi_ports::{Disposition, StoreError};

use super::IntakePorts;
use super::refusal::Refusal;
use crate::connection::{Connection, Connector, reconnect_wait};
use crate::error::{AmqpError, within};
use crate::properties::Sender;
use crate::settings::AmqpLink;
use crate::{metric, names, topology};

/// A store that is not available is tried again after this long.
const STORE_PAUSE: Duration = Duration::from_millis(200);
/// Body bytes from which on a batch takes no further message.
const BATCH_BYTES_MAX: usize = 4 << 20;

pub(super) struct Consumer {
    pub(super) connection: Arc<Connection>,
    pub(super) connector: Arc<Connector>,
    pub(super) link: AmqpLink,
    pub(super) ports: IntakePorts,
    /// How many consumers are subscribed.
    pub(super) live: Arc<AtomicUsize>,
}

/// Why a channel is left.
enum Ended {
    /// Told to.
    Stopped,
    /// The inbox is long: nothing more is asked for until it is not.
    Paused,
    /// The broker ended it, or it is in doubt.
    Broker(AmqpError),
    /// The store cannot go on safely.
    Store(StoreError),
}

impl From<AmqpError> for Ended {
    fn from(error: AmqpError) -> Self {
        Self::Broker(error)
    }
}

/// Counts a subscribed consumer for as long as it is.
struct Live(Arc<AtomicUsize>);

impl Live {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Consumer {
    /// Consumes until `end`, or until the connection is gone; a channel that ends is made anew.
    pub(super) async fn run(self, end: CancellationToken) -> Result<(), StoreError> {
        let agency = self.link.agency.as_str();
        let mut failures = 0_u32;
        while !end.is_cancelled() && self.connection.is_usable() {
            // What is delivered and comes back counts against the delivery limit: nothing is asked for that cannot be taken.
            let mut paused = self.ports.paused.clone();
            tokio::select! {
                // Whoever said so is gone: then nothing is paused any more.
                _ = paused.wait_for(|paused| !*paused) => {}
                () = end.cancelled() => break,
            }
            match self.consume(&end, &mut failures).await {
                Ended::Stopped => break,
                Ended::Paused => continue,
                Ended::Store(error) => return Err(error),
                Ended::Broker(error) => {
                    warn!(agency, error = &error as &dyn std::error::Error, "consumer of the agency's inbox ended");
                    if matches!(error, AmqpError::Silent { .. }) {
                        self.connection.question().await;
                    }
                }
            }
            failures = failures.saturating_add(1);
            tokio::select! {
                () = tokio::time::sleep(reconnect_wait(self.connector.settings(), failures)) => {}
                () = end.cancelled() => {}
            }
        }
        Ok(())
    }

    async fn consume(&self, end: &CancellationToken, failures: &mut u32) -> Ended {
        let (channel, mut deliveries) = match self.subscribe().await {
            Ok(subscribed) => subscribed,
            Err(error) => return Ended::Broker(error),
        };
        *failures = 0;
        let live = Live::begin(&self.live);
        let mut paused = self.ports.paused.clone();
        loop {
            let begun = async {
                // Without whoever says so, there is no pause.
                if paused.wait_for(|paused| *paused).await.is_err() {
                    std::future::pending().await
                }
            };
            let first = tokio::select! {
                biased;
                () = end.cancelled() => return self.leave(&channel).await,
                () = begun => {
                    drop(live);
                    return self.pause(&channel, deliveries, end).await;
                }
                delivery = deliveries.next() => delivery,
            };
            match self.take_with(first, &mut deliveries, &channel, end).await {
                Ok(_) => {}
                // The broker cancelled the consumer (its queue was deleted); the channel itself stays open.
                Err(Ended::Broker(AmqpError::Cancelled)) => {
                    self.leave(&channel).await;
                    return Ended::Broker(AmqpError::Cancelled);
                }
                Err(ended) => return ended,
            }
        }
    }

    /// Takes the first delivery and what came with it, and says how many that were. What came before an end is taken all the same.
    async fn take_with(
        &self,
        first: Option<lapin::Result<Delivered>>,
        deliveries: &mut lapin::Consumer,
        channel: &Channel,
        end: &CancellationToken,
    ) -> Result<usize, Ended> {
        let most = usize::from(self.connector.settings().prefetch);
        let (mut batch, mut bytes, mut ended) = (Vec::new(), 0_usize, None);
        let mut next = Some(first);
        while let Some(delivery) = next {
            match delivery {
                Some(Ok(delivery)) => {
                    bytes = bytes.saturating_add(delivery.data.len());
                    batch.push(delivery);
                }
                Some(Err(cause)) => ended = Some(AmqpError::Broker { what: "consuming", cause }),
                None => ended = Some(AmqpError::Cancelled),
            }
            let is_full = ended.is_some() || batch.len() >= most || bytes >= BATCH_BYTES_MAX;
            next = if is_full { None } else { deliveries.next().now_or_never() };
        }
        let count = batch.len();
        if count > 0 {
            self.take(channel, batch, end).await?;
        }
        ended.map_or(Ok(count), |error| Err(Ended::Broker(error)))
    }

    /// Takes what was delivered by then, at most the prefetch, and leaves. The consumer is not cancelled: RabbitMQ gives back what
    /// is under way to a cancelled one in no order, and what a closed channel held in its order.
    async fn pause(&self, channel: &Channel, mut deliveries: lapin::Consumer, end: &CancellationToken) -> Ended {
        let mut left = usize::from(self.connector.settings().prefetch);
        while left > 0
            && let Some(delivery) = deliveries.next().now_or_never()
        {
            match self.take_with(delivery, &mut deliveries, channel, end).await {
                Ok(count) => left = left.saturating_sub(count),
                Err(ended) => return ended,
            }
        }
        self.leave(channel).await;
        Ended::Paused
    }

    /// Declares, limits and subscribes, in this order, on a new channel.
    async fn subscribe(&self) -> Result<(Channel, lapin::Consumer), AmqpError> {
        let settings = self.connector.settings();
        let limit = settings.operation_timeout;
        let channel = self.connection.channel().await?;
        if settings.declare {
            topology::declare_agency(&channel, &self.link, limit).await?;
        }
        within("limiting deliveries", limit, channel.basic_qos(settings.prefetch, BasicQosOptions::default())).await?;
        let queue = names::inbox(&self.link.agency);
        let consuming = channel.basic_consume(
            queue.as_str().into(),
            "xiezhi".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let deliveries = within("consuming", limit, consuming).await?;
        counter!(metric::CONSUMERS, "agency" => self.link.agency.to_string()).increment(1);
        Ok((channel, deliveries))
    }

    /// Ends in order: what was delivered and not acknowledged stays at the broker.
    async fn leave(&self, channel: &Channel) -> Ended {
        // Nobody would answer.
        if !self.connection.is_usable() {
            return Ended::Stopped;
        }
        let limit = self.connector.settings().operation_timeout;
        if let Err(error) = within("closing a channel", limit, channel.close(200, "bye".into())).await {
            info!(error = &error as &dyn std::error::Error, "channel was not closed in order");
        }
        Ended::Stopped
    }

    /// T1 for a batch, and the word to the broker.
    async fn take(&self, channel: &Channel, batch: Vec<Delivered>, end: &CancellationToken) -> Result<(), Ended> {
        let now = self.ports.clock.now();
        let mut deliveries = Vec::with_capacity(batch.len());
        let mut refusals = Vec::new();
        let (mut taken_tag, mut refused_tags) = (None, Vec::new());
        for delivered in batch {
            let sender = Sender::of(&delivered.properties);
            let body = delivered.data;
            if let Some(refusal) = Refusal::of(&self.link, &sender, &body) {
                warn!(agency = self.link.agency.as_str(), ?refusal, "message refused");
                refusals.push(refusal.record(&self.link, &sender, &body, now));
                refused_tags.push(delivered.delivery_tag);
                continue;
            }
            taken_tag = Some(delivered.delivery_tag);
            let message_id = sender.message_id.ok().flatten().unwrap_or_else(|| Delivery::derived_id(&body));
            if let Some(trace) = &sender.trace_parent {
                info!(
                    { fields::MESSAGE_ID } = message_id.as_str(),
                    traceparent = trace,
                    "message goes on with a trace"
                );
            }
            deliveries.push(Delivery {
                agency: self.link.agency.clone(),
                message_id,
                body,
                content_type: sender.content_type,
                received_at: now,
            });
        }
        let committed = self.commit(deliveries, refusals, end).await?;
        if committed > 0 {
            (self.ports.wake)();
        }
        self.acknowledge(channel, taken_tag, &refused_tags).await.map_err(Ended::Broker)
    }

    /// Has everything committed, for as long as it takes until `end`; returns how many messages are new.
    async fn commit(
        &self,
        deliveries: Vec<Delivery>,
        refusals: Vec<xiezhi_ports::Settlement>,
        end: &CancellationToken,
    ) -> Result<usize, Ended> {
        let count = |result: &'static str, count: u64| {
            counter!(metric::INTAKE, "agency" => self.link.agency.to_string(), "result" => result).increment(count);
        };
        let bytes: usize = deliveries.iter().map(|delivery| delivery.body.len()).sum();
        let mut accepted = 0;
        if !deliveries.is_empty() {
            for intake in repeat(end, || self.ports.inbox.inbox_accept(deliveries.clone())).await? {
                match intake {
                    Intake::Accepted(_) => accepted += 1,
                    Intake::Duplicate(_) => count("duplicate", 1),
                    Intake::Quarantined(_) => count("quarantined", 1),
                }
            }
        }
        if !refusals.is_empty() {
            repeat(end, || self.ports.settle.settle(&refusals)).await?;
            count("refused", refusals.len() as u64);
        }
        count("accepted", accepted as u64);
        counter!(metric::INTAKE_BYTES, "agency" => self.link.agency.to_string()).increment(bytes as u64);
        Ok(accepted)
    }

    /// Refuses first: then everything up to the last taken one is taken. A tag that is not open any more must not be named,
    /// the broker would close the channel.
    async fn acknowledge(&self, channel: &Channel, taken: Option<u64>, refused: &[u64]) -> Result<(), AmqpError> {
        let limit = self.connector.settings().operation_timeout;
        for &tag in refused {
            // To the dead letters.
            let options = BasicNackOptions { multiple: false, requeue: false };
            within("refusing a message", limit, channel.basic_nack(tag, options)).await?;
        }
        let Some(tag) = taken else { return Ok(()) };
        within("acknowledging", limit, channel.basic_ack(tag, BasicAckOptions { multiple: true })).await
    }
}

/// Repeats a store's call while it asks for that, until `end`: then nobody acknowledges, and the broker delivers again.
async fn repeat<T, F: Future<Output = Result<T, StoreError>>>(
    end: &CancellationToken,
    call: impl Fn() -> F,
) -> Result<T, Ended> {
    loop {
        match call().await {
            Ok(value) => return Ok(value),
            Err(error) if error.disposition() == Disposition::Retry => {
                warn!(error = &error as &dyn std::error::Error, "store call failed and is repeated");
            }
            Err(error) => return Err(Ended::Store(error)),
        }
        tokio::select! {
            () = tokio::time::sleep(STORE_PAUSE) => {}
            () = end.cancelled() => return Err(Ended::Stopped),
        }
    }
}
