//! What the commission answers: 处理反馈 (`CLFK`), 惩戒反馈 (`LHCJFK`), 回执 (`HZ`). All three are our own design.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId};

use crate::problem::{Problem, code};
use crate::row::{Column, Row};

/// Most rows that one receipt reports on: as many as a message of the gateway may have.
const RESULTS_MAX: usize = 1_000;

const NUMBER: Column = Column::new("FK_BH", &[], chars_max::NUMBER);
const ASSIGNMENT: Column = Column::new("FK_PQBH", &[], chars_max::NUMBER);
const RESULT: Column = Column::new("FK_JG", &[], chars_max::CODE);
const TEXT: Column = Column::new("FK_NR", &[], chars_max::TEXT);
const TIME: Column = Column::new("FK_SJ", &[], chars_max::CODE);
const REQUEST: Column = Column::new("LHCJ_BH", &[], chars_max::NUMBER);
const APPLIED: Column = Column::new("LHCJ_ZX", &[], chars_max::CODE);

/// Reads one row of `CLFK`. `fallback` is its number where it has none.
pub(crate) fn feedback(row: &Row<'_>, fallback: String) -> Result<Feedback, Problem> {
    let assignment = row.required(&ASSIGNMENT)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        let text = "派遣编号 FK_PQBH 应照抄派遣报文中的 PQ_BH，例如 TZ-2026-0000017/1";
        assignment.problem(code::NUMBER_INVALID, text)
    })?;
    let code = row.required(&RESULT)?;
    let result = match code.text {
        "1" => FeedbackResult::Accepted,
        "2" => FeedbackResult::Returned,
        "3" => FeedbackResult::InProgress,
        "4" => FeedbackResult::Done,
        _ => {
            let text = "处理结果 FK_JG 应为：1 已接收、2 退回、3 办理中、4 已办结";
            return Err(code.problem(code::CODE_UNKNOWN, text));
        }
    };
    if result == FeedbackResult::Returned {
        // A return without a reason cannot be judged by anybody.
        row.required(&TEXT)?;
    }
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: row.text(&NUMBER)?.unwrap_or(fallback),
        assignment: id,
        result,
        text: row.text(&TEXT)?.unwrap_or_default(),
        at: row.time(&TIME)?,
        attachments: Vec::new(),
    })
}

/// Reads one row of `LHCJFK`. `fallback` is its number where it has none.
pub(crate) fn measure_feedback(row: &Row<'_>, fallback: String) -> Result<MeasureFeedback, Problem> {
    let request = row.required(&REQUEST)?;
    let code = row.required(&APPLIED)?;
    let applied = match code.text {
        "1" => true,
        "0" => false,
        _ => return Err(code.problem(code::CODE_UNKNOWN, "是否实施 LHCJ_ZX 应为：1 已实施、0 不实施")),
    };
    if !applied {
        row.required(&TEXT)?;
    }
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: row.text(&NUMBER)?.unwrap_or(fallback),
        request: request.text.to_owned(),
        applied,
        text: row.text(&TEXT)?.unwrap_or_default(),
        at: row.time(&TIME)?,
    })
}

/// Reads one row of `HZ`, which alone has groups in it.
pub(crate) fn receipt(row: &Element<'_>) -> Result<Receipt, Problem> {
    let message = row.required("HZ_XXBS", MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原消息标识 HZ_XXBS 应照抄所回复报文的 XXBS"))?;
    let code = row.required("HZ_JG", chars_max::CODE)?;
    let outcome = match code.text {
        "1" => ReceiptOutcome::Accepted,
        "2" => ReceiptOutcome::Partial,
        "3" => ReceiptOutcome::Refused,
        _ => {
            let text = "回执结果 HZ_JG 应为：1 全部接收、2 部分接收、3 拒收";
            return Err(code.problem(code::CODE_UNKNOWN, text));
        }
    };
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: row.optional("HZ_CWDM", chars_max::NUMBER)?.map(|value| value.text.to_owned()),
        text: row.optional("HZ_NR", chars_max::TEXT)?.map(|value| value.text.to_owned()).unwrap_or_default(),
        rows: results(row)?,
        case_numbers: Vec::new(),
    })
}

fn results(receipt: &Element<'_>) -> Result<Vec<RowResult>, Problem> {
    let mut results = Vec::new();
    for element in receipt.all("HZ_HX") {
        if results.len() >= RESULTS_MAX {
            let text = format!("一份回执的 HZ_HX 不得超过{RESULTS_MAX}个");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("HZ_HX"));
        }
        let number = element.required("HH", chars_max::CODE)?;
        let row = number
            .text
            .parse()
            .ok()
            .filter(|&row: &u32| row >= 1)
            .ok_or_else(|| number.problem(code::NUMBER_INVALID, "行号 HH 应为从1开始的整数"))?;
        results.push(RowResult {
            row,
            code: element.required("CWDM", chars_max::NUMBER)?.text.to_owned(),
            text: element.optional("CWMS", chars_max::TEXT)?.map(|value| value.text.to_owned()).unwrap_or_default(),
        });
    }
    Ok(results)
}
