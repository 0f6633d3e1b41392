//! The real binary on the embedded store and queue: findings a second from the push to the settled case, against bare
//! durable commits on the same disk; memory under that load; start with a warm compile cache.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::{Gateway, GatewayOptions, load, wait_until};

use crate::figure::{Better, Figure};

/// Findings in one message: a department's daily batch.
const ROWS: usize = 100;
/// Messages of the load.
const MESSAGES: usize = 1_200;
/// Messages of the load with one finding each.
const SINGLE_MESSAGES: usize = 6_000;
/// Enterprises that the findings are about; later findings about one join its case.
const ENTERPRISES: usize = 12_000;
/// Clients that push at the same time.
const CLIENTS: usize = 16;
/// Longest wait for the load to be settled.
const LIMIT: Duration = Duration::from_secs(300);
/// How long bare commits are counted.
const BARE_TIME: Duration = Duration::from_secs(3);
/// Starts of which the median is taken.
const STARTS: usize = 5;

/// Microseconds in a second.
const MICROS: f64 = 1e6;
/// Ticks of processor time in a second, as Linux counts them for programs (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;
/// The store's writing thread.
const WRITER: &str = "store-writer";

/// Processor time, in seconds.
#[derive(Debug, Clone, Copy)]
struct CpuSeconds {
    /// Of all threads.
    process: f64,
    /// Of the store's writer.
    writer: f64,
}

impl CpuSeconds {
    /// What the gateway has used so far.
    fn of(gateway: &Gateway) -> anyhow::Result<Self> {
        let process = std::path::PathBuf::from(format!("/proc/{}", gateway.pid().context("the gateway does not run")?));
        let mut writer = None;
        for task in std::fs::read_dir(process.join("task"))? {
            let task = task?.path();
            // A thread may have ended meanwhile.
            if std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == WRITER) {
                writer = Some(cpu_seconds(&task)?);
            }
        }
        Ok(Self { process: cpu_seconds(&process)?, writer: writer.context("the store's writer is not there")? })
    }

    fn less(self, earlier: Self) -> Self {
        Self { process: self.process - earlier.process, writer: self.writer - earlier.writer }
    }

    fn per(self, count: usize) -> Self {
        Self { process: self.process / count_f64(count), writer: self.writer / count_f64(count) }
    }
}

/// The processor time in a process's or thread's `stat`, in seconds, spent for itself and in the kernel.
fn cpu_seconds(folder: &std::path::Path) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(folder.join("stat"))?;
    // The name in brackets may hold blanks; after it come the state and ten numbers before the two that are wanted.
    let (_, fields) = stat.rsplit_once(") ").context("no name in stat")?;
    let ticks: Vec<f64> = fields.split(' ').skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    ensure!(ticks.len() == 2, "no times in stat");
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

/// Measures all of it.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let mut gateway = Gateway::prepare(GatewayOptions::default())?;
    // The first start may have to compile the plugins, and the compiler's memory is not the load's.
    gateway.launch()?;
    gateway.kill()?;
    gateway.launch()?;
    let bare = bare_commits_per_second(gateway.folder())?;
    let spent = CpuSeconds::of(&gateway)?;
    let batch = findings_per_second(&gateway, ROWS, MESSAGES, 0)?;
    let spent = CpuSeconds::of(&gateway)?.less(spent).per(ROWS * MESSAGES);
    // What else uses the disk changes from minute to minute, so commits are counted on both sides of the load.
    let bare = bare.midpoint(bare_commits_per_second(gateway.folder())?);
    let single = findings_per_second(&gateway, 1, SINGLE_MESSAGES, MESSAGES * ROWS)?;
    let memory = peak_memory_mb(&gateway)?;
    drop(gateway);
    let start = start_seconds()?;
    let cores = count_f64(std::thread::available_parallelism()?.get());
    let against_bare = "bare single-row durable SQLite commits/s on the same disk in the same run";
    Ok(vec![
        Figure::plain("embedded_bare_commits_per_s", bare, "1/s", Better::Higher, "one row, synchronous=FULL, WAL"),
        Figure::plain(
            "embedded_batch_findings_per_s",
            batch,
            "1/s",
            Better::Higher,
            "real binary over HTTP, 100 findings a message, a tenth of them open a case",
        ),
        Figure::plain("embedded_batch_findings_vs_commits", batch / bare, "ratio", Better::Higher, against_bare)
            .demanding(5.0, 20.0),
        Figure::plain(
            "embedded_batch_cpu_per_finding",
            spent.process * MICROS,
            "us",
            Better::Lower,
            "processor time of the gateway under the batch load, all its threads",
        ),
        Figure::plain(
            "embedded_batch_writer_per_finding",
            spent.writer * MICROS,
            "us",
            Better::Lower,
            "processor time of the store's one writing thread under the batch load",
        ),
        Figure::plain(
            "embedded_batch_ceiling_vs_commits",
            cores / spent.process / bare,
            "ratio",
            Better::Higher,
            "what all cores could settle if they did nothing else and never waited, against the same commits: where it is below 5, no \
             disk access but the processor stands between the ratio above and its must",
        ),
        Figure::plain(
            "embedded_single_findings_per_s",
            single,
            "1/s",
            Better::Higher,
            "real binary over HTTP, one finding a message, each message answered by a receipt",
        ),
        Figure::plain("embedded_single_findings_vs_commits", single / bare, "ratio", Better::Higher, against_bare),
        Figure::plain("embedded_memory_peak", memory, "MB", Better::Lower, "peak resident size under the loads above")
            .demanding(250.0, 120.0),
        Figure::plain("embedded_start", start, "s", Better::Lower, "spawn to listening, warm compile cache")
            .demanding(1.0, 0.3),
    ])
}

