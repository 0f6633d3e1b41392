//! The gateway's own settings: defaults, `xiezhi.toml` and the environment, in layers, the last one winning.
//!
//! What each setting means, its unit, range and default are in [`crate::keys::gateway`], and on the reference page.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};
use serde::Deserialize;
use toml::{Table, Value};
use xiezhi_model::UtcTime;
use xiezhi_model::calendar::MissingYear;

use crate::broker::Amqp;
use crate::document;
use crate::keys::gateway::KEYS;
use crate::problem::{ENVIRONMENT, Problems};
use crate::secret::{Resolver, Secret};
use crate::shape::{Need, Shape, Walk, hint, lookup};

/// How the variables begin that override a setting: `XIEZHI__HTTP__LISTEN` is `http.listen`.
const VARIABLE_PREFIX: &str = "XIEZHI__";

/// The gateway's own settings. Paths are resolved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// Folder of the store.
    pub data_dir: PathBuf,
    /// The HTTP interface.
    pub http: Http,
    /// The plugins and their limits.
    pub plugins: Plugins,
    /// The worker: inbox to cases.
    pub worker: Worker,
    /// The relay: outbox to agencies.
    pub relay: Relay,
    /// The broker.
    pub amqp: Amqp,
    /// The store and its queues.
    pub store: StoreLimits,
    /// Deadlines.
    pub calendar: Calendar,
    /// Log lines.
    pub log: Log,
    /// The clock.
    #[serde(default)]
    pub clock: Clock,
}

/// `http.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Largest body, in bytes.
    pub body_bytes_max: usize,
    /// Longest time for a request, in milliseconds.
    pub request_timeout_ms: u64,
    /// Most requests at the same time.
    pub concurrency_max: usize,
}

/// `plugins.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Plugins {
    /// Folder of the components.
    pub directory: PathBuf,
    /// The lock file.
    #[serde(default)]
    pub lock: PathBuf,
    /// Folder of compiled plugins.
    #[serde(default)]
    pub cache_dir: PathBuf,
    /// Longest call, in milliseconds.
    pub call_deadline_ms: u64,
    /// Most memory of an instance, in bytes.
    pub memory_bytes_max: usize,
    /// Largest input, in bytes.
    pub input_bytes_max: usize,
    /// Largest output, in bytes.
    pub output_bytes_max: usize,
    /// Largest component, in bytes.
    pub component_bytes_max: usize,
    /// Most instances at the same time.
    pub instances_max: u32,
    /// How often the lock file is looked at, in milliseconds.
    pub reload_ms: u64,
    /// Failures in a row after which a plugin is in quarantine.
    pub quarantine_failures: usize,
    /// Messages that a new version must have read in a trial run; 0 asks for none.
    pub shadow_messages_min: u64,
}

/// `worker.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Worker {
    /// Most messages leased at once.
    pub batch_messages_max: usize,
    /// Length of a lease, in milliseconds.
    pub lease_ms: i64,
    /// Longest time between two looks into the inbox, in milliseconds.
    pub poll_ms: u64,
    /// Messages decoded at the same time.
    pub decode_threads: usize,
}

/// `relay.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Relay {
    /// Most messages published at once.
    pub batch_messages_max: usize,
    /// Longest time between two looks into the outbox, in milliseconds.
    pub poll_ms: u64,
    /// Attempts before a message is dead.
    pub attempts_max: u32,
    /// First wait, in milliseconds.
    pub backoff_base_ms: i64,
    /// Longest wait, in milliseconds.
    pub backoff_cap_ms: i64,
    /// Failed calls in a row after which an agency's link counts as down.
    pub breaker_failures: u32,
    /// How long a link that is down is left alone before a single message tries it, in milliseconds.
    pub breaker_open_ms: i64,
}

/// `store.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoreLimits {
    /// Most messages in one agency's queue.
    pub queue_messages_max: usize,
    /// Most operations that wait for the store at the same time; those that wait together share a commit.
    pub write_calls_max: usize,
}

/// `calendar.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Calendar {
    /// What to do in a year without a table.
    pub missing_year: MissingYear,
}

/// `log.*`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// Which lines are written.
    pub filter: String,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `clock.*`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Clock {
    /// Where a simulated clock starts.
    pub start: Option<UtcTime>,
}

/// Defaults, file and environment, laid over each other and each checked against the keys.
pub(crate) struct Layers {
    table: Table,
    merged: Config,
    folder: PathBuf,
    overridden: BTreeMap<String, String>,
}

