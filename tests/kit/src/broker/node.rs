//! The processes of a broker: the node and the port mapper of its own, which it needs to be talked to by `rabbitmqctl`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::admin::BrokerAdmin;
use super::guardian::Guardian;
use super::layout::Layout;
use super::process::Tracked;
use super::program::{self, Programs};

/// Longest wait for a node to answer: a start takes five seconds, and many times that when all cores are busy.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Longest wait for an orderly end, which takes six seconds.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Longest wait for the port mapper, which takes milliseconds.
const EPMD_LIMIT: Duration = Duration::from_secs(20);
/// Longest wait for one answer to a probe.
const PROBE_LIMIT: Duration = Duration::from_secs(2);
/// Longest run of `rabbitmqctl`, which takes half a second.
const CTL_LIMIT: Duration = Duration::from_secs(60);
/// How an AMQP 0-9-1 client begins.
const AMQP_HEADER: &[u8; 8] = b"AMQP\x00\x00\x09\x01";
/// The first byte of the answer: a method frame.
const METHOD_FRAME: u8 = 1;
/// Lines of a log that an error shows.
const TAIL_LINES: usize = 30;

/// A broker's processes and its folder. The fields end in this order: the node, its port mapper, the guardian, the folder.
#[derive(Debug)]
pub(super) struct Node {
    beam: Option<Tracked>,
    epmd: Tracked,
    _guardian: Guardian,
    layout: Layout,
    programs: Programs,
}

impl Node {
    /// Starts the processes of a laid out broker and waits until they answer.
    pub(super) fn start(layout: Layout, admin: &BrokerAdmin) -> anyhow::Result<Self> {
        let programs = program::find()?;
        let guardian = Guardian::watch(layout.folder())?;
        let epmd = start_epmd(&layout)?;
        let mut node = Self { beam: None, epmd, _guardian: guardian, layout, programs };
        node.launch(admin)?;
        Ok(node)
    }

    /// Starts the node, for the first time or again, and waits until it answers.
    pub(super) fn launch(&mut self, admin: &BrokerAdmin) -> anyhow::Result<()> {
        ensure!(self.beam.is_none(), "the broker already runs");
        if let Some(status) = self.epmd.ended()? {
            bail!("the broker's port mapper has ended with {status}");
        }
        let output = File::options().create(true).append(true).open(self.layout.path("log/output.txt"))?;
        let mut command = self.command(&self.programs.server.clone());
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let beam = Tracked::spawn(&mut command, self.layout.path("node.pid"))?;
        let beam = self.beam.insert(beam);
        let answered = crate::wait_until(START_LIMIT, || match beam.ended() {
            Ok(None) => answers(admin).then_some(Ok(())),
            Ok(Some(status)) => Some(Err(anyhow::anyhow!("the broker ended with {status}"))),
            Err(error) => Some(Err(error)),
        });
        let result = answered.unwrap_or_else(|| Err(anyhow::anyhow!("no answer within {START_LIMIT:?}")));
        result.map_err(|error| {
            let log = self.log_tail();
            // Dropping kills it: a broker that did not come up is not left half alive.
            self.beam = None;
            error.context(format!("the broker did not come up; its log:\n{log}"))
        })
    }

    /// Ends the node in order.
    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        let mut beam = self.beam.take().context("the broker does not run")?;
        // A frozen process would sleep through the request.
        beam.signal("CONT")?;
        beam.signal("TERM")?;
        let ended = beam.wait(STOP_LIMIT)?;
        ensure!(ended.is_some(), "the broker did not stop within {STOP_LIMIT:?}; its log:\n{}", self.log_tail());
        Ok(())
    }

    /// Kills the node.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.beam.take().context("the broker does not run")?.kill()
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.beam.as_ref().map(Tracked::pid)
    }

    pub(super) fn beam(&self) -> anyhow::Result<&Tracked> {
        self.beam.as_ref().context("the broker does not run")
    }

    /// Runs `rabbitmqctl` on this node, and gives what it printed.
    pub(super) fn ctl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let file = self.layout.path("log/ctl.txt");
        let output = File::options().create(true).append(true).open(&file)?;
        let before = usize::try_from(output.metadata()?.len())?;
        let mut command = self.command(&self.programs.ctl);
        command.args(arguments).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let mut running = Tracked::spawn(&mut command, self.layout.path("ctl.pid"))?;
        let status = running.wait(CTL_LIMIT)?;
        let status = status.with_context(|| format!("rabbitmqctl {arguments:?} still runs after {CTL_LIMIT:?}"))?;
        let all = std::fs::read(&file)?;
        let said = String::from_utf8_lossy(all.get(before..).unwrap_or_default()).into_owned();
        ensure!(status.success(), "rabbitmqctl {arguments:?} ended with {status}:\n{}", tail(&said));
        Ok(said)
    }

    /// The last lines of what the node printed and logged.
    pub(super) fn log_tail(&self) -> String {
        let read = |name: &str| std::fs::read(self.layout.path(name)).unwrap_or_default();
        let text = |name: &str| tail(&String::from_utf8_lossy(&read(name)));
        format!("{}\n{}", text("log/output.txt"), text("log/node.log"))
    }

    /// A command that sees nothing of our environment but the path.
    fn command(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).envs(self.layout.variables());
        // In a group of its own, so that an interrupt from the keyboard leaves its end to us.
        command.current_dir(self.layout.folder()).process_group(0);
        command
    }
}

/// Starts the port mapper in the foreground: left to itself, the node would leave one behind as a daemon.
fn start_epmd(layout: &Layout) -> anyhow::Result<Tracked> {
    let port = layout.epmd_port();
    let mut command = Command::new("epmd");
    command.args(["-address", "127.0.0.1", "-port", &port.to_string()]).current_dir(layout.folder()).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut epmd = Tracked::spawn(&mut command, layout.path("epmd.pid"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let answered = crate::wait_until(EPMD_LIMIT, || match epmd.ended() {
        Ok(None) => TcpStream::connect_timeout(&address, PROBE_LIMIT).is_ok().then_some(true),
        _ => Some(false),
    });
    ensure!(answered == Some(true), "the broker's port mapper did not come up on port {port} (eaddrinuse?)");
    Ok(epmd)
}

/// Whether the node takes AMQP clients, in clear and over TLS, and the management API answers.
fn answers(admin: &BrokerAdmin) -> bool {
    let is_open = |address: &str| connect(address).is_some();
    greets(admin.amqp_address()) && is_open(admin.amqps_address()) && admin.get(&["overview"]).is_ok()
}

fn connect(address: &str) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&address.parse().ok()?, PROBE_LIMIT).ok()?;
    stream.set_read_timeout(Some(PROBE_LIMIT)).ok()?;
    Some(stream)
}

/// Whether the address answers AMQP 0-9-1's header with a method frame (connection.start).
fn greets(address: &str) -> bool {
    let mut first = [0];
    let Some(mut stream) = connect(address) else { return false };
    stream.write_all(AMQP_HEADER).is_ok() && stream.read_exact(&mut first).is_ok() && first == [METHOD_FRAME]
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)).copied().collect::<Vec<_>>().join("\n")
}
