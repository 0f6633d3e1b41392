//! Writing for the hotline: one record is one line. Our own design, in the words of the lines that come in.

use xiezhi_formats::codes;
use xiezhi_formats::json_writer::Members;
use xiezhi_formats::refusal;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Notice, Party, Receipt, Record, Reminder,
};
use xiezhi_sdk::model::{ClauseId, UtcTime};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::OUTCOMES;
use crate::problem::FORMAT;

/// What an outgoing message says of itself.
const CONTENT_TYPE: &str = "application/x-ndjson; charset=utf-8";

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let line = match record {
        Record::Assignment(r) => head("assignment", context).and(assignment(r)),
        Record::Reminder(r) => head("reminder", context).and(reminder(r)),
        Record::JointPunishment(r) => {
            refusal::check_measure(FORMAT, r, ["measureCode", "legalBasis"])?;
            head("joint_punishment", context).and(joint_punishment(r))
        }
        Record::Lift(r) => head("lift", context).and(lift(r)),
        Record::Notice(r) => head("notice", context).and(notice(r)),
        Record::Receipt(r) if r.direction == Direction::FromAgency => {
            return Err(refusal::direction_invalid(FORMAT, "热线"));
        }
        // A receipt's message id is that of the message confirmed, so it has no head of its own.
        Record::Receipt(r) => receipt(r, context),
        other => {
            return Err(refusal::kind_unwritten(FORMAT, "热线", other, "派遣、督办、联合惩戒及解除、通知和回执"));
        }
    };
    Ok(Encoded { body: line.to_line(), content_type: CONTENT_TYPE.to_owned() })
}

fn head(kind: &str, context: &Context) -> Members {
    Members::new().text("type", kind).text("messageId", context.message_id.as_str()).text("sentTime", time(context.at))
}

/// RFC 3339 with `+08:00`, as in the work orders.
fn time(time: UtcTime) -> String {
    time.to_string()
}

fn assignment(record: &Assignment) -> Members {
    let (_, role) = codes::role(&record.role);
    Members::new()
        .text("assignmentNo", record.assignment.as_str())
        .text("caseNo", record.case_number.as_str())
        .text("role", role)
        .and(clause(&record.clause))
        .text("category", record.category.as_str())
        .text("categoryName", record.category_name.as_str())
        .text("title", record.title.as_str())
        .optional("content", Some(record.text.as_str()))
        .and(party(&record.party))
        .text("sourceAgency", record.source_agency.as_str())
        .text("sourceNo", record.source_reference.as_str())
        .text("assignTime", time(record.assigned_at))
        .text("dueTime", time(record.due_at))
}

fn reminder(record: &Reminder) -> Members {
    Members::new()
        .text("assignmentNo", record.assignment.as_str())
        .text("caseNo", record.case_number.as_str())
        .count("level", record.level)
        .and(clause(&record.clause))
        .text("title", record.title.as_str())
        .and(party(&record.party))
        .text("dueTime", time(record.due_at))
        .text("remindTime", time(record.sent_at))
}

fn joint_punishment(record: &JointPunishment) -> Members {
    Members::new()
        .text("requestNo", record.request.as_str())
        .and(party(&record.party))
        .text("measureCode", record.measure_code.as_str())
        .text("legalBasis", record.legal_basis.as_str())
        .optional("until", record.until.map(|date| date.to_string()))
        .text("dueTime", time(record.due_at))
}

fn lift(record: &Lift) -> Members {
    Members::new()
        .text("requestNo", record.request.as_str())
        .and(party(&record.party))
        .text("reason", record.reason.as_str())
}

fn notice(record: &Notice) -> Members {
    Members::new()
        .text("title", record.title.as_str())
        .text("content", record.text.as_str())
        .optional("act", record.act.as_deref())
        .and(record.party.as_ref().map(party).unwrap_or_default())
        .optional("clusterAddress", record.cluster_address.as_deref())
        .optional("caseNo", record.case_number.as_ref().map(|number| number.as_str()))
        .and(record.clause.as_ref().map(clause).unwrap_or_default())
        .optional("decision", record.decision.as_deref())
        .optional("dueTime", record.due_at.map(time))
}

fn receipt(record: &Receipt, context: &Context) -> Members {
    let outcome = OUTCOMES.iter().find(|(_, outcome)| *outcome == record.outcome).map(|&(word, _)| word);
    let line = |row: &xiezhi_sdk::model::record::RowResult| {
        Members::new()
            .count("line", row.row)
            .text("status", "拒收")
            .text("code", row.code.as_str())
            .optional("text", Some(row.text.as_str()))
    };
    Members::new()
        .text("type", "receipt")
        .text("messageId", record.message_id.as_str())
        .text("sentTime", time(context.at))
        .optional("outcome", outcome)
        .optional("code", record.code.as_deref())
        .optional("text", Some(record.text.as_str()))
        .list("lines", record.rows.iter().map(line).collect())
        .texts("caseNumbers", record.case_numbers.iter().map(|number| number.as_str().to_owned()).collect())
}

fn clause(clause: &ClauseId) -> Members {
    Members::new().text("clause", clause.as_str()).text("clauseName", clause.to_chinese())
}

fn party(party: &Party) -> Members {
    let members = Members::new()
        .optional("respondent", party.name.as_deref())
        .optional("respondentUscc", party.uscc.as_ref().map(|uscc| uscc.as_str()))
        .optional("respondentAddress", party.address.as_deref())
        .optional("townCode", party.town.as_ref().map(|town| town.as_str()))
        .optional("device", party.device.as_deref());
    let Some(coordinate) = party.coordinate else { return members };
    let (longitude, latitude) = coordinate.to_lon_lat();
    let datum = codes::datum(coordinate.datum);
    members.text("longitude", longitude).text("latitude", latitude).text("datum", datum)
}
