//! From the sender's bytes to text: which encoding they are in, and where a place in the text lies in the bytes.
//!
//! GB 18030 is a superset of GBK and GB 2312, so all three declarations are read as GB18030 (the decoder is that of
//! the WHATWG standard, in `encoding_rs`). Nothing here looks at XML beyond the declaration.

use std::borrow::Cow;
use std::cell::Cell;
use std::str::Utf8Error;

use encoding_rs::{DecoderResult, GB18030};
use xiezhi_sdk::model::fault::{Fault, RowFault};

use crate::problem::{Problem, code};

/// The declaration must end within this many bytes: the longest sensible one has about 60.
const DECLARATION_BYTES_MAX: usize = 200;
/// UTF-8 byte order mark.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Every lead byte of a UTF-8 sequence of three or four bytes is at least this, and no trail byte is.
const UTF8_LONG_LEAD: u8 = 0xe0;

/// An encoding that the plugin reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Gb18030,
    Utf8,
}

/// A message as text that still knows its bytes.
pub(crate) struct Source<'b> {
    text: Cow<'b, str>,
    bytes: &'b [u8],
    charset: Charset,
    /// The last place asked for, as (text offset, byte offset). Faults come in the order of the message, so that all
    /// of them together cost one walk over it.
    place: Cell<(usize, usize)>,
}

impl<'b> Source<'b> {
    /// Decides the encoding and transcodes.
    pub(crate) fn read(bytes: &'b [u8], fallback: Option<Charset>) -> Result<Self, Fault> {
        // Looked at once for all questions: it is a good part of the time that a message takes.
        let utf8 = std::str::from_utf8(bytes);
        let charset = charset_of(bytes, utf8, fallback)?;
        let text = match charset {
            Charset::Utf8 => Cow::Borrowed(utf8.map_err(not_utf8)?),
            Charset::Gb18030 => Cow::Owned(gb18030_text(bytes)?),
        };
        Ok(Self { text, bytes, charset, place: Cell::new((0, 0)) })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The problem as a fault of the whole message.
    pub(crate) fn fault(&self, problem: Problem) -> Fault {
        let fault = Fault::new(problem.code, problem.text).at(self.byte_offset(problem.at));
        match problem.field {
            Some(field) => fault.in_field(field),
            None => fault,
        }
    }

    /// The problem as a fault of one row.
    pub(crate) fn row_fault(&self, row: u32, problem: Problem) -> RowFault {
        RowFault { row, fault: self.fault(problem) }
    }

    /// The byte of the message at which the character at `wanted` (bytes of UTF-8) begins.
    fn byte_offset(&self, wanted: usize) -> usize {
        if self.charset == Charset::Utf8 {
            return wanted;
        }
        let (mut text_at, mut byte_at) = match self.place.get() {
            place if place.0 <= wanted => place,
            _ => (0, 0),
        };
        for c in self.text.get(text_at..).unwrap_or_default().chars() {
            if text_at >= wanted {
                break;
            }
            text_at += c.len_utf8();
            byte_at += sequence_bytes(self.bytes.get(byte_at..).unwrap_or_default());
        }
        self.place.set((text_at, byte_at));
        byte_at
    }
}

/// How many bytes the valid GB18030 sequence at the start of `bytes` has; each one is exactly one character.
fn sequence_bytes(bytes: &[u8]) -> usize {
    match bytes {
        [0x81..=0xfe, b'0'..=b'9', ..] => 4,
        [0x81..=0xfe, ..] => 2,
        _ => 1,
    }
}

/// The encoding that the bytes are really in, or why that cannot be told.
fn charset_of(bytes: &[u8], utf8: Result<&str, Utf8Error>, fallback: Option<Charset>) -> Result<Charset, Fault> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..] | [b'<', 0, ..]) {
        return Err(unsupported(0));
    }
    match declared(bytes)? {
        Some(Charset::Gb18030) => match utf8_evidence(bytes, utf8) {
            None => Ok(Charset::Gb18030),
            Some(_) if fallback == Some(Charset::Utf8) => Ok(Charset::Utf8),
            Some(offset) => Err(mismatch(offset, "GB18030", "UTF-8")),
        },
        Some(Charset::Utf8) => match utf8 {
            Err(error) if gb18030_text(bytes).is_ok() => match fallback {
                Some(Charset::Gb18030) => Ok(Charset::Gb18030),
                _ => Err(mismatch(error.valid_up_to(), "UTF-8", "GB18030")),
            },
            _ => Ok(Charset::Utf8),
        },
        // XML without a declaration is UTF-8; but a fragment of the police's own GB18030 shall be named for what it is.
        None => Ok(if utf8.is_ok() { Charset::Utf8 } else { Charset::Gb18030 }),
    }
}

