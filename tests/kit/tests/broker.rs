//! The private RabbitMQ of the tests: what an administrator can do with it, and what it can be made to suffer.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use xiezhi_kit::broker::BrokerAccess;
use xiezhi_kit::{Broker, BrokerAdmin, QueueMessages, Requeue, wait_until};

/// Longest wait for a figure of the broker to become what it must.
const LIMIT: Duration = Duration::from_secs(30);

fn wait_for_ready(broker: &BrokerAdmin, vhost: &str, queue: &str, ready: u64) -> anyhow::Result<()> {
    let wanted = QueueMessages { ready, unacknowledged: 0 };
    let seen = wait_until(LIMIT, || broker.queue_messages(vhost, queue).ok().filter(|&messages| messages == wanted));
    ensure!(seen.is_some(), "{queue}: {:?} instead of {ready}", broker.queue_messages(vhost, queue));
    Ok(())
}

#[test]
fn a_message_keeps_its_properties() -> anyhow::Result<()> {
    let broker = Broker::shared()?;
    let vhost = broker.own_vhost("kit/a b")?;
    broker.queue_declare(&vhost, "case/1", &json!({ "x-queue-type": "quorum" }))?;
    let properties = json!({ "message_id": "m1", "type": "clue", "delivery_mode": 2, "headers": { "n": 7 } });
    let body = [0xff, 0x00, b'x'];
    ensure!(broker.publish(&vhost, "", "case/1", &properties, &body)?, "not routed");
    ensure!(!broker.publish(&vhost, "", "nowhere", &json!({}), b"x")?, "routed to nowhere");
    wait_for_ready(&broker, &vhost, "case/1", 1)?;
    let seen = broker.get_messages(&vhost, "case/1", 5, Requeue::Yes)?;
    let first = seen.first().context("no message")?;
    ensure!(seen.len() == 1 && first.body == body && first.property("message_id") == Some("m1"), "{seen:?}");
    // A quorum queue adds how often it was handed out.
    ensure!(first.properties["headers"]["n"] == 7 && first.properties["delivery_mode"] == 2, "{seen:?}");
    ensure!(
        first.property("type") == Some("clue") && first.routing_key == "case/1" && first.exchange.is_empty(),
        "{seen:?}"
    );
    let again = broker.get_messages(&vhost, "case/1", 5, Requeue::No)?;
    ensure!(again.len() == 1 && again.iter().all(|message| message.redelivered), "{again:?}");
    wait_for_ready(&broker, &vhost, "case/1", 0)?;
    ensure!(broker.queues(&vhost)? == ["case/1"], "{:?}", broker.queues(&vhost)?);
    broker.queue_delete(&vhost, "case/1")?;
    ensure!(broker.queues(&vhost)?.is_empty(), "the queue is still there");
    let name = vhost.name().to_owned();
    drop(vhost);
    ensure!(broker.queues(&name).is_err(), "the vhost is still there");
    Ok(())
}

#[test]
fn users_rights_policies_and_definitions_are_kept() -> anyhow::Result<()> {
    let broker = Broker::shared()?;
    let vhost = broker.own_vhost("rights")?;
    let user = format!("police-{}", vhost.name());
    broker.user(&user, "secret")?;
    broker.permissions(&vhost, &user, "", "^inbox$", "^outbox$")?;
    let rights = broker.get(&["permissions", &vhost, &user])?;
    ensure!(rights["write"] == "^inbox$" && rights["read"] == "^outbox$" && rights["configure"] == "", "{rights}");
    let policy = json!({ "pattern": "^in", "apply-to": "queues", "definition": { "max-length": 5 }, "priority": 1 });
    broker.policy(&vhost, "bounds", &policy)?;
    let kept = broker.get(&["policies", &vhost, "bounds"])?;
    ensure!(kept["definition"]["max-length"] == 5, "{kept}");
    broker.import_definitions(&json!({
        "queues": [{ "name": "inbox", "vhost": vhost.name(), "durable": true, "auto_delete": false, "arguments": {} }],
    }))?;
    ensure!(broker.queues(&vhost)? == ["inbox"], "{:?}", broker.queues(&vhost)?);
    let wrong = broker.import_definitions(&json!({ "queues": [{ "name": "x" }] }));
    ensure!(wrong.is_err(), "definitions without a vhost were taken");
    broker.user_delete(&user)?;
    ensure!(broker.get(&["users", &user]).is_err(), "the user is still there");
    Ok(())
}

/// A client in clear text that has come as far as the broker counts it as a connection.
struct RawClient(TcpStream);

