//! `xiezhi topology`: what a broker must have for the configured agencies; compares a broker with it, and creates what it lacks.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand, ValueEnum};
use xiezhi_amqp::topology::{Applied, Difference, Encryption, Management, ServerPlace, asyncapi, compare, definitions};
use xiezhi_config::Loaded;
use xiezhi_model::AgencyId;

use super::password::PasswordSource;
use super::print;
use crate::compose;
use crate::compose::broker::Broker;

/// What to do with the topology.
#[derive(Debug, Subcommand)]
pub(crate) enum TopologyCommand {
    /// Print it, for a broker's administrator or for a department's developer. Holds no password.
    Print {
        /// As what.
        #[arg(long, value_enum, default_value_t = Format::Definitions)]
        format: Format,
        /// Only what concerns this agency, and what all share.
        #[arg(long)]
        agency: Option<AgencyId>,
    },
    /// Compare a broker with it and name each difference. Exit code 0: none.
    Check(BrokerArguments),
    /// Create at a broker what is missing: nothing there is changed or deleted. Exit code 0: no difference is left.
    Apply(BrokerArguments),
}

/// As what the topology is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// RabbitMQ definitions, for `rabbitmqctl import_definitions`. Importing takes the users' passwords away.
    Definitions,
    /// An AsyncAPI 3.0 document.
    Asyncapi,
}

/// How the broker's management interface is reached.
#[derive(Debug, Args)]
pub(crate) struct BrokerArguments {
    /// Its address: plain HTTP, so on this machine or tunnelled to it.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:15672")]
    management_url: String,
    /// An administrator of the broker.
    #[arg(long)]
    user: String,
    #[command(flatten)]
    password: PasswordSource,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(config: &Path, command: &TopologyCommand) -> anyhow::Result<ExitCode> {
    let loaded = compose::configuration_or_problems(config)?;
    let broker = Broker::of(&loaded)?.context("no agency is reached through a broker (link.transport = \"amqp\")")?;
    match command {
        TopologyCommand::Print { format, agency } => print(&loaded, broker, *format, agency.as_ref()),
        TopologyCommand::Check(arguments) => with_management(arguments, async |management| {
            let topology = broker.topology();
            let differences = compare(&topology, &management.read(&topology.vhost).await?);
            if arguments.json {
                print::json(&differences)?;
            } else if differences.is_empty() {
                print::line("the broker has what the topology wants, and nothing else under its names")?;
            } else {
                print_differences(&differences)?;
            }
            Ok(code(differences.is_empty()))
        }),
        TopologyCommand::Apply(arguments) => with_management(arguments, async |management| {
            let applied = management.apply(&broker.topology()).await?;
            if arguments.json {
                print::json(&applied)?
            } else {
                print_applied(&applied)?
            }
            Ok(code(applied.left.is_empty() && applied.failed.is_empty()))
        }),
    }
}

fn print(loaded: &Loaded, mut broker: Broker, format: Format, agency: Option<&AgencyId>) -> anyhow::Result<ExitCode> {
    if let Some(agency) = agency {
        broker.links.retain(|link| link.agency == *agency);
        ensure!(
            !broker.links.is_empty(),
            "the configuration has no agency \"{agency}\" with link.transport = \"amqp\""
        );
    }
    let topology = broker.topology();
    match format {
        Format::Definitions => print::json(&definitions(&topology))?,
        Format::Asyncapi => {
            let encryption = if broker.settings.tls.is_some() { Encryption::Tls } else { Encryption::Plain };
            let place = ServerPlace { addresses: broker.settings.addresses.clone(), encryption };
            let name_of = |id: &AgencyId| {
                let mut named = loaded.agencies.iter().filter(|agency| agency.id == *id);
                named.next().map_or_else(|| id.to_string(), |agency| agency.name.clone())
            };
            let named: Vec<_> = broker.links.iter().map(|link| (link.clone(), name_of(&link.agency))).collect();
            print::json(&asyncapi(&topology, &place, &named, env!("CARGO_PKG_VERSION")))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn with_management<F>(arguments: &BrokerArguments, command: F) -> anyhow::Result<ExitCode>
where
    F: AsyncFnOnce(Management) -> anyhow::Result<ExitCode>,
{
    let management = Management::new(&arguments.management_url, &arguments.user, &arguments.password.read()?)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command(management))
}

fn code(is_well: bool) -> ExitCode {
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_differences(differences: &[Difference]) -> anyhow::Result<()> {
    for found in differences {
        print::line(&format!("{:<26} {}", found.kind, found.object))?;
        print::line(&format!("    expected {}, found {}", found.expected, found.found))?;
        print::line(&format!("    {}", found.next))?;
    }
    eprintln!("{} difference(s)", differences.len());
    Ok(())
}

fn print_applied(applied: &Applied) -> anyhow::Result<()> {
    for object in &applied.created {
        print::line(&format!("created {object}"))?;
    }
    for failure in &applied.failed {
        print::line(&format!("could not create {}: {}", failure.object, failure.why))?;
    }
    for user in &applied.without_password {
        print::line(&format!("user {user} has no password; set one with rabbitmqctl change_password"))?;
    }
    if applied.left.is_empty() {
        print::line("the broker has what the topology wants, and nothing else under its names")?;
        return Ok(());
    }
    print::line("left to be done by hand:")?;
    print_differences(&applied.left)
}
