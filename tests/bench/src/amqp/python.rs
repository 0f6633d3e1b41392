//! The rival that a department would write by hand: `tests/bench/clients/consumer.py`, with aio-pika, lxml and SQLite, as a
//! process on the same broker, fed with the same messages and waited for in the same way.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rusqlite::{Connection, OpenFlags};
use xiezhi_kit::place;

use super::{ENTERPRISES, Rig, bodies, publish, sink};

/// One message in so many of the gateway's load: as many for each case, in the couple of seconds that Python needs for it.
const ONE_IN: usize = 4;
/// Its queues: it declares them itself.
const INPUT: &str = "python.in";
const OUTPUT: &str = "python.out";
/// Longest wait for the interpreter to import everything and to reach the broker.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked at whether it still runs.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What sets the interpreter, and what must be in it.
const COMMAND: &str = "cargo xtask bench";
const PACKAGES: &str = "the packages aio-pika and lxml";

/// Whether there is an interpreter at all: known before minutes are spent on other figures.
pub(super) fn check() -> anyhow::Result<()> {
    place::python(COMMAND, PACKAGES).map(drop)
}

/// Messages a second through the consumer, a receipt for each.
pub(super) fn messages_per_second(rig: &Rig, messages: usize) -> anyhow::Result<f64> {
    let bodies: Vec<Vec<u8>> = bodies(messages, 0).into_iter().step_by(ONE_IN).collect();
    let count = bodies.len();
    // On the gateway's disk, for the same commits.
    let folder = tempfile::tempdir_in(rig.gateway.folder())?;
    let database = folder.path().join("cases.sqlite");
    let (user, password) = (rig.broker.admin_user(), rig.broker.admin_password());
    let mut consumer = Consumer::start(&rig.uri(user, password), &database)?;
    let seconds = rig.runtime.block_on(async {
        let connection = rig.connect(user, password).await?;
        let begin = Instant::now();
        let load = async {
            let source = publish(&connection, "", INPUT, user, bodies, "python", None);
            tokio::try_join!(sink(&connection, OUTPUT, count), source)
        };
        tokio::select! {
            ended = load => ended?,
            ended = consumer.ended() => bail!("the consumer ended under its load with {}", ended?),
        };
        anyhow::Ok(begin.elapsed().as_secs_f64())
    })?;
    drop(consumer);
    check_work(&database, count)?;
    Ok(count as f64 / seconds)
}

/// What is in the consumer's database: less would mean that something else was measured.
fn check_work(database: &Path, messages: usize) -> anyhow::Result<()> {
    let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let count = |table: &str| -> anyhow::Result<usize> {
        let rows: u32 = database.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))?;
        Ok(usize::try_from(rows)?)
    };
    let cases = ("supervision_case", messages.min(ENTERPRISES / ONE_IN));
    for (table, wanted) in [("message", messages), ("source", messages), ("receipt", messages), cases] {
        let found = count(table)?;
        ensure!(found == wanted, "the consumer has {found} rows in {table} instead of {wanted}");
    }
    Ok(())
}

/// The running consumer; its process ends with this value.
struct Consumer {
    child: Child,
}

impl Consumer {
    /// Starts it and waits until it consumes. What goes wrong it says on stderr.
    fn start(uri: &str, database: &Path) -> anyhow::Result<Self> {
        let python = place::python(COMMAND, PACKAGES)?;
        let mut command = Command::new(&python);
        command.arg(place::root().join("tests/bench/clients/consumer.py"));
        command.args(["--url", uri, "--input", INPUT, "--output", OUTPUT, "--database"]).arg(database);
        // It ends when its input is closed, which the system does even when this process is killed.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().with_context(|| format!("{} cannot be started", python.display()))?;
        let mut consumer = Self { child };
        let stdout = consumer.child.stdout.take().context("no stdout")?;
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let first = BufReader::new(stdout).lines().next();
            // The receiver may have given up; then nobody needs the line.
            let _ = sender.try_send(first);
        });
        match receiver.recv_timeout(START_LIMIT) {
            Ok(Some(Ok(line))) if line == "consuming" => Ok(consumer),
            said => bail!(
                "the consumer did not begin (it said {said:?}): run `{COMMAND}`, or let {} name a Python that has {PACKAGES}",
                place::PYTHON_VARIABLE
            ),
        }
    }

    /// Waits until it has ended by itself: how. Dropping this ends the waiting only.
    async fn ended(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // Nothing can be done about a process that cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
