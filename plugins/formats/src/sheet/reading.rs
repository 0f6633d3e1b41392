//! Going through a table: find the header, then turn each row below it into a record or a problem.

use xiezhi_sdk::RowRecord;
use xiezhi_sdk::model::Record;

use super::{Entry, Header, Layout, Places};
use crate::csv::{Item, Row};
use crate::{Problem, code};

/// Rows that are looked at for the header: titles, dates and notes may stand above it.
const HEADER_ROWS_MAX: usize = 10;

/// What a table gave.
#[derive(Debug, Default, PartialEq)]
pub struct Read {
    /// The records, by row.
    pub records: Vec<RowRecord>,
    /// What is wrong with rows, each text with its place in words.
    pub problems: Vec<(u32, Problem)>,
}

/// Reads a table of one of the layouts. `each` reads one row below the header; blank rows are not shown to it.
///
/// # Errors
/// `header-unknown`, `field-repeated`, `rows-missing`, and `limit` where there are too many rows.
pub fn read<'t>(
    items: impl IntoIterator<Item = Item<'t>>,
    layouts: &'static [Layout],
    places: Places,
    serial_shift: i32,
    mut each: impl FnMut(&Entry<'_>, &'static Layout, u32) -> Result<Record, Problem>,
) -> Result<Read, Problem> {
    let mut items = items.into_iter();
    let (mut header, header_at) = header(&mut items, layouts, places)?;
    header.serial_shift = serial_shift;
    let mut read = Read::default();
    for item in items {
        match item {
            Item::Row(row) => {
                let Some(entry) = Entry::new(&header, &row) else { continue };
                match each(&entry, header.layout, row.number) {
                    Ok(record) => read.records.push(RowRecord { row: row.number, record }),
                    Err(problem) => read.problems.push((row.number, entry.placed(problem))),
                }
            }
            Item::Refused(refused) => {
                let row = Row { number: refused.number, line: refused.line, at: refused.problem.at, cells: Vec::new() };
                read.problems.push((row.number, Entry { header: &header, row: &row }.placed(refused.problem)));
            }
            Item::TooMany(problem) => return Err(problem),
        }
    }
    if read.records.is_empty() && read.problems.is_empty() {
        let text = format!("{}只有表头，没有数据行", header.layout.title);
        return Err(Problem::new(code::ROWS_MISSING, header_at, text));
    }
    Ok(read)
}

/// The header and where it begins.
fn header<'t>(
    items: &mut impl Iterator<Item = Item<'t>>,
    layouts: &'static [Layout],
    places: Places,
) -> Result<(Header, usize), Problem> {
    for item in items.take(HEADER_ROWS_MAX) {
        match item {
            Item::Row(row) => {
                if let Some(header) = Header::find(layouts, &row, places)? {
                    return Ok((header, row.at));
                }
            }
            // A long title or note above the header is no concern.
            Item::Refused(_) => {}
            Item::TooMany(problem) => return Err(problem),
        }
    }
    let kinds: Vec<String> =
        layouts.iter().map(|layout| format!("{}（{}）", layout.title, layout.marks.join("、"))).collect();
    let text =
        format!("前{HEADER_ROWS_MAX}行中找不到可识别的表头，各类表格必有的列为：{}，请按模板填报", kinds.join("；"));
    Err(Problem::new(code::HEADER_UNKNOWN, 0, text))
}
