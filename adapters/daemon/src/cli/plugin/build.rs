//! `xiezhi plugin build`: a plugin's folder becomes a component.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use xiezhi_componentize::Project;
use xiezhi_model::Digest;

use super::print;

/// Runs the command.
pub(crate) fn run(folder: &Path) -> anyhow::Result<ExitCode> {
    let (project, component) = component(folder)?;
    let file = project.component_file();
    print::line(&format!("{}: {} bytes, digest {}", project.id, component.len(), Digest::of(&component)))?;
    print::line(&file.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the folder and writes the component.
///
/// # Errors
/// When it cannot be built or written.
pub(crate) fn component(folder: &Path) -> anyhow::Result<(Project, Vec<u8>)> {
    let project = Project::find(folder)?;
    let component = project.build()?;
    let file = project.component_file();
    std::fs::write(&file, &component).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok((project, component))
}
