//! The read connections: a small pool, used from tokio's blocking threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;
use xiezhi_ports::StoreError;

use crate::error::Db;
use crate::schema;
use crate::settings::SqliteSettings;

/// The pool. Reads see every commit that was answered before they began.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    settings: SqliteSettings,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Opens every connection at once, so that a file that cannot be read fails the start.
    pub(crate) fn open(path: &Path, settings: &SqliteSettings) -> Result<Self, StoreError> {
        let count = settings.readers.max(1);
        let idle = (0..count).map(|_| schema::open_reader(path, settings)).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Self {
            path: path.to_owned(),
            settings: settings.clone(),
            permits: Arc::new(Semaphore::new(count)),
            idle: Mutex::new(idle),
        })
    }

    /// Runs a read on a blocking thread. Dropping the future is safe: the read ends by itself.
    pub(crate) async fn run<T, F>(self: &Arc<Self>, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Db<T> + Send + 'static,
    {
        let wait = Duration::from_millis(self.settings.wait_ms);
        let permit = tokio::time::timeout(wait, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| StoreError::Unavailable(format!("no read connection free for {} ms", self.settings.wait_ms)))?
            .map_err(|_| StoreError::Unavailable("store is closed".to_owned()))?;
        let pool = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = pool.take()?;
            // One transaction for all statements of a read: it sees one state, and the file is locked once.
            let answer = in_one_snapshot(&connection, read);
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(answer?)
        });
        task.await.map_err(|_| StoreError::Failed("a read ended without an answer".to_owned()))?
    }

    /// An idle connection; a new one where a read that panicked took one along.
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| schema::open_reader(&self.path, &self.settings), Ok)
    }
}

pub(crate) fn in_one_snapshot<T>(connection: &Connection, read: impl FnOnce(&Connection) -> Db<T>) -> Db<T> {
    connection.prepare_cached("BEGIN DEFERRED")?.execute([])?;
    let answer = read(connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    answer
}

/// Within a read: what follows sees the newest state.
pub(crate) fn look_again(connection: &Connection) -> Db<()> {
    connection.prepare_cached("COMMIT")?.execute([])?;
    connection.prepare_cached("BEGIN DEFERRED")?.execute([])?;
    Ok(())
}
