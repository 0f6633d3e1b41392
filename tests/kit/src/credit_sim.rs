//! The credit system's simulator as a process of its own, and a gateway that publishes to it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{Gateway, place};

/// Longest wait for it to say where it listens.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait for its answer to a control request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running simulator; it ends with this value.
#[derive(Debug)]
pub struct CreditSim {
    child: Child,
    /// Where its interface begins.
    url: String,
    /// Where its control requests go.
    control: String,
    http: reqwest::blocking::Client,
}

impl CreditSim {
    /// Starts one with these further options, such as `--journal`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(options: &[&str]) -> anyhow::Result<Self> {
        Self::with_client(options, crate::http::client(TIMEOUT)?)
    }

    /// Starts one that speaks TLS and demands a client certificate, with the certificates of a folder of [`crate::certificates`];
    /// `bad` is another such folder, whose server certificate it shows when it is told to.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_with_tls(folder: &Path, bad: &Path, options: &[&str]) -> anyhow::Result<Self> {
        let path = |folder: &Path, name: &str| folder.join(name).display().to_string();
        let own: Vec<(&str, String)> = vec![
            ("--tls-certificate", path(folder, "server.pem")),
            ("--tls-key", path(folder, "server-key.pem")),
            ("--tls-client-authorities", path(folder, "ca.pem")),
            ("--bad-certificate", path(bad, "server.pem")),
            ("--bad-key", path(bad, "server-key.pem")),
        ];
        let own: Vec<&str> = own.iter().flat_map(|(name, value)| [*name, value.as_str()]).collect();
        Self::with_client(&[&own, options].concat(), crate::http::client_of(folder, TIMEOUT)?)
    }

    fn with_client(options: &[&str], http: reqwest::blocking::Client) -> anyhow::Result<Self> {
        let mut command = Command::new(place::binary());
        command.args(["credit-sim", "--listen", "127.0.0.1:0", "--control"]).args(options);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let line = BufReader::new(stdout).lines().map_while(Result::ok).next();
            // The receiver may have given up; then nobody needs the address.
            let _ = sender.try_send(line.unwrap_or_default());
        });
        let line = receiver.recv_timeout(START_LIMIT).context("the simulator stays silent")?;
        let url = line.strip_prefix("listening on ").context("the simulator did not come up")?.to_owned();
        let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
        Ok(Self { child, url, control: format!("{host}/control"), http })
    }

    /// Where its interface begins.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that it holds and has counted.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn state(&self) -> anyhow::Result<Value> {
        Ok(self.http.get(format!("{}/state", self.control)).send()?.error_for_status()?.json()?)
    }

    /// Has it misbehave: the body of `POST /control/faults`.
    ///
    /// # Errors
    /// When it refuses.
    pub fn fault(&self, fault: &Value) -> anyhow::Result<()> {
        self.order("faults", fault)
    }

    /// Changes its list by hand: the body of `POST /control/entries`.
    ///
    /// # Errors
    /// When it refuses.
    pub fn change(&self, change: &Value) -> anyhow::Result<()> {
        self.order("entries", change)
    }

    /// What a visitor sees of an enterprise.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn public(&self, uscc: &str) -> anyhow::Result<Value> {
        Ok(self.http.get(format!("{}/public/{uscc}", self.url)).send()?.error_for_status()?.json()?)
    }

    fn order(&self, what: &str, body: &Value) -> anyhow::Result<()> {
        let answer = self.http.post(format!("{}/{what}", self.control)).json(body).send()?;
        let status = answer.status();
        ensure!(status.is_success(), "{what} {body} answered {status}: {}", answer.text()?);
        Ok(())
    }
}

impl Drop for CreditSim {
    fn drop(&mut self) {
        // Nothing can be done about a process that cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    /// Has the gateway publish to a credit system at this address from its next start on. `keys` are further lines of `[link.credit]`.
    ///
    /// # Errors
    /// When the configuration cannot be changed.
    pub fn publish_to(&self, url: &str, keys: &str) -> anyhow::Result<()> {
        let file = self.agency_file("credit-publicity")?;
        let text = std::fs::read_to_string(&file)?;
        let (before, plugin) = text.split_once("[plugin]\n").context("the file has no plugin")?;
        let link = before.split("[link.credit]").next().unwrap_or_default();
        let link: Vec<&str> = link
            .lines()
            .map(|line| if line.starts_with("transport = ") { "transport = \"credit\"" } else { line })
            .collect();
        let credit = format!("[link.credit]\nurl = \"{url}\"\n{keys}");
        Ok(std::fs::write(file, format!("{}\n{credit}\n\n[plugin]\n{plugin}", link.join("\n")))?)
    }

    fn agency_file(&self, agency: &str) -> anyhow::Result<PathBuf> {
        let config = self.config_file();
        let folder = config.parent().map(Path::to_owned).context("no configuration folder")?;
        Ok(folder.join("agencies").join(format!("{agency}.toml")))
    }
}
