//! `xiezhi check`: the whole configuration, every problem at once, with file and path.

use std::path::Path;
use std::process::ExitCode;

use crate::compose;

/// Loads the configuration, compiles the policy and admits the plugins, and prints every problem.
pub(crate) fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let problems = match compose::configuration(config) {
        Ok(loaded) => compose::check(loaded),
        Err(problems) => problems.0.iter().map(ToString::to_string).collect(),
    };
    for problem in &problems {
        super::print::line(problem)?;
    }
    if problems.is_empty() {
        super::print::line("configuration is valid")?;
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} problem(s)", problems.len());
    Ok(ExitCode::FAILURE)
}
