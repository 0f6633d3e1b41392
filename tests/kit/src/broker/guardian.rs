//! Ends a broker whose owner has died: a test that was killed, or that kept its broker in a static, runs no destructor.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// Waits until its input is closed, which the system does when the owner ends, however that is; then kills the processes
/// that the files in the folder name, and removes the folder.
const SCRIPT: &str = "read -r _
for name in node epmd; do
    pid=$(cat \"$1/$name.pid\" 2>/dev/null) && [ -n \"$pid\" ] && kill -KILL \"$pid\" 2>/dev/null
done
rm -rf -- \"$1\"";

/// A small shell beside the broker.
#[derive(Debug)]
pub(super) struct Guardian {
    shell: Child,
}

impl Guardian {
    /// Begins to guard the broker of a folder.
    pub(super) fn watch(folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "broker-guardian"]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // An interrupt from the keyboard goes to the group of the tests; the guardian must outlive them.
        command.process_group(0).current_dir("/");
        Ok(Self { shell: command.spawn().context("sh cannot be started")? })
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It has nothing left to do but to end.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_owner_left_behind_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut left = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        std::fs::write(folder.path().join("node.pid"), left.id().to_string()).unwrap();
        let guardian = Guardian::watch(folder.path()).unwrap();
        assert!(left.try_wait().unwrap().is_none());
        drop(guardian);
        assert!(!left.wait().unwrap().success());
        assert!(!folder.path().exists());
    }
}
