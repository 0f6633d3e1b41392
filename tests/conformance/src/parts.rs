//! Parts of multi-part messages: kept, handed back, completed, expired, and tried again.

use xiezhi_model::InboxSeq;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::fault::code;
use xiezhi_model::message::{InboxMessage, InboxStatus};
use xiezhi_model::plugin::Part;
use xiezhi_ports::{InboxOutcome, Settled, Settlement, Store};

use crate::Backend;
use crate::fixtures::{
    actions_of_message, agency, at, done, lease_of, leased, leased_from, part, settlement, trigger, verified,
};

/// Takes a message that brings parts and waits.
async fn waiting(store: &dyn Store, message_id: &str, parts: Vec<Part>) -> InboxMessage {
    let message = leased(store, message_id).await;
    wait(store, &message, parts).await;
    message
}

async fn wait(store: &dyn Store, message: &InboxMessage, parts: Vec<Part>) {
    let waits = Settlement { parts, ..settlement(trigger(message), InboxOutcome::Waiting) };
    assert_eq!(store.settle(&[waits]).await.unwrap(), [Settled::Applied]);
}

async fn status(store: &dyn Store, seq: InboxSeq) -> InboxStatus {
    store.inbox_show(seq).await.unwrap().unwrap().0.status
}

async fn indexes(store: &dyn Store, key: &str, ms: i64) -> Vec<u32> {
    let parts = store.parts_load(&agency("police"), key, at(ms)).await.unwrap();
    parts.into_iter().map(|part| part.index).collect()
}

/// Parts come back whole, in index order, per agency and key, until their time.
pub async fn parts_are_kept_until_their_time(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let second = waiting(store, "m2", vec![part("k", 2, 3, 1_000)]).await;
    waiting(store, "m1", vec![part("k", 1, 3, 5_000), part("other", 1, 2, 5_000)]).await;
    let foreign = leased_from(store, "housing", "m3").await;
    wait(store, &foreign, vec![part("k", 3, 3, 5_000)]).await;

    let parts = store.parts_load(&agency("police"), "k", at(2)).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.index).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((parts[1].total, parts[1].inbox_seq, parts[1].body.as_slice()), (3, second.seq, &b"k/2"[..]));
    assert_eq!(indexes(store, "k", 1_001).await, [1], "counted from the settlement, a millisecond after the start");
    assert_eq!(indexes(store, "nothing", 2).await, [] as [u32; 0]);
    assert_eq!(status(store, second.seq).await, InboxStatus::Waiting);
    assert_eq!(store.inbox_lease(10, 1, at(999_999)).await.unwrap(), [], "waiting is not pending");
}

/// The same part brought again takes the place of the earlier one, and completing settles both messages.
pub async fn repeated_part_replaces(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = waiting(store, "m1", vec![part("k", 1, 2, 5_000)]).await;
    let again = waiting(store, "m1-again", vec![Part { body: b"newer".to_vec(), ..part("k", 1, 2, 5_000) }]).await;
    let parts = store.parts_load(&agency("police"), "k", at(2)).await.unwrap();
    assert_eq!((parts.len(), parts[0].inbox_seq, parts[0].body.as_slice()), (1, again.seq, &b"newer"[..]));
    let last = leased(store, "m2").await;
    let completes = Settlement { parts_complete: vec![(agency("police"), "k".into())], ..done(&last) };
    assert_eq!(store.settle(&[completes]).await.unwrap(), [Settled::Applied]);
    for message in [first, again] {
        assert_eq!(status(store, message.seq).await, InboxStatus::Done);
    }
}

