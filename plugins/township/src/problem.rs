//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `township.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "township";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/township.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";
    pub(crate) const TOWN_INVALID: &str = "town-invalid";
    pub(crate) const TOWN_MISMATCH: &str = "town-mismatch";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 22] = [
        PARTS_UNSUPPORTED,
        SETTING_INVALID,
        LIMIT,
        ENCODING_UNSUPPORTED,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        QUOTE,
        HEADER_UNKNOWN,
        ROWS_MISSING,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        PARTY_UNIDENTIFIED,
        TOWN_INVALID,
        TOWN_MISMATCH,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
