//! Installs system packages that tests need: with apt-get, as root; otherwise it says which command a person must run.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::run::{checked, progress};

/// Installs a package that is missing.
pub(crate) fn install(package: &str) -> anyhow::Result<()> {
    let advice = format!("`apt-get install -y --no-install-recommends {package}` (as root), or by other means");
    if !is_root() || !has_apt() {
        bail!("{package} is missing and cannot be installed from here: install it with {advice}");
    }
    progress(&format!("{package} is missing; installing it with apt-get"));
    if checked(&mut install_command(package)).is_ok() {
        return Ok(());
    }
    progress("apt-get may not know it yet; updating its lists once");
    checked(apt().arg("update"))?;
    checked(&mut install_command(package)).map_err(|error| error.context(format!("install it with {advice}")))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    // Results go to stdout, progress does not.
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(std::io::stderr());
    command
}

fn install_command(package: &str) -> Command {
    let mut command = apt();
    command.args(["install", "-y", "--no-install-recommends", package]);
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn has_apt() -> bool {
    Command::new("apt-get").arg("--version").output().is_ok_and(|output| output.status.success())
}
