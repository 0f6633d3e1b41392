//! What the agency answers: 处理反馈 (`CLFK`) on an assignment, 惩戒反馈 (`CJFK`) on a joint punishment, 回执 (`HZ`) for a message.
//!
//! The forms are our own design: features without geometry, whose properties have the names that the police's answers have.

use xiezhi_formats::Edge;
use xiezhi_formats::codes;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::Object;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{CaseNumber, MessageId, UtcTime};

use crate::problem::{Problem, code};

/// Reads one feature of `CLFK`. `usual` is the reference where the sender gives none.
pub(crate) fn feedback(properties: &Object<'_>, usual: String) -> Result<Feedback, Problem> {
    let assignment = properties.required("PQBH", chars_max::NUMBER)?;
    let id = codes::read_assignment(&assignment, "派遣编号", "PQBH")?;
    let result = codes::read_result(&properties.required("JGDM", chars_max::CODE)?, "处理结果代码")?;
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(properties.required("FKNR", chars_max::TEXT)?),
        _ => properties.optional("FKNR", chars_max::TEXT)?,
    };
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: reference(properties, usual)?,
        assignment: id,
        result,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: at(properties)?,
        attachments: Vec::new(),
    })
}

/// Reads one feature of `CJFK`.
pub(crate) fn measure_feedback(properties: &Object<'_>, usual: String) -> Result<MeasureFeedback, Problem> {
    let request = properties.required("QQBH", chars_max::NUMBER)?;
    let applied = properties.required("SFCQ", chars_max::CODE)?;
    let applied = match applied.text {
        "1" => true,
        "0" => false,
        _ => return Err(applied.problem(code::CODE_UNKNOWN, "是否采取措施 SFCQ 应为：1 已采取、0 未采取")),
    };
    let text = match applied {
        true => properties.optional("FKNR", chars_max::TEXT)?,
        false => Some(properties.required("FKNR", chars_max::TEXT)?),
    };
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: reference(properties, usual)?,
        request: request.text.to_owned(),
        applied,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: at(properties)?,
    })
}

/// Reads one feature of `HZ`.
pub(crate) fn receipt(properties: &Object<'_>) -> Result<Receipt, Problem> {
    let message = properties.required("YXXBS", MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原消息标识 YXXBS 应照抄所回复报文的 XXBS"))?;
    let outcome = codes::read_outcome(&properties.required("HZJGDM", chars_max::CODE)?, "回执结果代码")?;
    let text = properties.optional("HZNR", chars_max::TEXT)?;
    Ok(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: properties.optional("CWDM", chars_max::NUMBER)?.map(|value| value.text.to_owned()),
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        rows: results(properties)?,
        case_numbers: case_numbers(properties)?,
    })
}

fn results(properties: &Object<'_>) -> Result<Vec<RowResult>, Problem> {
    let Some(member) = properties.get("HXX") else { return Ok(Vec::new()) };
    let in_field = |problem: Problem| match problem.field {
        Some(_) => problem,
        None => problem.in_field("HXX"),
    };
    let mut results = Vec::new();
    for node in member.node.array("HXX").map_err(in_field)? {
        let line = node.object("HXX 中的每一项").map_err(in_field)?;
        let number = line.required("HH", chars_max::CODE)?;
        let row = codes::read_row_number(&number)?;
        let text = line.optional("CWMS", chars_max::TEXT)?;
        results.push(RowResult {
            row,
            code: line.required("CWDM", chars_max::NUMBER)?.text.to_owned(),
            text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        });
    }
    Ok(results)
}

fn case_numbers(properties: &Object<'_>) -> Result<Vec<CaseNumber>, Problem> {
    let Some(member) = properties.get("XTAJBH") else { return Ok(Vec::new()) };
    let in_field = |problem: Problem| problem.in_field("XTAJBH");
    let mut numbers = Vec::new();
    for node in member.node.array("XTAJBH").map_err(in_field)? {
        let text = node.text("案件编号").map_err(in_field)?;
        let number = CaseNumber::parse(&text).map_err(|_| {
            node.problem(code::NUMBER_INVALID, "案件编号 XTAJBH 应照抄网关的案件编号").in_field("XTAJBH")
        })?;
        numbers.push(number);
    }
    Ok(numbers)
}

fn reference(properties: &Object<'_>, usual: String) -> Result<String, Problem> {
    Ok(properties.optional("FKBH", chars_max::NUMBER)?.map_or(usual, |value| value.text.to_owned()))
}

fn at(properties: &Object<'_>) -> Result<Option<UtcTime>, Problem> {
    properties.optional("FKSJ", chars_max::CODE)?.map(|value| value.moment(Edge::Start)).transpose()
}