impl RawClient {
    fn open(broker: &BrokerAdmin, vhost: &str) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(broker.amqp_address())?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(b"AMQP\x00\x00\x09\x01")?;
        let mut client = Self(stream);
        client.frame()?;
        let login = format!("\0{}\0{}", broker.admin_user(), broker.admin_password());
        // start-ok: no properties, the mechanism, the response, the locale.
        let start = [&[0, 10, 0, 11, 0, 0, 0, 0][..], &short("PLAIN")?, &long(&login)?, &short("en_US")?].concat();
        client.send(&start)?;
        client.frame()?;
        // tune-ok: one channel, the frame size that the broker gave, no heartbeat.
        client.send(&[0, 10, 0, 31, 0, 1, 0, 2, 0, 0, 0, 0])?;
        client.send(&[&[0, 10, 0, 40][..], &short(vhost)?, &[0, 0]].concat())?;
        client.frame()?;
        Ok(client)
    }

    fn send(&mut self, method: &[u8]) -> anyhow::Result<()> {
        let size = u32::try_from(method.len())?.to_be_bytes();
        Ok(self.0.write_all(&[&[1, 0, 0][..], &size, method, &[0xce]].concat())?)
    }

    fn frame(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut head = [0; 7];
        self.0.read_exact(&mut head)?;
        let [_, _, _, size @ ..] = head;
        let mut rest = vec![0; u32::from_be_bytes(size) as usize + 1];
        self.0.read_exact(&mut rest)?;
        Ok(rest)
    }
}

fn short(text: &str) -> anyhow::Result<Vec<u8>> {
    Ok([&[u8::try_from(text.len())?][..], text.as_bytes()].concat())
}

fn long(text: &str) -> anyhow::Result<Vec<u8>> {
    Ok([&u32::try_from(text.len())?.to_be_bytes()[..], text.as_bytes()].concat())
}

/// One broker for all of it: a start costs seconds.
#[test]
fn a_broker_survives_what_it_is_made_to_suffer() -> anyhow::Result<()> {
    let mut broker = Broker::start("faults")?;
    let vhost = broker.own_vhost("faults")?;
    broker.queue_declare(&vhost, "kept", &json!({ "x-queue-type": "quorum" }))?;
    let publish = |broker: &BrokerAdmin, id: &str| {
        broker.publish(&vhost, "", "kept", &json!({ "delivery_mode": 2, "message_id": id }), id.as_bytes())
    };
    ensure!(publish(&broker, "before a restart")?, "not routed");

    // A connection that another administrator closes.
    let mut client = RawClient::open(&broker, &vhost)?;
    let seen =
        wait_until(LIMIT, || Some(broker.close_connections(broker.admin_user()).ok()?).filter(|&closed| closed == 1));
    ensure!(seen.is_some(), "the client's connection was not seen");
    ensure!(client.frame()?.starts_with(&[0, 10, 0, 50]), "no connection.close");

    // An alarm, which the client is told of when it publishes.
    broker.memory_alarm_raise()?;
    ensure!(broker.alarms()? == ["memory"], "{:?}", broker.alarms()?);
    broker.memory_alarm_clear()?;
    ensure!(broker.alarms()?.is_empty(), "{:?}", broker.alarms()?);

    // Frozen: the connection is taken by the system, and nobody answers.
    broker.freeze()?;
    let mut stream = TcpStream::connect(broker.amqp_address())?;
    stream.write_all(b"AMQP\x00\x00\x09\x01")?;
    stream.set_read_timeout(Some(Duration::from_millis(300)))?;
    let mut first = [0];
    ensure!(stream.read(&mut first).is_err(), "a frozen broker answered");
    broker.thaw()?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.read_exact(&mut first)?;

    // The same ports and data after an orderly end and after a kill.
    let address = broker.amqp_address().to_owned();
    broker.restart()?;
    ensure!(publish(&broker, "before a kill")?, "not routed");
    wait_for_ready(&broker, &vhost, "kept", 2)?;
    broker.kill()?;
    ensure!(TcpStream::connect(&address).is_err() && broker.queues(&vhost).is_err(), "a killed broker answered");
    ensure!(broker.kill().is_err() && broker.stop().is_err() && broker.freeze().is_err(), "a killed broker obeyed");
    broker.start_again()?;
    ensure!(broker.start_again().is_err(), "a running broker was started");
    // It answers before its queues have recovered.
    wait_for_ready(&broker, &vhost, "kept", 2)?;
    let kept = broker.get_messages(&vhost, "kept", 5, Requeue::No)?;
    let bodies: Vec<_> = kept.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect();
    ensure!(bodies == ["before a restart", "before a kill"], "{bodies:?}");

    // Nothing is left: no process, no folder.
    let folder = broker.ca_file().ancestors().nth(2).context("no folder")?.to_owned();
    let process = format!("/proc/{}", broker.pid().context("no process")?);
    drop((vhost, broker));
    ensure!(!folder.exists() && !std::path::Path::new(&process).exists(), "something was left in {}", folder.display());
    ensure!(TcpStream::connect(&address).is_err(), "something still listens on {address}");
    Ok(())
}

