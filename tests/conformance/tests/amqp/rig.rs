//! The AMQP transport at a broker, for tests: a vhost of its own with the users, rights and limits that the topology asks
//! for, the gateway's side with a store of its own, and departments.

#![allow(dead_code, reason = "two test programs use it, each a part of it")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use xiezhi_amqp::department::{Department, Received, Sending};
use xiezhi_amqp::{AmqpError, AmqpIntake, AmqpLink, AmqpSettings, AmqpTransport, IntakePorts, QueueLimits, Topology};
use xiezhi_conformance::fixtures::agency;
use xiezhi_conformance::{AgencySide, GatewaySide, Got, Letter, LinkBackend, Repeats, Sent};
use xiezhi_kit::broker::OwnVhost;
use xiezhi_kit::{Broker, BrokerAdmin, Cut, Proxy};
use xiezhi_model::UtcTime;
use xiezhi_model::message::InboxEntry;
use xiezhi_ports::{Clock, Inbox as _, InboxFilter, Store, StoreError, Transport};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

/// The agencies of the suites.
pub(crate) const AGENCIES: [&str; 3] = ["fire", "housing", "police"];
/// The password of every user here: for brokers on loopback that live for minutes.
pub(crate) const PASSWORD: &str = "conformance-password-of-no-use-elsewhere";
/// Largest message of a link.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Deliveries of a message without an acknowledgement. Far more than in production: a reader that comes and goes has each of
/// the messages that it did not get to counted once, and how often it comes within a test is the machine's choice.
const DELIVERY_LIMIT: u32 = 1_000;

/// A vhost with what the transport needs in it.
pub(crate) struct Amqp {
    pub(crate) admin: BrokerAdmin,
    pub(crate) vhost: OwnVhost,
    /// What the gateway connects with.
    pub(crate) settings: AmqpSettings,
    folder: TempDir,
    limit: AtomicU32,
}

impl Amqp {
    /// At the broker that all tests share.
    pub(crate) fn empty() -> Self {
        Self::at(&Broker::shared().unwrap())
    }

    /// At this broker.
    pub(crate) fn at(admin: &BrokerAdmin) -> Self {
        log_if_asked();
        let vhost = admin.own_vhost("conformance").unwrap();
        let settings = settings(admin.amqp_address(), &vhost, &user(&vhost, "gateway"));
        let limit = AtomicU32::new(100_000);
        let rig = Self { admin: admin.clone(), vhost, settings, folder: tempfile::tempdir().unwrap(), limit };
        rig.grant();
        rig
    }

    /// Users, rights and the limits of the queues.
    fn grant(&self) {
        let topology = self.topology();
        for permission in &topology.permissions {
            self.admin.user(&permission.user, PASSWORD).unwrap();
            let (configure, write, read) = (&permission.configure, &permission.write, &permission.read);
            self.admin.permissions(&self.vhost, &permission.user, configure, write, read).unwrap();
        }
        self.apply_limits();
    }

    /// Puts the queues' limits in force.
    pub(crate) fn apply_limits(&self) {
        let policy = self.topology().policy;
        let definition = json!({
            "max-length": policy.limits.messages_max,
            "max-length-bytes": policy.limits.bytes_max,
            "delivery-limit": policy.limits.delivery_limit,
        });
        let policy_json =
            json!({ "pattern": policy.pattern, "definition": definition, "apply-to": "queues", "priority": 0 });
        self.admin.policy(&self.vhost, policy.name, &policy_json).unwrap();
    }

    fn topology(&self) -> Topology {
        let messages_max = self.limit.load(Ordering::SeqCst);
        let limits = QueueLimits { messages_max, bytes_max: 1 << 30, delivery_limit: DELIVERY_LIMIT };
        Topology::of(&self.vhost, &self.settings.user, &self.links(), limits)
    }

    /// The links of the suites' agencies.
    pub(crate) fn links(&self) -> Vec<AmqpLink> {
        let link = |name: &str| AmqpLink {
            agency: agency(name),
            user: user(&self.vhost, name),
            message_bytes_max: MESSAGE_BYTES_MAX,
        };
        AGENCIES.map(link).to_vec()
    }

    /// A transport of the gateway's and nothing else.
    pub(crate) fn transport(&self) -> AmqpTransport {
        AmqpTransport::new(Arc::new(self.settings.clone()), &self.links())
    }

    /// The gateway's side.
    pub(crate) fn gateway(&self) -> Gateway {
        Gateway::start(self.settings.clone(), self.links(), self.folder.path())
    }

