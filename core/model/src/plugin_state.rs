//! What becomes of agencies' plugins while the gateway runs: versions that take turns, trial runs and quarantine.

use serde::{Deserialize, Serialize};

use crate::{AgencyId, Digest, UtcTime};

/// An agency's plugin that was stopped because it kept failing. The agency's messages are held until another version takes
/// its place or an operator releases it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// Whose plugin.
    pub agency: AgencyId,
    /// The plugin that failed.
    pub plugin_digest: Digest,
    /// How it failed last, such as `plugin.timeout`.
    pub fault_code: String,
    /// Since when.
    pub since: UtcTime,
}

/// The plugin that an agency's messages are read and written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivePlugin {
    /// Whose plugin.
    pub agency: AgencyId,
    /// The plugin.
    pub plugin_digest: Digest,
    /// Its version, as its manifest says.
    pub version: String,
    /// Since when.
    pub since: UtcTime,
}

/// A plugin that was pinned for an agency and not admitted; the one before stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedPlugin {
    /// Whose plugin.
    pub agency: AgencyId,
    /// The plugin that does not run.
    pub plugin_digest: Digest,
    /// Stable code, such as `admission.import`.
    pub code: String,
    /// Why, in words.
    pub text: String,
    /// When.
    pub at: UtcTime,
}

/// A trial of a candidate over recorded messages, without effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowRun {
    /// Whose messages.
    pub agency: AgencyId,
    /// The plugin that was tried.
    pub candidate: Digest,
    /// The plugin that it was compared with.
    pub baseline: Digest,
    /// How many messages both read.
    pub messages: u64,
    /// In how many of them the answers differ.
    pub differing: u64,
    /// When.
    pub at: UtcTime,
}
