//! From the gateway to an agency: content, order, repetition, what is handed out and what comes again.

use std::collections::HashSet;
use std::time::Duration;

use xiezhi_model::message::{Outgoing, PublishOutcome};

use crate::fixtures::{at, many, outgoing};
use crate::ledger::Ledger;
use crate::link::{AgencySide, GatewaySide, Got, LIMIT, LinkBackend, Repeats};

/// Publishes a batch that the transport takes as a whole.
async fn publish(gateway: &dyn GatewaySide, batch: &[Outgoing]) {
    let outcomes = gateway.transport().publish(batch, at(0)).await.unwrap();
    assert_eq!(outcomes, vec![PublishOutcome::Confirmed; batch.len()]);
}

/// Publishes until everything is taken, as the relay does; says how many tries of a message failed.
async fn publish_until_taken(gateway: &dyn GatewaySide, batch: &[Outgoing]) -> usize {
    let mut left = batch.to_vec();
    let mut failures = 0;
    let begin = tokio::time::Instant::now();
    while !left.is_empty() {
        assert!(begin.elapsed() < LIMIT, "{} messages are not taken", left.len());
        let outcomes = gateway.transport().publish(&left, at(0)).await.unwrap();
        let mut outcomes = outcomes.into_iter();
        left.retain(|_| outcomes.next() != Some(PublishOutcome::Confirmed));
        failures += left.len();
    }
    failures
}

/// Exactly as many as wanted.
async fn take(agency: &mut dyn AgencySide, count: usize) -> Vec<Got> {
    let mut got = Vec::new();
    while got.len() < count {
        let more = agency.receive(count - got.len(), LIMIT).await;
        assert!(!more.is_empty(), "{} of {count} came: {:?}", got.len(), ids(&got));
        got.extend(more);
    }
    got
}

fn ids(got: &[Got]) -> Vec<&str> {
    got.iter().map(|got| got.id.as_str()).collect()
}

/// Bytes and properties arrive as they were given, whatever the bytes are.
pub async fn content_and_properties_are_preserved(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let mut housing = backend.join("housing").await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let table: [(&str, &str, Option<&str>, Vec<u8>); 6] = [
        ("assignment", "application/xml; charset=GB18030", Some("TZ-2026-0001"), "失联".as_bytes().to_vec()),
        ("receipt", "application/xml; charset=GB18030", None, vec![0xca, 0xa7, 0xc1, 0xaa, 0x81, 0x30, 0x81, 0x30]),
        ("reply", "application/octet-stream", Some("TZ-2"), b"\0\0##0102ST=91\r\n\0".to_vec()),
        ("notice", "text/csv; header=present", Some("TZ-3"), every_byte),
        ("publication", "application/json", Some("TZ-4"), vec![b'x'; 1 << 20]),
        ("recall", "text/plain", None, vec![0]),
    ];
    let batch: Vec<Outgoing> = table
        .into_iter()
        .enumerate()
        .map(|(n, (kind, content_type, case_number, body))| Outgoing {
            kind: kind.into(),
            content_type: content_type.into(),
            body,
            ..outgoing("housing", case_number, &format!("xz-{n}"), 1)
        })
        .collect();
    publish(gateway.as_ref(), &batch).await;
    let got = take(housing.as_mut(), batch.len()).await;
    for message in &batch {
        let got = got.iter().find(|got| got.id == message.id.as_str()).expect("it came");
        let number = message.case_number.as_ref().map(|number| number.as_str());
        assert_eq!(got.case_number.as_deref(), number);
        assert_eq!((&got.kind, &got.content_type), (&message.kind, &message.content_type));
        assert!(got.body == message.body, "the bytes of {} have changed", got.id);
        assert!(!got.again);
    }
    housing.acknowledge(&got).await;
}

/// One outcome per message, in the order of the batch, over several agencies; an empty batch has none.
pub async fn outcomes_stand_in_the_order_of_the_batch(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let batch = [
        outgoing("housing", Some("TZ-1"), "o1", 1),
        outgoing("police", None, "o2", 1),
        outgoing("housing", Some("TZ-1"), "o3", 1),
    ];
    publish(gateway.as_ref(), &batch).await;
    assert_eq!(gateway.transport().publish(&[], at(0)).await.unwrap(), []);
    let mut housing = backend.join("housing").await;
    let mut police = backend.join("police").await;
    assert_eq!(ids(&take(housing.as_mut(), 2).await), ["o1", "o3"]);
    assert_eq!(ids(&take(police.as_mut(), 1).await), ["o2"]);
}

