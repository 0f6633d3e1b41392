//! The folder of a broker: configuration, data, logs and certificates, and the variables that keep RabbitMQ inside it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

use super::access::BrokerAccess;
use crate::certificates;
use crate::place;
use crate::ports::PortBlock;

/// How often the node writes the figures that the management API gives, in milliseconds. Its default of five seconds would
/// be most of a test's time.
const STATISTICS_MS: u64 = 500;
/// Name of the administrator.
const ADMIN: &str = "xiezhi-admin";

/// A laid out broker that does not run yet.
#[derive(Debug)]
pub(super) struct Layout {
    folder: TempDir,
    ports: PortBlock,
    password: String,
    node_name: String,
}

impl Layout {
    /// Writes everything that the node reads into a new folder below the one that cargo builds into.
    pub(super) fn create(hint: &str) -> anyhow::Result<Self> {
        let all = place::target().join("tmp").join("brokers");
        fs::create_dir_all(&all).with_context(|| format!("{} cannot be made", all.display()))?;
        // RabbitMQ runs in another working folder.
        let folder = tempfile::Builder::new().prefix(&format!("{hint}-")).tempdir_in(all.canonicalize()?)?;
        let (password, unique, cookie) = (random_hex::<16>()?, random_hex::<6>()?, random_hex::<16>()?);
        let node_name = format!("xiezhi-{unique}@localhost");
        let layout = Self { folder, ports: PortBlock::reserve()?, password, node_name };
        for name in ["conf", "data", "log", "tls"] {
            fs::create_dir(layout.path(name))?;
        }
        certificates::write(&layout.path("tls"), BrokerAccess::CLIENT_NAME)?;
        fs::write(layout.path("conf/rabbitmq.conf"), layout.settings())?;
        fs::write(layout.path("conf/advanced.config"), advanced_settings())?;
        fs::write(layout.path("conf/enabled_plugins"), "[rabbitmq_management,rabbitmq_auth_mechanism_ssl].\n")?;
        // Without a file of our own, the scripts read the one below /etc.
        fs::write(layout.path("conf/rabbitmq-env.conf"), "")?;
        let cookie_file = layout.path(".erlang.cookie");
        fs::write(&cookie_file, cookie)?;
        // Erlang refuses a cookie that others may read.
        fs::set_permissions(&cookie_file, fs::Permissions::from_mode(0o400))?;
        Ok(layout)
    }

    /// What a client needs to know.
    pub(super) fn access(&self) -> BrokerAccess {
        BrokerAccess {
            amqp: format!("127.0.0.1:{}", self.amqp_port()),
            amqps: format!("127.0.0.1:{}", self.amqps_port()),
            management: format!("http://127.0.0.1:{}", self.management_port()),
            user: ADMIN.to_owned(),
            password: self.password.clone(),
            ca: self.path("tls/ca.pem"),
            client_certificate: self.path("tls/client.pem"),
            client_key: self.path("tls/client-key.pem"),
        }
    }

