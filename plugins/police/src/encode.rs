//! Writing for the police: the envelope, assignments (`PQ`), reminders (`DB`), recalls (`PQCH`) and receipts (`HZ`). Joint
//! punishments are in `measure`.
//!
//! The outbound forms are our own design; `docs/formats/police.md` names the standard behind each field.

use xiezhi_formats::charset::Charset;
use xiezhi_formats::codes;
use xiezhi_formats::refusal;
use xiezhi_formats::writer::Writer;
use xiezhi_formats::xml_forms::PartyNames;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{Assignment, Direction, Party, Recall, Receipt, Record, Reminder};
use xiezhi_sdk::model::{ClauseId, Digest};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::RECEIPT;
use crate::measure;
use crate::problem::FORMAT;
use crate::settings;

/// What an outgoing message says of its own encoding.
const CONTENT_TYPE: &str = "application/xml; charset=GB18030";
/// Characters of the sender's code in a message number, as many as in the police's own (机构代码).
const NUMBER_PREFIX_CHARS: usize = 12;
/// Characters of a message number that tell two messages of one second apart: 36^6, two billion.
const NUMBER_SUFFIX_CHARS: u32 = 6;
/// Digits and capital letters.
const NUMBER_BASE: u64 = 36;

/// The fields of `DWXX`.
const PARTY: PartyNames = PartyNames {
    name: "DWMC",
    uscc: "TYSHXYDM",
    address: "DWDZ",
    town: "XZJDDM",
    longitude: "DQJD",
    latitude: "DQWD",
    datum: "ZBX",
    device: "SBBH",
};

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let body = match record {
        Record::Assignment(assignment) => message("PQ", context, |xml| write_assignment(xml, assignment))?,
        Record::Reminder(reminder) => message("DB", context, |xml| write_reminder(xml, reminder))?,
        Record::Recall(recall) => message("PQCH", context, |xml| write_recall(xml, recall))?,
        Record::JointPunishment(request) => {
            measure::check(request)?;
            message("LHCJ", context, |xml| measure::write_request(xml, request))?
        }
        Record::Lift(lift) => message("JCCJ", context, |xml| measure::write_lift(xml, lift))?,
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            return Err(refusal::direction_invalid(FORMAT, "公安"));
        }
        Record::Receipt(receipt) => message("HZ", context, |xml| write_receipt(xml, receipt))?,
        other => {
            return Err(refusal::kind_unwritten(FORMAT, "公安", other, "派遣、督办、撤回、联合惩戒、解除惩戒和回执"));
        }
    };
    Ok(Encoded { body, content_type: CONTENT_TYPE.to_owned() })
}

fn message(business: &str, context: &Context, body: impl FnOnce(&mut Writer)) -> Result<Vec<u8>, Fault> {
    let ends = settings::ends(context)?;
    let sent_at = context.at.to_compact_beijing();
    let mut xml = Writer::new(Charset::Gb18030);
    xml.open("GAJHBW", &[("BBH", "1.0")]);
    xml.open("BWT", &[]);
    xml.field("BWBH", &message_number(ends.sender, &sent_at, context.message_id.as_str()));
    xml.field("XXBS", context.message_id.as_str());
    xml.field("FSF", ends.sender);
    xml.field("JSF", ends.receiver);
    xml.field("FSSJ", &sent_at);
    xml.field("YWLX", business);
    xml.close();
    xml.open("BWST", &[]);
    body(&mut xml);
    Ok(xml.finish())
}

/// `BWBH`, 32 characters like the police's own: the last twelve of the sender's code (zeros before a shorter one), the
/// time, and six from the SHA-256 of the message id. Encoding again gives the same number.
fn message_number(sender: &str, sent_at: &str, message_id: &str) -> String {
    let tail: String = sender.chars().skip(sender.len().saturating_sub(NUMBER_PREFIX_CHARS)).collect();
    let digest = Digest::of(message_id.as_bytes());
    let mut rest = digest.as_bytes().iter().take(8).fold(0_u64, |value, &byte| (value << 8) | u64::from(byte));
    let mut suffix = String::new();
    for _ in 0..NUMBER_SUFFIX_CHARS {
        let digit = u32::try_from(rest % NUMBER_BASE).ok().and_then(|digit| char::from_digit(digit, 36));
        suffix.push(digit.unwrap_or('0').to_ascii_uppercase());
        rest /= NUMBER_BASE;
    }
    format!("{tail:0>NUMBER_PREFIX_CHARS$}{sent_at}{suffix}")
}

fn write_assignment(xml: &mut Writer, assignment: &Assignment) {
    let (role, role_name) = codes::role(&assignment.role);
    xml.open("PQXX", &[]);
    xml.field("PQBH", assignment.assignment.as_str());
    xml.field("XTAJBH", assignment.case_number.as_str());
    xml.field("ZXBDM", role);
    xml.field("ZXBMC", role_name);
    write_clause(xml, &assignment.clause);
    xml.field("SXLB", &assignment.category);
    xml.field("SXLBMC", &assignment.category_name);
    xml.field("PQBT", &assignment.title);
    xml.optional("PQNR", Some(&assignment.text));
    xml.field("LYDW", assignment.source_agency.as_str());
    xml.field("LYBH", &assignment.source_reference);
    xml.field("PQSJ", &assignment.assigned_at.to_compact_beijing());
    xml.field("FKQX", &assignment.due_at.to_compact_beijing());
    xml.close();
    write_party(xml, &assignment.party);
}

fn write_reminder(xml: &mut Writer, reminder: &Reminder) {
    xml.open("DBXX", &[]);
    xml.field("PQBH", reminder.assignment.as_str());
    xml.field("XTAJBH", reminder.case_number.as_str());
    xml.field("DBCS", &reminder.level.to_string());
    write_clause(xml, &reminder.clause);
    xml.field("DBBT", &reminder.title);
    xml.field("FKQX", &reminder.due_at.to_compact_beijing());
    xml.field("DBSJ", &reminder.sent_at.to_compact_beijing());
    xml.close();
    write_party(xml, &reminder.party);
}

fn write_recall(xml: &mut Writer, recall: &Recall) {
    xml.open("CHXX", &[]);
    xml.field("PQBH", recall.assignment.as_str());
    xml.field("XTAJBH", recall.assignment.case_number().as_str());
    xml.field("CHYY", &recall.reason);
    xml.close();
}

fn write_receipt(xml: &mut Writer, receipt: &Receipt) {
    xml.open("HZXX", &[]);
    RECEIPT.write(xml, receipt);
    xml.close();
}

fn write_clause(xml: &mut Writer, clause: &ClauseId) {
    xml.field("YJTK", clause.as_str());
    xml.field("YJTKMC", &clause.to_chinese());
}

/// `DWXX`.
pub(crate) fn write_party(xml: &mut Writer, party: &Party) {
    xml.open("DWXX", &[]);
    PARTY.write(xml, party);
    xml.close();
}