/// The messages of each case arrive in the order in which they were published, over several batches.
pub async fn cases_keep_their_order(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let mut housing = backend.join("housing").await;
    let messages = many("housing", 240, 7);
    for batch in messages.chunks(32) {
        publish(gateway.as_ref(), batch).await;
    }
    let mut ledger = Ledger::default();
    while ledger.len() < messages.len() {
        let got = take(housing.as_mut(), 20).await;
        got.iter().for_each(|got| assert!(ledger.note(got), "{} came twice", got.id));
        housing.acknowledge(&got).await;
    }
    ledger.check(&messages);
}

/// A full queue takes no more than what it has room for; of a case only the first ones, so that none overtakes. When the agency
/// has taken what was there, the rest goes, in order.
pub async fn a_full_queue_refuses_and_no_message_overtakes(backend: &dyn LinkBackend) {
    backend.limit_queues(10);
    let gateway = backend.open().await;
    let messages = many("housing", 120, 3);
    let outcomes = gateway.transport().publish(&messages, at(0)).await.unwrap();
    let taken = |n: usize| outcomes[n] == PublishOutcome::Confirmed;
    assert!(outcomes.iter().any(|outcome| matches!(outcome, PublishOutcome::Retry { .. })), "nothing was refused");
    assert!((0..messages.len()).any(taken), "nothing was taken");
    for (n, outcome) in outcomes.iter().enumerate() {
        assert!(!matches!(outcome, PublishOutcome::Refused { .. }), "a full queue is no reason to give up");
        assert!(n < 3 || !taken(n) || taken(n - 3), "message {n} overtook the one before it in its case");
    }
    let refused: Vec<Outgoing> = (0..messages.len()).filter(|&n| !taken(n)).map(|n| messages[n].clone()).collect();
    let mut housing = backend.join("housing").await;
    let mut ledger = Ledger::default();
    let reading = async {
        while ledger.len() < messages.len() {
            let got = housing.receive(1, LIMIT).await;
            assert!(!got.is_empty(), "{} of {} came", ledger.len(), messages.len());
            got.iter().for_each(|got| _ = ledger.note(got));
            housing.acknowledge(&got).await;
        }
    };
    tokio::join!(reading, publish_until_taken(gateway.as_ref(), &refused));
    ledger.check(&messages);
}

/// What is given back, and what was out when the reader left, comes again and says so; what was acknowledged does not.
pub async fn what_is_not_acknowledged_comes_again(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let mut housing = backend.join("housing").await;
    publish(gateway.as_ref(), &many("housing", 6, 1)).await;
    let got = take(housing.as_mut(), 4).await;
    assert!(got.iter().all(|got| !got.again));
    housing.acknowledge(&got[..1]).await;
    housing.give_back_all().await;
    let got = take(housing.as_mut(), 5).await;
    let set: HashSet<&str> = ids(&got).into_iter().collect();
    assert_eq!(set, HashSet::from(["housing-1", "housing-2", "housing-3", "housing-4", "housing-5"]));
    for got in &got {
        let was_out = ["housing-1", "housing-2", "housing-3"].contains(&got.id.as_str());
        assert!(got.again || !was_out, "{} does not say that it was out", got.id);
    }
    housing.acknowledge(&got[..2]).await;
    housing.leave().await;
    let mut housing = backend.join("housing").await;
    let again = take(housing.as_mut(), 3).await;
    assert_eq!(ids(&again), ids(&got[2..]), "in the same order");
    assert!(again.iter().all(|got| got.again));
}

/// What is out and not acknowledged is not handed out a second time: the next message to come is a new one.
pub async fn nothing_comes_twice_while_unacknowledged(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let mut housing = backend.join("housing").await;
    let mut messages = many("housing", 20, 20);
    messages.push(outgoing("housing", None, "last", 1));
    publish(gateway.as_ref(), &messages[..20]).await;
    let out = take(housing.as_mut(), 20).await;
    publish(gateway.as_ref(), &messages[20..]).await;
    assert_eq!(ids(&take(housing.as_mut(), 1).await), ["last"]);
    // All are still its own: none of them can be had by another reader.
    let mut other = backend.join("housing").await;
    publish(gateway.as_ref(), &[outgoing("housing", None, "after", 1)]).await;
    let after = tokio::select! {
        got = housing.receive(1, LIMIT) => got,
        got = other.receive(1, LIMIT) => got,
    };
    assert_eq!(ids(&after), ["after"]);
    housing.acknowledge(&out).await;
}

