//! How a log line looks and which lines there are.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::{LogFormat, LogSettings, TelemetryError};

pub(crate) fn filter_parse(filter: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder().parse(filter).map_err(|source| TelemetryError::Filter { filter: filter.to_owned(), source })
}

/// The subscriber that writes lines to `writer`.
pub(crate) fn subscriber<W>(settings: &LogSettings, writer: W) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = filter_parse(&settings.filter)?;
    let lines = match settings.format {
        // Colours would end up as escapes in the journal.
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(writer).boxed(),
        // The current span carries every id of the hop; the list of its parents would repeat them.
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer).boxed(),
    };
    Ok(Registry::default().with(lines.with_filter(filter.and(filter_fn(shows_no_message)))))
}

/// lapin logs messages that come back whole, and below `info` every frame. Bodies hold personal data: whatever the filter says, they
/// do not get into the log. What came back is told by the publisher.
fn shows_no_message(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    !target.starts_with("lapin") || (*metadata.level() <= Level::INFO && target != "lapin::returned_messages")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::DEFAULT_FILTER;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(format: LogFormat, filter: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let settings = LogSettings { format, filter: filter.to_owned() };
        let subscriber = subscriber(&settings, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!(target: "xiezhi_http", "http.request", agency = "police");
            let _entered = span.enter();
            tracing::info!(target: "xiezhi_http", seq = 7, "message accepted");
            tracing::debug!(target: "xiezhi_http", "request answered");
            tracing::info!(target: "hyper::proto", "connection idle");
            tracing::warn!(target: "hyper::proto", "connection broke");
            tracing::warn!(target: "lapin::returned_messages", "returned body");
            tracing::trace!(target: "lapin::frames", "frame with a body");
            tracing::info!(target: "lapin::connection", "lapin connected");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_default_filter_keeps_dependencies_quiet() {
        let text = lines_of(LogFormat::Text, DEFAULT_FILTER);
        for (said, there) in [
            ("message accepted", true),
            ("agency=\"police\"", true),
            ("request answered", false),
            ("connection idle", false),
            ("connection broke", true),
            ("\u{1b}", false),
        ] {
            assert_eq!(text.contains(said), there, "{said:?} in {text}");
        }
    }

    #[test]
    fn no_filter_shows_messages() {
        let text = lines_of(LogFormat::Text, "trace,lapin=trace,lapin::returned_messages=trace");
        assert!(text.contains("lapin connected") && text.contains("connection idle"), "{text}");
        assert!(!text.contains("body"), "{text}");
    }

    #[test]
    fn json_lines_carry_the_spans_ids() {
        let text = lines_of(LogFormat::Json, "xiezhi=info");
        let line = text.lines().next().unwrap();
        for part in [r#""message":"message accepted""#, r#""seq":7"#, r#""agency":"police""#, r#""level":"INFO""#] {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn a_bad_filter_is_named() {
        for bad in ["xiezhi=loud", "a=b=c"] {
            let error = filter_parse(bad).unwrap_err();
            assert!(error.to_string().contains(bad), "{error}");
        }
        assert!(filter_parse("").is_ok(), "an empty filter logs errors only");
    }
}
