//! How cargo is called for a plugin: the target, the profile, and flags that keep the building machine out of the result.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target that plugins are compiled for: it has no clock, no files and no network to import.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The cargo profile that plugins are compiled with, which their workspace declares.
pub const PLUGIN_PROFILE: &str = "plugin";

/// The call of cargo that builds `packages` of the workspace at `root` as core modules.
///
/// No path of the building machine may stand in a component: the same source gives the same digest everywhere. `None` when
/// the home of cargo is not known.
#[must_use]
pub fn cargo_build(root: &Path, packages: &[String]) -> Option<Command> {
    let mut command = cargo();
    command.args(["build", "--profile", PLUGIN_PROFILE, "--target", WASM_TARGET]).current_dir(root);
    for package in packages {
        command.args(["--package", package]);
    }
    // Given as configuration, these flags join those of `.cargo/config.toml`; the variables would replace them.
    command.args(["--config", &remap_config(root)?]).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    Some(command)
}

/// Where [`cargo_build`] leaves the core module of a library.
#[must_use]
pub fn core_module_file(target_dir: &Path, library: &str) -> PathBuf {
    target_dir.join(WASM_TARGET).join(PLUGIN_PROFILE).join(format!("{library}.wasm"))
}

/// Whether the compiler that is in use in `folder` has the target's standard library.
///
/// # Errors
/// When rustc cannot be started or prints no path.
pub fn has_wasm_target(folder: &Path) -> std::io::Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).current_dir(folder).output()?;
    let sysroot = String::from_utf8(output.stdout).map_err(std::io::Error::other)?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir())
}

/// Cargo, as it called us, or the one of the search path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn remap_config(root: &Path) -> Option<String> {
    let home = cargo_home(std::env::var_os("CARGO_HOME"), std::env::var_os("HOME"))?;
    let flag = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    // A list of texts is written alike in JSON and in TOML.
    let flags = serde_json::to_string(&[flag(root, "/xiezhi"), flag(&home, "/cargo")]).ok()?;
    Some(format!("target.{WASM_TARGET}.rustflags={flags}"))
}

fn cargo_home(cargo_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    cargo_home.map(PathBuf::from).or_else(|| home.map(|home| PathBuf::from(home).join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_of_cargo_is_told_or_beside_the_users_files() {
        let home = |cargo: Option<&str>, home: Option<&str>| cargo_home(cargo.map(Into::into), home.map(Into::into));
        assert_eq!(home(Some("/c"), Some("/h")), Some("/c".into()));
        assert_eq!(home(None, Some("/h")), Some("/h/.cargo".into()));
        assert_eq!(home(None, None), None);
    }

    #[test]
    fn the_call_names_profile_target_and_packages() {
        let command = cargo_build(Path::new("/tree"), &["xiezhi-plugin-police".to_owned()]).unwrap();
        let arguments: Vec<_> = command.get_args().filter_map(|argument| argument.to_str()).collect();
        let plain = ["build", "--profile", "plugin", "--target", WASM_TARGET, "--package", "xiezhi-plugin-police"];
        assert_eq!(arguments.get(..7), Some(plain.as_slice()));
        assert!(arguments.iter().any(|argument| argument.contains("--remap-path-prefix=/tree=/xiezhi")));
    }
}
