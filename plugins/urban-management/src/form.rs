//! Forms (`application/x-www-form-urlencoded`), read strictly and with the place of every byte.
//!
//! Stricter than the browsers' rule on purpose: a broken escape or a long_name field in a signed message is a fault, not
//! something to guess at.

use std::cell::OnceCell;

use percent_encoding::percent_decode;
use xiezhi_sdk::model::fault::Fault;

use crate::fault::{Problem, shown};

/// Most fields of a form. The interface has seven; the rest is room for later versions.
pub(crate) const FIELDS_MAX: usize = 32;

/// Longest name of a field, in bytes: the interface's own have at most ten. Faults name the field, so it is bounded.
const NAME_BYTES_MAX: usize = 64;

/// One field of a form.
pub(crate) struct Field<'a> {
    /// Its name, decoded.
    pub(crate) name: String,
    /// Its value, decoded.
    pub(crate) value: String,
    /// Where the field starts in the message, in bytes from 0.
    pub(crate) offset: usize,
    value_offset: usize,
    value_raw: &'a [u8],
    /// Where each decoded byte of the value stands in the message; built when a fault first asks.
    places: OnceCell<Vec<usize>>,
}

impl Field<'_> {
    /// Where in the message the decoded byte `index` of the value stands.
    pub(crate) fn place_of(&self, index: usize) -> usize {
        let places = self.places.get_or_init(|| {
            let mut places = Vec::with_capacity(self.value.len());
            let mut at = 0;
            while let Some(&byte) = self.value_raw.get(at) {
                places.push(self.value_offset.saturating_add(at));
                at += if byte == b'%' { 3 } else { 1 };
            }
            places
        });
        places.get(index).copied().unwrap_or(self.value_offset.saturating_add(self.value_raw.len()))
    }

    /// A fault of this field.
    pub(crate) fn fault(&self, problem: &Problem) -> Fault {
        problem.fault().at(self.offset).in_field(self.name.clone())
    }
}

/// A form.
pub(crate) struct Form<'a> {
    fields: Vec<Field<'a>>,
    bytes: usize,
}

impl<'a> Form<'a> {
    /// Reads a form. Line ends after it are ignored, because editors and curl add them.
    ///
    /// # Errors
    /// `urban.form-malformed`, `urban.encoding` and `urban.field-duplicate`, each with the byte.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Fault> {
        let body = body.trim_ascii_end();
        let malformed = |at: usize, why| Problem::FormMalformed(why).fault().at(at);
        if body.is_empty() {
            return Err(malformed(0, "报文为空"));
        }
        let mut fields: Vec<Field<'a>> = Vec::new();
        let mut offset = 0;
        for piece in body.split(|&b| b == b'&') {
            if fields.len() == FIELDS_MAX {
                return Err(malformed(offset, "字段过多"));
            }
            let field = parse_field(piece, offset)?;
            if fields.iter().any(|earlier| earlier.name == field.name) {
                return Err(field.fault(&Problem::FieldDuplicate(shown(&field.name))));
            }
            fields.push(field);
            offset = offset.saturating_add(piece.len()).saturating_add(1);
        }
        Ok(Self { fields, bytes: body.len() })
    }

    /// A field that must be there and not be empty.
    ///
    /// # Errors
    /// `urban.field-missing`: at the field where it is empty, at the end of the message where it is absent.
    pub(crate) fn required(&self, name: &str) -> Result<&Field<'a>, Fault> {
        let missing = |at: usize| Problem::FieldMissing(name.to_owned()).fault().at(at).in_field(name);
        let field = self.fields.iter().find(|field| field.name == name).ok_or_else(|| missing(self.bytes))?;
        if field.value.is_empty() { Err(missing(field.offset)) } else { Ok(field) }
    }

    /// All names and values, in the order of the message.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| (field.name.as_str(), field.value.as_str()))
    }
}

