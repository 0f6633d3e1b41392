//! What the department itself sends: feedback to an assignment (CN 8111) and receipts (CN 8113).
//!
//! Our own design in the spirit of HJ 212; `docs/formats/environment.md` has the fields. A text that spans several parts
//! comes as an item of the same name in each of them.

use std::collections::BTreeMap;

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Direction, Feedback, FeedbackResult, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, CaseNumber, MessageId, Record};

use crate::cp::Item;
use crate::escape::unescape;
use crate::fault;
use crate::segment::Header;
use crate::station::{data_time, reference};

/// `Outcome` of a receipt, from 1.
pub(crate) const OUTCOMES: [(&str, ReceiptOutcome); 3] =
    [("1", ReceiptOutcome::Accepted), ("2", ReceiptOutcome::Partial), ("3", ReceiptOutcome::Refused)];

/// `Result` of feedback, from 1.
pub(crate) const RESULTS: [(&str, FeedbackResult); 4] = [
    ("1", FeedbackResult::Accepted),
    ("2", FeedbackResult::Returned),
    ("3", FeedbackResult::InProgress),
    ("4", FeedbackResult::Done),
];

/// Feedback to an assignment.
pub(crate) fn feedback(header: &Header<'_>, items: &[Item<'_>]) -> Result<Record, Fault> {
    let at = data_time(header, items)?;
    let id = single(header, items, "AssignId")?;
    let assignment = unescape(id.text());
    let assignment = AssignmentId::parse(&assignment)
        .map_err(|_| fault::invalid("AssignId", &assignment, id.offset, "应为派遣编号，如 TZ-2026-0000017/1"))?;
    let code = single(header, items, "Result")?;
    let result = RESULTS.iter().find(|(known, _)| *known == code.value).map(|(_, result)| *result);
    let rule = "应为1（接收）、2（退回）、3（办理中）或4（办结）";
    let result = result.ok_or_else(|| fault::invalid("Result", code.value, code.offset, rule))?;
    let mut texts = texts(items);
    let text = texts.remove("Info").unwrap_or_default();
    if result == FeedbackResult::Returned && text.trim().is_empty() {
        return Err(fault::missing("Info", header.cp_offset));
    }
    let own = texts.remove("Ref").unwrap_or_default();
    Ok(Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: if own.is_empty() { reference(header, items) } else { own },
        assignment,
        result,
        text,
        at: Some(at),
        attachments: Vec::new(),
    })))
}

/// A receipt for a message of the gateway.
pub(crate) fn receipt(header: &Header<'_>, items: &[Item<'_>]) -> Result<Record, Fault> {
    data_time(header, items)?;
    let id = single(header, items, "MsgId")?;
    let message_id = unescape(id.text());
    let message_id = MessageId::parse(&message_id)
        .map_err(|_| fault::invalid("MsgId", &message_id, id.offset, "应为网关发出的报文编号"))?;
    let code = single(header, items, "Outcome")?;
    let outcome = OUTCOMES.iter().find(|(known, _)| *known == code.value).map(|(_, outcome)| *outcome);
    let rule = "应为1（全部接收）、2（部分接收）或3（拒收）";
    let outcome = outcome.ok_or_else(|| fault::invalid("Outcome", code.value, code.offset, rule))?;
    let mut texts = texts(items);
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        rows: rows(items, &mut texts)?,
        code: texts.remove("Code"),
        text: texts.remove("Info").unwrap_or_default(),
        case_numbers: case_numbers(items)?,
    })))
}

/// `F1-Row`, `F1-Code`, `F1-Info`, `F2-Row` …: the rows that were refused.
fn rows(items: &[Item<'_>], texts: &mut BTreeMap<&str, String>) -> Result<Vec<RowResult>, Fault> {
    let mut rows = Vec::new();
    for item in items {
        let Some((nth, "Row")) = item.name.split_once('-') else { continue };
        let digits = item.value.bytes().all(|b| b.is_ascii_digit());
        let row = item.value.parse().ok().filter(|_| digits);
        let row = row.ok_or_else(|| fault::invalid(item.name, item.value, item.offset, "应为行号"))?;
        let mut take = |category: &str| texts.remove(format!("{nth}-{category}").as_str()).unwrap_or_default();
        rows.push(RowResult { row, code: take("Code"), text: take("Info") });
    }
    Ok(rows)
}

fn case_numbers(items: &[Item<'_>]) -> Result<Vec<CaseNumber>, Fault> {
    let named = items.iter().filter(|item| item.name == "CaseNo");
    let parsed = named.map(|item| {
        CaseNumber::parse(item.value).map_err(|_| fault::invalid("CaseNo", item.value, item.offset, "应为案件编号"))
    });
    parsed.collect()
}

/// The item of a name that must be there, and may be repeated only with the same value.
fn single<'i, 'a>(header: &Header<'_>, items: &'i [Item<'a>], name: &str) -> Result<&'i Item<'a>, Fault> {
    let mut named = items.iter().filter(|item| item.name == name);
    let first = named.next().filter(|item| !item.value.is_empty());
    let first = first.ok_or_else(|| fault::missing(name, header.cp_offset))?;
    match named.find(|item| item.value != first.value) {
        Some(other) => Err(fault::invalid(name, other.value, other.offset, "同一项目出现两个不同的值")),
        None => Ok(first),
    }
}

/// Every value by its name, put together over all parts, without escapes.
fn texts<'a>(items: &[Item<'a>]) -> BTreeMap<&'a str, String> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for item in items {
        texts.entry(item.name).or_default().push_str(&unescape(item.text()));
    }
    texts
}
