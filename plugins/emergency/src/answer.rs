//! What the bureau answers: parameters on an `Ack`, `Update` or `Error` answer an assignment or a joint punishment; an `Ack` or
//! `Error` without them confirms or refuses messages of the gateway.
//!
//! The parameters are our own design; the message types mean what CAP says they mean.

use xiezhi_formats::fields::chars_max;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, Record, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId};

use crate::dialect::Reference;
use crate::envelope::{Envelope, MsgType};
use crate::info::{Info, Parameter};
use crate::problem::{Problem, code};

/// The parameter that names the assignment answered.
pub(crate) const ASSIGNMENT: &str = "AssignmentId";
/// The parameter that names the joint punishment answered.
pub(crate) const REQUEST: &str = "RequestId";
/// The parameter with the answer to an assignment.
pub(crate) const RESULT: &str = "Result";
/// The parameter with the answer to a joint punishment.
pub(crate) const APPLIED: &str = "Applied";

/// Whether the parameters of an `info` make it an answer.
pub(crate) fn is_answer(info: &Info<'_>) -> bool {
    info.parameters.iter().any(|Parameter { name, .. }| matches!(*name, ASSIGNMENT | REQUEST))
}

/// Reads an answer.
pub(crate) fn answer(envelope: &Envelope<'_>, info: &Info<'_>, reference: String) -> Result<Record, Problem> {
    match info.parameter(ASSIGNMENT, chars_max::NUMBER)? {
        Some(_) => feedback(envelope, info, reference).map(|feedback| Record::Feedback(Box::new(feedback))),
        None => measure_feedback(envelope, info, reference).map(|answer| Record::MeasureFeedback(Box::new(answer))),
    }
}

fn feedback(envelope: &Envelope<'_>, info: &Info<'_>, reference: String) -> Result<Feedback, Problem> {
    let number = info.parameter(ASSIGNMENT, chars_max::NUMBER)?.ok_or_else(|| missing(info, ASSIGNMENT))?;
    let assignment = AssignmentId::parse(number.text).map_err(|_| {
        let text = "参数 AssignmentId 应照抄派遣报文中的派遣编号，例如 TZ-2026-0000017/1";
        number.problem(code::NUMBER_INVALID, text)
    })?;
    let result = match info.parameter(RESULT, chars_max::CODE)? {
        Some(value) => match value.text {
            "Accepted" => FeedbackResult::Accepted,
            "Returned" => FeedbackResult::Returned,
            "InProgress" => FeedbackResult::InProgress,
            "Done" => FeedbackResult::Done,
            _ => {
                let text = "参数 Result 应为：Accepted 已接收、Returned 退回、InProgress 办理中、Done 已办结";
                return Err(value.problem(code::CODE_UNKNOWN, text));
            }
        },
        // CAP: Ack is receipt and acceptance, Error is rejection. An Update says nothing by itself.
        None => match envelope.msg_type {
            MsgType::Ack => FeedbackResult::Accepted,
            MsgType::Error => FeedbackResult::Returned,
            _ => return Err(missing(info, RESULT)),
        },
    };
    let text = text(envelope, info);
    if result == FeedbackResult::Returned && text.is_empty() {
        // A return without a reason cannot be judged by anybody.
        return Err(missing(info, "description"));
    }
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference,
        assignment,
        result,
        text,
        at: Some(info.time.unwrap_or(envelope.sent_at)),
        attachments: info.attachments.clone(),
    })
}

fn measure_feedback(envelope: &Envelope<'_>, info: &Info<'_>, reference: String) -> Result<MeasureFeedback, Problem> {
    let request = info.parameter(REQUEST, chars_max::NUMBER)?.ok_or_else(|| missing(info, REQUEST))?;
    let applied = match info.parameter(APPLIED, chars_max::CODE)? {
        None => return Err(missing(info, APPLIED)),
        Some(value) => match value.text {
            "true" => true,
            "false" => false,
            _ => {
                let text = "参数 Applied 应为：true 已采取措施、false 未采取措施";
                return Err(value.problem(code::CODE_UNKNOWN, text));
            }
        },
    };
    let text = text(envelope, info);
    if !applied && text.is_empty() {
        return Err(missing(info, "description"));
    }
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference,
        request: request.text.to_owned(),
        applied,
        text,
        at: Some(info.time.unwrap_or(envelope.sent_at)),
    })
}

/// What the bureau says: the description, else the note.
fn text(envelope: &Envelope<'_>, info: &Info<'_>) -> String {
    info.description.or(envelope.note).map(|value| value.text.to_owned()).unwrap_or_default()
}

fn missing(info: &Info<'_>, name: &str) -> Problem {
    let text = format!("答复中缺少 {name}，请补充");
    Problem::new(code::FIELD_MISSING, info.at, text).in_field(name)
}

/// Reads what an `Ack` or `Error` says of one message of the gateway.
pub(crate) fn receipt(envelope: &Envelope<'_>, reference: &Reference<'_>) -> Result<Record, Problem> {
    let message_id = MessageId::parse(reference.identifier).map_err(|_| {
        let text = "references 中的 identifier 应照抄所答复报文的 identifier";
        Problem::new(code::REFERENCE_INVALID, reference.at, text).in_field("references")
    })?;
    let outcome = match envelope.msg_type {
        MsgType::Error => ReceiptOutcome::Refused,
        _ => ReceiptOutcome::Accepted,
    };
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: None,
        text: envelope.note.map(|note| note.text.to_owned()).unwrap_or_default(),
        rows: Vec::new(),
        case_numbers: Vec::new(),
    })))
}
