//! What all connections share: the book, the faults, the counts, and the one way to change the book durably.

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::SimSettings;
use crate::book::{Answer, Book, BookError, Change, Message};
use crate::fault::{Faults, On};
use crate::gate::Gate;
use crate::journal::{Gone, Journal};

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) settings: SimSettings,
    pub(crate) gate: Gate,
    book: Mutex<Book>,
    faults: Mutex<Faults>,
    journal: Option<Journal>,
    stopped: watch::Receiver<()>,
    pub(crate) connections: AtomicUsize,
    /// Requests by row of the interface.
    pub(crate) requests: Requests,
}

/// Requests so far.
#[derive(Default)]
pub(crate) struct Requests {
    pub(crate) post: AtomicU64,
    pub(crate) query: AtomicU64,
    pub(crate) export: AtomicU64,
    pub(crate) public: AtomicU64,
}

/// Why a change was not made.
pub(crate) enum NotMade {
    Book(BookError),
    Journal,
}

impl From<BookError> for NotMade {
    fn from(error: BookError) -> Self {
        Self::Book(error)
    }
}

impl From<Gone> for NotMade {
    fn from(_: Gone) -> Self {
        Self::Journal
    }
}

impl Shared {
    pub(crate) fn new(
        settings: SimSettings,
        book: Book,
        journal: Option<Journal>,
        stopped: watch::Receiver<()>,
    ) -> Self {
        let faults = Faults::new(settings.bad_certificate.is_some());
        Self {
            gate: Gate::new(settings.open, settings.requests_per_s_max),
            settings,
            book: Mutex::new(book),
            faults: Mutex::new(faults),
            journal,
            stopped,
            connections: AtomicUsize::new(0),
            requests: Requests::default(),
        }
    }

    /// The book. No await while it is held.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stopped(&self) -> watch::Receiver<()> {
        self.stopped.clone()
    }

    /// Whether the next handshake shall show the bad certificate.
    pub(crate) fn handshake_is_bad(&self) -> bool {
        self.faults().draw(On::Handshake).is_some()
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.settings.now)()
    }

    /// Answers a message; on return the answer is durable. Dropping it after the book was changed loses nothing.
    pub(crate) async fn post(&self, message: Message<'_>) -> Result<Answer, NotMade> {
        let room = match &self.journal {
            Some(journal) => Some(journal.room().await?),
            None => None,
        };
        let answer = {
            let mut book = self.book();
            let (answer, change) = book.post(message, &self.settings.area_code)?;
            if let (Some(room), Some(change)) = (room, change) {
                room.fill(&change);
            }
            answer
        };
        self.durable(answer.line).await?;
        Ok(answer)
    }

    /// Takes a trainer's change in, which `make` finds with the book locked; durable on return.
    pub(crate) async fn change(
        &self,
        make: impl FnOnce(&Book) -> Result<Change, BookError> + Send,
    ) -> Result<(), NotMade> {
        let room = match &self.journal {
            Some(journal) => Some(journal.room().await?),
            None => None,
        };
        let line = {
            let mut book = self.book();
            let change = make(&book)?;
            book.take(&change)?;
            if let Some(room) = room {
                room.fill(&change);
            }
            book.line()
        };
        self.durable(line).await?;
        Ok(())
    }

    /// Waits until a line of the journal is on the disk; what is told is never forgotten.
    pub(crate) async fn durable(&self, line: u64) -> Result<(), Gone> {
        match &self.journal {
            Some(journal) => journal.durable(line).await,
            None => Ok(()),
        }
    }
}
