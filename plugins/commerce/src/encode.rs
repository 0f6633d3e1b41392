//! Writing calls to the bureau's service and responses to its calls: a SOAP 1.1 envelope around a document in CDATA.
//!
//! The documents are our own design; `docs/formats/commerce.md` says what each field means.

use xiezhi_formats::charset::Charset;
use xiezhi_formats::codes;
use xiezhi_formats::refusal;
use xiezhi_formats::writer::Writer;
use xiezhi_formats::xml_forms::PartyNames;
use xiezhi_sdk::model::ClauseId;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Receipt, ReceiptOutcome, Record, Reminder, RowResult, SCHEMA_VERSION,
};
use xiezhi_sdk::{Context, Document, Encoded};

use crate::answer::RECEIPT;
use crate::problem::FORMAT;
use crate::settings;
use crate::soap::SOAP;

/// What an outgoing message says of itself (SOAP 1.1 section 6).
const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The fields that say whom a document is about.
const PARTY: PartyNames = PartyNames {
    name: "ENTNAME",
    uscc: "UNISCID",
    address: "DOM",
    town: "TOWNCODE",
    longitude: "LON",
    latitude: "LAT",
    datum: "CRS",
    device: "DEVICENO",
};

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    match record {
        Record::Assignment(task) => call("ser:pushTask", context, |xml| write_assignment(xml, task)),
        Record::Reminder(reminder) => call("ser:pushReminder", context, |xml| write_reminder(xml, reminder)),
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            Err(refusal::direction_invalid(FORMAT, "商务部门"))
        }
        Record::Receipt(receipt) => call("ser:pushReceipt", context, |xml| write_receipt(xml, receipt)),
        Record::JointPunishment(request) => {
            refusal::check_measure(FORMAT, request, ["MEASURECODE", "LEGALBASIS"])?;
            call("ser:pushPunishment", context, |xml| write_punishment(xml, request))
        }
        Record::Lift(lift) => call("ser:pushLift", context, |xml| write_lift(xml, lift)),
        other => Err(refusal::kind_unwritten(FORMAT, "商务", other, "派遣、督办、回执、联合惩戒和解除")),
    }
}

/// The response to a call: what was read of it. What becomes of it a receipt says, later.
pub(crate) fn response(name: &'static str, document: &Document, context: &Context) -> Result<Encoded, Fault> {
    let (read, refused) = (document.records.len(), document.row_faults.len());
    let (outcome, text) = match (read, refused) {
        (_, 0) => (ReceiptOutcome::Accepted, format!("已接收{read}条")),
        (0, _) => (ReceiptOutcome::Refused, format!("{refused}条均有误，未接收")),
        _ => (ReceiptOutcome::Partial, format!("已接收{read}条，{refused}条有误未接收")),
    };
    let rows = document.row_faults.iter().map(|row| RowResult {
        row: row.row,
        code: row.fault.code.clone(),
        text: row.fault.text.clone(),
    });
    let receipt = Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::ToAgency,
        message_id: context.message_id.clone(),
        outcome,
        code: None,
        text,
        rows: rows.collect(),
        case_numbers: Vec::new(),
    };
    let mut xml = envelope(context)?;
    xml.open("soapenv:Header", &[]);
    xml.field("ser:relatesTo", context.message_id.as_str());
    xml.close();
    Ok(finish(xml, name, "return", |xml| write_receipt(xml, &receipt)))
}

/// A call of the bureau's service.
fn call(name: &'static str, context: &Context, document: impl FnOnce(&mut Writer)) -> Result<Encoded, Fault> {
    let credentials = settings::credentials(context)?;
    let mut xml = envelope(context)?;
    xml.open("soapenv:Header", &[]);
    if let Some(credentials) = credentials {
        xml.open("ser:auth", &[]);
        xml.field("ser:user", credentials.user);
        xml.field("ser:token", credentials.token);
        xml.close();
    }
    xml.field("ser:msgId", context.message_id.as_str());
    xml.field("ser:sentAt", &context.at.to_spaced_beijing());
    xml.close();
    Ok(finish(xml, name, "arg0", document))
}

