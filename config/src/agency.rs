//! Agencies: who may send and receive, how each is reached, and what its plugin is told.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Map;
use toml::{Table, Value};
use xiezhi_model::AgencyId;

use crate::credit::CreditLink;
use crate::document;
use crate::folder;
use crate::keys::agency::{KEYS, MESSAGE_BYTES_DEFAULT};
use crate::problem::Problems;
use crate::secret::{Resolver, Secret};
use crate::shape::{Walk, lookup, lookup_text};

/// An agency, checked. Its `Debug` shows the names of its settings, never their values.
#[derive(Clone)]
pub struct Agency {
    /// The file that says all this.
    pub file: PathBuf,
    /// Its id.
    pub id: AgencyId,
    /// Its name, as officials read it.
    pub name: String,
    /// How it is reached.
    pub transport: TransportKind,
    /// How the credit system is called; there for `Credit`.
    pub credit: Option<CreditLink>,
    /// Its bearer token; there for `Embedded`, perhaps for `Amqp`.
    pub token: Option<Secret>,
    /// Its user at the broker: what the broker says of the sender of its messages.
    pub broker_user: String,
    /// Most messages a second that it is sent; `None` for no limit.
    pub messages_per_s_max: Option<u32>,
    /// Largest message, in bytes.
    pub message_bytes_max: usize,
    /// When it is sent a receipt.
    pub receipts: Receipts,
    /// Its plugin's name in the lock file; not there for `Internal`.
    pub plugin: Option<String>,
    /// Settings for the plugin, secrets resolved: never to be logged or shown.
    pub settings: Map<String, serde_json::Value>,
}

impl fmt::Debug for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agency")
            .field("file", &self.file)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("transport", &self.transport)
            .field("credit", &self.credit)
            .field("token", &self.token)
            .field("broker_user", &self.broker_user)
            .field("messages_per_s_max", &self.messages_per_s_max)
            .field("message_bytes_max", &self.message_bytes_max)
            .field("receipts", &self.receipts)
            .field("plugin", &self.plugin)
            .field("settings", &self.settings.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// How an agency is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// A queue in the gateway's store, which the agency reads and fills over HTTP.
    Embedded,
    /// Queues at the broker.
    Amqp,
    /// The credit system, which the gateway calls.
    Credit,
    /// The bureau itself: no queue, no plugin, no token.
    Internal,
}

/// When an agency is sent a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// For every message.
    Always,
    /// For messages with faults.
    Faults,
    /// Never: its protocol answers by itself, or it does not want them.
    Never,
}

/// What bounds a message beside the agency's own limit.
pub(crate) struct Limits {
    pub(crate) body_bytes_max: usize,
    pub(crate) input_bytes_max: usize,
}

/// What a folder of agency files holds.
#[derive(Default)]
pub(crate) struct Agencies {
    /// The agencies that are right, by id.
    pub(crate) agencies: Vec<Agency>,
    ids: BTreeMap<AgencyId, PathBuf>,
    nameless: bool,
}

impl Agencies {
    /// The ids of all agencies, wrong ones included; `None` when there are none or a file's id cannot be read, so
    /// that nobody is told of an unknown agency that is only misspelt in its own file.
    pub(crate) fn known_ids(&self) -> Option<BTreeSet<AgencyId>> {
        (!self.nameless && !self.ids.is_empty()).then(|| self.ids.keys().cloned().collect())
    }
}

