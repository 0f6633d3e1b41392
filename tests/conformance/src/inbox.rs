//! T1 and the inbox: idempotence, quarantine, durability, leases, lists, redrive.

use xiezhi_model::InboxSeq;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::fault::{Fault, RowFault, code};
use xiezhi_model::message::{InboxStatus, Intake};
use xiezhi_ports::{InboxFilter, InboxOutcome, Settled, Settlement, Store, StoreError};

use crate::Backend;
use crate::fixtures::{
    LEASE_MS, actions_of_message, agency, at, delivery, done, id, lease_of, leased, settlement, trigger, verified,
};

fn seqs(messages: &[xiezhi_model::message::InboxMessage]) -> Vec<i64> {
    messages.iter().map(|message| message.seq.0).collect()
}

async fn list(store: &dyn Store, filter: InboxFilter) -> Vec<i64> {
    store.inbox_list(&filter).await.unwrap().into_iter().map(|entry| entry.seq.0).collect()
}

/// Each delivery gets its outcome, in order; a repetition makes duplicates, nothing else.
pub async fn accept_is_idempotent(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let call = vec![delivery("police", "a", b"1"), delivery("police", "b", b"2"), delivery("police", "a", b"1")];
    let first = store.inbox_accept(call.clone()).await.unwrap();
    assert_eq!(first, [Intake::Accepted(InboxSeq(1)), Intake::Accepted(InboxSeq(2)), Intake::Duplicate(InboxSeq(1))]);
    let again = store.inbox_accept(call).await.unwrap();
    assert!(again.iter().all(|intake| matches!(intake, Intake::Duplicate(_))), "{again:?}");
    let (entry, body) = store.inbox_show(InboxSeq(1)).await.unwrap().unwrap();
    assert_eq!((entry.duplicates, entry.status, entry.bytes, body.as_slice()), (3, InboxStatus::Pending, 1, &b"1"[..]));
    assert_eq!(actions_of_message(store.as_ref(), InboxSeq(1)).await, [AuditAction::MessageReceived]);
    assert_eq!(store.counts().await.unwrap().inbox_pending, 2);
    assert_eq!(verified(store.as_ref()).await, 2, "a duplicate is counted, not told");
    assert_eq!(store.inbox_accept(Vec::new()).await.unwrap(), []);
}

/// The same id from another agency is another message.
pub async fn ids_are_per_sender(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let call = vec![delivery("police", "a", b"1"), delivery("housing", "a", b"1")];
    let intakes = store.inbox_accept(call).await.unwrap();
    assert!(intakes.iter().all(|intake| matches!(intake, Intake::Accepted(_))), "{intakes:?}");
}

/// The same id with other bytes is kept as a row of its own, told in the history, and never processed.
pub async fn other_bytes_are_quarantined(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let first = store.inbox_accept(vec![delivery("police", "a", b"1")]).await.unwrap()[0].seq();
    let second = store.inbox_accept(vec![delivery("police", "a", b"2")]).await.unwrap()[0];
    let Intake::Quarantined(evidence) = second else { panic!("{second:?}") };
    assert_ne!(first, evidence);
    let (entry, body) = store.inbox_show(evidence).await.unwrap().unwrap();
    assert_eq!((entry.status, body.as_slice()), (InboxStatus::Quarantined, &b"2"[..]));
    assert_eq!(entry.fault.unwrap().code, code::ID_CONFLICT);
    assert_eq!(actions_of_message(store.as_ref(), evidence).await, [AuditAction::MessageQuarantined]);
    assert_eq!(seqs(&store.inbox_lease(10, LEASE_MS, at(0)).await.unwrap()), [first.0]);
    assert!(!store.inbox_redrive(evidence, "operator", at(1)).await.unwrap(), "evidence is not processed");

    let again = store.inbox_accept(vec![delivery("police", "a", b"2"), delivery("police", "a", b"1")]).await.unwrap();
    assert_eq!(again, [Intake::Duplicate(evidence), Intake::Duplicate(first)]);
    verified(store.as_ref()).await;
}

