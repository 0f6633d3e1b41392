//! Naming concrete types together: from the configuration to the host, the engine and the store.

pub(crate) mod broker;
pub(crate) mod credit;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use xiezhi_config::{Agency, Loaded, PluginLock, Problems, Receipts, TransportKind};
use xiezhi_engine::{AgencyProfile, Engine, EngineData, PolicyProblem, ReceiptMode, Route};
use xiezhi_host::{Candidate, Host, HostSettings};
use xiezhi_model::plugin::Context;
use xiezhi_model::town::TownCode;
use xiezhi_model::{AgencyId, MessageId, UtcTime};
use xiezhi_ports::{Clock, Codec as _};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

use crate::clock;

/// The store, as the commands use it.
pub(crate) type Opened = SqliteStore;

/// The store's file in the data folder.
const STORE_FILE: &str = "xiezhi.sqlite";
/// The variable that names the folder of the policies.
const POLICY_FOLDER_VARIABLE: &str = "XIEZHI__FILES__POLICY";

/// Loads and checks the configuration with this process's environment.
///
/// # Errors
/// Every problem found.
pub(crate) fn configuration(path: &Path) -> Result<Loaded, Problems> {
    xiezhi_config::load(path, &environment())
}

/// As [`configuration`], with the policies of another folder.
///
/// # Errors
/// As [`configuration`].
pub(crate) fn configuration_with_policies(path: &Path, folder: &Path) -> Result<Loaded, Problems> {
    let mut env = environment();
    env.insert(POLICY_FOLDER_VARIABLE.to_owned(), folder.display().to_string());
    xiezhi_config::load(path, &env)
}

/// This process's variables. One whose name or value is no text is none of ours.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Loads the configuration, or fails with every problem in the message.
pub(crate) fn configuration_or_problems(path: &Path) -> anyhow::Result<Loaded> {
    configuration(path).map_err(|problems| anyhow::anyhow!("the configuration is not valid:\n{problems}"))
}

/// What is wrong beyond the files themselves: plugins that are not admitted, policies that do not compile.
pub(crate) fn check(loaded: Loaded) -> Vec<String> {
    let (host, mut problems) = match host(&loaded) {
        Ok(admitted) => admitted,
        Err(error) => return vec![format!("{error:#}")],
    };
    problems.extend(policy_problems(loaded, &host));
    problems
}

/// What is wrong with the policies themselves, each with its file.
pub(crate) fn policy_problems(loaded: Loaded, host: &Host) -> Vec<String> {
    let files: BTreeMap<String, String> =
        loaded.policies.iter().map(|(file, policy)| (policy.id.clone(), file.display().to_string())).collect();
    let line = |problem: PolicyProblem| {
        let file = files.get(&problem.policy).cloned().unwrap_or_else(|| problem.policy.clone());
        format!("{file}: {}: {}", problem.path, problem.text)
    };
    engine(loaded, host).err().unwrap_or_default().into_iter().map(line).collect()
}

/// A host with every agency's plugin admitted, and a line for each that was not and for each setting that its plugin refuses.
///
/// # Errors
/// When the host itself cannot be made or the lock file cannot be read.
pub(crate) fn host(loaded: &Loaded) -> anyhow::Result<(Host, Vec<String>)> {
    let settings = &loaded.settings.plugins;
    let host = empty_host(loaded)?;
    let lock = xiezhi_config::load_lock(&settings.lock).map_err(|problems| {
        anyhow::anyhow!("the plugins' lock file is not usable, `cargo xtask build` writes it:\n{problems}")
    })?;
    let candidates = prepare_all(&host, &lock, loaded);
    let mut problems = Vec::new();
    for agency in &loaded.agencies {
        match agency.plugin.as_deref().and_then(|name| candidates.get(name)) {
            None => {}
            Some(Err(error)) => problems.push(format!("{}: {error:#}", key_of(agency, "plugin.component"))),
            Some(Ok(candidate)) => {
                host.activate(agency.id.clone(), candidate);
                problems.extend(settings_problems(&host, agency));
            }
        }
    }
    Ok((host, problems))
}

