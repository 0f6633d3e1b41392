//! The journal: a restarted simulator knows the same, whatever a crash left behind the last whole line.

use std::fs;
use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};
use xiezhi_credit_sim::{SimError, SimSettings};

use crate::kit::{CODE, Sim, list_in, list_out, settings};

fn kept(path: &Path) -> SimSettings {
    SimSettings { journal: Some(path.to_owned()), ..settings() }
}

/// The state without what a restart begins anew.
async fn known(sim: &Sim) -> Value {
    let state = sim.state().await;
    json!([state["entries"], state["applied"], state["refused"]])
}

#[tokio::test]
async fn a_restarted_simulator_knows_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let sim = Sim::start(kept(&path)).await;
    let listed = sim.post("m-1", list_in("e-1", &[])).await;
    let refused = sim.post("m-2", list_out("e-9", &[])).await;
    let removed = sim.post("m-3", list_out("e-1", &[])).await;
    let by_hand = json!({"key": "e-2", "name": "乙", "cause": "4", "listed_on": "2026-01-05"});
    assert_eq!(sim.order("entries", json!({"put": by_hand})).await.0, StatusCode::OK);
    assert_eq!(sim.post("m-4", list_in("e-3", &[])).await.0, StatusCode::OK);
    assert_eq!(sim.order("entries", json!({"delete": "e-3"})).await.0, StatusCode::OK);
    let before = known(&sim).await;
    sim.stop().await.unwrap();

    let sim = Sim::start(kept(&path)).await;
    assert_eq!(known(&sim).await, before);
    assert_eq!(sim.get("entries/by-key/m-1").await, listed);
    assert_eq!(sim.post("m-2", list_out("e-9", &[])).await, refused);
    assert_eq!(sim.post("m-3", list_out("e-1", &[])).await, removed);
    assert_eq!(sim.post("m-3", list_out("e-2", &[])).await.0, StatusCode::CONFLICT);
    assert_ne!(sim.get(&format!("public/{CODE}")).await.1, "[]");
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_torn_last_line_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let sim = Sim::start(kept(&path)).await;
    sim.post("m-1", list_in("e-1", &[])).await;
    let whole = fs::read(&path).unwrap().len();
    sim.post("m-2", list_in("e-2", &[])).await;
    sim.stop().await.unwrap();
    let bytes = fs::read(&path).unwrap();
    for length in [whole + 1, whole + 100, bytes.len() - 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        let sim = Sim::start(kept(&path)).await;
        assert_eq!(sim.get("entries/by-key/m-1").await.0, StatusCode::OK, "{length}");
        assert_eq!(sim.get("entries/by-key/m-2").await.0, StatusCode::NOT_FOUND, "{length}");
        assert_eq!(fs::read(&path).unwrap().len(), whole, "{length}");
        assert_eq!(sim.post("m-2", list_in("e-2", &[])).await.0, StatusCode::OK, "{length}");
        sim.stop().await.unwrap();
        let sim = Sim::start(kept(&path)).await;
        assert_eq!(sim.get("entries/by-key/m-2").await.0, StatusCode::OK, "{length}");
        sim.stop().await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_is_in_the_file_when_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let sim = Sim::start(kept(&path)).await;
    for at in 1..=3 {
        sim.post(&format!("m-{at}"), list_in(&format!("e-{at}"), &[])).await;
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), at);
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_journal_that_is_damaged_in_use_or_nowhere_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let sim = Sim::start(kept(&path)).await;
    sim.post("m-1", list_in("e-1", &[])).await;
    let second = Sim::start(kept(&path)).await.stop_with_error().await;
    assert!(matches!(second, SimError::Journal { .. }), "{second}");
    sim.stop().await.unwrap();

    fs::write(&path, [b"{\"broken\"\n", &fs::read(&path).unwrap()[..]].concat()).unwrap();
    let damaged = Sim::start(kept(&path)).await.stop_with_error().await;
    assert!(matches!(damaged, SimError::JournalLine { line: 1, .. }), "{damaged}");

    let nowhere = Sim::start(kept(&folder.path().join("none/journal"))).await.stop_with_error().await;
    assert!(matches!(nowhere, SimError::Journal { act: "opened", .. }), "{nowhere}");
}

#[tokio::test]
async fn settings_that_are_wrong_are_named() {
    let hours =
        |weekdays, from_minute, to_minute| Some(xiezhi_credit_sim::OpeningHours { weekdays, from_minute, to_minute });
    let certificate = xiezhi_credit_sim::SimCertificate { chain: Vec::new(), key: Vec::new() };
    let ours = settings;
    for (wrong, name) in [
        (SimSettings { base: "x".to_owned(), ..ours() }, "base"),
        (SimSettings { base: "/control/x".to_owned(), ..ours() }, "base"),
        (SimSettings { area_code: "1101".to_owned(), ..ours() }, "area_code"),
        (SimSettings { hold: std::time::Duration::ZERO, ..ours() }, "hold"),
        (SimSettings { slow_byte_every: std::time::Duration::ZERO, ..ours() }, "slow_byte_every"),
        (SimSettings { requests_per_s_max: Some(0), ..ours() }, "requests_per_s_max"),
        (SimSettings { open: hours(0, 0, 60), ..ours() }, "open"),
        (SimSettings { open: hours(1, 60, 60), ..ours() }, "open"),
        (SimSettings { open: hours(1, 0, 1441), ..ours() }, "open"),
        (SimSettings { bad_certificate: Some(certificate.clone()), ..ours() }, "bad_certificate"),
    ] {
        let error = Sim::start(wrong).await.stop_with_error().await;
        assert!(matches!(error, SimError::Setting { name: found, .. } if found == name), "{name}: {error}");
    }
}
