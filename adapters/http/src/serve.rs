//! Accepting connections, and stopping without cutting a request off.
//!
//! An own accept loop rather than axum's, because that one bounds neither the connections nor the time for a request's
//! head. It ends in this order: accept no more, let every connection finish its request, close, and after the drain
//! limit drop what is left.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use metrics::gauge;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::{HttpLimits, metric};

/// Longest wait for a request's head, which is also how long an idle connection is kept open: longer than the polling
/// interval of a well-behaved agency, short against one that holds connections without using them.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest request head, in bytes: tokens and ids need a fraction of it.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Connections kept per request that may run at once, so that idle ones do not keep busy callers out.
const CONNECTIONS_PER_REQUEST: usize = 4;
/// Pause after a failed accept, which nearly always means that the process is out of file descriptors for a moment.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Failed accepts in a row (half a minute of them) after which the listener is held to be broken.
const ACCEPT_FAILURES_MAX: u32 = 150;

/// Why serving ended otherwise than asked.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The listener gives no connections any more.
    #[error("listener failed {failures} times in a row, check the limit on open files")]
    Accept {
        /// Failures in a row.
        failures: u32,
        /// The last one.
        source: io::Error,
    },
    /// Requests were still running when the drain limit ended, and were cut off.
    #[error("{connections} connections did not end within {limit_ms} ms and were dropped")]
    Drain {
        /// How many.
        connections: usize,
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
}

/// Serves until `shutdown` resolves, then drains. Dropping the future drops every connection at once.
///
/// # Errors
/// [`ServeError`]. After `Drain` everything has stopped; callers that were cut off got no 202 and send again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: HttpLimits,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let slots = Arc::new(Semaphore::new(limits.concurrency_max.saturating_mul(CONNECTIONS_PER_REQUEST)));
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut failures = 0;
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(joined) = connections.join_next() => joined_log(joined),
            accepted = accept(&listener, &slots) => match accepted {
                Ok((stream, slot)) => {
                    failures = 0;
                    connections.spawn(connection_run(stream, router.clone(), stopped.clone(), slot));
                }
                Err(source) => {
                    failures += 1;
                    accept_failed(failures, source).await?;
                }
            },
        }
    }
    drop(listener);
    info!(connections = connections.len(), "http server is draining");
    // Receivers live in the connections; none left is fine.
    let _ = stop.send(());
    let drained = timeout(limits.drain_timeout(), async {
        while let Some(joined) = connections.join_next().await {
            joined_log(joined);
        }
    });
    if drained.await.is_err() {
        let left = connections.len();
        connections.shutdown().await;
        return Err(ServeError::Drain { connections: left, limit_ms: limits.drain_timeout_ms });
    }
    Ok(())
}

/// The next connection, once there is a slot for it. Safe to drop.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _peer) = listener.accept().await?;
    Ok((stream, slot))
}

async fn accept_failed(failures: u32, source: io::Error) -> Result<(), ServeError> {
    if failures == 1 {
        warn!(error = %source, "connection could not be accepted");
    }
    if failures >= ACCEPT_FAILURES_MAX {
        return Err(ServeError::Accept { failures, source });
    }
    sleep(ACCEPT_PAUSE).await;
    Ok(())
}

/// Takes one from the gauge when the connection ends, however it ends.
struct Open;

impl Open {
    fn enter() -> Self {
        gauge!(metric::CONNECTIONS).increment(1.0);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(metric::CONNECTIONS).decrement(1.0);
    }
}

async fn connection_run(
    stream: TcpStream,
    router: Router,
    mut stopped: watch::Receiver<()>,
    _slot: OwnedSemaphorePermit,
) {
    let _open = Open::enter();
    // Answers are small and awaited: waiting to fill a packet only adds latency. Failing to set it costs nothing else.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The other side hung up or spoke something else than HTTP: its matter, and too frequent for more than debug.
        debug!(%error, "connection ended early");
    }
}

fn joined_log(joined: Result<(), JoinError>) {
    if let Err(error) = joined
        && error.is_panic()
    {
        error!(%error, "connection task panicked");
    }
}
