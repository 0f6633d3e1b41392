//! Writing what the gateway asks of the agency: collections of one feature, whose properties say what is asked.
//!
//! The forms are our own design; `docs/formats/planning.md` names what stands behind each property.

use xiezhi_formats::codes;
use xiezhi_formats::json_writer::Members;
use xiezhi_formats::refusal;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::place::Datum;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Party, Recall, Receipt, Record, Reminder,
};
use xiezhi_sdk::model::{ClauseId, UtcTime};
use xiezhi_sdk::{Context, Encoded};

use crate::decode::BUSINESS;
use crate::problem::FORMAT;
use crate::settings;

/// The media type of RFC 7946.
const CONTENT_TYPE: &str = "application/geo+json";
/// What agencies here call CGCS2000; RFC 7946 has no place for it, their software has.
const CGCS2000: &str = "urn:ogc:def:crs:EPSG::4490";

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let (business, id, party, properties) = match record {
        Record::Assignment(r) => ("PQ", r.assignment.as_str(), Some(&r.party), assignment(r)),
        Record::Reminder(r) => ("DB", r.assignment.as_str(), Some(&r.party), reminder(r)),
        Record::Recall(r) => ("CH", r.assignment.as_str(), None, recall(r)),
        Record::JointPunishment(r) => {
            refusal::check_measure(FORMAT, r, ["CSDM", "FLYJ"])?;
            ("LHCJ", r.request.as_str(), Some(&r.party), punishment(r))
        }
        Record::Lift(r) => ("JCCJ", r.request.as_str(), Some(&r.party), lift(r)),
        Record::Receipt(r) if r.direction == Direction::FromAgency => {
            return Err(refusal::direction_invalid(FORMAT, "规自部门"));
        }
        Record::Receipt(r) => ("HZ", r.message_id.as_str(), None, receipt(r)),
        other => {
            return Err(refusal::kind_unwritten(FORMAT, "规自", other, "派遣、督办、撤回、联合惩戒、解除和回执"));
        }
    };
    let ends = settings::ends(context)?;
    let coordinate = party.and_then(|party| party.coordinate);
    let head = Members::new()
        .text("type", "FeatureCollection")
        .text(BUSINESS, business)
        .text("XXBS", context.message_id.as_str())
        .text("FSF", ends.sender)
        .text("JSF", ends.receiver)
        .text("FSSJ", time(context.at));
    let head = match coordinate.map(|coordinate| coordinate.datum) {
        Some(Datum::Cgcs2000) => {
            let name = Members::new().text("name", CGCS2000);
            head.object("crs", Members::new().text("type", "name").object("properties", name))
        }
        // RFC 7946, 4: without `crs` it is WGS 84.
        Some(Datum::Wgs84) | None => head,
    };
    let feature = Members::new().text("type", "Feature").text("id", id);
    let feature = match coordinate {
        Some(coordinate) => {
            feature.object("geometry", Members::new().text("type", "Point").position("coordinates", coordinate))
        }
        None => feature.null("geometry"),
    };
    let properties = match party {
        Some(party) => properties.and(entity(party)),
        None => properties,
    };
    let message = head.list("features", vec![feature.object("properties", properties)]);
    Ok(Encoded { body: message.to_lines(), content_type: CONTENT_TYPE.to_owned() })
}

fn time(time: UtcTime) -> String {
    time.to_string()
}

fn assignment(assignment: &Assignment) -> Members {
    let (role, role_name) = codes::role(&assignment.role);
    Members::new()
        .text("PQBH", assignment.assignment.as_str())
        .text("XTAJBH", assignment.case_number.as_str())
        .text("ZXBDM", role)
        .text("ZXBMC", role_name)
        .and(clause(&assignment.clause))
        .text("SXLB", &assignment.category)
        .text("SXLBMC", &assignment.category_name)
        .text("PQBT", &assignment.title)
        .optional("PQNR", Some(&assignment.text))
        .text("LYDW", assignment.source_agency.as_str())
        .text("LYBH", &assignment.source_reference)
        .text("PQSJ", time(assignment.assigned_at))
        .text("FKQX", time(assignment.due_at))
}

fn reminder(reminder: &Reminder) -> Members {
    Members::new()
        .text("PQBH", reminder.assignment.as_str())
        .text("XTAJBH", reminder.case_number.as_str())
        .count("DBCS", reminder.level)
        .and(clause(&reminder.clause))
        .text("DBBT", &reminder.title)
        .text("FKQX", time(reminder.due_at))
        .text("DBSJ", time(reminder.sent_at))
}

fn recall(recall: &Recall) -> Members {
    Members::new().text("PQBH", recall.assignment.as_str()).text("CHYY", &recall.reason)
}

fn punishment(request: &JointPunishment) -> Members {
    Members::new()
        .text("QQBH", &request.request)
        .text("CSDM", &request.measure_code)
        .text("FLYJ", &request.legal_basis)
        .optional("JZRQ", request.until.map(|date| date.to_string()))
        .text("FKQX", time(request.due_at))
}

fn lift(lift: &Lift) -> Members {
    Members::new().text("QQBH", &lift.request).text("JCYY", &lift.reason)
}

fn receipt(receipt: &Receipt) -> Members {
    let (outcome, outcome_name) = codes::outcome(receipt.outcome);
    let line = |row: &xiezhi_sdk::model::record::RowResult| {
        Members::new().count("HH", row.row).text("CWDM", &row.code).optional("CWMS", Some(&row.text))
    };
    Members::new()
        .text("YXXBS", receipt.message_id.as_str())
        .text("HZJGDM", outcome)
        .text("HZJGMC", outcome_name)
        .optional("CWDM", receipt.code.as_deref())
        .optional("HZNR", Some(&receipt.text))
        .texts("XTAJBH", receipt.case_numbers.iter().map(ToString::to_string).collect())
        .list("HXX", receipt.rows.iter().map(line).collect())
}

fn clause(clause: &ClauseId) -> Members {
    Members::new().text("YJTK", clause.as_str()).text("YJTKMC", clause.to_chinese())
}

/// The entity, under the names that a parcel's properties have.
fn entity(party: &Party) -> Members {
    Members::new()
        .optional("DSRMC", party.name.as_deref())
        .optional("DSRDM", party.uscc.as_ref().map(|uscc| uscc.as_str()))
        .optional("ZL", party.address.as_deref())
        .optional("XZDM", party.town.as_ref().map(|town| town.as_str()))
        .optional("SBBH", party.device.as_deref())
}
