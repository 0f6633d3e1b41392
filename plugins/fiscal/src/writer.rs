//! Writing lines and files: columns filled with blanks, texts cut between characters, counts and totals.

use xiezhi_formats::charset::gb18030_bytes;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::continuation::mark;
use crate::layout::{Column, LINE_BYTES, continuation, header, monitor, trailer};
use crate::problem::{FORMAT, Problem, code};
use crate::settings;

/// One line.
pub(crate) struct LineWriter(Vec<u8>);

impl LineWriter {
    fn new(tag: u8) -> Self {
        let mut bytes = vec![b' '; LINE_BYTES];
        bytes.iter_mut().take(1).for_each(|byte| *byte = tag);
        Self(bytes)
    }

    /// Writes a text at the left of its column.
    pub(crate) fn text(&mut self, column: &Column, text: &str) -> Result<(), Fault> {
        self.bytes(column, &gb18030_bytes(&plain(text)))
    }

    /// Writes a number with zeros in front.
    fn number(&mut self, column: &Column, number: usize) -> Result<(), Fault> {
        let width = column.bytes;
        self.bytes(column, format!("{number:0>width$}").as_bytes())
    }

    /// Writes a number that stays at the largest that the column holds.
    pub(crate) fn number_capped(&mut self, column: &Column, number: usize) -> Result<(), Fault> {
        let digits = u32::try_from(column.bytes).unwrap_or(u32::MAX);
        self.number(column, number.min(10_usize.saturating_pow(digits).saturating_sub(1)))
    }

    fn bytes(&mut self, column: &Column, bytes: &[u8]) -> Result<(), Fault> {
        match self.0.get_mut(column.at..column.at + bytes.len()) {
            Some(place) if bytes.len() <= column.bytes => {
                place.copy_from_slice(bytes);
                Ok(())
            }
            _ => {
                let text = format!("{}超过{}字节，无法写入定长文件", column.name, column.bytes);
                Err(Problem::new(code::FIELD_TOO_LONG, 0, text).in_field(column.name).fault_without_place(FORMAT))
            }
        }
    }
}

/// A line break would end the line; it and other control characters become blanks.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A file with one detail line.
pub(crate) struct FileWriter {
    /// The detail line.
    pub(crate) line: LineWriter,
    continuations: Vec<LineWriter>,
    text_bytes: usize,
}

impl FileWriter {
    pub(crate) fn new() -> Result<Self, Fault> {
        let mut line = LineWriter::new(b'D');
        line.number(&monitor::SEQ, 1)?;
        Ok(Self { line, continuations: Vec::new(), text_bytes: 0 })
    }

    /// Adds a text as continuation lines; an empty one is left out.
    pub(crate) fn item(&mut self, (item, _): (&str, &str), text: &str) -> Result<(), Fault> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let normal = text.replace("\r\n", "\n");
        let mut lines = normal.split('\n').peekable();
        while let Some(line) = lines.next() {
            let mark = if lines.peek().is_some() { mark::BREAK } else { mark::END };
            let mut pieces = pieces(&plain(line)).into_iter().peekable();
            while let Some(piece) = pieces.next() {
                self.continuation(item, if pieces.peek().is_some() { mark::ON } else { mark }, &piece)?;
            }
        }
        Ok(())
    }

    fn continuation(&mut self, item: &str, mark: &str, piece: &[u8]) -> Result<(), Fault> {
        let mut line = LineWriter::new(b'C');
        line.number(&continuation::SEQ, 1)?;
        line.number(&continuation::NUMBER, self.continuations.len().saturating_add(1))?;
        line.text(&continuation::ITEM, item)?;
        line.text(&continuation::MARK, mark)?;
        line.number(&continuation::LENGTH, piece.len())?;
        line.bytes(&continuation::TEXT, piece)?;
        self.text_bytes = self.text_bytes.saturating_add(piece.len());
        self.continuations.push(line);
        Ok(())
    }

    /// The file, with header and trailer.
    pub(crate) fn finish(self, kind: &str, context: &Context) -> Result<Vec<u8>, Fault> {
        let mut head = LineWriter::new(b'H');
        head.text(&header::REGION, settings::region(context)?)?;
        head.text(&header::DATE, context.at.to_compact_beijing().get(..8).unwrap_or_default())?;
        head.text(&header::KIND, kind)?;
        head.number(&header::COUNT, 1)?;
        head.text(&header::NUMBER, context.message_id.as_str())?;
        let mut tail = LineWriter::new(b'T');
        tail.number(&trailer::COUNT, 1)?;
        tail.number(&trailer::FIRST, self.continuations.len())?;
        tail.number(&trailer::SECOND, self.text_bytes)?;
        let lines = [head, self.line].into_iter().chain(self.continuations).chain([tail]);
        Ok(lines.flat_map(|line| line.0.into_iter().chain(*b"\r\n")).collect())
    }
}

/// A text in pieces that fit a continuation line, cut between characters; one empty piece for an empty text.
fn pieces(text: &str) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for c in text.chars() {
        let bytes = gb18030_bytes(c.encode_utf8(&mut [0; 4]));
        if piece.len() + bytes.len() > continuation::TEXT.bytes {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.extend(bytes);
    }
    pieces.push(piece);
    pieces
}
