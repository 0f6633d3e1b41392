//! What a request leaves in the log: one line with the ids, and never a body or a token.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::layer::SubscriberExt as _;

use crate::fakes::{Mode, SECRET};
use crate::setup::{POLICE_TOKEN, setup};

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

#[tokio::test]
async fn each_request_leaves_one_line_that_names_it() {
    for (mode, level, line_text) in [
        (Mode::Works, " INFO", "message accepted"),
        (Mode::Unavailable, " WARN", "request failed"),
        (Mode::Failed, "ERROR", "request failed"),
    ] {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer).with(tracing_subscriber::filter::LevelFilter::INFO);
        let guard = tracing::subscriber::set_default(subscriber);
        let setup = setup();
        *setup.inbox.mode.lock().unwrap() = mode;
        setup.push(Some("m-1"), "<XM>not for the log</XM>").await;
        drop(guard);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in [level, line_text, "agency=\"police\"", "message_id=\"m-1\"", "route=\"/v1/agencies/{id}/inbox\""] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.contains(SECRET), mode != Mode::Works, "the cause is for the log: {text}");
        for never in ["not for the log", POLICE_TOKEN] {
            assert!(!text.contains(never), "{text}");
        }
    }
}
