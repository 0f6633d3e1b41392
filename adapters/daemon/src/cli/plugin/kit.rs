//! The conformance kit: what a plugin must do before a gateway should run it, each as a check with a name.
//!
//! The checks know the codec port and files, nothing of the command line. `docs/plugins/kit.md` says what each one means and
//! what to do when it fails.

pub(crate) mod admission;
mod answer;
mod caller;
mod corpus;
mod cost;
mod determinism;
mod fault_rules;
mod golden;
mod manifest;
mod mutation;
mod record_mutation;
mod report;
mod round_trip;
pub(crate) mod settings;
mod survival;
#[cfg(test)]
mod tests;
mod vectors;

use std::path::PathBuf;

use xiezhi_host::{HostSettings, MeteredPlugin};
use xiezhi_model::plugin::Manifest;
use xiezhi_ports::Codec;

use caller::Caller;
pub(crate) use report::{Outcome, Report};
pub(crate) use vectors::Vectors;

/// Whether answers are compared with the expected files, or become them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Compare.
    Compare,
    /// Write what differs; somebody must review it.
    Bless,
}

/// What the checks run on.
pub(crate) struct Kit<'a> {
    /// The plugin, admitted for every agency that the vectors name.
    pub(crate) codec: &'a dyn Codec,
    /// What it says of itself.
    pub(crate) manifest: &'a Manifest,
    /// The limits that the codec enforces.
    pub(crate) limits: &'a HostSettings,
    /// What it was given to read and write; `None` for a bare component.
    pub(crate) vectors: Option<&'a Vectors>,
    /// Compare or bless.
    pub(crate) mode: Mode,
    /// What the damage of messages is drawn from.
    pub(crate) seed: u64,
    /// Where a message that the plugin did not survive is kept.
    pub(crate) keep: Option<PathBuf>,
    /// The plugin compiled for counting what it computes.
    pub(crate) meter: Option<&'a MeteredPlugin>,
}

impl Kit<'_> {
    /// Runs every check on an admitted plugin.
    ///
    /// # Errors
    /// When a file cannot be written; what is wrong with the plugin is in the report.
    pub(crate) fn run(&self, report: &mut Report<'_>) -> std::io::Result<()> {
        let caller = Caller::new(self.codec);
        manifest::check(self.manifest, report);
        let bare = Vectors::bare(self.manifest);
        match self.vectors {
            Some(vectors) => {
                let seen = golden::check(&caller, vectors, self.mode, report)?;
                manifest::check_coverage(self.manifest, &seen, report);
                round_trip::check(&caller, vectors, report);
            }
            None => report.ok("vectors", "none", "a bare component: no golden vectors, coverage or round trip"),
        }
        let vectors = self.vectors.unwrap_or(&bare);
        determinism::check(&caller, vectors, report);
        survival::check(&caller, vectors, self, report)?;
        cost::check_limits(&caller, vectors, self.limits, report);
        if let Some(meter) = self.meter {
            cost::check_fuel(meter, vectors, report);
        }
        Ok(())
    }
}
