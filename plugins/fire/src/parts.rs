//! Texts that are split over several frames: how they are numbered, and which belong together.
//!
//! Each such text begins with `分帧=i/n|`; what follows is a piece, cut between characters. The frames have consecutive serial
//! numbers, and sender, type and time label in common.

use std::collections::BTreeMap;

use xiezhi_sdk::Part;
use xiezhi_sdk::model::fault::Fault;

use crate::frame::Frame;
use crate::payload::Payload;
use crate::problem::{FORMAT, Problem, code};
use crate::settings::address_text;
use crate::state::hex;
use crate::unit::Text;

/// `分帧=` in GB 18030.
const PREFIX: &[u8] = b"\xb7\xd6\xd6\xa1=";
/// Most frames of one text: 60 kB, more than any record holds.
pub(crate) const PARTS_MAX: u16 = 64;
/// How long the host waits for the other frames: three resends of ten seconds (the standard's) for each of some twenty.
const WAIT_MS: u64 = 600_000;
/// Longest `i/n`.
const NUMBER_BYTES_MAX: usize = 8;

/// A frame that holds a piece of a text.
#[derive(Debug)]
pub(crate) struct Piece<'b> {
    pub(crate) row: u32,
    pub(crate) frame: Frame<'b>,
    flag: u8,
    /// What the whole text is.
    pub(crate) text: Text,
    index: u16,
    total: u16,
    payload: Payload<'b>,
    /// Its piece of the text, and where that begins in the message.
    piece: (usize, &'b [u8]),
}

/// The number of a part as text.
pub(crate) fn prefix(index: usize, total: usize) -> Vec<u8> {
    [PREFIX, format!("{index}/{total}|").as_bytes()].concat()
}

impl<'b> Piece<'b> {
    /// The frame as a piece, or its payload back where it holds a whole text.
    pub(crate) fn of(
        row: u32,
        frame: Frame<'b>,
        flag: u8,
        text: Text,
        payload: Payload<'b>,
    ) -> Result<Result<Self, Payload<'b>>, Fault> {
        let (at, bytes) = payload.first();
        let Some(rest) = bytes.strip_prefix(PREFIX) else { return Ok(Err(payload)) };
        let wrong = || {
            let text = format!("分帧应为“分帧=序号/总数|”，序号从1开始，总数为2至{PARTS_MAX}");
            Problem::new(code::PART_INVALID, at, text).in_field("分帧").fault(FORMAT)
        };
        let end = rest.iter().take(NUMBER_BYTES_MAX).position(|&byte| byte == b'|').ok_or_else(wrong)?;
        let (number, after) = rest.split_at_checked(end).ok_or_else(wrong)?;
        let (index, total) =
            std::str::from_utf8(number).ok().and_then(|text| text.split_once('/')).ok_or_else(wrong)?;
        let (index, total) = (index.parse().map_err(|_| wrong())?, total.parse().map_err(|_| wrong())?);
        if !(2..=PARTS_MAX).contains(&total) || !(1..=total).contains(&index) {
            return Err(wrong());
        }
        let piece = (at + PREFIX.len() + end + 1, after.get(1..).unwrap_or_default());
        Ok(Ok(Self { row, frame, flag, text, index, total, payload, piece }))
    }

    /// What the frames of one text have in common.
    fn key(&self) -> String {
        let header = &self.frame.header;
        let first = header.serial.wrapping_sub(self.index.wrapping_sub(1));
        format!("{}/{}/{first:05}/{}", address_text(header.source), self.flag, hex(&header.label))
    }
}

/// The split texts of a message, by what their frames have in common.
#[derive(Debug, Default)]
pub(crate) struct Groups<'b> {
    groups: BTreeMap<String, Vec<Piece<'b>>>,
}

impl<'b> Groups<'b> {
    /// Adds a piece. The same frame once more is a resend.
    pub(crate) fn add(&mut self, piece: Piece<'b>) -> Result<(), Fault> {
        let group = self.groups.entry(piece.key()).or_default();
        let clash = |text: &str| Problem::new(code::PART_INVALID, piece.piece.0, text).in_field("分帧").fault(FORMAT);
        if group.first().is_some_and(|first| first.total != piece.total) {
            return Err(clash("同一文本各帧的分帧总数不一致，请重发全部分帧"));
        }
        match group.iter().find(|known| known.index == piece.index) {
            Some(known) if known.frame.bytes == piece.frame.bytes => Ok(()),
            Some(_) => Err(clash("同一分帧序号出现了两次而内容不同，请重发全部分帧")),
            None => {
                group.push(piece);
                Ok(())
            }
        }
    }

    /// The texts that are whole, each with its first frame, and the frames that wait for others.
    pub(crate) fn finish(self) -> (Vec<(Piece<'b>, Payload<'b>)>, Vec<Part>) {
        let (mut whole, mut waiting) = (Vec::new(), Vec::new());
        for (key, mut pieces) in self.groups {
            pieces.sort_by_key(|piece| piece.index);
            let total = pieces.first().map_or(0, |piece| usize::from(piece.total));
            if pieces.len() < total {
                waiting.extend(pieces.iter().map(|piece| part(&key, piece)));
                continue;
            }
            let texts = pieces.iter().map(|piece| piece.piece).collect();
            if let Some(mut first) = pieces.into_iter().next() {
                let empty = Payload::new(&[], 0, &[], 0);
                let joined = std::mem::replace(&mut first.payload, empty).with_pieces(texts);
                whole.push((first, joined));
            }
        }
        (whole, waiting)
    }
}

fn part(key: &str, piece: &Piece<'_>) -> Part {
    Part {
        key: key.to_owned(),
        index: piece.index.into(),
        total: piece.total.into(),
        expires_after_ms: WAIT_MS,
        body: piece.frame.bytes.to_vec(),
    }
}
