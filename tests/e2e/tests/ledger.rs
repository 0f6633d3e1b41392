//! The entities' files through the real binary and the real plugins: a major penalty becomes a joint punishment that every member
//! answers in its own format and that a repair of credit ends; a host unit's ledger is studied; a file shows it all in one place.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::{Gateway, GatewayOptions, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
/// The enterprise of the sample penalty.
const PUNISHED: &str = "91110112MAYYT0059L";
/// More than the outboxes of these tests hold.
const ALL: usize = 100;

fn start() -> anyhow::Result<Gateway> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    for (name, role) in [("officer-a", "officer"), ("reviewer-c", "reviewer")] {
        gateway.add_person(name, role)?;
    }
    Ok(gateway)
}

/// Pushes a message and waits until it is settled.
fn push(gateway: &Gateway, agency: &str, id: &str, body: &str) -> anyhow::Result<()> {
    let answer = gateway.client(agency)?.push(body.as_bytes(), Some(id))?;
    ensure!(answer.status == 202, "{id} was answered {} {}", answer.status, answer.text);
    let entry = wait_until(LIMIT, || {
        let entry = gateway.json(&["message", "show", id]).ok()?["message"].clone();
        (entry["status"] != "pending").then_some(entry)
    })
    .with_context(|| format!("{id} was not settled; the log ends:\n{}", gateway.log_tail()))?;
    ensure!(entry["status"] == "done", "{entry}");
    Ok(())
}

fn text_of(path: &str) -> anyhow::Result<String> {
    Ok(String::from_utf8(sample(path)?)?)
}

/// The id of the one act of a kind that waits for a decision.
fn proposed(gateway: &Gateway, kind: &str) -> anyhow::Result<String> {
    let acts = gateway.json(&["act", "list", "--status", "proposed"])?;
    let of_kind: Vec<&Value> = acts.as_array().context("no list")?.iter().filter(|act| act["kind"] == kind).collect();
    let [act] = of_kind.as_slice() else { anyhow::bail!("expected one {kind}: {acts}") };
    ensure!(act["proposed_by"]["policy"]["rule"].is_string(), "by the policy: {act}");
    Ok(act["id"].as_str().context("no id")?.to_owned())
}

/// Two persons decide it on the command line.
fn decide(gateway: &Gateway, id: &str) -> anyhow::Result<()> {
    for (person, more) in [("officer-a", &[][..]), ("reviewer-c", &["--decision", "京通市监惩〔2026〕1号"][..])]
    {
        let (code, text) = gateway.run_as(person, &[&["act", "approve", id], more].concat())?;
        ensure!(code == Some(0), "{person}: {text}");
    }
    Ok(())
}

/// Whether a message of this kind waits for the agency; nothing is acknowledged.
fn has_got(gateway: &Gateway, agency: &str, kind: &str) -> anyhow::Result<()> {
    let client = gateway.client(agency)?;
    wait_until(LIMIT, || client.outbox(ALL).ok()?.iter().any(|message| message.kind == kind).then_some(()))
        .with_context(|| format!("{agency} was sent no {kind}"))
}

fn answer_of(gateway: &Gateway, id: &str, agency: &str) -> anyhow::Result<String> {
    let act = gateway.json(&["act", "show", id])?;
    let answers = act["answers"].as_array().context("no answers")?;
    let found = answers.iter().find(|answer| answer["agency"] == agency).context("not asked")?;
    Ok(found["status"].as_str().context("no status")?.to_owned())
}

