//! The closed loop (六（二）) through the real binary: an assignment is fetched, answered or followed up, and nobody answers
//! for somebody else.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::{AgencyClient, Gateway, GatewayOptions, OutboxMessage, load, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
/// The setting with which the simulated clock starts.
const CLOCK: &str = "XIEZHI__CLOCK__START";
/// A month after the samples: every deadline of the policy has passed.
const A_MONTH_LATER: &str = "2026-10-21T10:00:00+08:00";
/// More than any queue of these tests holds.
const ALL: usize = 100;

/// Pushes a message and waits until it is settled: its inbox entry.
fn push(gateway: &Gateway, agency: &str, body: &[u8], id: &str) -> anyhow::Result<Value> {
    let answer = gateway.client(agency)?.push(body, Some(id))?;
    ensure!(answer.status == 202, "{id} was answered {} {}", answer.status, answer.text);
    let entry = wait_until(LIMIT, || {
        let entry = gateway.json(&["message", "show", id]).ok()?["message"].clone();
        (entry["status"] != "pending").then_some(entry)
    });
    entry.with_context(|| format!("{id} was not settled; the log ends:\n{}", gateway.log_tail()))
}

/// The one case there is.
fn only_case(gateway: &Gateway) -> anyhow::Result<Value> {
    let cases = gateway.json(&["case", "list"])?;
    ensure!(cases.as_array().map(Vec::len) == Some(1), "expected one case: {cases}");
    let number = cases[0]["number"].as_str().context("no number")?;
    gateway.json(&["case", "show", number])
}

/// The agency's assignment in a shown case.
fn assignment<'a>(shown: &'a Value, agency: &str) -> anyhow::Result<&'a Value> {
    let all = shown["case"]["assignments"].as_array().context("no assignments")?;
    all.iter().find(|assignment| assignment["agency"] == agency).with_context(|| format!("none for {agency}: {shown}"))
}

fn actions(shown: &Value) -> Vec<&str> {
    let rows = shown["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().filter_map(|row| row["entry"]["action"].as_str()).collect()
}

/// Reads an outbox until a message of the kind is handed out.
fn read_until(client: &AgencyClient, kind: &str) -> anyhow::Result<Vec<OutboxMessage>> {
    let mut read = Vec::new();
    let found = wait_until(LIMIT, || {
        read.extend(client.outbox(ALL).ok()?);
        read.iter().any(|message: &OutboxMessage| message.kind == kind).then_some(())
    });
    found.with_context(|| format!("no {kind} for {}", client.agency()))?;
    Ok(read)
}

/// Kills the gateway and starts it again a month later.
fn restart_a_month_later(gateway: &mut Gateway) -> anyhow::Result<()> {
    gateway.kill()?;
    gateway.options_mut().settings.insert(CLOCK.to_owned(), A_MONTH_LATER.to_owned());
    gateway.launch()
}

#[test]
fn a_late_assignment_is_reminded_of() -> anyhow::Result<()> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    push(&gateway, "urban-management", &sample("own/urban-illegal-building.form.txt")?, "u-1")?;
    let urban = gateway.client("urban-management")?;
    let ids: Vec<String> = read_until(&urban, "assignment")?.into_iter().map(|message| message.id).collect();
    urban.acknowledge(&ids)?;
    assert!(!actions(&only_case(&gateway)?).contains(&"case_reminded"));

    restart_a_month_later(&mut gateway)?;
    let urban = gateway.client("urban-management")?;
    let read = read_until(&urban, "reminder")?;
    let reminder = read.iter().find(|message| message.kind == "reminder").context("no reminder")?;
    let shown = only_case(&gateway)?;
    assert_eq!(reminder.case_number.as_deref(), shown["case"]["number"].as_str());
    assert!(actions(&shown).contains(&"case_reminded"), "{shown}");
    let rows = shown["history"].as_array().context("no history")?;
    let row = rows.iter().find(|row| row["entry"]["action"] == "case_reminded").context("no row")?;
    assert_eq!(row["entry"]["message_id"], reminder.id.as_str(), "{row}");
    for field in ["clause", "rule", "assignment"] {
        assert!(row["entry"][field].is_string(), "{field} is missing in {row}");
    }
    assert_eq!(assignment(&shown, "urban-management")?["reminders"], 1);
    Ok(())
}

