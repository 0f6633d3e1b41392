//! The journal: one JSON line for each change, synced before the change is answered, and read back at the start.
//!
//! One thread writes. Changes that wait together share one sync. A last line without its end is what a crash left of a
//! write that was never answered, and is cut off; any other damage stops the start.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::SimError;
use crate::book::{Book, Change};

/// Changes that may wait for the writer: twice as many as there can be connections.
const QUEUE_MAX: usize = 512;
/// Bytes that are written with one sync at most, so that the first one waiting is not kept for long.
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest line that is read: an entry's texts are far below, a longer one is no line of ours.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The journal of a running simulator. The writer ends when all of these are dropped.
#[derive(Clone)]
pub(crate) struct Journal {
    queue: mpsc::Sender<Vec<u8>>,
    durable: watch::Receiver<u64>,
}

/// The writer is gone: nothing more becomes durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// Room for one line in the queue.
pub(crate) struct Room<'a>(mpsc::Permit<'a, Vec<u8>>);

impl Journal {
    /// Room for a line. Taken before the book is locked, so that the line can follow its change at once.
    pub(crate) async fn room(&self) -> Result<Room<'_>, Gone> {
        self.queue.reserve().await.map(Room).map_err(|_| Gone)
    }

    /// Waits until a line is on the disk.
    pub(crate) async fn durable(&self, line: u64) -> Result<(), Gone> {
        self.durable.clone().wait_for(|durable| *durable >= line).await.map(|_| ()).map_err(|_| Gone)
    }
}

impl Room<'_> {
    /// Puts a change into the queue, while the book is still locked: the lines are in the order of the changes.
    pub(crate) fn fill(self, change: &Change) {
        // Texts and numbers only: this cannot fail. An empty line would be refused when it is read back.
        let mut line = serde_json::to_vec(change).unwrap_or_default();
        line.push(b'\n');
        self.0.send(line);
    }
}

/// Opens a journal, reads what it holds into the book, and starts its writer.
pub(crate) async fn open(
    path: PathBuf,
    mut book: Book,
) -> Result<(Book, Journal, JoinHandle<Result<(), SimError>>), SimError> {
    let opening = spawn_blocking(move || {
        let file = open_file(&path)?;
        read_back(&path, &file, &mut book)?;
        Ok((path, file, book))
    });
    let (path, file, book) = opening.await.map_err(|error| SimError::Journal {
        path: PathBuf::new(),
        act: "opened",
        source: io::Error::other(error),
    })??;
    let (queue, waiting) = mpsc::channel(QUEUE_MAX);
    let first = book.line();
    let (said, durable) = watch::channel(first);
    let writer = spawn_blocking(move || {
        write(file, waiting, &said, first).map_err(|source| SimError::Journal { path, act: "written", source })
    });
    Ok((book, Journal { queue, durable }, writer))
}

fn open_file(path: &Path) -> Result<File, SimError> {
    let failed = |act| move |source: io::Error| SimError::Journal { path: path.to_owned(), act, source };
    let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed("opened"))?;
    // Two simulators on one journal would each know half of it.
    file.try_lock().map_err(|error| failed("locked, another simulator may use it")(error.into()))?;
    // The name of a new file must be durable too.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("opened"))?;
    }
    Ok(file)
}

/// Reads all whole lines into the book, and cuts off what stands behind the last one.
fn read_back(path: &Path, file: &File, book: &mut Book) -> Result<(), SimError> {
    let failed = |act| move |source: io::Error| SimError::Journal { path: path.to_owned(), act, source };
    let mut reader = BufReader::new(file);
    let mut whole = 0;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed("read"))?;
        if line.last() != Some(&b'\n') {
            break;
        }
        let damaged = |source| SimError::JournalLine { path: path.to_owned(), line: number, source };
        let change: Change = serde_json::from_slice(&line).map_err(|error| damaged(error.into()))?;
        book.take(&change).map_err(|error| damaged(error.into()))?;
        whole += u64::try_from(read).unwrap_or_default();
    }
    if u64::try_from(line.len()).unwrap_or_default() >= LINE_BYTES_MAX {
        let source = "line is too long".into();
        return Err(SimError::JournalLine { path: path.to_owned(), line: book.line() + 1, source });
    }
    if !line.is_empty() {
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(failed("written"))?;
    }
    Ok(())
}

fn write(
    mut file: File,
    mut waiting: mpsc::Receiver<Vec<u8>>,
    said: &watch::Sender<u64>,
    mut line: u64,
) -> io::Result<()> {
    while let Some(mut group) = waiting.blocking_recv() {
        line += 1;
        while group.len() < GROUP_BYTES_MAX
            && let Ok(next) = waiting.try_recv()
        {
            group.extend_from_slice(&next);
            line += 1;
        }
        file.write_all(&group)?;
        file.sync_data()?;
        // Nobody listening is fine: the line is on the disk all the same.
        let _ = said.send(line);
    }
    Ok(())
}
