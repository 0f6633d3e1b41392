//! The handle: opens the file, sends writes to the writer and reads to the pool.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};
use xiezhi_ports::StoreError;

use crate::crash::CrashPoints;
use crate::error::{Db, DbError};
use crate::leases::{InboxLeases, MailboxLeases};
use crate::readers::Readers;
use crate::schema;
use crate::settings::{BODY_BYTES_MAX, CALL_ITEMS_MAX, SqliteSettings};
use crate::writer::{Call, Command, Kind, WriteTx, Writer};

/// The embedded store and queue. A handle: clones share the file, the writer and the leases.
///
/// Other processes may open the same file at the same time; nothing that is stored is remembered between transactions.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    settings: SqliteSettings,
    readers: Arc<Readers>,
    inbox_leases: Arc<InboxLeases>,
    mailbox_leases: Arc<MailboxLeases>,
    /// `None` only while dropping.
    commands: Option<mpsc::Sender<Command>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the file, makes it when it is not there, and brings it to this build's schema. Blocks for a moment.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the file cannot be opened, [`StoreError::Invalid`] when it is not one of ours or
    /// of a newer build, [`StoreError::Unavailable`] when another process holds it.
    pub fn open(path: impl AsRef<Path>, settings: SqliteSettings) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let connection = schema::open_writer(path, &settings)?;
        let readers = Arc::new(Readers::open(path, &settings)?);
        let (commands, waiting) = mpsc::channel(settings.write_calls_max.max(1));
        let writer = Writer::spawn(connection, CrashPoints::from_environment(), waiting)?;
        let shared = Shared {
            settings,
            readers,
            inbox_leases: Arc::default(),
            mailbox_leases: Arc::default(),
            commands: Some(commands),
            writer: Mutex::new(Some(writer)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Finishes the writes that wait, answers them and takes no more, on this handle and its clones. Reads go on.
    ///
    /// Dropping the last handle does the same. Safe to repeat, and to drop: the writer closes all the same.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if let Some(commands) = &self.shared.commands
            && commands.send(Command::Close(reply)).await.is_ok()
        {
            // An error says that the writer has ended, which is what was asked for.
            drop(closed.await);
        }
    }

    /// Runs `work` in the writer's next transaction. `Ok` only after the commit. `work` may run more than once.
    pub(crate) async fn write<T, F>(&self, kind: Kind, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut WriteTx<'_>) -> Db<T> + Send + 'static,
    {
        let closed = || StoreError::Unavailable("store is closed".to_owned());
        let wait_ms = self.shared.settings.wait_ms;
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Call { kind, bytes, work, value: None, reply });
        let commands = self.shared.commands.as_ref().ok_or_else(closed)?;
        commands.send_timeout(Command::Run(job), Duration::from_millis(wait_ms)).await.map_err(
            |error| match error {
                SendTimeoutError::Timeout(_) => StoreError::Unavailable(format!("the writer is busy for {wait_ms} ms")),
                SendTimeoutError::Closed(_) => closed(),
            },
        )?;
        answer.await.map_err(|_| StoreError::Failed("the writer ended without an answer".to_owned()))?
    }

    /// Runs `read` on a read connection. It sees every commit that was answered before.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Db<T> + Send + 'static,
    {
        self.shared.readers.run(read).await
    }

    pub(crate) fn settings(&self) -> &SqliteSettings {
        &self.shared.settings
    }

    pub(crate) fn inbox_leases(&self) -> Arc<InboxLeases> {
        Arc::clone(&self.shared.inbox_leases)
    }

    pub(crate) fn mailbox_leases(&self) -> Arc<MailboxLeases> {
        Arc::clone(&self.shared.mailbox_leases)
    }
}

/// Refuses a call that holds too many items or too long a body.
pub(crate) fn check_size<'a>(items: usize, bodies: impl Iterator<Item = &'a Vec<u8>>) -> Db<()> {
    if items > CALL_ITEMS_MAX {
        return Err(DbError::invalid(format!("{items} items in one call, at most {CALL_ITEMS_MAX}")));
    }
    match bodies.map(Vec::len).find(|&bytes| bytes > BODY_BYTES_MAX) {
        Some(bytes) => Err(DbError::invalid(format!("a body of {bytes} bytes, at most {BODY_BYTES_MAX}"))),
        None => Ok(()),
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

impl Drop for Shared {
    /// Lets the writer finish what waits: it ends when the last sender is gone.
    fn drop(&mut self) {
        self.commands = None;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("store writer ended in a panic");
        }
    }
}
