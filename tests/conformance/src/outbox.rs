//! The outbox and T3: order per agency and case, retries, giving up, trying again.

use xiezhi_model::UtcTime;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::message::{Outgoing, PublishOutcome};
use xiezhi_ports::{PublishResult, Settled, Settlement, Store, Trigger};

use crate::Backend;
use crate::acts::{act, step};
use crate::fixtures::{actions_of_case, agency, all_due, at, id, outgoing, send, verified};

/// Of every agency for which something is due, at most `limit` each.
async fn due(store: &dyn Store, ms: i64, limit: usize) -> Vec<String> {
    let due = all_due(store, ms, limit).await;
    due.into_iter().map(|message| message.outgoing.id.to_string()).collect()
}

fn confirmed(message_id: &str) -> PublishResult {
    PublishResult { id: id(message_id), outcome: PublishOutcome::Confirmed, next_attempt_at: None }
}

fn retry(message_id: &str, next_attempt_at: Option<UtcTime>) -> PublishResult {
    let outcome = PublishOutcome::Retry { reason: "not reachable".into() };
    PublishResult { id: id(message_id), outcome, next_attempt_at }
}

fn refused(message_id: &str) -> PublishResult {
    let outcome = PublishOutcome::Refused { reason: "unknown receiver".into(), is_answered: false };
    PublishResult { id: id(message_id), outcome, next_attempt_at: Some(at(1)) }
}

async fn redrive(store: &dyn Store, message_id: &str, ms: i64) -> Settled {
    store.outbox_redrive(&id(message_id), "operator", None, at(ms)).await.unwrap()
}

/// Two agencies, two cases and a message without a case.
fn several() -> Vec<Outgoing> {
    vec![
        outgoing("housing", Some("TZ-1"), "h1", 1),
        outgoing("police", Some("TZ-1"), "p1", 2),
        outgoing("housing", Some("TZ-1"), "h2", 3),
        outgoing("housing", Some("TZ-2"), "h3", 4),
        outgoing("housing", None, "h4", 5),
    ]
}

/// Pending messages come oldest first, not before their time, limited; sent ones never again.
pub async fn due_messages_come_oldest_first(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, several()).await;
    assert_eq!(due(store, 9, 10).await, ["h1", "h2", "h3", "h4", "p1"]);
    assert_eq!(due(store, 9, 2).await, ["h1", "h2", "p1"]);
    assert_eq!(store.outbox_agencies(at(9)).await.unwrap(), [agency("housing"), agency("police")]);
    assert_eq!(store.outbox_agencies(at(-1)).await.unwrap(), [], "not before its time");
    assert_eq!(due(store, 9, 0).await, [] as [&str; 0]);
    store.outbox_record(vec![confirmed("h1"), confirmed("h4")], at(10)).await.unwrap();
    assert_eq!(due(store, 99, 10).await, ["h2", "h3", "p1"]);
    assert_eq!(store.counts().await.unwrap().outbox_pending, 3);
    assert_eq!(actions_of_case(store, "TZ-1").await, [AuditAction::OutgoingSent]);
    let ids = |found: Vec<xiezhi_model::MessageId>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(store.outbox_ids(&agency("housing"), 0, 10).await.unwrap()), ["h1", "h2", "h3", "h4"]);
    assert_eq!(ids(store.outbox_ids(&agency("housing"), 1, 2).await.unwrap()), ["h2", "h3"]);
    assert_eq!(ids(store.outbox_ids(&agency("fire"), 0, 10).await.unwrap()), [] as [&str; 0]);
    verified(store).await;
}

/// An answer ends after a few megabytes, but has at least one message; what is left out comes next, in order.
pub async fn an_answer_has_bounded_bytes(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let large = |id: &str| Outgoing { body: vec![b'x'; 3 << 20], ..outgoing("housing", Some("TZ-1"), id, 0) };
    send(store, ["h1", "h2", "h3"].map(large).to_vec()).await;
    assert_eq!(due(store, 9, 10).await, ["h1", "h2"]);
    store.outbox_record(vec![confirmed("h1"), confirmed("h2")], at(10)).await.unwrap();
    assert_eq!(due(store, 11, 10).await, ["h3"]);
}

