//! The binary `xiezhi`: the one place that names concrete types together. It parses arguments and dispatches; the parts
//! are in [`compose`], the running tasks in [`serve`], where people act in [`desk`], the other commands in [`cli`].

mod cli;
mod clock;
mod compose;
mod delivery;
mod desk;
mod reconcile;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// Half of the work of a settled finding is allocation on one thread and release on another, where the C library's allocator
/// waits for locks (see `docs/adr/0008-allocator.md`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Xiezhi (獬豸): routes supervision cases between a market-supervision bureau and other departments.
#[derive(Debug, Parser)]
#[command(name = "xiezhi", version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, env = "XIEZHI_CONFIG", default_value = "config/xiezhi.toml", global = true)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway.
    Serve,
    /// Check the whole configuration and print every problem.
    Check,
    /// Look at plugins and run them on files.
    #[command(subcommand)]
    Plugin(cli::plugin::PluginCommand),
    /// Look at messages and have dead ones tried again.
    #[command(subcommand)]
    Message(cli::message::MessageCommand),
    /// Look at cases and their history.
    #[command(subcommand)]
    Case(cli::case::CaseCommand),
    /// Look at the entities' files (一户一档).
    #[command(subcommand)]
    Entity(cli::entity::EntityCommand),
    /// Test, check and explain the policy, and try another on recorded messages; without effect.
    #[command(subcommand)]
    Policy(cli::policy::PolicyCommand),
    /// See, propose, approve and refuse legal acts.
    #[command(subcommand)]
    Act(cli::act::ActCommand),
    /// Reconcile with the credit system.
    #[command(subcommand)]
    Credit(cli::publicity::CreditCommand),
    /// Simulate the credit system: for tests and for training; needs no configuration file.
    CreditSim(Box<cli::credit_sim::SimArguments>),
    /// Add, close and list the people who may.
    #[command(subcommand)]
    Account(cli::account::AccountCommand),
    /// Check the audit chain.
    #[command(subcommand)]
    Audit(cli::audit::AuditCommand),
    /// Look at what the broker must have, compare it and create what is missing.
    #[command(subcommand)]
    Topology(cli::topology::TopologyCommand),
    /// Send and receive as a department does, through the broker; needs no configuration file.
    #[command(subcommand)]
    Agency(cli::agency::AgencyCommand),
    /// Count what is pending, dead, queued and open.
    Status(cli::status::StatusArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Serve => serve::run(&arguments.config),
        Command::Check => cli::check::run(&arguments.config),
        Command::Plugin(command) => cli::plugin::run(&arguments.config, command),
        Command::Message(command) => cli::message::run(&arguments.config, command),
        Command::Case(command) => cli::case::run(&arguments.config, command),
        Command::Entity(command) => cli::entity::run(&arguments.config, command),
        Command::Policy(command) => cli::policy::run(&arguments.config, command),
        Command::Act(command) => cli::act::run(&arguments.config, command),
        Command::CreditSim(arguments) => cli::credit_sim::run(arguments),
        Command::Credit(command) => cli::publicity::run(&arguments.config, command),
        Command::Account(command) => cli::account::run(&arguments.config, command),
        Command::Audit(command) => cli::audit::run(&arguments.config, command),
        Command::Topology(command) => cli::topology::run(&arguments.config, command),
        Command::Agency(command) => cli::agency::run(command),
        Command::Status(command) => cli::status::run(&arguments.config, command),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xiezhi: {error:#}");
            ExitCode::FAILURE
        }
    }
}
