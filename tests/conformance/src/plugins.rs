//! Plugins in use: quarantine holds and releases, activations and trial runs are kept.

use xiezhi_model::audit::AuditAction;
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::message::{InboxStatus, Intake};
use xiezhi_model::plugin_state::{ActivePlugin, Quarantine, RefusedPlugin, ShadowRun};
use xiezhi_model::{Digest, InboxSeq};
use xiezhi_ports::{InboxOutcome, Settled, Settlement, Store};

use crate::Backend;
use crate::fixtures::{
    actions_of_message, agency, at, delivery, done, lease_of, leased, leased_from, part, settlement, trigger, verified,
};

fn quarantine(ms: i64) -> Quarantine {
    Quarantine {
        agency: agency("police"),
        plugin_digest: Digest::of(b"broken"),
        fault_code: code::PLUGIN_TIMEOUT.to_owned(),
        since: at(ms),
    }
}

async fn accept(store: &dyn Store, from: &str, message_id: &str) -> InboxSeq {
    let intake = store.inbox_accept(vec![delivery(from, message_id, message_id.as_bytes())]).await.unwrap();
    assert!(matches!(intake[0], Intake::Accepted(_)));
    intake[0].seq()
}

async fn status(store: &dyn Store, seq: InboxSeq) -> InboxStatus {
    store.inbox_show(seq).await.unwrap().unwrap().0.status
}

/// A message of `police` that its plugin failed on.
async fn failed(store: &dyn Store, message_id: &str) -> InboxSeq {
    let message = leased(store, message_id).await;
    let dead = settlement(trigger(&message), InboxOutcome::Dead(Fault::new(code::PLUGIN_TIMEOUT, "超时")));
    assert_eq!(store.settle(&[dead]).await.unwrap(), [Settled::Applied]);
    message.seq
}

/// Pending rows, rows that come later and the rows that failed are held; other agencies' rows are not.
pub async fn a_quarantine_holds_what_comes_and_what_failed(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let dead = failed(store, "m1").await;
    let in_work = leased(store, "m2").await;
    let pending = accept(store, "police", "m3").await;
    let foreign = accept(store, "housing", "m4").await;

    assert!(store.quarantine_begin(&quarantine(5), &[dead, InboxSeq(99)]).await.unwrap());
    assert!(!store.quarantine_begin(&quarantine(6), &[]).await.unwrap(), "it is in quarantine already");
    assert_eq!(store.quarantines().await.unwrap(), [quarantine(5)]);
    let later = accept(store, "police", "m5").await;
    for seq in [dead, in_work.seq, pending, later] {
        assert_eq!(status(store, seq).await, InboxStatus::Held, "{seq:?}");
    }
    let leasable = store.inbox_lease(10, 1_000, at(999_999)).await.unwrap();
    assert_eq!(leasable.iter().map(|message| message.seq).collect::<Vec<_>>(), [foreign]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.inbox_held, counts.inbox_dead, counts.inbox_pending), (4, 0, 1));
    assert_eq!(store.settle(&[done(&in_work)]).await.unwrap(), [Settled::AlreadyDone], "what was in work is held too");
    assert_eq!(
        actions_of_message(store, dead).await,
        [AuditAction::MessageReceived, AuditAction::MessageDead, AuditAction::MessageRedriven]
    );
    verified(store).await;
}

/// After the end everything that was held is leased again, oldest first.
pub async fn ending_it_lets_everything_go_on(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    assert!(!store.quarantine_end(&agency("police"), "operator", "x", at(1)).await.unwrap(), "there is none");
    let dead = failed(store, "m1").await;
    assert!(store.quarantine_begin(&quarantine(5), &[dead]).await.unwrap());
    let later = accept(store, "police", "m2").await;
    assert!(store.quarantine_end(&agency("police"), "operator", "换用新版本", at(9)).await.unwrap());
    assert_eq!(store.quarantines().await.unwrap(), []);
    let leased = store.inbox_lease(10, 1_000, at(999_999)).await.unwrap();
    assert_eq!(
        leased.iter().map(|message| (message.seq, message.redrives)).collect::<Vec<_>>(),
        [(dead, 1), (later, 0)]
    );
    assert_eq!(store.settle(&[done(&leased[0])]).await.unwrap(), [Settled::Applied]);
    verified(store).await;
}

