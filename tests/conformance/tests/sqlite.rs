//! Every suite on the SQLite back end, in a temporary folder per test. The embedded queue's agencies are read for over the
//! mailbox port and taken in over T1, as the HTTP side does for them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use xiezhi_conformance::fixtures::{LEASE_MS, agency, at};
use xiezhi_conformance::{AgencySide, Backend, GatewaySide, Got, Letter, LinkBackend, Opened, Repeats, Sent};
use xiezhi_model::message::Delivery;
use xiezhi_model::{AgencyId, MessageId, UtcTime};
use xiezhi_ports::{Inbox as _, Mailbox as _, Store, Transport};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

/// How often an agency asks for messages.
const ASK_EVERY: Duration = Duration::from_millis(2);

struct Sqlite {
    folder: TempDir,
    queue_messages_max: AtomicU64,
    /// What is open, for the agencies.
    opened: Arc<Mutex<Weak<SqliteStore>>>,
    /// The agencies' time: only giving back moves it, past every lease.
    clock: Arc<AtomicI64>,
}

impl Sqlite {
    fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            queue_messages_max: AtomicU64::new(SqliteSettings::default().queue_messages_max),
            opened: Arc::default(),
            clock: Arc::default(),
        }
    }

    fn store(&self) -> Arc<SqliteStore> {
        let path = self.folder.path().join("xiezhi.db");
        let queue_messages_max = self.queue_messages_max.load(Ordering::SeqCst);
        Arc::new(SqliteStore::open(path, SqliteSettings { queue_messages_max, ..SqliteSettings::default() }).unwrap())
    }
}

#[async_trait]
impl Backend for Sqlite {
    async fn open(&self) -> Opened {
        let store = self.store();
        Opened { store: store.clone(), transport: store.clone(), mailbox: store }
    }
}

struct Gateway(Arc<SqliteStore>);

#[async_trait]
impl GatewaySide for Gateway {
    fn transport(&self) -> Arc<dyn Transport> {
        self.0.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }

    async fn close(self: Box<Self>) {}

    async fn abandon(self: Box<Self>) {}
}

#[async_trait]
impl LinkBackend for Sqlite {
    fn limit_queues(&self, messages_max: usize) {
        self.queue_messages_max.store(u64::try_from(messages_max).unwrap(), Ordering::SeqCst);
    }

    fn repeats(&self) -> Repeats {
        Repeats::Absorbed
    }

    async fn open(&self) -> Box<dyn GatewaySide> {
        let store = self.store();
        *self.opened.lock().unwrap() = Arc::downgrade(&store);
        Box::new(Gateway(store))
    }

    async fn join(&self, name: &str) -> Box<dyn AgencySide> {
        let (opened, clock) = (Arc::clone(&self.opened), Arc::clone(&self.clock));
        Box::new(Reader { agency: agency(name), opened, clock, handle: 0 })
    }
}

/// An agency that asks the opened store; while nothing is open, nothing answers.
struct Reader {
    agency: AgencyId,
    opened: Arc<Mutex<Weak<SqliteStore>>>,
    clock: Arc<AtomicI64>,
    handle: u64,
}

impl Reader {
    fn store(&self) -> Option<Arc<SqliteStore>> {
        self.opened.lock().unwrap().upgrade()
    }

    fn now(&self) -> UtcTime {
        at(self.clock.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl AgencySide for Reader {
    async fn send(&mut self, letter: &Letter) -> Sent {
        let Some(store) = self.store() else { return Sent::Failed };
        let message_id = match &letter.id {
            Some(id) => MessageId::parse(id).unwrap(),
            None => Delivery::derived_id(&letter.body),
        };
        let delivery = Delivery {
            agency: self.agency.clone(),
            message_id,
            body: letter.body.clone(),
            content_type: letter.content_type.clone(),
            received_at: self.now(),
        };
        store.inbox_accept(vec![delivery]).await.map_or(Sent::Failed, |_| Sent::Taken)
    }

    async fn receive(&mut self, most: usize, limit: Duration) -> Vec<Got> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let read = match self.store() {
                Some(store) => store.mailbox_read(&self.agency, most, LEASE_MS, self.now()).await.unwrap(),
                None => Vec::new(),
            };
            if !read.is_empty() || tokio::time::Instant::now() >= deadline {
                let got = read.into_iter().map(|message| {
                    self.handle += 1;
                    Got {
                        id: message.id.to_string(),
                        case_number: message.case_number.map(|number| number.to_string()),
                        kind: message.kind,
                        content_type: message.content_type,
                        body: message.body,
                        again: message.deliveries > 0,
                        handle: self.handle,
                    }
                });
                return got.collect();
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn acknowledge(&mut self, got: &[Got]) {
        let Some(store) = self.store() else { return };
        let ids: Vec<MessageId> = got.iter().map(|got| MessageId::parse(&got.id).unwrap()).collect();
        store.mailbox_acknowledge(&self.agency, &ids, self.now()).await.unwrap();
    }

    async fn give_back_all(&mut self) {
        self.clock.fetch_add(LEASE_MS, Ordering::SeqCst);
    }

    async fn leave(mut self: Box<Self>) {
        self.give_back_all().await;
    }
}

xiezhi_conformance::store_suite!(crate::Sqlite::empty());
xiezhi_conformance::mailbox_suite!(crate::Sqlite::empty());
xiezhi_conformance::link_suite!(crate::Sqlite::empty());
