//! Everything that runs: the broker, the gateway, and the two networks between them and the departments.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_amqp::AmqpSettings;
use xiezhi_kit::gateway::{SAMPLE_TIME, agencies, token};
use xiezhi_kit::{Broker, BrokerOptions, Gateway, GatewayOptions, Proxy, wait_until};
use xiezhi_model::UtcTime;

use crate::message::Role;

/// Where everybody meets.
const VHOST: &str = "chaos";
/// The setting with which the simulated clock starts.
const CLOCK: &str = "XIEZHI__CLOCK__START";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Every start of the gateway is so many days later than the one before, so that assignments become late and reminders come.
const DAYS_A_START: i64 = 4;
/// At most so many days in all: then every deadline is still in the year whose calendar is there.
const DAYS_MAX: i64 = 56;
/// Longest wait until everything is declared, which takes some seconds.
const LAY_OUT_LIMIT: Duration = Duration::from_secs(60);
/// What differs from the shipped settings: shorter waits, so that a run of seconds sees as much as one of hours.
const SETTINGS: [(&str, &str); 7] = [
    ("XIEZHI__AMQP__CONNECT_TIMEOUT_MS", "2000"),
    ("XIEZHI__AMQP__OPERATION_TIMEOUT_MS", "2000"),
    ("XIEZHI__AMQP__CONFIRM_TIMEOUT_MS", "3000"),
    ("XIEZHI__AMQP__RECONNECT_MAX_MS", "1000"),
    ("XIEZHI__AMQP__HEARTBEAT_S", "2"),
    ("XIEZHI__RELAY__BACKOFF_CAP_MS", "5000"),
    ("XIEZHI__RELAY__BREAKER_OPEN_MS", "1000"),
];

/// What the scenario plays on.
pub(crate) struct Stage {
    gateway: Gateway,
    /// The network between the gateway and the broker, and the one between the departments and the broker.
    pub(crate) gateway_network: Proxy,
    pub(crate) department_network: Proxy,
    pub(crate) broker: Broker,
    begun: Instant,
    starts: i64,
    /// When the gateway was started last, by its own clock.
    started: (Instant, UtcTime),
}