/// Reads the layers and tells what is wrong with each.
pub(crate) fn layer(path: &Path, env: &BTreeMap<String, String>, problems: &mut Problems) -> Layers {
    let text = document::read_text(path, document::FILE_BYTES_MAX).unwrap_or_else(|problem| {
        problems.add(path, "", problem);
        String::new()
    });
    let table = document::parse(path, &text, problems);
    Walk { file: path, problems }.table(KEYS, table.as_ref().unwrap_or(&Table::new()), "");
    let overrides = checked_variables(env, problems);
    let source: HashMap<String, String> = overrides.values().cloned().collect();
    let mut builder = Config::builder();
    for key in KEYS {
        if let Need::Default(value) = key.need {
            // The names in the table are plain dotted words, which the builder takes.
            builder = builder.clone().set_default(key.name, value).unwrap_or(builder);
        }
    }
    if table.is_some() {
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    let variables = Environment::with_prefix("XIEZHI").prefix_separator("__").separator("__").source(Some(source));
    let merged = builder.add_source(variables).build().unwrap_or_else(|error| {
        problems.add(path, "", format!("cannot be read: {error}"));
        Config::default()
    });
    let overridden = overrides.into_iter().map(|(key, (_, value))| (key, value)).collect();
    Layers {
        table: table.unwrap_or_default(),
        merged,
        folder: path.parent().unwrap_or(Path::new("")).to_owned(),
        overridden,
    }
}

/// The overrides that are right, by key: variable and value. Others are told.
fn checked_variables(env: &BTreeMap<String, String>, problems: &mut Problems) -> BTreeMap<String, (String, String)> {
    let mut right = BTreeMap::new();
    for (variable, text) in env {
        if !variable.starts_with(VARIABLE_PREFIX) {
            continue;
        }
        let Some(key) = KEYS.iter().find(|key| variable_of(key.name) == *variable) else {
            let names: Vec<String> = KEYS.iter().map(|key| variable_of(key.name)).collect();
            let hint = hint(variable, names.iter().map(String::as_str));
            problems.add(Path::new(ENVIRONMENT), variable, format!("unknown setting; {hint}"));
            continue;
        };
        let value = match (key.shape, text.parse()) {
            (Shape::Integer { .. }, Ok(number)) => Value::Integer(number),
            _ => Value::String(text.clone()),
        };
        let before = problems.len();
        Walk { file: Path::new(ENVIRONMENT), problems }.value(&key.shape, &value, variable);
        if problems.len() == before {
            right.insert(key.name.to_owned(), (variable.clone(), text.clone()));
        }
    }
    right
}

/// The variable that overrides a key.
fn variable_of(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn default_of(key: &str) -> Option<&'static str> {
    KEYS.iter().find(|known| known.name == key).and_then(|known| match known.need {
        Need::Default(value) => Some(value),
        _ => None,
    })
}

impl Layers {
    /// A path setting that has a default.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.optional_path(key).unwrap_or_else(|| self.folder.join(default_of(key).unwrap_or_default()))
    }

    /// A path setting. One from the environment stands as it is, so that a relative one starts at the working folder;
    /// one from the file starts at the file's folder.
    fn optional_path(&self, key: &str) -> Option<PathBuf> {
        match self.overridden.get(key) {
            Some(path) => Some(PathBuf::from(path)),
            None => self.merged.get_string(key).ok().map(|path| self.folder.join(path)),
        }
    }

    /// The broker's password, from the file alone: a reference is a table, which the environment cannot hold.
    pub(crate) fn broker_password(
        &self,
        path: &Path,
        env: &BTreeMap<String, String>,
        problems: &mut Problems,
    ) -> Option<Secret> {
        let reference = lookup(&self.table, "amqp.password")?;
        Resolver { file: path, env, problems }.secret(reference, "amqp.password")
    }

    /// A size or count; its default when the value is wrong, which is told elsewhere.
    pub(crate) fn integer(&self, key: &str) -> usize {
        let fallback = || default_of(key).and_then(|value| value.parse().ok()).unwrap_or(i64::MAX);
        let value = self.merged.get_int(key).unwrap_or_else(|_| fallback());
        usize::try_from(value).unwrap_or(usize::MAX)
    }

    /// The settings; `None` where what was told before leaves none.
    pub(crate) fn into_settings(self, path: &Path, problems: &mut Problems) -> Option<Settings> {
        let directory = self.path("plugins.directory");
        let data_dir = self.path("data_dir");
        let lock = self.optional_path("plugins.lock").unwrap_or_else(|| directory.join("plugins.lock"));
        let cache_dir = self.optional_path("plugins.cache_dir").unwrap_or_else(|| data_dir.join("plugin-cache"));
        let [ca_file, client_certificate_file, client_key_file] =
            ["amqp.ca_file", "amqp.client_certificate_file", "amqp.client_key_file"].map(|key| self.optional_path(key));
        match self.merged.try_deserialize::<Settings>() {
            Ok(mut settings) => {
                settings.data_dir = data_dir;
                settings.plugins.directory = directory;
                settings.plugins.lock = lock;
                settings.plugins.cache_dir = cache_dir;
                settings.amqp.ca_file = ca_file;
                settings.amqp.client_certificate_file = client_certificate_file;
                settings.amqp.client_key_file = client_key_file;
                Some(settings)
            }
            Err(error) => {
                // A wrong value was told already, by its key.
                if problems.is_empty() {
                    problems.add(path, "", format!("cannot be read: {error}"));
                }
                None
            }
        }
    }

    /// Tells where two settings contradict each other.
    pub(crate) fn check_together(&self, path: &Path, problems: &mut Problems) {
        let (base, cap) = (self.integer("relay.backoff_base_ms"), self.integer("relay.backoff_cap_ms"));
        if cap < base {
            let text = format!("is {cap}; must not be below relay.backoff_base_ms, which is {base}");
            problems.add(path, "relay.backoff_cap_ms", text);
        }
    }
}
