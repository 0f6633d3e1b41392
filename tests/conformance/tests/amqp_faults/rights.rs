//! Rights that are refused and connections that somebody closes.

use std::time::Duration;

use xiezhi_amqp::Health;
use xiezhi_conformance::fixtures::{many, outgoing};
use xiezhi_conformance::link::{LIMIT, eventually};
use xiezhi_conformance::{AgencySide as _, Letter, Sent};
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::Transport as _;

use crate::rig::{Amqp, Gateway};
use crate::work::{drain, publish_all, publish_one};

async fn ids(gateway: &Gateway) -> Vec<String> {
    gateway.inbox().await.iter().map(|row| row.message_id.to_string()).collect()
}

/// The gateway may not declare or consume what is one agency's: that agency waits, the others work, and it goes on when the
/// right is given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_right_concerns_that_agency_only() {
    let rig = Amqp::empty();
    let gateway_user = rig.settings.user.clone();
    // Everything but what is the police's.
    let others = r"^xiezhi\.((inbox|dead|outbox)\.(fire|housing)|outbox|unroutable)$";
    rig.admin.permissions(&rig.vhost, &gateway_user, others, others, others).unwrap();
    let gateway = rig.gateway();
    let mut housing = rig.reader("housing").await;
    let message = many("housing", 50, 5);
    let letter = |n: usize| Letter { id: Some(format!("h-{n}")), content_type: None, body: b"x".to_vec() };
    // Both connections stand, and the inboxes that it may read are consumed from.
    publish_all(gateway.transport.as_ref(), &[outgoing("fire", None, "f", 1)], 1, LIMIT).await;
    let consumed = || async { ["fire", "housing"].iter().all(|name| rig.inbox_consumers(name) == Some(1)) };
    eventually("consumers of the other inboxes", consumed).await;
    eventually("two connections", || async { rig.gateway_connections().len() == 2 }).await;
    let connections = rig.gateway_connections();
    for (n, message) in message.iter().enumerate() {
        let refused = publish_one(gateway.transport.as_ref(), &outgoing("police", None, "p", 1)).await.unwrap();
        assert!(matches!(refused, PublishOutcome::Retry { .. }), "{refused:?}");
        let taken = publish_one(gateway.transport.as_ref(), message).await.unwrap();
        assert_eq!(taken, PublishOutcome::Confirmed, "{n}: the police's trouble is not housing's");
        assert_eq!(housing.send(&letter(n)).await, Sent::Taken);
        assert_eq!(gateway.transport.health(), Health::Up);
        assert_eq!(rig.gateway_connections(), connections, "{n}: connections were made anew");
    }
    eventually("housing's messages", || async { ids(&gateway).await.len() == 50 }).await;
    housing.department.close().await;
    drain(&rig, "housing", &message).await;
    let all = r"^xiezhi\.";
    rig.admin.permissions(&rig.vhost, &gateway_user, all, all, all).unwrap();
    publish_all(gateway.transport.as_ref(), &[outgoing("police", None, "p", 1)], 1, LIMIT).await;
    let mut police = rig.reader("police").await;
    assert_eq!(police.send(&letter(99)).await, Sent::Taken);
    eventually("the police's message", || async { ids(&gateway).await.contains(&"h-99".to_owned()) }).await;
    gateway.close().await;
}

/// An administrator closes the gateway's connections, again and again: both sides connect again and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stolen_connections_are_made_anew() {
    let rig = Amqp::empty();
    let gateway = rig.gateway();
    let mut police = rig.reader("police").await;
    let messages = many("police", 600, 12);
    let stealing = async {
        let mut closed = 0;
        eventually("enough stolen connections", || {
            closed += rig.admin.close_connections(&rig.settings.user).unwrap();
            async move { closed >= 6 }
        })
        .await;
    };
    let sending = async {
        for n in 0..200 {
            let letter = Letter { id: Some(format!("p-{n}")), content_type: None, body: b"x".to_vec() };
            assert_eq!(police.send(&letter).await, Sent::Taken);
        }
    };
    let (published, (), ()) =
        tokio::join!(publish_all(gateway.transport.as_ref(), &messages, 20, LIMIT), stealing, sending);
    assert!(published.longest < Duration::from_secs(15), "{published:?}");
    let all_taken = || async { ids(&gateway).await.len() == 200 };
    eventually("every message in the inbox", all_taken).await;
    police.department.close().await;
    let ledger = drain(&rig, "police", &messages).await;
    println!("duplicates after stolen connections: {}", ledger.duplicates());
    publish_all(gateway.transport.as_ref(), &[outgoing("police", None, "end", 1)], 1, LIMIT).await;
    assert_eq!(gateway.transport.health(), Health::Up);
    eventually("an intake that is up", || async { gateway.intake.health() == Health::Up }).await;
    gateway.close().await;
    let mine = || async { rig.admin.connections().unwrap().iter().all(|c| c.user != rig.settings.user) };
    eventually("no connection is left", mine).await;
}

/// Who is not let in hears so at once, and neither the error nor anything else that is printed holds the password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_an_error_without_the_password() {
    let mut rig = Amqp::empty();
    rig.settings.password = "a-password-that-nobody-may-see".into();
    let transport = rig.transport();
    let error = transport.publish(&many("police", 1, 1), xiezhi_conformance::fixtures::at(0)).await.unwrap_err();
    assert_eq!(error.disposition(), xiezhi_ports::Disposition::Retry);
    let shown = format!("{error} {error:?} {:?} {transport:?}", rig.settings);
    assert!(!shown.contains("nobody-may-see"), "{shown}");
    assert_eq!(transport.health(), Health::Down);
}
