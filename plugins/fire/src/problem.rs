//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `fire.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "fire";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/fire.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const FRAME_MISSING: &str = "frame-missing";
    pub(crate) const GARBAGE: &str = "garbage";
    pub(crate) const FRAME_TRUNCATED: &str = "frame-truncated";
    pub(crate) const LENGTH_INVALID: &str = "length-invalid";
    pub(crate) const END_MISSING: &str = "end-missing";
    pub(crate) const CHECKSUM_MISMATCH: &str = "checksum-mismatch";
    pub(crate) const VERSION_UNSUPPORTED: &str = "version-unsupported";
    pub(crate) const COMMAND_UNSUPPORTED: &str = "command-unsupported";
    pub(crate) const TYPE_UNSUPPORTED: &str = "type-unsupported";
    pub(crate) const UNIT_INVALID: &str = "unit-invalid";
    pub(crate) const PART_INVALID: &str = "part-invalid";
    pub(crate) const HAZARD_INVALID: &str = "hazard-invalid";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 28] = [
        SETTING_INVALID,
        LIMIT,
        FRAME_MISSING,
        GARBAGE,
        FRAME_TRUNCATED,
        LENGTH_INVALID,
        END_MISSING,
        CHECKSUM_MISMATCH,
        VERSION_UNSUPPORTED,
        COMMAND_UNSUPPORTED,
        TYPE_UNSUPPORTED,
        UNIT_INVALID,
        PART_INVALID,
        ENCODING_UNSUPPORTED,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        STRUCTURE,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        TIME_INVALID,
        NUMBER_INVALID,
        CODE_UNKNOWN,
        HAZARD_INVALID,
        PARTY_UNIDENTIFIED,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