#[test]
fn brokers_that_start_together_do_not_meet() -> anyhow::Result<()> {
    let (one, other) = std::thread::scope(|scope| {
        let start = || scope.spawn(|| Broker::start("together"));
        let (one, other) = (start(), start());
        (one.join(), other.join())
    });
    let (one, other) = (one.expect("no panic")?, other.expect("no panic")?);
    ensure!(one.amqp_address() != other.amqp_address() && one.management_url() != other.management_url());
    one.vhost_create("only-here")?;
    ensure!(one.queues("only-here").is_ok() && other.queues("only-here").is_err(), "the brokers share vhosts");
    Ok(())
}

#[test]
fn an_access_survives_the_way_through_the_environment() -> anyhow::Result<()> {
    let broker = Broker::shared()?;
    let access: BrokerAccess = serde_json::from_str(&broker.access().to_json()?)?;
    ensure!(access.ca.is_file() && access.client_certificate.is_file() && access.client_key.is_file(), "{access:?}");
    BrokerAdmin::new(access)?.get(&["overview"]).map(drop)
}

/// Asynchronous tests may ask the broker too.
#[test]
fn a_call_may_come_from_asynchronous_code() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async { Broker::shared()?.get(&["overview"]).map(drop) })
}

/// A quorum queue can be stopped and started, and holds what it held.
#[test]
fn a_stopped_queue_is_known_and_starts_again() -> anyhow::Result<()> {
    let broker = Broker::start("stopped")?;
    let vhost = broker.own_vhost("stopped")?;
    for queue in ["runs", "stops"] {
        broker.queue_declare(&vhost, queue, &json!({ "x-queue-type": "quorum" }))?;
    }
    ensure!(broker.publish(&vhost, "", "stops", &json!({}), b"kept")?, "not routed");
    wait_for_ready(&broker, &vhost, "stops", 1)?;
    ensure!(broker.queues_stopped(&vhost)?.is_empty(), "both run");
    broker.queue_stop(&vhost, "stops")?;
    ensure!(broker.queues_stopped(&vhost)? == ["stops"], "{:?}", broker.queues_stopped(&vhost)?);
    broker.queue_start(&vhost, "stops")?;
    let kept =
        wait_until(LIMIT, || broker.get_messages(&vhost, "stops", 1, Requeue::No).ok().filter(|got| !got.is_empty()));
    ensure!(kept.is_some_and(|kept| kept[0].body == b"kept"), "the message is gone");
    Ok(())
}

/// A broker that is killed soon after a queue's declaration loses its name and makes it an empty log. The own one can be given back,
/// and a name that is written is not lost.
#[test]
fn a_queue_whose_name_was_lost_gets_its_own_log_back() -> anyhow::Result<()> {
    let mut broker = Broker::start("renamed")?;
    let vhost = "renamed";
    broker.vhost_create(vhost)?;
    for queue in ["written", "lost"] {
        broker.queue_declare(vhost, queue, &json!({ "x-queue-type": "quorum" }))?;
        ensure!(broker.publish(vhost, "", queue, &json!({}), queue.as_bytes())?, "not routed");
        wait_for_ready(&broker, vhost, queue, 1)?;
    }
    // An orderly stop writes the names too.
    broker.restart()?;
    for queue in ["written", "lost"] {
        wait_for_ready(&broker, vhost, queue, 1)?;
    }
    broker.queue_name_lose(vhost, "lost")?;
    broker.kill()?;
    broker.start_again()?;
    ensure!(broker.start_stopped_queues(vhost)? == 1, "the broker needed no help: then docs/amqp.md tells too much");
    for queue in ["written", "lost"] {
        let kept =
            wait_until(LIMIT, || broker.get_messages(vhost, queue, 1, Requeue::No).ok().filter(|got| !got.is_empty()));
        ensure!(kept.is_some_and(|kept| kept[0].body == queue.as_bytes()), "what {queue} held is gone");
    }
    Ok(())
}
