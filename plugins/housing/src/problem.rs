//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `housing.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "housing";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/housing.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const XLS_UNSUPPORTED: &str = "xls-unsupported";
    pub(crate) const XLSX_DAMAGED: &str = "xlsx-damaged";
    pub(crate) const XLSX_UNSUPPORTED: &str = "xlsx-unsupported";
    pub(crate) const CELL_ERROR: &str = "cell-error";
    pub(crate) const TOWN_INVALID: &str = "town-invalid";
    pub(crate) const NAME_INVALID: &str = "name-invalid";

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
        QUOTE,
        XLS_UNSUPPORTED,
        XLSX_DAMAGED,
        XLSX_UNSUPPORTED,
        HEADER_UNKNOWN,
        ROWS_MISSING,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        CELL_ERROR,
        TOWN_INVALID,
        NAME_INVALID,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
