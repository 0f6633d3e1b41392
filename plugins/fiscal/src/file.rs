//! A file: header, detail lines with their continuation lines, trailer; counts checked. Knows no column of a detail line.

use xiezhi_sdk::model::CivilDate;

use crate::layout::{header, trailer};
use crate::line::{Line, lines};
use crate::problem::{Problem, code};

/// Most lines in a file: 10000 lines of 202 bytes are 2 MB, and a district has fewer enterprises in one month's file.
const LINES_MAX: usize = 10_000;
/// Every lead byte of a UTF-8 sequence of three or four bytes is at least this.
const UTF8_LONG_LEAD: u8 = 0xe0;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `CYJC`: 财源监测.
    Monitor,
    /// `CLFK`: 处理反馈.
    Feedback,
    /// `CSFK`: 措施反馈.
    MeasureFeedback,
    /// `HZ`: 回执.
    Receipt,
}

/// The header.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) date: CivilDate,
    /// 报文标识, or type and date.
    pub(crate) number: String,
}

/// A detail line and its continuation lines.
#[derive(Debug)]
pub(crate) struct Detail<'b> {
    pub(crate) line: Line<'b>,
    pub(crate) continuations: Vec<Line<'b>>,
}

/// A file whose counts are right.
#[derive(Debug)]
pub(crate) struct File<'b> {
    pub(crate) header: Header,
    pub(crate) details: Vec<Detail<'b>>,
    /// Lines that belong to no detail.
    pub(crate) strays: Vec<(u32, Problem)>,
    pub(crate) trailer: Line<'b>,
}

impl<'b> File<'b> {
    /// Reads a file.
    pub(crate) fn read(message: &'b [u8]) -> Result<Self, Problem> {
        check_encoding(message)?;
        let mut rest = lines(message);
        let Some(first) = rest.next().filter(|line| line.tag() == Some(b'H')) else {
            let text = "文件第一行应为文件头（H 行），请检查是否完整发送";
            return Err(Problem::new(code::HEADER_MISSING, 0, text));
        };
        first.check_length()?;
        let header = read_header(&first)?;
        let mut file = Self { header, details: Vec::new(), strays: Vec::new(), trailer: first };
        for line in rest.by_ref() {
            if line.number as usize > LINES_MAX {
                return Err(Problem::new(code::LIMIT, line.at, format!("一份文件不得超过{LINES_MAX}行，请拆分后报送")));
            }
            if line.tag() == Some(b'T') {
                line.check_length()?;
                file.trailer = line;
                break;
            }
            file.add(line);
        }
        if file.trailer.tag() != Some(b'T') {
            let text = "文件没有文件尾（T 行），内容可能不完整，请重新报送整份文件";
            return Err(Problem::new(code::TRAILER_MISSING, message.len(), text));
        }
        if let Some(after) = rest.next() {
            let text = "文件尾（T 行）之后不应再有内容，一份报文只能有一个文件";
            return Err(Problem::new(code::STRUCTURE, after.at, text));
        }
        file.check_count(&first, &header::COUNT)?;
        file.check_count(&file.trailer, &trailer::COUNT)?;
        if file.details.is_empty() {
            return Err(Problem::new(code::STRUCTURE, file.trailer.at, "文件没有明细（D 行），至少应有一行"));
        }
        Ok(file)
    }

    fn add(&mut self, line: Line<'b>) {
        match (line.tag(), self.details.last_mut()) {
            (Some(b'D'), _) => self.details.push(Detail { line, continuations: Vec::new() }),
            (Some(b'C'), Some(detail)) => detail.continuations.push(line),
            (Some(b'C'), None) => {
                let text = "续行（C 行）之前没有它所属的明细（D 行）";
                self.strays.push((line.number, Problem::new(code::CONTINUATION_INVALID, line.at, text)));
            }
            _ => {
                let text = format!("第{}行的首字符应为 D（明细）或 C（续行），请检查该行是否错位", line.number);
                self.strays.push((line.number, Problem::new(code::LINE_TYPE_UNKNOWN, line.at, text)));
            }
        }
    }

    /// A line that was lost or doubled makes the whole file doubtful.
    fn check_count(&self, line: &Line<'_>, column: &crate::layout::Column) -> Result<(), Problem> {
        let stated = line.count(column)?;
        let found = self.details.len();
        if stated == found {
            return Ok(());
        }
        let text =
            format!("第{}行载明明细{stated}行，实有{found}行（D 行），整份文件不予采信，请核对后重新报送", line.number);
        Err(Problem::new(code::COUNT_MISMATCH, line.at + column.at, text).in_field(column.name))
    }
}

fn read_header(line: &Line<'_>) -> Result<Header, Problem> {
    line.count(&header::REGION)?;
    let date = line.text(&header::DATE)?;
    let parsed = CivilDate::parse_compact(&date.text)
        .map_err(|_| date.problem(code::TIME_INVALID, "报送日期应为 YYYYMMDD 形式的真实日期"))?;
    let name = line.text(&header::KIND)?;
    let kind = match name.text.as_str() {
        "CYJC" => Kind::Monitor,
        "CLFK" => Kind::Feedback,
        "CSFK" => Kind::MeasureFeedback,
        "HZ" => Kind::Receipt,
        _ => {
            let text = "文件类型应为 CYJC（财源监测）、CLFK（处理反馈）、CSFK（措施反馈）或 HZ（回执）";
            return Err(name.problem(code::FILE_TYPE_UNKNOWN, text));
        }
    };
    let number = match line.optional(&header::NUMBER)? {
        Some(cell) => cell.text,
        None => format!("{}-{}", name.text, date.text),
    };
    Ok(Header { kind, date: parsed, number })
}

/// UTF-8 has other widths, so nothing in such a file stands where it should.
fn check_encoding(message: &[u8]) -> Result<(), Problem> {
    let evidence = message.iter().any(|&byte| byte >= UTF8_LONG_LEAD) && std::str::from_utf8(message).is_ok();
    match message.iter().position(|byte| !byte.is_ascii()) {
        Some(at) if evidence => {
            let text = "文件应为 GBK（GB18030）编码，实际内容却是 UTF-8，栏宽因此全部错位，请转换编码后重新报送";
            Err(Problem::new(code::ENCODING_MISMATCH, at, text).in_field("encoding"))
        }
        _ => Ok(()),
    }
}
