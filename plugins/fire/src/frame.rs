//! Frames of GB/T 26875.3-2011 in a stream: where each begins and ends, and its header. Knows no application unit.
//!
//! A frame's end follows from its length field. Texts in it may hold any bytes, so `##` is never searched for; after
//! damage the reader looks for the next `@@` from which a whole frame can be read.

use crate::problem::{Problem, code};

/// Most bytes of an application data unit (8.2.6).
pub(crate) const UNIT_BYTES_MAX: usize = 1024;
/// From `@@` to the command.
const HEADER_BYTES: usize = 27;
/// Check sum and `##`.
const TAIL_BYTES: usize = 3;
/// Where the version stands.
pub(crate) const VERSION_AT: usize = 4;
/// Where the length of the application data unit stands.
const LENGTH_AT: usize = 24;
/// Where the command stands.
pub(crate) const COMMAND_AT: usize = 26;
/// Main version that the standard fixes.
pub(crate) const VERSION_MAIN: u8 = 1;
const START: &[u8] = b"@@";
/// Most frames in a message: a day of a busy building, and the reply with an answer to each stays small.
const FRAMES_MAX: usize = 2_000;

/// What the command byte means (table 2).
pub(crate) mod command {
    /// 控制命令.
    pub(crate) const CONTROL: u8 = 1;
    /// 发送数据.
    pub(crate) const DATA: u8 = 2;
    /// 确认.
    pub(crate) const CONFIRM: u8 = 3;
    /// 请求.
    pub(crate) const REQUEST: u8 = 4;
    /// 应答.
    pub(crate) const ANSWER: u8 = 5;
    /// 否认.
    pub(crate) const NEGATE: u8 = 6;
}

/// Who and when: the part of a frame that its answer repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// 业务流水号.
    pub(crate) serial: u16,
    /// Main and user version.
    pub(crate) version: [u8; 2],
    /// 时间标签.
    pub(crate) label: [u8; 6],
    /// 源地址, as on the wire: lowest byte first.
    pub(crate) source: [u8; 6],
    /// 目的地址, likewise.
    pub(crate) target: [u8; 6],
}

/// A whole frame. Its check sum need not be right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'b> {
    /// Where its `@@` stands in the message.
    pub(crate) at: usize,
    pub(crate) header: Header,
    pub(crate) command: u8,
    /// The application data unit.
    pub(crate) unit: &'b [u8],
    /// Everything from `@@` to `##`.
    pub(crate) bytes: &'b [u8],
    /// The check sum as sent.
    pub(crate) checksum: u8,
}

impl<'b> Frame<'b> {
    /// Where the application data unit begins in the message.
    pub(crate) fn unit_at(&self) -> usize {
        self.at + HEADER_BYTES
    }

    /// The check sum as it should be.
    pub(crate) fn sum(&self) -> u8 {
        let end = self.bytes.len().saturating_sub(TAIL_BYTES);
        checksum(self.bytes.get(START.len()..end).unwrap_or_default())
    }

    /// Where the check sum stands in the message.
    pub(crate) fn checksum_at(&self) -> usize {
        self.at + self.bytes.len().saturating_sub(TAIL_BYTES)
    }

