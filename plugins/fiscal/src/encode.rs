//! Writing records for the office: one file with one detail line each, texts on continuation lines.
//!
//! The outbound forms are our own design; `docs/formats/fiscal.md` has their columns.

use xiezhi_formats::codes;
use xiezhi_formats::refusal;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Party, Recall, Receipt, Record, Reminder,
};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::OUTCOMES;
use crate::continuation::item;
use crate::layout::{Column, assignment, joint, lift, recall, receipt, reminder};
use crate::problem::{FORMAT, Problem, code};
use crate::writer::FileWriter;

const CONTENT_TYPE: &str = "text/plain; charset=GB18030";
/// Most refused rows that a receipt names: as many as a clerk may still work through.
const ROWS_MAX: usize = 1_000;
/// Most characters of what a receipt says about one row.
const ROW_CHARS_MAX: usize = 200;

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let mut file = FileWriter::new()?;
    let kind = match record {
        Record::Assignment(assignment) => write_assignment(&mut file, assignment)?,
        Record::Reminder(reminder) => write_reminder(&mut file, reminder)?,
        Record::Recall(recall) => write_recall(&mut file, recall)?,
        Record::JointPunishment(request) => write_joint_punishment(&mut file, request)?,
        Record::Lift(lift) => write_lift(&mut file, lift)?,
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            return Err(refusal::direction_invalid(FORMAT, "财源办"));
        }
        Record::Receipt(receipt) => write_receipt(&mut file, receipt)?,
        other => {
            return Err(refusal::kind_unwritten(FORMAT, "财源", other, "派遣、督办、撤回、回执、联合惩戒及其解除"));
        }
    };
    Ok(Encoded { body: file.finish(kind, context)?, content_type: CONTENT_TYPE.to_owned() })
}

fn write_assignment(file: &mut FileWriter, record: &Assignment) -> Result<&'static str, Fault> {
    let (role, _) = codes::role(&record.role);
    file.line.text(&assignment::ASSIGNMENT, record.assignment.as_str())?;
    file.line.text(&assignment::CASE, record.case_number.as_str())?;
    file.line.text(&assignment::ROLE, role)?;
    file.line.text(&assignment::CLAUSE, record.clause.as_str())?;
    file.line.text(&assignment::TIME, &record.assigned_at.to_compact_beijing())?;
    file.line.text(&assignment::DUE, &record.due_at.to_compact_beijing())?;
    file.item(item::TITLE, &record.title)?;
    file.item(item::TEXT, &record.text)?;
    file.item(item::CLAUSE_NAME, &record.clause.to_chinese())?;
    file.item(item::CATEGORY, &record.category)?;
    file.item(item::CATEGORY_NAME, &record.category_name)?;
    file.item(item::SOURCE, record.source_agency.as_str())?;
    file.item(item::SOURCE_NUMBER, &record.source_reference)?;
    write_party(file, &record.party, &assignment::USCC, &assignment::TOWN)?;
    Ok("PQ")
}

fn write_reminder(file: &mut FileWriter, record: &Reminder) -> Result<&'static str, Fault> {
    file.line.text(&reminder::ASSIGNMENT, record.assignment.as_str())?;
    file.line.text(&reminder::CASE, record.case_number.as_str())?;
    file.line.number_capped(&reminder::LEVEL, usize::try_from(record.level).unwrap_or(usize::MAX))?;
    file.line.text(&reminder::CLAUSE, record.clause.as_str())?;
    file.line.text(&reminder::TIME, &record.sent_at.to_compact_beijing())?;
    file.line.text(&reminder::DUE, &record.due_at.to_compact_beijing())?;
    file.item(item::TITLE, &record.title)?;
    file.item(item::CLAUSE_NAME, &record.clause.to_chinese())?;
    write_party(file, &record.party, &reminder::USCC, &reminder::TOWN)?;
    Ok("DB")
}

fn write_recall(file: &mut FileWriter, record: &Recall) -> Result<&'static str, Fault> {
    file.line.text(&recall::ASSIGNMENT, record.assignment.as_str())?;
    file.item(item::REASON, &record.reason)?;
    Ok("CX")
}

/// A measure that reduces somebody's rights needs its code in the national list and its legal basis.
fn write_joint_punishment(file: &mut FileWriter, record: &JointPunishment) -> Result<&'static str, Fault> {
    for (name, value) in [(item::MEASURE.1, &record.measure_code), (item::LEGAL_BASIS.1, &record.legal_basis)] {
        if value.trim().is_empty() {
            let text = format!("联合惩戒请求缺少{name}，不能发送，请补充后重新发起");
            return Err(Problem::new(code::FIELD_MISSING, 0, text).in_field(name).fault_without_place(FORMAT));
        }
    }
    let until = record.until.map(|date| date.to_string().replace('-', "")).unwrap_or_default();
    file.line.text(&joint::REQUEST, &record.request)?;
    file.line.text(&joint::UNTIL, &until)?;
    file.line.text(&joint::DUE, &record.due_at.to_compact_beijing())?;
    file.item(item::MEASURE, &record.measure_code)?;
    file.item(item::LEGAL_BASIS, &record.legal_basis)?;
    write_party(file, &record.party, &joint::USCC, &joint::TOWN)?;
    Ok("LHCJ")
}

fn write_lift(file: &mut FileWriter, record: &Lift) -> Result<&'static str, Fault> {
    file.line.text(&lift::REQUEST, &record.request)?;
    file.item(item::REASON, &record.reason)?;
    write_party(file, &record.party, &lift::USCC, &lift::TOWN)?;
    Ok("JCCJ")
}

fn write_receipt(file: &mut FileWriter, record: &Receipt) -> Result<&'static str, Fault> {
    let outcome = OUTCOMES.iter().find(|(_, outcome)| *outcome == record.outcome).map_or("3", |(code, _)| code);
    file.line.text(&receipt::MESSAGE, record.message_id.as_str())?;
    file.line.text(&receipt::OUTCOME, outcome)?;
    file.line.number_capped(&receipt::ROWS, record.rows.len())?;
    file.line.number_capped(&receipt::CASES, record.case_numbers.len())?;
    file.item(item::FAULT_CODE, record.code.as_deref().unwrap_or_default())?;
    file.item(item::TEXT, &record.text)?;
    for number in record.case_numbers.iter().take(ROWS_MAX) {
        file.item(item::CASE, number.as_str())?;
    }
    for row in record.rows.iter().take(ROWS_MAX) {
        let text: String = row.text.chars().take(ROW_CHARS_MAX).collect();
        file.item(item::ROW, &format!("{},{},{text}", row.row, row.code))?;
    }
    let left = record.rows.len().saturating_sub(ROWS_MAX);
    if left > 0 {
        file.item(item::ROWS_LEFT, &left.to_string())?;
    }
    Ok("HZ")
}

fn write_party(file: &mut FileWriter, party: &Party, uscc: &Column, town: &Column) -> Result<(), Fault> {
    file.line.text(uscc, party.uscc.as_ref().map_or("", |code| code.as_str()))?;
    file.line.text(town, party.town.as_ref().map_or("", |code| code.as_str()))?;
    file.item(item::NAME, party.name.as_deref().unwrap_or_default())?;
    file.item(item::ADDRESS, party.address.as_deref().unwrap_or_default())?;
    if let Some(coordinate) = party.coordinate {
        let (longitude, latitude) = coordinate.to_lon_lat();
        let datum = codes::datum(coordinate.datum);
        file.item(item::COORDINATE, &format!("{longitude},{latitude},{datum}"))?;
    }
    file.item(item::DEVICE, party.device.as_deref().unwrap_or_default())
}
