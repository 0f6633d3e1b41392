//! Frames in a message: `##`, four digits of length, the data segment, four hex digits of check sum, CR LF
//! (HJ 212-2017, 6.3.1, table 2).
//!
//! Works on bytes, because the length counts bytes. A bad frame costs that frame: reading goes on at the next head. What
//! is inside the segment is not looked at here.

use xiezhi_sdk::model::fault::Fault;

use crate::fault;

/// Longest data segment, HJ 212-2017 table 2.
pub(crate) const SEGMENT_BYTES_MAX: usize = 1024;
/// Most frames in one message: at the usual 250 bytes a frame that is 2.5 MB, more than a station collects in a day.
pub(crate) const FRAMES_MAX: usize = 10_000;
/// What a frame starts with.
const HEAD: &[u8] = b"##";
/// `##` and the length.
const HEAD_BYTES: usize = 6;
/// The check sum.
const CRC_BYTES: usize = 4;
/// Blanks tolerated between segment and check sum, as in some printed examples of the standard.
const BLANKS_MAX: usize = 2;

/// A frame whose length is right; the check sum is not compared yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// From `##` to the line end.
    pub(crate) bytes: &'a [u8],
    /// The data segment.
    pub(crate) segment: &'a [u8],
    /// Where the segment starts in the message.
    pub(crate) segment_offset: usize,
    /// The check sum as given.
    pub(crate) crc: u16,
    /// Where the check sum stands in the message.
    pub(crate) crc_offset: usize,
}

/// The number in the message, from 1, and the frame there or why there is none.
pub(crate) type Candidate<'a> = (u32, Result<Frame<'a>, Fault>);

/// Splits a message into frames.
///
/// Fails as a whole when no head is found at all, or when there are too many.
pub(crate) fn split(message: &[u8]) -> Result<Vec<Candidate<'_>>, Fault> {
    let mut candidates = Vec::new();
    let mut at = skip_line_ends(message, 0);
    let mut heads = 0_usize;
    while at < message.len() {
        if candidates.len() >= FRAMES_MAX {
            let text = format!("一条报文最多包含{FRAMES_MAX}个数据包，请拆分后重新投递");
            return Err(Fault::new(fault::TOO_MANY_FRAMES, text).at(at));
        }
        let row = u32::try_from(candidates.len().saturating_add(1)).unwrap_or(u32::MAX);
        if starts_with(message, at, HEAD) {
            heads = heads.saturating_add(1);
            let (frame, next) = read_frame(message, at);
            candidates.push((row, frame));
            at = skip_line_ends(message, next);
        } else {
            candidates.push((row, Err(header_missing(at))));
            at = skip_line_ends(message, next_head(message, at));
        }
    }
    if heads == 0 {
        return Err(header_missing(0));
    }
    Ok(candidates)
}

fn header_missing(at: usize) -> Fault {
    let text = "未找到包头“##”，此处字节不属于任何 HJ 212 数据包，请检查报文格式后重发";
    Fault::new(fault::HEADER_MISSING, text).at(at)
}

/// Reads the frame whose head is at `at`; also says where to go on.
fn read_frame(message: &[u8], at: usize) -> (Result<Frame<'_>, Fault>, usize) {
    let limit = next_head(message, at.saturating_add(HEAD.len()));
    let segment_offset = at.saturating_add(HEAD_BYTES);
    let Some(digits) = message.get(at.saturating_add(HEAD.len())..segment_offset) else {
        return (Err(truncated(message.len())), message.len());
    };
    let Some(length) = decimal(digits) else {
        let text = "数据段长度应为4位十进制数字，请检查设备的组包程序";
        return (Err(Fault::new(fault::LENGTH_MISMATCH, text).at(at.saturating_add(HEAD.len()))), limit);
    };
    if length > SEGMENT_BYTES_MAX {
        let text = format!("数据段长度{length}超过上限{SEGMENT_BYTES_MAX}字节，请分包上传");
        return (Err(Fault::new(fault::SEGMENT_TOO_LONG, text).at(at.saturating_add(HEAD.len()))), limit);
    }
    let segment_end = segment_offset.saturating_add(length);
    match tail(message, segment_end) {
        Some(Tail { crc: Some(crc), crc_offset, end }) => {
            let bytes = message.get(at..end).unwrap_or_default();
            let segment = message.get(segment_offset..segment_end).unwrap_or_default();
            (Ok(Frame { bytes, segment, segment_offset, crc, crc_offset }), end)
        }
        Some(Tail { crc: None, crc_offset, end }) => {
            let text = "校验码应为4位十六进制数字，请检查传输是否受干扰后重发";
            (Err(Fault::new(fault::CRC_MISMATCH, text).at(crc_offset)), end)
        }
        None => (Err(misfit(message, segment_offset, length, limit)), limit),
    }
}

