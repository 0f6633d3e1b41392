//! Queues that are deleted under us, unbound or full, and what that costs the other agencies.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use xiezhi_conformance::fixtures::{at, many, outgoing};
use xiezhi_conformance::link::{LIMIT, eventually};
use xiezhi_conformance::{AgencySide as _, Letter, LinkBackend as _, Sent};
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::Transport as _;

use crate::rig::{AGENCIES, Amqp, Reader};
use crate::work::{drain, publish_all, publish_one, read_all, retry};

/// Sends as an agency until told that it is done; says how many messages that were.
async fn send_until(done: &AtomicBool, agency: &mut Reader) -> usize {
    let mut count = 0;
    while !done.load(Ordering::SeqCst) {
        assert_eq!(agency.send(&letter("h", count)).await, Sent::Taken);
        count += 1;
    }
    count
}

fn letter(name: &str, number: usize) -> Letter {
    Letter { id: Some(format!("{name}-{number}")), content_type: None, body: b"x".to_vec() }
}

/// Sends as the police until a message reaches its inbox: until there is one again, the unroutable queue catches what comes.
async fn reach_the_new_inbox(rig: &Amqp, police: &mut Reader) {
    // Everything that is declared is there again.
    let queues = || async { rig.admin.queues(&rig.vhost).unwrap().len() == 3 * AGENCIES.len() + 1 };
    eventually("an inbox again", queues).await;
    let begin = Instant::now();
    let mut number = 1;
    loop {
        assert_eq!(police.send(&letter("p", number)).await, Sent::Taken);
        let caught = rig.admin.get_messages(&rig.vhost, "xiezhi.unroutable", 99, xiezhi_kit::Requeue::No);
        if caught.unwrap().is_empty() {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "the inbox is not bound");
        number += 1;
    }
}

/// The outbox goes: the messages in it are gone with it, as the administrator wanted; those published afterwards are not
/// confirmed until there is a queue again, which the gateway declares.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outbox_deleted_under_the_publisher_is_made_anew() {
    let rig = Amqp::empty();
    let transport = rig.transport();
    let first = many("housing", 5, 5);
    publish_all(&transport, &first, 10, LIMIT).await;
    rig.admin.queue_delete(&rig.vhost, "xiezhi.outbox.housing").unwrap();
    let lost = outgoing("housing", None, "after", 1);
    assert_eq!(publish_one(&transport, &lost).await.unwrap(), retry("amqp.unroutable"), "nobody holds it");
    let published = publish_all(&transport, std::slice::from_ref(&lost), 10, LIMIT).await;
    assert!(published.reasons.len() <= 1, "{published:?}");
    drain(&rig, "housing", &[lost]).await;
    transport.close().await;
}

/// The inbox goes under the consumer: it is made anew and consumed from, and the other agencies notice nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_deleted_under_the_consumer_is_made_anew() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let mut police = rig.reader("police").await;
    let mut housing = rig.reader("housing").await;
    assert_eq!(police.send(&letter("p", 0)).await, Sent::Taken);
    assert_eq!(housing.send(&letter("first", 0)).await, Sent::Taken);
    eventually("the first messages", || async { gateway.inbox_length().await == 2 }).await;
    eventually("the intake's connection", || async { rig.gateway_connections().len() == 1 }).await;
    let before = rig.gateway_connections();
    let done = AtomicBool::new(false);
    let harming = async {
        rig.admin.queue_delete(&rig.vhost, "xiezhi.inbox.police").unwrap();
        reach_the_new_inbox(&rig, &mut police).await;
        let of_the_police = || async {
            let rows = gateway.inbox().await;
            rows.iter().filter(|row| row.agency.as_str() == "police").count()
        };
        eventually("the message after", || async { of_the_police().await == 2 }).await;
        done.store(true, Ordering::SeqCst);
    };
    let (sent, ()) = tokio::join!(send_until(&done, &mut housing), harming);
    assert!(sent > 0);
    eventually("every message of housing", || async { gateway.inbox_length().await == 3 + sent }).await;
    assert_eq!(rig.gateway_connections(), before, "the connection was made anew");
    gateway.close().await;
}

