//! What the bureau answers: 任务反馈, 惩戒反馈, 回执, and SOAP faults, which are receipts of refused messages.
//!
//! Except for the fault, whose form SOAP 1.1 fixes, all of them are our own design.

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId};

use crate::party;
use crate::problem::{Problem, code};
use crate::soap::message_id;

/// Most rows that one receipt reports on: as many as a message of the gateway may have.
const RESULTS_MAX: usize = 1_000;
/// Longest `faultstring` that is read: stack traces are longer and say no more to a clerk.
const FAULT_CHARS_MAX: usize = 500;

/// Reads one `FEEDBACK`. `fallback` is its number where it has none.
pub(crate) fn feedback(row: &Element<'_>, fallback: String) -> Result<Feedback, Problem> {
    let task = row.required("TASKNO", chars_max::NUMBER)?;
    let assignment = AssignmentId::parse(task.text).map_err(|_| {
        task.problem(code::NUMBER_INVALID, "任务编号 TASKNO 应照抄派遣报文中的 TASKNO，例如 TZ-2026-0000017/1")
    })?;
    let code = row.required("RESULT", chars_max::CODE)?;
    let result = match code.text {
        "1" => FeedbackResult::Accepted,
        "2" => FeedbackResult::Returned,
        "3" => FeedbackResult::InProgress,
        "4" => FeedbackResult::Done,
        _ => {
            let text = "处理结果 RESULT 应为：1 已接收、2 退回、3 办理中、4 已办结";
            return Err(code.problem(code::CODE_UNKNOWN, text));
        }
    };
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(row.required("CONTENT", chars_max::TEXT)?),
        _ => row.optional("CONTENT", chars_max::TEXT)?,
    };
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: party::owned(row.optional("FEEDBACKNO", chars_max::NUMBER)?).unwrap_or(fallback),
        assignment,
        result,
        text: party::owned(text).unwrap_or_default(),
        at: row.optional("FEEDBACKTIME", chars_max::CODE)?.map(|value| party::time(&value)).transpose()?,
        attachments: Vec::new(),
    })
}

/// Reads one `MEASUREFEEDBACK`. `fallback` is its number where it has none.
pub(crate) fn measure_feedback(row: &Element<'_>, fallback: String) -> Result<MeasureFeedback, Problem> {
    let request = row.required("REQUESTNO", chars_max::NUMBER)?;
    let code = row.required("APPLIED", chars_max::CODE)?;
    let applied = match code.text {
        "1" => true,
        "0" => false,
        _ => return Err(code.problem(code::CODE_UNKNOWN, "是否实施 APPLIED 应为：1 已实施、0 不实施")),
    };
    let text = if applied {
        row.optional("CONTENT", chars_max::TEXT)?
    } else {
        Some(row.required("CONTENT", chars_max::TEXT)?)
    };
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: party::owned(row.optional("FEEDBACKNO", chars_max::NUMBER)?).unwrap_or(fallback),
        request: request.text.to_owned(),
        applied,
        text: party::owned(text).unwrap_or_default(),
        at: row.optional("FEEDBACKTIME", chars_max::CODE)?.map(|value| party::time(&value)).transpose()?,
    })
}

/// Reads one `RECEIPT`. Where it does not say which message it confirms, the envelope's `relatesTo` does.
pub(crate) fn receipt(row: &Element<'_>, relates_to: Option<&MessageId>) -> Result<Receipt, Problem> {
    let message = match (row.optional("MSGID", chars_max::NAME)?, relates_to) {
        (Some(value), _) => id(&value)?,
        (None, Some(id)) => id.clone(),
        (None, None) => return Err(row.missing("MSGID")),
    };
    let code = row.required("RESULT", chars_max::CODE)?;
    let outcome = match code.text {
        "1" => ReceiptOutcome::Accepted,
        "2" => ReceiptOutcome::Partial,
        "3" => ReceiptOutcome::Refused,
        _ => {
            let text = "回执结果 RESULT 应为：1 全部接收、2 部分接收、3 拒收";
            return Err(code.problem(code::CODE_UNKNOWN, text));
        }
    };
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id: message,
        outcome,
        code: party::owned(row.optional("CODE", chars_max::NUMBER)?),
        text: party::owned(row.optional("MESSAGE", chars_max::TEXT)?).unwrap_or_default(),
        rows: results(row)?,
        case_numbers: Vec::new(),
    })
}

