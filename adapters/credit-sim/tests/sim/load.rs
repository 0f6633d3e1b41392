//! Many at once: fifty repeats of one message, and a list of several pages.

use std::sync::Arc;
use std::time::Instant;

use reqwest::StatusCode;
use tokio::task::JoinSet;

use crate::kit::{Sim, element, list_in, settings};

/// Entries of the paging test: two full pages and a half of the largest size.
const ENTRIES: usize = 2500;
/// Senders at once.
const SENDERS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_repeats_at_once_are_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    for journal in [None, Some(folder.path().join("journal"))] {
        let sim = Arc::new(Sim::start(xiezhi_credit_sim::SimSettings { journal, ..settings() }).await);
        let mut senders = JoinSet::new();
        for _ in 0..50 {
            let sim = Arc::clone(&sim);
            senders.spawn(async move { sim.post("m", list_in("e-1", &[])).await });
        }
        let answers = senders.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == StatusCode::OK), "{answers:?}");
        let state = sim.state().await;
        let counts = ["applied", "repeated", "entries_total"].map(|name| state[name].as_u64().unwrap());
        assert_eq!(counts, [1, 49, 1]);
        Arc::into_inner(sim).unwrap().stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_entry_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for journal in [None, Some(folder.path().join("journal"))] {
        let sim = Arc::new(Sim::start(xiezhi_credit_sim::SimSettings { journal: journal.clone(), ..settings() }).await);
        let begun = Instant::now();
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let sim = Arc::clone(&sim);
            senders.spawn(async move {
                for at in (sender..ENTRIES).step_by(SENDERS) {
                    let (status, receipt) = sim.post(&format!("m-{at}"), list_in(&format!("e-{at:05}"), &[])).await;
                    assert_eq!(status, StatusCode::OK, "{receipt}");
                }
            });
        }
        senders.join_all().await;
        let per_s = f64::from(u32::try_from(ENTRIES).unwrap()) / begun.elapsed().as_secs_f64();
        eprintln!("{per_s:.0} posts/s, the client included, journal {}", journal.is_some());
        pages_check(&sim).await;
        Arc::into_inner(sim).unwrap().stop().await.unwrap();
    }
}

async fn pages_check(sim: &Sim) {
    let mut keys = Vec::new();
    let (status, list) = sim.get("entries?page=4&size=1000").await;
    assert_eq!((status.as_u16(), list.as_str()), (204, ""), "past the end");
    for (page, wanted) in [(1, 1000), (2, 1000), (3, 500)] {
        let (status, list) = sim.get(&format!("entries?page={page}&size=1000")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(list.contains(&format!(" PageNO=\"{page}\" PageCount=\"3\" Total=\"2500\">")), "page {page}");
        let items: Vec<_> = list.split("<Item>").skip(1).map(|item| element(item, "BusExcList").unwrap()).collect();
        assert_eq!(items.len(), wanted, "page {page}");
        keys.extend(items.into_iter().map(str::to_owned));
    }
    let wanted: Vec<_> = (0..ENTRIES).map(|at| format!("e-{at:05}")).collect();
    assert_eq!(keys, wanted);
}
