//! T2: wholly or not at all, once, and only on what it was based on.

use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::CaseStatus;
use xiezhi_model::message::InboxStatus;
use xiezhi_model::{Digest, InboxSeq};
use xiezhi_ports::{CaseFilter, CaseWrite, Settled, Settlement, StoreError, Trigger};

use crate::fixtures::{
    actions_of_case, actions_of_message, all_due, at, case, done, entry, leased, next_version, number, open_case,
    outgoing, part, send, source, timer, trigger, verified, write,
};
use crate::{Backend, fixtures};

/// Everything a settlement holds is there afterwards, also after a restart, and a second time changes nothing.
pub async fn settlement_applies_everything_once(backend: &dyn Backend) {
    let opened = backend.open().await;
    let store = opened.store.as_ref();
    let message = leased(store, "m1").await;
    let opened_case = case("TZ-1", "key-1", 50);
    let mut of_case = entry(AuditAction::CaseOpened);
    of_case.case_number = Some(number("TZ-1"));
    let settlement = Settlement {
        records: 2,
        plugin_digest: Some(Digest::of(b"plugin")),
        cases: vec![CaseWrite {
            case: opened_case.clone().into(),
            sources: vec![source(&message, 1), source(&message, 2)],
        }],
        outgoing: vec![outgoing("housing", Some("TZ-1"), "o1", 1)],
        audit: vec![entry(AuditAction::MessageSettled), of_case],
        ..done(&message)
    };
    assert_eq!(store.settle(std::slice::from_ref(&settlement)).await.unwrap(), [Settled::Applied]);
    assert_eq!(store.settle(std::slice::from_ref(&settlement)).await.unwrap(), [Settled::AlreadyDone]);
    assert_eq!(store.settle(&[settlement.clone(), settlement]).await.unwrap(), [Settled::AlreadyDone; 2]);
    drop(opened);

    let opened = backend.open().await;
    let store = opened.store.as_ref();
    let (row, _) = store.inbox_show(message.seq).await.unwrap().unwrap();
    assert_eq!((row.status, row.records, row.settled_at), (InboxStatus::Done, 2, Some(at(1))));
    assert_eq!(row.plugin_digest, Some(Digest::of(b"plugin")));
    assert_eq!(store.case_load(&number("TZ-1")).await.unwrap(), Some(opened_case));
    let sources = store.case_sources(&number("TZ-1"), 10).await.unwrap();
    assert_eq!(sources, [source(&message, 1), source(&message, 2)]);
    let due = all_due(store, 1, 10).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].outgoing, outgoing("housing", Some("TZ-1"), "o1", 1));
    let expected = [AuditAction::MessageReceived, AuditAction::MessageSettled, AuditAction::CaseOpened];
    assert_eq!(actions_of_message(store, message.seq).await, expected, "the trigger's row is filled in");
    assert_eq!(actions_of_case(store, "TZ-1").await, [AuditAction::CaseOpened]);
    assert_eq!(verified(store).await, 3);
}

/// A row that is not there, or not as leased, is already done.
pub async fn stale_triggers_are_already_done(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let message = leased(store, "m1").await;
    for trigger in [Trigger::Inbox { seq: InboxSeq(99), redrives: 0 }, Trigger::Inbox { seq: message.seq, redrives: 1 }]
    {
        let stale = Settlement { trigger: trigger.clone(), cases: vec![write(case("TZ-1", "k", 5))], ..done(&message) };
        assert_eq!(store.settle(&[stale]).await.unwrap(), [Settled::AlreadyDone], "{trigger:?}");
    }
    assert_eq!(store.case_load(&number("TZ-1")).await.unwrap(), None);
    assert_eq!(verified(store).await, 1);
}

