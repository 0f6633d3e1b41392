//! What the office answers: feedback on assignments (`CLFK`) and measures (`CSFK`), and receipts (`HZ`).

use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId, Record};

use crate::continuation::{Item, Items, item};
use crate::file::{Detail, Header};
use crate::layout::{Column, feedback as columns, measure, receipt as receipt_columns};
use crate::line::Cell;
use crate::problem::{Problem, code};

/// 回执结果.
pub(crate) const OUTCOMES: [(&str, ReceiptOutcome); 3] =
    [("1", ReceiptOutcome::Accepted), ("2", ReceiptOutcome::Partial), ("3", ReceiptOutcome::Refused)];

/// Reads a line of `CLFK`.
pub(crate) fn feedback(detail: &Detail<'_>, header: &Header) -> Result<Record, Problem> {
    let line = &detail.line;
    let items = Items::read(detail)?;
    let assignment = line.required(&columns::ASSIGNMENT)?;
    let id = AssignmentId::parse(&assignment.text).map_err(|_| {
        assignment.problem(code::NUMBER_INVALID, "派遣编号应照抄派遣文件中的派遣编号，例如 TZ-2026-0000017/1")
    })?;
    let result = line.text(&columns::RESULT)?;
    let outcome = match result.text.as_str() {
        "1" => FeedbackResult::Accepted,
        "2" => FeedbackResult::Returned,
        "3" => FeedbackResult::InProgress,
        "4" => FeedbackResult::Done,
        _ => return Err(result.problem(code::CODE_UNKNOWN, "处理结果应为：1 已接收、2 退回、3 办理中、4 已办结")),
    };
    let text = items.one(item::TEXT)?;
    // A return without a reason cannot be judged by anybody.
    if outcome == FeedbackResult::Returned && text.is_none() {
        return Err(reason_missing(&result, "退回应说明理由：请在明细之后加栏目02（内容）的续行"));
    }
    Ok(Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: own_number(detail, header, &columns::NUMBER)?,
        assignment: id,
        result: outcome,
        text: text.map(|item| item.text.clone()).unwrap_or_default(),
        at: line.optional(&columns::TIME)?.map(|cell| cell.time()).transpose()?,
        attachments: Vec::new(),
    })))
}

/// Reads a line of `CSFK`.
pub(crate) fn measure_feedback(detail: &Detail<'_>, header: &Header) -> Result<Record, Problem> {
    let line = &detail.line;
    let items = Items::read(detail)?;
    let request = line.required(&measure::REQUEST)?.text;
    let applied = line.text(&measure::APPLIED)?;
    let is_applied = match applied.text.as_str() {
        "Y" => true,
        "N" => false,
        _ => return Err(applied.problem(code::CODE_UNKNOWN, "是否执行应为Y（执行）或N（不执行）")),
    };
    let text = items.one(item::TEXT)?;
    if !is_applied && text.is_none() {
        return Err(reason_missing(&applied, "不执行应说明理由：请在明细之后加栏目02（内容）的续行"));
    }
    Ok(Record::MeasureFeedback(Box::new(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: own_number(detail, header, &measure::NUMBER)?,
        request,
        applied: is_applied,
        text: text.map(|item| item.text.clone()).unwrap_or_default(),
        at: line.optional(&measure::TIME)?.map(|cell| cell.time()).transpose()?,
    })))
}

/// Reads a line of `HZ`.
pub(crate) fn receipt(detail: &Detail<'_>) -> Result<Record, Problem> {
    let line = &detail.line;
    let items = Items::read(detail)?;
    let message = line.required(&receipt_columns::MESSAGE)?;
    let message_id = MessageId::parse(&message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原报文标识应照抄所回复文件头中的报文标识"))?;
    let result = line.text(&receipt_columns::OUTCOME)?;
    let Some((_, outcome)) = OUTCOMES.into_iter().find(|(code, _)| *code == result.text) else {
        return Err(result.problem(code::CODE_UNKNOWN, "回执结果应为：1 全部接收、2 部分接收、3 拒收"));
    };
    let rows = items.all(item::ROW.0).map(row).collect::<Result<Vec<_>, _>>()?;
    let stated = line.count(&receipt_columns::ROWS)?;
    // A receipt may name fewer rows than there are, and then says so; never more.
    let left = items.one(item::ROWS_LEFT)?.and_then(|item| item.text.parse().ok()).unwrap_or(0_usize);
    if rows.len().saturating_add(left) != stated {
        let text = format!("错误行数为{stated}，与栏目16（错误行）的个数{}不符", rows.len());
        let at = line.at + receipt_columns::ROWS.at;
        return Err(Problem::new(code::COUNT_MISMATCH, at, text).in_field(receipt_columns::ROWS.name));
    }
    let text = |item: Option<&Item>| item.map(|item| item.text.clone());
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: text(items.one(item::FAULT_CODE)?),
        text: text(items.one(item::TEXT)?).unwrap_or_default(),
        rows,
        case_numbers: Vec::new(),
    })))
}

/// `2,uscc.length,代码应为18位`; the text may hold commas.
fn row(item: &Item) -> Result<RowResult, Problem> {
    let mut pieces = item.text.splitn(3, ',').map(str::trim);
    let number = pieces.next().and_then(|number| number.parse().ok()).filter(|&row: &u32| row >= 1);
    match (number, pieces.next().filter(|code| !code.is_empty())) {
        (Some(row), Some(code)) => {
            Ok(RowResult { row, code: code.to_owned(), text: pieces.next().unwrap_or_default().to_owned() })
        }
        _ => {
            let text = "错误行应为“行号,错误代码,错误描述”，行号为从1开始的整数";
            Err(Problem::new(code::NUMBER_INVALID, item.at, text).in_field(item::ROW.1))
        }
    }
}

fn reason_missing(cell: &Cell, text: &str) -> Problem {
    Problem::new(code::FIELD_MISSING, cell.at, text).in_field(item::TEXT.1)
}

/// The office's own number, or that of the file and the line.
fn own_number(detail: &Detail<'_>, header: &Header, column: &Column) -> Result<String, Problem> {
    Ok(match detail.line.optional(column)? {
        Some(cell) => cell.text,
        None => format!("{}-{}", header.number, detail.line.text(&columns::SEQ)?.text),
    })
}
