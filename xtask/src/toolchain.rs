//! What the build needs beside cargo: the WebAssembly target, which rustup does not always install by itself.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::run;

/// The target that plugins are compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Installs the WebAssembly target when the toolchain in use lacks it.
pub(crate) fn ensure_wasm_target() -> anyhow::Result<()> {
    if has_wasm_target()? {
        return Ok(());
    }
    let channel = channel()?;
    run::progress(&format!("the target {WASM_TARGET} is missing; installing it for {channel}"));
    let advice = format!("run `rustup target add {WASM_TARGET} --toolchain {channel}`");
    let status = Command::new("rustup")
        .args(["target", "add", WASM_TARGET, "--toolchain", &channel])
        .status()
        .with_context(|| format!("rustup cannot be started; install the target {WASM_TARGET} by your own means"))?;
    ensure!(status.success() && has_wasm_target()?, "the target {WASM_TARGET} could not be installed: {advice}");
    Ok(())
}

/// Whether the compiler in use has the target's standard library.
fn has_wasm_target() -> anyhow::Result<bool> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--print", "sysroot"])
        .current_dir(xiezhi_kit::place::root())
        .output()
        .context("rustc cannot be started")?;
    let sysroot = String::from_utf8(output.stdout).context("rustc printed no path")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir())
}

/// The toolchain that `rust-toolchain.toml` names.
fn channel() -> anyhow::Result<String> {
    let file = xiezhi_kit::place::root().join("rust-toolchain.toml");
    let table: toml::Table = std::fs::read_to_string(&file)?.parse()?;
    match table.get("toolchain").and_then(|toolchain| toolchain.get("channel")).and_then(toml::Value::as_str) {
        Some(channel) => Ok(channel.to_owned()),
        None => bail!("{} names no channel", file.display()),
    }
}
