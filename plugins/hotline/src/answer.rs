//! What the hotline answers: feedback on an assignment, feedback on a measure, and receipts. Our own design.

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::json::{Kind, Object};
use xiezhi_formats::{Edge, Problem};
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, Record, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, CaseNumber, MessageId};

use crate::problem::code;
use crate::redact::redact;
use crate::settings::Settings;

/// The members of answers that are read; a fault may name them.
pub(crate) const MEMBERS: [&str; 14] = [
    "feedbackNo",
    "assignmentNo",
    "result",
    "text",
    "time",
    "requestNo",
    "applied",
    "messageId",
    "outcome",
    "code",
    "lines",
    "line",
    "caseNumbers",
    "type",
];
/// Words of a receipt's outcome.
pub(crate) const OUTCOMES: [(&str, ReceiptOutcome); 3] =
    [("全部接收", ReceiptOutcome::Accepted), ("部分接收", ReceiptOutcome::Partial), ("拒收", ReceiptOutcome::Refused)];
/// Words of a feedback's result.
const RESULTS: [(&str, FeedbackResult); 4] = [
    ("已接收", FeedbackResult::Accepted),
    ("退回", FeedbackResult::Returned),
    ("办理中", FeedbackResult::InProgress),
    ("已办结", FeedbackResult::Done),
];

/// Reads an answer to an assignment. `row` completes the number of one that has none.
pub(crate) fn feedback(object: &Object<'_>, settings: &Settings, row: u32) -> Result<Record, Problem> {
    let assignment = object.required("assignmentNo", chars_max::NUMBER)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        let text = "assignmentNo 应照抄派遣报文中的 assignmentNo，例如 TZ-2026-0000017/1";
        assignment.problem(code::NUMBER_INVALID, text)
    })?;
    let result = one_of(&object.required("result", chars_max::CODE)?, &RESULTS)?;
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(object.required("text", chars_max::TEXT)?),
        _ => object.optional("text", chars_max::TEXT)?,
    };
    Ok(Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: number(object, &format!("{}-{row}", id.as_str()))?,
        assignment: id,
        result,
        text: clean(text, settings),
        at: object.optional("time", chars_max::CODE)?.map(|value| value.moment(Edge::Start)).transpose()?,
        attachments: Vec::new(),
    })))
}

/// Reads an answer to a joint punishment.
pub(crate) fn measure_feedback(object: &Object<'_>, settings: &Settings, row: u32) -> Result<Record, Problem> {
    let request = object.required("requestNo", chars_max::NUMBER)?;
    let applied = object.need("applied")?;
    let applied = match (applied.node.kind(), applied.node.raw()) {
        (Kind::Flag, raw) => raw == "true",
        _ => {
            let text = "applied 应为 true（已执行）或 false（未执行）";
            return Err(applied.node.problem(code::CODE_UNKNOWN, text).in_field("applied"));
        }
    };
    // A measure that is not applied needs a reason.
    let text = if applied {
        object.optional("text", chars_max::TEXT)?
    } else {
        Some(object.required("text", chars_max::TEXT)?)
    };
    Ok(Record::MeasureFeedback(Box::new(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: number(object, &format!("{}-{row}", request.text))?,
        request: request.text.to_owned(),
        applied,
        text: clean(text, settings),
        at: object.optional("time", chars_max::CODE)?.map(|value| value.moment(Edge::Start)).transpose()?,
    })))
}

/// Reads a receipt. Whatever it says of itself, what comes in is the hotline's.
pub(crate) fn receipt(object: &Object<'_>, settings: &Settings) -> Result<Record, Problem> {
    let message = object.required("messageId", MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "messageId 应照抄所回复报文的 messageId"))?;
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome: one_of(&object.required("outcome", chars_max::CODE)?, &OUTCOMES)?,
        code: object.optional("code", chars_max::NUMBER)?.map(|value| value.text.to_owned()),
        text: clean(object.optional("text", chars_max::TEXT)?, settings),
        rows: lines(object, settings)?,
        case_numbers: case_numbers(object)?,
    })))
}

fn lines(object: &Object<'_>, settings: &Settings) -> Result<Vec<RowResult>, Problem> {
    let Some(member) = object.get("lines") else { return Ok(Vec::new()) };
    let items = member.node.array("lines").map_err(|problem| problem.in_field("lines"))?;
    let read = |item: &xiezhi_formats::json::Node<'_>| {
        let line = item.object("lines 的每一项").map_err(|problem| problem.in_field("lines"))?;
        let number = line.required("line", chars_max::CODE)?;
        let row = number.text.parse().ok().filter(|&row: &u32| row >= 1 && !number.text.starts_with('+'));
        Ok(RowResult {
            row: row.ok_or_else(|| number.problem(code::NUMBER_INVALID, "行号 line 应为从1开始的整数"))?,
            code: line.required("code", chars_max::NUMBER)?.text.to_owned(),
            text: clean(line.optional("text", chars_max::TEXT)?, settings),
        })
    };
    items.iter().map(read).collect()
}

fn case_numbers(object: &Object<'_>) -> Result<Vec<CaseNumber>, Problem> {
    let Some(member) = object.get("caseNumbers") else { return Ok(Vec::new()) };
    let items = member.node.array("caseNumbers").map_err(|problem| problem.in_field("caseNumbers"))?;
    let read = |item: &xiezhi_formats::json::Node<'_>| {
        let text = item.text("caseNumbers 的每一项").map_err(|problem| problem.in_field("caseNumbers"))?;
        CaseNumber::parse(&text)
            .map_err(|_| item.problem(code::NUMBER_INVALID, "案件编号应照抄网关的案件编号").in_field("caseNumbers"))
    };
    items.iter().map(read).collect()
}

fn number(object: &Object<'_>, absent: &str) -> Result<String, Problem> {
    Ok(object
        .optional("feedbackNo", chars_max::NUMBER)?
        .map_or_else(|| absent.to_owned(), |value| value.text.to_owned()))
}

fn one_of<T: Copy>(value: &Value<'_>, words: &[(&str, T)]) -> Result<T, Problem> {
    words.iter().find(|(word, _)| *word == value.text).map(|&(_, found)| found).ok_or_else(|| {
        let list: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
        value.problem(code::CODE_UNKNOWN, format!("{} 应为：{}", value.name, list.join("、")))
    })
}

fn clean(value: Option<Value<'_>>, settings: &Settings) -> String {
    value.map(|value| redact(value.text, settings.year).text).unwrap_or_default()
}
