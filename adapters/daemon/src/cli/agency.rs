//! `xiezhi agency`: acts as a department, with its own user at the broker. It needs no configuration file: a department has none.

mod folder;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use xiezhi_amqp::department::{Department, Received, Sending, Sent};
use xiezhi_amqp::{AmqpSettings, AmqpTls};
use xiezhi_config::broker::BrokerAddress;
use xiezhi_model::message::Delivery;
use xiezhi_model::{AgencyId, MessageId};

use super::password::PasswordSource;
use super::print;
use folder::Kept;

/// Heartbeat, in seconds: as the gateway's default.
const HEARTBEAT_S: u16 = 10;
/// Longest time to connect, and for one operation.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for the broker's word on a message.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest file that is sent: the largest `link.message_bytes_max` there is.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What to do as the department.
#[derive(Debug, Subcommand)]
pub(crate) enum AgencyCommand {
    /// Send files to the department's inbox. Exit code 0: the broker holds every one.
    Send(SendArguments),
    /// Receive messages from the department's outbox.
    Receive(ReceiveArguments),
}

/// How the department reaches the broker.
#[derive(Debug, Args)]
pub(crate) struct LinkArguments {
    /// The department's agency id.
    #[arg(long)]
    agency: AgencyId,
    /// The broker, host:port; several separated by commas, tried one after the other.
    #[arg(long, required = true, value_delimiter = ',', value_parser = parse_address)]
    address: Vec<BrokerAddress>,
    /// PEM file with the authorities that the broker's certificate may come from. Without it the connection is plain, and
    /// the broker must be on this machine.
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// PEM file with the department's own certificate.
    #[arg(long, value_name = "FILE", requires_all = ["tls_ca", "tls_key"])]
    tls_certificate: Option<PathBuf>,
    /// PEM file (PKCS#8) with its key.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The broker's virtual host.
    #[arg(long, default_value = "/")]
    vhost: String,
    /// The department's user at the broker; its agency id by default.
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    password: PasswordSource,
}

/// What to send.
#[derive(Debug, Args)]
pub(crate) struct SendArguments {
    /// The files, one message each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    link: LinkArguments,
    /// The message's id, with one file; without it the gateway makes one from the content.
    #[arg(long)]
    message_id: Option<MessageId>,
    /// The media type, such as `application/xml; charset=GB18030`.
    #[arg(long)]
    content_type: Option<String>,
}

/// What to receive.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("acknowledging").args(["ack", "no_ack"])))]
pub(crate) struct ReceiveArguments {
    #[command(flatten)]
    link: LinkArguments,
    /// At most this many messages.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// End when nothing more has come for this long, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait_s: u64,
    /// Keep each body in this folder, in a file named after the message's id. What is there already is not written again.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Acknowledge although nothing is kept: the messages are gone. With --to they are acknowledged anyway, once kept.
    #[arg(long)]
    ack: bool,
    /// Acknowledge nothing: everything comes again, and each time counts against the queue's delivery limit.
    #[arg(long)]
    no_ack: bool,
    /// Print JSON, one document a message.
    #[arg(long)]
    json: bool,
}

fn parse_address(text: &str) -> Result<BrokerAddress, String> {
    BrokerAddress::try_from(text.trim().to_owned())
}

/// Runs the command.
pub(crate) fn run(command: &AgencyCommand) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        AgencyCommand::Send(arguments) => runtime.block_on(send(arguments)),
        AgencyCommand::Receive(arguments) => runtime.block_on(receive(arguments)),
    }
}

async fn send(arguments: &SendArguments) -> anyhow::Result<ExitCode> {
    if arguments.message_id.is_some() && arguments.files.len() > 1 {
        bail!("--message-id names one message; send one file");
    }
    let department = connect(&arguments.link, 1).await?;
    let mut code = ExitCode::SUCCESS;
    for file in &arguments.files {
        let body = read(file)?;
        let id = arguments.message_id.clone().unwrap_or_else(|| Delivery::derived_id(&body));
        let message = Sending {
            message_id: arguments.message_id.as_ref().map(ToString::to_string),
            content_type: arguments.content_type.clone(),
            body,
        };
        let shown = file.display();
        let sent = department.send(&message).await;
        match sent.with_context(|| format!("{shown}: not known to be sent; send it again under the same id"))? {
            Sent::Taken => print::line(&format!("{shown}: taken as {id}"))?,
            Sent::Refused => {
                eprintln!("{shown}: refused, the queue is full; send it again later");
                code = ExitCode::FAILURE;
            }
            Sent::Returned => {
                eprintln!("{shown}: returned, no queue takes it; ask the broker's administrator");
                code = ExitCode::FAILURE;
            }
        }
    }
    department.close().await;
    Ok(code)
}