    /// Reads the frame that begins at a place.
    pub(crate) fn read(message: &'b [u8], at: usize) -> Result<Self, Problem> {
        let rest = message.get(at..).unwrap_or_default();
        let Some(head) = rest.first_chunk::<HEADER_BYTES>() else { return Err(truncated(at)) };
        let &[
            a,
            b,
            s0,
            s1,
            v0,
            v1,
            t0,
            t1,
            t2,
            t3,
            t4,
            t5,
            o0,
            o1,
            o2,
            o3,
            o4,
            o5,
            d0,
            d1,
            d2,
            d3,
            d4,
            d5,
            n0,
            n1,
            command,
        ] = head;
        if [a, b] != START {
            return Err(garbage(at));
        }
        let length = usize::from(u16::from_le_bytes([n0, n1]));
        if length > UNIT_BYTES_MAX {
            let text =
                format!("应用数据单元长度{length}超过{UNIT_BYTES_MAX}字节，长度字段有误或在传输中损坏，请重发该帧");
            return Err(Problem::new(code::LENGTH_INVALID, at + LENGTH_AT, text).in_field("应用数据单元长度"));
        }
        let total = HEADER_BYTES + length + TAIL_BYTES;
        let (Some(bytes), Some(unit)) = (rest.get(..total), rest.get(HEADER_BYTES..HEADER_BYTES + length)) else {
            return Err(truncated(at));
        };
        let Some(&[checksum, b'#', b'#']) = bytes.last_chunk::<TAIL_BYTES>() else {
            let text = "按长度字段推算的位置不是帧尾##，长度字段或帧内容在传输中损坏，请重发该帧";
            return Err(Problem::new(code::END_MISSING, at + total - 2, text).in_field("结束符"));
        };
        let header = Header {
            serial: u16::from_le_bytes([s0, s1]),
            version: [v0, v1],
            label: [t0, t1, t2, t3, t4, t5],
            source: [o0, o1, o2, o3, o4, o5],
            target: [d0, d1, d2, d3, d4, d5],
        };
        Ok(Self { at, header, command, unit, bytes, checksum })
    }
}

/// Sum of the bytes, modulo 256.
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, &byte| sum.wrapping_add(byte))
}

/// A stretch of a message: a whole frame, or what stands where one should.
pub(crate) type Stretch<'b> = Result<Frame<'b>, Problem>;

/// Cuts a message into frames; each damaged stretch up to the next whole frame is one problem.
pub(crate) fn split(message: &[u8]) -> Result<Vec<Stretch<'_>>, Problem> {
    if !message.windows(START.len()).any(|pair| pair == START) {
        let text = "报文中没有 GB/T 26875.3 的帧头@@，请检查发送的是否为该协议的数据包";
        return Err(Problem::new(code::FRAME_MISSING, 0, text));
    }
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < message.len() {
        if stretches.len() >= FRAMES_MAX {
            return Err(Problem::new(code::LIMIT, at, format!("一份报文不得超过{FRAMES_MAX}帧，请拆分后发送")));
        }
        let stretch = if message.get(at..).is_some_and(|rest| rest.starts_with(START)) {
            Frame::read(message, at)
        } else {
            Err(garbage(at))
        };
        at = match &stretch {
            Ok(frame) => at + frame.bytes.len(),
            Err(_) => next_frame(message, at + 1),
        };
        stretches.push(stretch);
    }
    Ok(stretches)
}

/// Where the next frame begins that is whole, or that the end of the message cuts off; the end where there is none.
fn next_frame(message: &[u8], from: usize) -> usize {
    let begins = |&at: &usize| match Frame::read(message, at) {
        Ok(_) => true,
        // `@@` may also stand in a text. The version makes it likely that this one begins a frame.
        Err(problem) if problem.code == code::FRAME_TRUNCATED => {
            let head = message.get(at..).unwrap_or_default();
            head.starts_with(START) && head.get(VERSION_AT) == Some(&VERSION_MAIN)
        }
        Err(_) => false,
    };
    (from..message.len()).find(begins).unwrap_or(message.len())
}

/// Writes a frame.
pub(crate) fn write(header: &Header, command: u8, unit: &[u8]) -> Vec<u8> {
    let length = u16::try_from(unit.len()).unwrap_or(u16::MAX);
    let mut frame = START.to_vec();
    frame.extend(header.serial.to_le_bytes());
    frame.extend(header.version);
    frame.extend(header.label);
    frame.extend(header.source);
    frame.extend(header.target);
    frame.extend(length.to_le_bytes());
    frame.push(command);
    frame.extend(unit);
    frame.push(checksum(frame.get(START.len()..).unwrap_or_default()));
    frame.extend(b"##");
    frame
}

fn truncated(at: usize) -> Problem {
    let text = "数据帧不完整：报文在该帧的帧尾##之前结束，请检查是否分段发送或中途断线，然后重发该帧";
    Problem::new(code::FRAME_TRUNCATED, at, text)
}

fn garbage(at: usize) -> Problem {
    Problem::new(code::GARBAGE, at, "两帧之间有不属于任何帧的字节，已跳过；请检查发送程序或线路，缺失的帧请重发")
}