/// Says how a declared length does not fit what stands before `limit`.
fn misfit(message: &[u8], segment_offset: usize, length: usize, limit: usize) -> Fault {
    let length_offset = segment_offset.saturating_sub(CRC_BYTES);
    if let Some(found) = natural_length(message, segment_offset, limit) {
        let text =
            format!("声明的数据段长度为{length}字节，实际为{found}字节（按字节计，汉字按UTF-8计），请修正后重发");
        return Fault::new(fault::LENGTH_MISMATCH, text).at(length_offset);
    }
    if segment_offset.saturating_add(length).saturating_add(CRC_BYTES) > limit {
        return truncated(limit);
    }
    let text = format!("声明的数据段长度为{length}字节，但该处之后不是校验码和回车换行，请核对长度后重发");
    Fault::new(fault::LENGTH_MISMATCH, text).at(length_offset)
}

fn truncated(at: usize) -> Fault {
    Fault::new(fault::TRUNCATED, "数据包不完整，报文在此处中断，请重发整个数据包").at(at)
}

/// What follows a data segment.
struct Tail {
    /// The check sum; `None` when the four bytes are no hex digits.
    crc: Option<u16>,
    /// Where it stands.
    crc_offset: usize,
    /// Where the frame ends, line end included.
    end: usize,
}

/// Reads check sum and line end at `at`; `None` when no frame can end here.
fn tail(message: &[u8], at: usize) -> Option<Tail> {
    let blanks = message.get(at..)?.iter().take(BLANKS_MAX).take_while(|&&b| b == b' ').count();
    let crc_offset = at.saturating_add(blanks);
    let crc_end = crc_offset.saturating_add(CRC_BYTES);
    let digits = message.get(crc_offset..crc_end)?;
    // CR LF is the rule; a bare CR or LF, the message's end and a following head are what devices really send.
    let line_end = match message.get(crc_end..).unwrap_or_default() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        [] | [b'#', b'#', ..] => 0,
        _ => return None,
    };
    Some(Tail { crc: hexadecimal(digits), crc_offset, end: crc_end.saturating_add(line_end) })
}

/// The length of the segment as its own end shows it (`&&`, then check sum and line end), looking no further than `limit`.
fn natural_length(message: &[u8], segment_offset: usize, limit: usize) -> Option<usize> {
    let bytes = message.get(segment_offset..limit)?;
    let ends = bytes.windows(2).enumerate().filter(|(_, two)| *two == b"&&");
    ends.map(|(at, _)| at.saturating_add(2)).rfind(|&end| tail(bytes, end).is_some_and(|tail| tail.crc.is_some()))
}

/// The next place from `from` on where a frame may start: `##` that begins a line or that four digits follow.
///
/// A `##` inside a log text is neither, so a bad frame with such a text costs one frame and not two.
fn next_head(message: &[u8], from: usize) -> usize {
    let rest = message.get(from..).unwrap_or_default();
    for (index, two) in rest.windows(HEAD.len()).enumerate() {
        if two != HEAD {
            continue;
        }
        let at = from.saturating_add(index);
        let line_start = at.checked_sub(1).and_then(|i| message.get(i)).is_some_and(|b| matches!(b, b'\r' | b'\n'));
        let digits = message.get(at.saturating_add(HEAD.len())..at.saturating_add(HEAD_BYTES)).and_then(decimal);
        if line_start || digits.is_some() {
            return at;
        }
    }
    message.len()
}

fn skip_line_ends(message: &[u8], from: usize) -> usize {
    let rest = message.get(from..).unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n' | b' ' | b'\t')).count();
    from.saturating_add(blank)
}

fn starts_with(message: &[u8], at: usize, what: &[u8]) -> bool {
    message.get(at..).is_some_and(|rest| rest.starts_with(what))
}

fn decimal(digits: &[u8]) -> Option<usize> {
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(digits).ok()?;
    if all_digits { text.parse().ok() } else { None }
}

fn hexadecimal(digits: &[u8]) -> Option<u16> {
    let all_digits = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok()?;
    if all_digits { u16::from_str_radix(text, 16).ok() } else { None }
}
