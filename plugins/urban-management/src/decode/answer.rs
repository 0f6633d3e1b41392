//! What the agency answers: feedback on an assignment (`case.feedback`) and on a joint punishment (`punish.feedback`), and
//! receipts (`case.receipt`).

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, CaseNumber, MessageId};

use super::transfer::media;
use crate::biz::Object;
use crate::decode::BATCH_ROWS_MAX;

/// Reads an answer to an assignment.
pub(super) fn feedback(object: &Object<'_>) -> Result<Feedback, Fault> {
    let assign = object.line_needed("assignId")?;
    let assignment =
        AssignmentId::parse(&assign.text).map_err(|_| assign.invalid("应为派遣编号，如TZ-2026-0000017/1"))?;
    let result = object.line_needed("result")?;
    let opinion = object.paragraph("opinion")?;
    let (result, opinion) = match result.text.as_str() {
        "1" => (FeedbackResult::Accepted, opinion),
        // A case that comes back needs the reason, or nobody can send it on.
        "2" => (FeedbackResult::Returned, Some(object.need("opinion", opinion)?)),
        "3" => (FeedbackResult::InProgress, opinion),
        "4" => (FeedbackResult::Done, Some(object.need("opinion", opinion)?)),
        _ => return Err(result.invalid("应为1（已接收）、2（退回）、3（办理中）或4（已办结）")),
    };
    let reference = object.line_text("taskNum")?.unwrap_or(assign.text);
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference,
        assignment,
        result,
        text: opinion.map(|value| value.text).unwrap_or_default(),
        at: Some(object.line_needed("time")?.time()?),
        attachments: media(object)?,
    })
}

/// Reads an answer to a joint punishment.
pub(super) fn measure(object: &Object<'_>) -> Result<MeasureFeedback, Fault> {
    let request = object.line_needed("requestNum")?.text;
    let result = object.line_needed("result")?;
    let opinion = object.paragraph("opinion")?;
    let (applied, opinion) = match result.text.as_str() {
        "1" => (true, opinion),
        // Why a measure was not taken decides what happens next.
        "2" => (false, Some(object.need("opinion", opinion)?)),
        _ => return Err(result.invalid("应为1（已采取）或2（未采取）")),
    };
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: object.line_text("taskNum")?.unwrap_or_else(|| request.clone()),
        request,
        applied,
        text: opinion.map(|value| value.text).unwrap_or_default(),
        at: Some(object.line_needed("time")?.time()?),
    })
}

/// Reads a receipt for a message of the gateway.
pub(super) fn receipt(object: &Object<'_>) -> Result<Receipt, Fault> {
    let confirmed = object.line_needed("refMsgId")?;
    let message_id = MessageId::parse(&confirmed.text).map_err(|_| confirmed.invalid("不是有效的报文编号"))?;
    let result = object.line_needed("result")?;
    let outcome = match result.text.as_str() {
        "1" => ReceiptOutcome::Accepted,
        "2" => ReceiptOutcome::Partial,
        "3" => ReceiptOutcome::Refused,
        _ => return Err(result.invalid("应为1（已受理）、2（部分受理）或3（未受理）")),
    };
    let mut case_numbers = Vec::new();
    for value in object.texts("caseNums", BATCH_ROWS_MAX)? {
        case_numbers.push(CaseNumber::parse(&value.text).map_err(|_| value.invalid("含有无效的案件编号"))?);
    }
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: object.line_text("code")?,
        text: object.need("msg", object.paragraph("msg")?)?.text,
        rows: object.objects("rows", BATCH_ROWS_MAX)?.iter().map(row_result).collect::<Result<_, _>>()?,
        case_numbers,
    })
}

fn row_result(object: &Object<'_>) -> Result<RowResult, Fault> {
    let row = object.line_needed("row")?;
    Ok(RowResult {
        row: row.text.parse().map_err(|_| row.invalid("应为行号（从1起的整数）"))?,
        code: object.line_needed("code")?.text,
        text: object.need("msg", object.paragraph("msg")?)?.text,
    })
}
