//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `emergency.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "emergency";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/emergency.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const NAMESPACE_UNSUPPORTED: &str = "namespace-unsupported";
    pub(crate) const IDENTIFIER_INVALID: &str = "identifier-invalid";
    pub(crate) const REFERENCE_INVALID: &str = "reference-invalid";
    pub(crate) const CLASSIFIED: &str = "classified";
    pub(crate) const AREA_INVALID: &str = "area-invalid";
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
        STRUCTURE,
        NAMESPACE_UNSUPPORTED,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        TIME_INVALID,
        NUMBER_INVALID,
        CODE_UNKNOWN,
        IDENTIFIER_INVALID,
        REFERENCE_INVALID,
        CLASSIFIED,
        AREA_INVALID,
        PARTY_UNIDENTIFIED,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
