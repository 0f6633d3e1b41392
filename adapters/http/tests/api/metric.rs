//! What is counted, and that the page names it.

use metrics_exporter_prometheus::PrometheusBuilder;
use xiezhi_http::metric;

use crate::setup::setup;

const NAMES: [&str; 8] = [
    metric::REQUESTS,
    metric::REQUEST_SECONDS,
    metric::IN_FLIGHT,
    metric::CONNECTIONS,
    metric::INTAKE,
    metric::INTAKE_BYTES,
    metric::OUTBOX_READ,
    metric::OUTBOX_ACKNOWLEDGED,
];

/// Runs the requests on this thread, under a recorder of this test's own.
fn recorded() -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        metric::describe();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let setup = setup();
            setup.push(Some("m-1"), "one").await;
            setup.push(Some("m-1"), "one").await;
            setup.push(Some("m-1"), "two!").await;
            setup.get("/v1/agencies/police/outbox").await;
            setup.acknowledge(r#"{"ids": []}"#).await;
            setup.get("/made/up/by/the/caller").await;
        });
    });
    handle.render()
}

#[test]
fn requests_and_messages_are_counted_under_bounded_labels() {
    let text = recorded();
    let inbox = "/v1/agencies/{id}/inbox";
    for line in [
        format!("xiezhi_http_requests_total{{route=\"{inbox}\",status=\"202\"}} 2"),
        format!("xiezhi_http_requests_total{{route=\"{inbox}\",status=\"409\"}} 1"),
        "xiezhi_http_requests_total{route=\"unmatched\",status=\"404\"} 1".to_owned(),
        format!("xiezhi_http_request_duration_seconds_count{{route=\"{inbox}\"}} 3"),
        "xiezhi_http_requests_in_flight 0".to_owned(),
        "xiezhi_http_intake_total{agency=\"police\",result=\"accepted\"} 1".to_owned(),
        "xiezhi_http_intake_total{agency=\"police\",result=\"duplicate\"} 1".to_owned(),
        "xiezhi_http_intake_total{agency=\"police\",result=\"quarantined\"} 1".to_owned(),
        "xiezhi_http_intake_bytes_total{agency=\"police\"} 10".to_owned(),
        "xiezhi_http_outbox_read_total{agency=\"police\"} 0".to_owned(),
        "xiezhi_http_outbox_acknowledged_total{agency=\"police\"} 0".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} missing in:\n{text}");
    }
    assert!(!text.contains("made/up"), "a caller's text is no label:\n{text}");
}

#[test]
fn the_page_names_every_metric() {
    const PAGE: &str = include_str!("../../../../docs/api.md");
    let listed: Vec<&str> =
        PAGE.lines().filter_map(|line| line.strip_prefix("| `xiezhi_")?.split('`').next()).collect();
    assert_eq!(listed, NAMES.map(|name| name.strip_prefix("xiezhi_").unwrap()));
}
