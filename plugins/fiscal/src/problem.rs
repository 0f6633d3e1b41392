//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `fiscal.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "fiscal";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/fiscal.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const HEADER_MISSING: &str = "header-missing";
    pub(crate) const TRAILER_MISSING: &str = "trailer-missing";
    pub(crate) const FILE_TYPE_UNKNOWN: &str = "file-type-unknown";
    pub(crate) const LINE_LENGTH: &str = "line-length";
    pub(crate) const LINE_TYPE_UNKNOWN: &str = "line-type-unknown";
    pub(crate) const COUNT_MISMATCH: &str = "count-mismatch";
    pub(crate) const TOTAL_MISMATCH: &str = "total-mismatch";
    pub(crate) const SEQUENCE_INVALID: &str = "sequence-invalid";
    pub(crate) const CONTINUATION_INVALID: &str = "continuation-invalid";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 23] = [
        PARTS_UNSUPPORTED,
        SETTING_INVALID,
        LIMIT,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        HEADER_MISSING,
        TRAILER_MISSING,
        FILE_TYPE_UNKNOWN,
        STRUCTURE,
        LINE_LENGTH,
        LINE_TYPE_UNKNOWN,
        COUNT_MISMATCH,
        TOTAL_MISMATCH,
        SEQUENCE_INVALID,
        CONTINUATION_INVALID,
        FIELD_MISSING,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
