//! The codec port: an agency's plugin, as the gateway calls it.

use thiserror::Error;
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Context, Decoded, Encoded, Input, Manifest};
use xiezhi_model::{AgencyId, Digest, Record};

use crate::Disposition;

/// Reads and writes every agency's format.
///
/// Each call runs in an instance of its own, which nothing outlives; calls never affect each other. Calls block (they
/// compute for up to the plugin's deadline), so an async caller runs them on a blocking pool. Safe to repeat: same
/// arguments, same result. Several threads may call at once.
pub trait Codec: Send + Sync {
    /// The manifest and digest of the agency's admitted plugin; `None` when the agency has none.
    fn plugin(&self, agency: &AgencyId) -> Option<(Manifest, Digest)>;

    /// What the plugins use.
    fn usage(&self) -> CodecUsage;

    /// Reads a message of `context.agency`. The digest says which plugin did.
    ///
    /// # Errors
    /// [`CodecError`]: the plugin's own fault, or what the host had to stop the plugin for.
    fn decode(&self, input: &Input<'_>, context: &Context) -> Result<(Decoded, Digest), CodecError>;

    /// Writes a record for `context.agency`. The digest says which plugin did.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    fn encode(&self, record: &Record, context: &Context) -> Result<(Encoded, Digest), CodecError>;
}

/// What plugins use, for metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodecUsage {
    /// Calls running at this moment, each with an instance of its own.
    pub instances: u32,
    /// Most memory that one instance of an agency's plugin has had since it was admitted, in bytes.
    pub memory_high: Vec<(AgencyId, u64)>,
}

/// Why a codec call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("plugin of {agency} gave no result ({code})", code = fault.code)]
pub struct CodecError {
    /// Whose plugin.
    pub agency: AgencyId,
    /// The plugin's digest, where one is admitted.
    pub digest: Option<Digest>,
    /// Who is to blame.
    pub failure: CodecFailure,
    /// Code and text; `plugin.*` codes are the host's ([`xiezhi_model::fault::code`]).
    pub fault: Fault,
}

/// Who is to blame for a failed codec call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecFailure {
    /// The plugin refused the message or record: the input is wrong.
    Input,
    /// The plugin broke a limit, trapped or broke the contract: the plugin is wrong.
    Plugin,
}

impl CodecError {
    /// Both kinds fail again with the same plugin: the message is dead until plugin or settings change.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        Disposition::Reject
    }
}
