//! A private RabbitMQ for tests: own folder, own loopback ports, own certificates, and faults on demand. It is started once
//! for a whole test run and shared ([`Broker::shared`]), or owned by the test that means to hurt it ([`Broker::start`]).

mod access;
mod admin;
mod faults;
mod guardian;
mod layout;
mod node;
mod process;
mod program;
mod queues;

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

pub use access::{BrokerAccess, SHARED_VARIABLE};
pub use admin::{BrokerAdmin, BrokerConnection, OwnVhost};
pub use program::{PACKAGE, is_installed};
pub use queues::{BrokerMessage, QueueMessages, Requeue};

use layout::Layout;
use node::Node;

/// How often a start is tried: another process may take one of the ports between the choice and the start.
const STARTS_MAX: usize = 3;

/// A broker that belongs to this value: it and its folder end with it. Everything that an administrator may do over HTTP is
/// on [`BrokerAdmin`], to which this dereferences.
#[derive(Debug)]
pub struct Broker {
    admin: BrokerAdmin,
    node: Node,
}

impl Broker {
    /// Starts a broker in a new folder, whose name begins with `folder_hint`, and waits until it answers AMQP and HTTP.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not come up; the end of its log is in the error.
    pub fn start(folder_hint: &str) -> anyhow::Result<Self> {
        let mut tries = 1;
        loop {
            let layout = Layout::create(folder_hint)?;
            let admin = BrokerAdmin::new(layout.access())?;
            match Node::start(layout, &admin) {
                Ok(node) => return Ok(Self { admin, node }),
                Err(error) if tries < STARTS_MAX && format!("{error:#}").contains("eaddrinuse") => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// The broker that the whole test run shares, or, when [`SHARED_VARIABLE`] is not set, one that this process starts
    /// once and that ends with it. It offers no faults: other tests use it too, each in a vhost of its own.
    ///
    /// # Errors
    /// When the variable holds no access, or when a broker cannot be started.
    pub fn shared() -> anyhow::Result<BrokerAdmin> {
        /// Never dropped, as no static is: the guardian of the broker ends it with the process.
        static OWN: Mutex<Option<Broker>> = Mutex::new(None);
        if let Some(access) = BrokerAccess::from_environment()? {
            return BrokerAdmin::new(access);
        }
        let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_none() {
            *own = Some(Self::start("shared")?);
        }
        Ok(own.as_ref().context("the own broker is missing")?.admin.clone())
    }

    /// The administrator's access, to keep or to hand on.
    #[must_use]
    pub fn admin(&self) -> &BrokerAdmin {
        &self.admin
    }

    /// The last lines of the node's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.node.log_tail()
    }

    /// Process id of the node while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.node.pid()
    }

    /// Ends the node in order, as a service manager does, and waits for it: about six seconds. RabbitMQ 3.10 waits five of
    /// them for a process of its own.
    ///
    /// # Errors
    /// When it does not run, or does not end in time; then it was killed.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.node.stop()
    }

    /// Kills the node with SIGKILL and waits for its end, as a power failure would.
    ///
    /// # Errors
    /// When it does not run or cannot be waited for.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.node.kill()
    }

    /// Starts a stopped or killed node on the same ports and data, and waits until it answers.
    ///
    /// # Errors
    /// When it still runs or does not come up.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.node.launch(&self.admin)
    }

    /// [`Broker::stop`] and [`Broker::start_again`].
    ///
    /// # Errors
    /// As these.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        self.start_again()
    }
}

impl Deref for Broker {
    type Target = BrokerAdmin;

    fn deref(&self) -> &BrokerAdmin {
        &self.admin
    }
}
