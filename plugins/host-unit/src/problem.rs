//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `host-unit.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "host-unit";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/host-unit.md`.
pub(crate) mod code {
    #[cfg(test)]
    pub(crate) use xiezhi_formats::code::*;
    #[cfg(test)]
    pub(crate) use xiezhi_formats::orders::fault::*;
    #[cfg(test)]
    pub(crate) use xiezhi_formats::rows::code::*;

    pub(crate) const SENDER_MISMATCH: &str = "sender-mismatch";

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
        JSON_SYNTAX,
        STRUCTURE,
        VERSION_UNSUPPORTED,
        SENDER_MISMATCH,
        ROW_COUNT_MISMATCH,
        ROW_TYPE_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        RECORD_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
