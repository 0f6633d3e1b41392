//! `xiezhi plugin install` and `rollback`: pin another version. The running gateway sees the lock file change, admits the
//! version beside the serving path and swaps it in; where none runs, the next start uses it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use xiezhi_config::{Loaded, PREVIOUS_MAX, PluginLock, component_file, load_lock, save_lock, version_file};
use xiezhi_model::Digest;
use xiezhi_model::plugin_state::RefusedPlugin;
use xiezhi_ports::PluginState as _;
use xiezhi_store_sqlite::SqliteStore;

use super::{print, read};
use crate::compose;

/// How often the store is asked whether the gateway has swapped.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What to install.
#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    /// The plugin's name in the lock file.
    plugin: String,
    /// The component file.
    component: PathBuf,
    /// Install although the trial run found differences.
    #[arg(long)]
    accept_differences: bool,
    /// How many seconds to wait for the running gateway to take it up; 0 does not wait.
    #[arg(long, default_value_t = 10)]
    wait: u64,
}

/// What to roll back.
#[derive(Debug, Args)]
pub(crate) struct RollbackArguments {
    /// The plugin's name in the lock file.
    plugin: String,
    /// How many seconds to wait for the running gateway to take it up; 0 does not wait.
    #[arg(long, default_value_t = 10)]
    wait: u64,
}

/// Pins a component as a plugin's version.
pub(crate) fn install(config: &Path, arguments: &InstallArguments) -> anyhow::Result<ExitCode> {
    let name = arguments.plugin.as_str();
    let loaded = compose::configuration_or_problems(config)?;
    let mut lock = lock(&loaded)?;
    let bytes = read(&arguments.component)?;
    let candidate = compose::empty_host(&loaded)?.prepare(&bytes, None).map_err(|error| {
        anyhow::anyhow!("{} is not admitted ({}): {error}", arguments.component.display(), error.code())
    })?;
    let digest = candidate.digest();
    let Some(locked) = lock.plugins.get_mut(name) else {
        bail!("the lock file names no plugin \"{name}\"; a new agency's plugin is added there by hand");
    };
    if locked.sha256 == digest {
        println!("{name} is at {digest} already");
        return Ok(ExitCode::SUCCESS);
    }
    let store = compose::store(&loaded)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(check_trial(&loaded, &store, name, digest, arguments.accept_differences))?;
    let directory = &loaded.settings.plugins.directory;
    keep_version(directory, name, locked.sha256)?;
    let file = version_file(directory, name, digest);
    std::fs::write(&file, &bytes).with_context(|| format!("{} cannot be written", file.display()))?;
    let before = std::mem::replace(&mut locked.sha256, digest);
    locked.bytes = bytes.len() as u64;
    locked.previous.retain(|previous| *previous != digest && *previous != before);
    locked.previous.insert(0, before);
    locked.previous.truncate(PREVIOUS_MAX);
    let refused_before = runtime.block_on(store.plugins_refused())?;
    pin(&loaded, &lock)?;
    println!("{name} is pinned at {digest}, version {}", candidate.manifest().version);
    runtime.block_on(wait_for_swap(&loaded, &store, &Pinned { name, digest, refused_before }, arguments.wait))
}

/// Pins the version before.
pub(crate) fn rollback(config: &Path, arguments: &RollbackArguments) -> anyhow::Result<ExitCode> {
    let name = arguments.plugin.as_str();
    let loaded = compose::configuration_or_problems(config)?;
    let mut lock = lock(&loaded)?;
    let Some(locked) = lock.plugins.get_mut(name) else { bail!("the lock file names no plugin \"{name}\"") };
    ensure!(!locked.previous.is_empty(), "the lock file knows no version of {name} before {}", locked.sha256);
    let digest = locked.previous.remove(0);
    let file = component_file(&loaded.settings.plugins.directory, name, digest);
    let bytes = read(&file)?;
    ensure!(Digest::of(&bytes) == digest, "{} is not the version {digest}", file.display());
    let left = std::mem::replace(&mut locked.sha256, digest);
    locked.bytes = bytes.len() as u64;
    let store = compose::store(&loaded)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let refused_before = runtime.block_on(store.plugins_refused())?;
    pin(&loaded, &lock)?;
    println!("{name} is back at {digest}, away from {left}");
    runtime.block_on(wait_for_swap(&loaded, &store, &Pinned { name, digest, refused_before }, arguments.wait))
}

