//! The keys of `link.credit` in an agency's file.

use super::{Key, Need, Shape, integer, key};
use crate::credit::{is_proxy, is_span, is_url};

/// Defaults, as the table below writes them.
pub(crate) const CONNECT_TIMEOUT_MS_DEFAULT: i64 = 5_000;
pub(crate) const TIMEOUT_MS_DEFAULT: i64 = 30_000;
pub(crate) const REQUESTS_DEFAULT: i64 = 8;
pub(crate) const ANSWER_BYTES_DEFAULT: i64 = 4_194_304;
pub(crate) const PAGE_ENTRIES_DEFAULT: i64 = 500;
pub(crate) const RECONCILE_HOUR_DEFAULT: i64 = 6;

const URL: Shape = Shape::Parsed { form: "an address such as https://credit.example/opanomaly/v1", parse: is_url };
const PROXY: Shape = Shape::Parsed { form: "an address such as http://proxy.example:3128", parse: is_proxy };
const SPAN: Shape = Shape::Parsed { form: "a span such as mon-fri 08:30-20:00", parse: is_span };

/// The keys.
pub(crate) const KEYS: &[Key] = &[
    key(
        "url",
        URL,
        Need::Required,
        "",
        "Where the system's interface begins (`docs/credit.md`); `http` on this machine only.",
    ),
    key(
        "ca_file",
        Shape::Path,
        Need::Optional("required for `https`"),
        "",
        "The authorities that the system's certificate may come from, as PEM; no other is trusted.",
    ),
    key("client_certificate_file", Shape::Path, Need::Optional("none"), "", "The gateway's own certificate, as PEM."),
    key(
        "client_key_file",
        Shape::Path,
        Need::Optional("needed with `client_certificate_file`"),
        "",
        "Its key, as PEM.",
    ),
    key(
        "proxy",
        PROXY,
        Need::Optional("none"),
        "",
        "A proxy on the way to an `https` address; an `https` proxy's certificate must come from `ca_file` too. The environment's proxies are not used.",
    ),
    key(
        "access_token",
        Shape::Reference,
        Need::Optional("none"),
        "",
        "What the gateway shows in `Authorization: Bearer`, beside its certificate.",
    ),
    key(
        "open",
        Shape::List(&SPAN),
        Need::Optional("always"),
        "",
        "When the system takes entries, in Beijing time; what is decided at other times waits.",
    ),
    key("connect_timeout_ms", integer(100, 60_000), Need::Default("5000"), "ms", "Longest wait for a connection."),
    key(
        "timeout_ms",
        integer(100, 300_000),
        Need::Default("30000"),
        "ms",
        "Longest wait for a whole answer; then the outcome is unknown, and is asked for before anything is sent again.",
    ),
    key("requests_max", integer(1, 64), Need::Default("8"), "requests", "Most requests at the same time."),
    key(
        "answer_bytes_max",
        integer(4_096, ANSWER_BYTES_DEFAULT),
        Need::Default("4194304"),
        "bytes",
        "Largest answer; the plugin reads no more than 4 MiB. Where a page of the list is larger, lower `page_entries`.",
    ),
    key("page_entries", integer(1, 1_000), Need::Default("500"), "entries", "Entries on a page of the system's list."),
    key(
        "reconcile_hour",
        integer(0, 23),
        Need::Default("6"),
        "h",
        "The hour of the day, in Beijing, from which on the lists are reconciled, once a day and after a start.",
    ),
];
