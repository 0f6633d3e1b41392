//! Finds RabbitMQ's own scripts. Debian puts wrappers of the same names on the path which change the user and the home
//! folder: a private broker needs the scripts behind them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Name of RabbitMQ's package.
pub const PACKAGE: &str = "rabbitmq-server";
/// Names the folder of the scripts when they are in none of the known ones.
const FOLDER_VARIABLE: &str = "XIEZHI_RABBITMQ_SBIN";
/// Where packages put the scripts: Debian and Fedora, the generic archive, Homebrew.
const FOLDERS: [&str; 6] = [
    "/usr/lib/rabbitmq/bin",
    "/usr/lib64/rabbitmq/bin",
    "/opt/rabbitmq/sbin",
    "/usr/local/rabbitmq/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
];

/// The programs of an installed RabbitMQ.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) server: PathBuf,
    pub(super) ctl: PathBuf,
}

/// Whether a RabbitMQ that tests can start is installed.
#[must_use]
pub fn is_installed() -> bool {
    folder().is_some()
}

pub(super) fn find() -> anyhow::Result<Programs> {
    let folder = folder().with_context(|| {
        format!(
            "RabbitMQ is not installed: run `cargo xtask test`, or `apt-get install -y --no-install-recommends {PACKAGE}`, \
             or name the folder of its scripts in {FOLDER_VARIABLE}"
        )
    })?;
    Ok(Programs { server: folder.join("rabbitmq-server"), ctl: folder.join("rabbitmqctl") })
}

fn folder() -> Option<PathBuf> {
    let holds_scripts = |folder: &Path| folder.join("rabbitmq-server").exists() && folder.join("rabbitmqctl").exists();
    let named = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
    named.into_iter().chain(FOLDERS.iter().map(PathBuf::from)).find(|folder| holds_scripts(folder))
}
