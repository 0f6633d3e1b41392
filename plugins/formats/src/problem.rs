//! What can be wrong with a message, before the format's name and the place in its bytes are known.
//!
//! The texts are for the clerk at the sending agency: they say what is wrong and what to do, and never repeat the content
//! of a field, which may be personal data.

use xiezhi_sdk::model::fault::{Fault, RowFault};

/// The fault codes that this crate gives. A plugin's own go beside them; the format's prefix comes in front of each.
pub mod code {
    /// A setting of the link cannot be used: the gateway's operator must act.
    pub const SETTING_INVALID: &str = "setting-invalid";
    /// More, deeper or longer than the format allows.
    pub const LIMIT: &str = "limit";
    /// The message is in a character set that the plugin does not read.
    pub const ENCODING_UNSUPPORTED: &str = "encoding-unsupported";
    /// The bytes contradict the character set that the message or the format names.
    pub const ENCODING_MISMATCH: &str = "encoding-mismatch";
    /// A character is cut off.
    pub const ENCODING_TRUNCATED: &str = "encoding-truncated";
    /// Bytes that are no character of the set.
    pub const ENCODING_INVALID: &str = "encoding-invalid";
    /// A character that XML does not allow.
    pub const XML_CHARACTER: &str = "xml-character";
    /// A document type declaration.
    pub const XML_DTD: &str = "xml-dtd";
    /// An entity that is none of XML's five.
    pub const XML_ENTITY: &str = "xml-entity";
    /// Not well-formed.
    pub const XML_SYNTAX: &str = "xml-syntax";
    /// Not JSON.
    pub const JSON_SYNTAX: &str = "json-syntax";
    /// A quote in delimited text is not closed.
    pub const QUOTE: &str = "quote";
    /// No row of a table is a header that the format knows.
    pub const HEADER_UNKNOWN: &str = "header-unknown";
    /// Nothing stands below a table's header.
    pub const ROWS_MISSING: &str = "rows-missing";
    /// Well-formed, but elements or rows stand where they may not.
    pub const STRUCTURE: &str = "structure";
    /// A field is absent or empty.
    pub const FIELD_MISSING: &str = "field-missing";
    /// A field comes more than once.
    pub const FIELD_REPEATED: &str = "field-repeated";
    /// A field is longer than the format allows.
    pub const FIELD_TOO_LONG: &str = "field-too-long";
    /// A text is no date or time.
    pub const TIME_INVALID: &str = "time-invalid";
    /// A text is no number, or one out of range.
    pub const NUMBER_INVALID: &str = "number-invalid";
    /// A code is not in its table.
    pub const CODE_UNKNOWN: &str = "code-unknown";
    /// A record whose kind the format does not write.
    pub const KIND_UNWRITTEN: &str = "kind-unwritten";
    /// A request of joint punishment does not say which measure, or by what law.
    pub const MEASURE_INCOMPLETE: &str = "measure-incomplete";
    /// A receipt of the agency itself shall be sent to it.
    pub const DIRECTION_INVALID: &str = "direction-invalid";
}

/// Longest field name in a fault, in bytes: the host takes no longer one.
const FIELD_BYTES_MAX: usize = 256;

/// Something wrong at a place. Whether `at` counts the sender's bytes or transcoded text is the maker's matter:
/// [`charset::Source`](crate::charset::Source) turns the one into the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The code without the format's prefix, or a whole one (with a full stop) that another type gives, such as
    /// `uscc.length`.
    pub code: &'static str,
    /// In Chinese.
    pub text: String,
    /// Offset in bytes.
    pub at: usize,
    /// The field, as the format names it.
    pub field: Option<String>,
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn new(code: &'static str, at: usize, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), at, field: None }
    }

    /// The same problem in a field. The name may come from the message, where it can be empty, which names nothing, or long.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        let mut field = field.into();
        field.truncate(field.floor_char_boundary(FIELD_BYTES_MAX));
        self.field = Some(field).filter(|field| !field.is_empty());
        self
    }

    /// The same problem `bytes` further on: for a piece of a message that was read by itself.
    #[must_use]
    pub fn moved(mut self, bytes: usize) -> Self {
        self.at = self.at.saturating_add(bytes);
        self
    }

    /// The fault of a whole message of the format; `at` counts its bytes.
    #[must_use]
    pub fn fault(self, format: &str) -> Fault {
        let fault = Fault::new(&full_code(format, self.code), self.text).at(self.at);
        match self.field {
            Some(field) => fault.in_field(field),
            None => fault,
        }
    }

    /// The fault of something that has no place in a message: a setting, a record to be written.
    #[must_use]
    pub fn fault_without_place(self, format: &str) -> Fault {
        Fault { offset: None, ..self.fault(format) }
    }

    /// The fault of one row of a message of the format; `at` counts the message's bytes.
    #[must_use]
    pub fn row_fault(self, format: &str, row: u32) -> RowFault {
        RowFault { row, fault: self.fault(format) }
    }
}

/// `police` and `limit` are `police.limit`; a code with a full stop is whole already.
fn full_code(format: &str, code: &str) -> String {
    if code.contains('.') { code.to_owned() } else { format!("{format}.{code}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_name_of_bounded_length() {
        let field = |name: &str| Problem::new("limit", 0, "过长").in_field(name).fault("x").field;
        assert_eq!(field(""), None);
        assert_eq!(field(&"甲".repeat(100)).map(|name| name.len()), Some(255));
    }

    #[test]
    fn a_code_gets_the_formats_prefix_once() {
        for (code, expected) in [("limit", "police.limit"), ("uscc.length", "uscc.length")] {
            let fault = Problem::new(code, 3, "过长").in_field("A").moved(4).fault("police");
            assert_eq!((fault.code.as_str(), fault.offset, fault.field.as_deref()), (expected, Some(7), Some("A")));
        }
    }
}
