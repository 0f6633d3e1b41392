//! The cache's key and the rights of its files: readable by the gateway's own account only.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::CacheError;

/// Bytes of the key: as many as the hash gives.
pub(super) const KEY_BYTES: usize = 32;

const KEY_FILE: &str = "cache.key";

/// Makes the folder, with its parents, for this account only.
pub(super) fn folder_create(dir: &Path) -> Result<(), CacheError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| CacheError::Folder { path: dir.to_owned(), source })
}

/// A new file beside `path` that only this account can read, to be renamed or linked into place. Its name is random: a
/// file that a killed process left behind, or another process's, is never in the way.
pub(super) fn private_file_create(path: &Path) -> std::io::Result<(File, PathBuf)> {
    let beside = path.with_extension(format!("{}.part", hex::encode(random::<8>()?)));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    Ok((file, beside))
}

fn random<const BYTES: usize>() -> std::io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// The key; made at the first start. Two processes that start together get the same one.
pub(super) fn load_or_create(dir: &Path) -> Result<[u8; KEY_BYTES], CacheError> {
    let path = dir.join(KEY_FILE);
    let failed = |source| CacheError::Key { path: path.clone(), source };
    if !path.try_exists().map_err(failed)? {
        create(&path).map_err(failed)?;
    }
    let untrusted = |what| CacheError::KeyUntrusted { path: path.clone(), what };
    let file = File::open(&path).map_err(failed)?;
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(untrusted("other accounts have rights on it"));
    }
    let mut bytes = Vec::with_capacity(KEY_BYTES);
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    <[u8; KEY_BYTES]>::try_from(bytes).map_err(|_| untrusted("it has not 32 bytes"))
}

/// Writes a random key beside and links it into place, which fails where another process was faster.
fn create(path: &Path) -> std::io::Result<()> {
    let key = random::<KEY_BYTES>()?;
    let (mut file, beside) = private_file_create(path)?;
    let linked = file.write_all(&key).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
