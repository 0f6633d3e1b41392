//! Readers that leave and gateways that end while messages are under way: everything is accounted for afterwards.

use std::collections::HashSet;
use std::time::Duration;

use xiezhi_model::message::{Outgoing, PublishOutcome};

use crate::fixtures::{at, many};
use crate::incoming::inbox;
use crate::ledger::Ledger;
use crate::link::{AgencySide, GatewaySide, LIMIT, LOOK_EVERY, Letter, LinkBackend, Sent};

/// How a gateway ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Close,
    Abandon,
}

async fn end(gateway: Box<dyn GatewaySide>, how: End) {
    match how {
        End::Close => gateway.close().await,
        End::Abandon => gateway.abandon().await,
    }
}

/// Publishes in batches; what has no word of being taken stays in `left`, also when this is dropped.
async fn publish(gateway: &dyn GatewaySide, left: &std::sync::Mutex<Vec<Outgoing>>) {
    let transport = gateway.transport();
    let begin = tokio::time::Instant::now();
    loop {
        let batch: Vec<Outgoing> = left.lock().unwrap().iter().take(25).cloned().collect();
        if batch.is_empty() {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "{} messages are not taken", left.lock().unwrap().len());
        // A call that failed says of no message that it was taken.
        let outcomes = transport.publish(&batch, at(0)).await.unwrap_or_default();
        let confirmed: HashSet<&str> = batch
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| **outcome == PublishOutcome::Confirmed)
            .map(|(message, _)| message.id.as_str())
            .collect();
        left.lock().unwrap().retain(|message| !confirmed.contains(message.id.as_str()));
        if confirmed.len() < batch.len() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Reads until the ledger has as many as wanted.
async fn read(agency: &mut dyn AgencySide, ledger: &mut Ledger, wanted: usize) {
    let begin = tokio::time::Instant::now();
    while ledger.len() < wanted {
        assert!(begin.elapsed() < LIMIT, "{} of {wanted} came", ledger.len());
        let got = agency.receive(10, Duration::from_millis(200)).await;
        for got in &got {
            ledger.note(got);
        }
        agency.acknowledge(&got).await;
    }
}

/// A reader that leaves in the middle, again and again, misses nothing and gets nothing twice that it acknowledged.
pub async fn resubscribing_loses_nothing(backend: &dyn LinkBackend) {
    let gateway = backend.open().await;
    let messages = many("housing", 200, 9);
    let left = std::sync::Mutex::new(messages.clone());
    let mut ledger = Ledger::default();
    let mut acknowledged = HashSet::new();
    let reading = async {
        let begin = tokio::time::Instant::now();
        while acknowledged.len() < messages.len() {
            assert!(begin.elapsed() < LIMIT, "{} came", ledger.len());
            let mut housing = backend.join("housing").await;
            let got = housing.receive(31, Duration::from_millis(300)).await;
            for got in &got {
                assert!(!acknowledged.contains(&got.id), "{} came after it was acknowledged", got.id);
                ledger.note(got);
            }
            let keep = got.len() - got.len() / 3;
            housing.acknowledge(&got[..keep]).await;
            acknowledged.extend(got[..keep].iter().map(|got| got.id.clone()));
            housing.leave().await;
        }
    };
    tokio::join!(reading, publish(gateway.as_ref(), &left));
    ledger.check(&messages);
}

/// A gateway that is closed, and one that is killed, while it publishes: what was confirmed arrives, what was not is published
/// again by the next one, and each case is in order.
pub async fn a_gateway_that_ends_while_publishing_loses_nothing(backend: &dyn LinkBackend) {
    let messages = many("housing", 300, 8);
    let left = std::sync::Mutex::new(messages.clone());
    let mut ledger = Ledger::default();
    let mut gateway = backend.open().await;
    let mut housing = backend.join("housing").await;
    for (wanted, how) in [(60, End::Close), (120, End::Abandon), (180, End::Abandon), (240, End::Close)] {
        tokio::select! {
            () = async { publish(gateway.as_ref(), &left).await; std::future::pending().await } => {}
            () = read(housing.as_mut(), &mut ledger, wanted) => {}
        }
        end(gateway, how).await;
        gateway = backend.open().await;
    }
    tokio::join!(read(housing.as_mut(), &mut ledger, messages.len()), publish(gateway.as_ref(), &left));
    ledger.check(&messages);
    println!("duplicates after four ends of the gateway: {}", ledger.duplicates());
}

/// A gateway that is closed, and one that is killed, while agencies send: what was taken is in the inbox, once.
pub async fn a_gateway_that_ends_while_taking_loses_nothing(backend: &dyn LinkBackend) {
    let mut gateway = backend.open().await;
    let mut police = backend.join("police").await;
    let mut number = 0;
    for how in [End::Close, End::Abandon, End::Close, End::Abandon] {
        for _ in 0..60 {
            send_until_taken(police.as_mut(), number).await;
            number += 1;
        }
        end(gateway, how).await;
        gateway = backend.open().await;
    }
    let rows = inbox(gateway.store().as_ref(), number).await;
    let ids: HashSet<&str> = rows.iter().map(|row| row.message_id.as_str()).collect();
    assert_eq!(ids.len(), number);
}

async fn send_until_taken(police: &mut dyn AgencySide, number: usize) {
    let letter = Letter { id: Some(format!("{number:04}")), content_type: None, body: b"x".to_vec() };
    let begin = tokio::time::Instant::now();
    while police.send(&letter).await != Sent::Taken {
        assert!(begin.elapsed() < LIMIT, "{number} is not taken");
        tokio::task::yield_now().await;
    }
}
