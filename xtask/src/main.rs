//! The project's automation: `cargo xtask <command>`. It builds, runs the demo, the tests and the bench, and proves the
//! rules of the tree. It is no part of the gateway and knows it only by its binary.

mod apt;
mod build;
mod chaos;
mod demo;
mod deny;
mod fuzz;
mod python;
mod rabbitmq;
mod run;
mod schema;
mod test;
mod tidy;
mod toolchain;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Automation of the Xiezhi project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the plugins and the gateway, and install the WebAssembly target when it is missing.
    Build,
    /// Run the gateway on real messages, say what happened and where to look, and stay up.
    Demo(demo::DemoArguments),
    /// Run every test there is; installs RabbitMQ and a Python environment for them where it can.
    Test,
    /// Measure: native against plugin decode, end to end against bare commits, a bare relay and a consumer in Python, memory,
    /// start; installs RabbitMQ and a Python environment for that where it can.
    Bench {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Kill and restart gateway and broker at random under load, and prove from the departments' ledger that nothing is lost.
    Chaos(chaos::ChaosArguments),
    /// Prove the rules of the tree: dependency directions, headers, sizes, pages.
    Tidy,
    /// Check licences, bans and sources with cargo-deny; installs it into the target folder when it is missing.
    Deny,
    /// Fuzz the plugins' native code with cargo-fuzz; installs it into the target folder when it is missing.
    Fuzz(fuzz::FuzzArguments),
    /// Write the JSON Schemas of the records to docs/schema.
    Schema {
        /// Change nothing; fail when a file differs.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Build => build::all(build::Profile::Dev),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test => test::run(),
        Command::Bench { json } => test::bench(json),
        Command::Chaos(arguments) => chaos::run(&arguments),
        Command::Tidy => tidy::run(),
        Command::Deny => deny::run(),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Schema { check } => schema::run(check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The subcommands, as the argument parser knows them.
fn command_names() -> Vec<String> {
    Arguments::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}
