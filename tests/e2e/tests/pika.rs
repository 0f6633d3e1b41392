//! Departments with a client that is not ours: a small Python program with pika, which knows the broker and the pages, works
//! both ways.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::gateway::token;
use xiezhi_kit::{Broker, BrokerAdmin, BrokerOptions, Gateway, GatewayOptions, place, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
/// When the gateway's clock starts, in seconds since 1970: 2026-09-21T09:06:00+08:00.
const SAMPLE_SECONDS: u64 = 1_789_952_760;

/// One department and its client.
struct Department<'a> {
    admin: &'a BrokerAdmin,
    vhost: &'a str,
    agency: &'static str,
}

impl Department<'_> {
    /// Runs the client to its end: what it printed.
    fn run(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let own = ["--port", self.port()?, "--vhost", self.vhost, "--agency", self.agency];
        self.python("department.py", &[&own, arguments].concat())
    }

    /// Runs the examples of the page, which send a sample and receive what is there.
    fn run_examples(&self, sample: &str, message_id: &str) -> anyhow::Result<Value> {
        let page = place::root().join("docs/amqp.md").display().to_string();
        let file = sample_file(sample).display().to_string();
        self.python("from_the_page.py", &[&page, self.port()?, self.vhost, self.agency, &file, message_id])
    }

    fn python(&self, program: &str, arguments: &[&str]) -> anyhow::Result<Value> {
        let mut command = Command::new(place::python("cargo xtask test", "the package pika")?);
        command.arg(place::root().join("tests/e2e/clients").join(program)).args(arguments);
        let output = command.env("DEPARTMENT_PASSWORD", token(self.agency)).output()?;
        ensure!(output.status.success(), "{arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("the client printed no JSON")
    }

    fn port(&self) -> anyhow::Result<&str> {
        Ok(self.admin.amqp_address().rsplit_once(':').context("no port")?.1)
    }

    fn send(&self, sample: &str, message_id: &str, more: &[&str]) -> anyhow::Result<Value> {
        let file = sample_file(sample).display().to_string();
        self.run(&[&["--send", &file, "--message-id", message_id], more].concat())
    }
}

fn sample_file(path: &str) -> PathBuf {
    place::root().join("tests/samples").join(path)
}

/// The gateway has declared the queues and consumes from the inbox.
fn wait_for_queues(gateway: &Gateway, agency: &str) -> anyhow::Result<()> {
    let line = format!("xiezhi_amqp_consumers_total{{agency=\"{agency}\"}}");
    let there = wait_until(LIMIT, || gateway.ask("/metrics").ok().filter(|answer| answer.text.contains(&line)));
    there.map(drop).with_context(|| format!("no consumer for {agency}; the log ends:\n{}", gateway.log_tail()))
}

fn of_type<'a>(result: &'a Value, kind: &str) -> anyhow::Result<&'a Value> {
    let received = result["received"].as_array().context("no list")?;
    received.iter().find(|message| message["type"] == kind).with_context(|| format!("no {kind} in {result}"))
}

/// Everything that `docs/amqp.md` promises of an outgoing message, whatever it is about.
fn check_properties(message: &Value) {
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    assert!(text("message_id").starts_with("xz-"), "{message}");
    assert_eq!(message["content_type"], "application/xml; charset=GB18030", "{message}");
    assert_eq!(message["content_encoding"], "GB18030", "{message}");
    assert_eq!(message["reply_to"], "xiezhi.inbox.police", "{message}");
    assert_eq!((text("user_id"), text("app_id")), ("xiezhi", "xiezhi"), "{message}");
    assert_eq!(message["delivery_mode"], 2, "{message}");
    let seconds = message["timestamp"].as_u64().unwrap_or_default();
    assert!((SAMPLE_SECONDS..SAMPLE_SECONDS + 3_600).contains(&seconds), "{message}");
    let trace: Vec<usize> = text("traceparent").split('-').map(str::len).collect();
    assert_eq!(trace, [2, 32, 16, 2], "{message}");
    assert_eq!(message["body"]["root"], "GAJHBW", "{message}");
    let declared = message["body"]["encoding_declared"].as_str().unwrap_or_default();
    assert!(declared.contains("encoding=\"GB18030\""), "{message}");
    assert_eq!(message["body"]["fields"]["XXBS"], message["message_id"], "{message}");
}

