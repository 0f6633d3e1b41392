//! An administrator of a broker, over its management API: vhosts, users, rights, policies, definitions and connections.
//! The calls block. They may be made from asynchronous tests, whose thread then waits.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use reqwest::blocking::Client;
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use super::access::BrokerAccess;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of a refusal is shown.
const REFUSAL_CHARS: usize = 600;
/// Longest wait until nothing is under way in a vhost that is to be deleted.
const REST_LIMIT: Duration = Duration::from_secs(30);

/// Access to a broker as its administrator.
#[derive(Debug, Clone)]
pub struct BrokerAdmin {
    access: Arc<BrokerAccess>,
    http: Client,
}

/// A connection of a client, as the broker sees it.
#[derive(Debug, Clone)]
pub struct BrokerConnection {
    /// The broker's name for it.
    pub name: String,
    /// Who it is.
    pub user: String,
    /// Where it works.
    pub vhost: String,
    /// Such as `running`, `blocked`, `blocking`; empty until the broker has counted for the first time.
    pub state: String,
    /// Everything that the API says.
    pub all: Value,
}

impl BrokerAdmin {
    /// An administrator with this access.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(access: BrokerAccess) -> anyhow::Result<Self> {
        let http = on_own_thread(|| crate::http::client(TIMEOUT))?;
        Ok(Self { access: Arc::new(access), http })
    }

    /// Everything that another process needs to use the same broker.
    #[must_use]
    pub fn access(&self) -> &BrokerAccess {
        &self.access
    }

    /// `host:port` for AMQP in clear text.
    #[must_use]
    pub fn amqp_address(&self) -> &str {
        &self.access.amqp
    }

    /// `host:port` for AMQP over TLS.
    #[must_use]
    pub fn amqps_address(&self) -> &str {
        &self.access.amqps
    }

    /// The management API, `http://host:port`.
    #[must_use]
    pub fn management_url(&self) -> &str {
        &self.access.management
    }

    /// Name of the administrator.
    #[must_use]
    pub fn admin_user(&self) -> &str {
        &self.access.user
    }

    /// Password of the administrator.
    #[must_use]
    pub fn admin_password(&self) -> &str {
        &self.access.password
    }

    /// PEM file of the authority that signed the server's and the client's certificate.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.access.ca
    }

    /// PEM file of the client's certificate.
    #[must_use]
    pub fn client_certificate_file(&self) -> &Path {
        &self.access.client_certificate
    }

    /// PEM file of the client's key.
    #[must_use]
    pub fn client_key_file(&self) -> &Path {
        &self.access.client_key
    }

    /// Makes a vhost in which the administrator has every right.
    ///
    /// # Errors
    /// When the broker refuses; that it exists is none.
    pub fn vhost_create(&self, name: &str) -> anyhow::Result<()> {
        self.put(&["vhosts", name], &json!({}))?;
        self.permissions(name, self.admin_user(), ".*", ".*", ".*")
    }

    /// Deletes a vhost and everything in it, when nothing is under way in it any more: a queue that is deleted in the moment of its
    /// declaration ends the dead lettering of the whole broker (`rabbit_fifo_dlx_sup`, seen with RabbitMQ 3.10.8), and no quorum
    /// queue with it works any longer.
    ///
    /// # Errors
    /// When the broker refuses; that it is gone already is none.
    pub fn vhost_delete(&self, name: &str) -> anyhow::Result<()> {
        let rest = crate::wait_until(REST_LIMIT, || self.is_at_rest(name).ok().filter(|rests| *rests));
        ensure!(rest.is_some(), "{name} is still in use after {REST_LIMIT:?}");
        self.delete(&["vhosts", name])
    }

    /// Closes the connections to a vhost; `true` when there is none, and no channel. A channel outlives its connection until its
    /// last command is done.
    fn is_at_rest(&self, vhost: &str) -> anyhow::Result<bool> {
        let mut rests = true;
        for what in ["connections", "channels"] {
            let (status, open) = self.ask(Method::GET, &["vhosts", vhost, what], None)?;
            let open = open.as_array().filter(|_| status.is_success());
            for one in open.into_iter().flatten() {
                rests = false;
                if let Some(name) = one["name"].as_str().filter(|_| what == "connections") {
                    self.delete(&["connections", name])?;
                }
            }
        }
        Ok(rests)
    }

    /// Makes a vhost for one test, with a name that nobody else has; it is deleted with the returned value.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn own_vhost(&self, hint: &str) -> anyhow::Result<OwnVhost> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{hint}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        self.vhost_create(&name)?;
        Ok(OwnVhost { admin: self.clone(), name })
    }

    /// Makes a user without rights and tags, or changes its password.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn user(&self, name: &str, password: &str) -> anyhow::Result<()> {
        let (path, body) = (["users", name], json!({ "password": password, "tags": "" }));
        match self.put(&path, &body) {
            // Another process made it at the same moment: then it is there, and gets this password.
            Err(error) if error.to_string().contains("user_already_exists") => self.put(&path, &body),
            answer => answer,
        }
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// When the broker refuses; that it is gone already is none.
    pub fn user_delete(&self, name: &str) -> anyhow::Result<()> {
        self.delete(&["users", name])
    }

    /// Sets what a user may configure, write and read in a vhost, as regular expressions over names.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn permissions(&self, vhost: &str, user: &str, configure: &str, write: &str, read: &str) -> anyhow::Result<()> {
        let rights = json!({ "configure": configure, "write": write, "read": read });
        self.put(&["permissions", vhost, user], &rights)
    }

    /// Sets a policy; `policy` is the API's object with `pattern`, `definition`, `apply-to` and `priority`.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn policy(&self, vhost: &str, name: &str, policy: &Value) -> anyhow::Result<()> {
        self.put(&["policies", vhost, name], policy)
    }

    /// Imports definitions of the whole broker.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn import_definitions(&self, definitions: &Value) -> anyhow::Result<()> {
        self.call(Method::POST, &["definitions"], Some(definitions)).map(drop)
    }

    /// What is in force: `memory` or `disk`.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub fn alarms(&self) -> anyhow::Result<Vec<String>> {
        let (status, answer) = self.ask(Method::GET, &["health", "checks", "local-alarms"], None)?;
        // 503 is how the check says that there are some.
        ensure!(status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE, "alarms answered {status}: {answer}");
        let alarms = answer.get("alarms").and_then(Value::as_array).into_iter().flatten();
        Ok(alarms.filter_map(|alarm| Some(alarm.get("resource")?.as_str()?.to_owned())).collect())
    }

    /// The clients' connections, in every vhost.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub fn connections(&self) -> anyhow::Result<Vec<BrokerConnection>> {
        let list = self.get(&["connections"])?;
        let list = list.as_array().context("the list of connections is none")?;
        Ok(list
            .iter()
            .map(|all| {
                let text = |name: &str| all.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                let (name, user, vhost, state) = (text("name"), text("user"), text("vhost"), text("state"));
                BrokerConnection { name, user, vhost, state, all: all.clone() }
            })
            .collect())
    }

    /// Closes every connection of a user, as another administrator might, and says how many there were.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub fn close_connections(&self, user: &str) -> anyhow::Result<usize> {
        let theirs: Vec<_> = self.connections()?.into_iter().filter(|connection| connection.user == user).collect();
        for connection in &theirs {
            self.delete(&["connections", &connection.name])?;
        }
        Ok(theirs.len())
    }

    /// Gets a path below `/api`, given by its segments, such as `["exchanges", "/", "amq.direct"]`.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn get(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None)
    }

    /// Puts an object to a path below `/api`.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn put(&self, path: &[&str], body: &Value) -> anyhow::Result<()> {
        self.call(Method::PUT, path, Some(body)).map(drop)
    }

    /// Posts an object to a path below `/api`, and gives the answer.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body))
    }

    /// Deletes a path below `/api`.
    ///
    /// # Errors
    /// When the broker refuses; that nothing is there is none.
    pub fn delete(&self, path: &[&str]) -> anyhow::Result<()> {
        let (status, answer) = self.ask(Method::DELETE, path, None)?;
        ensure!(status.is_success() || status == StatusCode::NOT_FOUND, "{}", refusal(status, path, &answer));
        Ok(())
    }

    fn call(&self, method: Method, path: &[&str], body: Option<&Value>) -> anyhow::Result<Value> {
        let (status, answer) = self.ask(method, path, body)?;
        ensure!(status.is_success(), "{}", refusal(status, path, &answer));
        Ok(answer)
    }

    /// Any status is an answer; one that is no JSON is given as a string.
    fn ask(&self, method: Method, path: &[&str], body: Option<&Value>) -> anyhow::Result<(StatusCode, Value)> {
        let mut url: Url = self.access.management.parse()?;
        // Names may hold slashes: every one is a segment of its own, and encoded.
        url.path_segments_mut().map_err(|()| anyhow!("the management address takes no path"))?.push("api").extend(path);
        let mut request = self.http.request(method, url).basic_auth(&self.access.user, Some(&self.access.password));
        if let Some(body) = body {
            request = request.json(body);
        }
        on_own_thread(|| {
            let response = request.send().context("the broker's management API does not answer")?;
            let status = response.status();
            let text = response.text()?;
            Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
        })
    }
}

/// A vhost of one test: deleted with this value.
#[derive(Debug)]
pub struct OwnVhost {
    admin: BrokerAdmin,
    name: String,
}

impl OwnVhost {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Deref for OwnVhost {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl Drop for OwnVhost {
    fn drop(&mut self) {
        // A broker that is gone has no vhosts left either.
        let _ = self.admin.vhost_delete(&self.name);
    }
}

fn refusal(status: StatusCode, path: &[&str], answer: &Value) -> String {
    let said: String = answer.to_string().chars().take(REFUSAL_CHARS).collect();
    format!("the broker answered {status} to {path:?}: {said}")
}

/// The blocking client refuses to be used on a thread that runs asynchronous code: it gets one of its own.
fn on_own_thread<T: Send>(call: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|scope| scope.spawn(call).join().map_err(|_| anyhow!("a call to the broker panicked"))?)
}
