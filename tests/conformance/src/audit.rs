//! The audit chain: one row per change of state, read back by case and message, whole from end to end.

use xiezhi_model::audit::AuditAction;
use xiezhi_model::message::Intake;
use xiezhi_model::{Digest, InboxSeq};
use xiezhi_ports::{Settlement, StoreCounts};

use crate::Backend;
use crate::fixtures::{actions_of_message, agency, at, delivery, done, entry, leased, number, timer, verified};

/// An empty chain is right; every row counts; the head moves with the rows.
pub async fn chain_is_whole(backend: &dyn Backend) {
    let opened = backend.open().await;
    let report = opened.store.audit_verify().await.unwrap();
    assert_eq!((report.rows, report.head, report.broken), (0, Digest::ZERO, None));
    for name in ["a", "b", "c"] {
        opened.store.inbox_accept(vec![delivery("police", name, b"1")]).await.unwrap();
    }
    let before = opened.store.audit_verify().await.unwrap();
    assert_eq!((before.rows, before.broken.clone()), (3, None));
    drop(opened);
    let store = backend.open().await.store;
    assert_eq!(store.audit_verify().await.unwrap(), before, "the same after a restart");
    store.inbox_accept(vec![delivery("police", "d", b"1")]).await.unwrap();
    let after = store.audit_verify().await.unwrap();
    assert_eq!((after.rows, after.broken), (4, None));
    assert_ne!(after.head, before.head);
}

/// Intake says who sent what: agency, number, id and digest.
pub async fn intake_names_the_message(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let intake = store.inbox_accept(vec![delivery("police", "a", b"abc")]).await.unwrap()[0];
    assert_eq!(intake, Intake::Accepted(InboxSeq(1)));
    let row = store.audit_by_message(InboxSeq(1), 10).await.unwrap().remove(0);
    assert_eq!((row.seq, row.entry.at, row.entry.action), (1, at(0), AuditAction::MessageReceived));
    assert_eq!(row.entry.actor, "agency:police");
    assert_eq!(row.entry.agency, Some(agency("police")));
    assert_eq!(row.entry.message_id.unwrap().as_str(), "a");
    assert_eq!(row.entry.message_digest, Some(Digest::of(b"abc")));
    assert!(!row.entry.text.contains("abc"), "the history holds no body");
}

/// Entries are written as given, in order, and found by case and by message, limited.
pub async fn histories_are_found(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let message = leased(store, "m1").await;
    let of_case = |action, case| {
        let mut given = entry(action);
        given.case_number = Some(number(case));
        given
    };
    let mut elsewhere = of_case(AuditAction::CaseJoined, "TZ-1");
    elsewhere.inbox_seq = Some(InboxSeq(77));
    let audit = vec![
        entry(AuditAction::MessageSettled),
        of_case(AuditAction::CaseOpened, "TZ-1"),
        of_case(AuditAction::CaseOpened, "TZ-2"),
        elsewhere.clone(),
    ];
    store.settle(&[Settlement { audit, ..done(&message) }]).await.unwrap();
    let timed = Settlement { audit: vec![of_case(AuditAction::CaseEscalated, "TZ-1")], ..timer() };
    store.settle(&[timed]).await.unwrap();

    let rows = store.audit_by_case(&number("TZ-1"), 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [3, 5, 6]);
    assert_eq!(rows[1].entry, elsewhere, "an entry that names a row keeps it");
    assert_eq!(rows[0].entry.inbox_seq, Some(message.seq));
    assert_eq!(rows[2].entry.inbox_seq, None);
    assert_eq!(store.audit_by_case(&number("TZ-1"), 2).await.unwrap().len(), 2);
    let expected =
        [AuditAction::MessageReceived, AuditAction::MessageSettled, AuditAction::CaseOpened, AuditAction::CaseOpened];
    assert_eq!(actions_of_message(store, message.seq).await, expected);
    assert_eq!(store.audit_by_message(message.seq, 1).await.unwrap().len(), 1);
    assert_eq!(verified(store).await, 6);
}

/// Nothing is counted where nothing is.
pub async fn counts_start_at_nothing(backend: &dyn Backend) {
    let store = backend.open().await.store;
    assert_eq!(store.counts().await.unwrap(), StoreCounts::default());
}