/// A settled trigger is told as such even when its cases have moved on.
pub async fn already_done_comes_before_conflict(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let message = leased(store, "m1").await;
    let settlement = Settlement { cases: vec![write(case("TZ-1", "k", 5))], ..done(&message) };
    assert_eq!(store.settle(std::slice::from_ref(&settlement)).await.unwrap(), [Settled::Applied]);
    assert_eq!(store.settle(&[settlement]).await.unwrap(), [Settled::AlreadyDone]);
}

/// Each way of being based on something else.
pub async fn conflicts_are_found(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = open_case(store, case("TZ-1", "key-1", 5)).await;
    let second = next_version(first.clone());
    assert_eq!(
        store.settle(&[Settlement { cases: vec![write(second.clone())], ..timer() }]).await.unwrap(),
        [Settled::Applied]
    );
    open_case(store, case("TZ-2", "key-2", 5)).await;

    let mut taken = next_version(second.clone());
    taken.join_key = "key-2".into();
    let mut skipped = next_version(second.clone());
    skipped.version += 1;
    let mut missing = case("TZ-9", "key-9", 5);
    missing.version = 2;
    let table = [
        ("case is there already", case("TZ-1", "key-3", 5)),
        ("older version", second.clone()),
        ("version skipped", skipped),
        ("case to change is not there", missing),
        ("join key is another's", case("TZ-3", "key-1", 5)),
        ("join key becomes another's", taken),
    ];
    for (what, conflicting) in table {
        let message = leased(store, what).await;
        let settlement = Settlement { cases: vec![write(conflicting)], ..done(&message) };
        assert_eq!(store.settle(&[settlement]).await.unwrap(), [Settled::Conflict], "{what}");
        assert_eq!(actions_of_message(store, message.seq).await, [AuditAction::MessageReceived], "{what}: no trace");
        let again = store.inbox_lease(1_000, 1, at(0)).await.unwrap();
        assert!(again.iter().any(|row| row.seq == message.seq), "{what}: leased again at once");
    }
    assert_eq!(store.case_load(&number("TZ-1")).await.unwrap(), Some(second));
}

/// A closed case frees its join key, and cannot be opened again once another has it.
pub async fn closing_frees_the_join_key(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let mut closed = next_version(open_case(store, case("TZ-1", "key", 5)).await);
    closed.status = CaseStatus::Closed;
    closed.assignments.clear();
    open_case(store, closed.clone()).await;
    assert_eq!(store.cases_by_join_key(&["key".into()]).await.unwrap(), []);
    assert_eq!(store.assignments_due(at(999), 10).await.unwrap(), []);
    let successor = open_case(store, case("TZ-2", "key", 5)).await;
    assert_eq!(store.cases_by_join_key(&["key".into()]).await.unwrap(), [successor]);
    let mut reopened = next_version(closed);
    reopened.status = CaseStatus::Open;
    let reopen = Settlement { cases: vec![write(reopened)], ..timer() };
    assert_eq!(store.settle(&[reopen]).await.unwrap(), [Settled::Conflict]);
}

/// In one call, a settlement that conflicts costs itself; one that builds on an earlier one of the call is right.
pub async fn bad_settlement_costs_itself(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = leased(store, "m1").await;
    let second = leased(store, "m2").await;
    let third = leased(store, "m3").await;
    let opens = Settlement { cases: vec![write(case("TZ-1", "key", 5))], ..done(&first) };
    let collides = Settlement {
        cases: vec![write(case("TZ-3", "free", 5)), write(case("TZ-2", "key", 5))],
        outgoing: vec![outgoing("housing", None, "o2", 1)],
        ..done(&second)
    };
    let joins = Settlement { cases: vec![write(next_version(case("TZ-1", "key", 5)))], ..done(&third) };
    let settled = store.settle(&[opens, collides, joins]).await.unwrap();
    assert_eq!(settled, [Settled::Applied, Settled::Conflict, Settled::Applied]);
    assert_eq!(store.case_load(&number("TZ-1")).await.unwrap().unwrap().version, 2);
    assert_eq!(store.case_load(&number("TZ-3")).await.unwrap(), None, "not half of it");
    assert_eq!(all_due(store, 9, 10).await, []);
    assert_eq!(store.inbox_show(second.seq).await.unwrap().unwrap().0.status, InboxStatus::Pending);
    verified(store).await;
}

