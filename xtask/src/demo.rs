//! `cargo xtask demo`: the real gateway on real messages, and what came of each.
//!
//! The messages and what is expected of them stand in [`scenario`]; here they are fed, waited for and compared.

mod courier;
mod feedback;
mod publicity;
mod scenario;
mod summary;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;
use xiezhi_kit::{CreditSim, Gateway, wait_until};

use crate::build::{self, Profile};
use crate::rabbitmq;
use crate::run::progress;
use courier::Courier;
use scenario::{Expected, MESSAGES, Message};
use summary::Summary;

/// Longest wait until every message is settled and published.
const SETTLE_LIMIT: Duration = Duration::from_secs(60);
/// Far more messages than the scenario has.
const LIST_MAX: &str = "1000";

/// How to run the demo.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// End after the scenario, with exit code 0 only if everything expected happened.
    #[arg(long)]
    exit: bool,
    /// Print the summary as one JSON object as the last line.
    #[arg(long)]
    json: bool,
    /// Over a private RabbitMQ instead of the embedded queue: every department sends and fetches through its own queues.
    #[arg(long)]
    amqp: bool,
}

/// Runs the demo.
pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    build::all(Profile::Dev)?;
    if arguments.amqp {
        rabbitmq::ensure()?;
        progress("starting a private RabbitMQ, and the gateway in a fresh folder over it");
    } else {
        progress("starting the gateway in a fresh folder, on the embedded store and queue");
    }
    let begin = Instant::now();
    let sim = CreditSim::start(&[])?;
    let (mut gateway, mut courier) = courier::start(arguments.amqp, &sim)?;
    let mut differences = feed(&gateway, &courier)?;
    wait_until_quiet(&gateway)?;
    differences.extend(compare_messages(&gateway)?);
    let mut outgoing = courier.fetch(&gateway)?;
    // The loop closes: what was fetched is answered, and the answer is confirmed.
    feedback::answer(&gateway, &courier, &outgoing)?;
    wait_until_quiet(&gateway)?;
    outgoing.extend(courier.fetch(&gateway)?);
    let published = publicity::publish(&gateway, &sim, &Summary::collect(&gateway, &outgoing, begin.elapsed())?)?;
    let summary = Summary::collect(&gateway, &outgoing, begin.elapsed())?;
    differences.extend(scenario::compare_cases(&summary));
    summary.print();
    published.print();
    differences.extend(published.differences);
    for difference in &differences {
        eprintln!("NOT AS EXPECTED: {difference}");
    }
    if !arguments.exit {
        say_where_to_look(&gateway, &sim);
    }
    if arguments.json {
        println!("{}", summary.to_json());
    }
    if !arguments.exit {
        stay_up(&mut gateway)?;
    }
    if differences.is_empty() { Ok(()) } else { bail!("{} thing(s) did not happen as expected", differences.len()) }
}

/// Pushes every message of the scenario and compares the answers to the pushes.
fn feed(gateway: &Gateway, courier: &Courier) -> anyhow::Result<Vec<String>> {
    let mut differences = Vec::new();
    for message in MESSAGES {
        differences.extend(courier.send(gateway, message.agency, message.id, message.bytes()?, message.answer())?);
    }
    Ok(differences)
}

/// Waits until nothing is pending: every message is decided, and everything to send has reached its queue.
fn wait_until_quiet(gateway: &Gateway) -> anyhow::Result<()> {
    let quiet = wait_until(SETTLE_LIMIT, || {
        let status = gateway.json(&["status"]).ok()?;
        let count = |name: &str| status.get(name).and_then(Value::as_u64);
        (count("inbox_pending")? == 0 && count("outbox_pending")? == 0).then_some(())
    });
    quiet.with_context(|| format!("the messages were not settled in time; the log ends:\n{}", gateway.log_tail()))
}

fn compare_messages(gateway: &Gateway) -> anyhow::Result<Vec<String>> {
    let list = gateway.json(&["message", "list", "--limit", LIST_MAX])?;
    let entries = list.as_array().context("message list printed no list")?;
    let mut differences = Vec::new();
    for message in MESSAGES.iter().filter(|message| message.expected != Expected::Duplicate) {
        let found = entries.iter().find(|entry| entry.get("message_id").and_then(Value::as_str) == Some(message.id));
        match found {
            None => differences.push(format!("{} is not in the inbox", message.id)),
            Some(entry) => differences.extend(message.compare(entry)),
        }
        say(message, found);
    }
    Ok(differences)
}

/// One line a message: what was sent, and what became of it.
fn say(message: &Message, entry: Option<&Value>) {
    let text = |name: &str| entry.and_then(|entry| entry.get(name));
    let fault = text("fault").and_then(|fault| fault.get("code")).and_then(Value::as_str).unwrap_or("-");
    println!(
        "{:<18} {:<44} {:<8} records {:>2}  row faults {}  fault {}",
        message.agency,
        message.sample,
        text("status").and_then(Value::as_str).unwrap_or("missing"),
        text("records").and_then(Value::as_u64).unwrap_or_default(),
        text("row_faults").and_then(Value::as_array).map_or(0, Vec::len),
        fault
    );
}

fn say_where_to_look(gateway: &Gateway, sim: &CreditSim) {
    let config = gateway.config_file();
    println!("\nthe gateway is up at {} (ctrl-c ends it and removes its folder)", gateway.address());
    println!("  health     curl {}/readyz", gateway.address());
    println!("  metrics    curl {}/metrics", gateway.address());
    println!("  credit     curl {}/public/{} (a simulator)", sim.url(), scenario::SHARED_ENTITY);
    println!("  data       {}", gateway.data_dir().display());
    println!("look around from a second terminal, after these variables:");
    for (name, value) in gateway.variables() {
        println!("  export {name}={value}");
    }
    let binary = xiezhi_kit::place::binary();
    for command in ["case list", "message list --dead", "audit verify"] {
        println!("  {} --config {} {command}", binary.display(), config.display());
    }
}

/// Stays until the gateway ends: ctrl-c reaches it as well as us.
fn stay_up(gateway: &mut Gateway) -> anyhow::Result<()> {
    gateway.wait()
}