/// Pushes a load and waits until all of it is settled and published.
fn findings_per_second(gateway: &Gateway, rows: usize, messages: usize, first: usize) -> anyhow::Result<f64> {
    let client = gateway.client("police")?;
    let next = AtomicUsize::new(0);
    let refused = AtomicUsize::new(0);
    let bodies: Vec<Vec<u8>> =
        (0..messages).map(|n| load::police_clue((first + n * rows) % ENTERPRISES, rows)).collect();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(body) = bodies.get(n) else { break };
                    let answer = client.push(body, Some(&format!("bench-{rows}-{n}")));
                    if !answer.is_ok_and(|answer| answer.status == 202) {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let pushed = begin.elapsed().as_secs_f64();
    ensure!(refused.load(Ordering::Relaxed) == 0, "{refused:?} messages were refused");
    // Asked over HTTP, because a command's process would take the processor from what is measured. Messages are settled in
    // order, so the last ones are looked at first; the rest is certain after the last look.
    for n in (messages.saturating_sub(CLIENTS * 2)..messages).rev() {
        let id = format!("bench-{rows}-{n}");
        wait_until(LIMIT, || client.message(&id).ok().filter(|answer| answer.json["status"] == "done"))
            .with_context(|| format!("{id} was not settled in time"))?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    eprintln!("bench: {messages} messages of {rows} finding(s) settled in {seconds:.1} s, pushed in {pushed:.1} s");
    wait_until(LIMIT, || {
        let status = gateway.json(&["status"]).ok()?;
        let count = |name: &str| status.get(name).and_then(Value::as_u64);
        (count("inbox_pending") == Some(0) && count("outbox_pending") == Some(0)).then_some(())
    })
    .context("the load was not settled in time")?;
    let dead = gateway.json(&["message", "list", "--dead", "--limit", "1"])?;
    ensure!(dead.as_array().is_some_and(Vec::is_empty), "a message of the load is dead: {dead}");
    client.drain()?;
    Ok(count_f64(rows * messages) / seconds)
}

/// Single-row commits a second, each durable before the next begins.
fn bare_commits_per_second(folder: &std::path::Path) -> anyhow::Result<f64> {
    let connection = rusqlite::Connection::open(folder.join("bare.sqlite"))?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, body BLOB);",
    )?;
    let body = load::police_clue(0, 1);
    let mut insert = connection.prepare("INSERT INTO t (body) VALUES (?1)")?;
    let begin = Instant::now();
    let mut commits = 0;
    while begin.elapsed() < BARE_TIME {
        insert.execute([&body])?;
        commits += 1;
    }
    Ok(count_f64(commits) / begin.elapsed().as_secs_f64())
}

/// The process's largest resident size so far, in MiB.
pub(crate) fn peak_memory_mb(gateway: &Gateway) -> anyhow::Result<f64> {
    let pid = gateway.pid().context("the gateway does not run")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kib / 1024.0)
}

fn start_seconds() -> anyhow::Result<f64> {
    let mut gateway = Gateway::prepare(GatewayOptions::default())?;
    gateway.launch()?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        gateway.kill()?;
        let begin = Instant::now();
        gateway.launch()?;
        times.push(begin.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[STARTS / 2])
}

fn count_f64(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::INFINITY, f64::from)
}