#[test]
fn an_answer_moves_the_assignment_on() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    push(&gateway, "urban-management", &sample("own/urban-changed-use.form.txt")?, "u-1")?;
    let shown = only_case(&gateway)?;
    let id = assignment(&shown, "police")?["id"].as_str().context("no id")?.to_owned();
    let read = read_until(&gateway.client("police")?, "assignment")?;
    let fetched = read.iter().find(|message| message.kind == "assignment").context("no assignment")?;
    // The number is ASCII, whatever the encoding of the rest.
    assert!(String::from_utf8_lossy(&fetched.body).contains(&format!("<PQBH>{id}</PQBH>")));

    for (n, (code, status)) in [("1", "accepted"), ("3", "in_progress"), ("4", "done")].into_iter().enumerate() {
        let entry = push(&gateway, "police", &load::police_feedback(n, &id, code), &format!("f-{n}"))?;
        assert_eq!(entry["status"], "done", "{entry}");
        let shown = only_case(&gateway)?;
        assert_eq!(assignment(&shown, "police")?["status"], status, "{shown}");
        assert_eq!(assignment(&shown, "urban-management")?["status"], "assigned", "{shown}");
        assert_eq!(actions(&shown).iter().filter(|&&action| action == "case_feedback").count(), n + 1);
    }
    Ok(())
}

#[test]
fn nobody_answers_for_somebody_else() -> anyhow::Result<()> {
    let gateway = Gateway::start(GatewayOptions::default())?;
    push(&gateway, "urban-management", &sample("own/urban-illegal-building.form.txt")?, "u-1")?;
    let before = only_case(&gateway)?;
    let id = assignment(&before, "urban-management")?["id"].as_str().context("no id")?.to_owned();
    let unknown = "TZ-2026-9999999/1";
    for (n, (id, code)) in [(id.as_str(), "case.not-assigned"), (unknown, "case.unknown")].into_iter().enumerate() {
        let entry = push(&gateway, "police", &load::police_feedback(n, id, "4"), &format!("f-{n}"))?;
        assert_eq!(entry["row_faults"][0]["code"], code, "{entry}");
    }
    assert_eq!(only_case(&gateway)?["case"], before["case"]);
    Ok(())
}

#[test]
fn the_outbox_hides_what_is_handed_out_and_keeps_each_cases_order() -> anyhow::Result<()> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    push(&gateway, "urban-management", &sample("own/urban-illegal-building.form.txt")?, "u-1")?;
    let urban = gateway.client("urban-management")?;
    let first = read_until(&urban, "assignment")?;
    assert!(first.iter().all(|message| message.deliveries == 0));
    let hidden = urban.outbox(ALL)?;
    assert!(first.iter().all(|message| hidden.iter().all(|other| other.id != message.id)), "handed out twice");

    // Unacknowledged, it is there again after a restart, with what has come meanwhile behind it.
    restart_a_month_later(&mut gateway)?;
    let urban = gateway.client("urban-management")?;
    let queued = wait_until(LIMIT, || {
        let status = gateway.json(&["status"]).ok()?;
        // The reminder of urban management, and beside them the township's assignment and reminder.
        (status["queued"].as_u64()? >= first.len() as u64 + 3).then_some(())
    });
    queued.context("no reminder was queued")?;
    let mut taken: Vec<OutboxMessage> = Vec::new();
    while let Some(message) = urban.outbox(1)?.pop() {
        let beside = urban.outbox(ALL)?;
        let same_case =
            beside.iter().find(|other| other.case_number.is_some() && other.case_number == message.case_number);
        assert!(same_case.is_none(), "{} was handed out before {} was acknowledged", beside[0].id, message.id);
        let ids: Vec<String> = beside.iter().chain([&message]).map(|message| message.id.clone()).collect();
        assert_eq!(urban.acknowledge(&ids)?, ids.len() as u64);
        taken.push(message);
        taken.extend(beside);
    }
    for message in &first {
        assert!(
            taken.iter().any(|again| again.id == message.id && again.body == message.body),
            "{} is lost",
            message.id
        );
    }
    let place = |kind: &str| taken.iter().position(|message| message.kind == kind);
    assert!(place("assignment").is_some() && place("assignment") < place("reminder"), "{taken:?}");
    Ok(())
}