#[test]
fn the_police_work_with_a_client_of_their_own() -> anyhow::Result<()> {
    let admin = Broker::shared()?;
    let vhost = admin.own_vhost("pika")?;
    let options = BrokerOptions::prepare(&admin, &vhost)?;
    let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
    gateway.launch()?;
    let department = |agency| Department { admin: &admin, vhost: &vhost, agency };
    let (police, urban) = (department("police"), department("urban-management"));
    for agency in [police.agency, urban.agency] {
        wait_for_queues(&gateway, agency)?;
    }
    let sent = urban.send("own/urban-changed-use.form.txt", "u-1", &[])?;
    assert_eq!(sent["confirmed"], true, "{sent}");
    // Switched off before it acknowledges what it has read.
    let seen = gateway.folder().join("police-seen.txt").display().to_string();
    let waiting = ["--messages", "2", "--seen", &seen];
    let xml = ["--content-type", "application/xml; charset=GB18030"];
    let more = [&xml[..], &waiting, &["--no-ack"]].concat();
    let result = police.send("own/police-lost-contact.gb18030.xml", "p-1", &more)?;
    assert_eq!(result["confirmed"], true, "{result}");

    let assignment = of_type(&result, "assignment")?;
    check_properties(assignment);
    let cases = gateway.json(&["case", "list", "--category", "changed_use"])?;
    assert_eq!(assignment["correlation_id"], cases[0]["number"], "{assignment}");
    let fields = &assignment["body"]["fields"];
    assert_eq!((&fields["YWLX"], &fields["XTAJBH"]), (&Value::from("PQ"), &cases[0]["number"]), "{assignment}");
    let receipt = of_type(&result, "receipt")?;
    check_properties(receipt);
    let fields = &receipt["body"]["fields"];
    assert_eq!((&fields["YWLX"], &fields["YXXBS"]), (&Value::from("HZ"), &Value::from("p-1")), "{receipt}");

    // Both come again, are known by their ids, and are acknowledged; then there is nothing left.
    let again = police.run(&waiting)?;
    assert_eq!(again["received"], serde_json::json!([]), "{again}");
    assert_eq!(again["duplicates"].as_array().map(Vec::len), Some(2), "{again}");
    let nothing = police.run(&["--messages", "1", "--seconds", "1", "--seen", &seen])?;
    assert_eq!((&nothing["received"], &nothing["duplicates"]), (&serde_json::json!([]), &serde_json::json!([])));
    Ok(())
}

#[test]
fn nobody_writes_to_the_inbox_of_another_department() -> anyhow::Result<()> {
    let admin = Broker::shared()?;
    let vhost = admin.own_vhost("pika-refused")?;
    let options = BrokerOptions::prepare(&admin, &vhost)?;
    let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
    gateway.launch()?;
    for agency in ["police", "fire"] {
        wait_for_queues(&gateway, agency)?;
    }
    let police = Department { admin: &admin, vhost: &vhost, agency: "police" };
    let refused = police.send("own/police-lost-contact.gb18030.xml", "p-1", &["--to", "fire"])?;
    assert_eq!((&refused["confirmed"], &refused["refused"]), (&Value::Null, &Value::from(403)), "{refused}");
    Ok(())
}

#[test]
fn the_examples_of_the_page_work_as_they_stand() -> anyhow::Result<()> {
    let admin = Broker::shared()?;
    let vhost = admin.own_vhost("pika-page")?;
    let options = BrokerOptions::prepare(&admin, &vhost)?;
    let mut gateway = Gateway::prepare_over_broker(GatewayOptions::default(), &options)?;
    gateway.launch()?;
    wait_for_queues(&gateway, "police")?;
    let police = Department { admin: &admin, vhost: &vhost, agency: "police" };
    let stored = police.run_examples("own/police-lost-contact.gb18030.xml", "page-1")?;
    let stored = stored.as_object().context("no object")?;
    let kinds: Vec<&Value> = stored.values().map(|message| &message[1]).collect();
    assert_eq!(kinds, ["receipt"], "{stored:?}");
    let entry = gateway.json(&["message", "show", "page-1"])?;
    assert_eq!(entry["message"]["status"], "done", "{entry}");
    Ok(())
}
