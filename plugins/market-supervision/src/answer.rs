//! What the bureau's systems answer: feedback on assignments and measures, and receipts.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::{Kind, Node, Object};
use xiezhi_formats::{Edge, Problem};
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, Record, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, CaseNumber, MessageId};

use crate::decode::Header;
use crate::party::{one_of, owned};
use crate::problem::code;

const RESULTS: [(&str, &str, FeedbackResult); 4] = [
    ("1", "已接收", FeedbackResult::Accepted),
    ("2", "退回", FeedbackResult::Returned),
    ("3", "办理中", FeedbackResult::InProgress),
    ("4", "已办结", FeedbackResult::Done),
];
/// Outcomes of a receipt, in both directions.
pub(crate) const OUTCOMES: [(&str, &str, ReceiptOutcome); 3] = [
    ("1", "全部接收", ReceiptOutcome::Accepted),
    ("2", "部分接收", ReceiptOutcome::Partial),
    ("3", "拒收", ReceiptOutcome::Refused),
];

/// Reads an answer to an assignment.
pub(crate) fn feedback(row: &Object<'_>, header: &Header<'_>, number: u32) -> Result<Record, Problem> {
    let assignment = row.required("AssignmentNo", chars_max::NUMBER)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        let text = "派遣编号 AssignmentNo 应照抄派遣报文中的 AssignmentNo，例如 TZ-2026-0000017/1";
        assignment.problem(code::NUMBER_INVALID, text)
    })?;
    let result = one_of(&row.required("ResultCode", chars_max::CODE)?, &RESULTS)?;
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(row.required("Content", chars_max::TEXT)?),
        _ => row.optional("Content", chars_max::TEXT)?,
    };
    Ok(Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: reference(row, header, number)?,
        assignment: id,
        result,
        text: owned(text).unwrap_or_default(),
        at: row.optional("FeedbackAt", chars_max::CODE)?.map(|value| value.moment(Edge::Start)).transpose()?,
        attachments: Vec::new(),
    })))
}

/// Reads an answer to a joint punishment.
pub(crate) fn measure_feedback(row: &Object<'_>, header: &Header<'_>, number: u32) -> Result<Record, Problem> {
    let request = row.required("RequestNo", chars_max::NUMBER)?;
    let applied = row.need("Applied")?;
    if applied.node.kind() != Kind::Flag {
        let text = "Applied 应为 true（已执行）或 false（未执行）";
        return Err(applied.node.problem(code::CODE_UNKNOWN, text).in_field("Applied"));
    }
    let applied = applied.node.raw() == "true";
    // A measure that is not applied needs a reason.
    let text = if applied {
        row.optional("Content", chars_max::TEXT)?
    } else {
        Some(row.required("Content", chars_max::TEXT)?)
    };
    Ok(Record::MeasureFeedback(Box::new(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: reference(row, header, number)?,
        request: request.text.to_owned(),
        applied,
        text: owned(text).unwrap_or_default(),
        at: row.optional("FeedbackAt", chars_max::CODE)?.map(|value| value.moment(Edge::Start)).transpose()?,
    })))
}

/// Reads a receipt.
pub(crate) fn receipt(row: &Object<'_>) -> Result<Record, Problem> {
    let message = row.required("MessageId", MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "MessageId 应照抄所回复报文的 MessageId"))?;
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome: one_of(&row.required("OutcomeCode", chars_max::CODE)?, &OUTCOMES)?,
        code: owned(row.optional("ErrorCode", chars_max::NUMBER)?),
        text: owned(row.optional("Content", chars_max::TEXT)?).unwrap_or_default(),
        rows: lines(row)?,
        case_numbers: case_numbers(row)?,
    })))
}

fn lines(row: &Object<'_>) -> Result<Vec<RowResult>, Problem> {
    let read = |node: &Node<'_>| {
        let line = node.object("Lines 的每一项").map_err(|problem| problem.in_field("Lines"))?;
        let number = line.required("Row", chars_max::CODE)?;
        let digits = number.text.bytes().all(|b| b.is_ascii_digit());
        let row = number.text.parse().ok().filter(|&row: &u32| row >= 1 && digits);
        Ok(RowResult {
            row: row.ok_or_else(|| number.problem(code::NUMBER_INVALID, "行号 Row 应为从1开始的整数"))?,
            code: line.required("ErrorCode", chars_max::NUMBER)?.text.to_owned(),
            text: owned(line.optional("Content", chars_max::TEXT)?).unwrap_or_default(),
        })
    };
    items(row, "Lines")?.iter().map(read).collect()
}

fn case_numbers(row: &Object<'_>) -> Result<Vec<CaseNumber>, Problem> {
    let read = |node: &Node<'_>| {
        let text = node.text("CaseNos 的每一项").map_err(|problem| problem.in_field("CaseNos"))?;
        CaseNumber::parse(&text)
            .map_err(|_| node.problem(code::NUMBER_INVALID, "案件编号应照抄网关的案件编号").in_field("CaseNos"))
    };
    items(row, "CaseNos")?.iter().map(read).collect()
}

fn items<'t>(row: &Object<'t>, name: &str) -> Result<Vec<Node<'t>>, Problem> {
    match row.get(name) {
        None => Ok(Vec::new()),
        Some(member) => member.node.array(name).map_err(|problem| problem.in_field(name)),
    }
}

fn reference(row: &Object<'_>, header: &Header<'_>, number: u32) -> Result<String, Problem> {
    let own = owned(row.optional("FeedbackNo", chars_max::NUMBER)?);
    Ok(own.unwrap_or_else(|| format!("{}-{number}", header.number)))
}
