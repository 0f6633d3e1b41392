//! `kill -9` at any moment: what was answered 202 is applied exactly once, and outgoing ids are those of an undisturbed run.
//!
//! One test kills the process at random moments; the other makes it end just before and just after each commit.

#![allow(clippy::indexing_slicing, reason = "an index into JSON that is not there gives null, which no check takes")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::{AgencyClient, Gateway, GatewayOptions, Random, load, wait_until};

/// Kills of the random test.
const KILLS: usize = 20;
/// Longest wait for what a test waits for.
const LIMIT: Duration = Duration::from_secs(60);
/// Far more than the tests make.
const ALL: &str = "1000000";

/// Who gets messages: the police their receipts, the bureau its assignments.
const RECEIVERS: [&str; 2] = ["police", "market-supervision"];

/// The points just before and just after each commit.
const CRASH_POINTS: [&str; 8] = [
    "t1-before-commit",
    "t1-after-commit",
    "t2-before-commit",
    "t2-after-commit",
    "t3-before-commit",
    "t3-after-commit",
    "publish-before-commit",
    "publish-after-commit",
];

fn message_id(n: usize) -> String {
    format!("kill-{n:06}")
}

/// Pushes a message once; `false` when it was not answered 202, so that its fate is unknown.
fn push_accepted(client: &AgencyClient, n: usize) -> bool {
    let body = load::police_clue(n, 1);
    client.push(&body, Some(&message_id(n))).is_ok_and(|answer| answer.status == 202)
}

/// Everything that the agencies took from their outboxes: id to kind. Taking an id twice is allowed (it was not acknowledged
/// before the kill), taking it twice with different content is not.
#[derive(Default)]
struct Ledger {
    seen: BTreeMap<String, (String, Vec<u8>)>,
}

impl Ledger {
    fn take(&mut self, client: &AgencyClient) -> anyhow::Result<usize> {
        let batch = client.outbox(100)?;
        for message in &batch {
            let content = (message.kind.clone(), message.body.clone());
            let before = self.seen.insert(message.id.clone(), content.clone());
            ensure!(before.is_none_or(|before| before == content), "{} came with two contents", message.id);
        }
        let ids: Vec<String> = batch.iter().map(|message| message.id.clone()).collect();
        if !ids.is_empty() {
            client.acknowledge(&ids)?;
        }
        Ok(ids.len())
    }

    fn ids(&self) -> BTreeSet<String> {
        self.seen.keys().cloned().collect()
    }
}

fn settle_and_drain(gateway: &Gateway, ledger: &mut Ledger) -> anyhow::Result<()> {
    let clients = RECEIVERS.iter().map(|agency| gateway.client(agency)).collect::<anyhow::Result<Vec<_>>>()?;
    let done = wait_until(LIMIT, || {
        let taken = clients.iter().map(|client| ledger.take(client)).sum::<anyhow::Result<usize>>().ok()?;
        let status = gateway.json(&["status"]).ok()?;
        let count = |name: &str| status.get(name).and_then(Value::as_u64);
        (taken == 0 && ["inbox_pending", "outbox_pending", "queued"].iter().all(|name| count(name) == Some(0)))
            .then_some(())
    });
    done.with_context(|| format!("the messages were not settled; the log ends:\n{}", gateway.log_tail()))
}

/// Every accepted message is settled once, is the one source of one case, and the audit chain is whole.
fn check_applied_once(gateway: &Gateway, accepted: &BTreeSet<usize>) -> anyhow::Result<()> {
    let messages = gateway.json(&["message", "list", "--limit", ALL])?;
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for entry in messages.as_array().context("no list")? {
        ensure!(entry["status"] == "done", "{entry}");
        *rows.entry(entry["message_id"].as_str().context("no id")?.to_owned()).or_default() += 1;
    }
    for n in accepted {
        ensure!(
            rows.get(&message_id(*n)) == Some(&1),
            "{} is there {:?} times",
            message_id(*n),
            rows.get(&message_id(*n))
        );
    }
    let cases = gateway.json(&["case", "list", "--limit", ALL])?;
    let mut entities = BTreeMap::new();
    for case in cases.as_array().context("no list")? {
        ensure!(case["source_count"] == 1, "{case}");
        *entities.entry(case["party"]["uscc"].as_str().context("no uscc")?.to_owned()).or_insert(0) += 1;
    }
    for n in accepted {
        ensure!(
            entities.get(&load::uscc(*n)) == Some(&1),
            "{} has {:?} cases",
            load::uscc(*n),
            entities.get(&load::uscc(*n))
        );
    }
    let audit = gateway.json(&["audit", "verify"])?;
    ensure!(audit["broken"].is_null(), "{audit}");
    Ok(())
}

