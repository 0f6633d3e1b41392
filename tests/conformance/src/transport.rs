//! Publishing: proof, repetition, order.

use xiezhi_model::message::PublishOutcome;

use crate::Backend;
use crate::fixtures::{LEASE_MS, agency, at, id, outgoing};

/// One outcome per message, in order; the same ids again are confirmed and change nothing.
pub async fn publish_is_idempotent(backend: &dyn Backend) {
    let opened = backend.open().await;
    let batch = [
        outgoing("housing", Some("TZ-1"), "o1", 1),
        outgoing("police", None, "o2", 1),
        outgoing("housing", Some("TZ-1"), "o3", 1),
        outgoing("housing", Some("TZ-1"), "o1", 1),
    ];
    let confirmed = vec![PublishOutcome::Confirmed; 4];
    assert_eq!(opened.transport.publish(&batch, at(5)).await.unwrap(), confirmed);
    assert_eq!(opened.transport.publish(&batch, at(6)).await.unwrap(), confirmed);
    assert_eq!(opened.transport.publish(&[], at(6)).await.unwrap(), []);
    assert_eq!(opened.store.counts().await.unwrap().queued, 3);
    let read = opened.mailbox.mailbox_read(&agency("housing"), 10, LEASE_MS, at(7)).await.unwrap();
    assert_eq!(read.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["o1", "o3"]);
    let sent = &batch[0];
    assert_eq!(
        (&read[0].case_number, &read[0].kind, &read[0].body, &read[0].content_type, read[0].queued_at),
        (&sent.case_number, &sent.kind, &sent.body, &sent.content_type, at(5))
    );
}

/// What was confirmed is there after a restart, and is not queued twice when the relay repeats it.
pub async fn confirmed_messages_survive_a_restart(backend: &dyn Backend) {
    let opened = backend.open().await;
    let message = outgoing("housing", None, "o1", 1);
    opened.transport.publish(std::slice::from_ref(&message), at(5)).await.unwrap();
    drop(opened);
    let opened = backend.open().await;
    opened.transport.publish(std::slice::from_ref(&message), at(6)).await.unwrap();
    let read = opened.mailbox.mailbox_read(&agency("housing"), 10, LEASE_MS, at(7)).await.unwrap();
    assert_eq!(read.iter().map(|m| m.id.clone()).collect::<Vec<_>>(), [id("o1")]);
}

/// A publish repeated after the agency took the message does not hand it out again.
pub async fn taken_messages_do_not_come_back(backend: &dyn Backend) {
    let opened = backend.open().await;
    let housing = agency("housing");
    let message = outgoing("housing", None, "o1", 1);
    opened.transport.publish(std::slice::from_ref(&message), at(5)).await.unwrap();
    assert_eq!(opened.mailbox.mailbox_acknowledge(&housing, &[id("o1")], at(6)).await.unwrap(), 1);
    let again = opened.transport.publish(std::slice::from_ref(&message), at(7)).await.unwrap();
    assert_eq!(again, [PublishOutcome::Confirmed]);
    assert_eq!(opened.mailbox.mailbox_read(&housing, 10, LEASE_MS, at(8)).await.unwrap(), []);
    assert_eq!(opened.store.counts().await.unwrap().queued, 0);
}
