//! The link to a credit system (`transport = "credit"`): where it is, how the gateway shows itself, when it is open.

use std::net::IpAddr;
use std::path::PathBuf;

use toml::{Table, Value};
use xiezhi_model::hours::OpeningHours;

use crate::keys::credit::{
    ANSWER_BYTES_DEFAULT, CONNECT_TIMEOUT_MS_DEFAULT, PAGE_ENTRIES_DEFAULT, RECONCILE_HOUR_DEFAULT, REQUESTS_DEFAULT,
    TIMEOUT_MS_DEFAULT,
};
use crate::secret::Secret;
use crate::shape::{lookup, lookup_text, shown};

/// Everything of `link.credit`, checked.
#[derive(Debug, Clone)]
pub struct CreditLink {
    /// Where the interface begins, without a slash at the end.
    pub url: String,
    /// The authorities that its certificate may come from; there for `https`.
    pub ca_file: Option<PathBuf>,
    /// The gateway's own certificate and its key, both or neither.
    pub client_files: Option<(PathBuf, PathBuf)>,
    /// A proxy on the way.
    pub proxy: Option<String>,
    /// What the gateway shows in `Authorization: Bearer`.
    pub access_token: Option<Secret>,
    /// When the system takes entries.
    pub hours: OpeningHours,
    /// Longest wait for a connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest wait for an answer, in milliseconds.
    pub timeout_ms: u64,
    /// Most requests at the same time.
    pub requests_max: usize,
    /// Largest answer, in bytes.
    pub answer_bytes_max: usize,
    /// Entries on a page of the export.
    pub page_entries: usize,
    /// The hour of the day, in Beijing, from which on the lists are reconciled once a day.
    pub reconcile_hour: u8,
}

impl CreditLink {
    /// Reads `link.credit` of an agency's file whose shape was checked; tells `problem` what contradicts itself, by the key's
    /// name. `None` when something is missing or wrong.
    pub(crate) fn of(
        file: &std::path::Path,
        table: &Table,
        access_token: Option<Secret>,
        problem: &mut dyn FnMut(&str, String),
    ) -> Option<Self> {
        let text = |name: &str| lookup_text(table, &format!("link.credit.{name}"));
        let path = |name: &str| text(name).map(|path| file.parent().map_or_else(|| path.into(), |at| at.join(path)));
        let number = |name: &str, default: i64| {
            let found = lookup(table, &format!("link.credit.{name}")).and_then(Value::as_integer);
            u64::try_from(found.unwrap_or(default)).unwrap_or_default()
        };
        let size = |name: &str, default: i64| usize::try_from(number(name, default)).unwrap_or(usize::MAX);
        let url = text("url")?.trim_end_matches('/').to_owned();
        let (ca_file, certificate, key) = (path("ca_file"), path("client_certificate_file"), path("client_key_file"));
        let is_encrypted = url.starts_with("https://");
        if is_encrypted && ca_file.is_none() {
            problem("link.credit.ca_file", "missing; an https address needs the authorities to trust".to_owned());
        }
        if !is_encrypted && (ca_file.is_some() || certificate.is_some()) {
            problem("link.credit.url", "is http, which uses no certificate; write https, or leave them out".to_owned());
        }
        if !is_encrypted && text("proxy").is_some() {
            let text =
                "has no use on the way to this machine, and would carry what is not encrypted; leave it out".to_owned();
            problem("link.credit.proxy", text);
        }
        let client_files = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => {
                problem("link.credit.client_key_file", "missing; the client certificate needs its key".to_owned());
                None
            }
            (None, Some(_)) => {
                let text = "missing; the client key needs its certificate".to_owned();
                problem("link.credit.client_certificate_file", text);
                None
            }
        };
        let hours = hours(table, problem);
        let reconcile_hour = u8::try_from(number("reconcile_hour", RECONCILE_HOUR_DEFAULT)).unwrap_or_default();
        if !hours.opens_from(reconcile_hour) {
            let text =
                format!("{reconcile_hour} is after the last hour of {hours}; the lists would never be reconciled");
            problem("link.credit.reconcile_hour", text);
        }
        Some(Self {
            url,
            ca_file,
            client_files,
            proxy: text("proxy").map(str::to_owned),
            access_token,
            hours,
            connect_timeout_ms: number("connect_timeout_ms", CONNECT_TIMEOUT_MS_DEFAULT),
            timeout_ms: number("timeout_ms", TIMEOUT_MS_DEFAULT),
            requests_max: size("requests_max", REQUESTS_DEFAULT),
            answer_bytes_max: size("answer_bytes_max", ANSWER_BYTES_DEFAULT),
            page_entries: size("page_entries", PAGE_ENTRIES_DEFAULT),
            reconcile_hour,
        })
    }
}

/// When the system takes entries.
fn hours(table: &Table, problem: &mut dyn FnMut(&str, String)) -> OpeningHours {
    let spans: Vec<String> = lookup(table, "link.credit.open")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|span| span.as_str().map(str::to_owned))
        .collect();
    OpeningHours::parse(&spans).unwrap_or_else(|error| {
        // What is wrong with one span alone was said of its shape.
        if spans.iter().all(|span| is_span(span).is_ok()) {
            problem("link.credit.open", error.to_string());
        }
        OpeningHours::default()
    })
}

/// Whether a text is an address of an interface: `https`, or `http` on this machine's loopback.
pub(crate) fn is_url(text: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("\"{}\" {why}", shown(text)));
    let Some((scheme, rest)) = text.split_once("://") else {
        return wrong("is no address; write it as https://credit.example/opanomaly/v1");
    };
    let host = rest.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return wrong("has no port from 1 to 65535");
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:[]%".contains(c);
    if name.is_empty() || !rest.chars().all(is_plain) || host.contains('@') {
        return wrong("is no address: a host, perhaps a port, and a path, without user, query or fragment");
    }
    let is_loopback = name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        "http" => wrong("is not encrypted; http is for this machine's loopback only, write https"),
        _ => wrong("is no https address"),
    }
}

/// Whether a text is the address of a proxy.
pub(crate) fn is_proxy(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    match rest {
        Some(host) if !host.is_empty() && host.trim_end_matches('/').chars().all(is_plain) => Ok(()),
        _ => Err(format!("\"{}\" is no proxy; write it as http://proxy.example:3128", shown(text))),
    }
}

/// Whether a text is a span of opening hours.
pub(crate) fn is_span(text: &str) -> Result<(), String> {
    OpeningHours::parse(&[text.to_owned()]).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_or_this_machine() {
        for right in
            ["https://credit.example/v1", "https://10.0.0.1:8443/a/b", "http://127.0.0.1:9000/v1", "http://[::1]:1"]
        {
            assert_eq!(is_url(right), Ok(()), "{right}");
        }
        for wrong in [
            "credit.example",
            "http://credit.example/v1",
            "ftp://x",
            "https://",
            "https://me@x/",
            "https://x/?q",
            "http://10.1.1.1",
            "https://x:99999/v1",
            "https://x:0/",
            "https://[::1]:/",
        ] {
            assert!(is_url(wrong).is_err(), "{wrong}");
        }
        assert_eq!(is_proxy("http://proxy.example:3128"), Ok(()));
        assert!(is_proxy("http://user:word@proxy").is_err() && is_proxy("proxy:3128").is_err());
    }
}
