//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `reform.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "reform";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/development-reform.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const ITEM_UNKNOWN: &str = "item-unknown";
    pub(crate) const AMOUNT_INVALID: &str = "amount-invalid";
    pub(crate) const AMOUNT_RANGE: &str = "amount-range";
    pub(crate) const NATURAL_PERSON: &str = "natural-person";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 27] = [
        PARTS_UNSUPPORTED,
        SETTING_INVALID,
        LIMIT,
        ENCODING_UNSUPPORTED,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        XML_CHARACTER,
        XML_DTD,
        XML_ENTITY,
        XML_SYNTAX,
        QUOTE,
        STRUCTURE,
        ITEM_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        AMOUNT_INVALID,
        AMOUNT_RANGE,
        NATURAL_PERSON,
        PARTY_UNIDENTIFIED,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