/// While a message waits for its next attempt, later ones of the same agency and case wait too, and only they.
pub async fn retry_holds_back_its_case_only(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, several()).await;
    store.outbox_record(vec![retry("h1", Some(at(1_000)))], at(10)).await.unwrap();
    assert_eq!(due(store, 999, 10).await, ["h3", "h4", "p1"]);
    send(store, vec![outgoing("housing", Some("TZ-1"), "h5", 20)]).await;
    assert_eq!(due(store, 999, 10).await, ["h3", "h4", "p1"], "one decided later waits as well");
    assert_eq!(all_due(store, 1_000, 10).await.iter().filter(|m| m.attempts == 1).count(), 1);
    let all = due(store, 1_000, 10).await;
    assert_eq!(
        all.iter().filter(|id| ["h1", "h2", "h5"].contains(&id.as_str())).collect::<Vec<_>>(),
        ["h1", "h2", "h5"]
    );
    for limit in 1..=5 {
        let some = store.outbox_due(&agency("housing"), at(1_000), limit).await.unwrap();
        let some: Vec<_> = some.iter().map(|message| message.outgoing.id.as_str()).collect();
        assert_eq!(some, all[..limit], "a limit cuts off the end, never an earlier one");
    }
    store.outbox_record(vec![confirmed("h1")], at(1_001)).await.unwrap();
    assert_eq!(due(store, 1_001, 10).await, ["h3", "h4", "h2", "h5", "p1"]);
}

/// A later message whose own next attempt would come first still waits for the earlier one.
pub async fn retries_of_a_case_keep_their_order(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, several()).await;
    let results = vec![retry("h1", Some(at(1_000))), retry("h2", Some(at(500)))];
    store.outbox_record(results, at(10)).await.unwrap();
    assert_eq!(due(store, 999, 10).await, ["h3", "h4", "p1"]);
    assert_eq!(due(store, 1_000, 10).await, ["h3", "h4", "h1", "h2", "p1"]);
    // An answer to the later one alone, such as after a crash between the two.
    store.outbox_record(vec![retry("h2", Some(at(1_001)))], at(1_000)).await.unwrap();
    assert_eq!(due(store, 1_000, 10).await, ["h3", "h4", "h1", "p1"]);
}

/// The last attempt, or a refusal, makes a message dead; the case's later ones go on; a redrive puts it back in front.
pub async fn dead_messages_can_be_redriven(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, several()).await;
    assert_eq!(redrive(store, "h1", 9).await, Settled::AlreadyDone, "pending");
    assert_eq!(redrive(store, "none", 9).await, Settled::AlreadyDone, "not there");
    store.outbox_record(vec![retry("h1", Some(at(11)))], at(10)).await.unwrap();
    store.outbox_record(vec![retry("h1", None), refused("p1")], at(20)).await.unwrap();
    assert_eq!(due(store, 20, 10).await, ["h3", "h4", "h2"], "h2 was held back until 11");
    assert_eq!(store.counts().await.unwrap().outbox_dead, 2);

    store.outbox_record(vec![retry("h2", Some(at(50)))], at(21)).await.unwrap();
    assert_eq!(redrive(store, "h1", 60).await, Settled::Applied);
    assert_eq!(redrive(store, "h1", 60).await, Settled::AlreadyDone, "pending again");
    let again = all_due(store, 60, 10).await;
    let of_case: Vec<_> =
        again.iter().filter(|m| m.outgoing.agency == agency("housing") && m.outgoing.case_number.is_some()).collect();
    assert_eq!(of_case.iter().map(|m| m.outgoing.id.as_str()).collect::<Vec<_>>(), ["h3", "h1", "h2"]);
    assert_eq!(of_case[1].attempts, 0, "it gets as many attempts as a new one");
    let expected = [
        AuditAction::OutgoingRetried,
        AuditAction::OutgoingDead,
        AuditAction::OutgoingDead,
        AuditAction::OutgoingRetried,
        AuditAction::OutgoingRedriven,
    ];
    assert_eq!(actions_of_case(store, "TZ-1").await, expected);
    verified(store).await;
}

