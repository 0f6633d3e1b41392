//! What only the SQLite back end has: a file that others can write to, change, fill up or open at the same time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test fails by panicking, and its numbers are small"
)]

use std::path::PathBuf;

use rusqlite::types::{Type, Value};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use xiezhi_conformance::fixtures::{at, case, delivery, done, entry, leased, number, outgoing, timer, verified, write};
use xiezhi_conformance::random::Random;
use xiezhi_model::audit::{AuditAction, AuditBreak};
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::{AuditLog, Inbox, Settle, Settlement, StoreError, Transport};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

/// Messages taken and settled before the file is damaged.
const MESSAGES: usize = 20;

struct File {
    folder: TempDir,
}

impl File {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("xiezhi.db")
    }

    fn open(&self, settings: SqliteSettings) -> SqliteStore {
        SqliteStore::open(self.path(), settings).unwrap()
    }

    fn raw(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// A chain with rows of messages, rows of cases, and rows of both. Returns how many.
    async fn filled() -> (Self, i64) {
        let file = Self::new();
        let store = file.open(SqliteSettings::default());
        for n in 0..MESSAGES {
            let message = leased(&store, &format!("m{n}")).await;
            let case_number = format!("TZ-{n}");
            let mut of_case = entry(AuditAction::CaseOpened);
            of_case.case_number = Some(number(&case_number));
            let audit = vec![entry(AuditAction::MessageSettled), of_case.clone(), of_case];
            let cases = vec![write(case(&case_number, &case_number, 5))];
            store.settle(&[Settlement { cases, audit, ..done(&message) }]).await.unwrap();
        }
        let rows = verified(&store).await;
        (file, rows)
    }

    async fn broken(&self) -> Option<AuditBreak> {
        self.open(SqliteSettings::default()).audit_verify().await.unwrap().broken
    }
}

/// The same value with one bit of one byte changed.
fn flipped(value: Value, random: &mut Random) -> Value {
    let mut flip = |mut bytes: Vec<u8>| {
        let place = random.below(bytes.len());
        bytes[place] ^= 1 << random.below(7);
        bytes
    };
    match value {
        Value::Null => Value::Integer(1),
        Value::Integer(n) => Value::Integer(n ^ 1),
        Value::Text(text) => match String::from_utf8(flip(text.into_bytes())) {
            Ok(text) => Value::Text(text),
            Err(error) => Value::Blob(error.into_bytes()),
        },
        Value::Blob(bytes) => Value::Blob(flip(bytes)),
        Value::Real(n) => Value::Real(n),
    }
}

#[tokio::test]
async fn a_changed_byte_names_its_row() {
    let mut random = Random::seeded("a_changed_byte_names_its_row");
    let (file, rows) = File::filled().await;
    for column in ["at", "action", "case_number", "inbox_seq", "case_first", "inbox_first", "hash", "entry"] {
        let seq = random.below(rows as usize) as i64 + 1;
        let raw = file.raw();
        let select = format!("SELECT {column} FROM audit WHERE seq = ?1");
        let before: Value = raw.query_row(&select, [seq], |row| row.get(0)).unwrap();
        let after = flipped(before.clone(), &mut random);
        // The table is strict: bytes that are no text still have to be stored as one.
        let cast = if before.data_type() == Type::Text || column == "case_number" { "CAST(?2 AS TEXT)" } else { "?2" };
        let update = format!("UPDATE audit SET {column} = {cast} WHERE seq = ?1");
        assert_eq!(raw.execute(&update, params![seq, after]).unwrap(), 1, "{column} of {seq}");
        let broken = file.broken().await.unwrap_or_else(|| panic!("{column} of {seq} was changed"));
        assert_eq!(broken.seq, seq, "{column}: {}", broken.what);
        raw.execute(&update, params![seq, before]).unwrap();
        assert_eq!(file.broken().await, None, "{column} of {seq} is mended");
    }
}

#[tokio::test]
async fn missing_inserted_and_renumbered_rows_are_found() {
    let table = [
        ("the last row deleted", "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", 80),
        ("the last three deleted", "DELETE FROM audit WHERE seq > 77", 78),
        ("a middle row deleted", "DELETE FROM audit WHERE seq = 40", 40),
        ("the first row deleted", "DELETE FROM audit WHERE seq = 1", 1),
        ("everything deleted", "DELETE FROM audit", 1),
        (
            "one appended",
            "INSERT INTO audit SELECT 81, at, action, case_number, inbox_seq, 1, 1, hash, entry FROM audit WHERE seq = 5",
            81,
        ),
        (
            "one put in front",
            "INSERT INTO audit SELECT 0, at, action, case_number, inbox_seq, 1, 1, hash, entry FROM audit WHERE seq = 5",
            0,
        ),
        ("renumbered", "UPDATE audit SET seq = 99 WHERE seq = 40", 40),
        ("the head counts too few", "UPDATE audit_head SET rows = 79", 80),
        ("the head has another hash", "UPDATE audit_head SET hash = zeroblob(32)", 80),
        ("no head", "DELETE FROM audit_head", 80),
    ];
    for (what, sql, expected) in table {
        let (file, rows) = File::filled().await;
        assert_eq!(rows, 80);
        file.raw().execute(sql, []).unwrap();
        let report = file.broken().await;
        assert_eq!(report.map(|broken| broken.seq), Some(expected), "{what}");
    }
}

