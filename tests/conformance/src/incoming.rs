//! From an agency to the gateway's inbox: taken once, under its id, as itself.

use xiezhi_model::audit::AuditAction;
use xiezhi_model::fault::code;
use xiezhi_model::message::{Delivery, InboxEntry, InboxStatus};
use xiezhi_ports::{InboxFilter, Store};

use crate::fixtures::{actions_of_message, agency, verified};
use crate::link::{AgencySide, Letter, LinkBackend, Sent, eventually};

fn letter(id: Option<&str>, body: &[u8]) -> Letter {
    Letter { id: id.map(str::to_owned), content_type: Some("text/plain".into()), body: body.to_vec() }
}

async fn send(agency: &mut dyn AgencySide, letter: &Letter) {
    assert_eq!(agency.send(letter).await, Sent::Taken, "{:?}", letter.id);
}

/// The inbox, oldest first, once it has as many rows as wanted.
pub(crate) async fn inbox(store: &dyn Store, count: usize) -> Vec<InboxEntry> {
    let filter = InboxFilter { limit: 100_000, ..InboxFilter::default() };
    let look = || async { store.inbox_list(&filter).await.unwrap().len() >= count };
    eventually("messages in the inbox", look).await;
    let mut rows = store.inbox_list(&filter).await.unwrap();
    assert_eq!(rows.len(), count, "more came than was sent");
    rows.reverse();
    rows
}

/// The inbox once the duplicates that were sent are counted.
async fn with_duplicates(store: &dyn Store, count: usize, duplicates: u32) -> Vec<InboxEntry> {
    let filter = InboxFilter { limit: 100_000, ..InboxFilter::default() };
    let look = || async {
        let rows = store.inbox_list(&filter).await.unwrap();
        rows.iter().map(|row| row.duplicates).sum::<u32>() >= duplicates
    };
    eventually("duplicates counted", look).await;
    inbox(store, count).await
}

/// Bytes arrive under the sender's id, once, whatever they are; sent again they are counted and nothing else.
pub async fn a_message_is_taken_once(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let store = gateway.store();
    let mut police = backend.join("police").await;
    let bodies: [&[u8]; 4] = ["<失联/>".as_bytes(), &[0xca, 0xa7, 0xc1, 0xaa], b"\0\0\0", &[b'y'; 200_000]];
    for (n, body) in bodies.into_iter().enumerate() {
        send(police.as_mut(), &letter(Some(&format!("p-{n}")), body)).await;
    }
    let rows = inbox(store.as_ref(), bodies.len()).await;
    for (n, row) in rows.iter().enumerate() {
        assert_eq!((row.agency.as_str(), row.status), ("police", InboxStatus::Pending));
        assert_eq!(row.message_id.as_str(), format!("p-{n}"), "in the order in which they were sent");
        let (_, body) = store.inbox_show(row.seq).await.unwrap().unwrap();
        assert!(body == bodies[n], "the bytes of p-{n} have changed");
        assert_eq!(actions_of_message(store.as_ref(), row.seq).await, [AuditAction::MessageReceived]);
    }
    for (n, body) in bodies.into_iter().enumerate() {
        send(police.as_mut(), &letter(Some(&format!("p-{n}")), body)).await;
    }
    let rows = with_duplicates(store.as_ref(), bodies.len(), 4).await;
    assert!(rows.iter().all(|row| row.duplicates == 1), "{rows:?}");
    assert_eq!(verified(store.as_ref()).await, 4);
}

/// Who gives no id gets one from the bytes: the same bytes again are the same message.
pub async fn a_message_without_an_id_gets_one_from_its_bytes(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let store = gateway.store();
    let mut police = backend.join("police").await;
    for body in [b"one", b"two", b"one"] {
        send(police.as_mut(), &letter(None, body)).await;
    }
    let rows = with_duplicates(store.as_ref(), 2, 1).await;
    let ids: Vec<_> = rows.iter().map(|row| row.message_id.clone()).collect();
    assert_eq!(ids, [Delivery::derived_id(b"one"), Delivery::derived_id(b"two")]);
}

/// Other bytes under an id that was used are evidence, never processed and never dropped.
pub async fn other_bytes_under_an_id_are_quarantined(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let store = gateway.store();
    let mut police = backend.join("police").await;
    send(police.as_mut(), &letter(Some("p"), b"one")).await;
    send(police.as_mut(), &letter(Some("p"), b"two")).await;
    let rows = inbox(store.as_ref(), 2).await;
    assert_eq!(rows.iter().map(|row| row.status).collect::<Vec<_>>(), [InboxStatus::Pending, InboxStatus::Quarantined]);
    assert_eq!(rows[1].fault.as_ref().map(|fault| fault.code.as_str()), Some(code::ID_CONFLICT));
}

/// The same id from two agencies is two messages, each under its sender.
pub async fn senders_are_kept_apart(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let store = gateway.store();
    for name in ["police", "housing", "fire"] {
        let mut sender = backend.join(name).await;
        send(sender.as_mut(), &letter(Some("same"), b"same")).await;
    }
    let rows = inbox(store.as_ref(), 3).await;
    for name in ["police", "housing", "fire"] {
        assert_eq!(rows.iter().filter(|row| row.agency == agency(name)).count(), 1, "{name}");
    }
    assert!(rows.iter().all(|row| row.status == InboxStatus::Pending && row.duplicates == 0));
}

/// The messages of an agency are taken in the order in which it sent them.
pub async fn an_agency_s_order_is_kept(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let mut police = backend.join("police").await;
    for n in 0..150 {
        send(police.as_mut(), &letter(Some(&format!("{n:04}")), b"x")).await;
    }
    let rows = inbox(gateway.store().as_ref(), 150).await;
    assert!(rows.windows(2).all(|pair| pair[0].message_id.as_str() < pair[1].message_id.as_str()));
}
