//! Real messages through the real binary: cases, dead messages and their redrive, the audit chain.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::{Gateway, GatewayOptions, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(30);

/// The message when it is settled.
fn settled(gateway: &Gateway, message_id: &str) -> anyhow::Result<Value> {
    let entry = wait_until(LIMIT, || {
        let shown = gateway.json(&["message", "show", message_id]).ok()?;
        let entry = shown.get("message")?.clone();
        (entry["status"] != "pending").then_some(entry)
    });
    entry.with_context(|| format!("{message_id} was not settled; the log ends:\n{}", gateway.log_tail()))
}

fn push(gateway: &Gateway, agency: &str, path: &str, message_id: &str) -> anyhow::Result<Value> {
    let answer = gateway.client(agency)?.push(&sample(path)?, Some(message_id))?;
    ensure!(answer.status == 202, "{path} was answered {} {}", answer.status, answer.json);
    settled(gateway, message_id)
}

#[test]
fn two_departments_one_enterprise_one_case() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    push(&gateway, "urban-management", "own/urban-lost-contact.form.txt", "u-1")?;
    push(&gateway, "police", "own/police-lost-contact.gb18030.xml", "p-1")?;
    let cases = gateway.json(&["case", "list"])?;
    assert_eq!(cases.as_array().map(Vec::len), Some(1), "{cases}");
    let case = &cases[0];
    assert_eq!(case["source_agencies"], serde_json::json!(["urban-management", "police"]));
    assert_eq!(case["clause"], "5.3.9(2)");
    let number = case["number"].as_str().context("no number")?;
    let shown = gateway.json(&["case", "show", number])?;
    assert_eq!(shown["sources"].as_array().map(Vec::len), Some(2));
    // Every step that a rule took names clause, rule version and plugin.
    for action in ["case_opened", "case_joined", "case_assigned"] {
        let steps: Vec<&Value> = shown["history"]
            .as_array()
            .context("no history")?
            .iter()
            .filter(|row| row["entry"]["action"] == action)
            .collect();
        assert!(!steps.is_empty(), "{action} is not in {shown}");
        for step in steps {
            for field in ["clause", "rule", "rule_version"] {
                assert!(step["entry"][field].is_string(), "{field} is missing in {step}");
            }
        }
    }
    let opened =
        shown["history"].as_array().and_then(|rows| rows.iter().find(|row| row["entry"]["action"] == "case_opened"));
    assert!(opened.is_some_and(|row| row["entry"]["plugin_digest"].is_string()));
    Ok(())
}

#[test]
fn each_bad_message_is_dead_with_its_fault_and_place() -> anyhow::Result<()> {
    let options = GatewayOptions::default();
    let gateway = Gateway::start(options)?;
    let bad = [
        ("environment", "neg/hj212-bad-crc.hj212", "hj212.crc-mismatch"),
        ("environment", "neg/hj212-modbus-crc.hj212", "hj212.crc-modbus"),
        ("environment", "neg/hj212-bad-length.hj212", "hj212.length-mismatch"),
        ("police", "neg/police-declared-gb18030-is-utf8.xml", "police.encoding-mismatch"),
        ("police", "neg/police-truncated-gb18030.bin", "police.encoding-truncated"),
    ];
    for (agency, path, code) in bad {
        let entry = push(&gateway, agency, path, path)?;
        assert_eq!(entry["status"], "dead", "{path}: {entry}");
        assert_eq!(entry["fault"]["code"], code, "{path}: {entry}");
        let row_offset = entry["row_faults"][0]["offset"].as_u64();
        assert!(entry["fault"]["offset"].as_u64().or(row_offset).is_some(), "{path} has no byte offset: {entry}");
    }
    let dead = gateway.json(&["message", "list", "--dead"])?;
    assert_eq!(dead.as_array().map(Vec::len), Some(bad.len()));
    // Tried again without a fix they are dead again, not gone.
    let redriven = gateway.run(&["message", "redrive", "--all"])?;
    assert!(redriven.status.success(), "{}", String::from_utf8_lossy(&redriven.stderr));
    for (_, path, code) in bad {
        let entry = wait_until(LIMIT, || {
            let shown = gateway.json(&["message", "show", path]).ok()?;
            (shown["message"]["status"] == "dead" && shown["message"]["redrives"] == 1)
                .then(|| shown["message"].clone())
        });
        assert_eq!(entry.with_context(|| path.to_owned())?["fault"]["code"], code);
    }
    Ok(())
}

