//! One running gateway in a folder of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{self, AgencyClient, Answer};
use crate::over_broker::{self, BrokerOptions};
use crate::place;

/// Longest wait for the gateway to say where it listens; the first start compiles the plugins.
const START_LIMIT: Duration = Duration::from_secs(120);
/// When the recorded samples were made: the simulated clock starts here.
pub const SAMPLE_TIME: &str = "2026-09-21T09:06:00+08:00";
/// What the recorded urban-management samples are signed with.
const SIGN_SECRET: &str = "demo-secret-not-for-production";

/// What differs from the shipped configuration.
#[derive(Debug, Clone, Default)]
pub struct GatewayOptions {
    /// Settings by environment, such as `XIEZHI__WORKER__POLL_MS`.
    pub settings: BTreeMap<String, String>,
    /// Other variables for the process, such as a crash point.
    pub environment: BTreeMap<String, String>,
}

impl GatewayOptions {
    /// One more setting by environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// A gateway: its folder lives as long as this value, its process until stopped or killed.
#[derive(Debug)]
pub struct Gateway {
    folder: TempDir,
    options: GatewayOptions,
    child: Option<Child>,
    address: String,
}

impl Gateway {
    /// Lays out a fresh folder: the shipped configuration, secrets made for it, data beside it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn prepare(options: GatewayOptions) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("xiezhi-").tempdir()?;
        let config = folder.path().join("config");
        copy_config(&place::root().join("config"), &config)?;
        widen_replay_window(&config.join("agencies/urban-management.toml"))?;
        Ok(Self { folder, options, child: None, address: String::new() })
    }

