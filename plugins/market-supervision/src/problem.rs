//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `market-supervision.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "market-supervision";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/market-supervision.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const VERSION_UNSUPPORTED: &str = "version-unsupported";
    pub(crate) const BUSINESS_UNKNOWN: &str = "business-unknown";
    pub(crate) const CODE_CONFLICT: &str = "code-conflict";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";
    pub(crate) const EVIDENCE_INSUFFICIENT: &str = "evidence-insufficient";
    pub(crate) const EVIDENCE_CONTRADICTS: &str = "evidence-contradicts";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 24] = [
        PARTS_UNSUPPORTED,
        SETTING_INVALID,
        LIMIT,
        ENCODING_UNSUPPORTED,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        JSON_SYNTAX,
        STRUCTURE,
        VERSION_UNSUPPORTED,
        BUSINESS_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        CODE_CONFLICT,
        TIME_INVALID,
        NUMBER_INVALID,
        PARTY_UNIDENTIFIED,
        EVIDENCE_INSUFFICIENT,
        EVIDENCE_CONTRADICTS,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
