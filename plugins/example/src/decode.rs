//! Reads a message: the header line, then one record or row fault for each line.

use std::collections::BTreeMap;

use xiezhi_sdk::model::record::{Feedback, FeedbackResult, Finding, Issue, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::{AssignmentId, Uscc, UtcTime};
use xiezhi_sdk::{Context, Decoded, Fault, Input, Record, RowRecord};

use crate::line::{self, Field};
use crate::problem::{code, fault, of_row, unplaced};

/// Longest message, in bytes: a thousand rows of one kilobyte.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Most rows in a message: a sender splits larger batches.
const ROWS_MAX: u32 = 1_000;
/// The version of the format.
pub(crate) const VERSION: &str = "1";
/// The header's word for a message of findings.
const FINDINGS: &str = "线索";
/// The header's word for answers to assignments.
pub(crate) const FEEDBACK: &str = "反馈";
/// What became of an assignment, as the format says it.
pub(crate) const RESULTS: [(&str, FeedbackResult); 4] = [
    ("已接收", FeedbackResult::Accepted),
    ("退回", FeedbackResult::Returned),
    ("办理中", FeedbackResult::InProgress),
    ("已办结", FeedbackResult::Done),
];

/// What the rows of a message are.
#[derive(Debug, Clone, Copy)]
enum Business {
    Findings,
    Feedback,
}

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, _context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        return Err(unplaced(code::PARTS, "本格式不分包，无法按分包处理"));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{MESSAGE_BYTES_MAX}字节，请拆分后发送");
        return Err(fault(code::LIMIT, MESSAGE_BYTES_MAX, text));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| fault(code::ENCODING, error.valid_up_to(), "报文不是UTF-8编码，请以UTF-8重新保存后发送"))?;
    let mut lines = placed_lines(text);
    let (business, number) = header(lines.next())?;
    let mut decoded = Decoded::default();
    let mut row: u32 = 0;
    for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
        if row >= ROWS_MAX {
            return Err(fault(code::LIMIT, at, format!("一份报文不得超过{ROWS_MAX}行，请拆分后发送")));
        }
        row = row.saturating_add(1);
        match record(line, at, business, &number) {
            Ok(record) => decoded.document.records.push(RowRecord { row, record }),
            Err(fault) => decoded.document.row_faults.push(of_row(row, fault)),
        }
    }
    if row == 0 {
        return Err(fault(code::ROWS, bytes.len(), "报文只有首行，没有内容，请补充后重发"));
    }
    Ok(decoded)
}

/// The lines with the byte at which each begins. A carriage return before the line end belongs to it.
fn placed_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0_usize;
    text.split('\n').map(move |line| {
        let at = next;
        next = at.saturating_add(line.len()).saturating_add(1);
        (at, line.strip_suffix('\r').unwrap_or(line))
    })
}

/// The first line: business, version, number of the message.
fn header(line: Option<(usize, &str)>) -> Result<(Business, String), Fault> {
    let wrong = |at| fault(code::HEADER, at, "首行应为“业务;版本;报文编号”，例如“线索;1;BW-0001”");
    let (at, line) = line.ok_or_else(|| wrong(0))?;
    let fields = line::split(line, at)?;
    let [business, version, number] = fields.as_slice() else { return Err(wrong(at)) };
    if version.text != VERSION {
        return Err(fault(code::HEADER, version.at, format!("版本应为{VERSION}")).in_field("版本"));
    }
    let business = match business.text.as_str() {
        FINDINGS => Business::Findings,
        FEEDBACK => Business::Feedback,
        _ => return Err(fault(code::HEADER, business.at, "业务应为：线索、反馈").in_field("业务")),
    };
    if number.text.is_empty() {
        return Err(fault(code::HEADER, number.at, "报文编号不能为空").in_field("报文编号"));
    }
    Ok((business, number.text.clone()))
}

fn record(line: &str, at: usize, business: Business, number: &str) -> Result<Record, Fault> {
    let fields = line::split(line, at)?;
    match business {
        Business::Findings => finding(&fields, at, number).map(|finding| Record::Finding(Box::new(finding))),
        Business::Feedback => feedback(&fields, at).map(|feedback| Record::Feedback(Box::new(feedback))),
    }
}

fn finding(fields: &[Field], at: usize, number: &str) -> Result<Finding, Fault> {
    let [reference, name, uscc, address, issue, title, found_at, text] = fields else {
        let text = "线索应有8个字段：编号;单位名称;统一社会信用代码;地址;事项代码;标题;发现时间;说明";
        return Err(fault(code::FIELDS, at, text));
    };
    let party =
        Party { name: optional(name), uscc: credit_code(uscc)?, address: optional(address), ..Party::default() };
    if party.uscc.is_none() && party.address.is_none() {
        let text = "统一社会信用代码与地址至少填写一项，仅凭名称无法确定单位";
        return Err(fault(code::MISSING, uscc.at, text).in_field("统一社会信用代码"));
    }
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference: required(reference, "编号")?,
        party,
        issue: Issue { code_system: crate::ID.to_owned(), code: required(issue, "事项代码")?, name: None },
        title: required(title, "标题")?,
        text: text.text.clone(),
        found_at: time(found_at, "发现时间")?,
        extra: BTreeMap::from([("报文编号".to_owned(), number.to_owned())]),
        ..Finding::default()
    })
}

fn feedback(fields: &[Field], at: usize) -> Result<Feedback, Fault> {
    let [reference, assignment, result, text, time_field] = fields else {
        return Err(fault(code::FIELDS, at, "反馈应有5个字段：编号;派遣编号;结果;说明;时间"));
    };
    let assignment = AssignmentId::parse(&assignment.text).map_err(|_| {
        let text = "派遣编号应照抄派遣报文，例如 TZ-2026-0000017/1";
        fault(code::ASSIGNMENT, assignment.at, text).in_field("派遣编号")
    })?;
    let Some((_, known)) = RESULTS.into_iter().find(|(word, _)| *word == result.text) else {
        return Err(fault(code::RESULT, result.at, "结果应为：已接收、退回、办理中、已办结").in_field("结果"));
    };
    if known == FeedbackResult::Returned && text.text.is_empty() {
        return Err(fault(code::MISSING, text.at, "退回必须说明理由").in_field("说明"));
    }
    Ok(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: required(reference, "编号")?,
        assignment,
        result: known,
        text: text.text.clone(),
        at: time(time_field, "时间")?,
        attachments: Vec::new(),
    })
}

fn required(field: &Field, name: &str) -> Result<String, Fault> {
    optional(field).ok_or_else(|| fault(code::MISSING, field.at, format!("{name}不能为空")).in_field(name))
}

fn optional(field: &Field) -> Option<String> {
    Some(field.text.clone()).filter(|text| !text.is_empty())
}

fn credit_code(field: &Field) -> Result<Option<Uscc>, Fault> {
    let parse = |text: String| {
        Uscc::parse(&text).map_err(|error| fault(code::USCC, field.at, error.to_string()).in_field("统一社会信用代码"))
    };
    optional(field).map(parse).transpose()
}

fn time(field: &Field, name: &str) -> Result<Option<UtcTime>, Fault> {
    let parse = |text: String| {
        UtcTime::parse_rfc3339(&text).map_err(|_| {
            let text = format!("{name}应写作 2026-09-21T09:30:00+08:00");
            fault(code::TIME, field.at, text).in_field(name)
        })
    };
    optional(field).map(parse).transpose()
}
