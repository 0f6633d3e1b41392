//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `planning.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "planning";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/planning.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const BUSINESS_UNKNOWN: &str = "business-unknown";
    pub(crate) const CRS_UNSUPPORTED: &str = "crs-unsupported";
    pub(crate) const GEOMETRY_UNSUPPORTED: &str = "geometry-unsupported";
    pub(crate) const GEOMETRY_INVALID: &str = "geometry-invalid";
    pub(crate) const COORDINATE_RANGE: &str = "coordinate-range";
    pub(crate) const AREA_MISMATCH: &str = "area-mismatch";
    pub(crate) const UNIT_CODE_INVALID: &str = "unit-code-invalid";
    pub(crate) const SUPERSEDED: &str = "superseded";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 26] = [
        PARTS_UNSUPPORTED,
        SETTING_INVALID,
        LIMIT,
        ENCODING_UNSUPPORTED,
        ENCODING_MISMATCH,
        ENCODING_TRUNCATED,
        ENCODING_INVALID,
        JSON_SYNTAX,
        STRUCTURE,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        TIME_INVALID,
        NUMBER_INVALID,
        CODE_UNKNOWN,
        BUSINESS_UNKNOWN,
        CRS_UNSUPPORTED,
        GEOMETRY_UNSUPPORTED,
        GEOMETRY_INVALID,
        COORDINATE_RANGE,
        AREA_MISMATCH,
        UNIT_CODE_INVALID,
        SUPERSEDED,
        MEASURE_INCOMPLETE,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}
