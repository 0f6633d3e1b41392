//! What the link suite needs of a transport: the gateway's side of it, and the side of the agencies that it connects.
//!
//! A case knows neither queues of a file nor a broker: it opens the gateway's side, joins as agencies, and compares.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use xiezhi_ports::{Store, Transport};

/// Longest wait for something that must come.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How often a condition is looked at, and the pause after a try that came to nothing.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What a transport makes of an id that it is given again after it confirmed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Nothing: it remembers the ids that it took.
    Absorbed,
    /// The agency may get it again, under the same id, and drops it.
    Delivered,
}

/// A transport with data of its own, empty at first.
#[async_trait]
pub trait LinkBackend: Send + Sync {
    /// Bounds every agency's outgoing queue, from the next [`LinkBackend::open`] on.
    fn limit_queues(&self, messages_max: usize);

    /// What becomes of an id that is published again.
    fn repeats(&self) -> Repeats;

    /// Opens the gateway's side, ready for every agency of the suite. After the one before was closed or abandoned this is
    /// what a restart finds.
    async fn open(&self) -> Box<dyn GatewaySide>;

    /// Joins as an agency, once the gateway's side was open. Several may join as the same agency and share its queue.
    async fn join(&self, agency: &str) -> Box<dyn AgencySide>;
}

/// The gateway's side: what the relay publishes with, and the store that T1 writes.
#[async_trait]
pub trait GatewaySide: Send + Sync {
    /// Publishes.
    fn transport(&self) -> Arc<dyn Transport>;

    /// Where the agencies' messages arrive.
    fn store(&self) -> Arc<dyn Store>;

    /// Ends in order.
    async fn close(self: Box<Self>);

    /// Ends as a killed process does: nothing is finished, nobody is told.
    async fn abandon(self: Box<Self>);
}

/// What an agency sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// Its id, where the agency gives one.
    pub id: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The transport holds it durably: it will be in the inbox.
    Taken,
    /// It does not, or nobody knows.
    Failed,
}

/// What an agency received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// The message's id.
    pub id: String,
    /// The case.
    pub case_number: Option<String>,
    /// Record kind.
    pub kind: String,
    /// The media type.
    pub content_type: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// Whether it was handed out before.
    pub again: bool,
    /// The back end's name for this handing out.
    pub handle: u64,
}

/// An agency's side, as one reader of its queue.
#[async_trait]
pub trait AgencySide: Send {
    /// Sends to the gateway's inbox.
    async fn send(&mut self, letter: &Letter) -> Sent;

    /// Up to `most` messages of those that are there, waiting up to `limit` for the first; none when none comes.
    async fn receive(&mut self, most: usize, limit: Duration) -> Vec<Got>;

    /// Acknowledges what was received.
    async fn acknowledge(&mut self, got: &[Got]);

    /// Gives back everything that was received and not acknowledged: it comes again.
    async fn give_back_all(&mut self);

    /// Leaves; what was not acknowledged comes again, to whoever reads.
    async fn leave(self: Box<Self>);
}

/// Looks at a condition until it holds.
///
/// # Panics
/// When it did not hold within [`LIMIT`].
pub async fn eventually<F: Future<Output = bool>>(what: &str, look: impl FnMut() -> F) {
    eventually_within(LIMIT, what, look).await;
}

/// As [`eventually`], for what may take longer than most.
///
/// # Panics
/// When it did not hold within `limit`.
pub async fn eventually_within<F: Future<Output = bool>>(limit: Duration, what: &str, mut look: impl FnMut() -> F) {
    let begin = tokio::time::Instant::now();
    while !look().await {
        assert!(begin.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
