//! What the commission answers: 处理反馈 (`CLFK`), 惩戒反馈 (`LHCJFK`), 回执 (`HZ`). All three are our own design.

use xiezhi_formats::codes;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::Element;
use xiezhi_formats::xml_forms::ReceiptNames;
use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::{Feedback, FeedbackResult, MeasureFeedback, Receipt, SCHEMA_VERSION};

use crate::problem::{Problem, code};
use crate::row::{Column, Row};

/// The fields of `HZ`.
pub(crate) const RECEIPT: ReceiptNames = ReceiptNames {
    message: "HZ_XXBS",
    outcome: "HZ_JG",
    outcome_meaning: "回执结果",
    outcome_name: Some("HZ_JGMC"),
    code: "HZ_CWDM",
    text: "HZ_NR",
    case_number: "HZ_AJBH",
    row: "HZ_HX",
    row_number: "HH",
    row_code: "CWDM",
    row_text: "CWMS",
};

const NUMBER: Column = Column::new("FK_BH", &[], chars_max::NUMBER);
const ASSIGNMENT: Column = Column::new("FK_PQBH", &[], chars_max::NUMBER);
const RESULT: Column = Column::new("FK_JG", &[], chars_max::CODE);
const TEXT: Column = Column::new("FK_NR", &[], chars_max::TEXT);
const TIME: Column = Column::new("FK_SJ", &[], chars_max::CODE);
const REQUEST: Column = Column::new("LHCJ_BH", &[], chars_max::NUMBER);
const APPLIED: Column = Column::new("LHCJ_ZX", &[], chars_max::CODE);

/// Reads one row of `CLFK`. `fallback` is its number where it has none.
pub(crate) fn feedback(row: &Row<'_>, fallback: String) -> Result<Feedback, Problem> {
    let id = codes::read_assignment(&row.required(&ASSIGNMENT)?, "派遣编号", "PQ_BH")?;
    let result = codes::read_result(&row.required(&RESULT)?, "处理结果")?;
    if result == FeedbackResult::Returned {
        // A return without a reason cannot be judged by anybody.
        row.required(&TEXT)?;
    }
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: row.text(&NUMBER)?.unwrap_or(fallback),
        assignment: id,
        result,
        text: row.text(&TEXT)?.unwrap_or_default(),
        at: row.time(&TIME)?,
        attachments: Vec::new(),
    })
}

/// Reads one row of `LHCJFK`. `fallback` is its number where it has none.
pub(crate) fn measure_feedback(row: &Row<'_>, fallback: String) -> Result<MeasureFeedback, Problem> {
    let request = row.required(&REQUEST)?;
    let code = row.required(&APPLIED)?;
    let applied = match code.text {
        "1" => true,
        "0" => false,
        _ => return Err(code.problem(code::CODE_UNKNOWN, "是否实施 LHCJ_ZX 应为：1 已实施、0 不实施")),
    };
    if !applied {
        row.required(&TEXT)?;
    }
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: row.text(&NUMBER)?.unwrap_or(fallback),
        request: request.text.to_owned(),
        applied,
        text: row.text(&TEXT)?.unwrap_or_default(),
        at: row.time(&TIME)?,
    })
}

/// Reads one row of `HZ`, which alone has groups in it.
pub(crate) fn receipt(row: &Element<'_>) -> Result<Receipt, Problem> {
    let message = row.required(RECEIPT.message, MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原消息标识 HZ_XXBS 应照抄所回复报文的 XXBS"))?;
    RECEIPT.read(row, message_id)
}