fn envelope(context: &Context) -> Result<Writer, Fault> {
    let mut xml = Writer::new(Charset::Utf8);
    xml.open("soapenv:Envelope", &[("xmlns:soapenv", SOAP), ("xmlns:ser", settings::namespace(context)?)]);
    Ok(xml)
}

fn finish(mut xml: Writer, name: &'static str, argument: &'static str, document: impl FnOnce(&mut Writer)) -> Encoded {
    let mut inner = Writer::new(Charset::Utf8);
    document(&mut inner);
    xml.open("soapenv:Body", &[]);
    xml.open(name, &[]);
    // Two layers: what is escaped in the inner document stays so, and a `]]>` of it is divided by the outer writer.
    xml.cdata(argument, &String::from_utf8_lossy(&inner.finish()));
    Encoded { body: xml.finish(), content_type: CONTENT_TYPE.to_owned() }
}

fn write_assignment(xml: &mut Writer, task: &Assignment) {
    let (role, role_name) = codes::role(&task.role);
    xml.open("TASK", &[]);
    xml.field("TASKNO", task.assignment.as_str());
    xml.field("CASENO", task.case_number.as_str());
    xml.field("ROLE", role);
    xml.field("ROLENAME", role_name);
    write_clause(xml, &task.clause);
    xml.field("CATEGORY", &task.category);
    xml.field("CATEGORYNAME", &task.category_name);
    xml.field("TITLE", &task.title);
    xml.optional("CONTENT", Some(&task.text));
    xml.field("SOURCEDEPT", task.source_agency.as_str());
    xml.field("SOURCENO", &task.source_reference);
    xml.field("ASSIGNTIME", &task.assigned_at.to_spaced_beijing());
    xml.field("DUETIME", &task.due_at.to_spaced_beijing());
    PARTY.write(xml, &task.party);
    xml.close();
}

fn write_reminder(xml: &mut Writer, reminder: &Reminder) {
    xml.open("REMINDER", &[]);
    xml.field("TASKNO", reminder.assignment.as_str());
    xml.field("CASENO", reminder.case_number.as_str());
    xml.field("LEVEL", &reminder.level.to_string());
    write_clause(xml, &reminder.clause);
    xml.field("TITLE", &reminder.title);
    xml.field("DUETIME", &reminder.due_at.to_spaced_beijing());
    xml.field("REMINDTIME", &reminder.sent_at.to_spaced_beijing());
    PARTY.write(xml, &reminder.party);
    xml.close();
}

fn write_receipt(xml: &mut Writer, receipt: &Receipt) {
    xml.open("RECEIPT", &[]);
    RECEIPT.write(xml, receipt);
    xml.close();
}

fn write_punishment(xml: &mut Writer, request: &JointPunishment) {
    xml.open("PUNISHMENT", &[]);
    xml.field("REQUESTNO", &request.request);
    xml.field("MEASURECODE", &request.measure_code);
    xml.field("LEGALBASIS", &request.legal_basis);
    xml.optional("UNTIL", request.until.map(|date| date.to_string()).as_deref());
    xml.field("DUETIME", &request.due_at.to_spaced_beijing());
    PARTY.write(xml, &request.party);
    xml.close();
}

fn write_lift(xml: &mut Writer, lift: &Lift) {
    xml.open("LIFT", &[]);
    xml.field("REQUESTNO", &lift.request);
    xml.field("REASON", &lift.reason);
    PARTY.write(xml, &lift.party);
    xml.close();
}

fn write_clause(xml: &mut Writer, clause: &ClauseId) {
    xml.field("CLAUSE", clause.as_str());
    xml.field("CLAUSENAME", &clause.to_chinese());
}
