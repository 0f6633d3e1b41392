//! Running other programs, with the command named in every failure.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context as _, bail};

/// Cargo, as it called us, in the project's root.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(xiezhi_kit::place::root());
    command
}

/// Runs a command to its end, with our own output.
pub(crate) fn checked(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?} cannot be started"))?;
    if !status.success() {
        bail!("{command:?} failed with {status}");
    }
    Ok(())
}

/// Says what is being done: on stderr, so that stdout holds results only.
pub(crate) fn progress(what: &str) {
    eprintln!("xtask: {what}");
}
