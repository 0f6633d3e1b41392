//! A message is one workbook or one CSV table; its header says which kind of record its rows are.

use xiezhi_formats::charset::{Charset, Source};
use xiezhi_formats::csv::{Item, Limits, Rows};
use xiezhi_formats::office;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_formats::sheet::{self, Entry, Layout, Places, Read};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input};

use crate::problem::{FORMAT, Problem, code};
use crate::workbook::Workbook;
use crate::{appraisal, cells};

/// Longest message. A workbook of a full table has about 300 kB, a CSV table 1 MB.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// As many rows as a sheet may have, with empty ones; cells somewhat longer than the longest field (4000 characters).
const CSV_LIMITS: Limits = Limits { rows_max: 5_000, cells_max: cells::CELLS_MAX, cell_bytes_max: 16 * 1024 };
/// How a ZIP archive, and so a workbook, begins.
const ZIP_SIGN: &[u8] = b"PK\x03\x04";
/// How the old binary workbooks begin, and new ones with a password.
const OLE_SIGN: &[u8] = b"\xd0\xcf\x11\xe0";
/// UTF-8 byte order mark: a spreadsheet's own word that a CSV table is not in GB18030.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The tables, the most particular first: an answer may carry columns of what it answers.
static LAYOUTS: [Layout; 3] = [office::FEEDBACK, office::MEASURE_FEEDBACK, appraisal::LAYOUT];

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "住建表格不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("文件超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    if bytes.starts_with(OLE_SIGN) {
        let text = "文件是旧版 .xls 或加了密码，请取消密码并另存为 .xlsx 后重新发送";
        return Err(Problem::new(code::XLS_UNSUPPORTED, 0, text).fault(FORMAT));
    }
    let mut decoded = Decoded::default();
    if bytes.starts_with(ZIP_SIGN) {
        let read = workbook(bytes, context).map_err(|problem| problem.fault(FORMAT))?;
        decoded.document.records = read.records;
        let faults = read.problems.into_iter().map(|(row, problem)| problem.row_fault(FORMAT, row));
        decoded.document.row_faults = faults.collect();
        return Ok(decoded);
    }
    let charset = if bytes.starts_with(UTF8_MARK) { Charset::Utf8 } else { Charset::Gb18030 };
    let source = Source::agreed(FORMAT, bytes, charset, encoding_fallback(FORMAT, context)?)?;
    let rows = Rows::new(source.text(), delimiter(source.text()), CSV_LIMITS);
    let read = table(rows, Places::Lines, 0, context).map_err(|problem| source.fault(problem))?;
    decoded.document.records = read.records;
    let faults = read.problems.into_iter().map(|(row, problem)| source.row_fault(row, problem));
    decoded.document.row_faults = faults.collect();
    Ok(decoded)
}

/// Reads the first sheet with a header that is known; where there is none, says what is wrong with the first.
fn workbook(bytes: &[u8], context: &Context) -> Result<Read, Problem> {
    let book = Workbook::open(bytes)?;
    let mut first_problem = None;
    for index in 0..book.sheet_count() {
        let part = book.sheet(index)?;
        let items = cells::rows(&part, book.texts())?;
        match table(items, Places::Cells, book.serial_shift, context) {
            Err(problem) if problem.code == code::HEADER_UNKNOWN => {
                first_problem = first_problem.or(Some(Problem { at: part.at, ..problem }));
            }
            answer => return answer,
        }
    }
    Err(first_problem.unwrap_or_else(|| crate::archive::damaged(0, "没有可见的工作表")))
}

fn table<'t>(
    items: impl IntoIterator<Item = Item<'t>>,
    places: Places,
    serial_shift: i32,
    context: &Context,
) -> Result<Read, Problem> {
    sheet::read(items, &LAYOUTS, places, serial_shift, |entry, layout, row| record(entry, layout, context, row))
}

fn record(entry: &Entry<'_>, layout: &Layout, context: &Context, row: u32) -> Result<Record, Problem> {
    Ok(match layout.title {
        title if title == office::FEEDBACK.title => Record::Feedback(Box::new(office::feedback(entry, context, row)?)),
        title if title == office::MEASURE_FEEDBACK.title => {
            Record::MeasureFeedback(Box::new(office::measure_feedback(entry, context, row)?))
        }
        _ => Record::Finding(Box::new(appraisal::finding(entry)?)),
    })
}

/// Comma, or TAB where the first line has one and no comma: what a spreadsheet gives when cells are copied.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    if line.contains('\t') && !line.contains(',') { b'\t' } else { b',' }
}
