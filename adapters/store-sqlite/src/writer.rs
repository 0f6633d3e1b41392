//! The one writer: a thread that runs whatever calls wait in one transaction and commits once for all of them.
//!
//! A power-safe commit costs the same for one row as for a thousand, so the calls that come while one commit is under
//! way share the next. It knows nothing of what the calls do.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use xiezhi_ports::StoreError;

use crate::audit::Chain;
use crate::crash::CrashPoints;
use crate::error::{Db, DbError};

/// Most calls in one transaction: enough to make the commit's cost small, few enough to answer the first one soon.
const GROUP_CALLS_MAX: usize = 256;

/// Body bytes from which on a transaction takes no further call, so that one commit stays well under a second.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// Which transaction a call belongs to; names the crash points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// T1.
    Accept,
    /// T2.
    Settle,
    /// T3.
    Record,
    /// Into an agency's queue.
    Publish,
    /// Everything else.
    Other,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "t1",
            Self::Settle => "t2",
            Self::Record => "t3",
            Self::Publish => "publish",
            Self::Other => "other",
        }
    }
}

/// An open write transaction.
#[derive(Debug)]
pub(crate) struct WriteTx<'c> {
    /// The connection, inside `BEGIN IMMEDIATE`.
    pub(crate) connection: &'c Connection,
    /// The end of the audit chain.
    pub(crate) chain: Chain,
}

impl WriteTx<'_> {
    /// Runs one statement, kept prepared, and says how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Db<usize> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }
}

/// A call that waits for the writer.
pub(crate) trait Job: Send {
    /// Which transaction it belongs to.
    fn kind(&self) -> Kind;
    /// Size of the bodies it brings.
    fn bytes(&self) -> usize;
    /// Does the work. Runs again from the start when another call of the group fails.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Db<()>;
    /// Answers the caller; `Ok` only after the commit.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// What the writer is told.
pub(crate) enum Command {
    /// Do this.
    Run(Box<dyn Job>),
    /// Finish what waits, take nothing more, then answer.
    Close(oneshot::Sender<()>),
}

/// A call made of a function over a transaction.
pub(crate) struct Call<T, F> {
    pub(crate) kind: Kind,
    pub(crate) bytes: usize,
    pub(crate) work: F,
    pub(crate) value: Option<T>,
    pub(crate) reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Call<T, F>
where
    T: Send,
    F: FnMut(&mut WriteTx<'_>) -> Db<T> + Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn run(&mut self, tx: &mut WriteTx<'_>) -> Db<()> {
        self.value = Some((self.work)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let missing = || StoreError::Failed("the call ended without a value".to_owned());
        let Self { value, reply, .. } = *self;
        // The caller may have gone; the outcome is then unknown to it, as the port says.
        drop(reply.send(outcome.and_then(|()| value.ok_or_else(missing))));
    }
}

/// The thread's state.
pub(crate) struct Writer {
    connection: Connection,
    crash: CrashPoints,
    /// Set when a commit failed half-way: what is on the disk is unknown, so nothing more is written.
    distrusted: Option<StoreError>,
}

/// Why a group did not commit.
enum Failure {
    /// One call cannot be right; the others can go on without it.
    Call(usize, StoreError),
    /// None of them can.
    Group(StoreError),
}

impl Writer {
    /// Starts the thread. It ends when every sender is gone or after [`Command::Close`], with everything answered.
    pub(crate) fn spawn(
        connection: Connection,
        crash: CrashPoints,
        commands: mpsc::Receiver<Command>,
    ) -> Result<JoinHandle<()>, StoreError> {
        let mut writer = Self { connection, crash, distrusted: None };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.serve(commands))
            .map_err(|error| StoreError::Failed(format!("the writer's thread did not start: {error}")))
    }

    fn serve(&mut self, mut commands: mpsc::Receiver<Command>) {
        let mut closing = Vec::new();
        while let Some(first) = commands.blocking_recv() {
            let mut group = Vec::new();
            let mut bytes = 0_usize;
            let mut next = Some(first);
            while let Some(command) = next.take() {
                match command {
                    Command::Run(job) => {
                        bytes = bytes.saturating_add(job.bytes());
                        group.push(job);
                    }
                    Command::Close(reply) => {
                        commands.close();
                        closing.push(reply);
                    }
                }
                if group.len() < GROUP_CALLS_MAX && bytes < GROUP_BYTES_MAX {
                    next = commands.try_recv().ok();
                }
            }
            self.run_group(group);
        }
        for reply in closing {
            // Whoever asked may have gone.
            reply.send(()).unwrap_or_default();
        }
    }

    /// Runs a group to its end: everyone is answered. Ends because each round has one call fewer.
    fn run_group(&mut self, mut group: Vec<Box<dyn Job>>) {
        while !group.is_empty() {
            match self.attempt(&mut group) {
                Ok(()) => return group.into_iter().for_each(|job| job.answer(Ok(()))),
                Err(Failure::Group(error)) => {
                    tracing::warn!(calls = group.len(), error = %error, "write transaction failed");
                    return group.into_iter().for_each(|job| job.answer(Err(error.clone())));
                }
                Err(Failure::Call(index, error)) => group.remove(index).answer(Err(error)),
            }
        }
    }

    fn attempt(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        if let Some(error) = &self.distrusted {
            return Err(Failure::Group(error.clone()));
        }
        let whole = |error: DbError| Failure::Group(error.into());
        let outcome = begin(&self.connection).map_err(whole).and_then(|mut tx| {
            for (index, job) in group.iter_mut().enumerate() {
                job.run(&mut tx).map_err(|error| match StoreError::from(error) {
                    error @ StoreError::Invalid(_) => Failure::Call(index, error),
                    error => Failure::Group(error),
                })?;
            }
            tx.chain.store(&self.connection).map_err(whole)
        });
        let committed = outcome.and_then(|()| self.commit(group));
        if committed.is_err() && !self.connection.is_autocommit() {
            // Some errors have rolled back already; this is for the others.
            if let Err(error) = self.connection.execute_batch("ROLLBACK") {
                self.distrusted = Some(DbError::from(error).into());
            }
        }
        committed
    }

    fn commit(&mut self, group: &[Box<dyn Job>]) -> Result<(), Failure> {
        self.crash_points(group, "before-commit");
        let committed = self.connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
        if let Err(error) = committed {
            let error = StoreError::from(DbError::from(error));
            if matches!(error, StoreError::Failed(_)) {
                self.distrusted = Some(error.clone());
            }
            return Err(Failure::Group(error));
        }
        self.crash_points(group, "after-commit");
        Ok(())
    }

    /// Reaches the crash points of every call in the group.
    fn crash_points(&self, group: &[Box<dyn Job>], place: &str) {
        for job in group {
            self.crash.point(job.kind().as_str(), place);
        }
    }
}

/// Takes the write lock first: a transaction that read before it wrote could find the file changed under it.
fn begin(connection: &Connection) -> Db<WriteTx<'_>> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    Ok(WriteTx { connection, chain: Chain::load(connection)? })
}