    /// The gateway's side over a network of its own, so that it can end as a killed process does.
    fn gateway_that_can_be_killed(&self) -> Gateway {
        let network = Proxy::start(self.admin.amqp_address()).unwrap();
        let settings = AmqpSettings { addresses: vec![address(&network.address())], ..self.settings.clone() };
        let mut gateway = Gateway::start(settings, self.links(), self.folder.path());
        gateway.network = Some(network);
        gateway
    }

    /// Waits until every agency can work: a broker refuses messages for a new queue for a moment after it was declared.
    pub(crate) async fn wait_for_queues(&self) {
        for name in AGENCIES {
            self.reader(name).await.department.close().await;
        }
    }

    /// The names of the gateway's connections, as the broker lists them.
    pub(crate) fn gateway_connections(&self) -> BTreeSet<String> {
        let all = self.admin.connections().unwrap();
        all.into_iter().filter(|connection| connection.user == self.settings.user).map(|c| c.name).collect()
    }

    /// How many consumers an agency's inbox has, as of a second or two ago; a consumer that was cancelled counts until
    /// everything that was delivered to it is acknowledged.
    pub(crate) fn inbox_consumers(&self, agency: &str) -> Option<u64> {
        let inbox = format!("xiezhi.inbox.{agency}");
        self.admin.get(&["queues", &self.vhost, &inbox]).ok()?.get("consumers")?.as_u64()
    }

    /// What an agency connects with: its own way to the broker, whatever harm is done to the gateway's.
    pub(crate) fn agency_settings(&self, name: &str) -> AmqpSettings {
        let direct = settings(self.admin.amqp_address(), &self.vhost, &user(&self.vhost, name));
        AmqpSettings { declare: false, ..direct }
    }

    /// A department that consumes from its outbox.
    async fn subscribed(&self, name: &str) -> Result<Department, AmqpError> {
        let mut department = Department::connect(agency(name), self.agency_settings(name)).await?;
        department.receive(0, Duration::ZERO).await?;
        Ok(department)
    }

