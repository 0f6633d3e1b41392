//! What an outside author does: makes a project, builds it, tests it; and what the kit says when the plugin is wrong.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;
use xiezhi_kit::place;

/// The id of the project.
const ID: &str = "salt-tax";

/// What a command said.
struct Said {
    success: bool,
    stdout: String,
    stderr: String,
}

/// The binary, away from this tree. The builds share a folder, so that the SDK is compiled once; the project's lock file and
/// the registry's local copy are all that cargo may use.
fn xiezhi(folder: &Path, arguments: &[&str]) -> anyhow::Result<Said> {
    let output = Command::new(place::binary())
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true")
        .output()
        .with_context(|| format!("{} cannot be started", place::binary().display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

fn target() -> PathBuf {
    place::target().join("plugin-author")
}

/// A fresh project.
fn project() -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let said = xiezhi(folder.path(), &["plugin", "new", ID])?;
    ensure!(said.success && said.stdout.contains("next:"), "{} {}", said.stdout, said.stderr);
    Ok(folder)
}

fn replace(file: &Path, from: &str, to: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    ensure!(text.contains(from), "{} has no {from}", file.display());
    Ok(std::fs::write(file, text.replacen(from, to, 1))?)
}

/// The checks that failed, as `<check> <name>: <detail>`.
fn failures(said: &Said) -> anyhow::Result<Vec<String>> {
    let mut failed = Vec::new();
    for line in said.stdout.lines() {
        let outcome: Value = serde_json::from_str(line)?;
        if outcome.get("ok") == Some(&Value::Bool(false)) {
            let text = |name: &str| outcome.get(name).and_then(Value::as_str).unwrap_or_default();
            failed.push(format!("{} {}: {}", text("check"), text("name"), text("detail")));
        }
    }
    Ok(failed)
}

/// One test, because the builds share a folder.
#[test]
fn a_stranger_makes_builds_and_tests_a_plugin() -> anyhow::Result<()> {
    let folder = project()?;
    let built = xiezhi(folder.path(), &["plugin", "build", ID])?;
    ensure!(built.success && built.stdout.contains("salt-tax.wasm"), "{} {}", built.stdout, built.stderr);
    let tested = xiezhi(folder.path(), &["plugin", "test", ID])?;
    ensure!(tested.success && tested.stdout.contains(" 0 failed, seed 1"), "{} {}", tested.stdout, tested.stderr);

    // A component alone: no vectors, so it says so and tries it on damage only.
    let component = target().join("salt-tax.wasm").display().to_string();
    let bare = xiezhi(folder.path(), &["plugin", "test", &component])?;
    ensure!(bare.success && bare.stdout.contains("ok     vectors none"), "{} {}", bare.stdout, bare.stderr);

    // The same source in another folder gives the same component: no path of the machine is in it.
    let first = std::fs::read(target().join("salt-tax.wasm"))?;
    let other = project()?;
    ensure!(xiezhi(other.path(), &["plugin", "build", ID])?.success, "the second project does not build");
    ensure!(std::fs::read(target().join("salt-tax.wasm"))? == first, "the same source gave another component");

    // It panics on one input, and answers one vector otherwise than expected.
    let root = folder.path().join(ID);
    let panics =
        "assert!(!bytes.starts_with(b\"\\\"\\\"\"), \"two quotes\");\n    if bytes.len() > MESSAGE_BYTES_MAX {";
    replace(&root.join("src/decode.rs"), "if bytes.len() > MESSAGE_BYTES_MAX {", panics)?;
    replace(&root.join("vectors/reminder.txt"), "督办", "催办")?;
    replace(&root.join("vectors/findings.json"), "\"row\": 2", "\"row\": 7")?;
    let broken = xiezhi(folder.path(), &["plugin", "test", ID, "--json"])?;
    let failed = failures(&broken)?;
    ensure!(!broken.success && failed.len() == 3, "{failed:#?}");
    for (check, detail) in [
        ("decode findings: ", "/records/1/row: 7 → 2"),
        ("encode reminder: ", "first difference at byte 0"),
        ("mutation degenerate: ", "plugin.panic"),
    ] {
        let named = failed.iter().any(|line| line.starts_with(check) && line.contains(detail));
        ensure!(named, "{check} {detail} is not among {failed:#?}");
    }
    let kept = target().join("kit-failed").read_dir()?.count();
    ensure!(kept > 0, "the message that was not survived is not kept");

    // A vector is written anew on demand only.
    let blessed = xiezhi(folder.path(), &["plugin", "test", ID, "--bless", "--json"])?;
    let failed = failures(&blessed)?;
    ensure!(failed.len() == 1 && blessed.stderr.contains("review"), "{failed:#?}");
    Ok(())
}

#[test]
fn what_cannot_be_made_or_built_says_why() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("taken"))?;
    for (arguments, expected) in [
        (["plugin", "new", "taken"].as_slice(), "taken exists"),
        (&["plugin", "new", "Salt Tax"], "agency id"),
        (&["plugin", "build", "taken"], "holds no Cargo.toml"),
        (&["plugin", "test", "nowhere"], "holds no Cargo.toml"),
    ] {
        let said = xiezhi(folder.path(), arguments)?;
        ensure!(!said.success && said.stderr.contains(expected), "{arguments:?}: {}", said.stderr);
    }
    Ok(())
}

/// The plugins of this tree that have vectors pass the kit with the components that `cargo xtask build` made.
#[test]
fn the_shipped_plugins_pass() -> anyhow::Result<()> {
    let lock: String = std::fs::read_to_string(place::plugins().join("plugins.lock"))?;
    let mut tested = 0;
    for id in lock.lines().filter_map(|line| line.strip_prefix("[plugin.")?.strip_suffix(']')) {
        let folder = place::root().join("plugins").join(id).display().to_string();
        let component = place::plugins().join(format!("{id}.wasm")).display().to_string();
        let said = xiezhi(&place::root(), &["plugin", "test", &folder, "--component", &component, "--json"])?;
        ensure!(said.success, "{id}: {:#?} {}", failures(&said)?, said.stderr);
        tested += 1;
    }
    ensure!(tested > 0, "the lock file names no plugin");
    Ok(())
}
