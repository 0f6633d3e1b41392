//! The broker's management interface (HTTP): reads what is there, and creates what is missing.
//!
//! It speaks plain HTTP, so only to this machine: an administrator's password must not cross a network in the clear. It runs on
//! the broker's machine, or through a tunnel to it. Password hashes that the interface tells are not kept.

mod apply;

use std::net::IpAddr;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use super::Actual;

pub use apply::{Applied, Failure};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time for one request: a list of thousands of queues takes seconds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest answer: 64 MiB are some 30,000 queues.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// Longest text of the broker that is shown, in characters.
const REASON_CHARS_MAX: usize = 300;

/// Why the management interface could not be used. No text holds a password.
#[derive(Debug, Error)]
pub enum ManagementError {
    /// The address cannot be used.
    #[error("the management address \"{url}\" cannot be used: {why}")]
    Address {
        /// The address, without what may be a password.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// No answer, or a broken one.
    #[error("{what}: the management interface did not answer; is the plugin rabbitmq_management on?")]
    Unreachable {
        /// What was asked.
        what: String,
        /// What came of it.
        source: reqwest::Error,
    },
    /// The credentials are not accepted.
    #[error("{what}: the management interface does not accept this user; give an administrator and the right password")]
    Unauthorised {
        /// What was asked.
        what: String,
    },
    /// The broker refuses.
    #[error("{what}: the broker answers {status}: {reason}")]
    Refused {
        /// What was asked.
        what: String,
        /// The status.
        status: u16,
        /// What the broker says.
        reason: String,
    },
    /// The answer is not what RabbitMQ answers.
    #[error("{what}: the answer is not RabbitMQ's: {why}")]
    Answer {
        /// What was asked.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The management interface of one broker, as one administrator. Its `Debug` shows no password.
pub struct Management {
    client: reqwest::Client,
    base: String,
    user: String,
    password: String,
}

impl std::fmt::Debug for Management {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Management").field("base", &self.base).field("user", &self.user).finish_non_exhaustive()
    }
}

impl Management {
    /// An interface at an address such as `http://127.0.0.1:15672`. Nothing is asked yet.
    ///
    /// # Errors
    /// [`ManagementError::Address`] when the address is no plain HTTP address of this machine.
    pub fn new(url: &str, user: &str, password: &str) -> Result<Self, ManagementError> {
        let base = local(url)?;
        let why = "this build has no TLS at all";
        let tls = no_tls().map_err(|_| ManagementError::Address { url: base.to_string(), why })?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|source| ManagementError::Unreachable { what: "setting up".to_owned(), source })?;
        Ok(Self { client, base, user: user.to_owned(), password: password.to_owned() })
    }

    /// What is there in a virtual host, and who may do what. Changes nothing; may be dropped at any time.
    ///
    /// # Errors
    /// [`ManagementError`].
    pub async fn read(&self, vhost: &str) -> Result<Actual, ManagementError> {
        #[derive(Deserialize)]
        struct Overview {
            rabbitmq_version: String,
        }
        let overview: Overview = self.list(&["overview"]).await?;
        let mut actual = Actual {
            version: overview.rabbitmq_version,
            feature_flags: self.list(&["feature-flags"]).await?,
            users: self.list(&["users"]).await?,
            permissions: self.list(&["permissions"]).await?,
            has_vhost: self.is_there(&["vhosts", vhost]).await?,
            ..Actual::default()
        };
        if actual.has_vhost {
            actual.exchanges = self.list(&["exchanges", vhost]).await?;
            actual.queues = self.list(&["queues", vhost]).await?;
            actual.bindings = self.list(&["bindings", vhost]).await?;
            actual.policies = self.list(&["policies", vhost]).await?;
            actual.operator_policies = self.list(&["operator-policies", vhost]).await?;
        }
        Ok(actual)
    }

    async fn list<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, ManagementError> {
        let what = format!("reading {}", shown(path));
        let answer = self.send(self.request(Method::GET, path), &what).await?;
        let body = bytes(answer, &what).await?;
        serde_json::from_slice(&body).map_err(|error| ManagementError::Answer { what, why: error.to_string() })
    }

    async fn is_there(&self, path: &[&str]) -> Result<bool, ManagementError> {
        let what = format!("reading {}", shown(path));
        match self.send(self.request(Method::GET, path), &what).await {
            Ok(_) => Ok(true),
            Err(ManagementError::Refused { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn change(&self, method: Method, path: &[&str], body: &Value) -> Result<(), ManagementError> {
        let what = format!("creating {}", shown(path));
        match self.send(self.request(method, path).json(body), &what).await {
            // The user could read, so it is not its password: exchanges and queues are declared with its own permissions.
            Err(ManagementError::Unauthorised { what }) => {
                let user = &self.user;
                let reason = format!("{user} may not; give it permissions here with rabbitmqctl set_permissions");
                Err(ManagementError::Refused { what, status: StatusCode::UNAUTHORIZED.as_u16(), reason })
            }
            result => result.map(drop),
        }
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = format!("{}/api", self.base);
        for part in path {
            url.push('/');
            url.extend(utf8_percent_encode(part, NON_ALPHANUMERIC));
        }
        self.client.request(method, url).basic_auth(&self.user, Some(&self.password))
    }

    async fn send(&self, request: RequestBuilder, what: &str) -> Result<Response, ManagementError> {
        let unreachable = |source: reqwest::Error| ManagementError::Unreachable {
            what: what.to_owned(),
            source: source.without_url(),
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if status == StatusCode::UNAUTHORIZED {
            return Err(ManagementError::Unauthorised { what: what.to_owned() });
        }
        let reason = reason(&bytes(answer, what).await?);
        Err(ManagementError::Refused { what: what.to_owned(), status: status.as_u16(), reason })
    }
}

/// TLS that trusts nobody: the interface is on this machine and does not speak it, and reqwest wants to be told.
fn no_tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// The address without a slash at its end, when it is plain HTTP to this machine.
fn local(text: &str) -> Result<String, ManagementError> {
    let wrong = |url: &str, why| Err(ManagementError::Address { url: url.to_owned(), why });
    let Ok(url) = Url::parse(text) else { return wrong("…", "it is no URL such as http://127.0.0.1:15672") };
    let shown = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(&shown, "user and password are given apart from it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(&shown, "it must end with the port or a path");
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_local = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    if url.scheme() != "http" || !is_local {
        return wrong(
            &shown,
            "only http:// to this machine is spoken; run this where the broker is, or tunnel its port here",
        );
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn shown(path: &[&str]) -> String {
    path.join(" ")
}

/// What the broker says of a refusal, short.
fn reason(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => match value.get("reason").or_else(|| value.get("error")) {
            Some(Value::String(reason)) => reason.clone(),
            Some(reason) => reason.to_string(),
            None => value.to_string(),
        },
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    text.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect()
}

async fn bytes(mut answer: Response, what: &str) -> Result<Vec<u8>, ManagementError> {
    let mut body = Vec::new();
    loop {
        let chunk = answer
            .chunk()
            .await
            .map_err(|source| ManagementError::Unreachable { what: what.to_owned(), source: source.without_url() })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
            let why = format!("it is longer than {ANSWER_BYTES_MAX} bytes");
            return Err(ManagementError::Answer { what: what.to_owned(), why });
        }
        body.extend_from_slice(&chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to() {
        for right in ["http://127.0.0.1:15672", "http://localhost:15672/", "http://[::1]:1/mq"] {
            let base = local(right).unwrap();
            assert_eq!(base, right.trim_end_matches('/'));
        }
        for wrong in [
            "127.0.0.1:15672",
            "https://127.0.0.1:15671",
            "http://mq.example:15672",
            "http://root:secret@127.0.0.1:15672",
            "http://127.0.0.1:15672/?x=1",
        ] {
            let text = local(wrong).unwrap_err().to_string();
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn names_are_one_part_of_the_path_and_the_password_is_not_shown() {
        let management = Management::new("http://127.0.0.1:15672/", "root", "hidden").unwrap();
        let request = management.request(Method::GET, &["queues", "/", "a b/c"]).build().unwrap();
        assert_eq!(request.url().path(), "/api/queues/%2F/a%20b%2Fc");
        assert!(!format!("{management:?}").contains("hidden"));
    }

    #[test]
    fn a_refusal_is_told_in_the_broker_s_words() {
        assert_eq!(reason(br#"{"error":"bad_request","reason":"inequivalent\narg"}"#), "inequivalentarg");
        assert_eq!(reason(br#"{"error":"Object Not Found"}"#), "Object Not Found");
        assert_eq!(reason("x".repeat(999).as_bytes()).len(), REASON_CHARS_MAX);
    }
}
