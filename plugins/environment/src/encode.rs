//! From records to frames for the department: assignment (CN 8101), reminder (8102) and receipt (8103).
//!
//! Our own design in the spirit of HJ 212; `docs/formats/environment.md` has the fields. The A bit stays 0: that a
//! message was taken is proved by the transport, and answered with feedback (8111).

mod write;

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{Assignment, Direction, Party, Receipt, Record, Reminder};
use xiezhi_sdk::{Context, Encoded};

use crate::command::{ASSIGNMENT, RECEIPT_DOWN, REMINDER};
use crate::department::OUTCOMES;
use crate::fault::{DIRECTION_INVALID, KIND_UNWRITTEN};
use crate::settings::Settings;

pub(crate) use write::{Field, Sender, frames};

/// The media type of frames: plain text as far as HTTP is concerned.
pub(crate) const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

/// Writes a record.
pub(crate) fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let settings = Settings::read(context)?;
    let (cn, identity, fields) = match record {
        Record::Assignment(record) => (ASSIGNMENT, assign_id(record.assignment.as_str()), assignment(record)),
        Record::Reminder(record) => (REMINDER, assign_id(record.assignment.as_str()), reminder(record)),
        Record::Receipt(record) if record.direction == Direction::FromAgency => {
            return Err(Fault::new(DIRECTION_INVALID, "生态环境部门发来的回执不能再发回生态环境部门"));
        }
        Record::Receipt(record) => (RECEIPT_DOWN, Field::text("MsgId", record.message_id.as_str()), receipt(record)),
        other => {
            let text = format!("生态环境格式不支持发送“{}”类记录，只支持派遣、督办和回执", other.kind());
            return Err(Fault::new(KIND_UNWRITTEN, text));
        }
    };
    let decided_at = match record {
        Record::Assignment(record) => record.assigned_at,
        Record::Reminder(record) => record.sent_at,
        _ => context.at,
    };
    let sender = Sender { st: settings.st, pw: settings.pw, mn: settings.mn, cn, at: context.at };
    let data_time = Field::code("DataTime", decided_at.to_compact_beijing());
    let body = frames(&sender, &[data_time, identity], &fields)?;
    Ok(Encoded { body, content_type: CONTENT_TYPE.to_owned() })
}

fn assign_id(id: &str) -> Field {
    Field::code("AssignId", id)
}

fn assignment(record: &Assignment) -> Vec<Field> {
    let mut fields = vec![
        Field::code("CaseNo", record.case_number.as_str()),
        Field::text("Role", &record.role),
        Field::code("Clause", record.clause.as_str()),
        Field::code("DueTime", record.due_at.to_compact_beijing()),
        Field::text("Category", &record.category),
        Field::text("CategoryName", &record.category_name),
        Field::code("Source", record.source_agency.as_str()),
        Field::text("SourceRef", &record.source_reference),
    ];
    fields.extend(party(&record.party));
    fields.push(Field::text("Title", &record.title));
    fields.push(Field::text("Info", &record.text));
    fields
}

fn reminder(record: &Reminder) -> Vec<Field> {
    let mut fields = vec![
        Field::code("CaseNo", record.case_number.as_str()),
        Field::code("Clause", record.clause.as_str()),
        Field::code("DueTime", record.due_at.to_compact_beijing()),
        Field::code("Level", record.level.to_string()),
    ];
    fields.extend(party(&record.party));
    fields.push(Field::text("Title", &record.title));
    fields
}

/// Also used by the tests as the form in which a department sends its receipts (8113).
pub(crate) fn receipt(record: &Receipt) -> Vec<Field> {
    let outcome = OUTCOMES.iter().find(|(_, outcome)| *outcome == record.outcome).map_or("3", |(code, _)| *code);
    let mut fields = vec![Field::code("Outcome", outcome)];
    fields.extend(record.code.as_deref().map(|code| Field::text("Code", code)));
    fields.extend(record.case_numbers.iter().map(|number| Field::code("CaseNo", number.as_str())));
    fields.push(Field::text("Info", &record.text));
    for (nth, row) in (1_u32..).zip(&record.rows) {
        fields.push(Field::code(format!("F{nth}-Row"), row.row.to_string()));
        fields.push(Field::text(format!("F{nth}-Code"), &row.code));
        fields.push(Field::text(format!("F{nth}-Info"), &row.text));
    }
    fields
}

fn party(party: &Party) -> Vec<Field> {
    let mut fields = Vec::new();
    fields.extend(party.uscc.as_ref().map(|uscc| Field::code("Uscc", uscc.as_str())));
    fields.extend(party.name.as_deref().map(|name| Field::text("Name", name)));
    fields.extend(party.town.as_ref().map(|town| Field::code("Town", town.as_str())));
    fields.extend(party.address.as_deref().map(|address| Field::text("Addr", address)));
    fields.extend(party.device.as_deref().map(|device| Field::text("Device", device)));
    if let Some(coordinate) = party.coordinate {
        let (longitude, latitude) = coordinate.to_lon_lat();
        fields.push(Field::code("Lon", longitude));
        fields.push(Field::code("Lat", latitude));
    }
    fields
}