/// The encoding that the XML declaration names, if there is one.
fn declared(bytes: &[u8]) -> Result<Option<Charset>, Fault> {
    let body = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    let mark_bytes = bytes.len() - body.len();
    let head = body.get(..body.len().min(DECLARATION_BYTES_MAX)).unwrap_or_default();
    let Some(end) = head.windows(2).position(|pair| pair == b"?>").filter(|_| head.starts_with(b"<?xml")) else {
        return Ok(None);
    };
    let declaration = String::from_utf8_lossy(head.get(..end).unwrap_or_default());
    let Some((before, after)) = declaration.split_once("encoding") else {
        return Ok(None);
    };
    let value = after.trim_start().trim_start_matches('=').trim_start();
    let offset = mark_bytes + before.len() + "encoding".len() + (after.len() - value.len());
    let name = value
        .strip_prefix('"')
        .and_then(|rest| rest.split_once('"'))
        .or_else(|| value.strip_prefix('\'').and_then(|rest| rest.split_once('\'')))
        .map_or("", |(name, _)| name);
    match name.to_ascii_uppercase().as_str() {
        "GB18030" | "GBK" | "GB2312" | "GB_2312-80" | "CP936" | "MS936" => Ok(Some(Charset::Gb18030)),
        "UTF-8" | "UTF8" => Ok(Some(Charset::Utf8)),
        _ => Err(unsupported(offset)),
    }
}

/// Where the first character stands that shows bytes declared as GB18030 to be UTF-8.
///
/// Chinese in UTF-8 is made of three-byte sequences, and most of them are also valid GB18030: a decoder alone reports
/// nothing and gives nonsense. The other way round, real GB18030 text whose every byte also fits UTF-8 with a
/// three-byte sequence among them practically does not occur. Two-byte sequences alone prove nothing: short genuine
/// texts consist of them. A last character that is cut off does not hide the evidence.
fn utf8_evidence(bytes: &[u8], utf8: Result<&str, Utf8Error>) -> Option<usize> {
    let whole = match utf8 {
        Ok(_) => bytes,
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to())?,
        Err(_) => return None,
    };
    whole.iter().find(|&&byte| byte >= UTF8_LONG_LEAD)?;
    whole.iter().position(|byte| !byte.is_ascii())
}

fn not_utf8(error: Utf8Error) -> Fault {
    match error.error_len() {
        None => truncated(error.valid_up_to(), "UTF-8"),
        Some(_) => invalid(error.valid_up_to(), "UTF-8"),
    }
}

fn gb18030_text(bytes: &[u8]) -> Result<String, Fault> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or_default();
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(text),
        DecoderResult::OutputFull => Err(invalid(read, "GB18030")),
        DecoderResult::Malformed(length, after) => {
            let offset = read.saturating_sub(usize::from(length)).saturating_sub(usize::from(after));
            Err(match bytes.get(offset..).unwrap_or_default() {
                rest if is_cut(rest) => truncated(offset, "GB18030"),
                _ => invalid(offset, "GB18030"),
            })
        }
    }
}

/// Whether a sequence was cut off: by the end of the message, or because a field was cut by bytes and the markup goes
/// on where a trail byte should stand.
fn is_cut(sequence: &[u8]) -> bool {
    match sequence {
        [0x81..=0xfe] | [0x81..=0xfe, b'0'..=b'9'] | [0x81..=0xfe, b'0'..=b'9', 0x81..=0xfe] => true,
        [0x81..=0xfe, b'0'..=b'9', third, fourth, ..] => !(0x81..=0xfe).contains(third) || !fourth.is_ascii_digit(),
        [0x81..=0xfe, b'0'..=b'9', third] => !(0x81..=0xfe).contains(third),
        [0x81..=0xfe, second, ..] => *second < 0x40,
        _ => false,
    }
}

fn unsupported(offset: usize) -> Fault {
    Fault::new(code::ENCODING_UNSUPPORTED, "报文编码不受支持：请使用 GB18030（或 GBK、GB2312）或 UTF-8 编码")
        .at(offset)
        .in_field("encoding")
}

fn mismatch(offset: usize, declared: &str, real: &str) -> Fault {
    let text = format!(
        "报文声明的编码是 {declared}，实际内容却是 {real}：请按声明的编码重新发送；\
         确需放行的，由系统管理员在该链路上设置 encoding_fallback 后重新处理"
    );
    Fault::new(code::ENCODING_MISMATCH, text).at(offset).in_field("encoding")
}

fn truncated(offset: usize, charset: &str) -> Fault {
    let text = format!("{charset} 字符不完整：一个汉字被截断，请检查报文是否完整、字段是否按字节截取，然后重新发送");
    Fault::new(code::ENCODING_TRUNCATED, text).at(offset)
}

fn invalid(offset: usize, charset: &str) -> Fault {
    let text = format!("报文含有不属于 {charset} 编码的字节，请检查编码后重新发送");
    Fault::new(code::ENCODING_INVALID, text).at(offset)
}
