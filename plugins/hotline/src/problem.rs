//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `hotline.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "hotline";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/hotline.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const EMPTY: &str = "empty";
    pub(crate) const TYPE_UNKNOWN: &str = "type-unknown";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";
    pub(crate) const AMOUNT_CONFLICT: &str = "amount-conflict";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 22] = [
        PARTS_UNSUPPORTED,
        SETTING_INVALID,
        LIMIT,
        EMPTY,
        ENCODING_UNSUPPORTED,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        JSON_SYNTAX,
        STRUCTURE,
        TYPE_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        PARTY_UNIDENTIFIED,
        AMOUNT_CONFLICT,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
