//! Delimited text (RFC 4180 as spreadsheets write it): from text to rows of cells whose places are known, and back.
//!
//! `csv-core` decides what a quote, a delimiter and a row's end are. This module adds places, counts and limits; it knows
//! nothing of headers, character sets ([`charset::Source`](crate::charset::Source) comes before it) or what a cell means.

use std::borrow::Cow;

use csv_core::{ReadFieldResult, Reader, ReaderBuilder, WriteResult, WriterBuilder};

use crate::{Problem, code};

/// A byte order mark at the start of the text is skipped; it counts in offsets.
const MARK: &str = "\u{feff}";
/// What the writer's buffer grows by; a cell is rarely longer.
const BUFFER_BYTES: usize = 256;

/// What a format allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most rows, the header among them.
    pub rows_max: u32,
    /// Most cells in a row.
    pub cells_max: usize,
    /// Most bytes (of UTF-8) in a cell.
    pub cell_bytes_max: usize,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'t> {
    /// What it holds, without its quotes; blanks at the ends are kept.
    pub text: Cow<'t, str>,
    /// Where its first character stands in the text, behind an opening quote.
    pub at: usize,
}

/// One row that holds at least one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'t> {
    /// The row as a spreadsheet program numbers it, from 1: the header counts, an empty line counts, a line break within
    /// quotes does not begin another row.
    pub number: u32,
    /// The line on which it begins as a text editor numbers it, from 1: there, line breaks within quotes do count.
    pub line: u32,
    /// Where it begins in the text.
    pub at: usize,
    /// Its cells; never none.
    pub cells: Vec<Cell<'t>>,
}

/// A row that could not be read; those behind it can be, unless a quote is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As [`Row::number`].
    pub number: u32,
    /// As [`Row::line`].
    pub line: u32,
    /// Why.
    pub problem: Problem,
}

/// What comes out of a table, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'t> {
    /// A row.
    Row(Row<'t>),
    /// A row that costs itself.
    Refused(Refused),
    /// More rows than the format allows: nothing follows.
    TooMany(Problem),
}

/// The rows of a text, one by one: memory is that of one row. Empty lines are skipped and counted.
#[derive(Debug)]
pub struct Rows<'t> {
    text: &'t str,
    limits: Limits,
    reader: Reader,
    buffer: Vec<u8>,
    at: usize,
    number: u32,
    line: u32,
    ended: bool,
}

impl<'t> Rows<'t> {
    /// The rows of a text whose cells are divided by `delimiter` (`b','`, `b'\t'`).
    #[must_use]
    pub fn new(text: &'t str, delimiter: u8, limits: Limits) -> Self {
        let at = if text.starts_with(MARK) { MARK.len() } else { 0 };
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        // One more, because the parser calls a buffer full before it knows that the cell ends there.
        let buffer = vec![0; limits.cell_bytes_max.saturating_add(1)];
        Self { text, limits, reader, buffer, at, number: 0, line: 1, ended: false }
    }

    /// Skips empty lines; `false` at the end of the text.
    fn seek(&mut self) -> bool {
        loop {
            let rest = self.rest();
            self.number = self.number.saturating_add(1);
            match rest {
                [] => return false,
                [b'\r', b'\n', ..] => self.at += 2,
                [b'\r' | b'\n', ..] => self.at += 1,
                _ => return true,
            }
            self.line = self.line.saturating_add(1);
        }
    }

    /// Steps over the end of the line that a row ended with. The parser would do so with its next row; but only here is
    /// it told apart from an empty line.
    fn close_line(&mut self, ended_with: Option<u8>) {
        if matches!(ended_with, Some(b'\r' | b'\n')) {
            self.line = self.line.saturating_add(1);
        }
        if ended_with == Some(b'\r') && self.rest().first() == Some(&b'\n') {
            self.at += 1;
        }
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Reads the row that begins here.
    fn row(&mut self) -> Item<'t> {
        let (number, line, at) = (self.number, self.line, self.at);
        let mut cells = Vec::new();
        let mut wrong = None;
        loop {
            let start = self.at;
            let field = self.field();
            match field.cell {
                _ if wrong.is_some() => {}
                Err(problem) => wrong = Some(problem),
                Ok(_) if cells.len() >= self.limits.cells_max => {
                    let text = format!("本行超过{}个单元格，请检查分隔符或删去多余的列", self.limits.cells_max);
                    wrong = Some(Problem::new(code::LIMIT, start, text));
                }
                Ok(cell) => cells.push(cell),
            }
            if field.last {
                self.close_line(field.ended_with);
                break;
            }
        }
        match wrong {
            None => Item::Row(Row { number, line, at, cells }),
            Some(problem) => Item::Refused(Refused { number, line, problem }),
        }
    }

