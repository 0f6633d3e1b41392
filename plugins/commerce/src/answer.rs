//! What the bureau answers: 任务反馈, 惩戒反馈, 回执, and SOAP faults, which are receipts of refused messages.
//!
//! Except for the fault, whose form SOAP 1.1 fixes, all of them are our own design.

use xiezhi_formats::codes;
use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_formats::xml_forms::ReceiptNames;
use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, SCHEMA_VERSION,
};

use crate::party;
use crate::problem::{Problem, code};
use crate::soap::message_id;

/// The fields of `RECEIPT`.
pub(crate) const RECEIPT: ReceiptNames = ReceiptNames {
    message: "MSGID",
    outcome: "RESULT",
    outcome_meaning: "回执结果",
    outcome_name: Some("RESULTNAME"),
    code: "CODE",
    text: "MESSAGE",
    case_number: "CASENO",
    row: "ROW",
    row_number: "ROWNO",
    row_code: "CODE",
    row_text: "MESSAGE",
};
/// Longest `faultstring` that is read: stack traces are longer and say no more to a clerk.
const FAULT_CHARS_MAX: usize = 500;

/// Reads one `FEEDBACK`. `fallback` is its number where it has none.
pub(crate) fn feedback(row: &Element<'_>, fallback: String) -> Result<Feedback, Problem> {
    let task = row.required("TASKNO", chars_max::NUMBER)?;
    let assignment = codes::read_assignment(&task, "任务编号", "TASKNO")?;
    let result = codes::read_result(&row.required("RESULT", chars_max::CODE)?, "处理结果")?;
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
    let message = match (row.optional(RECEIPT.message, chars_max::NAME)?, relates_to) {
        (Some(value), _) => id(&value)?,
        (None, Some(id)) => id.clone(),
        (None, None) => return Err(row.missing("MSGID")),
    };
    RECEIPT.read(row, message)
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
