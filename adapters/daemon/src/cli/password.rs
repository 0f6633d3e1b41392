//! A password for a command: by reference only, never as an argument, which every user of the machine could read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

/// Longest password, in bytes, as in the configuration.
const PASSWORD_BYTES_MAX: usize = 4_096;

/// Where the password is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PasswordSource {
    /// The environment variable with the user's password.
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,
    /// The file with the user's password, which only its owner may use (mode 600); one line end at its end is dropped.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordSource {
    /// The password. No error shows it.
    pub(crate) fn read(&self) -> anyhow::Result<String> {
        let text = match (&self.password_env, &self.password_file) {
            (Some(name), _) => std::env::var(name)
                .map_err(|_| anyhow::anyhow!("environment variable {name} is not set, or no text"))?,
            (None, Some(file)) => read_private(file)?,
            (None, None) => bail!("give --password-env or --password-file"),
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        ensure!(!text.is_empty(), "the password is empty");
        ensure!(text.len() <= PASSWORD_BYTES_MAX, "the password is longer than {PASSWORD_BYTES_MAX} bytes");
        Ok(text.to_owned())
    }
}

fn read_private(file: &Path) -> anyhow::Result<String> {
    let metadata = fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        let shown = file.display();
        ensure!(mode & 0o077 == 0, "{shown}: others may use it (mode {mode:03o}); run chmod 600 on it");
    }
    // A line end is beside the password.
    let bytes_max = u64::try_from(PASSWORD_BYTES_MAX)?.saturating_add(2);
    ensure!(metadata.len() <= bytes_max, "{} is longer than {PASSWORD_BYTES_MAX} bytes", file.display());
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_a_private_file_is_read_and_its_line_end_dropped() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let source = PasswordSource { password_env: None, password_file: Some(file.clone()) };
        let set = |text: &str, mode| {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        };
        set("hidden words\r\n", 0o600);
        assert_eq!(source.read().unwrap(), "hidden words");
        set("hidden", 0o640);
        assert!(source.read().unwrap_err().to_string().contains("chmod 600"));
        set("\n", 0o600);
        assert_eq!(source.read().unwrap_err().to_string(), "the password is empty");
    }
}