/// Loads every agency file of a folder.
pub(crate) fn load_folder(
    folder: &Path,
    env: &BTreeMap<String, String>,
    limits: &Limits,
    problems: &mut Problems,
) -> Agencies {
    let mut loaded = Agencies::default();
    let mut tokens: Vec<(String, Secret)> = Vec::new();
    let files = folder::toml_files(folder, problems);
    if files.is_empty() && folder.is_dir() {
        problems.add(folder, "", "no agency file (*.toml) in this folder");
    }
    for file in files {
        let Some(table) = document::read(&file, problems) else {
            loaded.nameless = true;
            continue;
        };
        let prefix = folder::prefix("agencies", &file);
        match lookup_text(&table, "id").map(AgencyId::parse) {
            Some(Ok(id)) => {
                if let Some(other) = loaded.ids.get(&id) {
                    let other = other.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    problems.add(&file, format!("{prefix}.id"), format!("agency {id} is also in {other}"));
                } else {
                    loaded.ids.insert(id, file.clone());
                }
            }
            _ => loaded.nameless = true,
        }
        let mut reader = Reader { file: &file, prefix: &prefix, table: &table, env, problems: &mut *problems };
        let token = reader.token();
        if let Some(token) = &token {
            reader.check_token_is_own(token, &tokens);
            tokens.push((prefix.clone(), token.clone()));
        }
        if let Some(agency) = reader.agency(token, limits) {
            loaded.agencies.push(agency);
        }
    }
    loaded.agencies.sort_by(|a, b| a.id.cmp(&b.id));
    loaded
}

/// Two agencies with one user could each send in the other's name; and none may be the gateway itself.
pub(crate) fn check_broker_users(agencies: &[Agency], gateway: &str, problems: &mut Problems) {
    let mut users = BTreeMap::from([(gateway, "the gateway (amqp.user)".to_owned())]);
    for agency in agencies.iter().filter(|agency| agency.transport == TransportKind::Amqp) {
        let key = format!("{}.link.broker_user", folder::prefix("agencies", &agency.file));
        match users.entry(&agency.broker_user) {
            Entry::Occupied(other) => {
                let text = format!("is \"{}\", as for {}; each needs its own", agency.broker_user, other.get());
                problems.add(&agency.file, key, text);
            }
            Entry::Vacant(free) => {
                free.insert(agency.id.to_string());
            }
        }
    }
}

/// Without a broker, an agency cannot be reached through it.
pub(crate) fn refuse_amqp(agencies: &[Agency], problems: &mut Problems) {
    for agency in agencies.iter().filter(|agency| agency.transport == TransportKind::Amqp) {
        let key = format!("{}.link.transport", folder::prefix("agencies", &agency.file));
        problems.add(&agency.file, key, "is \"amqp\", but xiezhi.toml names no broker; set amqp.addresses");
    }
}

