//! Tasks, reminders and receipts for the people who run the publicity system (信用监管). The forms are our own design, in
//! the manner of the list's column names.

use xiezhi_formats::codes;
use xiezhi_formats::writer::Writer;
use xiezhi_formats::xml_forms::{PartyNames, ReceiptNames};
use xiezhi_sdk::model::ClauseId;
use xiezhi_sdk::model::record::{Assignment, Receipt, Reminder};

/// The columns that say whom a task is about.
const PARTY: PartyNames = PartyNames {
    name: "EntName",
    uscc: "UniSCID",
    address: "Dom",
    town: "TownCode",
    longitude: "Lon",
    latitude: "Lat",
    datum: "Datum",
    device: "Device",
};
/// The fields of `OpAnomalyReceipt`. It is read in `answer`, because the system says more.
const RECEIPT: ReceiptNames = ReceiptNames {
    message: "MsgId",
    outcome: "ResCode",
    outcome_meaning: "结果代码",
    outcome_name: None,
    code: "ErrCode",
    text: "RefuseRea",
    case_number: "CaseNO",
    row: "Row",
    row_number: "RowNO",
    row_code: "ErrCode",
    row_text: "ErrInfo",
};

/// An assignment, `OpTask` with `OpType` `ASSIGN`.
pub(crate) fn assignment(xml: &mut Writer, assignment: &Assignment) {
    let (role, role_name) = codes::role(&assignment.role);
    xml.field("TaskNO", assignment.assignment.as_str());
    xml.field("CaseNO", assignment.case_number.as_str());
    xml.field("Role", role);
    xml.field("RoleCN", role_name);
    clause(xml, &assignment.clause);
    xml.field("Category", &assignment.category);
    xml.field("CategoryCN", &assignment.category_name);
    PARTY.write(xml, &assignment.party);
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
    PARTY.write(xml, &reminder.party);
    xml.field("Title", &reminder.title);
    xml.field("DueTime", &reminder.due_at.to_spaced_beijing());
    xml.field("UrgeTime", &reminder.sent_at.to_spaced_beijing());
}

/// A receipt, `OpAnomalyReceipt`; it reads back as it is written.
pub(crate) fn receipt(xml: &mut Writer, receipt: &Receipt) {
    RECEIPT.write(xml, receipt);
}

fn clause(xml: &mut Writer, clause: &ClauseId) {
    xml.field("Clause", clause.as_str());
    xml.field("ClauseCN", &clause.to_chinese());
}
