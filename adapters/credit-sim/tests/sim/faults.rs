//! Every fault: what the sender sees, and whether the message was applied.

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde_json::json;

use crate::kit::{Sim, element, list_in, settings};

/// What a sender sees of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// Nothing, or not all of it.
    Broken,
    /// An answer, with `Retry-After`.
    Whole(u16, Option<String>),
}

async fn seen(answer: reqwest::Result<reqwest::Response>) -> (Seen, String) {
    let Ok(answer) = answer else { return (Seen::Broken, String::new()) };
    let status = answer.status().as_u16();
    let wait = answer.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    match answer.text().await {
        Ok(body) => (Seen::Whole(status, wait), body),
        Err(_) => (Seen::Broken, String::new()),
    }
}

/// Each fault, what is seen of it, whether the message is applied.
fn faults() -> Vec<(&'static str, Seen, bool)> {
    let later = Some("1".to_owned());
    vec![
        ("timeout_before", Seen::Broken, false),
        ("timeout_after", Seen::Broken, true),
        ("error_500", Seen::Whole(500, None), false),
        ("error_500_after", Seen::Whole(500, None), true),
        ("bad_request", Seen::Whole(400, None), false),
        ("too_many", Seen::Whole(429, later.clone()), false),
        ("closed", Seen::Whole(503, later), false),
        ("wrong_receipt", Seen::Whole(200, None), true),
        ("garbage", Seen::Whole(200, None), true),
        ("slow_body", Seen::Broken, true),
        ("cut_body", Seen::Broken, true),
        ("reset", Seen::Broken, false),
    ]
}

#[tokio::test]
async fn a_fault_of_a_post_happens_once_and_applies_or_not() {
    let sim = Sim::start(settings()).await;
    let mut applied_before = 0;
    for (fault, wanted, applied) in faults() {
        sim.fault(fault, "entries").await;
        let (found, body) = seen(sim.try_post(fault, list_in(&fault.replace('_', "-"), &[])).await).await;
        assert_eq!(found, wanted, "{fault}: {body}");
        match fault {
            "wrong_receipt" => assert_eq!(element(&body, "MsgId"), Some("another-message")),
            "garbage" => assert!(body.starts_with("<!DOCTYPE html>"), "{body}"),
            _ => {}
        }
        let (status, _) = sim.get(&format!("entries/by-key/{fault}")).await;
        let wanted = if applied { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(status, wanted, "{fault}");
        // Sent again it is answered, and applied once in all.
        let (status, receipt) = sim.post(fault, list_in(&fault.replace('_', "-"), &[])).await;
        assert_eq!(status, StatusCode::OK, "{fault}: {receipt}");
        assert_eq!(element(&receipt, "MsgId"), Some(fault));
        applied_before += 1;
        let state = sim.state().await;
        assert_eq!(state["applied"], json!(applied_before), "{fault}");
        assert_eq!(state["faults"][fault], json!(1), "{fault}");
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn faults_of_queries_and_exports_leave_posts_alone() {
    let sim = Sim::start(settings()).await;
    sim.post("m", list_in("e", &[])).await;
    for (on, path) in [("query", "entries/by-key/m"), ("export", "entries")] {
        for (fault, wanted, _) in faults().into_iter().filter(|(fault, ..)| on == "query" || *fault != "wrong_receipt")
        {
            sim.fault(fault, on).await;
            assert_eq!(sim.post("m", list_in("e", &[])).await.0, StatusCode::OK);
            let (found, body) = seen(sim.client.get(sim.url(path)).send().await).await;
            assert_eq!(found, wanted, "{fault} on {on}: {body}");
            assert_eq!(sim.get(path).await.0, StatusCode::OK, "{fault} on {on}");
        }
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn faults_are_counted_drawn_and_cleared() {
    let sim = Sim::start(settings()).await;
    let (_, body) = sim.order("faults", json!({"fault": "error_500", "count": 3})).await;
    assert_eq!(body, json!({"waiting": {"entries": 3}}));
    assert_eq!(sim.post("m", list_in("e", &[])).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(sim.order("faults", json!({"clear": true})).await.1, json!({"waiting": {}}));
    assert_eq!(sim.post("m", list_in("e", &[])).await.0, StatusCode::OK);

    let drawn = json!({"rate": 0.5, "seed": 7, "faults": ["error_500", "too_many"]});
    let mut runs = Vec::new();
    for _ in 0..2 {
        assert_eq!(sim.order("faults", drawn.clone()).await.0, StatusCode::OK);
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(sim.post("m", list_in("e", &[])).await.0.as_u16());
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert!([200, 429, 500].iter().all(|status| runs[0].contains(status)), "{:?}", runs[0]);

    for order in [json!({}), json!({"fault": "fire"}), json!({"fault": "bad_certificate"}), json!({"rate": 2.0})] {
        assert_eq!(sim.order("faults", order.clone()).await.0, StatusCode::BAD_REQUEST, "{order}");
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_what_is_held() {
    let hold = std::time::Duration::from_secs(600);
    let sim = Sim::start(xiezhi_credit_sim::SimSettings { hold, ..settings() }).await;
    sim.fault("timeout_after", "entries").await;
    let request = sim.client.post(sim.url("entries")).header("Content-Type", "application/xml");
    let request = request.header("Idempotency-Key", "m").body(list_in("e", &[]));
    let sent = tokio::spawn(request.send());
    while sim.state().await["applied"] != json!(1) {
        tokio::task::yield_now().await;
    }
    sim.stop().await.unwrap();
    assert!(sent.await.unwrap().is_err());
}