/// What was answered is there after a restart; so are the pending rows, unleased.
pub async fn accepted_rows_survive_a_restart(backend: &dyn Backend) {
    let opened = backend.open().await;
    opened.store.inbox_accept(vec![delivery("police", "a", b"1"), delivery("police", "b", b"2")]).await.unwrap();
    assert_eq!(seqs(&opened.store.inbox_lease(1, LEASE_MS, at(0)).await.unwrap()), [1]);
    drop(opened);
    let store = backend.open().await.store;
    let leased = store.inbox_lease(10, LEASE_MS, at(0)).await.unwrap();
    assert_eq!(seqs(&leased), [1, 2], "a lease ends with the process");
    assert_eq!(leased[0].body, b"1");
    assert_eq!(verified(store.as_ref()).await, 2);
    let third = store.inbox_accept(vec![delivery("police", "c", b"3")]).await.unwrap();
    assert_eq!(third, [Intake::Accepted(InboxSeq(3))], "intake numbers are never used twice");
}

/// Oldest first, each row to one worker, until the lease's time is over or the row is settled.
pub async fn leases_are_exclusive_and_end(backend: &dyn Backend) {
    let store = backend.open().await.store;
    for name in ["a", "b", "c"] {
        store.inbox_accept(vec![delivery("police", name, name.as_bytes())]).await.unwrap();
    }
    let first = store.inbox_lease(2, 1_000, at(0)).await.unwrap();
    assert_eq!(seqs(&first), [1, 2]);
    assert_eq!((first[0].redrives, first[0].message_id.as_str()), (0, "a"));
    assert_eq!(seqs(&store.inbox_lease(10, 1_000, at(999)).await.unwrap()), [3]);
    assert_eq!(store.settle(&[done(&first[0])]).await.unwrap(), [Settled::Applied]);
    assert_eq!(seqs(&store.inbox_lease(10, 1_000, at(1_000)).await.unwrap()), [2], "its time is over");
    assert_eq!(seqs(&store.inbox_lease(0, 1_000, at(9_999)).await.unwrap()), [] as [i64; 0]);
}

/// Large messages come a few at a time, each at least by itself, and those that did not fit are there at once.
pub async fn leases_of_large_messages_are_small(backend: &dyn Backend) {
    let store = backend.open().await.store;
    for (name, bytes) in [("a", 400 << 10), ("b", 400 << 10), ("c", 3 << 20), ("d", 1), ("e", 1)] {
        store.inbox_accept(vec![delivery("police", name, &vec![b'x'; bytes])]).await.unwrap();
    }
    for expected in [vec![1, 2], vec![3], vec![4, 5], vec![]] {
        assert_eq!(seqs(&store.inbox_lease(10, LEASE_MS, at(0)).await.unwrap()), expected);
    }
}

/// A lease is no lock: who is late finds the row settled.
pub async fn late_settlement_of_a_lost_lease_is_harmless(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let slow = leased(store.as_ref(), "a").await;
    let fast = store.inbox_lease(1, LEASE_MS, at(LEASE_MS)).await.unwrap().remove(0);
    assert_eq!(slow.seq, fast.seq);
    assert_eq!(store.settle(&[done(&fast)]).await.unwrap(), [Settled::Applied]);
    assert_eq!(store.settle(&[done(&slow)]).await.unwrap(), [Settled::AlreadyDone]);
    assert_eq!(
        actions_of_message(store.as_ref(), slow.seq).await,
        [AuditAction::MessageReceived, AuditAction::MessageSettled]
    );
}

