//! From the sender's bytes to text: which character set they are in, and where a place in the text lies in the bytes.
//!
//! GB 18030 is a superset of GBK and GB 2312, so all three declarations are read as GB18030 (the decoder is that of
//! the WHATWG standard, in `encoding_rs`). Nothing here looks at XML beyond the declaration.

use std::borrow::Cow;
use std::cell::Cell;
use std::str::Utf8Error;

use encoding_rs::{DecoderResult, GB18030};
use xiezhi_sdk::model::fault::{Fault, RowFault};

use crate::{Problem, code};

/// The declaration must end within this many bytes: the longest sensible one has about 60.
const DECLARATION_BYTES_MAX: usize = 200;
/// UTF-8 byte order mark.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Every lead byte of a UTF-8 sequence of three or four bytes is at least this, and no trail byte is.
const UTF8_LONG_LEAD: u8 = 0xe0;

/// A character set that formats use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// GB 18030, also for what calls itself GBK or GB 2312.
    Gb18030,
    /// UTF-8.
    Utf8,
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Self::Gb18030 => "GB18030",
            Self::Utf8 => "UTF-8",
        }
    }
}

/// A message as text that still knows its bytes.
#[derive(Debug)]
pub struct Source<'b> {
    /// The prefix of its faults' codes.
    format: &'static str,
    text: Cow<'b, str>,
    bytes: &'b [u8],
    charset: Charset,
    /// The last place asked for, as (text offset, byte offset). Faults come in the order of the message, so that all
    /// of them together cost one walk over it.
    place: Cell<(usize, usize)>,
}

impl<'b> Source<'b> {
    /// An XML message: its declaration names the character set. `fallback` is the one to believe where the bytes contradict
    /// the declaration.
    ///
    /// # Errors
    /// `encoding-unsupported`, `encoding-mismatch`, `encoding-truncated`, `encoding-invalid`.
    pub fn xml(format: &'static str, bytes: &'b [u8], fallback: Option<Charset>) -> Result<Self, Fault> {
        Self::read(format, bytes, declared(bytes), fallback).map_err(|problem| problem.fault(format))
    }

    /// A message whose format fixes the character set. `fallback` is the one to believe where the bytes contradict it.
    ///
    /// # Errors
    /// As [`Source::xml`].
    pub fn agreed(
        format: &'static str,
        bytes: &'b [u8],
        charset: Charset,
        fallback: Option<Charset>,
    ) -> Result<Self, Fault> {
        Self::read(format, bytes, Ok(Some(charset)), fallback).map_err(|problem| problem.fault(format))
    }

