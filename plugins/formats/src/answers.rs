//! What an agency answers, as rows of [`crate::rows`]: feedback on an assignment and receipts.
//!
//! The counterpart of [`crate::orders`], which writes what is answered here. Whether an assignment exists and whose it is, the
//! gateway knows.

use xiezhi_sdk::model::record::{
    Attachment, Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, RowResult,
    SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId};

use crate::fields::chars_max;
use crate::json::Node;
use crate::rows::{Fields, Header, Names};
use crate::{Problem, code};

/// Most attachments of one answer: more than a report with photographs has.
const ATTACHMENTS_MAX: usize = 20;
/// Most rows that one receipt reports on: as many as a message may have.
const RESULTS_MAX: usize = crate::rows::ROWS_MAX;
/// SM3 and SHA-256 both have 32 bytes.
const DIGEST_CHARS: usize = 64;

/// Members of a feedback's row.
pub const FEEDBACK: [(&str, &str); 7] = [
    ("type", "行类型"),
    ("feedback_number", "反馈编号"),
    ("assignment", "派遣编号"),
    ("result", "办理结果"),
    ("text", "反馈内容"),
    ("at", "反馈时间"),
    ("attachments", "附件"),
];
/// Members of an attachment.
pub const ATTACHMENT: Names =
    &[("kind", "文件类型"), ("algorithm", "摘要算法"), ("digest", "摘要"), ("bytes", "文件字节数")];
/// Members of a receipt's row; [`crate::orders`] writes the same and the gateway's case numbers.
pub const RECEIPT: Names = &[
    ("type", "行类型"),
    ("message_id", "原报文标识"),
    ("outcome", "接收结果"),
    ("code", "错误代码"),
    ("text", "说明"),
    ("rows", "未接收的行"),
];
/// Members of one refused row in a receipt.
pub const RESULT: Names = &[("row", "行号"), ("code", "错误代码"), ("text", "错误说明")];
/// Members of the answer to a joint punishment.
pub const MEASURE_FEEDBACK: Names = &[
    ("type", "行类型"),
    ("feedback_number", "反馈编号"),
    ("request", "惩戒请求编号"),
    ("applied", "是否已采取措施"),
    ("text", "反馈内容"),
    ("at", "反馈时间"),
];

/// What became of an assignment.
pub const RESULTS: Names =
    &[("accepted", "已接收"), ("returned", "退回"), ("in_progress", "办理中"), ("done", "已办结")];
/// What became of a message.
pub const OUTCOMES: Names = &[("accepted", "全部接收"), ("partial", "部分接收"), ("refused", "拒收")];
/// Digest algorithms.
pub const ALGORITHMS: Names = &[("sm3", "SM3"), ("sha256", "SHA-256")];

/// Reads a feedback's row.
///
/// # Errors
/// The first thing wrong with the row.
pub fn feedback(fields: &Fields<'_>, header: &Header, row: u32) -> Result<Feedback, Problem> {
    let assignment = fields.required("assignment", chars_max::NUMBER)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        let text = "派遣编号 assignment 应照抄派遣报文中的 assignment，例如 TZ-2026-0000017/1";
        assignment.problem(code::NUMBER_INVALID, text)
    })?;
    let result = match fields.choice("result", RESULTS)?.ok_or_else(|| fields.missing("result"))? {
        "accepted" => FeedbackResult::Accepted,
        "returned" => FeedbackResult::Returned,
        "in_progress" => FeedbackResult::InProgress,
        _ => FeedbackResult::Done,
    };
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(fields.required("text", chars_max::TEXT)?),
        _ => fields.optional("text", chars_max::TEXT)?,
    };
    let items = fields.items("attachments", ATTACHMENTS_MAX)?;
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: own_number(fields, header, row)?,
        assignment: id,
        result,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: fields.time("at")?,
        attachments: items.iter().map(attachment).collect::<Result<_, _>>()?,
    })
}

/// Reads the answer to a joint punishment.
///
/// # Errors
/// The first thing wrong with the row.
pub fn measure_feedback(fields: &Fields<'_>, header: &Header, row: u32) -> Result<MeasureFeedback, Problem> {
    let applied = fields.flag("applied")?.ok_or_else(|| fields.missing("applied"))?;
    let text = if applied {
        fields.text("text", chars_max::TEXT)?.unwrap_or_default()
    } else {
        fields.required("text", chars_max::TEXT)?.text.to_owned()
    };
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: own_number(fields, header, row)?,
        request: fields.required("request", chars_max::NUMBER)?.text.to_owned(),
        applied,
        text,
        at: fields.time("at")?,
    })
}

/// Reads a receipt's row.
///
/// # Errors
/// The first thing wrong with the row.
pub fn receipt(fields: &Fields<'_>) -> Result<Receipt, Problem> {
    let message = fields.required("message_id", MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text).map_err(|_| {
        let text = "原报文标识 message_id 应照抄所回复报文的 message_number";
        message.problem(code::NUMBER_INVALID, text)
    })?;
    let outcome = match fields.choice("outcome", OUTCOMES)?.ok_or_else(|| fields.missing("outcome"))? {
        "accepted" => ReceiptOutcome::Accepted,
        "partial" => ReceiptOutcome::Partial,
        _ => ReceiptOutcome::Refused,
    };
    let items = fields.items("rows", RESULTS_MAX)?;
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: fields.text("code", chars_max::NUMBER)?,
        text: fields.text("text", chars_max::TEXT)?.unwrap_or_default(),
        rows: items.iter().map(row_result).collect::<Result<_, _>>()?,
        case_numbers: Vec::new(),
    })
}

/// The sender's number for its answer; where it gives none, the message's and the row.
fn own_number(fields: &Fields<'_>, header: &Header, row: u32) -> Result<String, Problem> {
    let own = fields.text("feedback_number", chars_max::NUMBER)?;
    Ok(own.unwrap_or_else(|| format!("{}-{row}", header.number)))
}

fn attachment(node: &Node<'_>) -> Result<Attachment, Problem> {
    let fields = Fields::of(node, "附件 attachments 的每一项", ATTACHMENT)?;
    let digest = fields.required("digest", chars_max::LINE)?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digest.text.len() != DIGEST_CHARS || !digest.text.bytes().all(hex) {
        return Err(fields.wrong_number(&digest, "应为64位小写十六进制数"));
    }
    Ok(Attachment {
        kind: fields.required("kind", chars_max::CODE)?.text.to_owned(),
        algorithm: fields.choice("algorithm", ALGORITHMS)?.ok_or_else(|| fields.missing("algorithm"))?.to_owned(),
        digest: digest.text.to_owned(),
        bytes: fields.integer("bytes", 0..=u32::MAX)?.map(u64::from),
    })
}

fn row_result(node: &Node<'_>) -> Result<RowResult, Problem> {
    let fields = Fields::of(node, "未接收的行 rows 的每一项", RESULT)?;
    Ok(RowResult {
        row: fields.integer("row", 1..=u32::MAX)?.ok_or_else(|| fields.missing("row"))?,
        code: fields.required("code", chars_max::NUMBER)?.text.to_owned(),
        text: fields.text("text", chars_max::TEXT)?.unwrap_or_default(),
    })
}
