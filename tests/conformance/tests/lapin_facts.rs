//! What the gateway's side of the broker rests on, seen at this version of lapin and at the installed RabbitMQ, without any of
//! our own code between. When one of these changes, read `docs/adr/0009-amqp.md` again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer, PublisherConfirm};
use serde_json::json;
use xiezhi_kit::broker::OwnVhost;
use xiezhi_kit::{Broker, BrokerAdmin, wait_until};

/// Longest wait for what must come.
const LIMIT: Duration = Duration::from_secs(30);
/// How long nothing must come to be believed: a hundred times what an answer takes.
const NOTHING: Duration = Duration::from_secs(2);

/// Most messages of a queue with a limit.
const LENGTH_MAX: u32 = 5;

async fn connect(admin: &BrokerAdmin, vhost: &str, properties: ConnectionProperties) -> Connection {
    let (user, password) = (admin.admin_user(), admin.admin_password());
    let address = format!("amqp://{user}:{password}@{}/{vhost}?heartbeat=10", admin.amqp_address());
    within(Connection::connect(&address, properties)).await.unwrap()
}

/// A vhost with a quorum queue `q`, and a channel.
async fn place(admin: &BrokerAdmin) -> (OwnVhost, Connection, Channel) {
    let vhost = admin.own_vhost("facts").unwrap();
    let connection = connect(admin, &vhost, ConnectionProperties::default()).await;
    let channel = connection.create_channel().await.unwrap();
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(3));
    within(channel.queue_declare("q".into(), QueueDeclareOptions::durable(), arguments)).await.unwrap();
    (vhost, connection, channel)
}

async fn within<T>(operation: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, operation).await.expect("an answer within the limit")
}

async fn publish(channel: &Channel, queue: &str, id: usize, mandatory: bool) -> lapin::Result<PublisherConfirm> {
    let options = BasicPublishOptions { mandatory, immediate: false };
    let properties = BasicProperties::default().with_message_id(id.to_string().as_str().into());
    channel.basic_publish("".into(), queue.into(), options, b"x", properties).await
}

async fn consume(channel: &Channel) -> Consumer {
    let options = BasicConsumeOptions::default();
    within(channel.basic_consume("q".into(), "c".into(), options, FieldTable::default())).await.unwrap()
}

async fn next(consumer: &mut Consumer) -> Delivery {
    within(consumer.next()).await.expect("the stream goes on").unwrap()
}

async fn confirms(channel: &Channel) {
    within(channel.confirm_select(ConfirmSelectOptions::default())).await.unwrap();
}

