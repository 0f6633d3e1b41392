//! What can be wrong with a message: the plugin's fault codes, and a problem before its place is known in bytes.
//!
//! The texts are for the clerk at the sending bureau: they say what is wrong and what to do, and never repeat the
//! content of a field, which may be personal data.

/// The fault codes of this plugin. Stable; each one is explained in `docs/formats/police.md`.
pub(crate) mod code {
    pub(crate) const PARTS_UNSUPPORTED: &str = "police.parts-unsupported";
    pub(crate) const SETTING_INVALID: &str = "police.setting-invalid";
    pub(crate) const LIMIT: &str = "police.limit";
    pub(crate) const ENCODING_UNSUPPORTED: &str = "police.encoding-unsupported";
    pub(crate) const ENCODING_MISMATCH: &str = "police.encoding-mismatch";
    pub(crate) const ENCODING_TRUNCATED: &str = "police.encoding-truncated";
    pub(crate) const ENCODING_INVALID: &str = "police.encoding-invalid";
    pub(crate) const XML_CHARACTER: &str = "police.xml-character";
    pub(crate) const XML_DTD: &str = "police.xml-dtd";
    pub(crate) const XML_ENTITY: &str = "police.xml-entity";
    pub(crate) const XML_SYNTAX: &str = "police.xml-syntax";
    pub(crate) const STRUCTURE: &str = "police.structure";
    pub(crate) const VERSION_UNSUPPORTED: &str = "police.version-unsupported";
    pub(crate) const BUSINESS_UNKNOWN: &str = "police.business-unknown";
    pub(crate) const FIELD_MISSING: &str = "police.field-missing";
    pub(crate) const FIELD_REPEATED: &str = "police.field-repeated";
    pub(crate) const FIELD_TOO_LONG: &str = "police.field-too-long";
    pub(crate) const CODE_UNKNOWN: &str = "police.code-unknown";
    pub(crate) const TIME_INVALID: &str = "police.time-invalid";
    pub(crate) const NUMBER_INVALID: &str = "police.number-invalid";
    pub(crate) const ID_NUMBER_INVALID: &str = "police.id-number-invalid";
    pub(crate) const NAME_INVALID: &str = "police.name-invalid";
    pub(crate) const PARTY_UNIDENTIFIED: &str = "police.party-unidentified";
    pub(crate) const DIRECTION_INVALID: &str = "police.direction-invalid";

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
        DIRECTION_INVALID,
    ];
}

/// A fault whose place is still counted in the transcoded text. `encoding::Source` turns it into one that counts the
/// sender's own bytes, which is the only count that the sender can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) text: String,
    /// Offset in the transcoded text, in bytes of UTF-8.
    pub(crate) at: usize,
    pub(crate) field: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, at: usize, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), at, field: None }
    }

    pub(crate) fn in_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}
