//! A message is one CSV table; its header says which kind of record its rows are.

use xiezhi_formats::charset::{Charset, Source};
use xiezhi_formats::csv::{Limits, Rows};
use xiezhi_formats::office;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_formats::sheet::{self, Layout, Places};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input};

use crate::problem::{FORMAT, Problem, code};
use crate::{inspection, ledger, settings};

/// Longest message. A row of a ledger has about 300 bytes, so a full table fits; transcoding needs three times as much memory.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows up to 5000 (a town's largest address holds some thousands of entities), sheets that grew to 60 columns, and cells
/// somewhat longer than the longest field (4000 characters).
const LIMITS: Limits = Limits { rows_max: 5_000, cells_max: 60, cell_bytes_max: 16 * 1024 };

/// The tables, the most particular first: an answer may carry columns of what it answers.
static LAYOUTS: [Layout; 4] = [office::FEEDBACK, office::MEASURE_FEEDBACK, inspection::LAYOUT, ledger::LAYOUT];

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "属地表格不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("文件超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let town = settings::town(context)?;
    let source = Source::agreed(FORMAT, bytes, Charset::Utf8, encoding_fallback(FORMAT, context)?)?;
    let rows = Rows::new(source.text(), delimiter(source.text()), LIMITS);
    let read = sheet::read(rows, &LAYOUTS, Places::Lines, 0, |entry, layout, row| {
        Ok(match layout.title {
            title if title == office::FEEDBACK.title => {
                Record::Feedback(Box::new(office::feedback(entry, context, row)?))
            }
            title if title == office::MEASURE_FEEDBACK.title => {
                Record::MeasureFeedback(Box::new(office::measure_feedback(entry, context, row)?))
            }
            title if title == inspection::LAYOUT.title => {
                Record::Finding(Box::new(inspection::finding(entry, &town, context, row)?))
            }
            _ => Record::LedgerEntry(Box::new(ledger::ledger_entry(entry, &town)?)),
        })
    })
    .map_err(|problem| source.fault(problem))?;
    let mut decoded = Decoded::default();
    decoded.document.records = read.records;
    let faults = read.problems.into_iter().map(|(row, problem)| source.row_fault(row, problem));
    decoded.document.row_faults = faults.collect();
    Ok(decoded)
}

/// Comma, or TAB where the first line has one and no comma: what a spreadsheet gives when cells are copied.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    if line.contains('\t') && !line.contains(',') { b'\t' } else { b',' }
}
