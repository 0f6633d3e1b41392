//! The real binary over a real RabbitMQ: departments send and receive through their own queues with their own users.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_amqp::AmqpSettings;
use xiezhi_amqp::department::{Department, Received, Sending, Sent};
use xiezhi_kit::gateway::token;
use xiezhi_kit::{Broker, BrokerAdmin, BrokerOptions, Gateway, GatewayOptions, sample, wait_until};
use xiezhi_model::AgencyId;

const LIMIT: Duration = Duration::from_secs(30);

/// How a department reaches the broker.
fn settings(admin: &BrokerAdmin, vhost: &str, agency: &str) -> anyhow::Result<AmqpSettings> {
    let (host, port) = admin.amqp_address().rsplit_once(':').context("no port")?;
    Ok(AmqpSettings {
        addresses: vec![(host.to_owned(), port.parse()?)],
        tls: None,
        vhost: vhost.to_owned(),
        user: agency.to_owned(),
        password: token(agency),
        declare: false,
        heartbeat_s: 10,
        connect_timeout: Duration::from_secs(10),
        operation_timeout: Duration::from_secs(10),
        confirm_timeout: Duration::from_secs(10),
        confirms_max: 100,
        prefetch: 100,
        reconnect_min: Duration::from_millis(50),
        reconnect_max: Duration::from_millis(500),
    })
}

/// A department's client and the runtime that it needs.
struct Client {
    runtime: tokio::runtime::Runtime,
    department: Department,
}

impl Client {
    fn connect(admin: &BrokerAdmin, vhost: &str, agency: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let connecting = Department::connect(AgencyId::parse(agency)?, settings(admin, vhost, agency)?);
        let department = runtime.block_on(connecting)?;
        Ok(Self { runtime, department })
    }

    fn send(&self, path: &str, message_id: Option<&str>) -> anyhow::Result<()> {
        let message = Sending { message_id: message_id.map(str::to_owned), body: sample(path)?, ..Sending::default() };
        let sent = self.runtime.block_on(self.department.send(&message))?;
        ensure!(sent == Sent::Taken, "{path}: {sent:?}");
        Ok(())
    }

    /// Messages of this kind, as many as wanted, in the order in which they come; others are acknowledged and dropped.
    fn receive(&mut self, kind: &str, count: usize) -> anyhow::Result<Vec<Received>> {
        let mut found = Vec::new();
        let runtime = &self.runtime;
        let department = &mut self.department;
        runtime.block_on(async {
            let deadline = tokio::time::Instant::now() + LIMIT;
            while found.len() < count && tokio::time::Instant::now() < deadline {
                for message in department.receive(1, Duration::from_millis(200)).await? {
                    department.acknowledge(&message).await?;
                    if message.kind == kind {
                        found.push(message);
                    }
                }
            }
            anyhow::Ok(())
        })?;
        ensure!(found.len() == count, "{} of {count} {kind} came", found.len());
        Ok(found)
    }
}

fn message(gateway: &Gateway, message_id: &str, status: &str) -> anyhow::Result<Value> {
    let found = wait_until(LIMIT, || {
        let shown = gateway.json(&["message", "show", message_id]).ok()?;
        let entry = shown.get("message")?.clone();
        (entry["status"] == status).then_some(entry)
    });
    found.with_context(|| format!("{message_id} is not {status}; the log ends:\n{}", gateway.log_tail()))
}

/// An agency's queues are there once the gateway consumes from its inbox: it declares all of them before. (The broker lists a
/// queue a moment before it can be consumed from.)
fn wait_for_queues(gateway: &Gateway, agency: &str) -> anyhow::Result<()> {
    let line = format!("xiezhi_amqp_consumers_total{{agency=\"{agency}\"}}");
    let there = wait_until(LIMIT, || gateway.ask("/metrics").ok().filter(|answer| answer.text.contains(&line)));
    there.map(drop).with_context(|| format!("no consumer for {agency}; the log ends:\n{}", gateway.log_tail()))
}

#[test]
fn a_finding_comes_in_and_its_assignment_goes_out() -> anyhow::Result<()> {
    let admin = Broker::shared()?;
    let vhost = admin.own_vhost("round-trip")?;
    let options = BrokerOptions::prepare(&admin, &vhost)?;
    let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
    gateway.launch()?;
    for agency in ["police", "urban-management"] {
        wait_for_queues(&gateway, agency)?;
    }
    let mut police = Client::connect(&admin, &vhost, "police")?;
    let urban = Client::connect(&admin, &vhost, "urban-management")?;
    urban.send("own/urban-lost-contact.form.txt", Some("u-1"))?;
    message(&gateway, "u-1", "done")?;
    police.send("own/police-lost-contact.gb18030.xml", Some("p-1"))?;
    message(&gateway, "p-1", "done")?;
    // Sent again: the same message, counted and nothing else.
    police.send("own/police-lost-contact.gb18030.xml", Some("p-1"))?;
    let receipt = police.receive("receipt", 1)?.remove(0);
    assert_eq!(receipt.reply_to.as_deref(), Some("xiezhi.inbox.police"));
    assert_eq!(receipt.user.as_deref(), Some("xiezhi"));
    assert!(receipt.trace_parent.is_some() && receipt.timestamp.is_some());
    let twice = wait_until(LIMIT, || {
        let shown = gateway.json(&["message", "show", "p-1"]).ok()?;
        (shown["message"]["duplicates"] == 1).then_some(())
    });
    twice.context("the repetition was not counted")?;
    let cases = gateway.json(&["case", "list"])?;
    assert_eq!(cases.as_array().map(Vec::len), Some(1), "{cases}");
    Ok(())
}

#[test]
fn a_message_whose_sender_is_not_vouched_for_is_refused() -> anyhow::Result<()> {
    let admin = Broker::shared()?;
    let vhost = admin.own_vhost("refused")?;
    let options = BrokerOptions::prepare(&admin, &vhost)?;
    let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
    gateway.launch()?;
    wait_for_queues(&gateway, "police")?;
    let police = Client::connect(&admin, &vhost, "police")?;
    let body = sample("own/police-lost-contact.gb18030.xml")?;
    let forged = Sending { message_id: Some("forged".into()), body, ..Sending::default() };
    let sent = police.runtime.block_on(police.department.send_as(&forged, None))?;
    assert_eq!(sent, Sent::Taken, "the broker takes it, the gateway does not");
    let dead = "xiezhi.dead.police";
    let there = wait_until(LIMIT, || admin.queue_messages(&vhost, dead).ok().filter(|queue| queue.ready == 1));
    there.with_context(|| format!("nothing in {dead}; the log ends:\n{}", gateway.log_tail()))?;
    police.send("own/police-lost-contact.gb18030.xml", Some("own"))?;
    message(&gateway, "own", "done")?;
    assert!(gateway.json(&["message", "show", "forged"]).is_err(), "it was taken in");
    let verified = gateway.json(&["audit", "verify"])?;
    assert_eq!(verified["broken"], Value::Null, "{verified}");
    let metrics = gateway.ask("/metrics")?.text;
    let line = "xiezhi_amqp_intake_total{agency=\"police\",result=\"refused\"} 1";
    assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    Ok(())
}
