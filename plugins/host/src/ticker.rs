//! The clock that ends calls which take too long: one thread that advances the engine's epoch.
//!
//! Owned by the host; stops when the host is dropped. On failure there is nothing to do: it only sleeps and counts.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use wasmtime::Engine;

/// The running clock.
#[derive(Debug)]
pub(crate) struct Ticker {
    /// Dropping it tells the thread to stop.
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Starts the clock.
    pub(crate) fn start(engine: Engine, tick: Duration) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel::<()>(1);
        let thread = Builder::new().name("plugin-epoch".to_owned()).spawn(move || {
            while stopped.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It holds no lock and cannot panic; a failed join leaves nothing to clean up.
            let _ = thread.join();
        }
    }
}
