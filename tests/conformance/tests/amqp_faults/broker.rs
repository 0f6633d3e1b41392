//! A broker that takes no messages, and one that stands still.

use std::time::{Duration, Instant};

use xiezhi_amqp::Health;
use xiezhi_amqp::department::Sending;
use xiezhi_conformance::fixtures::{at, many, outgoing};
use xiezhi_conformance::link::{LIMIT, eventually};
use xiezhi_kit::Broker;
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::{Disposition, Transport as _};

use crate::rig::Amqp;
use crate::work::{drain, publish_all, publish_one, retry};

/// The memory alarm: the call under way ends at once, later ones say that the broker takes nothing, what is taken in still is,
/// and when the alarm is over everything goes on over the same connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_without_memory_is_said_to_be_blocked() {
    let broker = Broker::start("alarm").unwrap();
    let rig = Amqp::at(broker.admin());
    let gateway = rig.gateway();
    rig.wait_for_queues().await;
    let police = rig.reader("police").await;
    let transport = gateway.transport.as_ref();
    let messages = many("housing", 60, 6);
    publish_all(transport, &messages[..30], 30, LIMIT).await;
    broker.memory_alarm_raise().unwrap();
    let begin = Instant::now();
    let first = publish_one(transport, &messages[30]).await.unwrap();
    assert!(matches!(first, PublishOutcome::Retry { .. }), "{first:?}");
    assert!(begin.elapsed() < Duration::from_secs(5), "it hung for {:?}", begin.elapsed());
    let begin = Instant::now();
    for message in &messages[30..] {
        let error = publish_one(transport, message).await.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Retry);
    }
    assert!(begin.elapsed() < Duration::from_secs(1), "thirty refusals took {:?}", begin.elapsed());
    assert_eq!((transport.health(), gateway.intake.health()), (Health::Blocked, Health::Up));
    // A department is blocked as we are: what it sends arrives when the alarm is over.
    let letter = Sending { message_id: Some("during".into()), content_type: None, body: b"x".to_vec() };
    let clearing = async {
        eventually("a blocked department", || async {
            broker
                .connections()
                .unwrap()
                .iter()
                .any(|c| c.user == rig.agency_settings("police").user && c.state == "blocked")
        })
        .await;
        broker.memory_alarm_clear().unwrap();
    };
    let (sent, ()) = tokio::join!(police.department.send(&letter), clearing);
    assert_eq!(sent.unwrap(), xiezhi_amqp::department::Sent::Taken);
    eventually("no blocked transport", || async { transport.health() == Health::Up }).await;
    let published = publish_all(transport, &messages[30..], 30, LIMIT).await;
    assert_eq!(published.failed_calls, 0, "the same connection goes on");
    let ledger = drain(&rig, "housing", &messages).await;
    println!("duplicates after the alarm: {}", ledger.duplicates());
    eventually("the department's message", || async { gateway.inbox_length().await == 1 }).await;
    gateway.close().await;
}

/// A queue that says nothing costs its agency only, over the same connections; when it runs on, what waited goes on too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_queue_costs_its_agency_only() {
    let broker = Broker::start("silent").unwrap();
    let mut rig = Amqp::at(broker.admin());
    rig.settings.confirm_timeout = Duration::from_secs(2);
    let gateway = rig.gateway();
    rig.wait_for_queues().await;
    let transport = gateway.transport.as_ref();
    let first = outgoing("housing", None, "first", 1);
    publish_all(transport, std::slice::from_ref(&first), 1, LIMIT).await;
    eventually("both connections", || async { rig.gateway_connections().len() == 2 }).await;
    let before = rig.gateway_connections();
    broker.queue_freeze(&rig.vhost, "xiezhi.outbox.housing").unwrap();
    let waits = outgoing("housing", None, "waits", 2);
    let (others, unknown) = (many("police", 20, 4), retry("amqp.outcome-unknown"));
    for police in others.chunks(10) {
        assert_eq!(publish_one(transport, &waits).await.unwrap(), unknown);
        let published = publish_all(transport, police, 10, LIMIT).await;
        assert_eq!((published.failed_calls, published.reasons.len()), (0, 0), "{published:?}");
    }
    assert_eq!(rig.gateway_connections(), before, "the connections are the same");
    broker.queue_thaw(&rig.vhost, "xiezhi.outbox.housing").unwrap();
    publish_all(transport, std::slice::from_ref(&waits), 1, LIMIT).await;
    drain(&rig, "housing", &[first, waits]).await;
    drain(&rig, "police", &others).await;
    gateway.close().await;
}

/// A frozen broker: every call ends within its limit, both sides notice, and all goes on when it thaws. Closing does not hang.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_broker_holds_no_call_longer_than_its_limit() {
    let broker = Broker::start("frozen").unwrap();
    let mut rig = Amqp::at(broker.admin());
    let short = Duration::from_secs(2);
    rig.settings.heartbeat_s = 2;
    (rig.settings.connect_timeout, rig.settings.operation_timeout, rig.settings.confirm_timeout) =
        (short, short, short);
    let gateway = rig.gateway();
    rig.wait_for_queues().await;
    let police = rig.reader("police").await;
    let transport = gateway.transport.as_ref();
    let messages = many("housing", 100, 10);
    publish_all(transport, &messages[..50], 50, LIMIT).await;
    broker.freeze().unwrap();
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        let begin = Instant::now();
        let outcomes = transport.publish(&messages[50..], at(0)).await;
        longest = longest.max(begin.elapsed());
        let confirmed = outcomes.is_ok_and(|outcomes| outcomes.contains(&PublishOutcome::Confirmed));
        assert!(!confirmed, "a frozen broker confirms nothing");
    }
    assert!(longest < 3 * short, "a call took {longest:?}");
    assert_eq!(transport.health(), Health::Down);
    eventually("an intake that notices", || async { gateway.intake.health() == Health::Down }).await;
    broker.thaw().unwrap();
    publish_all(transport, &messages[50..], 50, LIMIT).await;
    let ledger = drain(&rig, "housing", &messages).await;
    println!("duplicates after the frost: {}; longest call {longest:?}", ledger.duplicates());
    drop(police);
    let police = rig.reader("police").await;
    let letter = Sending { message_id: Some("after".into()), content_type: None, body: b"x".to_vec() };
    police.department.send(&letter).await.unwrap();
    eventually("the department's message", || async { gateway.inbox_length().await == 1 }).await;
    broker.freeze().unwrap();
    let begin = Instant::now();
    gateway.close().await;
    assert!(begin.elapsed() < 4 * short, "closing took {:?}", begin.elapsed());
    broker.thaw().unwrap();
    let left = || async { broker.connections().unwrap().iter().all(|c| c.user != rig.settings.user) };
    eventually("no connection is left", left).await;
}

/// No broker at all: a call says so within the limit, and the next one at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_is_an_error_at_once() {
    let mut rig = Amqp::empty();
    // The discard port of loopback, where nobody listens.
    rig.settings.addresses = vec![("127.0.0.1".into(), 9)];
    let transport = rig.transport();
    let begin = Instant::now();
    for _ in 0..20 {
        let error = publish_one(&transport, &outgoing("police", None, "p", 1)).await.unwrap_err();
        assert!(error.to_string().contains("broker"), "{error}");
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(transport.health(), Health::Down);
}
