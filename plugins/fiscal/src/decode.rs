//! From bytes to records: the file, its control totals, and one record or fault for each detail line.
//!
//! A file whose totals do not add up is refused whole: a digit is wrong somewhere, and nobody can say in which line.

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::file::{Detail, File, Kind};
use crate::layout::{Column, monitor as columns, trailer};
use crate::monitor::Totals;
use crate::problem::{FORMAT, Problem, code};
use crate::{answer, continuation, monitor};

/// Longest message: a full file of 10000 lines with 202 bytes each.
const MESSAGE_BYTES_MAX: usize = 2_020_000;

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, _context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "财源文件不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{MESSAGE_BYTES_MAX}字节，请拆分后报送");
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let file = File::read(bytes).map_err(|problem| problem.fault(FORMAT))?;
    let totals = check_totals(&file).map_err(|problem| problem.fault(FORMAT))?;
    let mut decoded = Decoded::default();
    let document = &mut decoded.document;
    for (nth, detail) in (1..).zip(&file.details) {
        let row = detail.line.number;
        match record(detail, &file, nth, totals) {
            Ok(record) => document.records.push(RowRecord { row, record }),
            Err(problem) => document.row_faults.push(problem.row_fault(FORMAT, row)),
        }
    }
    document.row_faults.extend(file.strays.into_iter().map(|(row, problem)| problem.row_fault(FORMAT, row)));
    document.row_faults.sort_by_key(|fault| fault.row);
    Ok(decoded)
}

fn record(detail: &Detail<'_>, file: &File<'_>, nth: usize, totals: Totals) -> Result<Record, Problem> {
    let line = &detail.line;
    line.check_length()?;
    if line.count(&columns::SEQ)? != nth {
        let text = format!("序号应为{nth:08}：序号从00000001起逐行加1");
        return Err(Problem::new(code::SEQUENCE_INVALID, line.at + columns::SEQ.at, text).in_field(columns::SEQ.name));
    }
    match file.header.kind {
        Kind::Monitor => monitor::record(detail, &file.header, totals),
        Kind::Feedback => answer::feedback(detail, &file.header),
        Kind::MeasureFeedback => answer::measure_feedback(detail, &file.header),
        Kind::Receipt => answer::receipt(detail),
    }
}

/// Compares the totals of the trailer with the lines, as far as these can be read.
fn check_totals(file: &File<'_>) -> Result<Totals, Problem> {
    let stated = [
        (trailer::FIRST, file.trailer.amount(&trailer::FIRST)?),
        (trailer::SECOND, file.trailer.amount(&trailer::SECOND)?),
    ];
    let (found, names) = match file.header.kind {
        Kind::Monitor => (monitor_totals(file), ["营业收入合计", "税收合计"]),
        Kind::Feedback | Kind::MeasureFeedback | Kind::Receipt => (text_totals(file), ["续行数合计", "文本字节数合计"]),
    };
    // What is wrong with a line costs that line; here it only means that there is nothing to compare.
    let Some((first, second)) = found else { return Ok(Totals::Unknown) };
    for (((column, stated), found), name) in stated.into_iter().zip([first, second]).zip(names) {
        if stated != found {
            return Err(mismatch(file, &column, name, stated, found));
        }
    }
    Ok(Totals::Checked)
}

fn mismatch(file: &File<'_>, column: &Column, name: &str, stated: i64, found: i64) -> Problem {
    let text = format!("文件尾的{name}为{stated}，按明细计算为{found}，整份文件不予采信，请核对后重新报送整份文件");
    Problem::new(code::TOTAL_MISMATCH, file.trailer.at + column.at, text).in_field(name)
}

/// 15 digits in each of 10000 lines stay below 10^19, which is more than an `i64` holds, so sums are checked.
fn monitor_totals(file: &File<'_>) -> Option<(i64, i64)> {
    file.details.iter().try_fold((0_i64, 0_i64), |(revenue, tax), detail| {
        let (more_revenue, more_tax) = monitor::amounts(&detail.line).ok()?;
        Some((revenue.checked_add(more_revenue)?, tax.checked_add(more_tax)?))
    })
}

fn text_totals(file: &File<'_>) -> Option<(i64, i64)> {
    let mut lines = file.details.iter().flat_map(|detail| &detail.continuations);
    lines.try_fold((0_i64, 0_i64), |(lines, bytes), line| {
        Some((lines + 1, bytes.checked_add(continuation::text_bytes(line).ok()?)?))
    })
}
