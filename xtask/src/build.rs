//! Building the plugins into components with their lock file, and the gateway's binary.

use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use std::collections::BTreeMap;
use xiezhi_componentize::{cargo_build, core_module_file};
use xiezhi_kit::place;
use xiezhi_model::Digest;

use crate::run::{cargo, checked, progress};
use crate::toolchain::ensure_wasm_target;

/// The plugins of this tree, by agency.
pub(crate) const PLUGINS: [&str; 16] = [
    "address-filing",
    "commerce",
    "credit-publicity",
    "development-reform",
    "emergency",
    "environment",
    "fire",
    "fiscal",
    "host-unit",
    "hotline",
    "housing",
    "market-supervision",
    "planning",
    "police",
    "township",
    "urban-management",
];

/// How the gateway is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For the demo and the tests.
    Dev,
    /// For measuring and for production.
    Release,
}

/// The lock file: which component each agency's plugin is.
#[derive(Debug, Default, Serialize)]
struct Lock {
    plugin: BTreeMap<String, LockEntry>,
}

#[derive(Debug, Serialize)]
struct LockEntry {
    sha256: String,
    bytes: u64,
}

/// Builds plugins and gateway.
pub(crate) fn all(profile: Profile) -> anyhow::Result<()> {
    let begin = Instant::now();
    ensure_wasm_target()?;
    plugins()?;
    gateway(profile)?;
    progress(&format!("built in {} s", begin.elapsed().as_secs()));
    Ok(())
}

/// Builds every plugin, makes each a component under `target/plugins`, and pins their digests in `plugins.lock`.
pub(crate) fn plugins() -> anyhow::Result<()> {
    progress("building the plugins (one minute from nothing)");
    let packages = PLUGINS.map(|id| format!("xiezhi-plugin-{id}"));
    checked(&mut cargo_build(&place::root(), &packages).context("neither CARGO_HOME nor HOME is set")?)?;
    let folder = place::plugins();
    std::fs::create_dir_all(&folder)?;
    let mut lock = Lock::default();
    for id in PLUGINS {
        let module = core_module_file(&place::target(), &format!("xiezhi_plugin_{}", id.replace('-', "_")));
        let module = std::fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))?;
        let component = xiezhi_componentize::componentize(&module).with_context(|| format!("plugin {id}"))?;
        let entry = LockEntry { sha256: Digest::of(&component).to_hex(), bytes: component.len() as u64 };
        std::fs::write(folder.join(format!("{id}.wasm")), &component)?;
        lock.plugin.insert(id.to_owned(), entry);
    }
    std::fs::write(folder.join("plugins.lock"), toml::to_string(&lock)?)?;
    Ok(())
}

/// Builds the gateway's binary.
pub(crate) fn gateway(profile: Profile) -> anyhow::Result<()> {
    progress("building the gateway (most of the time from nothing; seconds afterwards)");
    // The whole workspace is selected, so that dependencies get the same features here as in the tests: another selection
    // would compile wasmtime a second time.
    let mut command = cargo(["build", "--workspace", "--bin", "xiezhi"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    checked(&mut command)
}
