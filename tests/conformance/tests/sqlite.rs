//! Every suite on the SQLite back end, in a temporary folder per test.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use xiezhi_conformance::{Backend, Opened};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }
}

#[async_trait]
impl Backend for Sqlite {
    async fn open(&self) -> Opened {
        let path = self.folder.path().join("xiezhi.db");
        let store = Arc::new(SqliteStore::open(path, SqliteSettings::default()).unwrap());
        Opened { store: store.clone(), transport: store.clone(), mailbox: store }
    }
}

xiezhi_conformance::store_suite!(crate::Sqlite::empty());
xiezhi_conformance::transport_suite!(crate::Sqlite::empty());
