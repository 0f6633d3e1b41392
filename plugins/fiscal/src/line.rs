//! One line and its columns: sliced by bytes, never by characters, because a column's border may fall into a character.

use xiezhi_formats::charset::gb18030_text;
use xiezhi_sdk::model::UtcTime;

use crate::layout::{Column, LINE_BYTES};
use crate::problem::{Problem, code};

/// A line of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'b> {
    /// Its number in the file, from 1; the header is line 1.
    pub(crate) number: u32,
    /// Where it begins in the message.
    pub(crate) at: usize,
    /// The line without its line end.
    pub(crate) bytes: &'b [u8],
}

/// What a column holds, without the blanks that fill it.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// Where it begins in the message.
    pub(crate) at: usize,
}

impl Cell {
    pub(crate) fn problem(&self, code: &'static str, text: impl Into<String>) -> Problem {
        Problem::new(code, self.at, text).in_field(self.name)
    }

    /// The cell as `YYYYMMDDhhmmss` in Beijing.
    pub(crate) fn time(&self) -> Result<UtcTime, Problem> {
        UtcTime::parse_compact_beijing(&self.text).map_err(|_| {
            let text = format!("{}应为 YYYYMMDDhhmmss 形式的真实时间（北京时间）", self.name);
            self.problem(code::TIME_INVALID, text)
        })
    }
}

impl<'b> Line<'b> {
    /// `H`, `D`, `C`, `T`, or what stands there instead.
    pub(crate) fn tag(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// Whether the line has 200 bytes; nothing in another one stands where it should.
    pub(crate) fn check_length(&self) -> Result<(), Problem> {
        let found = self.bytes.len();
        if found == LINE_BYTES {
            return Ok(());
        }
        let text = format!(
            "第{}行应为{LINE_BYTES}字节（不含回车换行），实为{found}字节；汉字按2字节、生僻字按4字节计，不足的补半角空格",
            self.number
        );
        Err(Problem::new(code::LINE_LENGTH, self.at, text))
    }

    /// The bytes of a column and where they begin in the message.
    pub(crate) fn raw(&self, column: &Column) -> (usize, &'b [u8]) {
        let bytes = self.bytes.get(column.at..column.at + column.bytes).unwrap_or_default();
        (self.at + column.at, bytes)
    }

    /// A column as text; empty where it holds only blanks.
    pub(crate) fn text(&self, column: &Column) -> Result<Cell, Problem> {
        let (at, raw) = self.raw(column);
        let text = gb18030_text(raw).map_err(|problem| {
            let text = match problem.code {
                code::ENCODING_TRUNCATED => {
                    format!(
                        "{}栏（{}字节）末尾的汉字被截断：请按字节计算栏宽，在整字处截断并补半角空格",
                        column.name, column.bytes
                    )
                }
                _ => problem.text.clone(),
            };
            Problem { text, ..problem }.moved(at).in_field(column.name)
        })?;
        let blanks = raw.iter().take_while(|&&byte| byte == b' ').count();
        let begin = if blanks < raw.len() { at + blanks } else { at };
        Ok(Cell { name: column.name, text: text.trim().to_owned(), at: begin })
    }

    /// A column that must not be blank.
    pub(crate) fn required(&self, column: &Column) -> Result<Cell, Problem> {
        let cell = self.text(column)?;
        match cell.text.is_empty() {
            false => Ok(cell),
            true => Err(cell.problem(code::FIELD_MISSING, format!("{}栏为空，请填写", column.name))),
        }
    }

    /// A column that may be blank.
    pub(crate) fn optional(&self, column: &Column) -> Result<Option<Cell>, Problem> {
        Ok(Some(self.text(column)?).filter(|cell| !cell.text.is_empty()))
    }

    /// A count: digits in every byte of the column.
    pub(crate) fn count(&self, column: &Column) -> Result<usize, Problem> {
        let amount = self.amount(column)?;
        usize::try_from(amount).map_err(|_| self.not_a_number(column))
    }

    /// An amount: digits in every byte of the column, the first of which may be a minus sign.
    pub(crate) fn amount(&self, column: &Column) -> Result<i64, Problem> {
        let (_, raw) = self.raw(column);
        let digits = raw.strip_prefix(b"-").unwrap_or(raw);
        let text = std::str::from_utf8(raw).unwrap_or_default();
        match !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
            true => text.parse().map_err(|_| self.not_a_number(column)),
            false => Err(self.not_a_number(column)),
        }
    }

    fn not_a_number(&self, column: &Column) -> Problem {
        let text = format!("{}应为{}位半角数字，不足的左边补零", column.name, column.bytes);
        Problem::new(code::NUMBER_INVALID, self.at + column.at, text).in_field(column.name)
    }
}

/// The lines of a message. A line feed is never part of a GBK or GB 18030 character, so they can be told apart before
/// anything else is known.
pub(crate) fn lines(message: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    let message = message.strip_suffix(b"\n").unwrap_or(message);
    (1..).zip(message.split(|&byte| byte == b'\n')).map(move |(number, bytes)| {
        let line = Line { number, at, bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        at += bytes.len() + 1;
        line
    })
}
