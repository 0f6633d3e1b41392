//! Over RabbitMQ: the real binary between a department's two queues, against a bare relay of the same bytes and a consumer
//! written by hand in Python on the same broker; its latency at half load; and what a dead link of one department costs
//! another.

mod python;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use serde_json::json;
use xiezhi_kit::gateway::token;
use xiezhi_kit::{Broker, BrokerOptions, Gateway, GatewayOptions, load, sample, wait_until};

use crate::figure::{Better, Figure};

/// Messages of a load.
const MESSAGES: usize = 6_000;
/// Messages of the loads with two departments.
const PAIRED: usize = 3_000;
/// Messages published and not yet confirmed, and delivered and not yet acknowledged: where throughput stops rising.
const WINDOW: usize = 200;
/// How long the load at half speed lasts.
const HALF_LOAD: Duration = Duration::from_secs(6);
/// Longest wait for a load.
const LIMIT: Duration = Duration::from_secs(240);
/// Enterprises that the findings are about.
const ENTERPRISES: usize = 2_000;

/// A broker, a gateway over it, and what the departments need.
struct Rig {
    runtime: tokio::runtime::Runtime,
    gateway: Gateway,
    broker: Broker,
}

const VHOST: &str = "bench";

/// Measures all of it.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let rig = Rig::start()?;
    let bare = rig.runtime.block_on(rig.bare_relay())?;
    let python = python::messages_per_second(&rig, MESSAGES)?;
    let through = rig.runtime.block_on(rig.through("police", bodies(MESSAGES, 0), "a"))?;
    // Once more on the other side: what else uses the machine changes from minute to minute.
    let python = python.midpoint(python::messages_per_second(&rig, MESSAGES)?);
    let bare = bare.midpoint(rig.runtime.block_on(rig.bare_relay())?);
    let half = through / 2.0;
    let latencies = rig.runtime.block_on(rig.latencies(half))?;
    let (healthy, beside_dead) = rig.dead_link()?;
    let at = |share: f64| percentile(&latencies, share);
    let against = "a bare lapin relay of the same bytes between two quorum queues of the same broker";
    let by_hand = "one finding a message, a receipt for each: aio-pika, lxml, SQLite with a durable commit a message";
    let latency = format!("publish to receipt at {half:.0} messages/s, half of what goes through");
    let plain = |name: &str, value, unit, better, against: &str| Figure::plain(name, value, unit, better, against);
    Ok(vec![
        plain("amqp_bare_relay_per_s", bare, "1/s", Better::Higher, "consume, publish, confirm, acknowledge"),
        plain(
            "amqp_end_to_end_per_s",
            through,
            "1/s",
            Better::Higher,
            "real binary, one finding a message, a receipt for each",
        ),
        plain("amqp_end_to_end_vs_bare_relay", through / bare, "ratio", Better::Higher, against).demanding(0.5, 0.8),
        plain("amqp_python_consumer_per_s", python, "1/s", Better::Higher, by_hand),
        plain(
            "amqp_end_to_end_vs_python_consumer",
            through / python,
            "ratio",
            Better::Higher,
            "a consumer written by hand in Python, fed with a part of the same messages on the same broker",
        )
        .demanding(4.0, 8.0),
        plain("amqp_latency_p50", at(0.50), "ms", Better::Lower, &latency),
        plain("amqp_latency_p95", at(0.95), "ms", Better::Lower, &latency),
        plain("amqp_latency_p99", at(0.99), "ms", Better::Lower, &latency),
        plain(
            "amqp_beside_a_dead_link_vs_healthy",
            beside_dead / healthy,
            "ratio",
            Better::Higher,
            "rate of one department while another's queue is full, against the rate while it is read",
        )
        .demanding(0.9, 1.0),
    ])
}

fn bodies(count: usize, first: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| load::police_clue((first + n) % ENTERPRISES, 1)).collect()
}

fn percentile(sorted: &[Duration], share: f64) -> f64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
}

impl Rig {
    fn start() -> anyhow::Result<Self> {
        python::check()?;
        let broker = Broker::start("bench")?;
        broker.vhost_create(VHOST)?;
        let options = BrokerOptions::prepare(&broker, VHOST)?;
        let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
        gateway.launch()?;
        for agency in ["police", "urban-management"] {
            let line = format!("xiezhi_amqp_consumers_total{{agency=\"{agency}\"}}");
            let there = wait_until(LIMIT, || gateway.ask("/metrics").ok().filter(|answer| answer.text.contains(&line)));
            there.map(drop).with_context(|| format!("no consumer for {agency}"))?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { runtime, gateway, broker })
    }

