//! A line and its fields: `;` separates, `\` takes the next character as it is, `\n` is a line end.

use xiezhi_sdk::Fault;

use crate::problem::{code, fault};

/// Longest field, in bytes: a description of some 1300 Chinese characters.
pub(crate) const FIELD_BYTES_MAX: usize = 4_000;
/// Most fields in a line: the longest row of the format has eight.
const FIELDS_MAX: usize = 32;

/// A field: its text without escapes, and where it begins in the message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) text: String,
    pub(crate) at: usize,
}

/// Splits a line that begins at byte `at` of the message.
pub(crate) fn split(line: &str, at: usize) -> Result<Vec<Field>, Fault> {
    let mut fields = vec![Field { text: String::new(), at }];
    let mut chars = line.char_indices();
    while let Some((index, c)) = chars.next() {
        let place = at.saturating_add(index);
        if c == ';' {
            if fields.len() >= FIELDS_MAX {
                return Err(fault(code::FIELDS, place, format!("一行最多{FIELDS_MAX}个字段，请检查多余的分号")));
            }
            fields.push(Field { text: String::new(), at: place.saturating_add(1) });
            continue;
        }
        let c = if c == '\\' { escaped(chars.next()).ok_or_else(|| wrong_escape(place))? } else { c };
        let Some(field) = fields.last_mut() else { continue };
        if field.text.len() >= FIELD_BYTES_MAX {
            return Err(fault(code::TOO_LONG, place, format!("字段超过{FIELD_BYTES_MAX}字节，请缩短后重发")));
        }
        field.text.push(c);
    }
    Ok(fields)
}

fn escaped(next: Option<(usize, char)>) -> Option<char> {
    match next {
        Some((_, 'n')) => Some('\n'),
        Some((_, c @ (';' | '\\'))) => Some(c),
        _ => None,
    }
}

fn wrong_escape(at: usize) -> Fault {
    fault(code::ESCAPE, at, "反斜线之后只能是分号、反斜线或字母 n，请修改后重发")
}

/// Writes a line of fields, each escaped.
pub(crate) fn write(fields: &[&str], out: &mut String) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(';');
        }
        for c in field.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                ';' | '\\' => out.extend(['\\', c]),
                // A line ends with the next line feed; what comes before it belongs to the line end on some systems.
                '\r' => {}
                _ => out.push(c),
            }
        }
    }
    out.push('\n');
}
