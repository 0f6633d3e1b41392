//! Where things are: the project's root, the built binary and the built plugins.

use std::path::PathBuf;

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
