//! The worker: leases inbox rows and has them decoded by the sender's plugin; the [`Settler`] has them decided by the
//! engine, encoded by the receivers' plugins, and settled in T2.
//!
//! Three stages work at once: one batch is decoded, the one before is decided, the one before that is written.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xiezhi_engine::Engine;
use xiezhi_model::message::InboxMessage;
use xiezhi_model::plugin::Input;
use xiezhi_ports::{Clock, Disposition, Store, StoreError};

use super::link::{Links, ReadResult};
use super::settler::Settler;

/// A store that is not available is tried again after this long.
const STORE_PAUSE: Duration = Duration::from_millis(200);
/// Batches decoded ahead of the settler.
const BATCHES_AHEAD: usize = 1;

/// What the worker needs; the ports are shared with the other tasks.
pub(crate) struct Worker {
    /// Inbox, cases and T2.
    pub(crate) store: Arc<dyn Store>,
    /// The agencies' plugins and metrics.
    pub(crate) links: Arc<Links>,
    /// Decides.
    pub(crate) engine: Arc<Engine>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Signalled when a message was taken in.
    pub(crate) inbox_wake: Arc<Notify>,
    /// Signalled when a message is to be published.
    pub(crate) outbox_wake: Arc<Notify>,
    /// Most messages in a batch.
    pub(crate) batch_messages_max: usize,
    /// How long a lease lasts.
    pub(crate) lease_ms: i64,
    /// How often the inbox is looked at without a signal (another process may have redriven a message).
    pub(crate) poll: Duration,
    /// Threads that decode and encode.
    pub(crate) decode_threads: usize,
}

/// A message and what its plugin made of it.
pub(super) struct ReadMessage {
    pub(super) message: InboxMessage,
    pub(super) read: ReadResult,
}

impl Worker {
    /// Works until `stop`, or until the store cannot be trusted any more.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> anyhow::Result<()> {
        let (sender, mut receiver) = mpsc::channel::<Vec<ReadMessage>>(BATCHES_AHEAD);
        let reader = tokio::spawn(Arc::clone(&self).read_until(sender, stop.clone()));
        let settled = async {
            let mut settler = Settler::new(Arc::clone(&self));
            while let Some(batch) = receiver.recv().await {
                settler.settle_batch(batch).await?;
                if receiver.is_empty() {
                    // Nothing follows at once: what is being written is waited for, so that a failure is seen.
                    settler.finish().await?;
                }
            }
            settler.finish().await
        }
        .await;
        // A failed settler must not leave the reader waiting for room in the channel.
        drop(receiver);
        reader.await.context("the reader panicked")??;
        settled
    }

    async fn read_until(
        self: Arc<Self>,
        sender: mpsc::Sender<Vec<ReadMessage>>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let leased = match self.store.inbox_lease(self.batch_messages_max, self.lease_ms, self.clock.now()).await {
                Ok(leased) => leased,
                Err(error) => {
                    pause_or_stop(&error, "inbox could not be leased").await?;
                    continue;
                }
            };
            if leased.is_empty() {
                tokio::select! {
                    () = self.inbox_wake.notified() => {}
                    () = tokio::time::sleep(self.poll) => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            let batch = Arc::clone(&self).decode_all(leased).await?;
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Decodes a batch on several threads, in order.
    async fn decode_all(self: Arc<Self>, leased: Vec<InboxMessage>) -> anyhow::Result<Vec<ReadMessage>> {
        let chunk = leased.len().div_ceil(self.decode_threads.max(1)).max(1);
        let mut tasks = Vec::new();
        let mut rest = leased;
        while !rest.is_empty() {
            let tail = rest.split_off(chunk.min(rest.len()));
            let chunk_messages = std::mem::replace(&mut rest, tail);
            let worker = Arc::clone(&self);
            tasks.push(tokio::task::spawn_blocking(move || {
                chunk_messages.into_iter().map(|message| worker.decode(message)).collect::<Vec<_>>()
            }));
        }
        let mut batch = Vec::new();
        for task in tasks {
            batch.extend(task.await.context("a decoding thread panicked")?);
        }
        Ok(batch)
    }

    fn decode(&self, message: InboxMessage) -> ReadMessage {
        let read = self.read(&Input::Message(&message.body), &message);
        ReadMessage { message, read }
    }

    pub(super) fn read(&self, input: &Input<'_>, message: &InboxMessage) -> ReadResult {
        self.links.decode(input, message)
    }
}

/// Pauses before another try, or passes on an error after which the process must stop.
pub(crate) async fn pause_or_stop(error: &StoreError, what: &'static str) -> anyhow::Result<()> {
    // A refused read is a mistake in the gateway: repeating it would never end.
    if error.disposition() != Disposition::Retry {
        return Err(error.clone()).context(what);
    }
    warn!(error = error as &dyn std::error::Error, what, "store call failed and is repeated");
    tokio::time::sleep(STORE_PAUSE).await;
    Ok(())
}
