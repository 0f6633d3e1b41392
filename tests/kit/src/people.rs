//! People of the bureau at a gateway: their accounts, what they send over HTTP and run on the command line.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::ensure;

use crate::{Gateway, PersonClient};

/// The password of everybody in tests.
pub const PASSWORD: &str = "a long sentence for tests";

impl Gateway {
    /// Adds an account of this role.
    ///
    /// # Errors
    /// The command's.
    pub fn add_person(&self, name: &str, role: &str) -> anyhow::Result<()> {
        let file = self.password_file()?;
        let output = self.run(&["account", "add", name, "--role", role, "--password-file", &file])?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// A file with everybody's password, readable by its owner only.
    ///
    /// # Errors
    /// The file system's.
    pub fn password_file(&self) -> anyhow::Result<String> {
        let file = self.folder().join("person.password");
        std::fs::write(&file, PASSWORD)?;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
        Ok(file.display().to_string())
    }

    /// A person over HTTP.
    ///
    /// # Errors
    /// The client's.
    pub fn person(&self, name: &str) -> anyhow::Result<PersonClient> {
        PersonClient::new(self.address(), name, PASSWORD)
    }

    /// Runs a command as a person: exit code and everything that it printed.
    ///
    /// # Errors
    /// Only when it cannot be run.
    pub fn run_as(&self, person: &str, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
        let file = self.password_file()?;
        let output = self.run(&[arguments, &["--as", person, "--password-file", &file]].concat())?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.code(), String::from_utf8_lossy(&text).into_owned()))
    }
}
