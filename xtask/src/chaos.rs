//! `cargo xtask chaos`: builds what the chaos scenario needs and runs it. The scenario itself is in `tests/chaos`.

use xiezhi_kit::place;

use crate::build::{self, Profile};
use crate::rabbitmq;
use crate::run::{cargo, checked};

/// How long, and by which seed.
#[derive(Debug, clap::Args)]
pub(crate) struct ChaosArguments {
    /// Minutes of trouble, such as 0.5; with 0 every kind of it comes once or twice.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Chooses messages, troubles and moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the figures as one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

/// Builds and runs.
///
/// # Errors
/// When something cannot be built, or when the run fails; it says which message, and where its folder is.
pub(crate) fn run(arguments: &ChaosArguments) -> anyhow::Result<()> {
    rabbitmq::ensure()?;
    build::all(Profile::Dev)?;
    let mut command = cargo(["run", "--quiet", "--bin", "xiezhi-chaos", "--"]);
    command.args(["--minutes", &arguments.minutes.to_string(), "--seed", &arguments.seed.to_string()]);
    if arguments.json {
        command.arg("--json");
    }
    checked(command.env("XIEZHI_BIN", place::binary()))
}
