//! Loading and checking the configuration: every problem of every file at once, each with its file and key path.
//!
//! What may be written is declared once, in [`keys`]; the checks, the defaults and `docs/configuration.md` come from
//! there. This crate reads files and the environment it is given. It compiles no policy condition, opens no plugin and
//! starts nothing.

pub mod agency;
pub mod broker;
pub mod credit;
pub mod keys;
pub mod lock;
pub mod problem;
pub mod reference;
pub mod secret;
pub mod settings;

mod codes;
mod document;
mod folder;
mod policy;
mod shape;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use xiezhi_model::calendar::YearCalendar;
use xiezhi_model::codes::DeviceTable;
use xiezhi_model::policy::PolicyDocument;
use xiezhi_model::town::TownTable;

pub use agency::{Agency, Receipts, TransportKind};
pub use credit::CreditLink;
pub use lock::{LockedPlugin, PREVIOUS_MAX, PluginLock, component_file, load_lock, save_lock, version_file};
pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use settings::Settings;

/// The whole configuration, checked. Its `Debug` prints no secret.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The gateway's own settings: `xiezhi.toml` and the environment.
    pub settings: Settings,
    /// The password of the gateway's user at the broker; there when there is a broker.
    pub broker_password: Option<Secret>,
    /// The agencies, by id.
    pub agencies: Vec<Agency>,
    /// The policies with the files they are from, in the order of the file names.
    pub policies: Vec<(PathBuf, PolicyDocument)>,
    /// The calendars, by year. A year may be missing: `calendar.missing_year` says what then.
    pub calendars: Vec<YearCalendar>,
    /// The devices known.
    pub devices: DeviceTable,
    /// The towns of the district.
    pub towns: TownTable,
}

/// Loads `xiezhi.toml` at `path` and all files beside it, with the overrides of `env` (`XIEZHI__HTTP__LISTEN`).
///
/// `env` is also where secret references of the form `{ env = "…" }` are looked up. Nothing is kept of it but the
/// values that are referred to. Reads only.
///
/// # Errors
/// [`Problems`] with every problem found, sorted by file and key path.
pub fn load(path: &Path, env: &BTreeMap<String, String>) -> Result<Loaded, Problems> {
    let mut problems = Problems::default();
    let layers = settings::layer(path, env, &mut problems);
    let limits = agency::Limits {
        body_bytes_max: layers.integer("http.body_bytes_max"),
        input_bytes_max: layers.integer("plugins.input_bytes_max"),
    };
    let agencies = agency::load_folder(&layers.path("files.agencies"), env, &limits, &mut problems);
    let policies = policy::load_policies(&layers.path("files.policy"), &mut problems);
    let calendars = policy::load_calendars(&layers.path("files.calendar"), &mut problems);
    let codes_folder = layers.path("files.codes");
    let devices = codes::load_devices(&codes_folder.join("devices.toml"), &mut problems);
    let towns = codes::load_towns(&codes_folder.join("towns.toml"), &mut problems);
    if let Some(known) = agencies.known_ids() {
        policy::check_agencies(&policies, &known, &mut problems);
        codes::check_agencies(&codes_folder.join("devices.toml"), &devices, &known, &mut problems);
    }
    layers.check_together(path, &mut problems);
    let broker_password = layers.broker_password(path, env, &mut problems);
    let settings = layers.into_settings(path, &mut problems);
    if let Some(settings) = &settings {
        for (key, text) in settings.amqp.contradictions(broker_password.is_some()) {
            problems.add(path, key, text);
        }
        if settings.amqp.addresses.is_empty() {
            agency::refuse_amqp(&agencies.agencies, &mut problems);
        }
        agency::check_broker_users(&agencies.agencies, &settings.amqp.user, &mut problems);
    }
    match settings {
        Some(settings) if problems.is_empty() => {
            Ok(Loaded { settings, broker_password, agencies: agencies.agencies, policies, calendars, devices, towns })
        }
        _ => Err(problems.sorted()),
    }
}
