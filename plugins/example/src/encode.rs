//! Writes a record as a message of lines. A party's fields that are not known stay empty.

use xiezhi_sdk::model::record::{Assignment, Direction, Feedback, Party, Receipt, ReceiptOutcome, Reminder};
use xiezhi_sdk::{Context, Encoded, Fault, Record};

use crate::decode::{FEEDBACK, RESULTS, VERSION};
use crate::line;
use crate::problem::{code, unplaced};

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let mut out = String::new();
    match record {
        Record::Assignment(assignment) => write_assignment(assignment, context, &mut out),
        Record::Reminder(reminder) => write_reminder(reminder, context, &mut out),
        Record::Receipt(receipt) => write_receipt(receipt, context, &mut out)?,
        Record::Feedback(feedback) => write_feedback(feedback, context, &mut out),
        _ => return Err(unplaced(code::KIND, format!("本格式不支持发送“{}”类记录", record.kind()))),
    }
    Ok(Encoded { body: out.into_bytes(), content_type: "text/plain; charset=UTF-8".to_owned() })
}

/// The first line; the message's number is the id that the gateway derived, so doing it again gives the same bytes.
fn header(business: &str, context: &Context, out: &mut String) {
    line::write(&[business, VERSION, context.message_id.as_str()], out);
}

fn write_assignment(record: &Assignment, context: &Context, out: &mut String) {
    header("派遣", context, out);
    let role = if record.role == "lead" { "主办" } else { "协办" };
    let [name, uscc, address] = party(&record.party);
    let fields = [
        record.assignment.as_str(),
        record.case_number.as_str(),
        role,
        &record.clause.to_chinese(),
        &record.category_name,
        name,
        uscc,
        address,
        &record.title,
        &record.text,
        &record.due_at.to_string(),
    ];
    line::write(&fields, out);
}

fn write_reminder(record: &Reminder, context: &Context, out: &mut String) {
    header("督办", context, out);
    let [name, uscc, address] = party(&record.party);
    let fields = [
        record.assignment.as_str(),
        record.case_number.as_str(),
        &record.level.to_string(),
        &record.clause.to_chinese(),
        name,
        uscc,
        address,
        &record.title,
        &record.due_at.to_string(),
    ];
    line::write(&fields, out);
}

fn write_receipt(record: &Receipt, context: &Context, out: &mut String) -> Result<(), Fault> {
    if record.direction != Direction::ToAgency {
        return Err(unplaced(code::DIRECTION, "只能发送网关给该单位的回执"));
    }
    header("回执", context, out);
    let outcome = match record.outcome {
        ReceiptOutcome::Accepted => "全部接收",
        ReceiptOutcome::Partial => "部分接收",
        ReceiptOutcome::Refused => "拒收",
    };
    let cases: Vec<&str> = record.case_numbers.iter().map(|number| number.as_str()).collect();
    line::write(&[record.message_id.as_str(), outcome, &record.text, &cases.join(",")], out);
    for row in &record.rows {
        line::write(&[&row.row.to_string(), &row.code, &row.text], out);
    }
    Ok(())
}

/// As [`crate::decode`] reads it, so what is written comes back the same.
fn write_feedback(record: &Feedback, context: &Context, out: &mut String) {
    header(FEEDBACK, context, out);
    let result = RESULTS.iter().find(|(_, result)| *result == record.result).map_or("", |(word, _)| word);
    let at = record.at.map(|at| at.to_string()).unwrap_or_default();
    line::write(&[&record.reference, record.assignment.as_str(), result, &record.text, &at], out);
}

/// Name, unified social credit code and address.
fn party(party: &Party) -> [&str; 3] {
    [
        party.name.as_deref().unwrap_or_default(),
        party.uscc.as_ref().map(|uscc| uscc.as_str()).unwrap_or_default(),
        party.address.as_deref().unwrap_or_default(),
    ]
}
