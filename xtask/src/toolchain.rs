//! What the build needs beside cargo: the WebAssembly target, which rustup does not always install by itself.

use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use xiezhi_componentize::WASM_TARGET;

use crate::run;

/// Installs the WebAssembly target when the toolchain in use lacks it.
pub(crate) fn ensure_wasm_target() -> anyhow::Result<()> {
    let root = xiezhi_kit::place::root();
    let has_wasm_target = || xiezhi_componentize::has_wasm_target(&root).context("rustc cannot be started");
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

/// The toolchain that `rust-toolchain.toml` names.
fn channel() -> anyhow::Result<String> {
    let file = xiezhi_kit::place::root().join("rust-toolchain.toml");
    let table: toml::Table = std::fs::read_to_string(&file)?.parse()?;
    match table.get("toolchain").and_then(|toolchain| toolchain.get("channel")).and_then(toml::Value::as_str) {
        Some(channel) => Ok(channel.to_owned()),
        None => bail!("{} names no channel", file.display()),
    }
}
