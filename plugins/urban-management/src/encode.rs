//! From a record to a signed form: assignments, reminders, recalls, joint punishments and receipts.

use serde::Serialize;
use serde_json::value::RawValue;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::place::Datum;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Party, Recall, Receipt, ReceiptOutcome, Reminder,
};
use xiezhi_sdk::{Context, Encoded};

use crate::envelope;
use crate::fault::Problem;
use crate::wire::{Assign, Entity, LiftForm, Punish, RecallForm, ReceiptForm, Row, Supervise};

/// Writes a record.
pub(crate) fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let (method, biz) = match record {
        Record::Assignment(assignment) => ("case.assign", to_json(&assign(assignment, context))?),
        Record::Reminder(reminder) => ("case.supervise", to_json(&supervise(reminder, context))?),
        Record::Recall(recall) => ("case.recall", to_json(&recall_form(recall, context))?),
        Record::JointPunishment(request) => ("punish.request", to_json(&punish(request, context)?)?),
        Record::Lift(lift) => ("punish.lift", to_json(&lift_form(lift, context))?),
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            return Err(Problem::DirectionInvalid.fault());
        }
        Record::Receipt(receipt) => ("case.receipt", to_json(&receipt_form(receipt, context))?),
        other => return Err(Problem::KindUnwritten(other.kind().to_owned()).fault()),
    };
    envelope::seal(method, &biz, context)
}

/// JSON of a value whose types cannot fail to serialise; a failure would be a fault of the record, not a panic.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Problem::biz("bizContent", "无法写成JSON").fault())
}

fn assign<'a>(record: &'a Assignment, context: &'a Context) -> Assign<'a> {
    Assign {
        msg_id: context.message_id.as_str(),
        assign_id: record.assignment.as_str(),
        case_num: record.case_number.as_str(),
        // CJ/T 315: the stage in which a case is given to the department that must act.
        stage: "03",
        stage_name: "任务派遣",
        dept_role: if record.role == "lead" { "主办" } else { "协办" },
        clause: record.clause.as_str(),
        clause_name: record.clause.to_chinese(),
        category_code: &record.category,
        category_name: &record.category_name,
        title: &record.title,
        event_desc: &record.text,
        entity: entity(&record.party),
        source_dept: record.source_agency.as_str(),
        source_num: &record.source_reference,
        create_time: record.assigned_at.to_spaced_beijing(),
        deadline: record.due_at.to_spaced_beijing(),
    }
}

fn supervise<'a>(record: &'a Reminder, context: &'a Context) -> Supervise<'a> {
    Supervise {
        msg_id: context.message_id.as_str(),
        assign_id: record.assignment.as_str(),
        case_num: record.case_number.as_str(),
        supervise_level: record.level,
        clause: record.clause.as_str(),
        clause_name: record.clause.to_chinese(),
        title: &record.title,
        entity: entity(&record.party),
        create_time: record.sent_at.to_spaced_beijing(),
        deadline: record.due_at.to_spaced_beijing(),
    }
}

fn recall_form<'a>(record: &'a Recall, context: &'a Context) -> RecallForm<'a> {
    RecallForm {
        msg_id: context.message_id.as_str(),
        assign_id: record.assignment.as_str(),
        case_num: record.assignment.case_number().as_str().to_owned(),
        reason: &record.reason,
    }
}

/// A request that does not say which measure, by what law, is not sent.
fn punish<'a>(record: &'a JointPunishment, context: &'a Context) -> Result<Punish<'a>, Fault> {
    let needed = [("measureCode", &record.measure_code), ("legalBasis", &record.legal_basis)];
    if let Some((name, _)) = needed.into_iter().find(|(_, text)| text.trim().is_empty()) {
        return Err(Problem::FieldMissing(name.to_owned()).fault().in_field(name));
    }
    Ok(Punish {
        msg_id: context.message_id.as_str(),
        request_num: &record.request,
        measure_code: &record.measure_code,
        legal_basis: &record.legal_basis,
        entity: entity(&record.party),
        until: record.until.map(|until| until.to_string()),
        deadline: record.due_at.to_spaced_beijing(),
    })
}

fn lift_form<'a>(record: &'a Lift, context: &'a Context) -> LiftForm<'a> {
    LiftForm {
        msg_id: context.message_id.as_str(),
        request_num: &record.request,
        entity: entity(&record.party),
        reason: &record.reason,
    }
}

fn receipt_form<'a>(record: &'a Receipt, context: &'a Context) -> ReceiptForm<'a> {
    let (result, result_name) = match record.outcome {
        ReceiptOutcome::Accepted => ("1", "已受理"),
        ReceiptOutcome::Partial => ("2", "部分受理"),
        ReceiptOutcome::Refused => ("3", "未受理"),
    };
    ReceiptForm {
        msg_id: context.message_id.as_str(),
        ref_msg_id: record.message_id.as_str(),
        result,
        result_name,
        code: record.code.as_deref(),
        msg: &record.text,
        rows: record.rows.iter().map(|row| Row { row: row.row, code: &row.code, msg: &row.text }).collect(),
        case_nums: record.case_numbers.iter().map(|number| number.as_str()).collect(),
    }
}

fn entity(party: &Party) -> Entity<'_> {
    let degrees = party.coordinate.map(|point| point.to_lon_lat());
    let (x, y) = degrees.map_or((None, None), |(x, y)| (number(&x), number(&y)));
    Entity {
        ent_name: party.name.as_deref(),
        uscc: party.uscc.as_ref().map(|uscc| uscc.as_str()),
        address: party.address.as_deref(),
        district_code: party.town.as_ref().and_then(|town| town.as_str().get(..6)),
        street_code: party.town.as_ref().map(|town| town.as_str()),
        x,
        y,
        crs: party.coordinate.map(|point| match point.datum {
            Datum::Cgcs2000 => "EPSG:4490",
            Datum::Wgs84 => "EPSG:4326",
        }),
    }
}

/// Decimal degrees as a JSON number with the digits that matter: `116.661050000` becomes `116.66105`.
fn number(degrees: &str) -> Option<Box<RawValue>> {
    let short = if degrees.contains('.') { degrees.trim_end_matches('0').trim_end_matches('.') } else { degrees };
    RawValue::from_string(short.to_owned()).ok()
}
