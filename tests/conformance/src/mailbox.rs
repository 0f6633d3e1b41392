//! The agency's side of the embedded queue: order, leases, acknowledgement, isolation.

use xiezhi_model::MessageId;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::Mailbox;

use crate::Backend;
use crate::fixtures::{actions_of_case, agency, at, id, outgoing, verified};

async fn read(mailbox: &dyn Mailbox, from: &str, limit: usize, lease_ms: i64, ms: i64) -> String {
    let read = mailbox.mailbox_read(&agency(from), limit, lease_ms, at(ms)).await.unwrap();
    let shown: Vec<_> = read.into_iter().map(|m| format!("{}x{}", m.id, m.deliveries)).collect();
    shown.join(" ")
}

fn ids(texts: &[&str]) -> Vec<MessageId> {
    texts.iter().map(|text| id(text)).collect()
}

/// The same id is queued once for each agency, in a batch and in later ones, also after the agency took it.
pub async fn publish_queues_an_id_once(backend: &dyn Backend) {
    let opened = backend.open().await;
    let batch = [
        outgoing("housing", Some("TZ-1"), "o1", 1),
        outgoing("police", None, "o2", 1),
        outgoing("housing", Some("TZ-1"), "o1", 1),
    ];
    let confirmed = vec![PublishOutcome::Confirmed; 3];
    assert_eq!(opened.transport.publish(&batch, at(5)).await.unwrap(), confirmed);
    assert_eq!(opened.transport.publish(&batch, at(6)).await.unwrap(), confirmed);
    assert_eq!(opened.store.counts().await.unwrap().queued, 2);
    let housing = agency("housing");
    let read = opened.mailbox.mailbox_read(&housing, 10, 1_000, at(7)).await.unwrap();
    assert_eq!(read.iter().map(|m| (m.id.clone(), m.queued_at)).collect::<Vec<_>>(), [(id("o1"), at(5))]);
    assert_eq!(opened.mailbox.mailbox_acknowledge(&housing, &ids(&["o1"]), at(8)).await.unwrap(), 1);
    drop(opened);
    let opened = backend.open().await;
    assert_eq!(opened.transport.publish(&batch, at(9)).await.unwrap(), confirmed);
    assert_eq!(opened.mailbox.mailbox_read(&housing, 10, 1_000, at(10)).await.unwrap(), []);
    assert_eq!(opened.store.counts().await.unwrap().queued, 1);
}

/// Oldest first, hidden while handed out, handed out again with a higher count when the time is over.
pub async fn unacknowledged_messages_come_again(backend: &dyn Backend) {
    let opened = backend.open().await;
    let batch: Vec<_> = ["a", "b", "c"].map(|name| outgoing("housing", None, name, 1)).to_vec();
    opened.transport.publish(&batch, at(0)).await.unwrap();
    let mailbox = opened.mailbox.as_ref();
    let steps = [
        (2, 1_000, 0, "ax0 bx0"),
        (2, 1_000, 999, "cx0"),
        (2, 1_000, 999, ""),
        (0, 1_000, 5_000, ""),
        (2, 1_000, 1_000, "ax1 bx1"),
        (9, 1_000, 5_000, "ax2 bx2 cx1"),
    ];
    for (limit, lease_ms, ms, expected) in steps {
        assert_eq!(read(mailbox, "housing", limit, lease_ms, ms).await, expected, "at {ms}");
    }
}