    fn uri(&self, user: &str, password: &str) -> String {
        format!("amqp://{user}:{password}@{}/{VHOST}", self.broker.amqp_address())
    }

    async fn connect(&self, user: &str, password: &str) -> anyhow::Result<Connection> {
        Ok(Connection::connect(&self.uri(user, password), ConnectionProperties::default()).await?)
    }

    /// Messages a second through a relay that does nothing else.
    async fn bare_relay(&self) -> anyhow::Result<f64> {
        let connection = self.connect(self.broker.admin_user(), self.broker.admin_password()).await?;
        let (input, output) = ("bare.in", "bare.out");
        let channel = connection.create_channel().await?;
        for queue in [input, output] {
            let mut arguments = FieldTable::default();
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
            channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments).await?;
        }
        let relay_connection = self.connect(self.broker.admin_user(), self.broker.admin_password()).await?;
        let relay = relay(relay_connection, input, output);
        let begin = Instant::now();
        let load = async {
            let sink = sink(&connection, output, MESSAGES);
            let source = publish(&connection, "", input, self.broker.admin_user(), bodies(MESSAGES, 0), "bare", None);
            tokio::try_join!(sink, source)
        };
        tokio::select! {
            ended = load => ended?,
            ended = relay => ended.map(|()| Default::default())?,
        };
        Ok(MESSAGES as f64 / begin.elapsed().as_secs_f64())
    }

    /// Messages a second through the gateway: one department sends, and gets a receipt for each.
    async fn through(&self, agency: &str, bodies: Vec<Vec<u8>>, name: &str) -> anyhow::Result<f64> {
        let count = bodies.len();
        let connection = self.connect(agency, &token(agency)).await?;
        let (exchange, queue) = (format!("xiezhi.inbox.{agency}"), format!("xiezhi.outbox.{agency}"));
        let begin = Instant::now();
        let sink = sink(&connection, &queue, count);
        let source = publish(&connection, &exchange, "", agency, bodies, name, None);
        tokio::try_join!(sink, source)?;
        Ok(count as f64 / begin.elapsed().as_secs_f64())
    }

    /// From publish to receipt, sorted. Receipts of one department come in the order of its messages.
    async fn latencies(&self, per_second: f64) -> anyhow::Result<Vec<Duration>> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of some thousands")]
        let count = (per_second * HALF_LOAD.as_secs_f64()) as usize;
        let connection = self.connect("police", &token("police")).await?;
        let pace = Some(Duration::from_secs_f64(1.0 / per_second));
        let sink = sink(&connection, "xiezhi.outbox.police", count);
        let source = publish(&connection, "xiezhi.inbox.police", "", "police", bodies(count, 0), "half", pace);
        let (received, sent) = tokio::try_join!(sink, source)?;
        let mut latencies: Vec<Duration> =
            received.into_iter().zip(sent).map(|(received, sent)| received.saturating_duration_since(sent)).collect();
        latencies.sort_unstable();
        Ok(latencies)
    }

    /// One department's rate beside another's: healthy, and with its queue full.
    fn dead_link(&self) -> anyhow::Result<(f64, f64)> {
        let urban = sample("own/urban-lost-contact.form.txt")?;
        let healthy = self.runtime.block_on(self.paired(&urban, "healthy", true))?;
        let full = json!({
            "pattern": r"^xiezhi\.outbox\.urban-management$",
            "definition": { "max-length": 1, "delivery-limit": 20 },
            "apply-to": "queues",
            "priority": 9,
        });
        self.broker.policy(VHOST, "full", &full)?;
        let beside_dead = self.runtime.block_on(self.paired(&urban, "dead", false))?;
        let status = self.gateway.json(&["status"])?;
        let pending = status["outbox_pending"].as_u64().unwrap_or_default();
        ensure!(pending > 0, "the full queue took everything: {status}");
        Ok((healthy, beside_dead))
    }

    /// Police's messages a second, while urban management sends as many.
    async fn paired(&self, urban: &[u8], name: &str, read: bool) -> anyhow::Result<f64> {
        let connection = self.connect("urban-management", &token("urban-management")).await?;
        let bodies_of_urban = vec![urban.to_vec(); PAIRED];
        let user = "urban-management";
        let urban = async {
            let source = publish(&connection, "xiezhi.inbox.urban-management", "", user, bodies_of_urban, name, None);
            // A receipt and a reply for each.
            let sink = async {
                let count = if read { PAIRED } else { 0 };
                sink(&connection, "xiezhi.outbox.urban-management", count).await
            };
            tokio::try_join!(source, sink)
        };
        let police = self.through("police", bodies(PAIRED, 0), name);
        let (rate, _) = tokio::try_join!(police, urban)?;
        Ok(rate)
    }
}

