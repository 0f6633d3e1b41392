//! The rows of the interface, and what a trainer changes by hand.

use std::sync::atomic::Ordering;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use xiezhi_credit_sim::{OpeningHours, SimSettings};

use crate::kit::{CODE, NOW_MS, OTHER_CODE, Sim, annul, element, list_in, list_out, read, settings};

#[tokio::test]
async fn an_entry_is_listed_removed_and_shown() {
    let sim = Sim::start(settings()).await;
    let (status, receipt) = sim.post("m-1", list_in("e-1", &[])).await;
    assert_eq!(status, StatusCode::OK, "{receipt}");
    assert!(receipt.contains("<OpAnomalyReceipt AreaCode=\"110112\" Seq=\"20260929000001\">"), "{receipt}");
    let said = ["Seq", "MsgId", "ResCode", "ErrCode"].map(|name| element(&receipt, name));
    assert_eq!(said, [Some("20260929000001"), Some("m-1"), Some("1"), None]);

    let seen: Value = serde_json::from_str(&sim.get(&format!("public/{CODE}")).await.1).unwrap();
    let listed = json!([{
        "企业名称": "北京潞河云驿科技有限公司", "统一社会信用代码": CODE,
        "列入经营异常名录原因": "通过登记的住所或者经营场所无法联系的", "列入日期": "2026年9月29日",
        "作出决定机关(列入)": "北京市通州区市场监督管理局",
        "移出经营异常名录原因": null, "移出日期": null, "作出决定机关(移出)": null,
    }]);
    assert_eq!(seen, listed);

    let renamed = [("EntName", "北京潞河新驿科技有限公司"), ("UniSCID", OTHER_CODE)];
    assert_eq!(sim.post("m-2", list_out("e-1", &renamed)).await.0, StatusCode::OK);
    assert_eq!(sim.get(&format!("public/{CODE}")).await, (StatusCode::OK, "[]".to_owned()));
    let seen: Value = serde_json::from_str(&sim.get(&format!("public/{OTHER_CODE}")).await.1).unwrap();
    let seen = ["企业名称", "移出经营异常名录原因", "移出日期"].map(|heading| seen[0][heading].clone());
    assert_eq!(seen, ["北京潞河新驿科技有限公司", "已变更登记住所", "2026年11月10日"]);

    let state = sim.state().await;
    let entry = &state["entries"][0];
    assert_eq!(entry["status"], "removed");
    assert_eq!(entry["former_names"], json!(["北京潞河云驿科技有限公司"]));
    assert_eq!(entry["former_codes"], json!([CODE]));
    assert_eq!((&entry["listed_by"], &entry["removed_by"]), (&json!("m-1"), &json!("m-2")));
    assert_eq!(state["requests"], json!({"post": 2, "query": 0, "export": 0, "public": 3}));
    assert_eq!((&state["applied"], &state["active_connections"]), (&json!(2), &json!(1)));
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn an_entity_has_two_entries_and_an_annulled_one_is_not_seen() {
    let sim = Sim::start(settings()).await;
    for (message, document) in [
        ("m-1", list_in("e-1", &[])),
        ("m-2", list_in("e-2", &[("SpeCause", "1"), ("SpeCauseCN", "-")])),
        ("m-3", annul("e-1", &[])),
        ("m-4", list_in("e-3", &[("UniSCID", "-"), ("RegNO", "110112000000017"), ("SpeCause", "2")])),
    ] {
        assert_eq!(sim.post(message, document).await.0, StatusCode::OK, "{message}");
    }
    let seen: Value = serde_json::from_str(&sim.get(&format!("public/{CODE}")).await.1).unwrap();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    assert_eq!(seen[0]["列入经营异常名录原因"], "未按规定的期限公示年度报告的");
    let (_, list) = sim.get("entries").await;
    assert!(list.contains(" ExportDate=\"2026-09-29\" PageNO=\"1\" PageCount=\"1\" Total=\"3\">"), "{list}");
    let moved: Vec<_> = list.split("<Item>").skip(1).map(|item| element(item, "IsMove")).collect();
    assert_eq!(moved, [Some("2"), None, None]);
    assert_eq!(element(&list, "RemExcpresCN"), Some("列入经营异常名录的决定有误，予以撤销"));
    assert_eq!(element(&list, "RePenDecNo"), Some("（京通）市监异移〔2026〕第00045号"));
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_message_is_answered_the_same_again() {
    let sim = Sim::start(settings()).await;
    let document = list_in("e-1", &[]).replace(" Seq=", " MsgId=\"own &amp; 1\" Seq=");
    let first = sim.post("键/1", document.clone()).await;
    assert_eq!(element(&first.1, "MsgId"), Some("own &amp; 1"));
    sim.now_ms.fetch_add(86_400_000, Ordering::Relaxed);
    assert_eq!(sim.post("键/1", document).await, first);
    assert_eq!(sim.get("entries/by-key/%E9%94%AE%2F1").await, first);
    let refused = sim.post("m-2", list_out("e-9", &[])).await;
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sim.post("m-2", list_out("e-9", &[])).await, refused);
    assert_eq!(sim.get("entries/by-key/m-2").await, refused);
    assert_eq!(sim.get("entries/by-key/m-3").await.0, StatusCode::NOT_FOUND);
    let state = sim.state().await;
    let counts = ["applied", "refused", "repeated", "conflicts"].map(|name| state[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 2, 0]);
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn requests_that_are_none_are_told_what_is_wrong() {
    let sim = Sim::start(settings()).await;
    let url = sim.url("entries");
    let xml = || sim.client.post(&url).header("Content-Type", "application/xml");
    for (request, status, code) in [
        (sim.client.post(&url).header("Idempotency-Key", "a").body("x"), 415, "content_type"),
        (sim.client.post(&url).header("Content-Type", "text/xml").body("x"), 415, "content_type"),
        (xml().body("x"), 400, "idempotency_key"),
        (xml().header("Idempotency-Key", "k".repeat(201)).body("x"), 400, "idempotency_key"),
        (xml().header("Idempotency-Key", "a").body("x".repeat(4 * 1024 * 1024 + 1)), 413, "too_large"),
        (sim.client.get(sim.url("entries?page=0")), 400, "page"),
        (sim.client.get(sim.url("entries?size=1001")), 400, "page"),
        (sim.client.get(sim.url("entries?size=x")), 400, "page"),
        (sim.client.delete(&url), 405, "method_not_allowed"),
        (sim.client.post(sim.url("public/x")), 405, "method_not_allowed"),
        (sim.client.get(sim.url("nothing")), 404, "not_found"),
        (sim.client.get(format!("http://{}/", sim.host)), 404, "not_found"),
        (sim.client.get(format!("http://{}/control/faults", sim.host)), 405, "method_not_allowed"),
        (sim.client.post(format!("http://{}/control/faults", sim.host)).body("{"), 400, "json"),
        (sim.client.post(format!("http://{}/control/entries", sim.host)).body("{\"drop\":1}"), 400, "json"),
        (sim.client.get(format!("http://{}/control/state?size=10001", sim.host)), 400, "page"),
        (sim.client.get(format!("http://{}/control/", sim.host)), 404, "not_found"),
    ] {
        let (found, body) = read(request.send().await.unwrap()).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((found.as_u16(), &body["code"]), (status, &json!(code)), "{body}");
    }
    sim.stop().await.unwrap();
    let sim = Sim::start(SimSettings { control: false, ..settings() }).await;
    let answer = sim.client.get(format!("http://{}/control/state", sim.host)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn it_is_closed_at_night_and_takes_only_so_many() {
    let open = OpeningHours { weekdays: 0b001_1111, from_minute: 9 * 60, to_minute: 17 * 60 };
    let sim = Sim::start(SimSettings { open: Some(open), requests_per_s_max: Some(2), ..settings() }).await;
    for (after_ms, status, wait) in [
        (0, 204, None),
        (0, 204, None),
        (0, 429, Some("1")),
        (1000, 204, None),
        (7 * 3_600_000, 503, Some("57600")),
        (23 * 3_600_000, 204, None),
    ] {
        sim.now_ms.store(NOW_MS + after_ms, Ordering::Relaxed);
        let answer = sim.client.get(sim.url("entries")).send().await.unwrap();
        let found = answer.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), found), (status, wait), "after {after_ms} ms");
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_trainer_changes_entries_by_hand() {
    let sim = Sim::start(settings()).await;
    sim.post("m-1", list_in("e-1", &[])).await;
    let new = json!({"put": {"key": "e-0", "name": "甲", "cause": "4", "listed_on": "2026-01-05", "uscc": OTHER_CODE}});
    for (order, status) in [
        (json!({"put": {"key": "e-1", "cause": "1"}}), 200),
        (new, 200),
        (json!({"put": {"key": "e-2"}}), 400),
        (json!({"put": {"name": "甲"}}), 400),
        (json!({"put": {"key": "e-1", "colour": "red"}}), 400),
        (json!({"put": {"key": "e-1", "status": "removed"}}), 400),
        (json!({"put": {"key": "e-1", "name": "长".repeat(201)}}), 400),
        (json!({"put": {"key": "e-1", "reason": "\u{1}"}}), 400),
        (json!({"put": {"key": "e 1"}}), 400),
        (json!({"delete": "e-7"}), 404),
    ] {
        let (found, body) = sim.order("entries", order.clone()).await;
        assert_eq!(found.as_u16(), status, "{order}: {body}");
    }
    let state = sim.state().await;
    let causes: Vec<_> = state["entries"].as_array().unwrap().iter().map(|e| (&e["key"], &e["cause"])).collect();
    assert_eq!(causes, [(&json!("e-0"), &json!("4")), (&json!("e-1"), &json!("1"))]);
    assert_eq!(sim.order("entries", json!({"delete": "e-1"})).await.0, StatusCode::OK);
    assert_eq!(sim.get(&format!("public/{CODE}")).await.1, "[]");
    // What became of the message is known all the same.
    assert_eq!(sim.get("entries/by-key/m-1").await.0, StatusCode::OK);
    sim.stop().await.unwrap();
}
