//! Fuzzing the plugins' native code with cargo-fuzz: builds the targets of `tests/fuzz`, runs each for a while on a corpus that
//! begins with the agency's samples, and prints what came of it. It mends nothing: a crash stays under `target/fuzz`.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::builder::PossibleValuesParser;
use serde::Deserialize;
use xiezhi_kit::place;

use crate::build::PLUGINS;
use crate::run::{cargo, checked, progress};

/// The version that the targets are written for.
const VERSION: &str = "0.13.1";
/// The limits of a run: memory well above what a plugin gets (64 MiB) and the sanitizer adds, seconds for one message, and
/// its bytes, which is many times the longest sample.
const LIMITS: [&str; 3] = ["-rss_limit_mb=512", "-timeout=5", "-max_len=65536"];
/// How libFuzzer's files of failures begin; it also writes others, such as slow-unit.
const FAILURES: [&str; 4] = ["crash-", "leak-", "oom-", "timeout-"];

/// What is fuzzed, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct FuzzArguments {
    /// Minutes that each target runs, such as 0.5; 0 only replays the corpus.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// One plugin instead of all.
    #[arg(long, value_parser = PossibleValuesParser::new(PLUGINS))]
    plugin: Option<String>,
    /// How many targets run at a time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
}

/// The files that a plugin's kit decodes: the agency's samples, right and damaged, and the plugin's own vectors.
#[derive(Deserialize)]
struct Kit {
    decode: Vec<Decode>,
}

#[derive(Deserialize)]
struct Decode {
    /// A whole message; or, without one, the parts of it.
    input: Option<PathBuf>,
    #[serde(default)]
    parts: Vec<PathBuf>,
}

/// One target that runs.
struct Running {
    id: String,
    child: Child,
    failures_before: usize,
}

/// What libFuzzer says at the end of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    executions: u64,
    per_second: u64,
    peak_rss_mb: u64,
}

/// Builds and runs the targets.
///
/// # Errors
/// When a target fails or cannot be built or run.
pub(crate) fn run(arguments: &FuzzArguments) -> anyhow::Result<()> {
    let time = Duration::try_from_secs_f64(arguments.minutes * 60.0).context("--minutes is no length of time")?;
    let ids: Vec<&str> = arguments.plugin.as_deref().map_or_else(|| PLUGINS.to_vec(), |id| vec![id]);
    build(arguments.plugin.as_deref())?;
    println!("{}", Row(&["plugin", "executions", "per second", "peak MiB", "corpus", "crashes"].map(str::to_owned)));
    let mut failed = 0;
    for group in ids.chunks(usize::from(arguments.jobs)) {
        let running: Vec<_> = group.iter().map(|id| start(id, time)).collect();
        for one in running {
            failed += usize::from(finish(one?)? > 0);
        }
    }
    ensure!(failed == 0, "{failed} target(s) failed; see {} and the logs beside it", folder("artifacts").display());
    Ok(())
}

/// Where the runs keep their things.
fn folder(name: &str) -> PathBuf {
    place::target().join("fuzz").join(name)
}

fn build_folder() -> PathBuf {
    place::target().join("fuzz-build")
}

/// Builds one target or all, after installing cargo-fuzz into the target folder when it is missing.
fn build(plugin: Option<&str>) -> anyhow::Result<()> {
    let tools = place::target().join("tools");
    let own = tools.join("bin").join("cargo-fuzz");
    let installed = Command::new("cargo-fuzz").arg("--version").output().is_ok();
    let program = if installed { PathBuf::from("cargo-fuzz") } else { own };
    if !installed && !program.exists() {
        progress("cargo-fuzz is missing; installing it into the target folder (a minute or two)");
        let mut install = cargo(["install", "cargo-fuzz", "--locked", "--version", VERSION, "--root"]);
        checked(install.arg(&tools))?;
    }
    progress("building the fuzz targets (some minutes from nothing)");
    let targets = place::root().join("tests").join("fuzz");
    let mut command = Command::new(program);
    // cargo-fuzz looks for its project in the current folder.
    command.current_dir(&targets).args(["build", "--fuzz-dir"]).arg(&targets);
    command.arg("--target-dir").arg(build_folder()).args(plugin);
    // The sanitizer and coverage flags are unstable, and only the stable toolchain is pinned and at hand: this variable makes
    // its compiler take them. Nothing that is shipped is built so.
    checked(command.env("RUSTC_BOOTSTRAP", "1"))
}