/// Publishes everything, at most a window unconfirmed, and says when each was published.
async fn publish(
    connection: &Connection,
    exchange: &str,
    routing_key: &str,
    user: &str,
    bodies: Vec<Vec<u8>>,
    name: &str,
    pace: Option<Duration>,
) -> anyhow::Result<Vec<Instant>> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut sent = Vec::with_capacity(bodies.len());
    let mut open = VecDeque::with_capacity(WINDOW);
    let begin = tokio::time::Instant::now();
    for (n, body) in bodies.into_iter().enumerate() {
        if let Some(pace) = pace {
            tokio::time::sleep_until(begin + pace.mul_f64(n as f64)).await;
        }
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_message_id(format!("{name}-{n}").as_str().into())
            .with_user_id(user.into());
        sent.push(Instant::now());
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        open.push_back(channel.basic_publish(exchange.into(), routing_key.into(), options, &body, properties).await?);
        if open.len() >= WINDOW
            && let Some(confirm) = open.pop_front()
        {
            ensure!(confirm.await?.is_ack(), "a message was refused");
        }
    }
    for confirm in open {
        ensure!(confirm.await?.is_ack(), "a message was refused");
    }
    Ok(sent)
}

/// Receives and acknowledges so many messages of kind `receipt` or of no kind, and says when each came.
async fn sink(connection: &Connection, queue: &str, count: usize) -> anyhow::Result<Vec<Instant>> {
    let mut received = Vec::with_capacity(count);
    if count == 0 {
        return Ok(received);
    }
    let channel = connection.create_channel().await?;
    let mut deliveries = consume(&channel, queue).await?;
    let all = async {
        while received.len() < count {
            let delivery = deliveries.next().await.context("the consumer was ended")??;
            let kind = delivery.properties.kind().as_ref().map(|kind| kind.as_str().to_owned());
            if kind.is_none_or(|kind| kind == "receipt") {
                received.push(Instant::now());
            }
            delivery.ack(BasicAckOptions::default()).await?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(LIMIT, all).await.context("the load did not come through in time")??;
    Ok(received)
}

/// The bare relay: publishes what it consumes, and acknowledges it when that is confirmed.
async fn relay(connection: Connection, input: &str, output: &str) -> anyhow::Result<()> {
    let channel = connection.create_channel().await?;
    let mut deliveries = consume(&channel, input).await?;
    let publisher = connection.create_channel().await?;
    publisher.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut open = VecDeque::with_capacity(WINDOW);
    loop {
        // What is confirmed is acknowledged while nothing else comes.
        let delivery = tokio::select! {
            biased;
            delivery = deliveries.next(), if open.len() < WINDOW => Some(delivery.context("the consumer was ended")??),
            () = std::future::ready(()), if !open.is_empty() => None,
        };
        match delivery {
            Some(delivery) => {
                let options = BasicPublishOptions { mandatory: true, immediate: false };
                let properties = BasicProperties::default().with_delivery_mode(2);
                let publishing = publisher.basic_publish("".into(), output.into(), options, &delivery.data, properties);
                open.push_back((delivery.acker, publishing.await?));
            }
            None => {
                if let Some((acker, confirm)) = open.pop_front() {
                    ensure!(confirm.await?.is_ack(), "the relay was refused");
                    acker.ack(BasicAckOptions::default()).await?;
                }
            }
        }
    }
}

async fn consume(channel: &Channel, queue: &str) -> anyhow::Result<lapin::Consumer> {
    #[allow(clippy::cast_possible_truncation, reason = "a window of some hundreds")]
    channel.basic_qos(WINDOW as u16, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    Ok(channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await?)
}
