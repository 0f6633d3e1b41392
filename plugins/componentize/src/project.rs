//! A folder with a plugin crate: found by asking cargo, so that it may stand alone or be a member of a workspace.

use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use crate::cargo::{self, WASM_TARGET};
use crate::{ComponentizeError, componentize};

/// What the packages of plugins are named; the plugin's id follows.
const PACKAGE_PREFIX: &str = "xiezhi-plugin-";

/// A plugin crate that can be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The crate's folder.
    pub folder: PathBuf,
    /// The package's name.
    pub package: String,
    /// The plugin's id: the package's name without `xiezhi-plugin-`.
    pub id: String,
    /// The library's name, as rustc writes it.
    pub library: String,
    /// The root of its workspace, which may be the folder itself.
    pub workspace: PathBuf,
    /// Where cargo builds.
    pub target_dir: PathBuf,
}

/// Why a folder gives no component.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// There is no crate in it.
    #[error("{folder} holds no Cargo.toml: name the folder of a plugin crate, or make one with `xiezhi plugin new`")]
    NoCrate {
        /// The folder.
        folder: PathBuf,
    },
    /// Cargo or rustc cannot be started.
    #[error("{program} cannot be started: install Rust from https://rustup.rs")]
    Program {
        /// Which one.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// Cargo does not understand the crate.
    #[error("cargo does not understand {folder}: {what}")]
    Metadata {
        /// The folder.
        folder: PathBuf,
        /// What cargo says.
        what: String,
    },
    /// The crate makes no WebAssembly module.
    #[error("{package} makes no module: its Cargo.toml needs `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`")]
    NoModule {
        /// The package.
        package: String,
    },
    /// The compiler lacks the target.
    #[error("the compiler lacks the target {WASM_TARGET}: run `rustup target add {WASM_TARGET}` in {folder}")]
    NoTarget {
        /// The folder, whose `rust-toolchain.toml` says which compiler is meant.
        folder: PathBuf,
    },
    /// Neither `CARGO_HOME` nor `HOME` is set.
    #[error("neither CARGO_HOME nor HOME is set: cargo's folder must be known to keep its path out of the component")]
    NoHome,
    /// The crate does not compile; cargo has said why.
    #[error("{package} does not compile")]
    Build {
        /// The package.
        package: String,
    },
    /// The module is not where it should be.
    #[error("the module {file} cannot be read")]
    Module {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The module cannot be made a component.
    #[error(transparent)]
    Component(#[from] ComponentizeError),
}

impl Project {
    /// Looks at a folder.
    ///
    /// # Errors
    /// [`ProjectError`] when there is no crate that makes a module.
    pub fn find(folder: &Path) -> Result<Self, ProjectError> {
        let no_crate = || ProjectError::NoCrate { folder: folder.to_owned() };
        let folder = folder.canonicalize().map_err(|_| no_crate())?;
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(no_crate());
        }
        let output = cargo::cargo()
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(&manifest)
            .current_dir(&folder)
            .output()
            .map_err(|source| ProjectError::Program { program: "cargo", source })?;
        let metadata = |what: &str| ProjectError::Metadata { folder: folder.clone(), what: what.trim().to_owned() };
        if !output.status.success() {
            return Err(metadata(&String::from_utf8_lossy(&output.stderr)));
        }
        let json = serde_json::from_slice(&output.stdout).map_err(|error| metadata(&error.to_string()))?;
        Self::read(&folder, &json)
    }

    fn read(folder: &Path, metadata: &Value) -> Result<Self, ProjectError> {
        let wrong = |what: &str| ProjectError::Metadata { folder: folder.to_owned(), what: what.to_owned() };
        let path = |name: &str| {
            metadata.get(name).and_then(Value::as_str).map(PathBuf::from).ok_or_else(|| wrong("it names no folders"))
        };
        let manifest = folder.join("Cargo.toml");
        let package = list(metadata, "packages")
            .find(|package| text(package, "manifest_path").is_some_and(|at| Path::new(at) == manifest))
            .ok_or_else(|| wrong("it is no package"))?;
        let name = text(package, "name").unwrap_or_default().to_owned();
        let library = list(package, "targets")
            .find(|target| list(target, "crate_types").any(|kind| kind.as_str() == Some("cdylib")))
            .and_then(|target| text(target, "name"))
            .ok_or_else(|| ProjectError::NoModule { package: name.clone() })?;
        Ok(Self {
            folder: folder.to_owned(),
            id: name.strip_prefix(PACKAGE_PREFIX).unwrap_or(&name).to_owned(),
            library: library.replace('-', "_"),
            package: name,
            workspace: path("workspace_root")?,
            target_dir: path("target_directory")?,
        })
    }

    /// Builds the crate and makes the component. Cargo's own messages go to stderr.
    ///
    /// # Errors
    /// [`ProjectError`] says which step failed.
    pub fn build(&self) -> Result<Vec<u8>, ProjectError> {
        let has_target = cargo::has_wasm_target(&self.folder)
            .map_err(|source| ProjectError::Program { program: "rustc", source })?;
        if !has_target {
            return Err(ProjectError::NoTarget { folder: self.folder.clone() });
        }
        let mut command =
            cargo::cargo_build(&self.workspace, std::slice::from_ref(&self.package)).ok_or(ProjectError::NoHome)?;
        let status = command.status().map_err(|source| ProjectError::Program { program: "cargo", source })?;
        if !status.success() {
            return Err(ProjectError::Build { package: self.package.clone() });
        }
        let file = cargo::core_module_file(&self.target_dir, &self.library);
        let module = std::fs::read(&file).map_err(|source| ProjectError::Module { file, source })?;
        Ok(componentize(&module)?)
    }

    /// Where the component belongs: `<id>.wasm` in the folder that cargo builds into.
    #[must_use]
    pub fn component_file(&self) -> PathBuf {
        self.target_dir.join(format!("{}.wasm", self.id))
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_with(library: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/lib.rs"), "").unwrap();
        let manifest =
            format!("[package]\nname = \"xiezhi-plugin-salt-tax\"\nversion = \"1.0.0\"\n{library}\n[workspace]\n");
        std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        folder
    }

    #[test]
    fn a_crate_of_its_own_is_found_with_its_names() {
        let folder = crate_with("[lib]\ncrate-type = [\"cdylib\"]");
        let project = Project::find(folder.path()).unwrap();
        assert_eq!((project.id.as_str(), project.library.as_str()), ("salt-tax", "xiezhi_plugin_salt_tax"));
        assert_eq!(project.workspace, project.folder);
        assert!(project.component_file().ends_with("salt-tax.wasm"));
    }

    #[test]
    fn a_folder_without_a_plugin_says_what_is_missing() {
        let empty = tempfile::tempdir().unwrap();
        let plain = crate_with("");
        for (folder, expected) in
            [(empty.path(), "holds no Cargo.toml"), (plain.path(), "xiezhi-plugin-salt-tax makes no module")]
        {
            let error = Project::find(folder).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
