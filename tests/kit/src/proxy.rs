//! A network that fails on demand: a proxy on loopback in front of an address, with faults that are switched while it runs.
//! It looks at no protocol. Everything ends with the value.

mod relay;
mod serve;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc as blocking;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::sync::{mpsc, watch};

use crate::ports::PortBlock;

/// Longest wait until the proxy has done what it was told, which takes less than a millisecond.
const ORDER_LIMIT: Duration = Duration::from_secs(20);
/// Orders that may wait; every caller waits for its own, so that there is one for a thread.
const ORDERS_MAX: usize = 64;

/// The way of bytes through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
    /// Both.
    Both,
}

/// What the network does to connections, those that are open included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: bytes pass.
    Pass,
    /// New connections are refused, as if nobody listened; those that are open pass.
    Refuse,
    /// Connections are taken and nothing is forwarded this way, not even an end. What was sent is delivered when the fault
    /// ends, as TCP would send it again.
    BlackHole(Direction),
    /// Bytes arrive this much later, each way, in order.
    Delay(Duration),
    /// Bytes arrive in pieces of at most this many, each after a pause.
    Pieces {
        /// Bytes in a piece; zero counts as one.
        bytes: usize,
        /// Time before each piece.
        pause: Duration,
    },
    /// The next packet this way, of any connection, arrives only with its first half; then its connection is closed, and
    /// the fault is [`Fault::Pass`] again.
    Truncate(Direction),
}

/// How open connections are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Reset (RST) on both sides: what was under way is lost.
    Reset,
    /// Closed (FIN) on both sides.
    Close,
}

/// What callers tell the proxy's thread.
enum Order {
    Fault(Fault),
    Cut(Cut),
}

/// An order, and where to say that it was carried out.
type Told = (Order, blocking::SyncSender<anyhow::Result<()>>);

/// What connections share.
#[derive(Debug)]
struct State {
    /// The fault in force; a truncated connection puts it back.
    fault: watch::Sender<Fault>,
    /// The number of cuts so far, and how the last one is made.
    cut: watch::Sender<(u64, Cut)>,
    accepted: AtomicU64,
    open: AtomicUsize,
    harmed: AtomicU64,
    to_server: AtomicU64,
    to_client: AtomicU64,
}

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    /// Closed to tell the thread to end.
    orders: Option<mpsc::Sender<Told>>,
    thread: Option<JoinHandle<()>>,
    _ports: PortBlock,
}

impl Proxy {
    /// Starts a proxy in front of `upstream` (`host:port`), which need not listen yet.
    ///
    /// # Errors
    /// When no port or thread can be had.
    pub fn start(upstream: &str) -> anyhow::Result<Self> {
        let ports = PortBlock::reserve()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.port(1)));
        let state = Arc::new(State {
            fault: watch::Sender::new(Fault::Pass),
            cut: watch::Sender::new((0, Cut::Close)),
            accepted: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            harmed: AtomicU64::new(0),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
        });
        let (orders, told) = mpsc::channel(ORDERS_MAX);
        let (upstream, shared) = (upstream.to_owned(), Arc::clone(&state));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || runtime.block_on(serve::serve(address, upstream, shared, told)))?;
        let proxy = Self { address, state, orders: Some(orders), thread: Some(thread), _ports: ports };
        // Carried out once it listens.
        proxy.set(Fault::Pass)?;
        Ok(proxy)
    }

    /// `host:port` for clients; the same as long as the proxy lives.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Puts a fault in force, instead of the one before; it is in force on return.
    ///
    /// # Errors
    /// When the proxy cannot listen again after [`Fault::Refuse`].
    pub fn set(&self, fault: Fault) -> anyhow::Result<()> {
        self.tell(Order::Fault(fault))
    }

    /// Cuts every open connection, and lets new ones in as the fault in force says.
    ///
    /// # Errors
    /// When the proxy has ended.
    pub fn cut(&self, how: Cut) -> anyhow::Result<()> {
        self.tell(Order::Cut(how))
    }

    /// The fault in force.
    #[must_use]
    pub fn fault(&self) -> Fault {
        *self.state.fault.borrow()
    }

    /// How many connections were let in so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }

    /// How many packets met a fault so far, and were held up, halved or taken to pieces by it.
    #[must_use]
    pub fn harmed(&self) -> u64 {
        self.state.harmed.load(Ordering::SeqCst)
    }

    /// How many bytes were forwarded this way so far.
    #[must_use]
    pub fn forwarded(&self, direction: Direction) -> u64 {
        let (to_server, to_client) = (&self.state.to_server, &self.state.to_client);
        match direction {
            Direction::ToServer => to_server.load(Ordering::SeqCst),
            Direction::ToClient => to_client.load(Ordering::SeqCst),
            Direction::Both => to_server.load(Ordering::SeqCst) + to_client.load(Ordering::SeqCst),
        }
    }

    fn tell(&self, order: Order) -> anyhow::Result<()> {
        let (done, answer) = blocking::sync_channel(1);
        let orders = self.orders.as_ref().context("the proxy has ended")?;
        orders.try_send((order, done)).map_err(|_| anyhow!("the proxy takes no orders"))?;
        answer.recv_timeout(ORDER_LIMIT).context("the proxy does not obey")?
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed where it happened.
            let _ = thread.join();
        }
    }
}

impl Direction {
    /// Whether bytes that flow `way`, which is one of the two, are meant.
    fn meets(self, way: Self) -> bool {
        self == Self::Both || self == way
    }
}

impl Fault {
    /// Whether it does anything to packets that flow `way`, which is one of the two.
    fn harms(self, way: Direction) -> bool {
        match self {
            Self::Pass | Self::Refuse => false,
            Self::BlackHole(direction) | Self::Truncate(direction) => direction.meets(way),
            Self::Delay(_) | Self::Pieces { .. } => true,
        }
    }
}

impl State {
    fn count(&self, way: Direction, bytes: usize) {
        let counter = if way == Direction::ToServer { &self.to_server } else { &self.to_client };
        counter.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::SeqCst);
    }
}