fn lock(loaded: &Loaded) -> anyhow::Result<PluginLock> {
    load_lock(&loaded.settings.plugins.lock)
        .map_err(|problems| anyhow::anyhow!("the plugins' lock file is not usable:\n{problems}"))
}

fn pin(loaded: &Loaded, lock: &PluginLock) -> anyhow::Result<()> {
    let path = &loaded.settings.plugins.lock;
    save_lock(path, lock).with_context(|| format!("{} cannot be written", path.display()))
}

/// Gives the version that is left a file of its own, to go back to.
fn keep_version(directory: &Path, name: &str, digest: Digest) -> anyhow::Result<()> {
    let kept = version_file(directory, name, digest);
    if !kept.exists() {
        let current = component_file(directory, name, digest);
        std::fs::copy(&current, &kept).with_context(|| format!("{} cannot be kept", current.display()))?;
    }
    Ok(())
}

/// Refuses a version that was not tried on as many messages as the configuration asks for, or whose answers differ.
async fn check_trial(
    loaded: &Loaded,
    store: &SqliteStore,
    name: &str,
    candidate: Digest,
    accept_differences: bool,
) -> anyhow::Result<()> {
    let wanted = loaded.settings.plugins.shadow_messages_min;
    if wanted == 0 {
        return Ok(());
    }
    let mut messages = 0_u64;
    for agency in loaded.agencies.iter().filter(|agency| agency.plugin.as_deref() == Some(name)) {
        let Some(run) = store.shadow_latest(&agency.id, candidate).await? else { continue };
        ensure!(
            run.differing == 0 || accept_differences,
            "its answers differ in {} of {} messages of {}: look at them with `xiezhi plugin shadow`, then install with --accept-differences",
            run.differing,
            run.messages,
            agency.id
        );
        messages = messages.saturating_add(run.messages);
    }
    ensure!(
        messages >= wanted,
        "it was tried on {messages} recorded messages, plugins.shadow_messages_min asks for {wanted}: run `xiezhi plugin shadow` first"
    );
    Ok(())
}

/// A version that was just pinned.
struct Pinned<'a> {
    name: &'a str,
    digest: Digest,
    /// What had been refused by then.
    refused_before: Vec<RefusedPlugin>,
}

/// Waits until the running gateway says that every agency's messages go to the version, or that it does not take it.
async fn wait_for_swap(
    loaded: &Loaded,
    store: &SqliteStore,
    pinned: &Pinned<'_>,
    seconds: u64,
) -> anyhow::Result<ExitCode> {
    let Pinned { name, digest, refused_before } = pinned;
    if seconds == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let begin = Instant::now();
    loop {
        let active = store.plugins_active().await?;
        let swapped =
            loaded.agencies.iter().filter(|agency| agency.plugin.as_deref() == Some(*name)).all(|agency| {
                active.iter().any(|active| active.agency == agency.id && active.plugin_digest == *digest)
            });
        if swapped {
            print::line("the running gateway uses it")?;
            return Ok(ExitCode::SUCCESS);
        }
        let refused = store.plugins_refused().await?;
        if let Some(refused) =
            refused.iter().find(|refused| refused.plugin_digest == *digest && !refused_before.contains(refused))
        {
            let RefusedPlugin { agency, code, text, .. } = refused;
            eprintln!("the running gateway refused it for {agency} and keeps the version before ({code}): {text}");
            return Ok(ExitCode::FAILURE);
        }
        if begin.elapsed() >= Duration::from_secs(seconds) {
            eprintln!(
                "no running gateway took it up within {seconds} s; the next start will (see `xiezhi plugin status`)"
            );
            return Ok(ExitCode::from(2));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