async fn receive(arguments: &ReceiveArguments) -> anyhow::Result<ExitCode> {
    let acknowledges = (arguments.to.is_some() || arguments.ack) && !arguments.no_ack;
    if let Some(folder) = &arguments.to {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    // What is given and not acknowledged goes back at the end and counts against the delivery limit: so one at a time, and the
    // one that goes back is the first that the next call takes.
    let prefetch = if acknowledges { 1 } else { arguments.limit };
    let mut department = connect(&arguments.link, prefetch).await?;
    let wait = Duration::from_secs(arguments.wait_s);
    let mut received: u16 = 0;
    while received < arguments.limit {
        let Some(message) = department.receive(1, wait).await?.pop() else { break };
        let kept = arguments.to.as_deref().map(|folder| folder::keep(folder, &message.message_id, &message.body));
        let kept = kept.transpose()?;
        if acknowledges {
            department.acknowledge(&message).await?;
        }
        show(&message, kept.as_ref(), arguments.json)?;
        received = received.saturating_add(1);
    }
    department.close().await;
    Ok(ExitCode::SUCCESS)
}

fn show(message: &Received, kept: Option<&Kept>, json: bool) -> anyhow::Result<()> {
    if json {
        let row = json!({
            "message_id": message.message_id,
            "case_number": message.case_number,
            "kind": message.kind,
            "content_type": message.content_type,
            "reply_to": message.reply_to,
            "traceparent": message.trace_parent,
            "timestamp": message.timestamp,
            "redelivered": message.redelivered,
            "bytes": message.body.len(),
            "file": kept.map(|kept| kept.file().display().to_string()),
            "repeated": kept.is_some_and(Kept::is_repeated),
        });
        return Ok(print::line(&row.to_string())?);
    }
    let kept = match kept {
        None => String::new(),
        Some(Kept::New(file)) => format!("  {}", file.display()),
        Some(Kept::Repeated(file)) => format!("  {} (was there)", file.display()),
    };
    let case = message.case_number.as_deref().unwrap_or("-");
    let text = format!("{}  {:<16} {case:<20} {} bytes{kept}", message.message_id, message.kind, message.body.len());
    Ok(print::line(&text)?)
}

async fn connect(link: &LinkArguments, prefetch: u16) -> anyhow::Result<Department> {
    let tls = tls(link)?;
    if tls.is_none()
        && let Some(far) = link.address.iter().find(|address| !address.is_loopback())
    {
        bail!("{far} is not this machine; give --tls-ca, so that the connection is encrypted");
    }
    let settings = AmqpSettings {
        addresses: link.address.iter().map(|address| (address.host.clone(), address.port)).collect(),
        tls,
        vhost: link.vhost.clone(),
        user: link.user.clone().unwrap_or_else(|| link.agency.to_string()),
        password: link.password.read()?,
        declare: false,
        heartbeat_s: HEARTBEAT_S,
        connect_timeout: OPERATION_TIMEOUT,
        operation_timeout: OPERATION_TIMEOUT,
        confirm_timeout: CONFIRM_TIMEOUT,
        confirms_max: 1,
        prefetch,
        reconnect_min: OPERATION_TIMEOUT,
        reconnect_max: OPERATION_TIMEOUT,
    };
    Ok(Department::connect(link.agency.clone(), settings).await?)
}

fn tls(link: &LinkArguments) -> anyhow::Result<Option<AmqpTls>> {
    let text = |file: &Path| fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()));
    let Some(authorities) = &link.tls_ca else { return Ok(None) };
    let identity = match (&link.tls_certificate, &link.tls_key) {
        (Some(certificate), Some(key)) => Some((text(certificate)?, text(key)?)),
        _ => None,
    };
    Ok(Some(AmqpTls { authorities: text(authorities)?, identity }))
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable = || format!("{} cannot be read", file.display());
    let mut body = Vec::new();
    let opened = fs::File::open(file).with_context(unreadable)?;
    let bytes = opened.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut body).with_context(unreadable)?;
    ensure!(u64::try_from(bytes)? <= FILE_BYTES_MAX, "{} is longer than {FILE_BYTES_MAX} bytes", file.display());
    ensure!(bytes > 0, "{} is empty; the gateway takes no empty message", file.display());
    Ok(body)
}
