//! Running the tests and the bench.

use xiezhi_kit::place;

use crate::build::{self, Profile};
use crate::run::{cargo, checked, progress};

/// Builds what the tests start, then runs every test of the workspace.
pub(crate) fn run() -> anyhow::Result<()> {
    build::all(Profile::Dev)?;
    crate::schema::run(true)?;
    progress("running every test");
    checked(cargo(["test", "--workspace", "--all-features", "--no-fail-fast"]).env("XIEZHI_BIN", place::binary()))
}

/// Builds the release profile and runs the bench on it.
pub(crate) fn bench(json: bool) -> anyhow::Result<()> {
    build::all(Profile::Release)?;
    let mut command = cargo(["run", "--release", "--quiet", "--bin", "xiezhi-bench", "--"]);
    if json {
        command.arg("--json");
    }
    checked(command.env("XIEZHI_BIN", place::target().join("release").join("xiezhi")))
}