    /// As [`Gateway::prepare`], with every linked agency reached over a broker.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn prepare_over_broker(options: GatewayOptions, broker: &BrokerOptions) -> anyhow::Result<Self> {
        let gateway = Self::prepare(over_broker::apply(options, broker))?;
        over_broker::rewrite(&gateway.folder.path().join("config"))?;
        Ok(gateway)
    }

    /// Lays out a folder and starts the gateway in it.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(options: GatewayOptions) -> anyhow::Result<Self> {
        let mut gateway = Self::prepare(options)?;
        gateway.launch()?;
        Ok(gateway)
    }

    /// Starts the process in the folder, again or for the first time.
    ///
    /// # Errors
    /// When it ends or stays silent instead of saying where it listens.
    pub fn launch(&mut self) -> anyhow::Result<()> {
        let binary = place::binary();
        ensure!(
            binary.exists() && place::plugins().join("plugins.lock").exists(),
            "{} or the plugins are not built: run `cargo xtask build`",
            binary.display()
        );
        let mut command = self.command();
        command.arg("serve").stdout(Stdio::piped()).stdin(Stdio::null());
        command.stderr(std::fs::File::options().create(true).append(true).open(self.log_file())?);
        let mut child = command.spawn().with_context(|| format!("{} cannot be started", binary.display()))?;
        let stdout = child.stdout.take().context("no stdout")?;
        self.child = Some(child);
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("listening on ") {
                    // The receiver may have given up; then nobody needs the address.
                    let _ = sender.try_send(address.to_owned());
                }
            }
        });
        match receiver.recv_timeout(START_LIMIT) {
            Ok(address) => {
                self.address = address;
                Ok(())
            }
            Err(_) => bail!("the gateway did not come up; its log:\n{}", self.log_tail()),
        }
    }

    /// A command of the gateway's binary with this folder's configuration.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(place::binary());
        command.arg("--config").arg(self.config_file()).envs(self.variables());
        command
    }

    /// The variables that tell the binary about this folder.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<String, String> {
        let path = |path: PathBuf| path.display().to_string();
        let mut variables = BTreeMap::from(
            [
                ("XIEZHI__DATA_DIR", path(self.data_dir())),
                ("XIEZHI__HTTP__LISTEN", "127.0.0.1:0".to_owned()),
                ("XIEZHI__PLUGINS__DIRECTORY", path(place::plugins())),
                ("XIEZHI__PLUGINS__LOCK", path(place::plugins().join("plugins.lock"))),
                ("XIEZHI__PLUGINS__CACHE_DIR", path(place::target().join("plugin-cache"))),
                ("XIEZHI__CLOCK__START", SAMPLE_TIME.to_owned()),
                ("XIEZHI_SIGN_SECRET_URBAN_MANAGEMENT", SIGN_SECRET.to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        variables.extend(agencies().iter().map(|agency| (token_variable(agency), token(agency))));
        variables.extend(self.options.settings.clone());
        variables.extend(self.options.environment.clone());
        variables
    }

    /// Gets a path of the gateway's own, such as `/readyz`.
    ///
    /// # Errors
    /// When there is no answer or it is no JSON.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.ask(path)?;
        ensure!(!answer.json.is_null(), "{path} answered no JSON");
        Ok(answer.json)
    }

    /// Gets a path without a token; any status is an answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn ask(&self, path: &str) -> anyhow::Result<Answer> {
        client::answer(crate::http::client(client::TIMEOUT)?.get(format!("{}{path}", self.address)).send()?)
    }

    /// Asks the process to end, as a service manager does (SIGTERM), and waits until it has.
    ///
    /// # Errors
    /// When it does not run, or still runs after `limit`.
    pub fn terminate(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let child = self.child.as_mut().context("the gateway does not run")?;
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
        ensure!(told.success(), "the gateway could not be told to end");
        let ended = crate::wait_until(limit, || child.try_wait().ok().flatten());
        let ended = ended.with_context(|| format!("the gateway still runs; its log:\n{}", self.log_tail()))?;
        self.child = None;
        Ok(ended)
    }

    /// Waits until the process ends by itself.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn wait(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.wait()?;
        }
        Ok(())
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it cannot be run; its exit code is in the output.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        Ok(self.command().args(arguments).stdin(Stdio::null()).output()?)
    }

    /// Runs a command with `--json` and reads what it prints.
    ///
    /// # Errors
    /// When it fails or prints something else.
    pub fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.run(&[arguments, &["--json"]].concat())?;
        ensure!(output.status.success(), "{arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).with_context(|| format!("{arguments:?} printed no JSON"))
    }

    /// Changes the options for the next [`Gateway::launch`].
    pub fn options_mut(&mut self) -> &mut GatewayOptions {
        &mut self.options
    }

    /// Access for an agency.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn client(&self, agency: &str) -> anyhow::Result<AgencyClient> {
        AgencyClient::new(&self.address, agency, &token(agency))
    }

    /// Where it listens, `http://127.0.0.1:…`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills the process with SIGKILL and waits for its end.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Whether the process has ended by itself (a crash point was reached).
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(match &mut self.child {
            Some(child) => child.try_wait()?.is_some(),
            None => true,
        })
    }

    /// Waits until the process has ended by itself.
    ///
    /// # Errors
    /// When it has not within `limit`.
    pub fn wait_for_end(&mut self, limit: Duration) -> anyhow::Result<()> {
        let ended = crate::wait_until(limit, || self.has_ended().ok().filter(|&ended| ended));
        ensure!(ended.is_some(), "the gateway still runs; its log:\n{}", self.log_tail());
        self.child = None;
        Ok(())
    }

    /// The folder of this gateway.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its data is.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The configuration that it reads.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("config").join("xiezhi.toml")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("gateway.log")
    }

    /// Everything that the process has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The last lines of the process's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(30)).copied().collect::<Vec<_>>().join("\n")
    }

    /// Leaves the folder on the disk when this value ends, and says where it is.
    pub fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Nothing can be done about a process that cannot be killed.
        let _ = self.kill();
    }
}

/// Agencies of the shipped configuration that reach the gateway over HTTP: those whose file names a token. In order.
#[must_use]
pub fn agencies() -> Vec<String> {
    let files = std::fs::read_dir(place::root().join("config/agencies")).into_iter().flatten().flatten();
    let mut linked: Vec<String> = files
        .map(|entry| entry.path())
        .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("token = { env = ")))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    linked.sort();
    linked
}

/// The environment variable with an agency's token, as the shipped configuration names it.
#[must_use]
pub fn token_variable(agency: &str) -> String {
    format!("XIEZHI_TOKEN_{}", agency.to_uppercase().replace('-', "_"))
}

/// The token that this kit gives an agency: for gateways on loopback that live for minutes.
#[must_use]
pub fn token(agency: &str) -> String {
    format!("demo-token-of-{agency}-not-for-production")
}

/// The recorded forms were signed within a quarter of an hour, which is more than the shipped window.
fn widen_replay_window(file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let widened = text.replace("replay_window_s = 300", "replay_window_s = 1800");
    ensure!(widened != text, "{} does not set replay_window_s = 300", file.display());
    Ok(std::fs::write(file, widened)?)
}

/// Copies the shipped configuration: TOML files only, no source code.
fn copy_config(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        let is_code = name == "src" || name == "tests" || name == "Cargo.toml";
        if path.is_dir() && !is_code {
            copy_config(&path, &to.join(name))?;
        } else if path.extension().is_some_and(|extension| extension == "toml") && !is_code {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
