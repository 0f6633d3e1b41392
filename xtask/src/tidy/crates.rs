//! Dependency directions, and what every crate inherits from the workspace.

use std::collections::BTreeSet;

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use xiezhi_kit::place;

/// What each crate of ours may depend on among ours (not counting tests). A crate that is not listed may not exist.
const ALLOWED: &[(&str, &[&str])] = &[
    ("xiezhi-model", &[]),
    ("xiezhi-ports", &["xiezhi-model"]),
    ("xiezhi-engine", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-sdk", &["xiezhi-model"]),
    ("xiezhi-componentize", &[]),
    ("xiezhi-host", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-formats", &["xiezhi-sdk"]),
    ("xiezhi-plugin-example", &["xiezhi-sdk"]),
    ("xiezhi-plugin-police", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-environment", &["xiezhi-sdk"]),
    ("xiezhi-plugin-urban-management", &["xiezhi-sdk"]),
    ("xiezhi-plugin-planning", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-housing", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-fire", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-emergency", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-development-reform", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-commerce", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-fiscal", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-township", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-hotline", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-address-filing", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-host-unit", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-market-supervision", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-plugin-credit-publicity", &["xiezhi-formats", "xiezhi-sdk"]),
    ("xiezhi-store-sqlite", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-http", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-amqp", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-credit", &["xiezhi-model", "xiezhi-ports"]),
    // The other side of the wire: it shares no code with what it stands against.
    ("xiezhi-credit-sim", &[]),
    ("xiezhi-telemetry", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-config", &["xiezhi-model"]),
    (
        "xiezhi-daemon",
        &[
            "xiezhi-model",
            "xiezhi-ports",
            "xiezhi-engine",
            "xiezhi-host",
            "xiezhi-componentize",
            "xiezhi-store-sqlite",
            "xiezhi-http",
            "xiezhi-amqp",
            "xiezhi-credit",
            "xiezhi-credit-sim",
            "xiezhi-telemetry",
            "xiezhi-config",
        ],
    ),
    ("xiezhi-kit", &[]),
    ("xiezhi-conformance", &["xiezhi-model", "xiezhi-ports"]),
    ("xiezhi-guests", &["xiezhi-model", "xiezhi-ports", "xiezhi-host", "xiezhi-componentize"]),
    ("xiezhi-guest-rust", &["xiezhi-sdk"]),
    ("xiezhi-e2e", &[]),
    ("xiezhi-chaos", &["xiezhi-amqp", "xiezhi-kit", "xiezhi-model"]),
    (
        "xiezhi-year",
        &["xiezhi-config", "xiezhi-engine", "xiezhi-kit", "xiezhi-model", "xiezhi-ports", "xiezhi-store-sqlite"],
    ),
    (
        "xiezhi-bench",
        &[
            "xiezhi-engine",
            "xiezhi-kit",
            "xiezhi-model",
            "xiezhi-ports",
            "xiezhi-host",
            "xiezhi-sdk",
            "xiezhi-store-sqlite",
            "xiezhi-plugin-address-filing",
            "xiezhi-plugin-commerce",
            "xiezhi-plugin-credit-publicity",
            "xiezhi-plugin-development-reform",
            "xiezhi-plugin-emergency",
            "xiezhi-plugin-environment",
            "xiezhi-plugin-fire",
            "xiezhi-plugin-fiscal",
            "xiezhi-plugin-host-unit",
            "xiezhi-plugin-hotline",
            "xiezhi-plugin-housing",
            "xiezhi-plugin-market-supervision",
            "xiezhi-plugin-planning",
            "xiezhi-plugin-police",
            "xiezhi-plugin-township",
            "xiezhi-plugin-urban-management",
        ],
    ),
    ("xtask", &["xiezhi-amqp", "xiezhi-kit", "xiezhi-model", "xiezhi-componentize"]),
];

/// Technologies that `core/` must not know.
const NOT_IN_CORE: &[&str] =
    &["wasmtime", "lapin", "axum", "hyper", "reqwest", "rusqlite", "sqlx", "toml", "config", "tokio"];

/// The crate that alone may know wasmtime: it takes minutes to compile.
const WASMTIME_OWNER: &str = "xiezhi-host";

/// Checks every crate of the workspace.
pub(crate) fn check() -> anyhow::Result<Vec<String>> {
    let metadata = MetadataCommand::new().manifest_path(place::root().join("Cargo.toml")).exec()?;
    let members = metadata.workspace_packages();
    let ours: BTreeSet<&str> = members.iter().map(|package| package.name.as_ref()).collect();
    let mut breaches = Vec::new();
    for package in members {
        breaches.extend(check_directions(package, &ours));
        let manifest = std::fs::read_to_string(&package.manifest_path)
            .with_context(|| format!("{} cannot be read", package.manifest_path))?;
        for (wanted, why) in [
            ("[lints]\nworkspace = true", "inherits no workspace lints"),
            ("edition.workspace = true", "has an edition of its own"),
            ("license.workspace = true", "has a licence line of its own"),
        ] {
            if !manifest.contains(wanted) {
                breaches.push(format!("{} {why}", package.name));
            }
        }
    }
    Ok(breaches)
}

fn check_directions(package: &Package, ours: &BTreeSet<&str>) -> Vec<String> {
    let name: &str = package.name.as_ref();
    let Some((_, allowed)) = ALLOWED.iter().find(|(listed, _)| *listed == name) else {
        return vec![format!("{name} is not in the table of dependency directions (xtask/src/tidy/crates.rs)")];
    };
    let mut breaches = Vec::new();
    let in_core = package.manifest_path.as_str().contains("/core/");
    for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
        let on = dependency.name.as_str();
        if ours.contains(on) && !allowed.contains(&on) {
            breaches.push(format!("{name} must not depend on {on}"));
        }
        if in_core && NOT_IN_CORE.contains(&on) {
            breaches.push(format!("{name} is in core/ and must not know {on}"));
        }
        if on == "wasmtime" && name != WASMTIME_OWNER {
            breaches.push(format!("{name} must not know wasmtime, only {WASMTIME_OWNER} does"));
        }
    }
    breaches
}