/// The last part settles its own message and those that waited, each with its history; what is complete does not expire.
pub async fn complete_settles_the_waiting_messages(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = waiting(store, "m1", vec![part("k", 1, 2, 1_000)]).await;
    let both = waiting(store, "m-both", vec![part("k", 1, 2, 1_000), part("other", 1, 2, 1_000)]).await;
    let last = leased(store, "m2").await;
    let completes = Settlement {
        parts: vec![part("k", 2, 2, 1_000)],
        parts_complete: vec![(agency("police"), "k".into())],
        ..done(&last)
    };
    assert_eq!(store.settle(&[completes]).await.unwrap(), [Settled::Applied]);
    assert_eq!(indexes(store, "k", 2).await, [] as [u32; 0]);
    assert_eq!(status(store, first.seq).await, InboxStatus::Done);
    assert_eq!(status(store, both.seq).await, InboxStatus::Waiting, "it brought a part of another message as well");
    let settled = [AuditAction::MessageReceived, AuditAction::MessageWaiting, AuditAction::MessageSettled];
    assert_eq!(actions_of_message(store, first.seq).await, settled);
    assert_eq!(
        actions_of_message(store, last.seq).await,
        [AuditAction::MessageReceived, AuditAction::MessageSettled],
        "told once"
    );
    assert_eq!(store.parts_expire(at(999_999), 10).await.unwrap(), [both.seq]);
    verified(store).await;
}

/// Only what waits too long becomes dead; its fault names the missing parts; its parts are gone; the limit holds.
pub async fn expired_messages_are_dead(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = waiting(store, "m1", vec![part("k", 1, 4, 1_000)]).await;
    let third = waiting(store, "m3", vec![part("k", 3, 4, 1_000)]).await;
    let later = waiting(store, "m5", vec![part("later", 1, 2, 9_000)]).await;
    assert_eq!(store.parts_expire(at(1_000), 10).await.unwrap(), [], "one millisecond early");
    assert_eq!(store.parts_expire(at(1_001), 1).await.unwrap(), [first.seq]);
    assert_eq!(store.parts_expire(at(1_001), 10).await.unwrap(), [third.seq]);
    assert_eq!(store.parts_expire(at(1_001), 10).await.unwrap(), [], "said once");

    let fault = store.inbox_show(first.seq).await.unwrap().unwrap().0.fault.unwrap();
    assert_eq!(fault.code, code::PART_TIMEOUT);
    assert!(fault.text.contains("缺第2、4段"), "{}", fault.text);
    let rows = store.audit_by_message(first.seq, 10).await.unwrap();
    let last = &rows.last().unwrap().entry;
    assert_eq!((last.action, last.fault_code.as_deref()), (AuditAction::MessageDead, Some(code::PART_TIMEOUT)));
    assert_eq!(indexes(store, "k", 2).await, [] as [u32; 0], "dropped");
    assert_eq!(status(store, later.seq).await, InboxStatus::Waiting);
    verified(store).await;
}

/// A message that died waiting waits its whole time again after a redrive.
pub async fn expired_message_waits_again_after_a_redrive(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = waiting(store, "m1", vec![part("k", 1, 2, 1_000)]).await;
    assert_eq!(store.parts_expire(at(5_000), 10).await.unwrap(), [first.seq]);
    assert!(store.inbox_redrive(first.seq, "operator", at(6_000)).await.unwrap());
    let again = lease_of(store, first.seq).await;
    let waits = Settlement {
        parts: vec![part("k", 1, 2, 1_000)],
        at: at(6_001),
        ..settlement(trigger(&again), InboxOutcome::Waiting)
    };
    assert_eq!(store.settle(&[waits]).await.unwrap(), [Settled::Applied]);
    assert_eq!(store.parts_expire(at(7_000), 10).await.unwrap(), []);
    assert_eq!(indexes(store, "k", 7_000).await, [1]);
    assert_eq!(store.parts_expire(at(7_001), 10).await.unwrap(), [first.seq]);
}

/// Parts and waiting rows survive a restart.
pub async fn parts_survive_a_restart(backend: &dyn Backend) {
    let opened = backend.open().await;
    let first = waiting(opened.store.as_ref(), "m1", vec![part("k", 1, 2, 1_000)]).await;
    drop(opened);
    let store = backend.open().await.store;
    assert_eq!(indexes(store.as_ref(), "k", 2).await, [1]);
    assert_eq!(status(store.as_ref(), first.seq).await, InboxStatus::Waiting);
}
