//! What the gateway sends to an agency, as rows of [`crate::rows`]: assignments, reminders, notices, receipts and requests of
//! joint punishment.
//!
//! One record is one message of one row. The counterpart of [`crate::answers`]. Which kinds a format has is the plugin's
//! matter.

mod row;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::{Record, UtcTime};
use xiezhi_sdk::{Context, Encoded};

use crate::refusal;
use crate::rows::Names;
use crate::{Problem, code};
use row::{AssignmentRow, JointPunishmentRow, LiftRow, NoticeRow, ReceiptRow, ReminderRow};

/// What an outgoing message says of itself.
const CONTENT_TYPE: &str = "application/json; charset=UTF-8";

/// Codes of faults in writing, beside [`crate::code`].
pub mod fault {
    /// The record lacks what the agency needs to act.
    pub const RECORD_INCOMPLETE: &str = "record-incomplete";
}

/// What a notice decides, and its name. An act beside these is written without a name.
pub const ACTS: Names = &[
    ("interview", "约谈"),
    ("rectify", "限期改正"),
    ("suspend", "暂停登记注册手续办理"),
    ("resume", "恢复登记注册手续办理"),
    ("cancel", "取消集群注册地址"),
];

/// How a format writes, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'r> {
    /// Prefix of its fault codes.
    pub prefix: &'static str,
    /// Value of `format`.
    pub version: &'static str,
    /// The record kinds that it has.
    pub writes: &'static [&'static str],
    /// The gateway's side.
    pub sender: &'r str,
    /// The agency's side.
    pub receiver: &'r str,
    /// Further members of the header.
    pub more: &'r [(&'static str, &'r str)],
}

#[derive(Serialize)]
struct Message<'r> {
    format: &'r str,
    header: Header<'r>,
    rows: [Row<'r>; 1],
}

#[derive(Serialize)]
struct Header<'r> {
    message_number: &'r str,
    sender: &'r str,
    receiver: &'r str,
    sent_at: UtcTime,
    row_count: u32,
    #[serde(flatten)]
    more: More<'r>,
}

struct More<'r>(&'r [(&'static str, &'r str)]);

impl Serialize for More<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, text) in self.0 {
            map.serialize_entry(name, text)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Row<'r> {
    Assignment(Box<AssignmentRow<'r>>),
    Reminder(Box<ReminderRow<'r>>),
    Notice(Box<NoticeRow<'r>>),
    Receipt(Box<ReceiptRow<'r>>),
    JointPunishment(Box<JointPunishmentRow<'r>>),
    Lift(Box<LiftRow<'r>>),
}

/// Writes a record as a message of one row: indented, because people read these too. The same record with the same message id
/// and time gives the same bytes.
///
/// # Errors
/// `kind-unwritten` for a kind that the format does not have, `record-incomplete` for a notice that nobody could act
/// on, `measure-incomplete` for a joint punishment without measure or basis, `direction-invalid` for a receipt that the agency
/// sent.
pub fn write(outgoing: &Outgoing<'_>, record: &Record, context: &Context) -> Result<Encoded, Fault> {
    if !outgoing.writes.contains(&record.kind()) {
        return Err(unsupported(outgoing, record));
    }
    let row = match record {
        Record::Assignment(assignment) => Row::Assignment(Box::new(AssignmentRow::from(&**assignment))),
        Record::Reminder(reminder) => Row::Reminder(Box::new(ReminderRow::from(&**reminder))),
        Record::Notice(notice) => Row::Notice(Box::new(row::notice(outgoing.prefix, notice)?)),
        Record::Receipt(receipt) => Row::Receipt(Box::new(row::receipt(outgoing.prefix, receipt)?)),
        Record::JointPunishment(request) => {
            refusal::check_measure(outgoing.prefix, request, ["measure_code", "legal_basis"])?;
            Row::JointPunishment(Box::new(JointPunishmentRow::from(&**request)))
        }
        Record::Lift(lift) => Row::Lift(Box::new(LiftRow::from(&**lift))),
        other => return Err(unsupported(outgoing, other)),
    };
    let header = Header {
        message_number: context.message_id.as_str(),
        sender: outgoing.sender,
        receiver: outgoing.receiver,
        sent_at: context.at,
        row_count: 1,
        more: More(outgoing.more),
    };
    let message = Message { format: outgoing.version, header, rows: [row] };
    let mut body =
        serde_json::to_vec_pretty(&message).map_err(|_| incomplete(outgoing.prefix, "rows", "记录无法写成 JSON"))?;
    body.push(b'\n');
    Ok(Encoded { body, content_type: CONTENT_TYPE.to_owned() })
}

fn unsupported(outgoing: &Outgoing<'_>, record: &Record) -> Fault {
    let text = format!(
        "格式 {} 不支持发送“{}”类记录，只支持：{}",
        outgoing.version,
        record.kind(),
        outgoing.writes.join("、")
    );
    Problem::new(code::KIND_UNWRITTEN, 0, text).fault_without_place(outgoing.prefix)
}

fn incomplete(prefix: &str, field: &str, text: &str) -> Fault {
    Problem::new(fault::RECORD_INCOMPLETE, 0, text).in_field(field).fault_without_place(prefix)
}
