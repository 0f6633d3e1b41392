//! What publication to the credit system asks of the store: its decided acts, what was under way when the process began, whose
//! message a receipt names, and what reconciliations found.

use xiezhi_model::act::{ActKind, ActStatus, LegalAct};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::message::PublishOutcome;
use xiezhi_model::reconciliation::{Difference, DifferenceKind, FieldDifference, Reconciliation};
use xiezhi_ports::{PublishResult, Store};

use crate::Backend;
use crate::acts::{act, step};
use crate::fixtures::{agency, at, id, number, outgoing, send, verified};

async fn published(store: &dyn Store, after: Option<&LegalAct>, limit: usize) -> Vec<String> {
    let acts = store.acts_published(after.map(|act| &act.id), limit).await.unwrap();
    acts.into_iter().map(|act| act.id.to_string()).collect()
}

/// Decided listings, removals and corrections, by their numbers, page by page; nothing that is not decided or goes elsewhere.
pub async fn decided_entries_are_read_in_pages(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let decided = |case: &str, nth, kind| LegalAct { kind, status: ActStatus::Decided, ..act(case, nth, 1) };
    let listing = decided("TZ-2", 1, ActKind::ListIn);
    let acts = [
        listing.clone(),
        decided("TZ-1", 2, ActKind::ListOut),
        act("TZ-1", 3, 1),
        LegalAct { status: ActStatus::Refused, ..act("TZ-1", 4, 1) },
        decided("TZ-1", 5, ActKind::JointPunishment),
        decided("TZ-1", 1, ActKind::Correction),
    ];
    for act in acts {
        store.settle(&[step(act, AuditAction::ActDecided)]).await.unwrap();
    }
    assert_eq!(published(store, None, 10).await, ["TZ-1/A1", "TZ-1/A2", "TZ-2/A1"]);
    assert_eq!(published(store, None, 2).await, ["TZ-1/A1", "TZ-1/A2"]);
    assert_eq!(published(store, Some(&decided("TZ-1", 2, ActKind::ListOut)), 2).await, ["TZ-2/A1"]);
    assert_eq!(published(store, Some(&listing), 2).await, [] as [&str; 0]);
    assert_eq!(published(store, None, 0).await, [] as [&str; 0]);
}

/// Of what is pending for one agency the newest, whatever waits for its next attempt; nothing of what was taken.
pub async fn the_newest_pending_message_is_known(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    assert_eq!(store.outbox_newest(&agency("housing")).await.unwrap(), None);
    let messages = [("housing", "h1", 5), ("housing", "h2", 9), ("housing", "h3", 7), ("police", "p1", 20)];
    send(store, messages.map(|(to, id, ms)| outgoing(to, Some("TZ-1"), id, ms)).to_vec()).await;
    assert_eq!(store.outbox_newest(&agency("housing")).await.unwrap(), Some(at(9)));
    let result = |text: &str, outcome, next_attempt_at| PublishResult { id: id(text), outcome, next_attempt_at };
    let retried = result("h3", PublishOutcome::Retry { reason: "later".to_owned() }, Some(at(1_000)));
    store.outbox_record(vec![result("h2", PublishOutcome::Confirmed, None), retried], at(30)).await.unwrap();
    assert_eq!(store.outbox_newest(&agency("housing")).await.unwrap(), Some(at(7)));
    for message in ["h1", "h3"] {
        store.outbox_record(vec![result(message, PublishOutcome::Confirmed, None)], at(31)).await.unwrap();
    }
    assert_eq!(store.outbox_newest(&agency("housing")).await.unwrap(), None);
    assert_eq!(store.outbox_newest(&agency("police")).await.unwrap(), Some(at(20)));
}

/// A receipt names a message: its case is found, also long after it was taken.
pub async fn a_message_s_case_is_found(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, vec![outgoing("housing", Some("TZ-1"), "h1", 1), outgoing("housing", None, "h2", 2)]).await;
    let taken = PublishResult { id: id("h1"), outcome: PublishOutcome::Confirmed, next_attempt_at: None };
    store.outbox_record(vec![taken], at(3)).await.unwrap();
    assert_eq!(store.outbox_case(&id("h1")).await.unwrap(), Some(number("TZ-1")));
    assert_eq!(store.outbox_case(&id("h2")).await.unwrap(), None, "of no case");
    assert_eq!(store.outbox_case(&id("h9")).await.unwrap(), None, "not there");
}

/// Each is kept with its row of history, whole, and outlives the process.
pub async fn reconciliations_are_kept(backend: &dyn Backend) {
    let found = |ms, differences| Reconciliation {
        at: at(ms),
        entries_here: 2,
        entries_there: 1,
        alike: 1,
        under_way: 3,
        refused: 4,
        unreadable: vec!["第3行".to_owned()],
        differences,
    };
    let difference = Difference {
        entry: "E1".to_owned(),
        kind: DifferenceKind::Different,
        act: Some(act("TZ-1", 1, 1).id),
        fields: vec![FieldDifference { field: "EntName".to_owned(), here: "甲".to_owned(), there: String::new() }],
        proposal: "核对后更正".to_owned(),
    };
    let (first, second) = (found(1, vec![difference]), found(2, Vec::new()));
    {
        let store = backend.open().await.store;
        assert_eq!(store.reconciliations(10).await.unwrap(), []);
        for found in [&first, &second] {
            let entry = AuditEntry::new(found.at, AuditAction::CreditReconciled, "gateway", found.to_chinese());
            store.reconciliation_save(found, &entry).await.unwrap();
        }
    }
    let store = backend.open().await.store;
    assert_eq!(store.reconciliations(10).await.unwrap(), [second.clone(), first]);
    assert_eq!(store.reconciliations(1).await.unwrap(), [second]);
    assert_eq!(verified(store.as_ref()).await, 2);
}
