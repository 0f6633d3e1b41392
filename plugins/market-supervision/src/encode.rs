//! Writing for the bureau's systems: the same envelope as inbound, one row a message. Our own design.

use xiezhi_formats::codes;
use xiezhi_formats::json_writer::Members;
use xiezhi_formats::refusal;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Notice, Party, Recall, Receipt, Record, Reminder, RowResult,
};
use xiezhi_sdk::model::{ClauseId, UtcTime};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::OUTCOMES;
use crate::decode::VERSION;
use crate::problem::{FORMAT, Problem, code};
use crate::settings;

/// What an outgoing message says of itself.
const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let (business, row) = match record {
        Record::Assignment(r) => ("Assignment", assignment(r)),
        Record::Reminder(r) => ("Reminder", reminder(r)),
        Record::Recall(r) => ("Recall", recall(r)),
        Record::JointPunishment(r) => {
            refusal::check_measure(FORMAT, r, ["MeasureCode", "LegalBasis"])?;
            ("JointPunishment", joint_punishment(r))
        }
        Record::Lift(r) => ("Lift", lift(r)),
        Record::Notice(r) => ("Notice", notice(r)),
        Record::Receipt(r) if r.direction == Direction::FromAgency => {
            let text = "市场监管局系统发来的回执不能再发回";
            return Err(Problem::new(code::DIRECTION_INVALID, 0, text).fault_without_place(FORMAT));
        }
        Record::Receipt(r) => ("Receipt", receipt(r)),
        other => {
            return Err(refusal::kind_unwritten(
                FORMAT,
                "市场监管",
                other,
                "派遣、督办、撤回、联合惩戒及解除、通知和回执",
            ));
        }
    };
    let ends = settings::ends(context)?;
    let message = Members::new()
        .text("Version", VERSION)
        .text("MessageId", context.message_id.as_str())
        .text("Sender", ends.sender)
        .text("Receiver", ends.receiver)
        .text("SentAt", time(context.at))
        .text("Business", business)
        .list("Rows", vec![row]);
    Ok(Encoded { body: message.to_lines(), content_type: CONTENT_TYPE.to_owned() })
}

/// RFC 3339 with `+08:00`.
fn time(time: UtcTime) -> String {
    time.to_string()
}

fn assignment(record: &Assignment) -> Members {
    let (role, role_name) = codes::role(&record.role);
    Members::new()
        .text("AssignmentNo", record.assignment.as_str())
        .text("CaseNo", record.case_number.as_str())
        .text("Role", role)
        .text("RoleCN", role_name)
        .and(clause(&record.clause))
        .text("Category", record.category.as_str())
        .text("CategoryCN", record.category_name.as_str())
        .text("Title", record.title.as_str())
        .optional("Content", Some(record.text.as_str()))
        .and(party(&record.party))
        .text("SourceAgency", record.source_agency.as_str())
        .text("SourceNo", record.source_reference.as_str())
        .text("AssignedAt", time(record.assigned_at))
        .text("DueAt", time(record.due_at))
}

fn reminder(record: &Reminder) -> Members {
    Members::new()
        .text("AssignmentNo", record.assignment.as_str())
        .text("CaseNo", record.case_number.as_str())
        .count("Level", record.level)
        .and(clause(&record.clause))
        .text("Title", record.title.as_str())
        .and(party(&record.party))
        .text("DueAt", time(record.due_at))
        .text("RemindedAt", time(record.sent_at))
}

fn recall(record: &Recall) -> Members {
    Members::new().text("AssignmentNo", record.assignment.as_str()).text("Reason", record.reason.as_str())
}

fn joint_punishment(record: &JointPunishment) -> Members {
    Members::new()
        .text("RequestNo", record.request.as_str())
        .and(party(&record.party))
        .text("MeasureCode", record.measure_code.as_str())
        .text("LegalBasis", record.legal_basis.as_str())
        .optional("Until", record.until.map(|date| date.to_string()))
        .text("DueAt", time(record.due_at))
}

fn lift(record: &Lift) -> Members {
    Members::new()
        .text("RequestNo", record.request.as_str())
        .and(party(&record.party))
        .text("Reason", record.reason.as_str())
}

fn notice(record: &Notice) -> Members {
    Members::new()
        .text("Title", record.title.as_str())
        .text("Content", record.text.as_str())
        .optional("Act", record.act.as_deref())
        .and(record.party.as_ref().map(party).unwrap_or_default())
        .optional("ClusterAddress", record.cluster_address.as_deref())
        .optional("CaseNo", record.case_number.as_ref().map(|number| number.as_str()))
        .and(record.clause.as_ref().map(clause).unwrap_or_default())
        .optional("PenDecNo", record.decision.as_deref())
        .optional("DueAt", record.due_at.map(time))
}

fn receipt(record: &Receipt) -> Members {
    let outcome = OUTCOMES.iter().find(|(.., outcome)| *outcome == record.outcome);
    let line = |row: &RowResult| {
        Members::new()
            .count("Row", row.row)
            .text("ErrorCode", row.code.as_str())
            .optional("Content", Some(row.text.as_str()))
    };
    Members::new()
        .text("MessageId", record.message_id.as_str())
        .optional("OutcomeCode", outcome.map(|&(code, ..)| code))
        .optional("OutcomeCN", outcome.map(|&(_, name, _)| name))
        .optional("ErrorCode", record.code.as_deref())
        .optional("Content", Some(record.text.as_str()))
        .list("Lines", record.rows.iter().map(line).collect())
        .texts("CaseNos", record.case_numbers.iter().map(|number| number.as_str().to_owned()).collect())
}

fn clause(clause: &ClauseId) -> Members {
    Members::new().text("Clause", clause.as_str()).text("ClauseCN", clause.to_chinese())
}

fn party(party: &Party) -> Members {
    let members = Members::new()
        .optional("EntName", party.name.as_deref())
        .optional("UniSCID", party.uscc.as_ref().map(|uscc| uscc.as_str()))
        .optional("Dom", party.address.as_deref())
        .optional("TownCode", party.town.as_ref().map(|town| town.as_str()))
        .optional("Device", party.device.as_deref());
    let Some(coordinate) = party.coordinate else { return members };
    let (longitude, latitude) = coordinate.to_lon_lat();
    let datum = codes::datum(coordinate.datum);
    members.text("Longitude", longitude).text("Latitude", latitude).text("Datum", datum)
}
