//! The fault matrix: every way in which the credit system can fail × listing, removal, correction × the gateway killed before the
//! call, during it, and after it before its outcome is recorded; and, with nobody killed, the fault met by the question after an
//! answer that was lost. The other side ends with exactly the list that was decided.
//!
//! The gateway and the simulator are prepared once, up to the point where only the reviewer's approval is missing; each of the 153
//! runs begins with copies of both. Where the answer is that the request itself is wrong, a person has it sent again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use xiezhi_kit::{CreditSim, Gateway, certificates, wait_until};

use crate::stage::{CAUSE, LIMIT, REMOVAL_CAUSE, Stage, entry_key, quick};

/// Every fault of the simulator.
const FAULTS: [&str; 13] = [
    "timeout_before",
    "timeout_after",
    "error_500",
    "error_500_after",
    "bad_request",
    "too_many",
    "closed",
    "wrong_receipt",
    "garbage",
    "slow_body",
    "cut_body",
    "reset",
    "bad_certificate",
];
/// The one that is met before any request.
const HANDSHAKE_FAULT: &str = "bad_certificate";
/// When what happens.
const MOMENTS: [Moment; 4] = [Moment::Before, Moment::During, Moment::After, Moment::Question];
/// Runs at the same time: each waits most of its time.
const RUNS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// Killed before the call: the decision is stored, nothing is sent.
    Before,
    /// Killed during the call: the request is on its way.
    During,
    /// Killed after the call: the answer is there, and its outcome is not stored.
    After,
    /// Not killed: the answer is lost, and the question after it meets the fault.
    Question,
}

/// A gateway's data and a simulator's list, with one act of each kind that waits for the reviewer.
struct Prepared {
    data: PathBuf,
    journal: PathBuf,
    /// Certificates of the simulator and the gateway, and a strange one.
    tls: PathBuf,
    bad: PathBuf,
    /// The act's kind, its number, the key of its entry, and how the entry stands after it.
    acts: Vec<(&'static str, String, String, &'static str)>,
    _folder: TempDir,
}

fn prepare() -> anyhow::Result<Prepared> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let journal = path("sim.jsonl");
    let sim = CreditSim::start(&["--journal", &journal.display().to_string()])?;
    let mut stage = Stage::start(&sim, "")?;
    let mut listed = Vec::new();
    for n in [2, 3] {
        let case = stage.case(n)?;
        let listing = stage.propose(&case, "list_in", CAUSE, None)?;
        stage.approve(&listing)?;
        stage.wait_for(&listing, "applied")?;
        listed.push((case, listing));
    }
    let [(removed_case, removed), (wrong_case, wrong)] = listed.as_slice() else { unreachable!("two were listed") };
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    let removal = stage.propose(removed_case, "list_out", REMOVAL_CAUSE, Some(removed))?;
    let correction = stage.propose(wrong_case, "correction", CAUSE, Some(wrong))?;
    stage.wait_until_quiet()?;
    stage.gateway.terminate(LIMIT)?;
    let data = path("data");
    copy(&stage.gateway.data_dir(), &data)?;
    for name in ["tls", "bad"] {
        std::fs::create_dir(path(name))?;
        certificates::write(&path(name), "gateway")?;
    }
    let acts = vec![
        ("list_in", listing.clone(), entry_key(&listing), "listed"),
        ("list_out", removal, entry_key(removed), "removed"),
        ("correction", correction, entry_key(wrong), "annulled"),
    ];
    drop(sim);
    Ok(Prepared { data, journal, tls: path("tls"), bad: path("bad"), acts, _folder: folder })
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// What one run needed.
#[derive(Debug, Clone, Copy, Default)]
struct Needed {
    posts: u64,
    questions: u64,
}

#[test]
fn the_other_side_ends_with_exactly_what_was_decided() -> anyhow::Result<()> {
    let prepared = prepare()?;
    let mut runs = Vec::new();
    for fault in FAULTS {
        // A handshake knows no question.
        for moment in MOMENTS.into_iter().filter(|moment| *moment != Moment::Question || fault != HANDSHAKE_FAULT) {
            runs.extend((0..prepared.acts.len()).map(|act| (fault, moment, act)));
        }
    }
    let (next, table) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let failed: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..RUNS {
            scope.spawn(|| {
                while let Some(&(fault, moment, act)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match run(&prepared, fault, moment, act) {
                        Ok(needed) => {
                            table.lock().unwrap().insert((fault, act, moment), needed);
                        }
                        Err(error) => {
                            let kind = prepared.acts[act].0;
                            failed.lock().unwrap().push(format!("{fault} × {kind} × {moment:?}: {error:#}"));
                        }
                    }
                }
            });
        }
    });
    print_table(&prepared, &table.into_inner()?);
    let failed = failed.into_inner()?;
    ensure!(failed.is_empty(), "{} of {} runs failed:\n{}", failed.len(), runs.len(), failed.join("\n"));
    Ok(())
}

/// The table of `docs/reliability.md`: requests that each run needed, sent + asked.
fn print_table(prepared: &Prepared, table: &BTreeMap<(&str, usize, Moment), Needed>) {
    println!("| fault | act | killed before the call | during it | after it | met by the question |");
    println!("|---|---|---|---|---|---|");
    for fault in FAULTS {
        for (act, (kind, ..)) in prepared.acts.iter().enumerate() {
            let cell = |moment: Moment| match table.get(&(fault, act, moment)) {
                Some(needed) => format!("{} + {}", needed.posts, needed.questions),
                None if moment == Moment::Question && fault == HANDSHAKE_FAULT => String::new(),
                None => "FAILED".to_owned(),
            };
            let cells: Vec<String> = MOMENTS.map(cell).to_vec();
            println!("| `{fault}` | `{kind}` | {} |", cells.join(" | "));
        }
    }
}

