//! What the department answers: feedback on assignments (201) and measures (202), receipts (203), and the protocol's own
//! confirmations (commands 3 and 6).

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, MeasureFeedback, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, MessageId, Record, UtcTime};

use crate::problem::{Problem, code};
use crate::text::Fields;

/// 处理结果, as a number or as the word.
const RESULTS: [(&str, &str, FeedbackResult); 4] = [
    ("1", "已接收", FeedbackResult::Accepted),
    ("2", "退回", FeedbackResult::Returned),
    ("3", "办理中", FeedbackResult::InProgress),
    ("4", "已办结", FeedbackResult::Done),
];
/// 回执结果.
pub(crate) const OUTCOMES: [(&str, &str, ReceiptOutcome); 3] = [
    ("1", "全部接收", ReceiptOutcome::Accepted),
    ("2", "部分接收", ReceiptOutcome::Partial),
    ("3", "拒收", ReceiptOutcome::Refused),
];
/// What a refused row's field is called, with a number behind it.
pub(crate) const ROW: &str = "行";

/// Reads a number or word of a table.
fn coded<T: Copy>(value: &Value<'_>, table: &[(&str, &str, T)]) -> Result<T, Problem> {
    match table.iter().find(|(number, word, _)| *number == value.text || *word == value.text) {
        Some((.., meaning)) => Ok(*meaning),
        None => {
            let list: Vec<String> = table.iter().map(|(number, word, _)| format!("{number} {word}")).collect();
            Err(value.problem(code::CODE_UNKNOWN, format!("{}应为：{}", value.name, list.join("、"))))
        }
    }
}

/// Reads feedback on an assignment. `own` is the number of the frame, for a sender that gives none.
pub(crate) fn feedback(fields: &Fields<'_>, at: UtcTime, own: String) -> Result<Record, Problem> {
    let assignment = fields.required("派遣编号", chars_max::NUMBER)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        let text = "派遣编号应照抄派遣帧中的派遣编号，例如 TZ-2026-0000017/1";
        assignment.problem(code::NUMBER_INVALID, text)
    })?;
    let result = coded(&fields.required("处理结果", chars_max::CODE)?, &RESULTS)?;
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => Some(fields.required("反馈内容", chars_max::TEXT)?),
        _ => fields.optional("反馈内容", chars_max::TEXT)?,
    };
    Ok(Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: fields.optional("反馈编号", chars_max::NUMBER)?.map_or(own, |value| value.text.to_owned()),
        assignment: id,
        result,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: Some(at),
        attachments: Vec::new(),
    })))
}

/// Reads feedback on a measure of joint punishment.
pub(crate) fn measure_feedback(fields: &Fields<'_>, at: UtcTime, own: String) -> Result<Record, Problem> {
    let request = fields.required("请求编号", chars_max::NUMBER)?.text.to_owned();
    let applied = coded(&fields.required("是否执行", chars_max::CODE)?, &[("1", "是", true), ("0", "否", false)])?;
    let text = match applied {
        true => fields.optional("说明", chars_max::TEXT)?,
        // Who does not apply a measure says why.
        false => Some(fields.required("说明", chars_max::TEXT)?),
    };
    Ok(Record::MeasureFeedback(Box::new(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: fields.optional("反馈编号", chars_max::NUMBER)?.map_or(own, |value| value.text.to_owned()),
        request,
        applied,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: Some(at),
    })))
}

/// Reads a receipt for a message of the gateway.
pub(crate) fn receipt(fields: &Fields<'_>) -> Result<Record, Problem> {
    let message = fields.required("原消息标识", MessageId::BYTES_MAX)?;
    let message_id = MessageId::parse(message.text)
        .map_err(|_| message.problem(code::NUMBER_INVALID, "原消息标识应照抄所回复帧中的消息标识"))?;
    let outcome = coded(&fields.required("回执结果", chars_max::CODE)?, &OUTCOMES)?;
    let text = |value: Option<Value<'_>>| value.map(|value| value.text.to_owned());
    let rows = fields.all(is_row, chars_max::LINE).map(|value| row(&value?)).collect::<Result<_, _>>()?;
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code: text(fields.optional("错误代码", chars_max::NUMBER)?),
        text: text(fields.optional("内容", chars_max::TEXT)?).unwrap_or_default(),
        rows,
        case_numbers: Vec::new(),
    })))
}

fn is_row(name: &str) -> bool {
    name.strip_prefix(ROW).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `2,uscc.length,代码应为18位`; the text may hold commas.
fn row(value: &Value<'_>) -> Result<RowResult, Problem> {
    let mut pieces = value.text.splitn(3, ',').map(str::trim);
    let number = pieces.next().and_then(|number| number.parse().ok()).filter(|&row: &u32| row >= 1);
    match (number, pieces.next().filter(|code| !code.is_empty())) {
        (Some(row), Some(code)) => {
            Ok(RowResult { row, code: code.to_owned(), text: pieces.next().unwrap_or_default().to_owned() })
        }
        _ => Err(value.problem(code::NUMBER_INVALID, "行应为“行号,错误代码,错误描述”，行号为从1开始的整数")),
    }
}

/// A frame with command 3 or 6: what became of a frame of the gateway, of which it knows only the serial number.
pub(crate) fn frame_receipt(serial: u16, outcome: ReceiptOutcome) -> Option<Record> {
    let text = match outcome {
        ReceiptOutcome::Refused => "对方否认（命令6）：该帧未被接收",
        ReceiptOutcome::Accepted | ReceiptOutcome::Partial => "对方确认（命令3）：该帧已收到",
    };
    Some(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id: MessageId::parse(&format!("gb26875-{serial:05}")).ok()?,
        outcome,
        code: None,
        text: text.to_owned(),
        rows: Vec::new(),
        case_numbers: Vec::new(),
    })))
}