/// Two handles that know nothing of each other, as the daemon and the command line: the chain stays whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_file() {
    let file = File::new();
    let (first, second) = (file.open(SqliteSettings::default()), file.open(SqliteSettings::default()));
    for n in 0..30 {
        let (one, other) = (format!("a{n}"), format!("b{n}"));
        let (left, right) = tokio::join!(
            first.inbox_accept(vec![delivery("police", &one, b"1")]),
            second.inbox_accept(vec![delivery("police", &other, b"2")])
        );
        left.unwrap();
        right.unwrap();
    }
    assert_eq!(verified(&first).await, 60);
    assert_eq!(first.inbox_accept(vec![delivery("police", "b0", b"2")]).await.unwrap()[0].seq().0, {
        let filter = xiezhi_ports::InboxFilter {
            message_id: Some(xiezhi_conformance::fixtures::id("b0")),
            limit: 1,
            ..xiezhi_ports::InboxFilter::default()
        };
        second.inbox_list(&filter).await.unwrap()[0].seq.0
    });
}

/// A full disk answers nothing as done, loses nothing that was, and what is there can still be read.
#[tokio::test]
async fn a_full_disk_fails_the_call() {
    let file = File::new();
    let store = file.open(SqliteSettings { file_bytes_max: 1 << 20, ..SqliteSettings::default() });
    let body = vec![7; 100_000];
    let mut accepted = 0;
    let error = loop {
        match store.inbox_accept(vec![delivery("police", &format!("m{accepted}"), &body)]).await {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
        assert!(accepted < 100, "the limit holds");
    };
    assert!(matches!(error, StoreError::Failed(_)), "{error}");
    assert!(accepted > 3);
    assert_eq!(store.counts().await.unwrap().inbox_pending, accepted);
    drop(store);
    let store = file.open(SqliteSettings::default());
    assert_eq!(store.counts().await.unwrap().inbox_pending, accepted);
    assert_eq!(verified(&store).await, accepted as i64);
    store.inbox_accept(vec![delivery("police", "after", &body)]).await.unwrap();
}

/// While another process holds the write lock, a write is not available and can be tried again.
#[tokio::test]
async fn a_locked_file_is_not_available() {
    let file = File::new();
    let store = file.open(SqliteSettings { busy_ms: 10, ..SqliteSettings::default() });
    let raw = file.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.inbox_accept(vec![delivery("police", "a", b"1")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!(store.counts().await.unwrap().inbox_pending, 0, "reads go on");
    raw.execute_batch("ROLLBACK").unwrap();
    store.inbox_accept(vec![delivery("police", "a", b"1")]).await.unwrap();
}

/// A call that breaks a rule of the file costs itself; the calls that share its commit are applied.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_call_costs_itself() {
    let file = File::new();
    let store = file.open(SqliteSettings::default());
    file.raw().execute_batch("CREATE TRIGGER refuse BEFORE INSERT ON cases WHEN NEW.number = 'TZ-BAD' BEGIN SELECT RAISE(ABORT, 'no'); END").unwrap();
    let settle = |case_number: String| {
        let store = store.clone();
        async move {
            let cases = vec![write(case(&case_number, &case_number, 5))];
            store.settle(&[Settlement { cases, audit: vec![entry(AuditAction::CaseOpened)], ..timer() }]).await
        }
    };
    let names = (0..40).map(|n| if n == 17 { "TZ-BAD".to_owned() } else { format!("TZ-{n}") });
    let outcomes = xiezhi_conformance::fixtures::all(names.map(settle).collect()).await;
    let failed: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_err()).collect();
    assert!(matches!(failed[..], [Err(StoreError::Invalid(_))]), "{failed:?}");
    assert_eq!(verified(&store).await, 39);
}

/// A queue that is full answers `Retry` for its agency, keeps its order, and takes again when there is room.
#[tokio::test]
async fn a_full_queue_asks_for_a_retry() {
    use xiezhi_conformance::fixtures::{agency, id};
    use xiezhi_ports::Mailbox;
    let file = File::new();
    let store = file.open(SqliteSettings { queue_messages_max: 2, ..SqliteSettings::default() });
    let batch = ["a", "b", "c"].map(|name| outgoing("housing", None, name, 1));
    let outcomes = store.publish(&batch, at(1)).await.unwrap();
    assert_eq!(outcomes[..2], [PublishOutcome::Confirmed, PublishOutcome::Confirmed]);
    assert!(matches!(outcomes[2], PublishOutcome::Retry { .. }), "{outcomes:?}");
    let other = store.publish(&[outgoing("police", None, "p", 1)], at(1)).await.unwrap();
    assert_eq!(other, [PublishOutcome::Confirmed], "another agency's queue has room");
    let again = store.publish(&batch[..1], at(2)).await.unwrap();
    assert_eq!(again, [PublishOutcome::Confirmed], "what is held is held");
    store.mailbox_acknowledge(&agency("housing"), &[id("a")], at(3)).await.unwrap();
    assert_eq!(store.publish(&batch[2..], at(4)).await.unwrap(), [PublishOutcome::Confirmed]);
}

/// Closing answers what waits and refuses what comes later; reads go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_drains() {
    let file = File::new();
    let store = file.open(SqliteSettings::default());
    let calls: Vec<_> = (0..50)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.inbox_accept(vec![delivery("police", &format!("m{n}"), b"1")]).await })
        })
        .collect();
    let mut accepted = 0;
    for (n, call) in calls.into_iter().enumerate() {
        if n == 25 {
            store.close().await;
            store.close().await;
        }
        match call.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
    }
    assert!(accepted >= 25, "what was answered before");
    assert!(store.inbox_accept(vec![delivery("police", "late", b"1")]).await.is_err());
    assert_eq!(store.counts().await.unwrap().inbox_pending, accepted);
    drop(store);
    assert_eq!(file.open(SqliteSettings::default()).counts().await.unwrap().inbox_pending, accepted);
}
