//! RabbitMQ for the tests over AMQP: installed where it can be, and loudly missing where it cannot. The tests start brokers of
//! their own from it; the one that the package may have started as a service is never used.

use anyhow::ensure;
use xiezhi_kit::broker;

use crate::apt;

/// Installs RabbitMQ when no usable one is found.
pub(crate) fn ensure() -> anyhow::Result<()> {
    if broker::is_installed() {
        return Ok(());
    }
    apt::install(broker::PACKAGE)?;
    ensure!(broker::is_installed(), "{} was installed, but its scripts are in no known folder", broker::PACKAGE);
    Ok(())
}