/// Parts do not expire while their siblings cannot be read, and afterwards have as long as they had.
pub async fn parts_get_the_time_of_a_quarantine_on_top(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let message = leased(store, "m1").await;
    let waits =
        Settlement { parts: vec![part("k", 1, 2, 1_000)], ..settlement(trigger(&message), InboxOutcome::Waiting) };
    assert_eq!(store.settle(&[waits]).await.unwrap(), [Settled::Applied]);
    assert!(store.quarantine_begin(&quarantine(500), &[]).await.unwrap());
    assert_eq!(store.parts_expire(at(5_000), 10).await.unwrap(), []);
    assert!(store.quarantine_end(&agency("police"), "operator", "x", at(5_500)).await.unwrap());
    assert_eq!(store.parts_expire(at(6_000), 10).await.unwrap(), [], "1001 ms and the 5000 of the quarantine");
    assert_eq!(store.parts_expire(at(6_001), 10).await.unwrap(), [message.seq]);
}

/// An operator's redrive of a dead message waits with the others.
pub async fn a_redrive_in_quarantine_is_held(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let dead = failed(store, "m1").await;
    assert!(store.quarantine_begin(&quarantine(5), &[]).await.unwrap());
    assert_eq!(status(store, dead).await, InboxStatus::Dead, "it was not named");
    assert!(store.inbox_redrive(dead, "operator", at(6)).await.unwrap());
    assert_eq!(status(store, dead).await, InboxStatus::Held);
    let foreign = leased_from(store, "housing", "m2").await;
    assert_eq!(store.settle(&[done(&foreign)]).await.unwrap(), [Settled::Applied]);
    assert!(store.quarantine_end(&agency("police"), "operator", "x", at(7)).await.unwrap());
    assert_eq!(lease_of(store, dead).await.redrives, 1);
}

/// The same plugin activated again writes nothing; a refused one leaves the active one.
pub async fn activations_are_recorded_once(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let active = |version: &str, ms| ActivePlugin {
        agency: agency("police"),
        plugin_digest: Digest::of(version.as_bytes()),
        version: version.to_owned(),
        since: at(ms),
    };
    assert!(store.plugin_activated(&active("1.0.0", 1)).await.unwrap());
    assert!(!store.plugin_activated(&active("1.0.0", 2)).await.unwrap(), "after a restart");
    assert!(store.plugin_activated(&active("1.1.0", 3)).await.unwrap());
    let refused = |digest: &[u8], ms| RefusedPlugin {
        agency: agency("police"),
        plugin_digest: Digest::of(digest),
        code: "admission.import".to_owned(),
        text: "imports wasi".to_owned(),
        at: at(ms),
    };
    store.plugin_refused(&refused(b"bad", 4)).await.unwrap();
    store.plugin_refused(&refused(b"worse", 5)).await.unwrap();
    assert_eq!(store.plugins_active().await.unwrap(), [active("1.1.0", 3)]);
    assert_eq!(store.plugins_refused().await.unwrap(), [refused(b"worse", 5)]);
    assert!(store.plugin_activated(&active("1.2.0", 6)).await.unwrap());
    assert_eq!(store.plugins_refused().await.unwrap(), [], "another one runs");
    let report = store.audit_verify().await.unwrap();
    assert_eq!(report.rows, 5);
    verified(store).await;
}

/// Of several trials of a candidate the newest counts, per agency.
pub async fn the_newest_trial_is_found(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let run = |from: &str, differing, ms| ShadowRun {
        agency: agency(from),
        candidate: Digest::of(b"new"),
        baseline: Digest::of(b"old"),
        messages: 10,
        differing,
        at: at(ms),
    };
    for run in [run("police", 3, 1), run("police", 0, 2), run("housing", 7, 3)] {
        store.shadow_record(&run).await.unwrap();
    }
    let latest = async |candidate: &[u8]| store.shadow_latest(&agency("police"), Digest::of(candidate)).await.unwrap();
    assert_eq!(latest(b"new").await, Some(run("police", 0, 2)));
    assert_eq!(latest(b"other").await, None);
}

/// A quarantine outlives the process.
pub async fn quarantines_survive_a_restart(backend: &dyn Backend) {
    let opened = backend.open().await;
    assert!(opened.store.quarantine_begin(&quarantine(5), &[]).await.unwrap());
    drop(opened);
    let store = backend.open().await.store;
    assert_eq!(store.quarantines().await.unwrap(), [quarantine(5)]);
    let seq = accept(store.as_ref(), "police", "m1").await;
    assert_eq!(status(store.as_ref(), seq).await, InboxStatus::Held);
}
