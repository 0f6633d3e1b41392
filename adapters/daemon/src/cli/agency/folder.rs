//! The folder that a department keeps what it received in: one file a message, there for good before it is acknowledged.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xiezhi_model::Digest;

/// Longest file name, in bytes: most file systems allow 255.
const NAME_BYTES_MAX: usize = 200;

/// What became of a message's body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is in this new file.
    New(PathBuf),
    /// The file was there, with the same bytes: the message came again.
    Repeated(PathBuf),
}

impl Kept {
    pub(super) fn file(&self) -> &Path {
        match self {
            Self::New(file) | Self::Repeated(file) => file,
        }
    }

    pub(super) fn is_repeated(&self) -> bool {
        matches!(self, Self::Repeated(_))
    }
}

/// Keeps a body. On return it is on the disk under its name, whole.
///
/// # Errors
/// When it cannot be written, or when the file is there with other bytes; then the message must not be acknowledged.
pub(super) fn keep(folder: &Path, message_id: &str, body: &[u8]) -> anyhow::Result<Kept> {
    ensure!(!message_id.is_empty(), "a message has no id, so it is not the gateway's; it was not acknowledged");
    let name = file_name(message_id);
    let file = folder.join(&name);
    match fs::read(&file) {
        Ok(there) => {
            let shown = file.display();
            ensure!(there == body, "{shown} is there with other bytes; move it away. The message was not acknowledged");
            return Ok(Kept::Repeated(file));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
    // Written beside and renamed, so that the file is never seen half.
    let part = folder.join(format!(".{name}.part"));
    write(&part, body)
        .and_then(|()| fs::rename(&part, &file))
        .and_then(|()| File::open(folder)?.sync_all())
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(Kept::New(file))
}

fn write(part: &Path, body: &[u8]) -> std::io::Result<()> {
    let mut opened = File::create(part)?;
    opened.write_all(body)?;
    opened.sync_all()
}

/// A file name of its own for each id, without anything that means something to a file system.
fn file_name(message_id: &str) -> String {
    let mut name = String::new();
    for byte in message_id.bytes() {
        let is_plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && !name.is_empty());
        if is_plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.len() > NAME_BYTES_MAX {
        return format!("%sha256-{}", Digest::of(message_id.as_bytes()));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder_and_is_no_other_s() {
        let long = "公".repeat(42);
        let names = ["xz-1", "a.b_c", "../../etc/passwd", "..", "sha256:ab", "a b", "%2E", &long].map(file_name);
        assert_eq!(
            names.get(..7).unwrap(),
            ["xz-1", "a.b_c", "%2E.%2F..%2Fetc%2Fpasswd", "%2E.", "sha256%3Aab", "a%20b", "%252E",]
        );
        assert!(names[7].starts_with("%sha256-") && names[7].len() < NAME_BYTES_MAX);
    }

    #[test]
    fn what_comes_again_is_not_written_again_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("xz-1");
        assert_eq!(keep(folder.path(), "xz-1", b"body").unwrap(), Kept::New(file.clone()));
        assert_eq!(keep(folder.path(), "xz-1", b"body").unwrap(), Kept::Repeated(file.clone()));
        assert!(keep(folder.path(), "xz-1", b"other").is_err());
        assert!(keep(folder.path(), "", b"body").is_err());
        assert_eq!(fs::read(&file).unwrap(), b"body");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