impl Stage {
    /// Starts the broker and lays out the gateway.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let broker = Broker::start("chaos")?;
        broker.vhost_create(VHOST)?;
        let gateway_network = Proxy::start(broker.amqp_address())?;
        let department_network = Proxy::start(broker.amqp_address())?;
        let mut options = BrokerOptions::prepare(broker.admin(), VHOST)?;
        options.addresses = gateway_network.address();
        let settings = SETTINGS.iter().fold(GatewayOptions::default(), |all, (name, value)| all.with(name, value));
        let gateway = Gateway::prepare_over_broker(settings, &options)?;
        let now = Instant::now();
        let started = (now, UtcTime::parse_rfc3339(SAMPLE_TIME)?);
        Ok(Self { gateway, gateway_network, department_network, broker, begun: now, starts: 0, started })
    }

    /// Starts the gateway. Its clock never goes back, and a few days have passed since the last start.
    pub(crate) fn gateway_start(&mut self) -> anyhow::Result<()> {
        let days = (self.starts * DAYS_A_START).min(DAYS_MAX);
        let elapsed = i64::try_from(self.begun.elapsed().as_millis())?;
        let start = UtcTime::parse_rfc3339(SAMPLE_TIME)?.plus_ms(elapsed + days * DAY_MS);
        self.gateway.options_mut().settings.insert(CLOCK.to_owned(), start.to_string());
        self.gateway.launch()?;
        self.starts += 1;
        self.started = (Instant::now(), start);
        Ok(())
    }

    /// Waits until the gateway has declared every queue and consumes from every inbox, and the broker has written that down. A queue
    /// that a kill of the broker meets soon after its declaration loses what it holds (`Broker::queue_names_write`): that is an
    /// installer's trouble, not ours here.
    pub(crate) fn wait_until_laid_out(&self) -> anyhow::Result<()> {
        let lines: Vec<String> =
            agencies().iter().map(|agency| format!("xiezhi_amqp_consumers_total{{agency=\"{agency}\"}}")).collect();
        let there = wait_until(LAY_OUT_LIMIT, || {
            let metrics = self.gateway.ask("/metrics").ok()?.text;
            lines.iter().all(|line| metrics.contains(line)).then_some(())
        });
        there.with_context(|| format!("not every inbox is consumed; the log ends:\n{}", self.gateway.log_tail()))?;
        self.broker.queue_names_write()
    }

    /// Starts the queues that the broker does not run after its own start, and says how many those were.
    pub(crate) fn start_stopped_queues(&self) -> anyhow::Result<usize> {
        self.broker.start_stopped_queues(VHOST)
    }

    /// Kills the gateway (SIGKILL).
    pub(crate) fn gateway_kill(&mut self) -> anyhow::Result<()> {
        ensure!(!self.gateway.has_ended()?, "the gateway ended by itself; its log ends:\n{}", self.gateway.log_tail());
        self.gateway.kill()
    }

    /// The gateway's time, as near as can be told from outside.
    pub(crate) fn simulated_now(&self) -> UtcTime {
        let (since, start) = self.started;
        start.plus_ms(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// How a department reaches the broker over its line.
    pub(crate) fn department_settings(&self, agency: &str, line: &Proxy) -> anyhow::Result<AmqpSettings> {
        let address = line.address();
        let (host, port) = address.rsplit_once(':').context("no port")?;
        Ok(AmqpSettings {
            addresses: vec![(host.to_owned(), port.parse()?)],
            tls: None,
            vhost: VHOST.to_owned(),
            user: agency.to_owned(),
            password: token(agency),
            declare: false,
            heartbeat_s: 2,
            connect_timeout: Duration::from_secs(2),
            operation_timeout: Duration::from_secs(2),
            confirm_timeout: Duration::from_secs(3),
            confirms_max: 100,
            prefetch: 100,
            reconnect_min: Duration::from_millis(50),
            reconnect_max: Duration::from_millis(500),
        })
    }

    /// A queue that still holds something, or about which nothing is known yet; none when all have come to rest. Dead letters
    /// rest where they are.
    pub(crate) fn queue_restless(&self) -> anyhow::Result<Option<String>> {
        let held = self.held()?;
        let mut restless = held.iter().filter(|(queue, held)| held.is_none_or(|count| count > 0 && !is_dead(queue)));
        Ok(restless.next().map(shown))
    }

    /// Queues of dead and unroutable messages that are not known to be empty.
    pub(crate) fn dead_letters(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.held()?.iter().filter(|(queue, held)| is_dead(queue) && *held != Some(0)).map(shown).collect())
    }

    /// How many messages each queue holds. After a start of the broker, it takes a while until it says so of a queue that
    /// nobody uses; those of agencies that play no part are left out until then.
    fn held(&self) -> anyhow::Result<Vec<(String, Option<u64>)>> {
        let list = self.broker.get(&["queues", VHOST])?;
        let mut all = Vec::new();
        for queue in list.as_array().context("the list of queues is none")? {
            let name = queue.get("name").and_then(Value::as_str).context("a queue without a name")?;
            let held = queue.get("messages").and_then(Value::as_u64);
            if held.is_some() || plays_a_part(name) {
                all.push((name.to_owned(), held));
            }
        }
        Ok(all)
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    pub(crate) fn gateway_mut(&mut self) -> &mut Gateway {
        &mut self.gateway
    }

    pub(crate) fn broker_log(&self) -> String {
        self.broker.log_tail()
    }
}

fn is_dead(queue: &str) -> bool {
    queue.starts_with("xiezhi.dead.") || queue == "xiezhi.unroutable"
}

fn plays_a_part(queue: &str) -> bool {
    queue == "xiezhi.unroutable" || Role::ALL.iter().any(|role| queue.ends_with(&format!(".{}", role.agency())))
}

fn shown((queue, held): &(String, Option<u64>)) -> String {
    match held {
        Some(count) => format!("{queue} holds {count} message(s)"),
        None => format!("the broker does not say what {queue} holds"),
    }
}