/// One agency file being read.
struct Reader<'a> {
    file: &'a Path,
    prefix: &'a str,
    table: &'a Table,
    env: &'a BTreeMap<String, String>,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn agency(&mut self, token: Option<Secret>, limits: &Limits) -> Option<Agency> {
        let before = self.problems.len();
        Walk { file: self.file, problems: self.problems }.table(KEYS, self.table, self.prefix);
        let transport = self.transport();
        if let Some(transport) = transport {
            self.check_needs(transport);
        }
        let credit = self.credit(transport);
        let settings = self.settings();
        let message_bytes_max = self.message_bytes_max(limits);
        let text = |name: &str| lookup_text(self.table, name);
        let receipts = match text("link.receipts") {
            Some("faults") => Receipts::Faults,
            Some("never") => Receipts::Never,
            _ => Receipts::Always,
        };
        let agency = Agency {
            file: self.file.to_owned(),
            id: AgencyId::parse(text("id")?).ok()?,
            name: text("name")?.to_owned(),
            transport: transport?,
            credit,
            token,
            broker_user: text("link.broker_user").or_else(|| text("id"))?.to_owned(),
            messages_per_s_max: lookup(self.table, "link.messages_per_s_max")
                .and_then(Value::as_integer)
                .and_then(|most| u32::try_from(most).ok()),
            message_bytes_max,
            receipts,
            plugin: text("plugin.component").map(str::to_owned),
            settings,
        };
        (self.problems.len() == before).then_some(agency)
    }

    fn transport(&self) -> Option<TransportKind> {
        match lookup_text(self.table, "link.transport")? {
            "embedded" => Some(TransportKind::Embedded),
            "amqp" => Some(TransportKind::Amqp),
            "credit" => Some(TransportKind::Credit),
            "internal" => Some(TransportKind::Internal),
            _ => None,
        }
    }

    /// What a transport needs and what it has no use for.
    fn check_needs(&mut self, transport: TransportKind) {
        let token = "missing; an embedded agency needs a token: { file = \"…\" } or { env = \"…\" }";
        let plugin = "missing; an agency with a link needs a plugin: its name in the plugins' lock file";
        let credit = "missing; the credit system needs at least link.credit.url";
        let keys: [(&str, &[TransportKind], &str); 5] = [
            ("link.token", &[TransportKind::Embedded], token),
            ("plugin.component", &[TransportKind::Embedded, TransportKind::Amqp, TransportKind::Credit], plugin),
            ("link.credit", &[TransportKind::Credit], credit),
            ("link.broker_user", &[], ""),
            ("link.messages_per_s_max", &[], ""),
        ];
        for (name, needed_by, needed) in keys {
            match lookup(self.table, name) {
                None if needed_by.contains(&transport) => self.add(name, needed),
                Some(_) if transport == TransportKind::Internal => {
                    self.add(name, "an internal agency has no use for it; leave it out")
                }
                Some(_) if name == "link.credit" && transport != TransportKind::Credit => {
                    self.add(name, "only a link with transport \"credit\" has use for it; leave it out");
                }
                _ => {}
            }
        }
    }

    fn credit(&mut self, transport: Option<TransportKind>) -> Option<CreditLink> {
        if transport != Some(TransportKind::Credit) {
            return None;
        }
        let access_token = lookup(self.table, "link.credit.access_token").and_then(|reference| {
            let path = format!("{}.link.credit.access_token", self.prefix);
            Resolver { file: self.file, env: self.env, problems: self.problems }.header(reference, &path)
        });
        let (file, prefix, problems) = (self.file, self.prefix, &mut *self.problems);
        let mut problem = |key: &str, text: String| problems.add(file, format!("{prefix}.{key}"), text);
        CreditLink::of(file, self.table, access_token, &mut problem)
    }

    fn token(&mut self) -> Option<Secret> {
        if self.transport() == Some(TransportKind::Internal) {
            return None;
        }
        let reference = lookup(self.table, "link.token")?;
        let path = format!("{}.link.token", self.prefix);
        Resolver { file: self.file, env: self.env, problems: self.problems }.token(reference, &path)
    }

    /// Two agencies with one token could each send in the other's name.
    fn check_token_is_own(&mut self, token: &Secret, others: &[(String, Secret)]) {
        if let Some((other, _)) = others.iter().find(|(_, secret)| secret.expose() == token.expose()) {
            self.add("link.token", &format!("the same token as {other}; each agency needs its own"));
        }
    }

    fn settings(&mut self) -> Map<String, serde_json::Value> {
        let Some(Value::Table(settings)) = self.table.get("settings") else { return Map::new() };
        let path = format!("{}.settings", self.prefix);
        Resolver { file: self.file, env: self.env, problems: self.problems }.settings(settings, &path)
    }

    fn message_bytes_max(&mut self, limits: &Limits) -> usize {
        let bound = limits.body_bytes_max.min(limits.input_bytes_max);
        let own = lookup(self.table, "link.message_bytes_max").and_then(Value::as_integer);
        let Some(own) = own.and_then(|own| usize::try_from(own).ok()) else {
            return MESSAGE_BYTES_DEFAULT.min(bound);
        };
        for (setting, limit) in
            [("http.body_bytes_max", limits.body_bytes_max), ("plugins.input_bytes_max", limits.input_bytes_max)]
        {
            if own > limit {
                self.add("link.message_bytes_max", &format!("is {own}; must not be above {setting}, which is {limit}"));
            }
        }
        own
    }

    fn add(&mut self, name: &str, text: &str) {
        self.problems.add(self.file, format!("{}.{name}", self.prefix), text);
    }
}