/// What cannot be right in any state fails the call, and nothing of the call is applied.
pub async fn impossible_settlements_are_refused(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let message = leased(store, "m1").await;
    let mut unversioned = case("TZ-1", "key", 5);
    unversioned.version = 0;
    let table = [
        ("version 0", Settlement { cases: vec![write(unversioned)], ..timer() }),
        (
            "a case twice",
            Settlement { cases: vec![write(case("TZ-1", "a", 5)), write(case("TZ-1", "b", 5))], ..timer() },
        ),
        (
            "a join key twice",
            Settlement { cases: vec![write(case("TZ-1", "a", 5)), write(case("TZ-2", "a", 5))], ..timer() },
        ),
        ("parts of no message", Settlement { parts: vec![part("k", 1, 2, 5)], ..timer() }),
    ];
    for (what, impossible) in table {
        let error = store.settle(&[done(&message), impossible]).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid(_)), "{what}: {error}");
        assert_eq!(store.inbox_show(message.seq).await.unwrap().unwrap().0.status, InboxStatus::Pending, "{what}");
    }
    assert_eq!(store.settle(&[done(&message)]).await.unwrap(), [Settled::Applied]);
}

/// An outgoing id that is there already stays as it is: sent is not sent again.
pub async fn outgoing_ids_are_written_once(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, vec![outgoing("housing", Some("TZ-1"), "o1", 1)]).await;
    let mut other = outgoing("housing", Some("TZ-1"), "o1", 5);
    other.body = b"other".to_vec();
    send(store, vec![other.clone(), other]).await;
    let due = all_due(store, 9, 10).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].outgoing, outgoing("housing", Some("TZ-1"), "o1", 1));
}

/// A timer settles without an inbox row, on case versions alone; the outcome of a row is ignored.
pub async fn timers_rest_on_case_versions(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = open_case(store, case("TZ-1", "key", 5)).await;
    let mut reminded = next_version(first);
    reminded.assignments[0].reminders = 1;
    reminded.assignments[0].check_at = Some(at(500));
    let mut told = entry(AuditAction::CaseReminded);
    told.case_number = Some(number("TZ-1"));
    let fires = Settlement { cases: vec![write(reminded.clone())], audit: vec![told], ..timer() };
    assert_eq!(store.settle(std::slice::from_ref(&fires)).await.unwrap(), [Settled::Applied]);
    assert_eq!(store.settle(&[fires]).await.unwrap(), [Settled::Conflict], "the same timer again");
    assert_eq!(store.assignments_due(at(499), 10).await.unwrap(), []);
    assert_eq!(actions_of_case(store, "TZ-1").await, [AuditAction::CaseReminded]);
    assert_eq!(store.case_list(&CaseFilter { limit: 9, ..CaseFilter::default() }).await.unwrap(), [reminded]);
}

/// Many callers at once: every row is settled once, whatever shares a commit.
pub async fn concurrent_settlements_apply_once(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let call = (0..50).map(|n| fixtures::delivery("police", &format!("m{n}"), b"x")).collect();
    store.inbox_accept(call).await.unwrap();
    let rows = store.inbox_lease(50, fixtures::LEASE_MS, at(0)).await.unwrap();
    let settle = |row: &xiezhi_model::message::InboxMessage| {
        let settlement = Settlement { trigger: trigger(row), ..done(row) };
        async move { store.settle(&[settlement]).await.unwrap()[0] }
    };
    let twice: Vec<_> = rows.iter().chain(rows.iter()).map(settle).collect();
    let outcomes = fixtures::all(twice).await;
    let applied = outcomes.iter().filter(|&&outcome| outcome == Settled::Applied).count();
    assert_eq!((applied, outcomes.len()), (50, 100));
    assert_eq!(verified(store).await, 100);
}
