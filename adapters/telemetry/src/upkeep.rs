//! Keeps the metrics' memory bounded: histograms gather samples until somebody folds them, and a gateway that nobody
//! scrapes would gather for ever.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;

/// How often: at 10,000 samples a second a round folds less than a megabyte.
const INTERVAL: Duration = Duration::from_secs(5);

/// A thread that folds until it is dropped.
#[derive(Debug)]
pub(crate) struct Upkeep {
    /// Dropping it is the stop signal.
    stop: Option<mpsc::SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    pub(crate) fn start(handle: PrometheusHandle) -> io::Result<Self> {
        let (stop, stopped) = mpsc::sync_channel::<()>(0);
        let thread = std::thread::Builder::new().name("metrics-upkeep".to_owned()).spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                handle.run_upkeep();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It only fails when the thread panicked, which the panic hook has reported.
            let _ = thread.join();
        }
    }
}