#[test]
fn a_major_penalty_is_punished_jointly_answered_and_lifted() -> anyhow::Result<()> {
    let gateway = start()?;
    let penalty = text_of("08-ndrc-penalty-exchange.xml")?.replace("<CF_NR_FK>2.000000<", "<CF_NR_FK>20.000000<");
    push(&gateway, "development-reform", "cf-1", &penalty)?;
    let id = proposed(&gateway, "joint_punishment")?;
    decide(&gateway, &id)?;
    let members = ["planning", "housing", "police", "fire", "emergency", "urban-management", "commerce", "fiscal"];
    for member in members.into_iter().chain(["development-reform", "market-supervision"]) {
        has_got(&gateway, member, "joint_punishment")?;
        assert_eq!(answer_of(&gateway, &id, member)?, "awaited", "{member}");
    }

    // Each answers in its own format: one as XML, one as a table, one that was not asked.
    let answer = |number: &str| {
        Ok::<_, anyhow::Error>(text_of("own/reform-measure-feedback.xml")?.replace("LHCJ-2026-0003", number))
    };
    push(&gateway, "development-reform", "fk-1", &answer(&id)?)?;
    assert_eq!(answer_of(&gateway, &id, "development-reform")?, "applied");
    let refusal = json!({
        "Version": "1.0", "MessageNo": "CF-1", "Business": "MeasureFeedback",
        "Rows": [{"RequestNo": id, "Applied": false, "Content": "该主体无在办事项"}]
    });
    push(&gateway, "market-supervision", "fk-2", &refusal.to_string())?;
    assert_eq!(answer_of(&gateway, &id, "market-supervision")?, "refused");

    let repair = text_of("own/reform-restoration.xml")?;
    push(&gateway, "development-reform", "xf-1", &repair)?;
    let lift = proposed(&gateway, "lift")?;
    decide(&gateway, &lift)?;
    for member in members {
        has_got(&gateway, member, "lift")?;
    }
    push(&gateway, "development-reform", "fk-3", &answer(&id)?.replace("FGCJ-3", "FGCJ-4"))?;
    assert_eq!(answer_of(&gateway, &lift, "development-reform")?, "applied", "under the punishment's number");

    let output = gateway.run(&["entity", "show", PUNISHED])?;
    let file = String::from_utf8_lossy(&output.stdout).into_owned();
    for wanted in [
        "一户一档：北京台湖安居餐饮管理有限公司",
        "行政处罚：1件",
        "信用修复、移出：1件",
        "联合惩戒",
        "解除联合惩戒",
        "已落实",
    ] {
        assert!(file.contains(wanted), "{wanted} is not in\n{file}");
    }
    let over_http = gateway.person("officer-a")?.get(&format!("/v1/entities/{PUNISHED}"))?;
    assert_eq!(
        (over_http.status, over_http.json["acts"].as_array().map(Vec::len)),
        (200, Some(2)),
        "{}",
        over_http.text
    );
    Ok(())
}

/// An address in the platform's format, without anything that shows its condition.
fn address(number: &str, kind: &str) -> Value {
    json!({
        "type": "address", "address_number": number, "kind": kind, "status": "active", "name": number,
        "address": format!("北京市通州区某路{number}号"), "town": "110112009", "host_unit": "外资专班"
    })
}

#[test]
fn a_host_unit_with_too_many_addresses_is_studied() -> anyhow::Result<()> {
    let mut gateway = start()?;
    let rows = [address("DZ-1", "operating"), address("DZ-2", "operating"), address("DZ-3", "cluster")];
    let message = json!({
        "format": "address-filing/1",
        "header": {
            "message_number": "ZSBA-1", "sender": "ZSBA-110112", "receiver": "11110112MAYYG0015Y",
            "sent_at": "2026-09-18T10:15:00+08:00", "row_count": rows.len()
        },
        "rows": rows
    });
    push(&gateway, "address-filing", "dz-1", &message.to_string())?;
    let of = |gateway: &Gateway, category: &str| gateway.json(&["case", "list", "--category", category]);
    assert_eq!(of(&gateway, "address_condition")?.as_array().map(Vec::len), Some(3), "each lacks its papers");

    // It studies once a day, and at its start.
    gateway.terminate(LIMIT)?;
    gateway.launch()?;
    let case = wait_until(LIMIT, || of(&gateway, "host_addresses").ok()?.get(0).cloned()).context("was not studied")?;
    assert_eq!((&case["party"]["name"], &case["status"]), (&json!("外资专班"), &json!("open")), "{case}");
    let number = case["number"].as_str().context("no number")?.to_owned();
    let shown = gateway.json(&["case", "show", &number])?;
    let opening = shown["history"][0]["entry"]["text"].as_str().context("no history")?;
    assert!(opening.contains("实际经营地址个数") && opening.contains("现为2，达到2"), "{opening}");
    assert_eq!(shown["sources"].as_array().map(Vec::len), Some(2), "the two addresses are its evidence");
    has_got(&gateway, "market-supervision", "assignment")?;

    gateway.terminate(LIMIT)?;
    gateway.launch()?;
    let studied = || gateway.log().contains("the indicators were studied").then_some(());
    wait_until(LIMIT, studied).context("was not studied again")?;
    assert_eq!(of(&gateway, "host_addresses")?.as_array().map(Vec::len), Some(1), "raised once");
    let output = gateway.run(&["entity", "list", "--host-unit", "外资专班"])?;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "address:DZ-1\naddress:DZ-2\naddress:DZ-3\n");
    let verify = gateway.run(&["audit", "verify"])?;
    ensure!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    Ok(())
}