/// While an earlier message of a case is out, a later one comes only together with it; other cases go on.
pub async fn cases_keep_their_order(backend: &dyn Backend) {
    let opened = backend.open().await;
    let first = [
        outgoing("housing", Some("TZ-1"), "a1", 1),
        outgoing("housing", Some("TZ-1"), "a2", 1),
        outgoing("housing", Some("TZ-2"), "b1", 1),
        outgoing("housing", None, "n1", 1),
        outgoing("housing", None, "n2", 1),
    ];
    opened.transport.publish(&first, at(0)).await.unwrap();
    let mailbox = opened.mailbox.as_ref();
    let housing = agency("housing");
    assert_eq!(read(mailbox, "housing", 1, 1_000, 0).await, "a1x0");
    assert_eq!(read(mailbox, "housing", 10, 1_000, 1).await, "b1x0 n1x0 n2x0", "a2 waits for a1, n2 for nothing");
    opened.transport.publish(&[outgoing("housing", Some("TZ-1"), "a3", 1)], at(2)).await.unwrap();
    assert_eq!(read(mailbox, "housing", 10, 1_000, 2).await, "");
    assert_eq!(mailbox.mailbox_acknowledge(&housing, &ids(&["a1"]), at(3)).await.unwrap(), 1);
    assert_eq!(read(mailbox, "housing", 10, 1_000, 4).await, "a2x0 a3x0", "together");
    assert_eq!(read(mailbox, "housing", 10, 1_000, 1_004).await, "a2x1 b1x1 n1x1 n2x1 a3x1", "again, in order");
}

/// An acknowledged message is gone for good, with a row of history; unknown and repeated ids are ignored.
pub async fn acknowledgement_removes(backend: &dyn Backend) {
    let opened = backend.open().await;
    let batch = [outgoing("housing", Some("TZ-1"), "a", 1), outgoing("housing", Some("TZ-1"), "b", 1)];
    opened.transport.publish(&batch, at(0)).await.unwrap();
    let housing = agency("housing");
    let mailbox = opened.mailbox.as_ref();
    assert_eq!(read(mailbox, "housing", 1, 1_000, 0).await, "ax0");
    assert_eq!(mailbox.mailbox_acknowledge(&housing, &ids(&["a", "none", "a"]), at(1)).await.unwrap(), 1);
    assert_eq!(mailbox.mailbox_acknowledge(&housing, &ids(&["a"]), at(2)).await.unwrap(), 0);
    assert_eq!(mailbox.mailbox_acknowledge(&housing, &[], at(2)).await.unwrap(), 0);
    assert_eq!(opened.store.counts().await.unwrap().queued, 1);
    assert_eq!(actions_of_case(opened.store.as_ref(), "TZ-1").await, [AuditAction::OutgoingAcknowledged]);
    drop(opened);

    let opened = backend.open().await;
    assert_eq!(read(opened.mailbox.as_ref(), "housing", 9, 1_000, 9_999).await, "bx0");
    assert_eq!(verified(opened.store.as_ref()).await, 1);
}

/// Leases end with the process: everything unacknowledged is there again at once.
pub async fn leases_end_with_the_process(backend: &dyn Backend) {
    let opened = backend.open().await;
    opened.transport.publish(&[outgoing("housing", None, "a", 1)], at(0)).await.unwrap();
    assert_eq!(read(opened.mailbox.as_ref(), "housing", 1, 60_000, 0).await, "ax0");
    drop(opened);
    let opened = backend.open().await;
    let again = opened.mailbox.mailbox_read(&agency("housing"), 1, 60_000, at(1)).await.unwrap();
    assert_eq!(again.len(), 1);
}

/// An agency neither sees nor acknowledges another's messages, even under the same id.
pub async fn agencies_are_kept_apart(backend: &dyn Backend) {
    let opened = backend.open().await;
    let batch = [
        outgoing("housing", Some("TZ-1"), "same", 1),
        outgoing("police", Some("TZ-1"), "same", 1),
        outgoing("police", Some("TZ-1"), "own", 1),
    ];
    opened.transport.publish(&batch, at(0)).await.unwrap();
    let mailbox = opened.mailbox.as_ref();
    assert_eq!(read(mailbox, "fire", 9, 1_000, 0).await, "");
    assert_eq!(read(mailbox, "housing", 9, 1_000, 0).await, "samex0");
    assert_eq!(mailbox.mailbox_acknowledge(&agency("housing"), &ids(&["own", "same"]), at(1)).await.unwrap(), 1);
    assert_eq!(read(mailbox, "police", 9, 1_000, 1).await, "samex0 ownx0");
}