    /// Reads the field that begins here, and steps behind its delimiter or the byte that ends the row.
    fn field(&mut self) -> Field<'t> {
        let start = self.at;
        let quoted = self.rest().first() == Some(&b'"');
        let at = start + usize::from(quoted);
        let (mut length, mut too_long) = (0, false);
        let (last, ended_with) = loop {
            let output = self.buffer.get_mut(length..).unwrap_or_default();
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let (result, read, written) = self.reader.read_field(rest, output);
            self.at += read;
            length += written;
            match result {
                // The next call has nothing to read and thereby ends the field.
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => (length, too_long) = (0, true),
                ReadFieldResult::Field { record_end } if read == 0 => break (record_end, None),
                ReadFieldResult::Field { record_end } => {
                    break (record_end, self.text.as_bytes().get(self.at - 1).copied());
                }
                ReadFieldResult::End => break (true, None),
            }
        };
        let end = self.at - usize::from(ended_with.is_some());
        let raw = self.text.get(start..end).unwrap_or_default();
        self.count_lines(raw);
        // At the end of the text the parser has no need to call the buffer full.
        let cell = if too_long || length > self.limits.cell_bytes_max {
            let text = format!("单元格内容过长，不得超过{}字节，请检查引号是否成对", self.limits.cell_bytes_max);
            Err(Problem::new(code::LIMIT, at, text))
        } else if quoted && ended_with.is_none() && raw.bytes().filter(|&b| b == b'"').count() % 2 == 1 {
            let text = "引号没有成对：从此处到文件末尾都被当作同一个单元格，请补上引号后重新发送这些行";
            Err(Problem::new(code::QUOTE, start, text))
        } else {
            Ok(Cell { text: self.kept(at, length), at })
        };
        Field { cell, last, ended_with }
    }

    /// The field's text, borrowed where it stands in the message as it is.
    fn kept(&self, at: usize, length: usize) -> Cow<'t, str> {
        let read = self.buffer.get(..length).unwrap_or_default();
        match self.text.get(at..at + length) {
            Some(same) if same.as_bytes() == read => Cow::Borrowed(same),
            // Only quotes are left out, so this is always UTF-8.
            _ => Cow::Owned(String::from_utf8_lossy(read).into_owned()),
        }
    }

    fn count_lines(&mut self, raw: &str) {
        let bytes = raw.as_bytes();
        let next = bytes.iter().skip(1).map(Some).chain([None]);
        let breaks =
            bytes.iter().zip(next).filter(|&(&b, next)| b == b'\n' || (b == b'\r' && next != Some(&b'\n'))).count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
    }
}

struct Field<'t> {
    cell: Result<Cell<'t>, Problem>,
    /// Whether the row ends with it.
    last: bool,
    /// The delimiter or line break behind it; `None` at the end of the text.
    ended_with: Option<u8>,
}

impl<'t> Iterator for Rows<'t> {
    type Item = Item<'t>;

    fn next(&mut self) -> Option<Item<'t>> {
        if self.ended || !self.seek() {
            return None;
        }
        if self.number > self.limits.rows_max {
            self.ended = true;
            let text = format!("表格超过{}行（含表头和空行），请拆分后重新发送", self.limits.rows_max);
            return Some(Item::TooMany(Problem::new(code::LIMIT, self.at, text)));
        }
        Some(self.row())
    }
}

/// A table being written: comma, CRLF, and quotes where a cell needs them. It adds nothing that protects a cell from a
/// spreadsheet program, which takes `0123` for a number: what is written is what a program reads back.
#[derive(Debug)]
pub struct Writer {
    core: csv_core::Writer,
    text: Vec<u8>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new(b',')
    }
}

impl Writer {
    /// An empty table.
    #[must_use]
    pub fn new(delimiter: u8) -> Self {
        let core = WriterBuilder::new().delimiter(delimiter).terminator(csv_core::Terminator::CRLF).build();
        Self { core, text: Vec::new() }
    }

    /// Adds a row.
    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.push(|core, output| {
                    let (result, written) = core.delimiter(output);
                    (result, 0, written)
                });
            }
            let mut rest = cell.as_ref().as_bytes();
            self.push(|core, output| {
                let (result, read, written) = core.field(rest, output);
                rest = rest.get(read..).unwrap_or_default();
                (result, read, written)
            });
        }
        self.push(|core, output| {
            let (result, written) = core.terminator(output);
            (result, 0, written)
        });
    }

    /// The table as text, without a byte order mark.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.push(|core, output| {
            let (result, written) = core.finish(output);
            (result, 0, written)
        });
        // The writer copies UTF-8 and adds ASCII.
        String::from_utf8(self.text).unwrap_or_default()
    }

    /// Lets the writer write until its input is used up.
    fn push(&mut self, mut write: impl FnMut(&mut csv_core::Writer, &mut [u8]) -> (WriteResult, usize, usize)) {
        let mut buffer = [0; BUFFER_BYTES];
        loop {
            let (result, _, written) = write(&mut self.core, &mut buffer);
            self.text.extend_from_slice(buffer.get(..written).unwrap_or_default());
            if result == WriteResult::InputEmpty {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