/// Every plugin that some agency names, admitted or not. A plugin is compiled once, however many agencies use it, and as many at once
/// as there are processors: one takes a second on a cold cache. Not all at once, because each needs some megabytes for a moment, which
/// the allocator would keep through the load that follows.
fn prepare_all<'a>(host: &Host, lock: &PluginLock, loaded: &'a Loaded) -> BTreeMap<&'a str, anyhow::Result<Candidate>> {
    let names: BTreeSet<&str> = loaded.agencies.iter().filter_map(|agency| agency.plugin.as_deref()).collect();
    let directory = &loaded.settings.plugins.directory;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(names.len());
    let waiting = Mutex::new(names.into_iter());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let admit = |name| {
        let admission = AssertUnwindSafe(|| prepare(host, lock, directory, name));
        catch_unwind(admission).unwrap_or_else(|_| Err(anyhow::anyhow!("its admission panicked; see the log")))
    };
    let work = || std::iter::from_fn(next).map(|name| (name, admit(name))).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

/// What the plugin says of its link's settings, each with file and key.
fn settings_problems(host: &Host, agency: &Agency) -> Vec<String> {
    let context = match settings_context(agency) {
        Ok(context) => context,
        Err(error) => return vec![format!("{}: {error:#}", key_of(agency, "settings"))],
    };
    match host.check_settings(&context) {
        Ok(faults) => faults
            .into_iter()
            .map(|fault| {
                let key = fault.field.as_ref().map_or_else(|| "settings".to_owned(), |name| format!("settings.{name}"));
                format!("{}: {} {}", key_of(agency, &key), fault.code, fault.text)
            })
            .collect(),
        Err(error) => vec![format!("{}: {} {}", key_of(agency, "settings"), error.fault.code, error.fault.text)],
    }
}

/// No message is meant, so its id and time mean nothing.
fn settings_context(agency: &Agency) -> anyhow::Result<Context> {
    Ok(Context {
        agency: agency.id.clone(),
        at: UtcTime::from_unix_ms(0)?,
        message_id: MessageId::parse("settings")?,
        settings: agency.settings.clone(),
    })
}

/// A host with the configured limits and cache, and no plugin.
///
/// # Errors
/// When the host cannot be made.
pub(crate) fn empty_host(loaded: &Loaded) -> anyhow::Result<Host> {
    let settings = &loaded.settings.plugins;
    Ok(Host::new(HostSettings {
        call_deadline_ms: settings.call_deadline_ms,
        memory_bytes_max: settings.memory_bytes_max,
        input_bytes_max: settings.input_bytes_max,
        output_bytes_max: settings.output_bytes_max,
        component_bytes_max: settings.component_bytes_max,
        instances_max: settings.instances_max,
        cache_dir: Some(settings.cache_dir.clone()),
        ..HostSettings::default()
    })?)
}

/// File and key path of something in an agency's file, as the configuration's own problems name them.
fn key_of(agency: &Agency, key: &str) -> String {
    let stem = agency.file.file_stem().unwrap_or_default().to_string_lossy();
    format!("{}: agencies.{stem}.{key}", agency.file.display())
}

fn prepare(host: &Host, lock: &PluginLock, directory: &Path, name: &str) -> anyhow::Result<Candidate> {
    let Some(locked) = lock.plugins.get(name) else {
        bail!("the plugins' lock file names no plugin \"{name}\"");
    };
    let file = xiezhi_config::component_file(directory, name, locked.sha256);
    let component = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    host.prepare(&component, Some(locked.sha256)).map_err(|error| {
        let code = error.code();
        anyhow::Error::from(error).context(format!("{} is not admitted ({code})", file.display()))
    })
}

/// The engine for a configuration and the plugins that the host has admitted.
///
/// # Errors
/// Every problem of the policies.
pub(crate) fn engine(loaded: Loaded, host: &Host) -> Result<Engine, Vec<PolicyProblem>> {
    Engine::new(engine_data(loaded, host))
}

/// What the engine is made of.
pub(crate) fn engine_data(loaded: Loaded, host: &Host) -> EngineData {
    let agencies = loaded
        .agencies
        .iter()
        .map(|agency| AgencyProfile {
            id: agency.id.clone(),
            name: agency.name.clone(),
            route: match agency.transport {
                TransportKind::Embedded | TransportKind::Amqp | TransportKind::Credit => Route::Linked,
                TransportKind::Internal => Route::Internal,
            },
            // The credit system answers each request itself, and takes nothing but entries.
            receipts: match agency.receipts {
                _ if agency.transport == TransportKind::Credit => ReceiptMode::Never,
                Receipts::Always => ReceiptMode::Always,
                Receipts::Faults => ReceiptMode::Faults,
                Receipts::Never => ReceiptMode::Never,
            },
            writes: match agency.transport {
                TransportKind::Credit => writes(host, agency).into_iter().filter(|kind| kind == PUBLICATION).collect(),
                _ => writes(host, agency),
            },
            host_unit: setting(agency, "host_unit_name"),
            town: town(&loaded, agency),
        })
        .collect();
    EngineData {
        policies: loaded.policies.into_iter().map(|(_, policy)| policy).collect(),
        calendars: loaded.calendars,
        missing_year: loaded.settings.calendar.missing_year,
        devices: loaded.devices,
        towns: loaded.towns,
        agencies,
    }
}

