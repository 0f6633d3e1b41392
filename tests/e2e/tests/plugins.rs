//! Plugins change while messages flow: versions are swapped and rolled back, a failing one is stopped and its agency's
//! messages wait, a candidate is tried before it is installed.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;
use xiezhi_guests::{Answer, CoreModule};
use xiezhi_kit::{Gateway, GatewayOptions, load, place, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(60);
/// Swaps under load.
const SWAPS: usize = 50;
/// Messages that the failing plugin meets.
const HELD: usize = 20;

/// What the police's plugin reads and writes, in the manifest of a guest that takes its place.
const POLICE: &str = r#"{"id":"police","version":"9.0.0","formats":["gaj-xml/1"],
    "reads":["finding","feedback","measure_feedback","receipt"],
    "writes":["assignment","reminder","recall","joint_punishment","lift","receipt"]}"#;

/// A gateway with a plugin folder of its own.
struct Stage {
    gateway: Gateway,
    folder: TempDir,
}

impl Stage {
    fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        for entry in std::fs::read_dir(place::plugins())? {
            let entry = entry?;
            std::fs::copy(entry.path(), plugins.join(entry.file_name()))?;
        }
        let mut all: BTreeMap<String, String> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        all.insert("XIEZHI__PLUGINS__DIRECTORY".to_owned(), plugins.display().to_string());
        all.insert("XIEZHI__PLUGINS__LOCK".to_owned(), plugins.join("plugins.lock").display().to_string());
        all.insert("XIEZHI__PLUGINS__RELOAD_MS".to_owned(), "50".to_owned());
        let gateway = Gateway::start(GatewayOptions { settings: all, ..GatewayOptions::default() })?;
        Ok(Self { gateway, folder })
    }

    /// Writes a component file.
    fn component(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Runs `plugin …` and gives its exit code and what it printed.
    fn plugin(&self, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
        let output = self.gateway.run(&[&["plugin"], arguments].concat())?;
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Ok((output.status.code(), text))
    }

    fn install(&self, component: &Path) -> anyhow::Result<()> {
        let (code, text) = self.plugin(&["install", "police", &component.display().to_string(), "--wait", "60"])?;
        ensure!(code == Some(0), "install: {text}");
        Ok(())
    }

    fn count(&self, name: &str) -> anyhow::Result<u64> {
        self.gateway.json(&["status"])?[name].as_u64().with_context(|| format!("no {name}"))
    }

    /// The digests by which a message was read, from its history.
    fn message_status(&self, id: &str) -> anyhow::Result<Value> {
        Ok(self.gateway.client("police")?.message(id)?.json)
    }
}

/// The police's own plugin with a custom section at its end: the same behaviour, another digest.
fn another_version() -> anyhow::Result<Vec<u8>> {
    let mut bytes = std::fs::read(place::plugins().join("police.wasm"))?;
    bytes.extend(b"\0\x05\x04note");
    Ok(bytes)
}

