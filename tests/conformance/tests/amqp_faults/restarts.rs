//! Ten thousand messages each way while the broker is killed or restarted three times.

use std::time::{Duration, Instant};

use xiezhi_amqp::department::{Sending, Sent};
use xiezhi_conformance::fixtures::many;
use xiezhi_conformance::link::eventually_within;
use xiezhi_kit::{Broker, Random};
use xiezhi_ports::AuditLog as _;

use crate::rig::{Amqp, Gateway};
use crate::work::{publish_all, read_all};

/// Messages each way.
const MESSAGES: usize = 10_000;
/// Cases that the outgoing ones belong to.
const CASES: usize = 400;
/// Longest time for all of it, several times what it takes.
const ALL_LIMIT: Duration = Duration::from_secs(600);

/// Nothing is lost either way, every case arrives in order, and what is doubled is doubled under the same id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_survive_three_restarts_of_the_broker() {
    let mut random = Random::from_environment("restarts of the broker");
    let mut broker = Broker::start("restarts").unwrap();
    let rig = Amqp::at(broker.admin());
    let gateway = rig.gateway();
    rig.wait_for_queues().await;
    broker.queue_names_write().unwrap();
    let messages = many("housing", MESSAGES, CASES);
    let begin = Instant::now();
    let publishing = publish_all(gateway.transport.as_ref(), &messages, 500, ALL_LIMIT);
    let reading = read_all(&rig, "housing", MESSAGES, ALL_LIMIT);
    let sending = send_all(&rig);
    let restarting = async {
        for round in 1..=3_u64 {
            let wanted = MESSAGES as u64 * (2 * round - 1) / 7 + random.between(0, 500);
            // Who connects again after a restart may need longer than most waits here.
            let enough = || async { taken(&gateway).await >= wanted };
            eventually_within(left_of_all(begin), "enough messages for a restart", enough).await;
            // A kill loses what the broker had not written, a stop gives it time: both must be survived.
            let kill = random.between(0, 1) == 1;
            println!("restart {round} ({}) after {wanted} messages were taken", if kill { "kill" } else { "stop" });
            let vhost = rig.vhost.name().to_owned();
            broker = tokio::task::spawn_blocking(move || {
                if kill { broker.kill() } else { broker.stop() }.unwrap();
                broker.start_again().unwrap();
                println!("queues that the administrator started: {}", broker.start_stopped_queues(&vhost).unwrap());
                broker
            })
            .await
            .unwrap();
        }
        broker
    };
    let (published, ledger, resent, broker) = tokio::join!(publishing, reading, sending, restarting);
    ledger.check(&messages);
    let all_taken = || async { taken(&gateway).await >= MESSAGES as u64 };
    eventually_within(left_of_all(begin), "every message in the inbox", all_taken).await;
    assert_eq!(taken(&gateway).await, MESSAGES as u64);
    let duplicates = duplicates(&gateway).await;
    println!(
        "{MESSAGES} each way over three restarts in {:?}: outgoing {} doubled, {} calls without a word, longest {:?}; \
         incoming {resent} sent again, {duplicates} doubled and dropped; lost 0",
        begin.elapsed(),
        ledger.duplicates(),
        published.failed_calls,
        published.longest,
    );
    assert!(gateway.store.audit_verify().await.unwrap().broken.is_none());
    assert!(published.longest < Duration::from_secs(40), "a call hung: {published:?}");
    gateway.close().await;
    drop(broker);
}

/// What remains of the time for all of it.
fn left_of_all(begin: Instant) -> Duration {
    ALL_LIMIT.saturating_sub(begin.elapsed())
}

/// Sends everything as the police; what has no word is sent again under its id. Says how often that was.
async fn send_all(rig: &Amqp) -> usize {
    let (mut number, mut resent) = (0, 0);
    let begin = Instant::now();
    while number < MESSAGES {
        let reader = rig.reader("police").await;
        while number < MESSAGES {
            assert!(begin.elapsed() < ALL_LIMIT, "{number} were sent");
            // As many at a time as there are in the window; each waits for its own word.
            let window = number..MESSAGES.min(number + 50);
            let sending = window.clone().map(|n| {
                let message = Sending { message_id: Some(format!("p-{n}")), content_type: None, body: b"x".to_vec() };
                let department = &reader.department;
                async move { department.send(&message).await }
            });
            let words = futures_util::future::join_all(sending).await;
            if words.iter().all(|word| matches!(word, Ok(Sent::Taken))) {
                number = window.end;
                continue;
            }
            resent += window.len();
            if words.iter().any(Result::is_err) {
                break;
            }
        }
    }
    resent
}

async fn taken(gateway: &Gateway) -> u64 {
    gateway.store.counts().await.unwrap().inbox_pending
}

async fn duplicates(gateway: &Gateway) -> u32 {
    gateway.inbox().await.iter().map(|row| row.duplicates).sum()
}
