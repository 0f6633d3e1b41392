//! How the demo's departments send and fetch: over HTTP with the embedded queue, or through their own queues at a broker.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::runtime::Runtime;
use xiezhi_amqp::AmqpSettings;
use xiezhi_amqp::department::{Department, Sending, Sent};
use xiezhi_kit::gateway::{agencies, token};
use xiezhi_kit::{Broker, BrokerOptions, CreditSim, Gateway, GatewayOptions, OutboxMessage, wait_until};
use xiezhi_model::AgencyId;

use super::scenario::CREDIT;

/// Longest wait for the queues and for each message to be taken in.
const LIMIT: Duration = Duration::from_secs(60);
/// With nothing left to publish, what is in a queue arrives at once; after this long without a message there is none.
const SILENCE: Duration = Duration::from_millis(1_500);
/// Far more messages than one department gets.
const MESSAGES_MAX: usize = 1_000;

/// How the departments reach the gateway.
pub(crate) enum Courier {
    /// Over HTTP.
    Http,
    /// Through the broker, each with its own user.
    Broker(Box<AtBroker>),
}

/// The departments' connections; the broker ends with them.
pub(crate) struct AtBroker {
    runtime: Runtime,
    departments: BTreeMap<String, Department>,
    _broker: Broker,
}

/// Starts the gateway, over the broker when it is wanted, and the departments' way to it.
pub(crate) fn start(amqp: bool, sim: &CreditSim) -> anyhow::Result<(Gateway, Courier)> {
    if !amqp {
        let mut gateway = Gateway::prepare(GatewayOptions::default())?;
        gateway.publish_to(sim.url(), "")?;
        gateway.launch()?;
        return Ok((gateway, Courier::Http));
    }
    let broker = Broker::start("demo")?;
    let vhost = "demo";
    broker.vhost_create(vhost)?;
    let options = BrokerOptions::prepare(&broker, vhost)?;
    let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
    gateway.publish_to(sim.url(), "")?;
    gateway.launch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut departments = BTreeMap::new();
    for agency in at_the_broker() {
        wait_for_consumer(&gateway, &agency)?;
        let connecting = Department::connect(AgencyId::parse(&agency)?, settings(&broker, vhost, &agency)?);
        departments.insert(agency, runtime.block_on(connecting)?);
    }
    Ok((gateway, Courier::Broker(Box::new(AtBroker { runtime, departments, _broker: broker }))))
}

impl Courier {
    /// Sends a message; says what was unexpected about the answer.
    pub(crate) fn send(
        &self,
        gateway: &Gateway,
        agency: &str,
        id: &str,
        body: Vec<u8>,
        expected: (u16, &str),
    ) -> anyhow::Result<Option<String>> {
        match self {
            Self::Http => push(gateway, agency, id, &body, expected),
            // The gateway calls that body itself; what it says unasked comes over HTTP.
            Self::Broker(_) if agency == CREDIT => push(gateway, agency, id, &body, expected),
            Self::Broker(broker) => {
                broker.send(agency, id, body)?;
                // The broker's word comes before the gateway's: the next message shall be taken in after this one.
                let duplicates = u64::from(expected.1 == "duplicate");
                let taken = wait_until(LIMIT, || {
                    let shown = gateway.json(&["message", "show", id]).ok()?;
                    (shown.get("message")?.get("duplicates")?.as_u64()? >= duplicates).then_some(())
                });
                taken.with_context(|| format!("{id} was not taken in; the log ends:\n{}", gateway.log_tail()))?;
                Ok(None)
            }
        }
    }

    /// Fetches and acknowledges everything that waits for every department: agency and message.
    pub(crate) fn fetch(&mut self, gateway: &Gateway) -> anyhow::Result<Vec<(String, OutboxMessage)>> {
        match self {
            Self::Http => {
                let mut fetched = Vec::new();
                for agency in agencies() {
                    let messages = gateway.client(&agency)?.drain()?;
                    fetched.extend(messages.into_iter().map(|message| (agency.clone(), message)));
                }
                Ok(fetched)
            }
            Self::Broker(broker) => broker.fetch(),
        }
    }
}

fn push(
    gateway: &Gateway,
    agency: &str,
    id: &str,
    body: &[u8],
    expected: (u16, &str),
) -> anyhow::Result<Option<String>> {
    let answer = gateway.client(agency)?.push(body, Some(id))?;
    let status = answer.json.get("status").and_then(Value::as_str).unwrap_or_default();
    let as_expected = (answer.status, status) == expected;
    Ok((!as_expected).then(|| format!("{id} was answered {} {}", answer.status, answer.json)))
}

/// The agencies that are reached through the broker.
fn at_the_broker() -> impl Iterator<Item = String> {
    agencies().into_iter().filter(|agency| agency != CREDIT)
}

impl AtBroker {
    fn send(&self, agency: &str, id: &str, body: Vec<u8>) -> anyhow::Result<()> {
        let department = self.departments.get(agency).with_context(|| format!("{agency} is not connected"))?;
        let message = Sending { message_id: Some(id.to_owned()), body, ..Sending::default() };
        match self.runtime.block_on(department.send(&message))? {
            Sent::Taken => Ok(()),
            other => bail!("{id} was not taken by the broker: {other:?}"),
        }
    }

    fn fetch(&mut self) -> anyhow::Result<Vec<(String, OutboxMessage)>> {
        let (runtime, departments) = (&self.runtime, &mut self.departments);
        let fetching = departments.iter_mut().map(|(agency, department)| fetch_of(agency, department));
        let all = runtime.block_on(futures_util::future::try_join_all(fetching))?;
        Ok(all.into_iter().flatten().collect())
    }
}

async fn fetch_of(agency: &str, department: &mut Department) -> anyhow::Result<Vec<(String, OutboxMessage)>> {
    let mut fetched = Vec::new();
    for message in department.receive(MESSAGES_MAX, SILENCE).await? {
        department.acknowledge(&message).await?;
        ensure!(!message.message_id.is_empty(), "a message for {agency} has no id");
        let message = OutboxMessage {
            id: message.message_id,
            kind: message.kind,
            case_number: message.case_number,
            body: message.body,
            deliveries: u64::from(message.redelivered),
        };
        fetched.push((agency.to_owned(), message));
    }
    Ok(fetched)
}

/// An agency's queues are there once the gateway consumes from its inbox: it declares all of them before.
fn wait_for_consumer(gateway: &Gateway, agency: &str) -> anyhow::Result<()> {
    let line = format!("xiezhi_amqp_consumers_total{{agency=\"{agency}\"}}");
    let there = wait_until(LIMIT, || gateway.ask("/metrics").ok().filter(|answer| answer.text.contains(&line)));
    there.map(drop).with_context(|| format!("no consumer for {agency}; the log ends:\n{}", gateway.log_tail()))
}

fn settings(broker: &Broker, vhost: &str, agency: &str) -> anyhow::Result<AmqpSettings> {
    let (host, port) = broker.amqp_address().rsplit_once(':').context("the broker's address has no port")?;
    Ok(AmqpSettings {
        addresses: vec![(host.to_owned(), port.parse()?)],
        tls: None,
        vhost: vhost.to_owned(),
        user: agency.to_owned(),
        password: token(agency),
        declare: false,
        heartbeat_s: 30,
        connect_timeout: Duration::from_secs(10),
        operation_timeout: Duration::from_secs(10),
        confirm_timeout: Duration::from_secs(10),
        confirms_max: 100,
        prefetch: 500,
        reconnect_min: Duration::from_millis(100),
        reconnect_max: Duration::from_secs(1),
    })
}
