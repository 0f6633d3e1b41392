//! Logs and metrics of a running gateway: sets both up once, for the whole process.
//!
//! It decides what lines look like and what the gateway's metrics are called; what is said where is the speaker's
//! business. Logs go to stderr, metrics are handed out as text.

mod logs;
pub mod metric;
mod upkeep;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::upkeep::Upkeep;

/// What a log filter is when the configuration names none: ours from `info`, everything else from `warn`.
pub const DEFAULT_FILTER: &str = "warn,xiezhi=info";

/// Bounds of the duration histograms, in seconds: from a duplicate's answer to the longest request time-out.
const SECONDS_BUCKETS: [f64; 12] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0];

/// How the gateway logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// Which lines: comma-separated `target=level` directives; [`DEFAULT_FILTER`] is a good start.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: DEFAULT_FILTER.to_owned() }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Why logs and metrics could not be set up.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("log filter \"{filter}\" cannot be read, write directives such as \"{DEFAULT_FILTER}\"")]
    Filter {
        /// The filter.
        filter: String,
        /// Where it is wrong.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something else set up logging in this process.
    #[error("logging is set up already in this process")]
    Logs(#[source] tracing_subscriber::util::TryInitError),
    /// Something else set up metrics in this process, or the histogram bounds are empty.
    #[error("metrics cannot be set up in this process")]
    Metrics(#[source] BuildError),
    /// The thread that bounds the metrics' memory could not be started.
    #[error("metrics upkeep thread cannot be started")]
    Upkeep(#[source] std::io::Error),
}

/// Logs and metrics, set up. Keep it until the process ends: dropping it stops the metrics' upkeep.
#[derive(Debug)]
pub struct Telemetry {
    handle: PrometheusHandle,
    _upkeep: Upkeep,
}

impl Telemetry {
    /// All metrics, in Prometheus' text form 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }
}

/// Reads a filter and throws it away: lets a configuration check name a bad one.
///
/// # Errors
/// [`TelemetryError::Filter`].
pub fn filter_check(filter: &str) -> Result<(), TelemetryError> {
    logs::filter_parse(filter).map(|_| ())
}

/// Sets up logs and metrics for the process and describes the gateway's own metrics.
///
/// Crates with metrics of their own describe them afterwards.
///
/// # Errors
/// [`TelemetryError`]; when it is not `Filter`, another part of the process got there first.
pub fn init(settings: &LogSettings) -> Result<Telemetry, TelemetryError> {
    logs::subscriber(settings, std::io::stderr)?.try_init().map_err(TelemetryError::Logs)?;
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(TelemetryError::Metrics)?;
    metric::describe();
    let upkeep = Upkeep::start(handle.clone()).map_err(TelemetryError::Upkeep)?;
    Ok(Telemetry { handle, _upkeep: upkeep })
}
