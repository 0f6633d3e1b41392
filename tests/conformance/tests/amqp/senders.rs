//! Who sent it: only the user that the broker vouches for is believed, and only the agency's own user gets anywhere.

use std::time::Duration;

use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use xiezhi_amqp::AmqpError;
use xiezhi_amqp::department::{Department, Sending, Sent};
use xiezhi_conformance::fixtures::agency;
use xiezhi_conformance::link::eventually;
use xiezhi_ports::AuditLog as _;

use crate::rig::{Amqp, PASSWORD, user};

/// The reply code of a right that is missing.
const ACCESS_REFUSED: u16 = 403;
/// The reply code of a `user-id` that is not the connection's user.
const PRECONDITION_FAILED: u16 = 406;

fn letter(id: &str) -> Sending {
    Sending { message_id: Some(id.to_owned()), content_type: None, body: id.as_bytes().to_vec() }
}

/// Why the broker closed a channel.
fn reply_code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// As [`reply_code`], of what a department was told.
fn told(error: &AmqpError) -> Option<u16> {
    match error {
        AmqpError::Broker { cause, .. } => reply_code(cause),
        _ => None,
    }
}

/// Without a `user-id`, under a bad id, or empty: refused, recorded, and kept as a dead letter; what is in order goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_vouches_for_is_refused_and_kept() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let police = rig.reader("police").await;
    let sent = [
        police.department.send_as(&letter("forged"), None).await.unwrap(),
        police.department.send(&letter(" blank-first")).await.unwrap(),
        police.department.send(&Sending { body: Vec::new(), ..letter("empty") }).await.unwrap(),
        police.department.send(&letter("own")).await.unwrap(),
    ];
    assert_eq!(sent, [Sent::Taken; 4], "the broker takes them, the gateway does not");
    let dead =
        || async { rig.admin.queue_messages(&rig.vhost, "xiezhi.dead.police").is_ok_and(|queue| queue.ready == 3) };
    eventually("three dead letters", dead).await;
    eventually("the own message", || async { gateway.inbox_length().await > 0 }).await;
    let rows = gateway.inbox().await;
    assert_eq!(rows.iter().map(|row| row.message_id.as_str()).collect::<Vec<_>>(), ["own"]);
    let report = gateway.store.audit_verify().await.unwrap();
    assert_eq!((report.broken, report.rows), (None, 4), "three refusals and one intake");
    gateway.close().await;
}

/// Another's `user-id` is refused by the broker itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_s_user_id_does_not_pass_the_broker() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let police = rig.reader("police").await;
    let housing = user(&rig.vhost, "housing");
    let refused = police.department.send_as(&letter("forged"), Some(&housing)).await.unwrap_err();
    assert_eq!(told(&refused), Some(PRECONDITION_FAILED), "{refused}");
    let police = rig.reader("police").await;
    assert_eq!(police.department.send(&letter("own")).await.unwrap(), Sent::Taken);
    eventually("the own message", || async { gateway.inbox_length().await > 0 }).await;
    assert_eq!(gateway.inbox_length().await, 1);
    gateway.close().await;
}

/// An agency's user may read its outbox and write its inbox, and nothing else of what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_s_user_gets_at_nothing_of_another_s() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    // What is not there yet would be refused for another reason.
    rig.wait_for_queues().await;
    let mut other = Department::connect(agency("housing"), rig.agency_settings("police")).await.unwrap();
    let refused = other.receive(0, Duration::ZERO).await.unwrap_err();
    assert_eq!(told(&refused), Some(ACCESS_REFUSED), "another's outbox: {refused}");
    let vhost: &str = &rig.vhost;
    let address =
        format!("amqp://{}:{PASSWORD}@{}/{vhost}?heartbeat=10", user(vhost, "police"), rig.admin.amqp_address());
    let connection = lapin::Connection::connect(&address, lapin::ConnectionProperties::default()).await.unwrap();
    for queue in ["xiezhi.inbox.police", "xiezhi.inbox.housing", "xiezhi.dead.police", "xiezhi.unroutable"] {
        let channel = connection.create_channel().await.unwrap();
        let consuming =
            channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default());
        let refused = consuming.await.map(drop).unwrap_err();
        assert_eq!(reply_code(&refused), Some(ACCESS_REFUSED), "{queue}: {refused}");
    }
    for exchange in ["xiezhi.inbox.housing", "xiezhi.outbox", "xiezhi.dead.police", "xiezhi.unroutable", ""] {
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let properties = lapin::BasicProperties::default();
        let publishing =
            channel.basic_publish(exchange.into(), "housing".into(), BasicPublishOptions::default(), b"x", properties);
        let refused = publishing.await.unwrap().await.unwrap_err();
        assert_eq!(reply_code(&refused), Some(ACCESS_REFUSED), "{exchange:?}: {refused}");
    }
    gateway.close().await;
}
