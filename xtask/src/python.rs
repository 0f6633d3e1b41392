//! A Python with chosen packages for foreign clients of tests and bench: a virtual environment in the target folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::ensure;
use xiezhi_kit::place;

use crate::apt;
use crate::run::{checked, progress};

/// Ends with success when every package that is named (`name==version`) is installed in just that version.
const PROBE: &str = "
import sys
from importlib.metadata import version
for wanted in sys.argv[1:]:
    name, _, number = wanted.partition('==')
    if version(name) != number:
        sys.exit(1)
";

/// The interpreter of the environment, after installing what it lacks of `packages` (`name==version`).
pub(crate) fn ensure(packages: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = std::path::absolute(place::target().join("tools").join("python"))?;
    let interpreter = folder.join("bin").join("python");
    if has(&interpreter, packages) {
        return Ok(interpreter);
    }
    if !succeeds(&interpreter, ["-m", "pip", "--version"]) {
        create(&folder)?;
    }
    progress(&format!("installing {} for the Python of tests and bench", packages.join(", ")));
    let mut install = Command::new(&interpreter);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    checked(install.stdin(Stdio::null()).stdout(std::io::stderr()))?;
    ensure!(has(&interpreter, packages), "pip installed {packages:?}, but they are not in {}", folder.display());
    Ok(interpreter)
}

/// Makes the environment anew. Debian keeps a part that this needs in a package of its own.
fn create(folder: &Path) -> anyhow::Result<()> {
    let venv = || {
        let mut command = Command::new("python3");
        command.args(["-m", "venv", "--clear"]).arg(folder).stdin(Stdio::null()).stdout(std::io::stderr());
        checked(&mut command)
    };
    progress("making a Python environment for tests and bench");
    if venv().is_ok() {
        return Ok(());
    }
    apt::install("python3-venv")?;
    venv()
}

fn has(interpreter: &Path, packages: &[&str]) -> bool {
    succeeds(interpreter, ["-c", PROBE].iter().chain(packages))
}

/// Whether the interpreter exists and succeeds; what it says about it is of no interest.
fn succeeds<S: AsRef<OsStr>>(interpreter: &Path, arguments: impl IntoIterator<Item = S>) -> bool {
    let mut command = Command::new(interpreter);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
