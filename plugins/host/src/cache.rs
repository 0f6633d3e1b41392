//! The compile cache: native code of components that this host compiled, and of nothing else.
//!
//! Loading native code trusts it completely, so every file carries an HMAC-SHA-256 over the component's digest,
//! wasmtime's version, the engine's configuration and the code itself, under a key that only this installation has.
//! What does not verify is reported, ignored and compiled again. A cache that cannot be written costs time, nothing else.

mod key;
mod trusted;

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;
use xiezhi_model::Digest;

/// Why the cache cannot be used.
#[derive(Debug, Error)]
pub enum CacheError {
    /// Its folder cannot be made.
    #[error("compile cache folder {path} cannot be created: check its rights")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its key cannot be made or read.
    #[error("compile cache key {path} cannot be created or read: check its rights")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its key is not a key, or others can read it.
    #[error("compile cache key {path} is not to be trusted, {what}: delete the cache folder")]
    KeyUntrusted {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// wasmtime's version, in the authenticated text: code of one version never runs under another. Equal to the version
/// that the workspace pins.
const WASMTIME_VERSION: &str = "48.0.8";

/// Largest cache file read, in bytes: native code is some times larger than the largest component allowed.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Most files kept; the oldest go. Every agency's plugin and several versions of each fit.
const FILES_MAX: usize = 64;

/// Bytes of the authentication code at the start of a file.
const TAG_BYTES: usize = 32;

/// The open cache.
pub(crate) struct Cache {
    dir: PathBuf,
    key: [u8; key::KEY_BYTES],
    /// Of the engine's configuration, version and processor.
    fingerprint: Digest,
}

impl Cache {
    /// Opens the cache, and makes folder and key where they are not there.
    pub(crate) fn open(dir: &Path, engine: &Engine) -> Result<Self, CacheError> {
        key::folder_create(dir)?;
        let key = key::load_or_create(dir)?;
        Ok(Self { dir: dir.to_owned(), key, fingerprint: fingerprint(engine) })
    }

    /// The compiled component, if there is one that verifies.
    pub(crate) fn load(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let file = match self.read(digest) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(plugin_digest = %digest, error = %error, "compile cache file was not readable");
                return None;
            }
        };
        let component = file
            .split_first_chunk::<TAG_BYTES>()
            .and_then(|(tag, code)| trusted::verify(self.authenticate(digest, code), tag, code))
            .and_then(|verified| trusted::load(engine, &verified));
        if component.is_none() {
            tracing::warn!(plugin_digest = %digest, "compile cache file was not authentic and was ignored");
        }
        component
    }

    /// Keeps a compiled component. A failure is reported and otherwise without effect.
    pub(crate) fn store(&self, component: &Component, digest: &Digest) {
        let written = component
            .serialize()
            .map_err(|error| std::io::Error::other(error.to_string()))
            .and_then(|code| self.write(digest, &code));
        if let Err(error) = written {
            tracing::warn!(plugin_digest = %digest, error = %error, "compile cache file was not written");
        }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let fingerprint: String = self.fingerprint.to_hex().chars().take(16).collect();
        self.dir.join(format!("{digest}-{fingerprint}.native"))
    }

    fn read(&self, digest: &Digest) -> std::io::Result<Vec<u8>> {
        let file = fs::File::open(self.path(digest))?;
        let length = file.metadata()?.len().min(FILE_BYTES_MAX);
        // A byte more, so that the end is seen without growing.
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Written beside and renamed, so that a reader sees the whole file or none.
    fn write(&self, digest: &Digest, code: &[u8]) -> std::io::Result<()> {
        let path = self.path(digest);
        let tag = self.authenticate(digest, code).finalize().into_bytes();
        let (mut file, beside) = key::private_file_create(&path)?;
        let written =
            file.write_all(&tag).and_then(|()| file.write_all(code)).and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            // The error that is returned says more than a failed removal would.
            let _ = fs::remove_file(&beside);
        }
        written.and_then(|()| self.prune())
    }

    /// Removes the oldest files beyond the number that is kept.
    fn prune(&self) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            // What a killed process left half written counts too, and goes with the oldest.
            if entry.path().extension().is_some_and(|extension| extension == "native" || extension == "part") {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(FILES_MAX);
        files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }

    /// The authentication code over everything that must be the same when the code is loaded. Each piece is preceded by
    /// its length, so that no two lists of pieces look alike.
    fn authenticate(&self, digest: &Digest, code: &[u8]) -> Hmac<Sha256> {
        // Any length is a valid HMAC key; ours has 32 bytes.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .unwrap_or_else(|_| unreachable!("an hmac key may have any length"));
        for piece in [
            b"xiezhi compile cache 1".as_slice(),
            WASMTIME_VERSION.as_bytes(),
            self.fingerprint.as_bytes(),
            digest.as_bytes(),
            code,
        ] {
            mac.update(&u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(piece);
        }
        mac
    }
}

/// A digest of all that wasmtime says compiled code depends on.
fn fingerprint(engine: &Engine) -> Digest {
    struct Collect(Sha256);
    impl Hasher for Collect {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        /// Not asked for: the whole digest is taken instead.
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut collect = Collect(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut collect);
    Digest::from_bytes(collect.0.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::WASMTIME_VERSION;

    #[test]
    fn the_authenticated_version_is_the_pinned_one() {
        let workspace = include_str!("../../../Cargo.toml");
        assert!(workspace.contains(&format!("wasmtime = {{ version = \"={WASMTIME_VERSION}\"")));
    }
}