/// The ids of an undisturbed run with the same messages.
fn undisturbed_ids(messages: &BTreeSet<usize>) -> anyhow::Result<BTreeSet<String>> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    let client = gateway.client("police")?;
    for &n in messages {
        ensure!(push_accepted(&client, n), "message {n} was not accepted");
    }
    let mut ledger = Ledger::default();
    settle_and_drain(&gateway, &mut ledger)?;
    Ok(ledger.ids())
}

#[test]
fn killed_at_random_moments_nothing_is_lost_or_doubled() -> anyhow::Result<()> {
    let mut random = Random::from_environment("random kills");
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    let mut accepted = BTreeSet::new();
    let mut ledger = Ledger::default();
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let client = gateway.client("police")?;
        let pushers: Vec<_> = (0..2)
            .map(|_| {
                let (client, stop, next) = (client.clone(), Arc::clone(&stop), Arc::clone(&next));
                std::thread::spawn(move || {
                    let mut accepted = Vec::new();
                    let mut unanswered = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if push_accepted(&client, n) { accepted.push(n) } else { unanswered.push(n) }
                    }
                    (accepted, unanswered)
                })
            })
            .collect();
        // The agency reads and acknowledges meanwhile, so that kills fall into these too.
        let moment = Duration::from_millis(random.between(5, 300));
        let begin = std::time::Instant::now();
        while begin.elapsed() < moment {
            ledger.take(&client)?;
        }
        gateway.kill()?;
        stop.store(true, Ordering::Relaxed);
        let mut unanswered = Vec::new();
        for pusher in pushers {
            let (mut yes, mut no) = pusher.join().map_err(|_| anyhow::anyhow!("a pusher panicked"))?;
            accepted.extend(yes.drain(..));
            unanswered.append(&mut no);
        }
        gateway.launch()?;
        // What was not answered is unknown: the agency sends the same id again.
        let client = gateway.client("police")?;
        for n in unanswered {
            ensure!(push_accepted(&client, n), "message {n} was not accepted after the restart");
            accepted.insert(n);
        }
    }
    settle_and_drain(&gateway, &mut ledger)?;
    check_applied_once(&gateway, &accepted)?;
    println!(
        "{KILLS} kills, {} messages accepted, {} messages taken by the agencies",
        accepted.len(),
        ledger.seen.len()
    );
    assert!(accepted.len() >= KILLS, "too few messages to prove anything: {}", accepted.len());
    assert_eq!(ledger.ids(), undisturbed_ids(&accepted)?);
    Ok(())
}

#[test]
fn ended_just_before_and_after_each_commit_nothing_is_lost_or_doubled() -> anyhow::Result<()> {
    let mut random = Random::from_environment("crash points");
    let mut gateway = Gateway::prepare(GatewayOptions::default())?;
    let mut accepted = BTreeSet::new();
    let mut ledger = Ledger::default();
    let mut next = 0;
    for point in CRASH_POINTS {
        let nth = random.between(1, 4);
        gateway.options_mut().environment.insert("XIEZHI_CRASH_POINT".to_owned(), format!("{point}:{nth}"));
        gateway.launch()?;
        let client = gateway.client("police")?;
        let mut unanswered = Vec::new();
        let ended = wait_until(LIMIT, || {
            let n = next;
            next += 1;
            if push_accepted(&client, n) {
                accepted.insert(n);
            } else {
                unanswered.push(n);
            }
            gateway.has_ended().ok().filter(|&ended| ended)
        });
        ensure!(ended.is_some(), "the process did not end at {point}:{nth}");
        gateway.kill()?;
        gateway.options_mut().environment.remove("XIEZHI_CRASH_POINT");
        gateway.launch()?;
        let client = gateway.client("police")?;
        for n in unanswered {
            ensure!(push_accepted(&client, n), "message {n} was not accepted after {point}");
            accepted.insert(n);
        }
        settle_and_drain(&gateway, &mut ledger).with_context(|| format!("after {point}:{nth}"))?;
        check_applied_once(&gateway, &accepted).with_context(|| format!("after {point}:{nth}"))?;
        gateway.kill()?;
    }
    assert_eq!(ledger.ids(), undisturbed_ids(&accepted)?);
    Ok(())
}
