//! Writing records for the department: frames with user types 211 to 216, long texts over several.
//!
//! The outbound forms are our own design; `docs/formats/fire.md` says what is in each.

use xiezhi_formats::charset::gb18030_bytes;
use xiezhi_formats::codes;
use xiezhi_formats::refusal;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Party, Recall, Receipt, Record, Reminder,
};
use xiezhi_sdk::model::{ClauseId, Digest};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::{OUTCOMES, ROW};
use crate::frame::{self, Header, UNIT_BYTES_MAX, VERSION_MAIN, command};
use crate::label::{self, LABEL_BYTES};
use crate::parts::{self, PARTS_MAX};
use crate::problem::{FORMAT, Problem, code};
use crate::settings;
use crate::text::Texts;

/// Frames have no media type of their own.
pub(crate) const CONTENT_TYPE: &str = "application/octet-stream";
/// User version of frames that we begin: the sample frames have 0.
const VERSION_USER: u8 = 0;
/// Bytes of a unit around the text: type, count, length, label.
const AROUND_BYTES: usize = 2 + 2 + LABEL_BYTES;
/// Most bytes of text in a frame.
const TEXT_BYTES_MAX: usize = UNIT_BYTES_MAX - AROUND_BYTES;
/// Bytes kept free for `分帧=64/64|`.
const NUMBER_BYTES: usize = 11;

/// Most refused rows that a receipt names: with [`ROW_CHARS_MAX`] they always fit the frames of one text, and a receipt
/// must never fail to go out.
const ROWS_MAX: usize = 80;
/// Most characters of what a receipt says about one row.
const ROW_CHARS_MAX: usize = 200;

/// The types of our own that go to the department (the standard leaves 128 to 254 to users).
mod flag {
    pub(super) const ASSIGNMENT: u8 = 211;
    pub(super) const REMINDER: u8 = 212;
    pub(super) const RECALL: u8 = 213;
    pub(super) const RECEIPT: u8 = 214;
    pub(super) const JOINT_PUNISHMENT: u8 = 215;
    pub(super) const LIFT: u8 = 216;
}

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let mut texts = Texts::default();
    texts.field("消息标识", context.message_id.as_str());
    let flag = match record {
        Record::Assignment(assignment) => {
            write_assignment(&mut texts, assignment);
            flag::ASSIGNMENT
        }
        Record::Reminder(reminder) => {
            write_reminder(&mut texts, reminder);
            flag::REMINDER
        }
        Record::Recall(recall) => {
            write_recall(&mut texts, recall);
            flag::RECALL
        }
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            return Err(refusal::direction_invalid(FORMAT, "消防"));
        }
        Record::Receipt(receipt) => {
            write_receipt(&mut texts, receipt);
            flag::RECEIPT
        }
        Record::JointPunishment(request) => {
            check_request(request)?;
            write_joint_punishment(&mut texts, request);
            flag::JOINT_PUNISHMENT
        }
        Record::Lift(lift) => {
            write_lift(&mut texts, lift);
            flag::LIFT
        }
        other => {
            return Err(refusal::kind_unwritten(FORMAT, "消防", other, "派遣、督办、撤回、回执、联合惩戒及其解除"));
        }
    };
    Ok(Encoded { body: frames(flag, &texts.finish(), context)?, content_type: CONTENT_TYPE.to_owned() })
}

/// The frames of a text, with serial numbers one after the other.
fn frames(flag: u8, text: &str, context: &Context) -> Result<Vec<u8>, Fault> {
    let ends = settings::ends(context)?;
    let pieces = pieces(text);
    if pieces.len() > usize::from(PARTS_MAX) {
        let text = format!("内容过长：最多{PARTS_MAX}帧，每帧{TEXT_BYTES_MAX}字节，请精简后重新派遣");
        return Err(Problem::new(code::LIMIT, 0, text).fault_without_place(FORMAT));
    }
    let label = label::write(context.at);
    let mut serial = first_serial(context.message_id.as_str());
    let mut body = Vec::new();
    for piece in &pieces {
        let header =
            Header { serial, version: [VERSION_MAIN, VERSION_USER], label, source: ends.sender, target: ends.receiver };
        body.extend(frame::write(&header, command::DATA, &unit(flag, piece, label)));
        serial = serial.wrapping_add(1);
    }
    Ok(body)
}

/// The serial number of a message's first frame: the first two bytes of the SHA-256 of its id, so that sending again gives
/// the same. The standard only asks that an answer repeats it.
fn first_serial(message_id: &str) -> u16 {
    let [high, low, ..] = *Digest::of(message_id.as_bytes()).as_bytes();
    u16::from_be_bytes([high, low])
}

fn unit(flag: u8, text: &[u8], label: [u8; LABEL_BYTES]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes();
    [&[flag, 1][..], &length, text, &label].concat()
}