#[test]
fn a_missing_part_is_waited_for_and_then_dead() -> anyhow::Result<()> {
    let mut gateway = Gateway::prepare(GatewayOptions::default())?;
    set(&gateway, "environment", "part_timeout_ms = 1000")?;
    gateway.launch()?;
    let waiting = push(&gateway, "environment", "neg/hj212-missing-part.hj212", "part-1")?;
    assert!(waiting["status"] == "waiting" || waiting["status"] == "dead", "{waiting}");
    let dead = wait_until(LIMIT, || {
        let shown = gateway.json(&["message", "show", "part-1"]).ok()?;
        (shown["message"]["status"] == "dead").then(|| shown["message"].clone())
    });
    assert_eq!(dead.context("still waiting")?["fault"]["code"], "message.part-timeout");
    Ok(())
}

#[test]
fn parts_in_two_messages_are_joined() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    let stream = String::from_utf8(sample("05b-env-stream.hj212")?)?;
    let frames: Vec<&str> = stream.split_inclusive("\r\n").filter(|frame| frame.contains("PNUM=2")).collect();
    assert_eq!(frames.len(), 2);
    let client = gateway.client("environment")?;
    assert_eq!(client.push(frames[1].as_bytes(), Some("part-2"))?.status, 202);
    assert_eq!(settled(&gateway, "part-2")?["status"], "waiting");
    assert_eq!(client.push(frames[0].as_bytes(), Some("part-1"))?.status, 202);
    assert_eq!(settled(&gateway, "part-1")?["status"], "done");
    let other = wait_until(LIMIT, || {
        let shown = gateway.json(&["message", "show", "part-2"]).ok()?;
        (shown["message"]["status"] == "done").then_some(())
    });
    assert!(other.is_some());
    Ok(())
}

#[test]
fn a_dead_message_is_redriven_after_a_fix() -> anyhow::Result<()> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    let entry = push(&gateway, "police", "neg/police-declared-gb18030-is-utf8.xml", "fix-1")?;
    assert_eq!(entry["status"], "dead");
    let entry = push(&gateway, "environment", "neg/hj212-modbus-crc.hj212", "fix-2")?;
    assert_eq!(entry["status"], "dead");
    gateway.kill()?;
    set(&gateway, "police", "encoding_fallback = \"utf-8\"")?;
    set(&gateway, "environment", "accept_modbus_crc = true")?;
    gateway.launch()?;
    let redriven = gateway.run(&["message", "redrive", "--all"])?;
    assert!(redriven.status.success(), "{}", String::from_utf8_lossy(&redriven.stderr));
    for id in ["fix-1", "fix-2"] {
        let done = wait_until(LIMIT, || {
            let shown = gateway.json(&["message", "show", id]).ok()?;
            (shown["message"]["status"] == "done").then(|| shown["message"].clone())
        });
        assert_eq!(done.with_context(|| format!("{id} is not done"))?["records"], 1);
    }
    Ok(())
}

#[test]
fn a_changed_byte_in_the_audit_table_is_named() -> anyhow::Result<()> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    push(&gateway, "police", "03-police-clue.gb18030.xml", "p-1")?;
    gateway.kill()?;
    assert!(gateway.run(&["audit", "verify"])?.status.success());
    let file = gateway.data_dir().join("xiezhi.sqlite");
    let connection = rusqlite::Connection::open(file)?;
    let (seq, entry): (i64, String) =
        connection.query_row("SELECT seq, entry FROM audit ORDER BY seq LIMIT 1 OFFSET 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let digit = entry.find(|c: char| c.is_ascii_digit()).context("an entry has a digit")?;
    let mut changed = entry.into_bytes();
    changed[digit] ^= 1;
    let changed = String::from_utf8(changed)?;
    connection.execute("UPDATE audit SET entry = ?1 WHERE seq = ?2", rusqlite::params![changed, seq])?;
    drop(connection);
    let output = gateway.run(&["audit", "verify"])?;
    assert!(!output.status.success());
    let text = String::from_utf8(output.stdout)?;
    assert!(text.contains(&format!("row {seq}")), "{text}");
    Ok(())
}

/// Adds a line to an agency's `[settings]`.
fn set(gateway: &Gateway, agency: &str, line: &str) -> anyhow::Result<()> {
    let file = gateway.folder().join("config/agencies").join(format!("{agency}.toml"));
    let mut text = std::fs::read_to_string(&file)?;
    let name = line.split(' ').next().context("a setting has a name")?;
    text = text.lines().filter(|old| !old.starts_with(name)).collect::<Vec<_>>().join("\n");
    text = if text.contains("[settings]") {
        text.replace("[settings]", &format!("[settings]\n{line}"))
    } else {
        format!("{text}\n[settings]\n{line}\n")
    };
    std::fs::write(file, text)?;
    Ok(())
}
