//! `xiezhi policy check`: what loading refuses, and what the survey of the policy can prove.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use xiezhi_engine::survey::{Remark, Severity, survey};
use xiezhi_model::CivilDate;
use xiezhi_ports::Clock as _;

use crate::cli::print;
use crate::clock::SystemClock;
use crate::compose;

/// How far to look.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The last day on which messages may come in, for a policy without a last day; today unless given.
    #[arg(long, value_parser = CivilDate::parse)]
    until: Option<CivilDate>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints every problem and remark; fails when there is a problem or an error.
pub(super) fn run(config: &Path, arguments: &CheckArguments) -> anyhow::Result<ExitCode> {
    let until = arguments.until.unwrap_or_else(|| SystemClock.now().beijing_date());
    let (problems, remarks) = match compose::configuration(config) {
        Ok(loaded) => {
            let (host, mut problems) = compose::host(&loaded)?;
            let remarks = survey(&compose::engine_data(loaded.clone(), &host), until);
            problems.extend(compose::policy_problems(loaded, &host));
            (problems, remarks)
        }
        Err(problems) => (problems.0.iter().map(ToString::to_string).collect(), Vec::new()),
    };
    let errors = remarks.iter().filter(|remark| remark.severity == Severity::Error).count();
    if arguments.json {
        let remarks: Vec<Value> = remarks.iter().map(to_json).collect();
        print::json(&json!({ "until": until, "problems": problems, "remarks": remarks }))?;
    } else {
        for problem in &problems {
            print::line(&format!("problem: {problem}"))?;
        }
        for remark in &remarks {
            print::line(&remark.to_string())?;
        }
        let notes = remarks.len() - errors;
        print::line(&format!("{} problem(s), {errors} error(s), {notes} note(s) up to {until}", problems.len()))?;
    }
    Ok(if problems.is_empty() && errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn to_json(remark: &Remark) -> Value {
    json!({
        "severity": remark.severity.as_str(),
        "topic": remark.topic.as_str(),
        "policy": remark.policy,
        "path": remark.path,
        "text": remark.text,
    })
}
