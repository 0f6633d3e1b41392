//! The plugin's fault codes, beside those of `xiezhi-formats`; the prefix `credit-publicity.` comes in front of each.

pub(crate) use xiezhi_formats::Problem;
use xiezhi_sdk::model::fault::Fault;

/// The prefix of this plugin's fault codes.
pub(crate) const FORMAT: &str = "credit-publicity";

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/credit-publicity.md`.
pub(crate) mod code {
    pub(crate) use xiezhi_formats::code::*;

    pub(crate) const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    pub(crate) const BUSINESS_UNKNOWN: &str = "business-unknown";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "party-unidentified";
    pub(crate) const ENTITY_KIND_UNKNOWN: &str = "entity-kind-unknown";
    pub(crate) const ENTRY_INVALID: &str = "entry-invalid";
    pub(crate) const ACT_UNKNOWN: &str = "act-unknown";
    pub(crate) const AUTHORITY_INVALID: &str = "authority-invalid";
    pub(crate) const IDENTITY_NUMBER: &str = "identity-number";
    pub(crate) const REPRESENTATIVE_INVALID: &str = "representative-invalid";

    /// All of them, so that a test can hold the page and the code together.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 29] = [
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
        JSON_SYNTAX,
        STRUCTURE,
        BUSINESS_UNKNOWN,
        FIELD_MISSING,
        FIELD_REPEATED,
        FIELD_TOO_LONG,
        CODE_UNKNOWN,
        TIME_INVALID,
        NUMBER_INVALID,
        PARTY_UNIDENTIFIED,
        ENTITY_KIND_UNKNOWN,
        ENTRY_INVALID,
        ACT_UNKNOWN,
        AUTHORITY_INVALID,
        IDENTITY_NUMBER,
        REPRESENTATIVE_INVALID,
        KIND_UNWRITTEN,
        DIRECTION_INVALID,
    ];
}

/// A record that cannot be written: it has no place in a message, only a field.
pub(crate) fn unwritable(code: &'static str, field: &str, text: impl Into<String>) -> Fault {
    Problem::new(code, 0, text).in_field(field).fault_without_place(FORMAT)
}