fn run(prepared: &Prepared, fault: &str, moment: Moment, act: usize) -> anyhow::Result<Needed> {
    let (_, id, key, standing) = &prepared.acts[act];
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("sim.jsonl");
    std::fs::copy(&prepared.journal, &journal)?;
    let journal = journal.display().to_string();
    let options = ["--journal", &journal, "--hold-ms", "5000", "--slow-byte-every-ms", "200"];
    let (sim, keys) = if fault == HANDSHAKE_FAULT {
        let pem = |name: &str| prepared.tls.join(name).display().to_string();
        let keys = format!(
            "ca_file = \"{}\"\nclient_certificate_file = \"{}\"\nclient_key_file = \"{}\"\n",
            pem("ca.pem"),
            pem("client.pem"),
            pem("client-key.pem")
        );
        (CreditSim::start_with_tls(&prepared.tls, &prepared.bad, &options)?, keys)
    } else {
        (CreditSim::start(&options)?, String::new())
    };
    let before = sim.state()?;
    if moment == Moment::Question {
        sim.fault(&json!({"fault": "timeout_after", "count": 1}))?;
        sim.fault(&json!({"fault": fault, "count": 1, "on": "query"}))?;
    } else {
        sim.fault(&json!({"fault": fault, "count": 1}))?;
    }
    let gateway = Gateway::prepare(quick())?;
    gateway.publish_to(sim.url(), &format!("timeout_ms = 700\n{keys}"))?;
    copy(&prepared.data, &gateway.data_dir())?;
    let mut stage = Stage { gateway };
    decide(&mut stage, &sim, id, moment)?;
    stage.redrive_if_given_up(id)?;
    stage.wait_for(id, "applied")?;
    stage.wait_until_quiet()?;
    let after = sim.state()?;
    check(&before, &after, key, standing)?;
    let faults = if moment == Moment::Question { 2 } else { 1 };
    ensure!(happened(&after) == faults, "the fault did not happen: {after}");
    let dead = stage.gateway.json(&["status"])?["outbox_dead"].clone();
    ensure!(dead == 0, "{dead} messages were given up");
    ensure!(stage.gateway.json(&["audit", "verify"])?["broken"].is_null(), "the audit chain is broken");
    let count = |name: &str| after["requests"][name].as_u64().unwrap_or_default();
    let needed = Needed { posts: count("post"), questions: count("query") };
    ensure!(moment != Moment::Question || needed.posts == 1, "sent again before it was answered: {after}");
    Ok(needed)
}

/// How often a fault happened.
fn happened(state: &Value) -> u64 {
    let counts = state["faults"].as_object().into_iter().flat_map(|counts| counts.values());
    counts.filter_map(Value::as_u64).sum()
}

/// The reviewer approves, the gateway ends where it is told to, and is started again.
fn decide(stage: &mut Stage, sim: &CreditSim, act: &str, moment: Moment) -> anyhow::Result<()> {
    let point = match moment {
        Moment::Before => Some("t2-after-commit:1"),
        Moment::During | Moment::Question => None,
        Moment::After => Some("t3-before-commit:1"),
    };
    let variable = "XIEZHI_CRASH_POINT".to_owned();
    if let Some(point) = point {
        stage.gateway.options_mut().environment.insert(variable.clone(), point.to_owned());
    }
    stage.gateway.launch()?;
    let decision = json!({"decision": format!("京通市监〔2026〕{act}号")});
    // Where the process ends with the decision itself there is no answer.
    let answer = stage.gateway.person("reviewer-c")?.post(&format!("/v1/acts/{act}/approve"), &decision);
    match moment {
        Moment::Question => {
            ensure!(answer?.status == 200, "not approved");
            return Ok(());
        }
        Moment::During => {
            ensure!(answer?.status == 200, "not approved");
            let on_its_way = wait_until(LIMIT, || (happened(&sim.state().ok()?) > 0).then_some(()));
            on_its_way.context("nothing was sent")?;
            stage.gateway.kill()?;
        }
        Moment::Before | Moment::After => stage.gateway.wait_for_end(LIMIT)?,
    }
    stage.gateway.options_mut().environment.remove(&variable);
    stage.gateway.launch()
}

/// The list is as decided: the act's entry as it must stand, every other one untouched, and one message applied.
fn check(before: &Value, after: &Value, key: &str, standing: &str) -> anyhow::Result<()> {
    let entries = |state: &Value| -> BTreeMap<String, String> {
        let list = state["entries"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        list.map(|entry| (text(&entry["key"]), text(&entry["status"]))).collect()
    };
    let mut wanted = entries(before);
    wanted.insert(key.to_owned(), standing.to_owned());
    let found = entries(after);
    ensure!(found == wanted, "the list is {found:?} instead of {wanted:?}");
    let count = |state: &Value, name: &str| state[name].as_u64().unwrap_or_default();
    ensure!(count(after, "applied") == count(before, "applied") + 1, "applied: {after}");
    ensure!(count(after, "refused") == count(before, "refused"), "refused: {after}");
    ensure!(count(after, "conflicts") == 0, "the same id with other bytes: {after}");
    Ok(())
}
