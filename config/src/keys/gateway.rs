//! The keys of `xiezhi.toml`. Each can also be given as an environment variable (`XIEZHI__HTTP__LISTEN`).

use std::net::SocketAddr;

use xiezhi_model::UtcTime;

use super::{Key, Need, Shape, integer, key};
use crate::broker::BrokerAddress;

const KIB: i64 = 1 << 10;
const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;
const HOUR_MS: i64 = 3_600_000;

const LISTEN: Shape =
    Shape::Parsed { form: "an address and port such as 127.0.0.1:8460 or [::1]:8460", parse: is_address };
const ADDRESSES: Shape =
    Shape::Parsed { form: "addresses such as mq1.example:5671,mq2.example:5671", parse: are_broker_addresses };
/// A user's or a virtual host's name.
const WORD: Shape = Shape::Text { bytes_max: 100 };
const TIME: Shape = Shape::Parsed { form: "an RFC 3339 time such as 2026-09-21T09:06:00+08:00", parse: is_time };

/// The keys.
pub const KEYS: &[Key] = &[
    key("data_dir", Shape::Path, Need::Default("data"), "", "Folder of the store. Made when it is not there."),
    key("files.agencies", Shape::Path, Need::Default("agencies"), "", "Folder of the agency files."),
    key("files.policy", Shape::Path, Need::Default("policy"), "", "Folder of the policy files."),
    key("files.calendar", Shape::Path, Need::Default("calendar"), "", "Folder of the calendar files."),
    key("files.codes", Shape::Path, Need::Default("codes"), "", "Folder of `devices.toml` and `towns.toml`."),
    key(
        "http.listen",
        LISTEN,
        Need::Default("127.0.0.1:8460"),
        "",
        "Where the HTTP interface listens; port 0 takes a free one.",
    ),
    key(
        "http.body_bytes_max",
        integer(KIB, 64 * MIB),
        Need::Default("1048576"),
        "bytes",
        "Largest request body. A larger one is answered 413.",
    ),
    key(
        "http.request_timeout_ms",
        integer(100, 600_000),
        Need::Default("10000"),
        "ms",
        "Longest time for one request.",
    ),
    key(
        "http.concurrency_max",
        integer(1, 65_536),
        Need::Default("256"),
        "requests",
        "Most requests in work at the same time; a further one is refused with 503.",
    ),
    key(
        "plugins.directory",
        Shape::Path,
        Need::Default("plugins"),
        "",
        "Folder of the plugin components, `<id>.wasm`.",
    ),
    key(
        "plugins.lock",
        Shape::Path,
        Need::Optional("`plugins.lock` in `plugins.directory`"),
        "",
        "File with the digests of the plugins that may run.",
    ),
    key(
        "plugins.cache_dir",
        Shape::Path,
        Need::Optional("`plugin-cache` in `data_dir`"),
        "",
        "Folder of compiled plugins. Holds only the gateway's own output.",
    ),
    key(
        "plugins.call_deadline_ms",
        integer(10, 60_000),
        Need::Default("1000"),
        "ms",
        "Longest time for one call of a plugin.",
    ),
    key(
        "plugins.memory_bytes_max",
        integer(MIB, GIB),
        Need::Default("67108864"),
        "bytes",
        "Most memory of one plugin instance.",
    ),
    key(
        "plugins.input_bytes_max",
        integer(KIB, 256 * MIB),
        Need::Default("8388608"),
        "bytes",
        "Largest input of one call, all parts of a message together.",
    ),
    key(
        "plugins.output_bytes_max",
        integer(KIB, 256 * MIB),
        Need::Default("8388608"),
        "bytes",
        "Largest output of one call.",
    ),
    key(
        "plugins.component_bytes_max",
        integer(KIB, 128 * MIB),
        Need::Default("16777216"),
        "bytes",
        "Largest plugin component that is compiled.",
    ),
    key(
        "plugins.instances_max",
        integer(1, 1_000),
        Need::Default("16"),
        "instances",
        "Most plugin instances at the same time, all plugins together.",
    ),
    key(
        "plugins.reload_ms",
        integer(50, 60_000),
        Need::Default("1000"),
        "ms",
        "How often the running gateway looks at the lock file for another version of a plugin.",
    ),
    key(
        "plugins.quarantine_failures",
        integer(1, 1_000),
        Need::Default("5"),
        "failures",
        "Messages in a row on which an agency's plugin traps, times out or breaks its limits before it is put in quarantine.",
    ),
    key(
        "plugins.shadow_messages_min",
        integer(0, 100_000),
        Need::Default("0"),
        "messages",
        "Recorded messages that a new version must have read without a difference (`xiezhi plugin shadow`) before it can be installed; 0 asks for none.",
    ),
    key(
        "worker.batch_messages_max",
        integer(1, 10_000),
        Need::Default("32"),
        "messages",
        "Most inbox messages leased at once; fewer where their bodies together have half a mebibyte.",
    ),
    key(
        "worker.lease_ms",
        integer(1_000, HOUR_MS),
        Need::Default("30000"),
        "ms",
        "How long a leased message is not given to another worker.",
    ),
    key(
        "worker.poll_ms",
        integer(1, 60_000),
        Need::Default("200"),
        "ms",
        "Longest time between two looks into the inbox.",
    ),
    key(
        "worker.decode_threads",
        integer(1, 256),
        Need::Default("2"),
        "threads",
        "How many messages are decoded at the same time.",
    ),
    key(
        "relay.batch_messages_max",
        integer(1, 10_000),
        Need::Default("256"),
        "messages",
        "Most outgoing messages published at once.",
    ),
    key(
        "relay.poll_ms",
        integer(1, 60_000),
        Need::Default("200"),
        "ms",
        "Longest time between two looks into the outbox.",
    ),
    key(
        "relay.attempts_max",
        integer(1, 100_000),
        Need::Default("10000"),
        "attempts",
        "Attempts to publish before an outgoing message is dead and later ones of its case go on without it; at the longest wait, some two weeks.",
    ),
    key(
        "relay.backoff_base_ms",
        integer(10, HOUR_MS),
        Need::Default("1000"),
        "ms",
        "Wait after the first failed attempt; doubled after each further one, with jitter.",
    ),
    key(
        "relay.backoff_cap_ms",
        integer(10, 24 * HOUR_MS),
        Need::Default("300000"),
        "ms",
        "Longest wait between two attempts; not below `relay.backoff_base_ms`.",
    ),
    key(
        "relay.breaker_failures",
        integer(1, 1_000),
        Need::Default("5"),
        "calls",
        "Failed calls in a row after which an agency's link counts as down; its messages then wait in the outbox.",
    ),
    key(
        "relay.breaker_open_ms",
        integer(10, HOUR_MS),
        Need::Default("5000"),
        "ms",
        "How long a link that is down is left alone before a single message tries it again.",
    ),
    key(
        "amqp.addresses",
        ADDRESSES,
        Need::Optional("no broker; needed when an agency's `link.transport` is `amqp`"),
        "",
        "The broker's nodes, `host:port`, separated by commas. One after the other is tried until one answers.",
    ),
    key(
        "amqp.tls",
        Shape::OneOf(&["required", "off"]),
        Need::Default("required"),
        "",
        "Whether connections to the broker are encrypted. `off` only where every address is this machine's loopback.",
    ),
    key(
        "amqp.ca_file",
        Shape::Path,
        Need::Optional("needed with `amqp.tls = \"required\"`"),
        "",
        "PEM file with the authorities that the broker's certificate may come from.",
    ),
    key(
        "amqp.client_certificate_file",
        Shape::Path,
        Need::Optional("no client certificate"),
        "",
        "PEM file with the gateway's own certificate chain, shown to the broker.",
    ),
    key(
        "amqp.client_key_file",
        Shape::Path,
        Need::Optional("needed with `amqp.client_certificate_file`"),
        "",
        "PEM file (PKCS#8) with that certificate's key.",
    ),
    key("amqp.vhost", WORD, Need::Default("/"), "", "The broker's virtual host."),
    key("amqp.user", WORD, Need::Default("xiezhi"), "", "The gateway's user at the broker."),
    key("amqp.password", Shape::Reference, Need::Optional("needed with `amqp.addresses`"), "", "That user's password."),
    key(
        "amqp.declare",
        Shape::OneOf(&["always", "never"]),
        Need::Default("always"),
        "",
        "Whether the gateway declares its exchanges and queues when it connects. With `never` the administrator keeps them, \
         from `xiezhi topology`.",
    ),
    key(
        "amqp.heartbeat_s",
        integer(1, 600),
        Need::Default("10"),
        "s",
        "Heartbeat of connections; a broker that is silent for twice as long counts as gone.",
    ),
    key(
        "amqp.connect_timeout_ms",
        integer(100, 120_000),
        Need::Default("5000"),
        "ms",
        "Longest time to connect to one address.",
    ),
    key(
        "amqp.operation_timeout_ms",
        integer(100, 120_000),
        Need::Default("5000"),
        "ms",
        "Longest time for one operation on a connection: a declaration, handing a message over, an acknowledgement.",
    ),
    key(
        "amqp.confirm_timeout_ms",
        integer(100, 120_000),
        Need::Default("10000"),
        "ms",
        "Longest wait for the broker's word that it holds what was published. After it the outcome is unknown and the same \
         messages are published again.",
    ),
    key(
        "amqp.confirms_max",
        integer(1, 10_000),
        Need::Default("256"),
        "messages",
        "Most messages of one agency published and not yet confirmed.",
    ),
    key(
        "amqp.prefetch",
        integer(1, 10_000),
        Need::Default("200"),
        "messages",
        "Most messages of one agency taken from the broker and not yet in the store.",
    ),
    key(
        "amqp.reconnect_min_ms",
        integer(10, 60_000),
        Need::Default("200"),
        "ms",
        "First wait before connecting again; it doubles, with jitter.",
    ),
    key(
        "amqp.reconnect_max_ms",
        integer(10, HOUR_MS),
        Need::Default("15000"),
        "ms",
        "Longest such wait; not below `amqp.reconnect_min_ms`.",
    ),
    key(
        "amqp.inbox_pending_max",
        integer(1, 100_000_000),
        Need::Default("50000"),
        "messages",
        "Messages waiting in the gateway's inbox above which no more are taken from the broker.",
    ),
    key(
        "amqp.queue_messages_max",
        integer(1, 100_000_000),
        Need::Default("100000"),
        "messages",
        "Most messages in one queue at the broker; a further one is refused to its publisher. Part of the topology.",
    ),
    key(
        "amqp.queue_bytes_max",
        integer(MIB, 1 << 40),
        Need::Default("1073741824"),
        "bytes",
        "Most bytes in one queue at the broker. Part of the topology.",
    ),
    key(
        "amqp.delivery_limit",
        integer(1, 1_000),
        Need::Default("20"),
        "deliveries",
        "How often a message is given to a consumer that does not acknowledge it before it goes to the dead letters. Part of \
         the topology.",
    ),
    key(
        "store.queue_messages_max",
        integer(1, 10_000_000),
        Need::Default("100000"),
        "messages",
        "Most messages in one agency's queue; publishing to a full queue is tried again later.",
    ),
    key(
        "store.write_calls_max",
        integer(1, 100_000),
        Need::Default("512"),
        "operations",
        "Most operations that wait for the store at the same time; those that wait together share a commit.",
    ),
    key(
        "calendar.missing_year",
        Shape::OneOf(&["refuse", "estimate"]),
        Need::Default("refuse"),
        "",
        "When a deadline reaches a year without a calendar: refuse the message, or count Monday to Friday and mark the deadline as estimated.",
    ),
    key("log.format", Shape::OneOf(&["text", "json"]), Need::Default("text"), "", "How log lines are written."),
    key(
        "log.filter",
        Shape::Text { bytes_max: 1_000 },
        Need::Default("info"),
        "",
        "Which log lines are written: a level, or `target=level` pairs joined by commas.",
    ),
    key(
        "clock.start",
        TIME,
        Need::Optional("the system's clock"),
        "",
        "Simulated clock for demos and tests: starts here and runs on at normal speed.",
    ),
];

fn is_address(text: &str) -> Result<(), String> {
    let wrong = || format!("is \"{}\"; must be an address and port such as 127.0.0.1:8460", crate::shape::shown(text));
    text.parse::<SocketAddr>().map(drop).map_err(|_| wrong())
}

fn is_time(text: &str) -> Result<(), String> {
    UtcTime::parse_rfc3339(text).map(drop).map_err(|error| error.to_string())
}

fn are_broker_addresses(text: &str) -> Result<(), String> {
    BrokerAddress::parse_list(text).map(drop)
}
