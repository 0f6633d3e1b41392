//! Tasks, reminders and receipts for the people who run the publicity system (信用监管). The forms are our own design, in
//! the manner of the list's column names.

use xiezhi_formats::writer::Writer;
use xiezhi_sdk::model::ClauseId;
use xiezhi_sdk::model::place::Datum;
use xiezhi_sdk::model::record::{Assignment, Party, Receipt, ReceiptOutcome, Reminder};

/// An assignment, `OpTask` with `OpType` `ASSIGN`.
pub(crate) fn assignment(xml: &mut Writer, assignment: &Assignment) {
    let (role, role_name) = match assignment.role.as_str() {
        "lead" => ("1", "主办"),
        "co" => ("2", "协办"),
        other => ("9", other),
    };
    xml.field("TaskNO", assignment.assignment.as_str());
    xml.field("CaseNO", assignment.case_number.as_str());
    xml.field("Role", role);
    xml.field("RoleCN", role_name);
    clause(xml, &assignment.clause);
    xml.field("Category", &assignment.category);
    xml.field("CategoryCN", &assignment.category_name);
    party(xml, &assignment.party);
    xml.field("Title", &assignment.title);
    xml.optional("Content", Some(&assignment.text));
    xml.field("SrcOrg", assignment.source_agency.as_str());
    xml.field("SrcNO", &assignment.source_reference);
    xml.field("AssignTime", &assignment.assigned_at.to_spaced_beijing());
    xml.field("DueTime", &assignment.due_at.to_spaced_beijing());
}

/// A reminder, `OpTask` with `OpType` `URGE`.
pub(crate) fn reminder(xml: &mut Writer, reminder: &Reminder) {
    xml.field("TaskNO", reminder.assignment.as_str());
    xml.field("CaseNO", reminder.case_number.as_str());
    xml.field("UrgeTimes", &reminder.level.to_string());
    clause(xml, &reminder.clause);
    party(xml, &reminder.party);
    xml.field("Title", &reminder.title);
    xml.field("DueTime", &reminder.due_at.to_spaced_beijing());
    xml.field("UrgeTime", &reminder.sent_at.to_spaced_beijing());
}

/// A receipt, `OpAnomalyReceipt`; it reads back as it is written.
pub(crate) fn receipt(xml: &mut Writer, receipt: &Receipt) {
    let outcome = match receipt.outcome {
        ReceiptOutcome::Accepted => "1",
        ReceiptOutcome::Partial => "2",
        ReceiptOutcome::Refused => "3",
    };
    xml.field("MsgId", receipt.message_id.as_str());
    xml.field("ResCode", outcome);
    xml.optional("ErrCode", receipt.code.as_deref());
    xml.optional("RefuseRea", Some(&receipt.text));
    for case in &receipt.case_numbers {
        xml.field("CaseNO", case.as_str());
    }
    for row in &receipt.rows {
        xml.open("Row", &[]);
        xml.field("RowNO", &row.row.to_string());
        xml.field("ErrCode", &row.code);
        xml.optional("ErrInfo", Some(&row.text));
        xml.close();
    }
}

fn clause(xml: &mut Writer, clause: &ClauseId) {
    xml.field("Clause", clause.as_str());
    xml.field("ClauseCN", &clause.to_chinese());
}

/// Whom it is about, each column where known.
fn party(xml: &mut Writer, party: &Party) {
    xml.optional("EntName", party.name.as_deref());
    xml.optional("UniSCID", party.uscc.as_ref().map(|uscc| uscc.as_str()));
    xml.optional("Dom", party.address.as_deref());
    xml.optional("TownCode", party.town.as_ref().map(|town| town.as_str()));
    if let Some(coordinate) = party.coordinate {
        let (longitude, latitude) = coordinate.to_lon_lat();
        xml.field("Lon", &longitude);
        xml.field("Lat", &latitude);
        let datum = match coordinate.datum {
            Datum::Cgcs2000 => "CGCS2000",
            Datum::Wgs84 => "WGS84",
        };
        xml.field("Datum", datum);
    }
    xml.optional("Device", party.device.as_deref());
}
