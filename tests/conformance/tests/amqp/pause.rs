//! The intake while the inbox is long: nothing is taken, nothing is lost, and everything is taken when it may be again.

use std::collections::BTreeSet;
use std::ops::Range;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use xiezhi_amqp::department::{Sending, Sent};
use xiezhi_conformance::link::eventually;
use xiezhi_kit::QueueMessages;

use crate::rig::{AGENCIES, Amqp, Gateway, Reader};

/// Messages before the pause, and messages of a pause: more than the intake may have delivered at a time.
const BEFORE: usize = 20;
const DURING: usize = 250;
/// Messages of a flood, and how often it is stopped.
const FLOOD: usize = 2_000;
const PAUSES: usize = 5;

fn id(number: usize) -> String {
    format!("p-{number:04}")
}

async fn send(police: &Reader, numbers: Range<usize>) {
    for number in numbers {
        let message = Sending { message_id: Some(id(number)), content_type: None, body: b"x".to_vec() };
        assert_eq!(police.department.send(&message).await.unwrap(), Sent::Taken);
    }
}

/// The inbox as the broker has it at this moment; the management API would tell what it was seconds ago.
struct Inbox {
    _connection: lapin::Connection,
    channel: lapin::Channel,
}

impl Inbox {
    async fn of(rig: &Amqp) -> Self {
        let (user, password) = (rig.admin.admin_user(), rig.admin.admin_password());
        let vhost: &str = &rig.vhost;
        let address = format!("amqp://{user}:{password}@{}/{vhost}?heartbeat=10", rig.admin.amqp_address());
        let connection = lapin::Connection::connect(&address, lapin::ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self { _connection: connection, channel }
    }

    async fn look(&self) -> lapin::Queue {
        let passive = QueueDeclareOptions { passive: true, durable: true, ..QueueDeclareOptions::default() };
        self.channel.queue_declare("xiezhi.inbox.police".into(), passive, FieldTable::default()).await.unwrap()
    }

    /// How many messages wait.
    async fn waiting(&self) -> u32 {
        self.look().await.message_count()
    }

    /// Pauses an intake that has begun to take, and returns when it has left the queue: from then on nothing is delivered to it.
    async fn pause(&self, gateway: &Gateway) {
        gateway.pause.send_replace(true);
        eventually("a queue without a consumer", || async { self.look().await.consumer_count() == 0 }).await;
    }
}

/// Every message was taken, and none came a second time; gives their ids in the order in which they were taken.
async fn all_were_taken_once(rig: &Amqp, gateway: &Gateway, count: usize) -> Vec<String> {
    eventually("every message in the inbox", || async { gateway.inbox_length().await >= count }).await;
    let nothing = QueueMessages { ready: 0, unacknowledged: 0 };
    for queue in ["xiezhi.inbox.police", "xiezhi.dead.police"] {
        let is_empty = || async { rig.admin.queue_messages(&rig.vhost, queue).unwrap() == nothing };
        eventually(&format!("nothing in {queue}"), is_empty).await;
    }
    let mut rows = gateway.inbox().await;
    rows.reverse();
    assert_eq!(rows.iter().map(|row| row.duplicates).sum::<u32>(), 0, "something came twice");
    let ids: Vec<String> = rows.iter().map(|row| row.message_id.to_string()).collect();
    let different: BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), different.len()), (count, count), "lost or doubled");
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_during_a_pause_stays_at_the_broker_until_it_is_over() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let police = rig.reader("police").await;
    send(&police, 0..BEFORE).await;
    eventually("the messages before", || async { gateway.inbox_length().await == BEFORE }).await;
    let inbox = Inbox::of(&rig).await;
    eventually("a consumer for each inbox", || async { gateway.intake.unread() == 0 }).await;
    inbox.pause(&gateway).await;
    eventually("no consumer at all", || async { gateway.intake.unread() == AGENCIES.len() }).await;
    send(&police, BEFORE..BEFORE + DURING).await;
    eventually("every message in the queue", || async { inbox.waiting().await as usize == DURING }).await;
    assert_eq!(gateway.inbox_length().await, BEFORE, "something was taken during the pause");
    gateway.pause.send_replace(false);
    let ids = all_were_taken_once(&rig, &gateway, BEFORE + DURING).await;
    assert!(ids.is_sorted(), "not in the order in which they were sent: {ids:?}");
    gateway.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pauses_amid_a_flood_lose_and_double_nothing() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let police = rig.reader("police").await;
    let inbox = Inbox::of(&rig).await;
    let pausing = async {
        let mut taken = 0;
        for _ in 0..PAUSES {
            // In the middle of it: more wait than may be delivered at a time.
            eventually("another message", || async { gateway.inbox_length().await > taken }).await;
            inbox.pause(&gateway).await;
            taken = gateway.inbox_length().await;
            let many_wait = || async {
                let waiting = inbox.waiting().await as usize;
                waiting >= DURING || taken + waiting == FLOOD
            };
            eventually("many messages in the queue", many_wait).await;
            assert_eq!(gateway.inbox_length().await, taken, "something was taken during the pause");
            gateway.pause.send_replace(false);
        }
    };
    tokio::join!(send(&police, 0..FLOOD), pausing);
    let ids = all_were_taken_once(&rig, &gateway, FLOOD).await;
    assert!(ids.is_sorted(), "out of order: {ids:?}");
    gateway.close().await;
}
