//! What the police answer: 处理反馈 (`CLFK`) on an assignment and 回执 (`HZ`) for a message.
//!
//! Both forms are our own design; the names follow GA/T 543 (pinyin initials) as the clue's do.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId};

use crate::decode::Header;
use crate::problem::{Problem, code};

/// Most rows that one receipt reports on: as many as a message of the gateway may have.
const RESULTS_MAX: usize = 1_000;
/// A message identifier (`MessageId`) has at most this many bytes.
const MESSAGE_ID_CHARS_MAX: usize = MessageId::BYTES_MAX;

/// Reads one row of `CLFK`.
pub(crate) fn feedback(row: &Element<'_>, header: &Header<'_>, number: u32) -> Result<Feedback, Problem> {
    let answer = row.group("FKXX")?;
    let assignment = answer.required("PQBH", chars_max::NUMBER)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        let text = "派遣编号 PQBH 应照抄派遣报文中的 PQBH，例如 TZ-2026-0000017/1";
        assignment.problem(code::NUMBER_INVALID, text)
    })?;
    let code = answer.required("JGDM", chars_max::CODE)?;
    let result = match code.text {
        "1" => FeedbackResult::Accepted,
        "2" => FeedbackResult::Returned,
        "3" => FeedbackResult::InProgress,
        "4" => FeedbackResult::Done,
        _ => {
            let text = "处理结果代码 JGDM 应为：1 已接收、2 退回、3 办理中、4 已办结";
            return Err(code.problem(code::CODE_UNKNOWN, text));
        }
    };
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(answer.required("FKNR", chars_max::TEXT)?),
        _ => answer.optional("FKNR", chars_max::TEXT)?,
    };
    let reference = match answer.optional("FKBH", chars_max::NUMBER)? {
        Some(value) => value.text.to_owned(),
        None => format!("{}-{number}", header.number),
    };
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference,
        assignment: id,
        result,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: answer.optional("FKSJ", chars_max::CODE)?.map(|value| value.time()).transpose()?,
        attachments: Vec::new(),
    })
}

/// Reads one row of `HZ`.
pub(crate) fn receipt(row: &Element<'_>) -> Result<Receipt, Problem> {
    let answer = row.group("HZXX")?;
    let message = answer.required("YXXBS", MESSAGE_ID_CHARS_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原消息标识 YXXBS 应照抄所回复报文的 XXBS"))?;
    let code = answer.required("HZJGDM", chars_max::CODE)?;
    let outcome = match code.text {
        "1" => ReceiptOutcome::Accepted,
        "2" => ReceiptOutcome::Partial,
        "3" => ReceiptOutcome::Refused,
        _ => {
            let text = "回执结果代码 HZJGDM 应为：1 全部接收、2 部分接收、3 拒收";
            return Err(code.problem(code::CODE_UNKNOWN, text));
        }
    };
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: answer.optional("CWDM", chars_max::NUMBER)?.map(|value| value.text.to_owned()),
        text: answer.optional("HZNR", chars_max::TEXT)?.map(|value| value.text.to_owned()).unwrap_or_default(),
        rows: results(answer)?,
        case_numbers: Vec::new(),
    })
}

fn results(answer: &Element<'_>) -> Result<Vec<RowResult>, Problem> {
    let mut results = Vec::new();
    for element in answer.all("HXX") {
        if results.len() >= RESULTS_MAX {
            let text = format!("一份回执的 HXX 不得超过{RESULTS_MAX}个");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("HXX"));
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
