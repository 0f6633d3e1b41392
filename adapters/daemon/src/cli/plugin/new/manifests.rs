//! The manifests of a project outside of this tree, made of the workspace's own: the same versions, lints and profile.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use toml::{Table, Value};

/// The workspace's manifest.
const WORKSPACE: &str = include_str!("../../../../../../Cargo.toml");
/// The versions that the workspace was tested with.
const LOCK: &str = include_str!("../../../../../../Cargo.lock");
/// The workspace's settings of cargo.
const CARGO_CONFIG: &str = include_str!("../../../../../../.cargo/config.toml");
/// Which compiler is meant.
pub(super) const TOOLCHAIN: &str = include_str!("../../../../../../rust-toolchain.toml");

/// Crates of the SDK's workspace.
const MEMBERS: [&str; 3] = ["core/model", "plugins/sdk", "plugins/formats"];
/// What a project depends on beside the SDK: its tests make records of JSON.
const TESTS_NEED: &str = "serde_json";
/// The SDK's crate.
const SDK_CRATE: &str = "xiezhi-sdk";

/// The manifest of `sdk/`, a workspace of its own: its crates keep their manifests unchanged.
pub(super) fn sdk(manifests: &[&str]) -> anyhow::Result<String> {
    let workspace = workspace()?;
    let dependencies = table(&workspace, "dependencies")?;
    let mut used = Table::new();
    for name in inherited(manifests)? {
        let value = dependencies.get(&name).with_context(|| format!("the workspace has no dependency {name}"))?;
        used.insert(name, value.clone());
    }
    let mut own = Table::new();
    own.insert("resolver".to_owned(), Value::from("3"));
    own.insert("members".to_owned(), MEMBERS.map(Value::from).to_vec().into());
    own.insert("package".to_owned(), table(&workspace, "package")?.clone().into());
    own.insert("dependencies".to_owned(), used.into());
    own.insert("lints".to_owned(), table(&workspace, "lints")?.clone().into());
    let manifest = Table::from_iter([("workspace".to_owned(), Value::from(own))]);
    Ok(format!(
        "# The SDK as the gateway has it. To go to another version, replace this folder by the one of a new project.\n\n{}",
        toml::to_string(&manifest)?
    ))
}

/// The manifest of the project itself.
pub(super) fn project(id: &str) -> anyhow::Result<String> {
    let root: Table = WORKSPACE.parse()?;
    let workspace = workspace()?;
    let inherited = table(&workspace, "package")?;
    let text = |name: &str| inherited.get(name).and_then(Value::as_str).unwrap_or_default();
    let tests_need = table(&workspace, "dependencies")?.get(TESTS_NEED).context("no version")?;
    let profiles = table(&root, "profile")?;
    let kept = ["release", "plugin"].iter().filter_map(|name| Some(((*name).to_owned(), profiles.get(*name)?.clone())));
    let tail = Table::from_iter([
        ("lints".to_owned(), Value::from(table(&workspace, "lints")?.clone())),
        ("profile".to_owned(), Value::from(Table::from_iter(kept))),
    ]);
    Ok(format!(
        r#"[package]
name = "xiezhi-plugin-{id}"
version = "0.1.0"
edition = "{}"
rust-version = "{}"
publish = false

[lib]
# The component is made of the cdylib; the rlib is for tests.
crate-type = ["cdylib", "rlib"]

[dependencies]
xiezhi-sdk = {{ path = "sdk/plugins/sdk" }}
# Charsets, XML, CSV and JSON with places, for formats that need them:
# xiezhi-formats = {{ path = "sdk/plugins/formats" }}

[dev-dependencies]
{TESTS_NEED} = {tests_need}

[workspace]
# The SDK is a workspace of its own.
exclude = ["sdk"]

{}"#,
        text("edition"),
        text("rust-version"),
        toml::to_string(&tail)?
    ))
}

/// What the project needs of the workspace's lock file: its first build then takes the versions that the SDK was tested with.
pub(super) fn lock(id: &str, manifests: &[&str]) -> anyhow::Result<String> {
    let lock: Table = LOCK.parse()?;
    let packages = lock.get("package").and_then(Value::as_array).context("the lock file has no packages")?;
    let name = |package: &Value| package.get("name").and_then(Value::as_str).map(str::to_owned);
    let mut by_name: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for package in packages {
        by_name.entry(name(package).unwrap_or_default()).or_default().push(package);
    }
    let mut wanted: Vec<String> = inherited(manifests)?.into_iter().collect();
    wanted.push(TESTS_NEED.to_owned());
    let mut kept = BTreeSet::new();
    while let Some(next) = wanted.pop() {
        if !kept.insert(next.clone()) {
            continue;
        }
        for package in by_name.get(&next).into_iter().flatten() {
            let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
            // `name`, or `name version` where there are several.
            wanted.extend(dependencies.filter_map(|text| Some(text.as_str()?.split(' ').next()?.to_owned())));
        }
    }
    let mut list: Vec<Value> =
        packages.iter().filter(|package| name(package).is_some_and(|name| kept.contains(&name))).cloned().collect();
    let own = Table::from_iter([
        ("name".to_owned(), Value::from(format!("xiezhi-plugin-{id}"))),
        ("version".to_owned(), Value::from("0.1.0")),
        ("dependencies".to_owned(), vec![Value::from(TESTS_NEED), Value::from(SDK_CRATE)].into()),
    ]);
    list.push(own.into());
    let mut file = Table::new();
    file.insert("version".to_owned(), lock.get("version").cloned().unwrap_or(Value::from(4)));
    file.insert("package".to_owned(), list.into());
    Ok(toml::to_string(&file)?)
}

/// The head of that file.
const GUEST_MEMORY: &str = "\
# A guest's stack lies in its memory: small, because a fresh instance is made for each message. The memory begins with room
# for a small message, because making it grow costs more than the message.
";

/// The memory and the instructions of the guest, without the workspace's aliases.
pub(super) fn cargo_config() -> anyhow::Result<String> {
    let config: Table = CARGO_CONFIG.parse()?;
    let target = config.get("target").context("no target in .cargo/config.toml")?.clone();
    let text = toml::to_string(&Table::from_iter([("target".to_owned(), target)]))?;
    Ok(format!("{GUEST_MEMORY}\n{text}"))
}

fn workspace() -> anyhow::Result<Table> {
    let root: Table = WORKSPACE.parse()?;
    Ok(table(&root, "workspace")?.clone())
}

fn table<'a>(parent: &'a Table, name: &str) -> anyhow::Result<&'a Table> {
    parent.get(name).and_then(Value::as_table).with_context(|| format!("the workspace's manifest has no {name}"))
}

/// The dependencies that crates take from their workspace, for tests and single targets too.
fn inherited(manifests: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for manifest in manifests {
        let manifest: Table = manifest.parse()?;
        let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        for owner in targets.filter_map(Value::as_table).chain([&manifest]) {
            for kind in ["dependencies", "dev-dependencies"] {
                let list = owner.get(kind).and_then(Value::as_table);
                let taken = list
                    .into_iter()
                    .flatten()
                    .filter(|(_, value)| value.get("workspace").and_then(Value::as_bool) == Some(true));
                names.extend(taken.map(|(name, _)| name.clone()));
            }
        }
    }
    Ok(names)
}
