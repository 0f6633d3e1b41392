//! What the publicity system answers: receipts for messages (`OpAnomalyReceipt`) and answers to tasks (`OpTaskFeedback`).

use xiezhi_formats::codes;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, CaseNumber, MessageId, UtcTime};

use crate::decode::ROWS_MAX;
use crate::problem::{Problem, code};
use crate::publication::{ENTRY_CHARS_MAX, is_key};

/// Reads one receipt.
pub(crate) fn receipt(item: &Element<'_>) -> Result<Receipt, Problem> {
    // Without our message id the batch number is all that a receipt can name.
    let message = match item.optional("MsgId", MessageId::BYTES_MAX)? {
        Some(message) => message,
        None => item.required("Seq", chars_max::NUMBER)?,
    };
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "MsgId 应照抄所回复报文的 MsgId 属性"))?;
    let result = item.required("ResCode", chars_max::CODE)?;
    let outcome = codes::read_outcome(&result, "结果代码")?;
    let text = match outcome {
        // An official must learn why a decision is not shown.
        ReceiptOutcome::Refused => Some(item.required("RefuseRea", chars_max::TEXT)?),
        _ => item.optional("RefuseRea", chars_max::TEXT)?,
    };
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: item.optional("ErrCode", chars_max::NUMBER)?.map(|value| value.text.to_owned()),
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        rows: results(item)?,
        case_numbers: case_numbers(item)?,
    })
}

fn results(item: &Element<'_>) -> Result<Vec<RowResult>, Problem> {
    let mut results = Vec::new();
    for row in item.all("Row") {
        if results.len() >= ROWS_MAX {
            return Err(
                Problem::new(code::LIMIT, row.at, format!("一份回执的 Row 不得超过{ROWS_MAX}个")).in_field("Row")
            );
        }
        let number = codes::read_row_number(&row.required("RowNO", chars_max::CODE)?)?;
        let mut text = row.optional("ErrInfo", chars_max::TEXT)?.map(|value| value.text.to_owned()).unwrap_or_default();
        if let Some(entry) = row.optional("BusExcList", ENTRY_CHARS_MAX)? {
            if !is_key(entry.text, ENTRY_CHARS_MAX) {
                let text = "条目标识 BusExcList 应照抄所回复条目的 BusExcList";
                return Err(entry.problem(code::ENTRY_INVALID, text));
            }
            text.push_str(&format!("（条目 {}）", entry.text));
        }
        results.push(RowResult {
            row: number,
            code: row.required("ErrCode", chars_max::NUMBER)?.text.to_owned(),
            text,
        });
    }
    Ok(results)
}

fn case_numbers(item: &Element<'_>) -> Result<Vec<CaseNumber>, Problem> {
    let mut numbers = Vec::new();
    for element in item.all("CaseNO") {
        let Some(value) = element.value(chars_max::NUMBER)? else { continue };
        if numbers.len() >= ROWS_MAX {
            let text = format!("一份回执的 CaseNO 不得超过{ROWS_MAX}个");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("CaseNO"));
        }
        numbers.push(
            CaseNumber::parse(value.text)
                .map_err(|_| value.problem(code::NUMBER_INVALID, "案件编号 CaseNO 应照抄网关报文中的 CaseNO"))?,
        );
    }
    Ok(numbers)
}

/// Reads one answer to a task.
pub(crate) fn feedback(item: &Element<'_>, seq: &str, number: u32) -> Result<Feedback, Problem> {
    let task = item.required("TaskNO", chars_max::NUMBER)?;
    let assignment = AssignmentId::parse(task.text).map_err(|_| {
        let text = "任务编号 TaskNO 应照抄任务报文中的 TaskNO，例如 TZ-2026-0000017/1";
        task.problem(code::NUMBER_INVALID, text)
    })?;
    let result = item.required("ResCode", chars_max::CODE)?;
    let outcome = codes::read_result(&result, "结果代码")?;
    let text = match outcome {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(item.required("Content", chars_max::TEXT)?),
        _ => item.optional("Content", chars_max::TEXT)?,
    };
    let at = match item.optional("FeedbackTime", chars_max::CODE)? {
        None => None,
        Some(value) => Some(UtcTime::parse_spaced_beijing(value.text).map_err(|_| {
            let text = "FeedbackTime 应为 YYYY-MM-DD hh:mm:ss 形式的真实时间（北京时间，24小时制）";
            value.problem(code::TIME_INVALID, text)
        })?),
    };
    let reference = match item.optional("FeedbackNO", chars_max::NUMBER)? {
        Some(value) => value.text.to_owned(),
        None => format!("{seq}-{number}"),
    };
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference,
        assignment,
        result: outcome,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at,
        attachments: Vec::new(),
    })
}
