//! cargo-deny: licences, bans and sources, and advisories where their database can be reached.

use std::process::Command;

use xiezhi_kit::place;

use crate::run::{cargo, checked, progress};

/// The version that `deny.toml` is written for.
const VERSION: &str = "0.20.2";

/// Runs cargo-deny, after installing it into the target folder when it is missing.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = place::target().join("tools");
    let own = folder.join("bin").join("cargo-deny");
    let program: std::path::PathBuf =
        if Command::new("cargo-deny").arg("--version").output().is_ok() { "cargo-deny".into() } else { own };
    if program.components().count() > 1 && !program.exists() {
        progress("cargo-deny is missing; installing it into the target folder (some minutes)");
        let mut install = cargo(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"]);
        checked(install.arg(&folder))?;
    }
    let root = place::root();
    checked(Command::new(&program).current_dir(&root).args(["check", "licenses", "bans", "sources"]))?;
    progress("checking advisories (needs their database)");
    if let Err(error) = checked(Command::new(&program).current_dir(&root).args(["check", "advisories"])) {
        progress(&format!("advisories could not be checked or have findings: {error:#}"));
    }
    Ok(())
}
