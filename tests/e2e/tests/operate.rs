//! What operators and integrators do with the real binary: check a configuration, try a plugin on a file, watch the
//! gateway, and stop it.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::{AgencyClient, Answer, Gateway, GatewayOptions, gateway::token, load, place, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
/// Messages accepted before the gateway is told to end.
const ACCEPTED_BEFORE_END: usize = 20;

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Replaces a text that stands in a file of the gateway's configuration.
fn replace(gateway: &Gateway, file: &str, old: &str, new: &str) -> anyhow::Result<()> {
    let path = gateway.folder().join("config").join(file);
    let text = std::fs::read_to_string(&path)?;
    ensure!(text.contains(old), "{file} does not contain {old}");
    Ok(std::fs::write(path, text.replacen(old, new, 1))?)
}

fn sample_file(path: &str) -> String {
    place::root().join("tests/samples").join(path).display().to_string()
}

#[test]
fn the_shipped_configuration_is_valid() -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    let output = gateway.run(&["check"])?;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(stdout(&output), "configuration is valid\n");
    Ok(())
}

/// A mistake: file, what stands there, what somebody wrote, and what the report has to name beside the file.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

/// Makes all the mistakes in one configuration and wants each reported, with its file.
fn check_reports(mistakes: &[Mistake]) -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    for (file, old, new, _) in mistakes {
        replace(&gateway, file, old, new)?;
    }
    let output = gateway.run(&["check"])?;
    assert_eq!(output.status.code(), Some(1));
    let report = stdout(&output);
    for (file, _, _, named) in mistakes {
        let reported = report.lines().any(|line| line.contains(file) && line.contains(named));
        assert!(reported, "{named} in {file} is not reported:\n{report}");
    }
    assert_eq!(report.lines().count(), mistakes.len(), "{report}");
    Ok(())
}

const POLICY: &str = "policy/tongzhou-cluster-address.toml";

#[test]
fn every_mistake_of_the_files_is_reported_at_once() -> anyhow::Result<()> {
    check_reports(&[
        (POLICY, "clause = \"5.3.9(1)\"", "clause = \"five\"", "rule[1].clause"),
        (POLICY, "amount = 7,", "amount = \"seven\",", "rule[1].assign[1].clock.amount"),
        ("agencies/police.toml", "receipts = ", "reciepts = ", "link.reciepts"),
        ("agencies/environment.toml", "1_048_576", "0", "link.message_bytes_max"),
        ("xiezhi.toml", "format = \"text\"", "format = \"html\"", "log.format"),
        ("xiezhi.toml", "missing_year = \"refuse\"", "missing_year = 3", "calendar.missing_year"),
    ])
}

#[test]
fn every_mistake_between_the_files_is_reported_at_once() -> anyhow::Result<()> {
    check_reports(&[(POLICY, "to = \"environment\"", "to = \"harbour\"", "rule[4].assign[1].to")])?;
    check_reports(&[
        (
            POLICY,
            "record.issue.code == '1101120101'\"",
            "record.issue.code ==\"",
            "rule[5.3.9-1-illegal-building].when",
        ),
        (POLICY, "category = \"changed_use\"", "category = \"changed_youth\"", "rule[5.3.9-1-changed-use].category"),
        (POLICY, "record.period ==", "record.perod ==", "rule[5.3.9-1-pollution-facility-stopped].when"),
        // What a plugin says of its link's settings comes before any message does.
        (
            "agencies/credit-publicity.toml",
            "seq_serial_digits = 6",
            "seq_serial_digits = 60",
            "agencies.credit-publicity.settings.seq_serial_digits",
        ),
        // A link's component is looked for in the lock file, and the problem is there or in the link.
        (
            "agencies/police.toml",
            "component = \"police\"",
            "component = \"polizei\"",
            "agencies.police.plugin.component",
        ),
        (
            "agencies/environment.toml",
            "component = \"environment\"",
            "component = \"air\"",
            "agencies.environment.plugin.component",
        ),
    ])
}