/// Where the gateway must not declare, a message that nobody holds is never confirmed; it goes when an administrator has
/// made the queue again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_may_not_be_declared_is_waited_for() {
    let mut rig = Amqp::empty();
    let declaring = rig.transport();
    publish_all(&declaring, &many("housing", 1, 1), 10, LIMIT).await;
    drain(&rig, "housing", &many("housing", 1, 1)).await;
    declaring.close().await;
    rig.settings.declare = false;
    let transport = rig.transport();
    rig.admin.queue_delete(&rig.vhost, "xiezhi.outbox.housing").unwrap();
    let message = outgoing("housing", Some("TZ-1"), "waits", 1);
    for _ in 0..3 {
        assert_eq!(publish_one(&transport, &message).await.unwrap(), retry("amqp.unroutable"));
    }
    rig.settings.declare = true;
    let administrator = rig.transport();
    publish_all(&administrator, &[outgoing("housing", None, "made", 1)], 10, LIMIT).await;
    publish_all(&transport, std::slice::from_ref(&message), 10, LIMIT).await;
    drain(&rig, "housing", &[outgoing("housing", None, "made", 1), message]).await;
}

/// In a window in which some messages have a queue and others have none, exactly the latter are not confirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_unroutable_ones_of_a_window_are_not_confirmed() {
    let mut rig = Amqp::empty();
    let transport = rig.transport();
    publish_all(&transport, &many("housing", 1, 1), 10, LIMIT).await;
    publish_all(&transport, &many("police", 1, 1), 10, LIMIT).await;
    transport.close().await;
    rig.settings.declare = false;
    let transport = rig.transport();
    let binding = ["bindings", &rig.vhost, "e", "xiezhi.outbox", "q", "xiezhi.outbox.police", "police"];
    rig.admin.delete(&binding).unwrap();
    let mut batch = Vec::new();
    for n in 0..400 {
        let to = if n % 3 == 0 { "police" } else { "housing" };
        batch.push(outgoing(to, None, &format!("mixed-{n}"), 1));
    }
    let outcomes = transport.publish(&batch, at(0)).await.unwrap();
    for (message, outcome) in batch.iter().zip(outcomes) {
        let expected =
            if message.agency.as_str() == "police" { retry("amqp.unroutable") } else { PublishOutcome::Confirmed };
        assert_eq!(outcome, expected, "{}", message.id);
    }
}

/// A publish that is dropped in the middle of its window must not make the next one believe that what nobody holds is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_publish_does_not_confirm_what_nobody_holds() {
    let mut rig = Amqp::empty();
    let transport = rig.transport();
    publish_all(&transport, &many("police", 1, 1), 10, LIMIT).await;
    transport.close().await;
    rig.settings.declare = false;
    rig.admin.queue_delete(&rig.vhost, "xiezhi.outbox.police").unwrap();
    let transport = rig.transport();
    let batch: Vec<_> = (0..150).map(|n| outgoing("police", None, &format!("dropped-{n}"), 1)).collect();
    for turn in 0..40 {
        // Each time a little further, so that it is dropped in every state.
        let _ = tokio::time::timeout(Duration::from_micros(250 * turn), transport.publish(&batch, at(0))).await;
        let outcome = publish_one(&transport, &outgoing("police", None, "asked", 1)).await.unwrap();
        assert_eq!(outcome, retry("amqp.unroutable"), "after {turn} times 250 µs");
    }
}

/// A full queue refuses, says so, holds no other agency up, and takes everything in order once it is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_that_agency_s_only() {
    let rig = Amqp::empty();
    rig.limit_queues(20);
    let transport = rig.transport();
    let messages = many("housing", 300, 6);
    let mut refused = 0;
    let begin = Instant::now();
    while refused == 0 {
        assert!(begin.elapsed() < LIMIT, "never full");
        let outcomes = transport.publish(&messages, at(0)).await.unwrap();
        refused = outcomes.iter().filter(|outcome| **outcome == retry("amqp.queue-full")).count();
    }
    // Only its own: the other's queue has room.
    let others = many("police", 15, 3);
    let published = publish_all(&transport, &others, 15, LIMIT).await;
    assert!(published.longest < Duration::from_secs(5), "{published:?}");
    drain(&rig, "police", &others).await;
    let (published, ledger) =
        tokio::join!(publish_all(&transport, &messages, 300, LIMIT), read_all(&rig, "housing", messages.len(), LIMIT));
    ledger.check(&messages);
    assert!(published.reasons.contains("amqp.queue-full"), "{published:?}");
}

/// The delivery limit and a queue's arguments are what the topology says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_are_declared_as_the_topology_says() {
    let rig = Amqp::empty();
    let transport = rig.transport();
    publish_all(&transport, &many("housing", 1, 1), 10, LIMIT).await;
    let queue = rig.admin.get(&["queues", &rig.vhost, "xiezhi.outbox.housing"]).unwrap();
    let expected = json!({
        "x-dead-letter-exchange": "xiezhi.dead.housing",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-queue-type": "quorum",
    });
    assert_eq!((queue["type"].as_str(), &queue["arguments"]), (Some("quorum"), &expected));
}