/// Each filter, their combination, the order and the pages.
pub async fn list_filters_and_pages(backend: &dyn Backend) {
    let store = backend.open().await.store;
    for (from, name) in [("police", "a"), ("housing", "b"), ("police", "c"), ("police", "d")] {
        store.inbox_accept(vec![delivery(from, name, name.as_bytes())]).await.unwrap();
    }
    store.inbox_accept(vec![delivery("police", "a", b"other")]).await.unwrap();
    let leased = store.inbox_lease(3, LEASE_MS, at(0)).await.unwrap();
    let faulty = RowFault { row: 2, fault: Fault::new("uscc.length", "应为18位") };
    let dead = InboxOutcome::Dead(Fault::new("xml.syntax", "第1行"));
    let settlements = vec![
        Settlement { records: 3, row_faults: vec![faulty.clone()], ..done(&leased[0]) },
        settlement(trigger(&leased[1]), dead),
        settlement(trigger(&leased[2]), InboxOutcome::Waiting),
    ];
    assert_eq!(store.settle(&settlements).await.unwrap(), [Settled::Applied; 3]);

    let all = || InboxFilter { limit: 10, ..InboxFilter::default() };
    let status = |status| InboxFilter { status: Some(status), ..all() };
    let table = [
        (all(), vec![5, 4, 3, 2, 1]),
        (status(InboxStatus::Pending), vec![4]),
        (status(InboxStatus::Waiting), vec![3]),
        (status(InboxStatus::Done), vec![1]),
        (status(InboxStatus::Dead), vec![2]),
        (status(InboxStatus::Quarantined), vec![5]),
        (InboxFilter { agency: Some(agency("police")), ..all() }, vec![5, 4, 3, 1]),
        (InboxFilter { agency: Some(agency("police")), ..status(InboxStatus::Dead) }, vec![]),
        (InboxFilter { message_id: Some(id("a")), ..all() }, vec![5, 1]),
        (InboxFilter { faulty: true, ..all() }, vec![1]),
        (InboxFilter { before: Some(InboxSeq(4)), limit: 2, ..all() }, vec![3, 2]),
        (InboxFilter { limit: 0, ..all() }, vec![]),
    ];
    for (filter, expected) in table {
        assert_eq!(list(store.as_ref(), filter.clone()).await, expected, "{filter:?}");
    }
    let (entry, _) = store.inbox_show(InboxSeq(1)).await.unwrap().unwrap();
    assert_eq!((entry.records, entry.row_faults, entry.settled_at), (3, vec![faulty], Some(at(1))));
    let (entry, _) = store.inbox_show(InboxSeq(2)).await.unwrap().unwrap();
    assert_eq!(entry.fault.unwrap().code, "xml.syntax");
    assert_eq!(store.inbox_show(InboxSeq(99)).await.unwrap(), None);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.inbox_pending, counts.inbox_waiting, counts.inbox_dead), (1, 1, 1));
}

/// Only a dead row is made pending again, once, with `redrives` one higher and the fault gone; the history keeps it.
pub async fn redrive_makes_a_dead_row_pending(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let message = leased(store.as_ref(), "a").await;
    assert!(!store.inbox_redrive(message.seq, "operator", at(1)).await.unwrap(), "pending");
    assert!(!store.inbox_redrive(InboxSeq(99), "operator", at(1)).await.unwrap(), "not there");
    let dead = || InboxOutcome::Dead(Fault::new("xml.syntax", "第1行"));
    assert_eq!(store.settle(&[settlement(trigger(&message), dead())]).await.unwrap(), [Settled::Applied]);
    assert!(store.inbox_redrive(message.seq, "operator", at(2)).await.unwrap());
    assert!(!store.inbox_redrive(message.seq, "operator", at(3)).await.unwrap(), "pending again");

    let (entry, _) = store.inbox_show(message.seq).await.unwrap().unwrap();
    assert_eq!((entry.status, entry.redrives, entry.fault), (InboxStatus::Pending, 1, None));
    assert_eq!(store.settle(&[done(&message)]).await.unwrap(), [Settled::AlreadyDone], "leased before the redrive");
    let again = lease_of(store.as_ref(), message.seq).await;
    assert_eq!(again.redrives, 1);
    assert_eq!(store.settle(&[done(&again)]).await.unwrap(), [Settled::Applied]);
    assert!(!store.inbox_redrive(message.seq, "operator", at(4)).await.unwrap(), "done");
    let expected = [
        AuditAction::MessageReceived,
        AuditAction::MessageDead,
        AuditAction::MessageRedriven,
        AuditAction::MessageSettled,
    ];
    assert_eq!(actions_of_message(store.as_ref(), message.seq).await, expected);
    let rows = store.audit_by_message(message.seq, 10).await.unwrap();
    assert_eq!((rows[2].entry.actor.as_str(), rows[2].entry.at), ("operator", at(2)));
    verified(store.as_ref()).await;
}

/// A call that is too large is refused as a whole, and nothing of it is taken.
pub async fn oversized_call_is_refused(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let call: Vec<_> = (0..100_000).map(|n| delivery("police", &format!("m{n}"), b"x")).collect();
    let error = store.inbox_accept(call).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid(_)), "{error}");
    assert_eq!(store.counts().await.unwrap().inbox_pending, 0);
}
