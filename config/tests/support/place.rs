//! A copy of the configuration of `tests/right` in a folder of its own, for the tests to change.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of this module")]
#![allow(clippy::unwrap_used, reason = "a test that cannot lay out its files has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use xiezhi_config::{Loaded, Problems};

/// A configuration in a temporary folder, and its environment.
pub struct Place {
    folder: TempDir,
    /// The environment it is loaded with.
    pub env: BTreeMap<String, String>,
}

impl Place {
    /// The configuration of `tests/right`.
    pub fn right() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&tests_folder().join("right"), folder.path());
        let env = [("TOKEN_POLICE", "token-of-police-0123456789"), ("SIGN_NESTED", "sign-nested")];
        Self { folder, env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    /// Lays a case's files over it, after taking away what its `remove.txt` names and setting what its `env.txt` sets.
    pub fn lay_over(&mut self, case: &Path) {
        for name in lines(&case.join("remove.txt")) {
            let path = self.folder.path().join(name);
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
        for line in lines(&case.join("env.txt")) {
            let (name, value) = line.split_once('=').unwrap();
            self.env.insert(name.to_owned(), value.to_owned());
        }
        copy(case, self.folder.path());
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn load(&self) -> Result<Loaded, Problems> {
        xiezhi_config::load(&self.folder.path().join("xiezhi.toml"), &self.env)
    }
}

/// The folder of these tests.
pub fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Whether expected texts are written instead of compared.
pub fn blessing() -> bool {
    std::env::var_os("XIEZHI_BLESS").is_some()
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Copies a folder. Version control keeps no modes, so secrets become private here, except those that end in `.open`.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::write(&target, std::fs::read(&path).unwrap()).unwrap();
            let is_open = path.extension().is_some_and(|extension| extension == "open");
            if from.ends_with("secrets") {
                set_mode(&target, if is_open { 0o644 } else { 0o600 });
            }
        }
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}
