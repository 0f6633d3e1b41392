//! Writing assignments, reminders, receipts, joint punishments and their lifting as `ExchangeMessage`.
//!
//! The envelope is that of a real exchange; the fields are our own design, named after those of penalties.

use uuid::Uuid;
use xiezhi_formats::charset::Charset;
use xiezhi_formats::codes;
use xiezhi_formats::refusal;
use xiezhi_formats::writer::Writer;
use xiezhi_formats::xml_forms::PartyNames;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{Assignment, Direction, JointPunishment, Lift, Record, Reminder};
use xiezhi_sdk::model::{CivilDate, Digest, MessageId, UtcTime};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::RECEIPT;
use crate::problem::FORMAT;
use crate::settings::{self, Business};

/// What an outgoing message says of its own encoding.
const CONTENT_TYPE: &str = "application/xml; charset=utf-8";
/// What a message id is made a name of before it becomes a UUID of version 5.
const FLOW_PREFIX: &str = "urn:xiezhi:message:";
/// Six digits of `sn` tell the messages of one day apart for people; `flow` and `XXBS` do so for programs.
const SERIAL_BELOW: u64 = 1_000_000;

/// The fields that say whom a message is about.
const PARTY: PartyNames = PartyNames {
    name: "XDR_MC",
    uscc: "XDR_SHXYM",
    address: "XDR_DZ",
    town: "XDR_XZDM",
    longitude: "XDR_JD",
    latitude: "XDR_WD",
    datum: "XDR_ZBX",
    device: "XDR_SBBH",
};

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    match record {
        Record::Assignment(assignment) => {
            message(Business::Assignment, context, |xml| write_assignment(xml, assignment))
        }
        Record::Reminder(reminder) => message(Business::Reminder, context, |xml| write_reminder(xml, reminder)),
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            Err(refusal::direction_invalid(FORMAT, "发改部门"))
        }
        Record::Receipt(receipt) => message(Business::Receipt, context, |xml| RECEIPT.write(xml, receipt)),
        Record::JointPunishment(request) => {
            refusal::check_measure(FORMAT, request, ["LHCJ_CSBM", "LHCJ_YJ"])?;
            message(Business::JointPunishment, context, |xml| write_punishment(xml, request))
        }
        Record::Lift(lift) => message(Business::Lift, context, |xml| write_lift(xml, lift)),
        other => Err(refusal::kind_unwritten(FORMAT, "发改", other, "派遣、督办、回执、联合惩戒和解除")),
    }
}

fn message(business: Business, context: &Context, fields: impl FnOnce(&mut Writer)) -> Result<Encoded, Fault> {
    let header = settings::header(context)?;
    let mut xml = Writer::new(Charset::Utf8);
    xml.open("ExchangeMessage", &[]);
    xml.open("Header", &[]);
    xml.field("sender", header.sender);
    xml.field("receiver", header.receiver);
    xml.field("cc", "");
    xml.field("flow", &flow(&context.message_id));
    xml.field("item", business.item(context)?);
    xml.field("sn", &number(context));
    xml.field("securityType", header.security_type);
    xml.field("operator", header.operator);
    xml.field("contacts", header.contacts);
    xml.close();
    xml.open("Body", &[]);
    xml.open("fields", &[]);
    xml.field("XXBS", context.message_id.as_str());
    fields(&mut xml);
    Ok(Encoded { body: xml.finish(), content_type: CONTENT_TYPE.to_owned() })
}

/// `flow`: a UUID of version 5 (RFC 9562 section 5.5), so that sending again gives the same one.
fn flow(message_id: &MessageId) -> String {
    let name = format!("{FLOW_PREFIX}{message_id}");
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

/// `sn`, 14 digits like the sample's: the day, and six digits from the SHA-256 of the message id.
fn number(context: &Context) -> String {
    let digest = Digest::of(context.message_id.as_str().as_bytes());
    let value = digest.as_bytes().iter().take(8).fold(0_u64, |value, &byte| (value << 8) | u64::from(byte));
    let day: String = context.at.to_compact_beijing().chars().take(8).collect();
    format!("{day}{:06}", value % SERIAL_BELOW)
}

fn write_assignment(xml: &mut Writer, assignment: &Assignment) {
    let (role, role_name) = codes::role(&assignment.role);
    xml.field("PQ_BH", assignment.assignment.as_str());
    xml.field("PQ_AJBH", assignment.case_number.as_str());
    xml.field("PQ_ZXB", role);
    xml.field("PQ_ZXBMC", role_name);
    xml.field("PQ_TK", assignment.clause.as_str());
    xml.field("PQ_TKMC", &assignment.clause.to_chinese());
    xml.field("PQ_SXLB", &assignment.category);
    xml.field("PQ_SXLBMC", &assignment.category_name);
    xml.field("PQ_BT", &assignment.title);
    xml.optional("PQ_NR", Some(&assignment.text));
    xml.field("PQ_LYDW", assignment.source_agency.as_str());
    xml.field("PQ_LYBH", &assignment.source_reference);
    xml.field("PQ_SJ", &time(assignment.assigned_at));
    xml.field("PQ_FKQX", &time(assignment.due_at));
    PARTY.write(xml, &assignment.party);
}

fn write_reminder(xml: &mut Writer, reminder: &Reminder) {
    xml.field("DB_PQBH", reminder.assignment.as_str());
    xml.field("DB_AJBH", reminder.case_number.as_str());
    xml.field("DB_CS", &reminder.level.to_string());
    xml.field("DB_TK", reminder.clause.as_str());
    xml.field("DB_TKMC", &reminder.clause.to_chinese());
    xml.field("DB_BT", &reminder.title);
    xml.field("DB_FKQX", &time(reminder.due_at));
    xml.field("DB_SJ", &time(reminder.sent_at));
    PARTY.write(xml, &reminder.party);
}

fn write_punishment(xml: &mut Writer, request: &JointPunishment) {
    xml.field("LHCJ_BH", &request.request);
    xml.field("LHCJ_CSBM", &request.measure_code);
    xml.field("LHCJ_YJ", &request.legal_basis);
    xml.optional("LHCJ_JZQ", request.until.map(date).as_deref());
    xml.field("LHCJ_FKQX", &time(request.due_at));
    PARTY.write(xml, &request.party);
}

fn write_lift(xml: &mut Writer, lift: &Lift) {
    xml.field("LHCJ_BH", &lift.request);
    xml.field("LHCJ_JCYY", &lift.reason);
    PARTY.write(xml, &lift.party);
}

/// `YYYY/MM/DD`, as 双公示 writes dates.
fn date(date: CivilDate) -> String {
    date.to_string().replace('-', "/")
}

/// `YYYY/MM/DD hh:mm:ss`, Beijing time.
fn time(time: UtcTime) -> String {
    time.to_spaced_beijing().replace('-', "/")
}
