//! `xiezhi plugin new`: a project for a plugin outside of this tree, which builds and passes its tests at once. The SDK goes
//! with it, so that it needs neither this source nor a registry of ours.

mod manifests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use xiezhi_model::AgencyId;

use super::print;

// `SDK` and `TEMPLATE`: path and bytes of each file.
include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The id of the starting plugin. Its files use the word for nothing else.
const TEMPLATE_ID: &str = "example";
/// The page that a project begins with.
const README: &str = include_str!("new/project/README.md");
/// What its version control leaves out.
const IGNORED: &str = "/target\n";

/// What to make.
#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The plugin's id: that of the agency whose format it speaks, such as `salt-tax`.
    id: String,
    /// The folder to make; one named as the id by default.
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &NewArguments) -> anyhow::Result<ExitCode> {
    let id = AgencyId::parse(&arguments.id)?;
    let folder = arguments.dir.clone().unwrap_or_else(|| PathBuf::from(id.as_str()));
    if folder.exists() {
        bail!("{} exists: name another folder with --dir, or remove it", folder.display());
    }
    let files = files(id.as_str())?;
    for (path, bytes) in &files {
        write(&folder.join(path), bytes)?;
    }
    let shown = folder.display();
    print::line(&format!("{shown}: {} files, {} of them the SDK", files.len(), SDK.len()))?;
    print::line(&format!(
        "next:\n  xiezhi plugin test {shown}\n  then read {shown}/README.md and change {shown}/src/decode.rs"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Every file of a project, by its path below the project's folder.
fn files(id: &str) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let sdk_manifests: Vec<&str> = SDK
        .iter()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"))
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .collect();
    let mut files: Vec<(String, Vec<u8>)> =
        SDK.iter().map(|(path, bytes)| (format!("sdk/{path}"), bytes.to_vec())).collect();
    files.push(("sdk/Cargo.toml".to_owned(), manifests::sdk(&sdk_manifests)?.into_bytes()));
    for (path, bytes) in TEMPLATE.iter().filter(|(path, _)| *path != "Cargo.toml") {
        files.push(((*path).to_owned(), renamed(bytes, id)));
    }
    files.push(("Cargo.toml".to_owned(), manifests::project(id)?.into_bytes()));
    files.push(("Cargo.lock".to_owned(), manifests::lock(id, &sdk_manifests)?.into_bytes()));
    files.push((".cargo/config.toml".to_owned(), manifests::cargo_config()?.into_bytes()));
    files.push(("rust-toolchain.toml".to_owned(), manifests::TOOLCHAIN.as_bytes().to_vec()));
    files.push((".gitignore".to_owned(), IGNORED.as_bytes().to_vec()));
    files.push(("README.md".to_owned(), renamed(README.as_bytes(), id)));
    Ok(files)
}

/// A file of the starting plugin with another id. What is no text stays as it is.
fn renamed(bytes: &[u8], id: &str) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.replace(TEMPLATE_ID, id).into_bytes(),
        Err(_) => bytes.to_vec(),
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_what_it_needs_and_no_word_of_the_template() {
        let files = files("salt-tax").unwrap();
        let text = |path: &str| {
            let (_, bytes) = files.iter().find(|(name, _)| name == path).unwrap_or_else(|| panic!("no {path}"));
            String::from_utf8(bytes.clone()).unwrap()
        };
        assert!(text("Cargo.toml").contains("name = \"xiezhi-plugin-salt-tax\""));
        assert!(text("src/lib.rs").contains("pub const ID: &str = \"salt-tax\""));
        assert!(text("sdk/core/model/src/lib.rs").starts_with("//!"));
        assert!(text("sdk/plugins/wit/xiezhi-plugin@1.0.0/plugin.wit").contains("world plugin"));
        for (path, bytes) in files.iter().filter(|(path, _)| !path.starts_with("sdk/")) {
            let left = std::str::from_utf8(bytes).is_ok_and(|text| text.contains(TEMPLATE_ID));
            assert!(!left, "{path} still names the template");
        }
    }
}