/// Host and engine of a configuration, or every problem in the message.
pub(crate) fn host_and_engine(loaded: Loaded) -> anyhow::Result<(Host, Engine)> {
    let (host, problems) = host(&loaded)?;
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    let engine = engine(loaded, &host).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the policy is not valid:\n{}", lines.join("\n"))
    })?;
    Ok((host, engine))
}

/// A text among the settings of the agency's plugin, where it has such a one.
fn setting(agency: &Agency, name: &str) -> Option<String> {
    agency.settings.get(name).and_then(serde_json::Value::as_str).map(str::to_owned)
}

/// The town whose government an agency is, by today's code: a link that is told its town is a township's.
fn town(loaded: &Loaded, agency: &Agency) -> Option<TownCode> {
    let code = TownCode::parse(agency.settings.get("town_code")?.as_str()?).ok()?;
    Some(loaded.towns.resolve(&code).map_or(code, |town| town.code.clone()))
}

/// What a credit system takes.
const PUBLICATION: &str = "publication";
/// The kinds of records that a policy can have written.
const WRITTEN_BY_RULE: [&str; 7] =
    ["assignment", "reminder", "receipt", "joint_punishment", "lift", "notice", "publication"];

/// What can be written for an agency. A plugin that was not admitted is a problem of its own: the rules that need it must
/// not be reported as well.
fn writes(host: &Host, agency: &Agency) -> Vec<String> {
    match (host.plugin(&agency.id), &agency.plugin) {
        (Some((manifest, _)), _) => manifest.writes,
        (None, Some(_)) => WRITTEN_BY_RULE.map(str::to_owned).to_vec(),
        (None, None) => Vec::new(),
    }
}

/// A host for component files that no configuration names: default limits, no cache.
pub(crate) fn host_for_files() -> anyhow::Result<Host> {
    Ok(Host::new(HostSettings::default())?)
}

/// A host with one agency's plugin, and its link's settings.
pub(crate) fn host_for_agency(
    config: &Path,
    agency: &AgencyId,
) -> anyhow::Result<(Host, serde_json::Map<String, serde_json::Value>)> {
    let mut loaded = configuration_or_problems(config)?;
    loaded.agencies.retain(|candidate| candidate.id == *agency);
    let Some(settings) = loaded.agencies.first().map(|agency| agency.settings.clone()) else {
        bail!("the configuration has no agency \"{agency}\"");
    };
    let (host, problems) = host(&loaded)?;
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok((host, settings))
}

/// Opens the store of a configuration.
pub(crate) fn store(loaded: &Loaded) -> anyhow::Result<SqliteStore> {
    let folder = &loaded.settings.data_dir;
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let settings = SqliteSettings {
        queue_messages_max: loaded.settings.store.queue_messages_max as u64,
        write_calls_max: loaded.settings.store.write_calls_max,
        ..SqliteSettings::default()
    };
    let file = folder.join(STORE_FILE);
    SqliteStore::open(&file, settings).with_context(|| format!("{} cannot be opened", file.display()))
}

/// Opens the store and runs one command on it.
pub(crate) fn with_store<F>(config: &Path, command: F) -> anyhow::Result<ExitCode>
where
    F: AsyncFnOnce(SqliteStore) -> anyhow::Result<ExitCode>,
{
    with_store_and_clock(config, async |store, _| command(store).await)
}

/// As [`with_store`], with the gateway's clock: what is due by the machine's clock may not be due by a simulated one.
pub(crate) fn with_store_and_clock<F>(config: &Path, command: F) -> anyhow::Result<ExitCode>
where
    F: AsyncFnOnce(SqliteStore, Arc<dyn Clock>) -> anyhow::Result<ExitCode>,
{
    let loaded = configuration_or_problems(config)?;
    let store = store(&loaded)?;
    let clock = clock::of(loaded.settings.clock.start);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command(store, clock))
}
