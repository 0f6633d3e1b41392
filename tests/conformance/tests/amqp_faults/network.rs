//! A network that is cut, slow, silent or breaks packets, between the gateway and the broker. The departments have a way of
//! their own, so that what they count is what the broker holds.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use xiezhi_amqp::Health;
use xiezhi_amqp::department::{Sending, Sent};
use xiezhi_conformance::fixtures::outgoing;
use xiezhi_conformance::link::{LIMIT, eventually};
use xiezhi_kit::{Cut, Direction, Fault, Proxy};
use xiezhi_model::message::Outgoing;
use xiezhi_ports::AuditLog as _;

use crate::rig::{Amqp, Gateway, address};
use crate::work::{drain, publish_all};

/// Longest wait for one operation where there is no answer; heartbeats come as often.
const SHORT: Duration = Duration::from_secs(2);
/// The same where answers are late but come.
const LONG: Duration = Duration::from_secs(20);
/// Messages in a call.
const BATCH: usize = 20;

/// A gateway behind a proxy, at work.
struct Work {
    /// Longest wait for one operation.
    limit: Duration,
    rig: Amqp,
    proxy: Proxy,
    gateway: Gateway,
    done: AtomicBool,
    published: AtomicUsize,
}

impl Work {
    async fn begin(limit: Duration) -> Self {
        let mut rig = Amqp::empty();
        let proxy = Proxy::start(rig.admin.amqp_address()).unwrap();
        rig.settings.addresses = vec![address(&proxy.address())];
        rig.settings.heartbeat_s = u16::try_from(limit.as_secs()).unwrap();
        let limits = &mut rig.settings;
        (limits.connect_timeout, limits.operation_timeout, limits.confirm_timeout) = (limit, limit, limit);
        let gateway = rig.gateway();
        rig.wait_for_queues().await;
        Self { limit, rig, proxy, gateway, done: AtomicBool::new(false), published: AtomicUsize::new(0) }
    }

    /// Publishes until told that the harm is done; gives what was published and the longest call.
    async fn publish(&self) -> (Vec<Outgoing>, Duration) {
        let (mut all, mut longest) = (Vec::new(), Duration::ZERO);
        while !self.done.load(Ordering::SeqCst) {
            let first = all.len();
            let number = |n: usize| format!("TZ-{}", n % 7);
            let batch: Vec<_> =
                (first..first + BATCH).map(|n| outgoing("housing", Some(&number(n)), &format!("h-{n}"), 1)).collect();
            longest = longest.max(publish_all(self.gateway.transport.as_ref(), &batch, BATCH, LIMIT).await.longest);
            all.extend(batch);
            self.published.store(all.len(), Ordering::SeqCst);
        }
        (all, longest)
    }

    /// Sends as the police until told that the harm is done; gives how many were taken.
    async fn send(&self) -> u64 {
        let police = self.rig.reader("police").await;
        let mut number = 0;
        while !self.done.load(Ordering::SeqCst) {
            let letter = Sending { message_id: Some(format!("p-{number}")), content_type: None, body: b"x".to_vec() };
            assert_eq!(police.department.send(&letter).await.unwrap(), Sent::Taken);
            number += 1;
        }
        number
    }

    /// Waits until so many more messages were published.
    async fn progress(&self, count: usize) {
        let wanted = self.published.load(Ordering::SeqCst) + count;
        eventually("messages", || async { self.published.load(Ordering::SeqCst) >= wanted }).await;
    }

    async fn both_are(&self, health: Health) {
        let look = || async { self.gateway.transport.health() == health && self.gateway.intake.health() == health };
        eventually(&format!("both sides {health:?}"), look).await;
    }
}