#[test]
fn a_plugin_is_tried_on_a_file() -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    let good = gateway.run(&["plugin", "decode", "police", &sample_file("03-police-clue.gb18030.xml")])?;
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    let rows: Vec<Value> = stdout(&good).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["record"]["kind"], "finding");

    let at = ["--at", "2026-09-21T09:20:00+08:00"];
    let batch = sample_file("own/urban-batch.form.txt");
    let partly = gateway.run(&[&["plugin", "decode", "urban-management", &batch], &at[..]].concat())?;
    assert_eq!(partly.status.code(), Some(2), "{}", stderr(&partly));
    assert_eq!(stdout(&partly).lines().count(), 2);
    assert!(stderr(&partly).starts_with("row 2 uscc.check-character at byte "), "{}", stderr(&partly));

    let cut = gateway.run(&["plugin", "decode", "police", &sample_file("neg/police-truncated-gb18030.bin")])?;
    assert_eq!(cut.status.code(), Some(1));
    assert_eq!(stdout(&cut), "");
    assert!(stderr(&cut).starts_with("police.encoding-truncated at byte 4"), "{}", stderr(&cut));

    // What an integrator decodes, edits and keeps as a file can be written again in the agency's format.
    let record = gateway.folder().join("record.json");
    std::fs::write(&record, ASSIGNMENT)?;
    let written = gateway.run(&["plugin", "encode", "police", &record.display().to_string()])?;
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    assert!(written.stdout.starts_with(b"<?xml version=\"1.0\" encoding=\"GB18030\"?>"), "{}", stdout(&written));
    assert!(stdout(&written).contains("<PQBH>TZ-2026-0000017/1</PQBH>"));
    Ok(())
}

/// An assignment, as a record.
const ASSIGNMENT: &str = r#"{
    "kind": "assignment", "schema_version": 1, "assignment": "TZ-2026-0000017/1", "case_number": "TZ-2026-0000017", "agency": "police",
    "role": "lead", "clause": "5.3.9(1)", "category": "changed_use", "category_name": "擅自改变房屋用途经营",
    "party": { "name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167" },
    "title": "登记住所改作住宿", "text": "", "source_agency": "urban-management", "source_reference": "1",
    "assigned_at": "2026-09-21T09:06:00+08:00", "due_at": "2026-09-30T23:59:59+08:00"
}"#;

#[test]
fn a_component_says_what_it_is_and_a_file_that_is_none_is_refused() -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    let component = place::plugins().join("police.wasm");
    let output = gateway.run(&["plugin", "inspect", &component.display().to_string()])?;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(shown["manifest"]["id"], "police");
    assert_eq!(shown["imports"], serde_json::json!([]));
    assert_eq!(shown["refusal"], Value::Null);
    let digest = shown["digest"].as_str().context("no digest")?;
    let lock = std::fs::read_to_string(place::plugins().join("plugins.lock"))?;
    assert!(lock.contains(digest), "{digest} is not in the lock file");

    let other = gateway.config_file();
    let output = gateway.run(&["plugin", "inspect", &other.display().to_string()])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("(admission."), "{}", stderr(&output));
    Ok(())
}

fn is_problem(answer: &Answer, status: u16, code: &str) -> anyhow::Result<()> {
    ensure!(answer.status == status, "expected {status} {code}, got {} {}", answer.status, answer.text);
    ensure!(answer.content_type.starts_with("application/problem+json"), "{} is no problem type", answer.content_type);
    ensure!(answer.json["code"] == code, "expected {code}: {}", answer.text);
    Ok(())
}

#[test]
fn the_gateway_says_how_it_is() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    assert_eq!(gateway.ask("/healthz")?.status, 200);
    let ready = wait_until(LIMIT, || gateway.ask("/readyz").ok().filter(|answer| answer.status == 200));
    assert_eq!(ready.context("never ready")?.json["status"], "ready");
    let police = gateway.client("police")?;
    assert_eq!(police.push(&sample("03-police-clue.gb18030.xml")?, Some("m-1"))?.status, 202);
    let bad = sample("neg/police-truncated-gb18030.bin")?;
    assert_eq!(police.push(&bad, Some("m-2"))?.status, 202);
    let wanted = [
        "xiezhi_http_intake_total{agency=\"police\",result=\"accepted\"} 2",
        "xiezhi_worker_settled_total{agency=\"police\",outcome=\"done\"} 1",
        "xiezhi_worker_settled_total{agency=\"police\",outcome=\"dead\"} 1",
        "xiezhi_plugin_decode_duration_seconds_count{agency=\"police\"} 2",
        "xiezhi_plugin_encode_duration_seconds_count{agency=\"police\"} 2",
        "xiezhi_relay_published_total{agency=\"police\",outcome=\"confirmed\"} 2",
        "xiezhi_deadlines_passed_total{agency=\"market-supervision\"} 0",
        "xiezhi_inbox_messages{status=\"dead\"} 1",
        "# HELP xiezhi_http_intake_total ",
    ];
    let mut last = String::new();
    let all = wait_until(LIMIT, || {
        last = gateway.ask("/metrics").ok()?.text;
        wanted.iter().all(|line| last.lines().any(|found| found.starts_with(line))).then_some(())
    });
    all.with_context(|| format!("the metrics are:\n{last}"))?;
    // The dead message has its line in the log, with what an operator needs to find it and nothing of its content.
    let log = gateway.log();
    let line = log.lines().find(|line| line.contains("message is dead")).context("no line for the dead message")?;
    for part in ["agency", "m-2", "police.encoding-truncated"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    Ok(())
}