/// Giving a message up, and sending it again, is recorded together with what is written of that, or not at all.
pub async fn an_end_is_recorded_with_its_note(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, several()).await;
    let proposed = act("TZ-1", 1, 1);
    store.settle(&[step(proposed.clone(), AuditAction::ActProposed)]).await.unwrap();
    let note = |version| {
        let mut written = step(act("TZ-1", 1, version), AuditAction::ActDelivery);
        written.trigger = Trigger::Timer;
        written
    };
    let version = async || store.act_load(&proposed.id).await.unwrap().unwrap().version;
    let rows = verified(store).await;
    let conflict = store.outbox_give_up(retry("h1", None), &note(3), at(10)).await.unwrap();
    assert_eq!(conflict, Settled::Conflict, "the act is of another version");
    assert_eq!((verified(store).await, due(store, 9, 1).await[0].as_str(), version().await), (rows, "h1", 1));

    assert_eq!(store.outbox_give_up(retry("h1", None), &note(2), at(10)).await.unwrap(), Settled::Applied);
    assert_eq!((store.counts().await.unwrap().outbox_dead, version().await), (1, 2));
    let again = store.outbox_give_up(retry("h1", None), &note(3), at(10)).await.unwrap();
    assert_eq!((again, version().await), (Settled::AlreadyDone, 2), "it is not pending");

    let redrive =
        async |note: &Settlement| store.outbox_redrive(&id("h1"), "operator", Some(note), at(11)).await.unwrap();
    assert_eq!(redrive(&note(2)).await, Settled::Conflict);
    assert_eq!(store.counts().await.unwrap().outbox_dead, 1);
    assert_eq!(redrive(&note(3)).await, Settled::Applied);
    assert_eq!((redrive(&note(4)).await, version().await), (Settled::AlreadyDone, 3), "it is not dead");
    let expected = [
        AuditAction::ActProposed,
        AuditAction::ActDelivery,
        AuditAction::OutgoingDead,
        AuditAction::ActDelivery,
        AuditAction::OutgoingRedriven,
    ];
    assert_eq!(actions_of_case(store, "TZ-1").await, expected);
    verified(store).await;
}

/// Results for messages that are not pending change nothing.
pub async fn late_results_change_nothing(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    send(store, several()).await;
    store.outbox_record(vec![confirmed("h1"), refused("h2")], at(10)).await.unwrap();
    let rows = verified(store).await;
    let late = vec![confirmed("h1"), retry("h1", Some(at(9))), confirmed("h2"), retry("h2", None), confirmed("none")];
    store.outbox_record(late, at(11)).await.unwrap();
    store.outbox_record(Vec::new(), at(11)).await.unwrap();
    assert_eq!(verified(store).await, rows);
    assert_eq!(due(store, 99, 10).await, ["h3", "h4", "p1"]);
}

/// What T3 recorded is there after a restart.
pub async fn results_survive_a_restart(backend: &dyn Backend) {
    let opened = backend.open().await;
    send(opened.store.as_ref(), several()).await;
    let results = vec![confirmed("h1"), retry("p1", Some(at(500))), refused("h4")];
    opened.store.outbox_record(results, at(10)).await.unwrap();
    drop(opened);
    let store = backend.open().await.store;
    assert_eq!(due(store.as_ref(), 499, 10).await, ["h2", "h3"]);
    assert_eq!(due(store.as_ref(), 500, 10).await, ["h2", "h3", "p1"]);
    assert_eq!(redrive(store.as_ref(), "h4", 11).await, Settled::Applied);
    verified(store.as_ref()).await;
}