/// Several readers of one queue get each message once between them.
pub async fn several_readers_share_a_queue(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let messages = many("housing", 300, 40);
    let mut readers = Vec::new();
    for _ in 0..3 {
        readers.push(backend.join("housing").await);
    }
    let count = std::sync::atomic::AtomicUsize::new(0);
    let reading = readers.iter_mut().map(|reader| {
        let (count, most) = (&count, messages.len());
        async move {
            let mut mine = Vec::new();
            let begin = tokio::time::Instant::now();
            while count.load(std::sync::atomic::Ordering::SeqCst) < most && begin.elapsed() < LIMIT {
                let got = reader.receive(5, Duration::from_millis(100)).await;
                reader.acknowledge(&got).await;
                count.fetch_add(got.len(), std::sync::atomic::Ordering::SeqCst);
                mine.extend(got);
            }
            mine
        }
    });
    let publishing = async {
        for batch in messages.chunks(50) {
            publish(gateway.as_ref(), batch).await;
        }
    };
    let (shares, ()) = tokio::join!(crate::fixtures::all(reading.collect()), publishing);
    let came: Vec<&str> = shares.iter().flat_map(|share| ids(share)).collect();
    let different: HashSet<&str> = came.iter().copied().collect();
    assert_eq!((came.len(), different.len()), (messages.len(), messages.len()), "lost or doubled");
}

/// Each agency gets its own messages only, even under the same id.
pub async fn agencies_are_kept_apart(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let batch = [
        outgoing("housing", Some("TZ-1"), "same", 1),
        outgoing("police", Some("TZ-1"), "same", 1),
        outgoing("police", Some("TZ-1"), "own", 1),
        outgoing("housing", None, "last", 1),
        outgoing("police", None, "last", 1),
        outgoing("fire", None, "last", 1),
    ];
    publish(gateway.as_ref(), &batch).await;
    for (name, expected) in
        [("fire", vec!["last"]), ("housing", vec!["same", "last"]), ("police", vec!["same", "own", "last"])]
    {
        let mut agency = backend.join(name).await;
        let got = take(agency.as_mut(), expected.len()).await;
        assert_eq!(ids(&got).into_iter().collect::<HashSet<_>>(), expected.into_iter().collect());
        assert!(got.iter().filter(|got| got.id == "same").all(|got| String::from_utf8_lossy(&got.body).contains(name)));
        agency.acknowledge(&got).await;
        assert_eq!(agency.receive(1, Duration::from_millis(100)).await, [], "{name} gets what is another's");
    }
}

/// What a publish of an id again does is what the transport promises: nothing, or the same message under the same id.
pub async fn an_id_published_again_is_as_promised(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let mut housing = backend.join("housing").await;
    let message = outgoing("housing", Some("TZ-1"), "o1", 1);
    publish(gateway.as_ref(), std::slice::from_ref(&message)).await;
    publish(gateway.as_ref(), std::slice::from_ref(&message)).await;
    publish(gateway.as_ref(), &[outgoing("housing", None, "end-1", 1)]).await;
    let copies = match backend.repeats() {
        Repeats::Absorbed => 1,
        Repeats::Delivered => 2,
    };
    let mut expected = vec!["o1"; copies];
    expected.push("end-1");
    let got = take(housing.as_mut(), expected.len()).await;
    assert_eq!(ids(&got), expected);
    assert!(got.iter().filter(|got| got.id == "o1").all(|got| got.body == message.body));
    housing.acknowledge(&got).await;
    // After the agency took it, too.
    publish(gateway.as_ref(), &[message, outgoing("housing", None, "end-2", 1)]).await;
    let got = take(housing.as_mut(), copies).await;
    assert_eq!(got.last().map(|got| got.id.as_str()), Some("end-2"));
    assert!(got[..copies - 1].iter().all(|got| got.id == "o1"));
}

/// What was confirmed is there after the gateway's restart, in order or killed.
pub async fn confirmed_messages_survive_a_restart(backend: &dyn LinkBackend) {
    let messages = many("housing", 30, 4);
    let gateway = backend.open().await;
    publish(gateway.as_ref(), &messages[..10]).await;
    gateway.close().await;
    let gateway = backend.open().await;
    publish(gateway.as_ref(), &messages[10..20]).await;
    gateway.abandon().await;
    let gateway = backend.open().await;
    publish(gateway.as_ref(), &messages[20..]).await;
    let mut housing = backend.join("housing").await;
    let mut ledger = Ledger::default();
    for got in take(housing.as_mut(), messages.len()).await {
        ledger.note(&got);
    }
    ledger.check(&messages);
    assert_eq!(ledger.duplicates(), 0);
}
