//! Where things are: the project's root, the built binary, the built plugins, and a Python for foreign clients.

use std::path::PathBuf;

use anyhow::Context as _;

/// Names the Python interpreter that foreign clients run in; `cargo xtask` sets it.
pub const PYTHON_VARIABLE: &str = "XIEZHI_TEST_PYTHON";

/// The project's root folder.
#[must_use]
pub fn root() -> PathBuf {
    let kit = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    kit.ancestors().nth(2).map_or(kit.clone(), PathBuf::from)
}

/// The folder that cargo builds into.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The gateway's binary: `XIEZHI_BIN`, or the one of the dev profile.
#[must_use]
pub fn binary() -> PathBuf {
    std::env::var_os("XIEZHI_BIN").map_or_else(|| target().join("debug").join("xiezhi"), PathBuf::from)
}

/// The folder with the built components and their lock file.
#[must_use]
pub fn plugins() -> PathBuf {
    target().join("plugins")
}

/// The Python interpreter that [`PYTHON_VARIABLE`] names.
///
/// # Errors
/// When it names none; the error says which `command` does, and which `packages` the interpreter must have.
pub fn python(command: &str, packages: &str) -> anyhow::Result<PathBuf> {
    let lacking = || format!("{PYTHON_VARIABLE} is not set: run `{command}`, or name a Python that has {packages}");
    std::env::var_os(PYTHON_VARIABLE).map(PathBuf::from).with_context(lacking)
}