/// Does harm to a gateway at work and lifts it; then everything must have arrived, in order, within the limits of the calls.
async fn after(limit: Duration, harm: impl AsyncFnOnce(&Work)) {
    let work = Work::begin(limit).await;
    let harming = async {
        work.progress(BATCH).await;
        harm(&work).await;
        work.proxy.set(Fault::Pass).unwrap();
        work.progress(2 * BATCH).await;
        work.done.store(true, Ordering::SeqCst);
    };
    let begin = Instant::now();
    let ((published, longest), sent, ()) = tokio::join!(work.publish(), work.send(), harming);
    let ledger = drain(&work.rig, "housing", &published).await;
    let pending = || async { work.gateway.store.counts().await.unwrap().inbox_pending };
    eventually("every message in the inbox", || async { pending().await >= sent }).await;
    assert_eq!(pending().await, sent);
    assert!(longest < 4 * work.limit, "a call took {longest:?}");
    println!(
        "{} out ({} doubled), {sent} in, {} connections, longest call {longest:?}, {:?} in all",
        published.len(),
        ledger.duplicates(),
        work.proxy.accepted(),
        begin.elapsed(),
    );
    let Work { gateway, proxy, .. } = work;
    gateway.close().await;
    eventually("no connection is left", || async { proxy.open() == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_connections_lose_nothing() {
    after(SHORT, async |work| {
        for how in [Cut::Reset, Cut::Close, Cut::Reset, Cut::Close] {
            work.proxy.cut(how).unwrap();
            work.progress(BATCH).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusing_network_loses_nothing() {
    after(SHORT, async |work| {
        work.proxy.set(Fault::Refuse).unwrap();
        work.proxy.cut(Cut::Reset).unwrap();
        work.both_are(Health::Down).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_packets_lose_nothing() {
    after(SHORT, async |work| {
        for way in [Direction::ToServer, Direction::ToClient, Direction::ToServer, Direction::ToClient] {
            work.proxy.set(Fault::Truncate(way)).unwrap();
            eventually("a halved packet", || async { work.proxy.fault() == Fault::Pass }).await;
            work.progress(BATCH).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_loses_nothing_and_keeps_its_connections() {
    after(LONG, async |work| {
        let before = work.proxy.accepted();
        for fault in
            [Fault::Delay(Duration::from_millis(60)), Fault::Pieces { bytes: 100, pause: Duration::from_millis(1) }]
        {
            work.proxy.set(fault).unwrap();
            work.progress(3 * BATCH).await;
        }
        assert_eq!(work.proxy.accepted(), before, "slow is not broken");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_network_is_noticed_and_loses_nothing() {
    after(SHORT, async |work| {
        work.proxy.set(Fault::BlackHole(Direction::Both)).unwrap();
        work.both_are(Health::Down).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_silent_one_way_is_noticed_and_loses_nothing() {
    for way in [Direction::ToServer, Direction::ToClient] {
        after(SHORT, async |work| {
            work.proxy.set(Fault::BlackHole(way)).unwrap();
            work.both_are(Health::Down).await;
        })
        .await;
    }
}

/// A gateway that nobody needs for the moment, with both connections up, in a network that falls silent.
async fn idle_in_silence() -> Work {
    let work = Work::begin(SHORT).await;
    let message = [outgoing("housing", None, "h", 1)];
    publish_all(work.gateway.transport.as_ref(), &message, 1, LIMIT).await;
    work.both_are(Health::Up).await;
    work.proxy.set(Fault::BlackHole(Direction::Both)).unwrap();
    work
}

async fn ends_in_time(work: Work) {
    let Work { gateway, proxy, rig, .. } = work;
    let begin = Instant::now();
    gateway.close().await;
    assert!(begin.elapsed() < 4 * SHORT, "closing took {:?}", begin.elapsed());
    drop((proxy, rig));
}

/// Without anybody's call, the missing heartbeats are noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_gateway_notices_a_silent_network_and_ends_in_time() {
    let work = idle_in_silence().await;
    work.both_are(Health::Down).await;
    ends_in_time(work).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_that_nobody_noticed_yet_does_not_hold_up_the_end() {
    ends_in_time(idle_in_silence().await).await;
}
