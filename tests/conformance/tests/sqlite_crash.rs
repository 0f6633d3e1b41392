//! A process that dies just before or just after each commit: doing the work again gives the same result, once.
//!
//! The test starts itself as a child that runs to a crash point of the store and aborts there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use xiezhi_conformance::fixtures::{
    LEASE_MS, agency, all_due, at, case, delivery, done, entry, number, outgoing, write,
};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::{AuditLog, Cases, Inbox, Mailbox, Outbox, PublishResult, Settle, Settlement, Transport};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

/// Tells the child which file to work on.
const FILE: &str = "XIEZHI_CRASH_TEST_FILE";

/// Messages that a whole run takes, each through T1, T2, publish and T3.
const MESSAGES: [&str; 3] = ["m1", "m2", "m3"];

/// Every place where the process may die.
const POINTS: [&str; 8] = [
    "t1-before-commit",
    "t1-after-commit",
    "t2-before-commit",
    "t2-after-commit",
    "publish-before-commit",
    "publish-after-commit",
    "t3-before-commit",
    "t3-after-commit",
];

/// Everything a sender, a worker and the relay do, as often as it takes: safe to begin again anywhere.
async fn work(path: &Path) {
    let store = SqliteStore::open(path, SqliteSettings::default()).unwrap();
    for name in MESSAGES {
        store.inbox_accept(vec![delivery("police", name, name.as_bytes())]).await.unwrap();
        for message in store.inbox_lease(10, LEASE_MS, at(0)).await.unwrap() {
            let case_number = format!("TZ-{}", message.message_id);
            let mut opened = entry(AuditAction::CaseOpened);
            opened.case_number = Some(number(&case_number));
            let settlement = Settlement {
                cases: vec![write(case(&case_number, &case_number, 5))],
                outgoing: vec![outgoing("housing", Some(&case_number), &format!("out-{}", message.message_id), 1)],
                audit: vec![entry(AuditAction::MessageSettled), opened],
                ..done(&message)
            };
            store.settle(&[settlement]).await.unwrap();
        }
        for due in all_due(&store, 9, 10).await {
            let outcomes = store.publish(std::slice::from_ref(&due.outgoing), at(9)).await.unwrap();
            assert_eq!(outcomes, [PublishOutcome::Confirmed]);
            let sent = PublishResult { id: due.outgoing.id, outcome: PublishOutcome::Confirmed, next_attempt_at: None };
            store.outbox_record(vec![sent], at(10)).await.unwrap();
        }
    }
}

/// The child's side; nothing when run as a test by itself.
#[tokio::test]
async fn child() {
    if let Ok(file) = std::env::var(FILE) {
        work(Path::new(&file)).await;
    }
}

#[tokio::test]
async fn work_begun_again_after_a_crash_is_done_once() {
    for point in POINTS {
        for nth in 1..=MESSAGES.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("xiezhi.db");
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child", "--test-threads=1"])
                .env(FILE, &path)
                .env("XIEZHI_CRASH_POINT", format!("{point}:{nth}"))
                .output()
                .unwrap()
                .status;
            assert!(!status.success(), "{point}:{nth} was reached");
            work(&path).await;

            let store = SqliteStore::open(&path, SqliteSettings::default()).unwrap();
            let ids = store.outbox_ids(&agency("housing"), 0, 10).await.unwrap();
            assert_eq!(ids.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["out-m1", "out-m2", "out-m3"]);
            let queued = store.mailbox_read(&agency("housing"), 10, LEASE_MS, at(11)).await.unwrap();
            assert_eq!(queued.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["out-m1", "out-m2", "out-m3"]);
            for name in MESSAGES {
                let version = store.case_load(&number(&format!("TZ-{name}"))).await.unwrap().map(|case| case.version);
                assert_eq!(version, Some(1), "{point}:{nth} {name}");
            }
            // Received, settled, opened, sent: four rows each, none twice.
            let report = store.audit_verify().await.unwrap();
            assert_eq!((report.rows, report.broken), (12, None), "{point}:{nth}");
            let counts = store.counts().await.unwrap();
            assert_eq!((counts.inbox_pending, counts.outbox_pending, counts.queued), (0, 0, 3), "{point}:{nth}");
        }
    }
}
