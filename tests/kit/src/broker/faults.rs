//! What a broker can be made to suffer. Only its owner may: a shared broker is somebody else's too.

use std::time::Duration;

use anyhow::ensure;

use super::Broker;

/// Longest wait until a fault is seen to be in force, or to be over.
const FORCE_LIMIT: Duration = Duration::from_secs(30);
/// The part of the memory above which RabbitMQ blocks publishers, unless it is told otherwise.
const WATERMARK: &str = "0.4";

impl Broker {
    /// Freezes the node with SIGSTOP: its sockets stay open and nothing answers. Returns when it stands still.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.node.beam()?.signal("STOP")?;
        self.wait_for_state("frozen", true)
    }

    /// Lets a frozen node run on (SIGCONT).
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.node.beam()?.signal("CONT")?;
        self.wait_for_state("thawed", false)
    }

    /// Puts the memory alarm in force: the broker blocks every connection that publishes (`connection.blocked`).
    ///
    /// # Errors
    /// When it cannot be told, or does not report the alarm in time.
    pub fn memory_alarm_raise(&self) -> anyhow::Result<()> {
        self.node.ctl(&["set_vm_memory_high_watermark", "absolute", "1"])?;
        self.wait_for_alarm("raised", true)
    }

    /// Ends the memory alarm.
    ///
    /// # Errors
    /// When it cannot be told, or still reports the alarm after some time.
    pub fn memory_alarm_clear(&self) -> anyhow::Result<()> {
        self.node.ctl(&["set_vm_memory_high_watermark", WATERMARK])?;
        self.wait_for_alarm("cleared", false)
    }

    fn wait_for_alarm(&self, what: &str, wanted: bool) -> anyhow::Result<()> {
        let seen = crate::wait_until(FORCE_LIMIT, || {
            self.alarms().ok().filter(|alarms| alarms.iter().any(|alarm| alarm == "memory") == wanted)
        });
        ensure!(seen.is_some(), "the memory alarm was not {what} within {FORCE_LIMIT:?}: {:?}", self.alarms());
        Ok(())
    }

    /// Waits until the system says that the node stands or runs; where it cannot be asked, the signal must do.
    fn wait_for_state(&self, what: &str, stands: bool) -> anyhow::Result<()> {
        let stat = format!("/proc/{}/stat", self.node.beam()?.pid());
        if !std::path::Path::new(&stat).exists() {
            return Ok(());
        }
        let seen = crate::wait_until(FORCE_LIMIT, || {
            let text = std::fs::read_to_string(&stat).ok()?;
            // The state follows the command's name, which stands in brackets.
            let state = text.rsplit_once(')')?.1.trim_start().chars().next()?;
            (matches!(state, 'T' | 't') == stands).then_some(())
        });
        ensure!(seen.is_some(), "the broker was not {what} within {FORCE_LIMIT:?}");
        Ok(())
    }
}
