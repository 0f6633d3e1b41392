//! A run of the chaos scenario by hand. Run it by `cargo xtask chaos`, which builds what it needs first.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use xiezhi_chaos::Plan;

/// How long, and by which seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Minutes of trouble, such as 0.5.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Chooses messages, troubles and moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the figures as one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let length = Duration::try_from_secs_f64(arguments.minutes * 60.0).context("--minutes is no length of time")?;
    let figures = xiezhi_chaos::run(&Plan { seed: arguments.seed, length })?;
    println!("{figures}");
    if arguments.json {
        println!("{}", serde_json::to_string(&figures)?);
    }
    Ok(())
}
