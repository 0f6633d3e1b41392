//! Who sent it: only the user that the broker vouches for is believed, and only the agency's own user gets anywhere.

use std::time::Duration;

use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use xiezhi_amqp::department::{Department, Sending, Sent};
use xiezhi_conformance::fixtures::agency;
use xiezhi_conformance::link::eventually;
use xiezhi_ports::{AuditLog as _, Inbox as _, InboxFilter};

use crate::rig::{Amqp, PASSWORD, user};

fn letter(id: &str) -> Sending {
    Sending { message_id: Some(id.to_owned()), content_type: None, body: id.as_bytes().to_vec() }
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
    let filter = InboxFilter { limit: 9, ..InboxFilter::default() };
    eventually("the own message", || async { !gateway.store.inbox_list(&filter).await.unwrap().is_empty() }).await;
    let rows = gateway.store.inbox_list(&filter).await.unwrap();
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
    assert!(police.department.send_as(&letter("forged"), Some(&housing)).await.is_err());
    let police = rig.reader("police").await;
    assert_eq!(police.department.send(&letter("own")).await.unwrap(), Sent::Taken);
    let filter = InboxFilter { limit: 9, ..InboxFilter::default() };
    eventually("the own message", || async { !gateway.store.inbox_list(&filter).await.unwrap().is_empty() }).await;
    assert_eq!(gateway.store.inbox_list(&filter).await.unwrap().len(), 1);
    gateway.close().await;
}

/// An agency's user may read its outbox and write its inbox, and nothing else of what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_s_user_gets_at_nothing_of_another_s() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let police = rig.reader("police").await;
    police.department.close().await;
    let mut other = Department::connect(agency("housing"), rig.agency_settings("police")).await.unwrap();
    assert!(other.receive(0, Duration::ZERO).await.is_err(), "another's outbox");
    let vhost: &str = &rig.vhost;
    let address =
        format!("amqp://{}:{PASSWORD}@{}/{vhost}?heartbeat=10", user(vhost, "police"), rig.admin.amqp_address());
    let connection = lapin::Connection::connect(&address, lapin::ConnectionProperties::default()).await.unwrap();
    for queue in ["xiezhi.inbox.police", "xiezhi.inbox.housing", "xiezhi.dead.police", "xiezhi.unroutable"] {
        let channel = connection.create_channel().await.unwrap();
        let consuming =
            channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default());
        assert!(consuming.await.is_err(), "{queue} can be read");
    }
    for exchange in ["xiezhi.inbox.housing", "xiezhi.outbox", "xiezhi.dead.police", "xiezhi.unroutable", ""] {
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let properties = lapin::BasicProperties::default();
        let publishing =
            channel.basic_publish(exchange.into(), "housing".into(), BasicPublishOptions::default(), b"x", properties);
        let word = publishing.await.unwrap().await;
        assert!(word.is_err(), "{exchange:?} can be written: {word:?}");
    }
    gateway.close().await;
}