    /// The variables of the server and of `rabbitmqctl`; nothing else of this process's environment but `PATH` may reach
    /// them.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.path(name).display().to_string();
        vec![
            ("HOME", self.folder().display().to_string()),
            // rabbitmqctl warns when the locale is not UTF-8.
            ("LANG", "C.UTF-8".to_owned()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
            ("ERL_EPMD_PORT", self.epmd_port().to_string()),
            ("ERL_CRASH_DUMP", path("log/erl_crash.dump")),
            // The defaults reserve tables for far more than tests have.
            ("ERL_MAX_PORTS", "8192".to_owned()),
            ("RABBITMQ_MAX_NUMBER_OF_PROCESSES", "131072".to_owned()),
            ("RABBITMQ_NODENAME", self.node_name.clone()),
            ("RABBITMQ_DIST_PORT", self.distribution_port().to_string()),
            ("RABBITMQ_CONF_ENV_FILE", path("conf/rabbitmq-env.conf")),
            ("RABBITMQ_CONFIG_FILE", path("conf/rabbitmq.conf")),
            ("RABBITMQ_ADVANCED_CONFIG_FILE", path("conf/advanced.config")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", path("conf/enabled_plugins")),
            ("RABBITMQ_GENERATED_CONFIG_DIR", path("conf/generated")),
            ("RABBITMQ_SCHEMA_DIR", path("conf/schema")),
            ("RABBITMQ_MNESIA_BASE", path("data")),
            ("RABBITMQ_LOG_BASE", path("log")),
            ("RABBITMQ_LOGS", path("log/node.log")),
            // One scheduler that never spins and is bound to no core: every broker would be bound to the same one.
            ("RABBITMQ_SCHEDULER_BIND_TYPE", "u".to_owned()),
            ("RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD", "none".to_owned()),
            (
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "+S 1:1 +SDcpu 1:1 +SDio 2 +A 2 -kernel inet_dist_use_interface {127,0,0,1}".to_owned(),
            ),
            // Lets the script become the node instead of its parent, so that our child is the node.
            ("RUNNING_UNDER_SYSTEMD", "true".to_owned()),
            ("RABBITMQ_CTL_DIST_PORT_MIN", "0".to_owned()),
            ("RABBITMQ_CTL_DIST_PORT_MAX", "0".to_owned()),
            ("RABBITMQ_CTL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}".to_owned()),
        ]
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn amqp_port(&self) -> u16 {
        self.ports.port(1)
    }

    fn amqps_port(&self) -> u16 {
        self.ports.port(2)
    }

    fn management_port(&self) -> u16 {
        self.ports.port(3)
    }

    fn distribution_port(&self) -> u16 {
        self.ports.port(4)
    }

    pub(super) fn epmd_port(&self) -> u16 {
        self.ports.port(5)
    }

    fn settings(&self) -> String {
        let tls = self.path("tls");
        let lines = [
            format!("listeners.tcp.1 = 127.0.0.1:{}", self.amqp_port()),
            format!("listeners.ssl.1 = 127.0.0.1:{}", self.amqps_port()),
            "num_acceptors.tcp = 2".to_owned(),
            "num_acceptors.ssl = 2".to_owned(),
            format!("ssl_options.cacertfile = {}", tls.join("ca.pem").display()),
            format!("ssl_options.certfile = {}", tls.join("server.pem").display()),
            format!("ssl_options.keyfile = {}", tls.join("server-key.pem").display()),
            "ssl_options.verify = verify_peer".to_owned(),
            "ssl_options.fail_if_no_peer_cert = false".to_owned(),
            "auth_mechanisms.1 = PLAIN".to_owned(),
            "auth_mechanisms.2 = EXTERNAL".to_owned(),
            "ssl_cert_login_from = common_name".to_owned(),
            "management.tcp.ip = 127.0.0.1".to_owned(),
            format!("management.tcp.port = {}", self.management_port()),
            format!("default_user = {ADMIN}"),
            format!("default_pass = {}", self.password),
            // A client may ask for less; more would make a test of a frozen broker wait.
            "heartbeat = 10".to_owned(),
            // An alarm of the disk would look like a fault of the gateway.
            "disk_free_limit.absolute = 10MB".to_owned(),
            format!("collect_statistics_interval = {STATISTICS_MS}"),
            // The write-ahead log is also held in memory until it is full: 512 MiB by default.
            "raft.wal_max_size_bytes = 33554432".to_owned(),
            "log.console = false".to_owned(),
            "log.file.level = info".to_owned(),
        ];
        lines.join("\n") + "\n"
    }
}

/// Quorum queues tell their figures at a pace of their own, and the management API gathers what it gives at yet another one:
/// the shortest interval of its history, which is a second at least.
fn advanced_settings() -> String {
    let history = "[{global, [{60, 1}]}, {basic, [{60, 1}]}, {detailed, [{10, 1}]}]";
    format!(
        "[{{rabbit, [{{quorum_tick_interval, {STATISTICS_MS}}}]}},\n \
          {{rabbitmq_management, [{{sample_retention_policies, {history}}}]}}].\n"
    )
}

fn random_hex<const BYTES: usize>() -> anyhow::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
