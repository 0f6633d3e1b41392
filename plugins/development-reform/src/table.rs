//! The flat table of 双公示 penalties: CSV with the field names, or their Chinese headings, in the header.

use xiezhi_formats::cell::clean;
use xiezhi_formats::charset::Source;
use xiezhi_formats::csv::{self, Item, Limits, Rows};
use xiezhi_formats::fields::Value;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Decoded, RowRecord};

use crate::decode::ROWS_MAX;
use crate::penalty::{self, DOCUMENT, NAME};
use crate::problem::{Problem, code};
use crate::row::{FIELDS_MAX, Row};

/// Rows in which the header is looked for: a title and a note may stand above it.
const HEADER_ROWS_MAX: u32 = 5;
/// The longest field has 5000 characters, each of four bytes at most.
const LIMITS: Limits = Limits { rows_max: ROWS_MAX + HEADER_ROWS_MAX, cells_max: FIELDS_MAX, cell_bytes_max: 20_000 };

/// Reads a table. Rows are counted as a spreadsheet program numbers them, the header among them.
pub(crate) fn read(source: &Source<'_>) -> Result<Decoded, Fault> {
    let mut rows = Rows::new(source.text(), b',', LIMITS);
    let header = header(&mut rows).map_err(|problem| source.fault(problem))?;
    let mut decoded = Decoded::default();
    for item in rows {
        match item {
            Item::Row(row) if row.cells.iter().all(|cell| clean(&cell.text).is_empty()) => {}
            Item::Row(row) => match penalty(&header, &row) {
                Ok(record) => decoded.document.records.push(RowRecord { row: row.number, record }),
                Err(problem) => decoded.document.row_faults.push(source.row_fault(row.number, problem)),
            },
            Item::Refused(row) => decoded.document.row_faults.push(source.row_fault(row.number, row.problem)),
            Item::TooMany(problem) => return Err(source.fault(problem)),
        }
    }
    if decoded.document.records.is_empty() && decoded.document.row_faults.is_empty() {
        let text = "表格只有表头，没有数据行，请填写后重新发送";
        return Err(source.fault(Problem::new(code::FIELD_MISSING, source.text().len(), text)));
    }
    Ok(decoded)
}

/// The names of the columns; those without one are empty.
fn header(rows: &mut Rows<'_>) -> Result<Vec<String>, Problem> {
    let not_found = |at| {
        let text = "没有找到表头：前5行中应有一行包含 CF_XDR_MC 和 CF_WSH（或“行政相对人名称”和“决定书文号”）两列；\
                    XML 报文应以“<”开头";
        Problem::new(code::STRUCTURE, at, text)
    };
    let mut first = None;
    for item in rows.by_ref() {
        let row = match item {
            Item::Row(row) if row.number <= HEADER_ROWS_MAX => row,
            Item::Row(row) => return Err(not_found(first.unwrap_or(row.at))),
            Item::Refused(row) => return Err(row.problem),
            Item::TooMany(problem) => return Err(problem),
        };
        first = first.or(Some(row.at));
        let names: Vec<String> = row.cells.iter().map(|cell| clean(&cell.text).to_owned()).collect();
        if ![NAME, DOCUMENT].iter().all(|column| names.iter().any(|name| column.is(name))) {
            continue;
        }
        for (index, name) in names.iter().enumerate() {
            let before = names.get(..index).unwrap_or_default();
            if !name.is_empty() && before.contains(name) {
                let at = row.cells.get(index).map_or(row.at, |cell| cell.at);
                let text = format!("表头中“{name}”一列出现了两次，请只保留一列");
                return Err(Problem::new(code::FIELD_REPEATED, at, text).in_field(name));
            }
        }
        return Ok(names);
    }
    Err(not_found(first.unwrap_or_default()))
}

fn penalty(header: &[String], row: &csv::Row<'_>) -> Result<Record, Problem> {
    let mut fields = Vec::new();
    for (index, cell) in row.cells.iter().enumerate() {
        let text = clean(&cell.text);
        if text.is_empty() {
            continue;
        }
        let at = cell.at + cell.text.find(text).unwrap_or_default();
        match header.get(index) {
            Some(name) if !name.is_empty() => fields.push(Value { name, text, at }),
            _ => {
                let text = "本行的内容多于表头的列：可能是内容中的逗号没有用引号括起来，请检查本行";
                return Err(Problem::new(code::STRUCTURE, at, text));
            }
        }
    }
    penalty::penalty(&Row { at: row.at, fields }, None).map(|penalty| Record::Penalty(Box::new(penalty)))
}
