//! What a suite needs of an implementation: to be opened, and opened again on the same data.

use std::sync::Arc;

use async_trait::async_trait;
use xiezhi_ports::{Mailbox, Store, Transport};

/// An implementation with data of its own, empty at first.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Opens the data. After everything that an earlier call returned is dropped, this is what a restart finds.
    async fn open(&self) -> Opened;
}

/// The ports of an opened back end.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What the relay publishes with.
    pub transport: Arc<dyn Transport>,
    /// What an agency reads with.
    pub mailbox: Arc<dyn Mailbox>,
}