/// What is unacknowledged in `q`, once the broker's figures stand still at it.
fn unacknowledged(admin: &BrokerAdmin, vhost: &str, wanted: u64) -> bool {
    let look = || admin.queue_messages(vhost, "q").ok().filter(|queue| queue.unacknowledged == wanted);
    wait_until(LIMIT, look).is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_recovery_an_error_ends_the_connection_s_consumers() {
    let admin = Broker::shared().unwrap();
    let (vhost, connection, channel) = place(&admin).await;
    let mut consumer = consume(&channel).await;
    close_connections_of(&admin, &vhost);
    let ended = within(consumer.next()).await;
    assert!(!matches!(ended, Some(Ok(_))), "{ended:?}");
    assert!(!connection.status().connected());
}

/// Closes every connection in a vhost, as soon as the broker lists one.
fn close_connections_of(admin: &BrokerAdmin, vhost: &str) {
    let closed = wait_until(LIMIT, || {
        let all = admin.connections().ok()?;
        let names: Vec<String> = all.into_iter().filter(|c| c.vhost == vhost).map(|c| c.name).collect();
        names.iter().for_each(|name| admin.delete(&["connections", name]).unwrap());
        (!names.is_empty()).then_some(())
    });
    assert!(closed.is_some(), "no connection is listed");
}

/// Seen by others on 4.7: recovery forgot `basic.qos`. At 4.12.3 it sets it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auto_recovery_sets_qos_again() {
    let admin = Broker::shared().unwrap();
    let (vhost, _first, channel) = place(&admin).await;
    confirms(&channel).await;
    for id in 0..20 {
        within(publish(&channel, "q", id, true).await.unwrap()).await.unwrap();
    }
    let recovering = ConnectionProperties::default().enable_auto_recover();
    let connection = connect(&admin, &vhost, recovering).await;
    let channel = connection.create_channel().await.unwrap();
    within(channel.basic_qos(2, BasicQosOptions::default())).await.unwrap();
    let mut consumer = consume(&channel).await;
    let _out = [next(&mut consumer).await, next(&mut consumer).await];
    assert!(unacknowledged(&admin, &vhost, 2), "{:?}", admin.queue_messages(&vhost, "q"));
    close_connections_of(&admin, &vhost);
    // The stream says that something was, and goes on.
    let begin = Instant::now();
    let mut again = 0;
    while again < 2 {
        assert!(begin.elapsed() < LIMIT, "recovery gave {again} messages");
        if let Ok(Some(Ok(_))) = tokio::time::timeout(NOTHING, consumer.next()).await {
            again += 1;
        }
    }
    assert!(tokio::time::timeout(NOTHING, consumer.next()).await.is_err(), "more than two came: qos was forgotten");
    assert!(unacknowledged(&admin, &vhost, 2), "{:?}", admin.queue_messages(&vhost, "q"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_of_a_closed_connection_cannot_be_acknowledged_and_comes_again() {
    let admin = Broker::shared().unwrap();
    let (vhost, _first, channel) = place(&admin).await;
    confirms(&channel).await;
    within(publish(&channel, "q", 1, true).await.unwrap()).await.unwrap();
    let mut consumer = consume(&channel).await;
    let old = next(&mut consumer).await;
    close_connections_of(&admin, &vhost);
    assert!(!matches!(within(consumer.next()).await, Some(Ok(_))));
    let word = tokio::time::timeout(LIMIT, old.acker.ack(BasicAckOptions::default())).await;
    println!("an acknowledgement after the connection: {word:?}");
    assert!(!matches!(word, Ok(Ok(true))), "it seems to have worked");
    let connection = connect(&admin, &vhost, ConnectionProperties::default()).await;
    let mut consumer = consume(&connection.create_channel().await.unwrap()).await;
    assert!(next(&mut consumer).await.redelivered, "it comes again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_queue_ends_the_stream_with_none_and_leaves_the_channel_open() {
    let admin = Broker::shared().unwrap();
    let (vhost, connection, channel) = place(&admin).await;
    let mut consumer = consume(&channel).await;
    admin.queue_delete(&vhost, "q").unwrap();
    assert!(within(consumer.next()).await.is_none());
    assert!(channel.status().connected() && connection.status().connected());
    within(channel.basic_qos(5, BasicQosOptions::default())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_s_error_is_told_as_an_event_of_the_connection_which_lives_on() {
    let admin = Broker::shared().unwrap();
    let (_vhost, connection, channel) = place(&admin).await;
    let mut events = Box::pin(connection.events_listener());
    let options = BasicConsumeOptions::default();
    let missing = channel.basic_consume("missing".into(), "c".into(), options, FieldTable::default());
    assert!(within(missing).await.is_err());
    let event = within(events.next()).await;
    assert!(matches!(&event, Some(lapin::Event::Error(error)) if error.is_amqp_soft_error()), "{event:?}");
    assert!(!channel.status().connected() && connection.status().connected());
    within(connection.create_channel()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishes_on_a_blocked_connection_hang_and_so_do_other_calls() {
    let broker = Broker::start("facts-alarm").unwrap();
    let (_vhost, connection, channel) = place(&broker).await;
    confirms(&channel).await;
    let mut events = Box::pin(connection.events_listener());
    broker.memory_alarm_raise().unwrap();
    let first = publish(&channel, "q", 1, true).await.unwrap();
    let event = within(events.next()).await;
    assert!(matches!(event, Some(lapin::Event::ConnectionBlocked(_))), "{event:?}");
    assert!(tokio::time::timeout(NOTHING, publish(&channel, "q", 2, true)).await.is_err(), "it was written");
    let opening = tokio::time::timeout(NOTHING, connection.create_channel()).await;
    assert!(opening.is_err(), "a call was answered: {opening:?}");
    broker.memory_alarm_clear().unwrap();
    assert!(
        matches!(within(first).await.unwrap(), Confirmation::Ack(None)),
        "the first arrives when the alarm is over"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unroutable_message_is_confirmed_and_only_mandatory_returns_it() {
    let admin = Broker::shared().unwrap();
    let (_vhost, _connection, channel) = place(&admin).await;
    confirms(&channel).await;
    let word = within(publish(&channel, "nowhere", 1, false).await.unwrap()).await.unwrap();
    assert!(matches!(word, Confirmation::Ack(None)), "{word:?}");
    let word = within(publish(&channel, "nowhere", 2, true).await.unwrap()).await.unwrap();
    let Confirmation::Ack(Some(returned)) = word else { panic!("{word:?}") };
    assert_eq!(returned.reply_code, 312);
    assert_eq!(returned.delivery.properties.message_id().as_ref().map(|id| id.as_str()), Some("2"));
}

/// Messages to the queue and to nowhere in turn; says how many confirms carry a return that is another's, and which ids were
/// returned at all.
async fn returns_of_a_mixed_window(channel: &Channel, count: usize) -> (usize, HashSet<usize>) {
    let publishing = (0..count).map(|id| publish(channel, if id % 2 == 0 { "classic" } else { "nowhere" }, id, true));
    // All at once, so that the broker has many to answer at a time.
    let pending: Vec<_> = futures_util::future::join_all(publishing).await.into_iter().map(Result::unwrap).collect();
    let (mut wrong, mut returned) = (0, HashSet::new());
    for (id, word) in within(futures_util::future::join_all(pending)).await.into_iter().enumerate() {
        let Some(message) = word.unwrap().take_message() else { continue };
        let of: usize = message.delivery.properties.message_id().as_ref().unwrap().as_str().parse().unwrap();
        returned.insert(of);
        wrong += usize::from(of != id);
    }
    (wrong, returned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_may_stand_at_another_s_confirm_but_none_of_a_window_is_missing() {
    let admin = Broker::shared().unwrap();
    let (_vhost, _connection, channel) = place(&admin).await;
    confirms(&channel).await;
    // A queue of this kind confirms at once, together with the unroutable.
    let options = QueueDeclareOptions::default();
    within(channel.queue_declare("classic".into(), options, FieldTable::default())).await.unwrap();
    let (mut wrong, mut windows) = (0, 0);
    while wrong == 0 {
        assert!(windows < 300, "returns are paired rightly now: matching by message id is no longer needed");
        let (mispaired, returned) = returns_of_a_mixed_window(&channel, 200).await;
        (wrong, windows) = (wrong + mispaired, windows + 1);
        assert_eq!(returned, (0..200).filter(|id| id % 2 == 1).collect(), "each return is somewhere in its window");
    }
    println!("{wrong} of 100 returns of window {windows} stood at another message's confirm");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_refuses_another_s_user_id() {
    let admin = Broker::shared().unwrap();
    let (_vhost, _connection, channel) = place(&admin).await;
    confirms(&channel).await;
    let send = async |user: &str| {
        let properties = BasicProperties::default().with_user_id(user.into());
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        within(channel.basic_publish("".into(), "q".into(), options, b"x", properties)).await.unwrap().await
    };
    assert!(matches!(send(admin.admin_user()).await.unwrap(), Confirmation::Ack(None)));
    let refused = send("somebody-else").await;
    assert!(refused.as_ref().is_err_and(lapin::Error::is_amqp_soft_error), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giving_back_counts_towards_the_delivery_limit() {
    let admin = Broker::shared().unwrap();
    let (vhost, _connection, channel) = place(&admin).await;
    confirms(&channel).await;
    within(publish(&channel, "q", 1, true).await.unwrap()).await.unwrap();
    let mut consumer = consume(&channel).await;
    // The limit of the queue is 3: the first delivery and three more.
    for turn in 0..4 {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.redelivered, turn > 0);
        let nack = BasicNackOptions { multiple: false, requeue: true };
        within(channel.basic_nack(delivery.delivery_tag, nack)).await.unwrap();
    }
    let fifth = tokio::time::timeout(NOTHING, consumer.next()).await;
    assert!(fifth.is_err(), "it came a fifth time: {fifth:?}");
    let empty =
        wait_until(LIMIT, || admin.queue_messages(&vhost, "q").ok().filter(|q| q.ready + q.unacknowledged == 0));
    assert!(empty.is_some(), "it is dropped, for want of a dead letter exchange");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_above_a_limit_is_refused_only_with_reject_publish() {
    let admin = Broker::shared().unwrap();
    let (vhost, _connection, channel) = place(&admin).await;
    confirms(&channel).await;
    let limit = |overflow: &str| {
        let definition = json!({ "max-length": LENGTH_MAX, "overflow": overflow });
        let policy = json!({ "pattern": "^q$", "definition": definition, "apply-to": "queues", "priority": 0 });
        admin.policy(&vhost, "limit", &policy).unwrap();
    };
    // Above the limit before there is one, so that the length says when the policy is in force.
    for _ in 0..4 * LENGTH_MAX {
        assert!(!is_refused(&channel).await);
    }
    limit("drop-head");
    let begin = Instant::now();
    while length(&channel).await > LENGTH_MAX {
        assert!(begin.elapsed() < LIMIT, "nothing is dropped");
        assert!(!is_refused(&channel).await, "refused while the policy comes into force");
    }
    for _ in 0..20 * LENGTH_MAX {
        assert!(!is_refused(&channel).await, "refused instead of dropping the oldest");
    }
    let dropped = length(&channel).await;
    assert!(dropped <= LENGTH_MAX, "{dropped} messages in the queue");
    limit("reject-publish");
    let begin = Instant::now();
    while !is_refused(&channel).await {
        assert!(begin.elapsed() < LIMIT, "nothing is refused");
    }
}

/// Publishes one message to `q` and says whether it was refused.
async fn is_refused(channel: &Channel) -> bool {
    let word = within(publish(channel, "q", 1, true).await.unwrap()).await.unwrap();
    matches!(word, Confirmation::Nack(_))
}

/// How many messages `q` holds now.
async fn length(channel: &Channel) -> u32 {
    let passive = QueueDeclareOptions { passive: true, durable: true, ..QueueDeclareOptions::default() };
    within(channel.queue_declare("q".into(), passive, FieldTable::default())).await.unwrap().message_count()
}