#[test]
fn who_may_not_is_told_so_in_a_problem_document() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    let stranger = AgencyClient::new(gateway.address(), "police", "a-token-that-nobody-was-given")?;
    is_problem(&stranger.push(b"x", None)?, 401, "auth.unknown")?;
    is_problem(&gateway.ask("/v1/agencies/police/outbox")?, 401, "auth.missing")?;
    let posing = AgencyClient::new(gateway.address(), "environment", &token("police"))?;
    is_problem(&posing.push(b"x", None)?, 403, "auth.wrong-agency")?;
    is_problem(&gateway.client("police")?.message("never-sent")?, 404, "message.unknown")?;
    is_problem(&gateway.ask("/v1/nothing")?, 404, "request.path-unknown")?;
    let nothing = gateway.json(&["message", "list"])?;
    assert_eq!(nothing, serde_json::json!([]), "a refused push left something behind");
    Ok(())
}

#[test]
fn one_id_for_two_contents_is_quarantined() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    let police = gateway.client("police")?;
    let (first, other) = (sample("03-police-clue.gb18030.xml")?, sample("own/police-lost-contact.gb18030.xml")?);
    assert_eq!(police.push(&first, Some("same"))?.json["status"], "accepted");
    let again = police.push(&first, Some("same"))?;
    assert_eq!((again.status, &again.json["status"]), (202, &Value::from("duplicate")));
    is_problem(&police.push(&other, Some("same"))?, 409, "message.id-conflict")?;
    let kept = gateway.json(&["message", "list", "--status", "quarantined"])?;
    assert_eq!(kept.as_array().map(Vec::len), Some(1), "{kept}");
    assert_eq!(kept[0]["message_id"], "same");
    let body = gateway.folder().join("evidence");
    let seq = kept[0]["seq"].to_string();
    let shown = gateway.run(&["message", "show", &seq, "--body-to", &body.display().to_string()])?;
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(std::fs::read(Path::new(&body))? == other, "the evidence is not what was sent");
    Ok(())
}

#[test]
fn told_to_end_under_load_it_ends_well_and_keeps_what_it_accepted() -> anyhow::Result<()> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    let client = gateway.client("police")?;
    let (sender, accepted) = std::sync::mpsc::channel();
    let pusher = std::thread::spawn(move || {
        // Until the gateway answers no more.
        for n in 0.. {
            let id = format!("end-{n}");
            match client.push(&load::police_clue(n, 1), Some(&id)) {
                Ok(answer) if answer.status == 202 => sender.send(id).map_or((), drop),
                _ => return,
            }
        }
    });
    let mut ids: Vec<String> =
        (0..ACCEPTED_BEFORE_END).map(|_| accepted.recv_timeout(LIMIT)).collect::<Result<_, _>>()?;
    let ended = gateway.terminate(LIMIT)?;
    assert_eq!(ended.code(), Some(0), "{}", gateway.log_tail());
    pusher.join().map_err(|_| anyhow::anyhow!("the pusher panicked"))?;
    ids.extend(accepted.try_iter());
    gateway.launch()?;
    for id in &ids {
        let done = wait_until(LIMIT, || {
            let entry = gateway.client("police").ok()?.message(id).ok()?;
            (entry.json["status"] == "done").then_some(())
        });
        done.with_context(|| format!("{id} was accepted and is not done"))?;
    }
    assert!(gateway.run(&["audit", "verify"])?.status.success());
    Ok(())
}
