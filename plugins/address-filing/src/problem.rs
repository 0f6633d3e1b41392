//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `address-filing.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "address-filing";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/address-filing.md`.
pub(crate) mod code {
    #[cfg(test)]
    pub(crate) use xiezhi_formats::code::*;
    #[cfg(test)]
    pub(crate) use xiezhi_formats::orders::fault::*;
    #[cfg(test)]
    pub(crate) use xiezhi_formats::rows::code::*;

    pub(crate) const UNIT_CODE_INVALID: &str = "unit-code-invalid";
    pub(crate) const DOCUMENT_NUMBER_INVALID: &str = "document-number-invalid";

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
        ROW_COUNT_MISMATCH,
        ROW_TYPE_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        UNIT_CODE_INVALID,
        DOCUMENT_NUMBER_INVALID,
        RECORD_INCOMPLETE,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
