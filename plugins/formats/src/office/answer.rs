//! What comes back: answers to assignments and to joint punishments.

use xiezhi_sdk::Context;
use xiezhi_sdk::model::AssignmentId;
use xiezhi_sdk::model::record::{Feedback, FeedbackResult, MeasureFeedback, SCHEMA_VERSION};

use crate::fields::chars_max;
use crate::sheet::{Column, Entry, Layout};
use crate::{Problem, code};

/// 处置反馈: the answer to an assignment.
pub const FEEDBACK: Layout = Layout {
    title: "处置反馈",
    columns: &[
        Column { name: "派遣编号", others: &["派单编号", "任务编号"] },
        Column { name: "处理结果", others: &["办理结果", "反馈结果"] },
        Column { name: "处理情况", others: &["办理情况", "处理内容", "反馈内容", "退回原因"] },
        Column { name: "处理时间", others: &["办理时间", "反馈时间", "处理日期", "办结日期"] },
        Column { name: "反馈编号", others: &[] },
    ],
    marks: &["派遣编号", "处理结果"],
};

/// 惩戒措施反馈: the answer to a joint punishment.
pub const MEASURE_FEEDBACK: Layout = Layout {
    title: "惩戒措施反馈",
    columns: &[
        Column { name: "惩戒编号", others: &["联合惩戒编号", "惩戒请求编号"] },
        Column { name: "落实结果", others: &["执行结果", "是否落实"] },
        Column { name: "落实情况", others: &["执行情况", "未落实原因"] },
        Column { name: "落实时间", others: &["执行时间", "落实日期"] },
        Column { name: "反馈编号", others: &[] },
    ],
    marks: &["惩戒编号", "落实结果"],
};

/// Reads a row of [`FEEDBACK`].
///
/// # Errors
/// `field-missing`, `number-invalid`, `code-unknown`, `time-invalid`, `field-too-long`.
pub fn feedback(entry: &Entry<'_>, context: &Context, row: u32) -> Result<Feedback, Problem> {
    let assignment = entry.required("派遣编号", chars_max::NUMBER)?;
    let id = AssignmentId::parse(assignment.text).map_err(|_| {
        assignment.problem(code::NUMBER_INVALID, "派遣编号应照抄派遣单，例如 TZ-2026-0000017/1，请勿改动")
    })?;
    let word = entry.required("处理结果", chars_max::CODE)?;
    let result = match word.text {
        "已接收" | "接收" | "签收" | "已签收" | "1" => FeedbackResult::Accepted,
        "退回" | "已退回" | "2" => FeedbackResult::Returned,
        "办理中" | "处理中" | "3" => FeedbackResult::InProgress,
        "已办结" | "办结" | "已完成" | "4" => FeedbackResult::Done,
        _ => {
            let text = "处理结果应为：已接收、退回、办理中、已办结（或 1、2、3、4）";
            return Err(word.problem(code::CODE_UNKNOWN, text));
        }
    };
    let text = match result {
        // A return without a reason cannot be judged by anybody.
        FeedbackResult::Returned => entry.required("处理情况", chars_max::TEXT)?.text.to_owned(),
        _ => entry.text("处理情况", chars_max::TEXT)?.unwrap_or_default(),
    };
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: reference(entry, context, row)?,
        assignment: id,
        result,
        text,
        at: entry.moment("处理时间")?,
        attachments: Vec::new(),
    })
}

/// Reads a row of [`MEASURE_FEEDBACK`].
///
/// # Errors
/// As [`feedback`].
pub fn measure_feedback(entry: &Entry<'_>, context: &Context, row: u32) -> Result<MeasureFeedback, Problem> {
    let request = entry.required("惩戒编号", chars_max::NUMBER)?;
    let word = entry.required("落实结果", chars_max::CODE)?;
    let applied = match word.text {
        "已落实" | "落实" | "已执行" | "是" | "1" => true,
        "不予落实" | "未落实" | "不适用" | "否" | "2" => false,
        _ => {
            let text = "落实结果应为：已落实、不予落实（或 1、2）";
            return Err(word.problem(code::CODE_UNKNOWN, text));
        }
    };
    let text = match applied {
        true => entry.text("落实情况", chars_max::TEXT)?.unwrap_or_default(),
        false => entry.required("落实情况", chars_max::TEXT)?.text.to_owned(),
    };
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference: reference(entry, context, row)?,
        request: request.text.to_owned(),
        applied,
        text,
        at: entry.moment("落实时间")?,
    })
}

/// The agency's own number; where it gives none, the message and the row.
fn reference(entry: &Entry<'_>, context: &Context, row: u32) -> Result<String, Problem> {
    let own = entry.text("反馈编号", chars_max::NUMBER)?;
    Ok(own.unwrap_or_else(|| format!("{}-{row}", context.message_id)))
}