    /// Joins as soon as the agency's queues are there.
    pub(crate) async fn reader(&self, name: &str) -> Reader {
        let begin = tokio::time::Instant::now();
        loop {
            match self.subscribed(name).await {
                Ok(department) => return Reader { department, out: HashMap::new(), handle: 0 },
                Err(error) => assert!(begin.elapsed() < JOIN_LIMIT, "{name}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Longest wait to join: a queue of a broker that was killed answers late, and each try may take ten seconds.
const JOIN_LIMIT: Duration = Duration::from_secs(300);

/// Prints what the gateway's side logs when `RUST_LOG` says so: to look into a failure.
fn log_if_asked() {
    if std::env::var_os("RUST_LOG").is_some() {
        // The first test of the process does it.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    }
}

/// A user that exists for one vhost only, so that its connections are a test's own.
pub(crate) fn user(vhost: &str, name: &str) -> String {
    format!("{name}-of-{vhost}")
}

/// Host and port.
pub(crate) fn address(text: &str) -> (String, u16) {
    let (host, port) = text.rsplit_once(':').unwrap();
    (host.to_owned(), port.parse().unwrap())
}

/// Settings with short waits.
pub(crate) fn settings(broker: &str, vhost: &str, user: &str) -> AmqpSettings {
    AmqpSettings {
        addresses: vec![address(broker)],
        tls: None,
        vhost: vhost.to_owned(),
        user: user.to_owned(),
        password: PASSWORD.to_owned(),
        declare: true,
        heartbeat_s: 10,
        connect_timeout: Duration::from_secs(10),
        operation_timeout: Duration::from_secs(10),
        confirm_timeout: Duration::from_secs(20),
        confirms_max: 200,
        prefetch: 100,
        reconnect_min: Duration::from_millis(20),
        reconnect_max: Duration::from_millis(200),
    }
}

/// The machine's time.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UtcTime {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        UtcTime::from_unix_ms(i64::try_from(since.as_millis()).unwrap()).unwrap()
    }
}

/// More than any test sends.
const INBOX_MAX: usize = 100_000;

/// The gateway's side: transport, intake and store.
pub(crate) struct Gateway {
    pub(crate) transport: Arc<AmqpTransport>,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) intake: Arc<AmqpIntake>,
    running: Option<JoinHandle<Result<(), StoreError>>>,
    stop: CancellationToken,
    /// Told `true` while nothing is to be taken in.
    pub(crate) pause: watch::Sender<bool>,
    /// What it reaches the broker through, when it has a network of its own.
    network: Option<Proxy>,
}

impl Gateway {
    pub(crate) fn start(settings: AmqpSettings, links: Vec<AmqpLink>, folder: &Path) -> Self {
        let store = Arc::new(SqliteStore::open(folder.join("xiezhi.db"), SqliteSettings::default()).unwrap());
        let (pause, paused) = watch::channel(false);
        let ports = IntakePorts {
            inbox: store.clone(),
            settle: store.clone(),
            clock: Arc::new(SystemClock),
            wake: Arc::new(|| {}),
            paused,
        };
        let settings = Arc::new(settings);
        let transport = Arc::new(AmqpTransport::new(Arc::clone(&settings), &links));
        let intake = Arc::new(AmqpIntake::new(settings, links, ports));
        let stop = CancellationToken::new();
        let running = {
            let (intake, stop) = (Arc::clone(&intake), stop.clone());
            tokio::spawn(async move { intake.run(stop).await })
        };
        Self { transport, store, intake, running: Some(running), stop, pause, network: None }
    }

    /// Ends in order.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        self.running.take().unwrap().await.unwrap().unwrap();
        self.transport.close().await;
    }

    /// Ends as a killed process does: without a word. The client would close its connections in order when it is dropped, so
    /// they are cut before.
    async fn abandon(mut self) {
        let network = self.network.take().unwrap();
        network.cut(Cut::Reset).unwrap();
        // From here on nobody answers there.
        drop(network);
        let running = self.running.take().unwrap();
        running.abort();
        let ended = running.await;
        assert!(ended.is_err_and(|error| error.is_cancelled()), "the intake ended by itself");
    }

    /// Everything that was taken in, the newest first.
    pub(crate) async fn inbox(&self) -> Vec<InboxEntry> {
        let filter = InboxFilter { limit: INBOX_MAX, ..InboxFilter::default() };
        self.store.inbox_list(&filter).await.unwrap()
    }

    /// How much that is.
    pub(crate) async fn inbox_length(&self) -> usize {
        self.inbox().await.len()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

#[async_trait]
impl GatewaySide for Gateway {
    fn transport(&self) -> Arc<dyn Transport> {
        self.transport.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn close(self: Box<Self>) {
        Self::close(*self).await;
    }

    async fn abandon(self: Box<Self>) {
        Self::abandon(*self).await;
    }
}

#[async_trait]
impl LinkBackend for Amqp {
    fn limit_queues(&self, messages_max: usize) {
        self.limit.store(u32::try_from(messages_max).unwrap(), Ordering::SeqCst);
        self.apply_limits();
    }

    fn repeats(&self) -> Repeats {
        Repeats::Delivered
    }

    async fn open(&self) -> Box<dyn GatewaySide> {
        let gateway = self.gateway_that_can_be_killed();
        self.wait_for_queues().await;
        Box::new(gateway)
    }

    async fn join(&self, name: &str) -> Box<dyn AgencySide> {
        Box::new(self.reader(name).await)
    }
}

/// An agency at the broker.
pub(crate) struct Reader {
    pub(crate) department: Department,
    out: HashMap<u64, Received>,
    handle: u64,
}

impl Reader {
    /// As the suite sees it.
    pub(crate) fn got(&self, received: &Received) -> Got {
        Got {
            id: received.message_id.clone(),
            case_number: received.case_number.clone(),
            kind: received.kind.clone(),
            content_type: received.content_type.clone(),
            body: received.body.clone(),
            again: received.redelivered,
            handle: self.handle,
        }
    }

    fn enter(&mut self, received: Received) -> Got {
        self.handle += 1;
        let got = self.got(&received);
        self.out.insert(self.handle, received);
        got
    }
}

#[async_trait]
impl AgencySide for Reader {
    async fn send(&mut self, letter: &Letter) -> Sent {
        let sending = Sending {
            message_id: letter.id.clone(),
            content_type: letter.content_type.clone(),
            body: letter.body.clone(),
        };
        match self.department.send(&sending).await {
            Ok(xiezhi_amqp::department::Sent::Taken) => Sent::Taken,
            _ => Sent::Failed,
        }
    }

    async fn receive(&mut self, most: usize, limit: Duration) -> Vec<Got> {
        let mut received = self.department.receive(1, limit).await.unwrap();
        if !received.is_empty() {
            received.extend(self.department.receive(most - 1, Duration::ZERO).await.unwrap());
        }
        received.into_iter().map(|received| self.enter(received)).collect()
    }

    async fn acknowledge(&mut self, got: &[Got]) {
        for got in got {
            let received = self.out.remove(&got.handle).unwrap();
            self.department.acknowledge(&received).await.unwrap();
        }
    }

    async fn give_back_all(&mut self) {
        let mut handles: Vec<u64> = self.out.keys().copied().collect();
        handles.sort_unstable();
        for handle in handles {
            let received = self.out.remove(&handle).unwrap();
            self.department.give_back(&received).await.unwrap();
        }
    }

    async fn leave(self: Box<Self>) {
        self.department.close().await;
    }
}
