//! Running the tests and the bench.

use xiezhi_kit::{Broker, broker, place};

use crate::build::{self, Profile};
use crate::run::{cargo, checked, progress};
use crate::{python, rabbitmq};

/// What tests of foreign clients import: a department's own AMQP client.
const TEST_PACKAGES: [&str; 1] = ["pika==1.4.4"];
/// What the consumer imports that the bench measures the gateway against; aiormq does the work of aio-pika.
const BENCH_PACKAGES: [&str; 3] = ["aio-pika==10.2.1", "aiormq==7.2.4", "lxml==6.1.3"];

/// Builds what the tests start, starts the broker that they share, then runs every test of the workspace.
pub(crate) fn run() -> anyhow::Result<()> {
    rabbitmq::ensure()?;
    let python = python::ensure(&TEST_PACKAGES)?;
    build::all(Profile::Dev)?;
    crate::schema::run(true)?;
    progress("starting the broker that the tests share");
    let broker = Broker::start("shared")?;
    progress("running every test");
    let mut tests = cargo(["test", "--workspace", "--all-features", "--no-fail-fast"]);
    tests.env("XIEZHI_BIN", place::binary()).env(place::PYTHON_VARIABLE, python);
    let result = checked(tests.env(broker::SHARED_VARIABLE, broker.access().to_json()?));
    // The broker ends here, whatever the tests said.
    drop(broker);
    result
}

/// Builds the release profile and runs the bench on it.
pub(crate) fn bench(json: bool) -> anyhow::Result<()> {
    rabbitmq::ensure()?;
    let python = python::ensure(&BENCH_PACKAGES)?;
    build::all(Profile::Release)?;
    let mut command = cargo(["run", "--release", "--quiet", "--bin", "xiezhi-bench", "--"]);
    if json {
        command.arg("--json");
    }
    command.env("XIEZHI_BIN", place::target().join("release").join("xiezhi")).env(place::PYTHON_VARIABLE, python);
    checked(&mut command)
}
