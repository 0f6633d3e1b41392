//! Free text inside `CP`: how separators are kept from breaking a frame. Our own design; HJ 212 has no escape.
//!
//! Used only in the department's commands (CN 8101 to 8113). A station's log (`i11001-Info`) is taken as it stands,
//! because stations do not escape.

use std::fmt::Write as _;

/// What encloses a text value, as HJ 212-2017 encloses log texts.
pub(crate) const QUOTE: &str = "//";

/// The longest form that one character takes, in bytes: `%XX`, or a character of four bytes.
pub(crate) const ESCAPED_BYTES_MAX: usize = 4;

/// One character as it may stand in a text value: separators, `%`, `#` and control characters become `%XX`.
pub(crate) fn escape_char(character: char, out: &mut String) {
    if matches!(character, '%' | ';' | ',' | '&' | '=' | '/' | '#') || character.is_ascii_control() {
        // Writing to a String cannot fail.
        let _ = write!(out, "%{:02X}", u32::from(character));
    } else {
        out.push(character);
    }
}

/// Undoes [`escape_char`]. A `%` that no two hex digits of an ASCII character follow stays as it is, so that a sender
/// who does not escape `50%` is still read rightly.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(character) = from.get(1..3).and_then(ascii_of) {
            out.push(character);
            rest = from.get(3..).unwrap_or_default();
        } else {
            out.push('%');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

fn ascii_of(hex: &str) -> Option<char> {
    let two_digits = hex.bytes().all(|b| b.is_ascii_hexdigit());
    let value = u8::from_str_radix(hex, 16).ok()?;
    (two_digits && value.is_ascii()).then_some(char::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escape(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|character| escape_char(character, &mut out));
        out
    }

    #[test]
    fn every_separator_is_escaped_and_comes_back() {
        for (text, escaped) in [
            ("a;b,c", "a%3Bb%2Cc"),
            ("A&&B==C", "A%26%26B%3D%3DC"),
            ("//##//", "%2F%2F%23%23%2F%2F"),
            ("达标率50%，限值=60", "达标率50%25，限值%3D60"),
            ("第一行\r\n第二行\0", "第一行%0D%0A第二行%00"),
            ("", ""),
        ] {
            assert_eq!(escape(text), escaped);
            assert_eq!(unescape(escaped), text);
        }
    }

    #[test]
    fn what_was_never_escaped_is_left_alone() {
        for text in ["50%", "50%，", "%", "%%", "%G1", "%+1", "%FF", "%é9"] {
            assert_eq!(unescape(text), text);
        }
        assert_eq!(unescape("%%3B"), "%;");
    }
}
