//! Setting up logs and metrics for a whole process, so a process of its own.

use xiezhi_ports::StoreCounts;
use xiezhi_telemetry::{LogSettings, TelemetryError, filter_check, init, metric};

#[test]
fn a_process_is_set_up_once_and_its_metrics_are_described() {
    let bad = LogSettings { filter: "xiezhi=loud".to_owned(), ..LogSettings::default() };
    assert!(matches!(init(&bad), Err(TelemetryError::Filter { .. })), "a bad filter sets nothing up");
    assert!(filter_check(&LogSettings::default().filter).is_ok());

    let telemetry = init(&LogSettings::default()).unwrap();
    assert!(matches!(init(&LogSettings::default()), Err(TelemetryError::Logs(_))));

    metric::counts_record(&StoreCounts { inbox_dead: 3, cases_open: 2, ..StoreCounts::default() });
    metrics::counter!(metric::RELAY_PUBLISHED, "agency" => "police", "outcome" => "confirmed").increment(1);
    metrics::histogram!(metric::DECODE_SECONDS, "agency" => "police").record(0.002);
    let text = telemetry.render();
    for line in [
        "# HELP xiezhi_cases_open cases that are not closed",
        "# TYPE xiezhi_inbox_messages gauge",
        "xiezhi_inbox_messages{status=\"dead\"} 3",
        "xiezhi_cases_open 2",
        "xiezhi_relay_published_total{agency=\"police\",outcome=\"confirmed\"} 1",
        "xiezhi_plugin_decode_duration_seconds_bucket{agency=\"police\",le=\"0.005\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} missing in:\n{text}");
    }
}
