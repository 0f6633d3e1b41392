//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `police.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "police";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/police.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const VERSION_UNSUPPORTED: &str = "version-unsupported";
    pub(crate) const BUSINESS_UNKNOWN: &str = "business-unknown";
    pub(crate) const ID_NUMBER_INVALID: &str = "id-number-invalid";
    pub(crate) const NAME_INVALID: &str = "name-invalid";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 25] = [
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
        STRUCTURE,
        VERSION_UNSUPPORTED,
        BUSINESS_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        ID_NUMBER_INVALID,
        NAME_INVALID,
        PARTY_UNIDENTIFIED,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