#[test]
fn fifty_swaps_under_load_lose_and_double_nothing() -> anyhow::Result<()> {
    let stage = Stage::start(&[])?;
    let second = stage.component("second.wasm", &another_version()?)?;
    let (stop, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let swapped = std::thread::scope(|scope| -> anyhow::Result<()> {
        for _ in 0..2 {
            scope.spawn(|| -> anyhow::Result<()> {
                let client = stage.gateway.client("police")?;
                while !stop.load(Ordering::Relaxed) {
                    let n = sent.fetch_add(1, Ordering::Relaxed);
                    let answer = client.push(&load::police_clue(n, 1), Some(&format!("swap-{n}")))?;
                    ensure!(answer.status == 202, "message {n} was refused: {}", answer.status);
                }
                Ok(())
            });
        }
        let swaps = || -> anyhow::Result<()> {
            for swap in 0..SWAPS {
                if swap % 2 == 0 {
                    stage.install(&second)?;
                } else {
                    let (code, text) = stage.plugin(&["rollback", "police", "--wait", "60"])?;
                    ensure!(code == Some(0), "rollback: {text}");
                }
            }
            Ok(())
        };
        let swapped = swaps();
        stop.store(true, Ordering::Relaxed);
        swapped
    });
    swapped?;
    let sent = sent.load(Ordering::Relaxed);
    wait_until(LIMIT, || (stage.count("inbox_pending").ok()? == 0).then_some(())).context("not settled in time")?;

    let database = rusqlite::Connection::open(stage.gateway.data_dir().join("xiezhi.sqlite"))?;
    let count = |sql: &str| -> anyhow::Result<usize> {
        Ok(usize::try_from(database.query_row(sql, [], |row| row.get::<_, i64>(0))?)?)
    };
    println!("{sent} messages, {SWAPS} swaps");
    assert!(sent > SWAPS, "messages flowed all the time");
    assert_eq!(count("SELECT count(*) FROM inbox WHERE agency = 'police' AND status = 2")?, sent, "every one is done");
    assert_eq!(count("SELECT count(*) FROM inbox")?, sent);
    assert_eq!(count("SELECT count(DISTINCT plugin_digest) FROM inbox")?, 2, "both versions read some");
    assert_eq!(count("SELECT count(*) FROM outbox WHERE kind = 'receipt'")?, sent, "each is answered once");
    let activated =
        "SELECT count(*) FROM audit WHERE action = 'plugin_activated' AND entry LIKE '%\"agency\":\"police\"%'";
    assert_eq!(count(activated)?, SWAPS + 1, "every swap is on the record");
    let verified = stage.gateway.run(&["audit", "verify"])?;
    assert!(verified.status.success());
    Ok(())
}

#[test]
fn a_failing_plugin_is_stopped_and_its_messages_wait_for_the_next() -> anyhow::Result<()> {
    let stage = Stage::start(&[("XIEZHI__PLUGINS__QUARANTINE_FAILURES", "3")])?;
    let trap = CoreModule { manifest: POLICE.to_owned(), ..CoreModule::decoding("unreachable") };
    let broken = stage.component("broken.wasm", &trap.component())?;
    stage.install(&broken)?;
    let police = stage.gateway.client("police")?;
    for n in 0..HELD {
        assert_eq!(police.push(&load::police_clue(n, 1), Some(&format!("held-{n}")))?.status, 202);
    }
    wait_until(LIMIT, || (stage.count("inbox_held").ok()? == HELD as u64).then_some(()))
        .context("they are not held")?;
    assert_eq!(stage.count("inbox_dead")?, 0, "none is dead");
    let status = stage.gateway.json(&["plugin", "status"])?;
    assert_eq!(status["quarantines"][0]["agency"], "police", "{status}");
    assert_eq!(status["quarantines"][0]["fault_code"], "plugin.trap", "{status}");
    let metrics = reqwest_text(&stage)?;
    assert!(metrics.contains("xiezhi_plugin_quarantined{agency=\"police\"} 1"), "an operator is told");

    let environment = stage.gateway.client("environment")?;
    assert_eq!(environment.push(&sample("05b-env-stream.hj212")?, Some("meanwhile"))?.status, 202);
    wait_until(LIMIT, || (environment.message("meanwhile").ok()?.json["status"] == "done").then_some(()))
        .context("another agency's message waits too")?;

    let (code, text) = stage.plugin(&["rollback", "police", "--wait", "60"])?;
    assert_eq!(code, Some(0), "{text}");
    for n in 0..HELD {
        let id = format!("held-{n}");
        wait_until(LIMIT, || (stage.message_status(&id).ok()?["status"] == "done").then_some(()))
            .with_context(|| format!("{id} did not flow after the fix"))?;
    }
    assert_eq!((stage.count("inbox_held")?, stage.count("inbox_dead")?), (0, 0));
    assert_eq!(stage.gateway.json(&["plugin", "status"])?["quarantines"], serde_json::json!([]));
    Ok(())
}

fn reqwest_text(stage: &Stage) -> anyhow::Result<String> {
    Ok(stage.gateway.ask("/metrics")?.text)
}

#[test]
fn a_candidate_is_tried_before_it_is_installed() -> anyhow::Result<()> {
    let stage = Stage::start(&[("XIEZHI__PLUGINS__SHADOW_MESSAGES_MIN", "5")])?;
    let same = stage.component("same.wasm", &another_version()?)?;
    let silent = CoreModule { manifest: POLICE.to_owned(), ..CoreModule::answering(Answer::document("{}")) };
    let silent = stage.component("silent.wasm", &silent.component())?;
    let police = stage.gateway.client("police")?;
    for n in 0..6 {
        assert_eq!(police.push(&load::police_clue(n, 1), Some(&format!("tried-{n}")))?.status, 202);
    }
    wait_until(LIMIT, || (stage.count("inbox_pending").ok()? == 0).then_some(())).context("not settled in time")?;

    let refused = stage.plugin(&["install", "police", &same.display().to_string()])?;
    assert_eq!(refused.0, Some(1), "{}", refused.1);
    assert!(refused.1.contains("plugins.shadow_messages_min asks for 5"), "{}", refused.1);

    let tried = stage.plugin(&["shadow", "police", &silent.display().to_string(), "--last", "5"])?;
    assert_eq!(tried.0, Some(2), "{}", tried.1);
    assert!(tried.1.contains("/records/0"), "{}", tried.1);
    assert!(tried.1.contains("5 messages of police read by both, 5 differ"), "{}", tried.1);
    let refused = stage.plugin(&["install", "police", &silent.display().to_string()])?;
    assert!(refused.1.contains("its answers differ in 5 of 5 messages of police"), "{}", refused.1);

    let tried = stage.plugin(&["shadow", "police", &same.display().to_string(), "--last", "6"])?;
    assert_eq!(tried.0, Some(0), "{}", tried.1);
    stage.install(&same)?;
    assert_eq!(stage.count("cases_open")?, 6, "the trial had no effect");
    Ok(())
}

#[test]
fn a_version_that_is_not_admitted_changes_nothing() -> anyhow::Result<()> {
    let stage = Stage::start(&[])?;
    let poorer = CoreModule::default();
    let poorer = stage.component("poorer.wasm", &poorer.component())?;
    let (code, text) = stage.plugin(&["install", "police", &poorer.display().to_string(), "--wait", "60"])?;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("admission.kinds") && text.contains("不再支持"), "{text}");
    let (_, text) = stage.plugin(&["status"])?;
    assert!(text.contains("refused") && text.contains("admission.kinds"), "{text}");
    let police = stage.gateway.client("police")?;
    assert_eq!(police.push(&load::police_clue(1, 1), Some("after"))?.status, 202);
    wait_until(LIMIT, || (stage.message_status("after").ok()?["status"] == "done").then_some(()))
        .context("the plugin before does not work any more")?;
    let (code, text) = stage.plugin(&["install", "police", "/dev/null"])?;
    assert_eq!(code, Some(1));
    assert!(text.contains("admission.not-a-component"), "{text}");
    Ok(())
}