/// The text whole where it fits a frame, else in numbered pieces cut between characters.
fn pieces(text: &str) -> Vec<Vec<u8>> {
    let whole = gb18030_bytes(text);
    if whole.len() <= TEXT_BYTES_MAX {
        return vec![whole];
    }
    let mut pieces: Vec<Vec<u8>> = vec![Vec::new()];
    for c in text.chars() {
        let bytes = gb18030_bytes(c.encode_utf8(&mut [0; 4]));
        match pieces.last_mut() {
            Some(piece) if piece.len() + bytes.len() <= TEXT_BYTES_MAX - NUMBER_BYTES => piece.extend(bytes),
            _ => pieces.push(bytes),
        }
    }
    let total = pieces.len();
    (1..).zip(&pieces).map(|(index, piece)| [&parts::prefix(index, total), piece.as_slice()].concat()).collect()
}

fn write_assignment(texts: &mut Texts, assignment: &Assignment) {
    let (_, role) = codes::role(&assignment.role);
    texts.field("派遣编号", assignment.assignment.as_str());
    texts.field("案件编号", assignment.case_number.as_str());
    texts.field("主协办", role);
    write_clause(texts, &assignment.clause);
    texts.field("事项类别", &assignment.category);
    texts.field("事项类别名称", &assignment.category_name);
    texts.field("标题", &assignment.title);
    texts.optional("内容", Some(&assignment.text));
    texts.field("来源单位", assignment.source_agency.as_str());
    texts.field("来源编号", &assignment.source_reference);
    texts.field("派遣时间", &assignment.assigned_at.to_compact_beijing());
    texts.field("反馈期限", &assignment.due_at.to_compact_beijing());
    write_party(texts, &assignment.party);
}

fn write_reminder(texts: &mut Texts, reminder: &Reminder) {
    texts.field("派遣编号", reminder.assignment.as_str());
    texts.field("案件编号", reminder.case_number.as_str());
    texts.field("督办次数", &reminder.level.to_string());
    write_clause(texts, &reminder.clause);
    texts.field("标题", &reminder.title);
    texts.field("反馈期限", &reminder.due_at.to_compact_beijing());
    texts.field("督办时间", &reminder.sent_at.to_compact_beijing());
    write_party(texts, &reminder.party);
}

fn write_recall(texts: &mut Texts, recall: &Recall) {
    texts.field("派遣编号", recall.assignment.as_str());
    texts.field("原因", &recall.reason);
}

fn write_receipt(texts: &mut Texts, receipt: &Receipt) {
    texts.field("原消息标识", receipt.message_id.as_str());
    let outcome = OUTCOMES.iter().find(|(.., outcome)| *outcome == receipt.outcome);
    texts.field("回执结果", outcome.map_or("3", |(number, ..)| number));
    texts.optional("错误代码", receipt.code.as_deref());
    texts.optional("内容", Some(&receipt.text));
    let cases: Vec<&str> = receipt.case_numbers.iter().map(|number| number.as_str()).collect();
    texts.optional("案件编号", Some(&cases.join("、")));
    for (nth, row) in (1..).zip(receipt.rows.iter().take(ROWS_MAX)) {
        let text: String = row.text.chars().take(ROW_CHARS_MAX).collect();
        texts.field(&format!("{ROW}{nth}"), &format!("{},{},{text}", row.row, row.code));
    }
    let left = receipt.rows.len().saturating_sub(ROWS_MAX);
    texts.optional("未列出行数", (left > 0).then(|| left.to_string()).as_deref());
}

/// A measure that reduces somebody's rights needs its code in the national list and its legal basis.
fn check_request(request: &JointPunishment) -> Result<(), Fault> {
    for (name, value) in [("惩戒措施", &request.measure_code), ("法律依据", &request.legal_basis)] {
        if value.trim().is_empty() {
            let text = format!("联合惩戒请求缺少{name}，不能发送，请补充后重新发起");
            return Err(Problem::new(code::FIELD_MISSING, 0, text).in_field(name).fault_without_place(FORMAT));
        }
    }
    Ok(())
}

fn write_joint_punishment(texts: &mut Texts, request: &JointPunishment) {
    texts.field("请求编号", &request.request);
    texts.field("惩戒措施", &request.measure_code);
    texts.field("法律依据", &request.legal_basis);
    texts.optional("截止日期", request.until.map(|date| date.to_string()).as_deref());
    texts.field("反馈期限", &request.due_at.to_compact_beijing());
    write_party(texts, &request.party);
}

fn write_lift(texts: &mut Texts, lift: &Lift) {
    texts.field("请求编号", &lift.request);
    texts.field("原因", &lift.reason);
    write_party(texts, &lift.party);
}

fn write_clause(texts: &mut Texts, clause: &ClauseId) {
    texts.field("依据条款", clause.as_str());
    texts.field("依据条款名称", &clause.to_chinese());
}

fn write_party(texts: &mut Texts, party: &Party) {
    texts.optional("单位", party.name.as_deref());
    texts.optional("信用代码", party.uscc.as_ref().map(|code| code.as_str()));
    texts.optional("地址", party.address.as_deref());
    texts.optional("乡镇街道", party.town.as_ref().map(|town| town.as_str()));
    if let Some(coordinate) = party.coordinate {
        let (longitude, latitude) = coordinate.to_lon_lat();
        texts.field("经度", &longitude);
        texts.field("纬度", &latitude);
        texts.field("坐标系", codes::datum(coordinate.datum));
    }
    texts.optional("设备地址", party.device.as_deref());
}