    fn read(
        format: &'static str,
        bytes: &'b [u8],
        declared: Result<Option<Charset>, Problem>,
        fallback: Option<Charset>,
    ) -> Result<Self, Problem> {
        if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..] | [b'<', 0, ..]) {
            return Err(unsupported(0));
        }
        // Looked at once for all questions: it is a good part of the time that a message takes.
        let utf8 = std::str::from_utf8(bytes);
        let charset = charset_of(bytes, declared?, utf8, fallback)?;
        let text = match charset {
            Charset::Utf8 => Cow::Borrowed(utf8.map_err(not_utf8)?),
            Charset::Gb18030 => Cow::Owned(gb18030_text(bytes)?),
        };
        Ok(Self { format, text, bytes, charset, place: Cell::new((0, 0)) })
    }

    /// The whole message; a byte order mark is part of it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The character set that the message is really in.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// The problem, whose place counts the text, as a fault of the whole message.
    #[must_use]
    pub fn fault(&self, problem: Problem) -> Fault {
        let at = self.byte_offset(problem.at);
        Problem { at, ..problem }.fault(self.format)
    }

    /// The problem, whose place counts the text, as a fault of one row.
    #[must_use]
    pub fn row_fault(&self, row: u32, problem: Problem) -> RowFault {
        RowFault { row, fault: self.fault(problem) }
    }

    /// The byte of the message at which the character at `wanted` (bytes of UTF-8) begins.
    #[must_use]
    pub fn byte_offset(&self, wanted: usize) -> usize {
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

/// The character set that the bytes are really in, or why that cannot be told.
fn charset_of(
    bytes: &[u8],
    declared: Option<Charset>,
    utf8: Result<&str, Utf8Error>,
    fallback: Option<Charset>,
) -> Result<Charset, Problem> {
    match declared {
        Some(Charset::Gb18030) => match utf8_evidence(bytes, utf8) {
            None => Ok(Charset::Gb18030),
            Some(_) if fallback == Some(Charset::Utf8) => Ok(Charset::Utf8),
            Some(offset) => Err(mismatch(offset, Charset::Gb18030, Charset::Utf8)),
        },
        Some(Charset::Utf8) => match utf8 {
            Err(error) if gb18030_text(bytes).is_ok() => match fallback {
                Some(Charset::Gb18030) => Ok(Charset::Gb18030),
                _ => Err(mismatch(error.valid_up_to(), Charset::Utf8, Charset::Gb18030)),
            },
            _ => Ok(Charset::Utf8),
        },
        // XML without a declaration is UTF-8; but a fragment of GB18030 shall be named for what it is.
        None => Ok(if utf8.is_ok() { Charset::Utf8 } else { Charset::Gb18030 }),
    }
}

/// The character set that the XML declaration names, if there is one.
fn declared(bytes: &[u8]) -> Result<Option<Charset>, Problem> {
    let body = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    let mark_bytes = bytes.len() - body.len();
    let head = body.get(..body.len().min(DECLARATION_BYTES_MAX)).unwrap_or_default();
    let Some(end) = head.windows(2).position(|pair| pair == b"?>").filter(|_| head.starts_with(b"<?xml")) else {
        return Ok(None);
    };
    // Byte for byte, so that places in it are places in the message; a declaration has no other characters.
    let ascii = |byte: &u8| if byte.is_ascii() { char::from(*byte) } else { '?' };
    let declaration: String = head.get(..end).unwrap_or_default().iter().map(ascii).collect();
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

fn not_utf8(error: Utf8Error) -> Problem {
    match error.error_len() {
        None => truncated(error.valid_up_to(), Charset::Utf8),
        Some(_) => invalid(error.valid_up_to(), Charset::Utf8),
    }
}

/// Reads a piece of a message as GB18030; places count from the piece's start.
///
/// # Errors
/// `encoding-truncated` where a character is cut off, `encoding-invalid` where bytes are no character.
pub fn gb18030_text(bytes: &[u8]) -> Result<String, Problem> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or_default();
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(text),
        DecoderResult::OutputFull => Err(invalid(read, Charset::Gb18030)),
        DecoderResult::Malformed(length, after) => {
            let offset = read.saturating_sub(usize::from(length)).saturating_sub(usize::from(after));
            Err(match bytes.get(offset..).unwrap_or_default() {
                rest if is_cut(rest) => truncated(offset, Charset::Gb18030),
                _ => invalid(offset, Charset::Gb18030),
            })
        }
    }
}

/// Writes a text in GB18030, with U+FFFD for the 19 private-use characters that the encoder lacks (`encoding_rs` writes
/// character references for them, which only XML and HTML understand).
#[must_use]
pub fn gb18030_bytes(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = GB18030.encode(text);
    if !unmappable {
        return bytes.into_owned();
    }
    let kept: String =
        text.chars().map(|c| if GB18030.encode(c.encode_utf8(&mut [0; 4])).2 { '\u{fffd}' } else { c }).collect();
    GB18030.encode(&kept).0.into_owned()
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

fn unsupported(offset: usize) -> Problem {
    let text = "报文编码不受支持：请使用 GB18030（或 GBK、GB2312）或 UTF-8 编码";
    Problem::new(code::ENCODING_UNSUPPORTED, offset, text).in_field("encoding")
}

fn mismatch(offset: usize, declared: Charset, real: Charset) -> Problem {
    let text = format!(
        "报文应为或声明为 {} 编码，实际内容却是 {}：请按该编码重新发送；\
         确需放行的，由系统管理员在该链路上设置 encoding_fallback 后重新处理",
        declared.name(),
        real.name()
    );
    Problem::new(code::ENCODING_MISMATCH, offset, text).in_field("encoding")
}

fn truncated(offset: usize, charset: Charset) -> Problem {
    let text =
        format!("{} 字符不完整：一个汉字被截断，请检查报文是否完整、字段是否按字节截取，然后重新发送", charset.name());
    Problem::new(code::ENCODING_TRUNCATED, offset, text)
}

fn invalid(offset: usize, charset: Charset) -> Problem {
    let text = format!("报文含有不属于 {} 编码的字节，请检查编码后重新发送", charset.name());
    Problem::new(code::ENCODING_INVALID, offset, text)
}