/// Writes a form.
pub(crate) fn write<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn parse_field(piece: &[u8], offset: usize) -> Result<Field<'_>, Fault> {
    let malformed = |why| Problem::FormMalformed(why).fault().at(offset);
    let split = piece.iter().position(|&b| b == b'=').ok_or_else(|| malformed("字段缺少等号"))?;
    let (name_raw, rest) = piece.split_at(split);
    let value_raw = rest.get(1..).unwrap_or_default();
    if name_raw.is_empty() {
        return Err(malformed("字段缺少名称"));
    }
    if name_raw.len() > NAME_BYTES_MAX {
        return Err(malformed("字段名称过长"));
    }
    let value_offset = offset.saturating_add(split).saturating_add(1);
    let name = decode_text(name_raw, offset)?;
    let value = decode_text(value_raw, value_offset).map_err(|fault| fault.in_field(name.clone()))?;
    Ok(Field { name, value, offset, value_offset, value_raw, places: OnceCell::new() })
}

/// Where in `raw` the decoded byte `index` stands.
fn raw_place(raw: &[u8], index: usize) -> usize {
    (0..index).fold(0, |at: usize, _| at.saturating_add(if raw.get(at) == Some(&b'%') { 3 } else { 1 }))
}

/// Undoes `+` and percent escapes; `offset` is where `raw` starts in the message.
fn decode_text(raw: &[u8], offset: usize) -> Result<String, Fault> {
    let digits = |at: usize| raw.get(at.saturating_add(1)..at.saturating_add(3));
    for (at, _) in raw.iter().enumerate().filter(|&(_, &byte)| byte == b'%') {
        if !digits(at).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)) {
            return Err(Problem::FormMalformed("百分号转义不完整").fault().at(offset.saturating_add(at)));
        }
    }
    let spaced: Vec<u8> = raw.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    let decoded: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(decoded).map_err(|error| {
        let place = raw_place(raw, error.utf8_error().valid_up_to());
        Problem::Encoding.fault().at(offset.saturating_add(place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_every_byte_keeps_its_place() {
        let form = Form::parse(b"a=1&b=x%E4%BA%91+y\r\n").unwrap();
        let field = form.required("b").unwrap();
        assert_eq!((field.value.as_str(), field.offset), ("x云 y", 4));
        let places: Vec<usize> = (0..7).map(|index| field.place_of(index)).collect();
        assert_eq!(places, [6, 7, 10, 13, 16, 17, 18]);
    }

    #[test]
    fn broken_forms_are_refused_at_the_byte() {
        let long = (0..=FIELDS_MAX).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
        let long_name = format!("a=1&{}=2", "n".repeat(NAME_BYTES_MAX + 1));
        let cases: [(&[u8], &str, u64); 13] = [
            (b"", "urban.form-malformed", 0),
            (b" \r\n", "urban.form-malformed", 0),
            (b"a=1&&b=2", "urban.form-malformed", 4),
            (b"a=1&b", "urban.form-malformed", 4),
            (b"a=1&=2", "urban.form-malformed", 4),
            (b"a=1&b=%4", "urban.form-malformed", 6),
            (b"a=1&b=1%zz", "urban.form-malformed", 7),
            (b"a=1&b=%B1%B1", "urban.encoding", 6),
            (b"a=1&b=2&a=3", "urban.field-duplicate", 8),
            (long_name.as_bytes(), "urban.form-malformed", 4),
            (b"a=1&%E4%BA%91=%FF", "urban.encoding", 14),
            (b"a=1&b=x%E4%BA%91%B1%B1", "urban.encoding", 16),
            (long.as_bytes(), "urban.form-malformed", 182),
        ];
        for (body, code, offset) in cases {
            let fault = Form::parse(body).err().unwrap();
            assert_eq!((fault.code.as_str(), fault.offset), (code, Some(offset)), "{}", body.escape_ascii());
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let pairs = [("a", "1&2=3"), ("b", "云 +%\u{1f600}")];
        let text = write(pairs.into_iter());
        let form = Form::parse(text.as_bytes()).unwrap();
        assert!(form.pairs().eq(pairs));
    }
}
