//! A child process that is known by its id in a file, so that a guardian can end it too, and signals to it.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// A child and the file that names it.
#[derive(Debug)]
pub(super) struct Tracked {
    child: Child,
    pid_file: PathBuf,
}

impl Tracked {
    /// Starts a command and writes its process id to `pid_file`.
    pub(super) fn spawn(command: &mut Command, pid_file: PathBuf) -> anyhow::Result<Self> {
        let program = command.get_program().to_owned();
        let child = command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let tracked = Self { child, pid_file };
        std::fs::write(&tracked.pid_file, tracked.child.id().to_string())?;
        Ok(tracked)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name, such as `TERM`.
    pub(super) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let told = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()?;
        ensure!(told.success(), "process {} could not be sent {name}", self.child.id());
        Ok(())
    }

    /// How it has ended; `None` while it runs.
    pub(super) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end, at most `limit`.
    pub(super) fn wait(&mut self, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let ended = crate::wait_until(limit, || self.child.try_wait().transpose());
        ended.transpose().context("a process cannot be waited for")
    }

    /// Kills it with SIGKILL and waits for its end.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // Nothing can be done about a process that cannot be killed. One that has ended and was waited for is left alone.
        let _ = self.kill();
        let _ = std::fs::remove_file(&self.pid_file);
    }
}