fn results(receipt: &Element<'_>) -> Result<Vec<RowResult>, Problem> {
    let mut results = Vec::new();
    for element in receipt.all("ROW") {
        if results.len() >= RESULTS_MAX {
            let text = format!("一份回执的 ROW 不得超过{RESULTS_MAX}个");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("ROW"));
        }
        let number = element.required("ROWNO", chars_max::CODE)?;
        let row = number
            .text
            .parse()
            .ok()
            .filter(|&row: &u32| row >= 1)
            .ok_or_else(|| number.problem(code::NUMBER_INVALID, "行号 ROWNO 应为从1开始的整数"))?;
        results.push(RowResult {
            row,
            code: element.required("CODE", chars_max::NUMBER)?.text.to_owned(),
            text: party::owned(element.optional("MESSAGE", chars_max::TEXT)?).unwrap_or_default(),
        });
    }
    Ok(results)
}

/// Reads a SOAP fault (SOAP 1.1 section 4.4) as the receipt of a refused message. Only `Server` faults are worth sending
/// the same message again: `Client` and the others say that the message itself is wrong.
pub(crate) fn fault(fault: &Element<'_>, relates_to: Option<&MessageId>) -> Result<Receipt, Problem> {
    let given = fault.required("faultcode", chars_max::NAME)?;
    // A qualified name, whose local part may be refined behind a full stop: `soapenv:Client.Authentication`.
    let local = given.text.rsplit(':').next().unwrap_or_default();
    let (code, meaning) = match local.split('.').next().unwrap_or_default() {
        "Server" => ("soap.server", "对方服务暂时出错，可以稍后重新发送"),
        "Client" => ("soap.client", "对方认为报文有误，原样重新发送不会成功"),
        "VersionMismatch" => ("soap.version-mismatch", "对方不支持该 SOAP 版本，原样重新发送不会成功"),
        "MustUnderstand" => ("soap.must-understand", "对方不理解报文头，原样重新发送不会成功"),
        _ => ("soap.other", "对方返回未知类别的故障，原样重新发送不会成功"),
    };
    let detail = fault.one("detail")?;
    let message = match (detail.and_then(named_id), relates_to) {
        (Some(element), _) => match element.value(chars_max::NAME)? {
            Some(value) => id(&value)?,
            None => return Err(element.missing("MSGID")),
        },
        (None, Some(id)) => id.clone(),
        (None, None) => return Err(detail.unwrap_or(fault).missing("MSGID")),
    };
    let said = fault.one("faultstring")?.map(|element| element.text.as_ref()).unwrap_or_default();
    let said: String = said.chars().take(FAULT_CHARS_MAX).collect();
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id: message,
        outcome: ReceiptOutcome::Refused,
        code: Some(code.to_owned()),
        text: if said.is_empty() { meaning.to_owned() } else { format!("{meaning}：{said}") },
        rows: Vec::new(),
        case_numbers: Vec::new(),
    })
}

/// The `MSGID` in a fault's detail, itself or one level down, as frameworks wrap details in an element of their own.
fn named_id<'e, 't>(detail: &'e Element<'t>) -> Option<&'e Element<'t>> {
    let wrapped = detail.children.iter().flat_map(|child| &child.children);
    detail.children.iter().chain(wrapped).find(|element| element.name == "MSGID")
}

fn id(value: &Value<'_>) -> Result<MessageId, Problem> {
    message_id(value.text)
        .ok_or_else(|| value.problem(code::NUMBER_INVALID, "原消息标识 MSGID 应照抄所回复报文的 msgId"))
}
