//! Accepting connections, and stopping without cutting an answer off.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::book::Book;
use crate::service::answer;
use crate::shared::Shared;
use crate::tls::{Faces, faces};
use crate::{SimError, SimSettings, journal};

/// Connections at once; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 256;
/// Longest wait for a request's head, which is also how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest request head, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Longest TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest life of a connection: a client that reads nothing must not keep its slot for ever.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60 * 60);
/// Longest last request after that: the longest hold, and time to read an export.
const LAST_REQUEST_TIME_MAX: Duration = Duration::from_secs(15 * 60);
/// Longest wait for running requests when it stops. Held ones end at once.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause after a failed accept, which nearly always means that the process is out of file descriptors for a moment.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Failed accepts in a row (half a minute of them) after which the listener is held to be broken.
const ACCEPT_FAILURES_MAX: u32 = 150;

/// Runs a simulator until `shutdown` resolves; then it finishes what is being answered and closes.
///
/// Dropping the future drops every connection at once; what was answered is in the journal by then.
///
/// # Errors
/// [`SimError`]: wrong settings, certificates or a damaged journal at the start, a journal that cannot be written or a
/// listener that is broken later.
pub async fn run(
    listener: TcpListener,
    settings: SimSettings,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), SimError> {
    settings.check()?;
    let faces = faces(&settings)?;
    let (book, journal, mut writer) = match settings.journal.clone() {
        Some(path) => {
            let (book, journal, writer) = journal::open(path, Book::default()).await?;
            (book, Some(journal), Some(writer))
        }
        None => (Book::default(), None, None),
    };
    let (stop, stopped) = watch::channel(());
    let shared = Arc::new(Shared::new(settings, book, journal, stopped));
    let mut connections = JoinSet::new();
    let accepted = tokio::select! {
        biased;
        () = shutdown => Ok(()),
        ended = ended(&mut writer) => ended,
        accepted = accept_all(&listener, &shared, faces.as_ref(), &mut connections) => accepted,
    };
    drop(listener);
    info!(connections = connections.len(), "credit simulator is draining");
    // Receivers live in the connections; none left is fine.
    let _ = stop.send(());
    let drained = timeout(DRAIN_TIMEOUT, async { while connections.join_next().await.map(joined_log).is_some() {} });
    if drained.await.is_err() {
        warn!(connections = connections.len(), "connections did not end and were dropped");
        connections.shutdown().await;
    }
    // The last sender of the journal's queue: the writer ends after what is in it.
    drop(shared);
    match (accepted, writer) {
        (Ok(()), Some(writer)) if !writer.is_finished() => joined(writer.await),
        (accepted, _) => accepted,
    }
}

/// Resolves when the writer of the journal ends, which it should not while the simulator runs.
async fn ended(writer: &mut Option<JoinHandle<Result<(), SimError>>>) -> Result<(), SimError> {
    match writer {
        Some(running) => {
            let result = joined(running.await);
            *writer = None;
            result
        }
        None => std::future::pending().await,
    }
}

fn joined(result: Result<Result<(), SimError>, JoinError>) -> Result<(), SimError> {
    result.unwrap_or_else(|error| {
        let source = io::Error::other(error);
        Err(SimError::Journal { path: std::path::PathBuf::new(), act: "written", source })
    })
}

/// Accepts until the listener is broken.
async fn accept_all(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    faces: Option<&Faces>,
    connections: &mut JoinSet<()>,
) -> Result<(), SimError> {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut failures = 0;
    loop {
        tokio::select! {
            Some(joined) = connections.join_next() => joined_log(joined),
            accepted = accept(listener, &slots) => match accepted {
                Ok((stream, slot)) => {
                    failures = 0;
                    connections.spawn(connection_run(stream, Arc::clone(shared), faces.cloned(), slot));
                }
                Err(source) => {
                    failures += 1;
                    warn!(error = %source, failures, "connection could not be accepted");
                    if failures >= ACCEPT_FAILURES_MAX {
                        return Err(SimError::Accept { failures, source });
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

/// The next connection, once there is a slot for it. Safe to drop.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _peer) = listener.accept().await?;
    Ok((stream, slot))
}

/// Counts a connection for as long as it lives, however it ends.
struct Open(Arc<Shared>);

impl Open {
    fn enter(shared: &Arc<Shared>) -> Self {
        shared.connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn connection_run(stream: TcpStream, shared: Arc<Shared>, faces: Option<Faces>, _slot: OwnedSemaphorePermit) {
    let _open = Open::enter(&shared);
    // Answers are small and awaited: waiting to fill a packet only adds latency. Failing to set it costs nothing else.
    let _ = stream.set_nodelay(true);
    let Some(faces) = faces else { return http_run(stream, shared).await };
    let face = match (shared.handshake_is_bad(), &faces.bad) {
        (true, Some(bad)) => bad,
        _ => &faces.right,
    };
    match timeout(HANDSHAKE_TIMEOUT, face.accept(stream)).await {
        Ok(Ok(stream)) => http_run(stream, shared).await,
        Ok(Err(error)) => debug!(%error, "handshake failed"),
        Err(_) => debug!("handshake took too long"),
    }
}

async fn http_run(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let mut stopped = shared.stopped();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service_fn(|request| answer(&shared, request)));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = async { timeout(CONNECTION_TIME_MAX, stopped.changed()).await } => {
            connection.as_mut().graceful_shutdown();
            match timeout(LAST_REQUEST_TIME_MAX, connection).await {
                Ok(ended) => ended,
                Err(_) => return debug!("connection took too long and was dropped"),
            }
        }
    };
    if let Err(error) = ended {
        // A fault on purpose, or the other side hung up or spoke something else than HTTP.
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
