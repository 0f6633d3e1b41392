//! Publishing to the credit system: twenty thousand decided entries through the real binary and the simulator with faults at random,
//! then reconciliation; rate and memory.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::gateway::SAMPLE_TIME;
use xiezhi_kit::{CreditSim, Gateway, GatewayOptions, Random, load, wait_every};
use xiezhi_model::act::LegalAct;
use xiezhi_model::message::{Outgoing, RECORD_MEDIA_TYPE};
use xiezhi_model::{ActId, AgencyId, CaseNumber, InboxSeq, UtcTime};
use xiezhi_ports::{InboxOutcome, Settle as _, Settlement, Trigger};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

use crate::end_to_end::peak_memory_mb;
use crate::figure::{Better, Figure};

/// Entries.
const ENTRIES: usize = 20_000;
/// Acts written in one settlement.
const STEP: usize = 500;
/// Part of the requests that goes wrong.
const FAULT_RATE: f64 = 0.05;
/// Everything that can go wrong with a request; certificates are the matter of connections.
const FAULTS: [&str; 11] = [
    "timeout_before",
    "timeout_after",
    "error_500",
    "error_500_after",
    "too_many",
    "closed",
    "wrong_receipt",
    "garbage",
    "slow_body",
    "cut_body",
    "reset",
];
/// Longest wait for all of it.
const LIMIT: Duration = Duration::from_secs(1_800);
/// Each look starts a process beside the gateway that is measured.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long after the gateway's start the entries were decided, on its clock: what is older would be asked about first.
const DECIDED_AFTER_MS: i64 = 60_000;
/// The credit system's agency.
const CREDIT: &str = "credit-publicity";

/// Measures it.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let mut random = Random::from_environment("faults of the credit system");
    let sim = CreditSim::start(&["--hold-ms", "1500", "--slow-byte-every-ms", "500"])?;
    let options = GatewayOptions::default()
        .with("XIEZHI__RELAY__BACKOFF_BASE_MS", "200")
        .with("XIEZHI__RELAY__BACKOFF_CAP_MS", "5000")
        .with("XIEZHI__RELAY__BREAKER_OPEN_MS", "500");
    let mut gateway = Gateway::prepare(options)?;
    gateway.publish_to(sim.url(), "timeout_ms = 1000\n")?;
    gateway.launch()?;
    sim.fault(&json!({"rate": FAULT_RATE, "seed": random.next_u64() >> 12, "faults": FAULTS}))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let begin = Instant::now();
    runtime.block_on(decide(&gateway))?;
    let published = wait_every(LOOK_EVERY, LIMIT, || {
        let status = gateway.json(&["status"]).ok()?;
        (status["outbox_pending"] == 0 && status["inbox_pending"] == 0).then_some(status)
    });
    let status = published.context("the entries were not published in time")?;
    let seconds = begin.elapsed().as_secs_f64();
    let state = sim.state()?;
    ensure!(status["outbox_dead"] == 0, "entries were given up: {status}");
    ensure!(state["entries_total"] == ENTRIES && state["applied"] == ENTRIES, "the list is not as decided: {state}");
    sim.fault(&json!({"clear": true}))?;
    let memory = peak_memory_mb(&gateway)?;
    let begin = Instant::now();
    let found = gateway.run(&["credit", "reconcile", "--json"])?;
    let reconciled = begin.elapsed().as_secs_f64();
    let found: Value = serde_json::from_slice(&found.stdout).context("no reconciliation")?;
    ensure!(found["alike"] == ENTRIES && found["differences"] == json!([]), "the lists differ: {found}");
    let faults = state["faults"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum::<u64>();
    eprintln!(
        "bench: {ENTRIES} entries published in {seconds:.0} s through {faults} faults: {} sent, {} asked; reconciled in \
         {reconciled:.1} s, 0 differences",
        state["requests"]["post"], state["requests"]["query"]
    );
    let entries = f64::from(u32::try_from(ENTRIES)?);
    Ok(vec![
        Figure::plain(
            "credit_publications_per_s",
            entries / seconds,
            "1/s",
            Better::Higher,
            "20,000 decided entries to the simulator with 5 % random faults, each receipt stored and noted",
        ),
        Figure::plain("credit_differences", 0.0, "entries", Better::Lower, "reconciliation after it")
            .demanding(0.0, 0.0),
        Figure::plain("credit_reconcile_s", reconciled, "s", Better::Lower, "both lists of 20,000 entries"),
        Figure::plain("credit_memory_peak", memory, "MB", Better::Lower, "peak resident size meanwhile"),
    ])
}

/// Writes the decided acts as the desk's transaction would, with their documents still to be written by the plugin.
async fn decide(gateway: &Gateway) -> anyhow::Result<()> {
    let store = SqliteStore::open(gateway.data_dir().join("xiezhi.sqlite"), SqliteSettings::default())?;
    let at = UtcTime::parse_rfc3339(SAMPLE_TIME)?;
    for first in (0..ENTRIES).step_by(STEP) {
        let numbers = first..(first + STEP).min(ENTRIES);
        let acts = numbers.map(|n| act(n, at)).collect::<anyhow::Result<Vec<_>>>()?;
        let outgoing = acts.iter().map(|act| document(act, at)).collect::<anyhow::Result<Vec<_>>>()?;
        let settlement = Settlement { acts, outgoing, ..Settlement::empty(Trigger::Person, InboxOutcome::Done, at) };
        store.settle(&[settlement]).await?;
    }
    Ok(())
}

fn act(n: usize, at: UtcTime) -> anyhow::Result<LegalAct> {
    let case = CaseNumber::for_intake(2026, InboxSeq(i64::try_from(n)? + 1), 0);
    let uscc = load::uscc(n);
    let vote = |person: &str, role: &str| json!({"person": person, "role": role, "approved": true, "at": at});
    Ok(serde_json::from_value(json!({
        "id": ActId::of(&case, 1), "kind": "list_in", "case_number": case, "entity": format!("uscc:{uscc}"),
        "party": {"uscc": uscc, "name": format!("北京测试第{n}号企业管理有限公司")}, "clause": "5.3.9(2)",
        "reason": "两次专用信函均无人签收", "evidence": [], "decision": format!("京通市监列异〔2026〕{n}号"),
        "terms": {"cause": "4", "receivers": [CREDIT]}, "proposed_by": {"person": "officer-a"}, "proposed_at": at,
        "status": "decided", "votes": [vote("officer-a", "officer"), vote("reviewer-c", "reviewer")],
        "answers": [{"agency": CREDIT, "status": "awaited"}], "version": 1
    }))?)
}

fn document(act: &LegalAct, at: UtcTime) -> anyhow::Result<Outgoing> {
    let credit = AgencyId::parse(CREDIT)?;
    let record = json!({
        "kind": "publication", "schema_version": 1, "entry": act.entry_key(), "party": act.party, "act": "list_in",
        "cause": "4", "reason": act.reason, "decision": act.decision, "decided_on": at.beijing_date(),
        "authority_code": "110112", "authority": "北京市通州区市场监督管理局"
    });
    Ok(Outgoing {
        id: act.message_id(&credit),
        agency: credit,
        case_number: Some(act.case_number.clone()),
        kind: "publication".to_owned(),
        body: serde_json::to_vec(&record)?,
        content_type: RECORD_MEDIA_TYPE.to_owned(),
        created_at: at.plus_ms(DECIDED_AFTER_MS),
        plugin_digest: None,
    })
}