/// Starts a target with its seeds; what it prints goes to its log.
fn start(id: &str, time: Duration) -> anyhow::Result<Running> {
    let corpus = seed(id)?;
    let artifacts = folder("artifacts").join(id);
    fs::create_dir_all(&artifacts)?;
    let log = log_file(id);
    fs::create_dir_all(folder("logs"))?;
    let mut command = Command::new(binary(id)?);
    // With a slash at its end, libFuzzer takes the prefix as a folder.
    command.arg(format!("-artifact_prefix={}/", artifacts.display())).args(LIMITS).arg("-print_final_stats=1");
    match time.as_secs() {
        0 => command.arg("-runs=0"),
        seconds => command.arg(format!("-max_total_time={seconds}")),
    };
    let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
    command.arg(&corpus).stdout(output.try_clone()?).stderr(output);
    let child = command.spawn().with_context(|| format!("{command:?} cannot be started"))?;
    Ok(Running { id: id.to_owned(), child, failures_before: failures(&artifacts)? })
}

/// Waits for a target, prints its row, and gives the number of its failures.
fn finish(mut running: Running) -> anyhow::Result<usize> {
    let id = &running.id;
    let status: ExitStatus = running.child.wait()?;
    let found = failures(&folder("artifacts").join(id))?.saturating_sub(running.failures_before);
    let log = fs::read(log_file(id))?;
    let figures = figures(&String::from_utf8_lossy(&log));
    if !status.success() && found == 0 {
        bail!("{id} ended with {status} and left no input behind; see {}", log_file(id).display());
    }
    let Some(figures) = figures else { bail!("{id} printed no figures; see {}", log_file(id).display()) };
    let corpus = fs::read_dir(folder("corpus").join(id))?.count();
    let numbers = [figures.executions, figures.per_second, figures.peak_rss_mb].map(|number| number.to_string());
    let [executions, per_second, peak] = numbers;
    println!("{}", Row(&[id.clone(), executions, per_second, peak, corpus.to_string(), found.to_string()]));
    Ok(found)
}

fn log_file(id: &str) -> PathBuf {
    folder("logs").join(format!("{id}.txt"))
}

/// The built target: below a folder with the name of the host's triple, which is the only one there.
fn binary(id: &str) -> anyhow::Result<PathBuf> {
    for entry in fs::read_dir(build_folder())? {
        let file = entry?.path().join("release").join(id);
        if file.is_file() {
            return Ok(file);
        }
    }
    bail!("cargo-fuzz built no target {id}")
}

/// Copies the agency's samples, and the inputs that once failed, into the target's corpus.
fn seed(id: &str) -> anyhow::Result<PathBuf> {
    let corpus = folder("corpus").join(id);
    fs::create_dir_all(&corpus)?;
    let vectors = place::root().join("plugins").join(id).join("vectors");
    let kit: Kit = toml::from_str(&fs::read_to_string(vectors.join("kit.toml"))?).context("a plugin's kit.toml")?;
    let mut files: Vec<PathBuf> = kit
        .decode
        .into_iter()
        .flat_map(|decode| decode.input.into_iter().chain(decode.parts))
        .map(|file| vectors.join(file))
        .collect();
    files.extend(starting_with(&place::root().join("tests").join("samples").join("fuzz"), &[&format!("{id}-")])?);
    for file in files {
        let name = file.file_name().context("a sample without a name")?;
        fs::copy(&file, corpus.join(name)).with_context(|| format!("{} cannot be copied", file.display()))?;
    }
    Ok(corpus)
}

fn failures(artifacts: &Path) -> anyhow::Result<usize> {
    Ok(starting_with(artifacts, &FAILURES)?.len())
}

/// The files of a folder whose names begin so; none when there is no folder.
fn starting_with(folder: &Path, beginnings: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if beginnings.iter().any(|beginning| name.to_string_lossy().starts_with(beginning)) {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

/// The figures that `-print_final_stats=1` adds to a log; also after a crash.
fn figures(log: &str) -> Option<Figures> {
    let number = |name: &str| {
        let line = log.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().parse().ok()
    };
    Some(Figures {
        executions: number("number_of_executed_units")?,
        per_second: number("average_exec_per_sec")?,
        peak_rss_mb: number("peak_rss_mb")?,
    })
}

/// A row of the table.
struct Row<'a>(&'a [String; 6]);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [id, numbers @ ..] = self.0;
        write!(f, "{id:<20}")?;
        numbers.iter().try_for_each(|number| write!(f, " {number:>11}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_log_are_found() {
        let log = "#7\tDONE   cov: 12\nstat::number_of_executed_units: 4711\nstat::average_exec_per_sec:     235\n\
                   stat::new_units_added:          9\nstat::peak_rss_mb:              88\n";
        let wanted = Figures { executions: 4711, per_second: 235, peak_rss_mb: 88 };
        assert_eq!(figures(log), Some(wanted));
        assert_eq!(figures("==1== ERROR: cannot start"), None);
    }

    #[test]
    fn every_plugin_has_a_target() {
        for id in PLUGINS {
            assert!(place::root().join(format!("tests/fuzz/fuzz_targets/{id}.rs")).is_file(), "{id}");
        }
    }
}
