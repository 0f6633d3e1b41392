//! What the police answer: 处理反馈 (`CLFK`) on an assignment and 回执 (`HZ`) for a message.
//!
//! Both forms are our own design; the names follow GA/T 543 (pinyin initials) as the clue's do.

use xiezhi_formats::codes;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::Element;
use xiezhi_formats::xml_forms::ReceiptNames;
use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::{Feedback, FeedbackResult, Receipt, SCHEMA_VERSION};

use crate::decode::Header;
use crate::problem::{Problem, code};

/// The fields of `HZXX`.
pub(crate) const RECEIPT: ReceiptNames = ReceiptNames {
    message: "YXXBS",
    outcome: "HZJGDM",
    outcome_meaning: "回执结果代码",
    outcome_name: Some("HZJGMC"),
    code: "CWDM",
    text: "HZNR",
    case_number: "XTAJBH",
    row: "HXX",
    row_number: "HH",
    row_code: "CWDM",
    row_text: "CWMS",
};

/// Reads one row of `CLFK`.
pub(crate) fn feedback(row: &Element<'_>, header: &Header<'_>, number: u32) -> Result<Feedback, Problem> {
    let answer = row.group("FKXX")?;
    let assignment = answer.required("PQBH", chars_max::NUMBER)?;
    let id = codes::read_assignment(&assignment, "派遣编号", "PQBH")?;
    let result = codes::read_result(&answer.required("JGDM", chars_max::CODE)?, "处理结果代码")?;
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
    let message = answer.required(RECEIPT.message, MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原消息标识 YXXBS 应照抄所回复报文的 XXBS"))?;
    RECEIPT.read(answer, message_id)
}
