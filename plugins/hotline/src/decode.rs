//! A message's lines: each is read by itself, so that a bad one costs nothing but itself.
//!
//! The lines are cut as bytes, before anything is decoded: neither UTF-8 nor GB18030 has a line feed inside a character.

use xiezhi_formats::charset::Source;
use xiezhi_formats::json::{self, Object, Rules};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::problem::{FORMAT, Problem, code};
use crate::redact::redact;
use crate::settings::Settings;
use crate::{answer, complaint};

/// Longest message: a full batch of lines of 4 kB.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most lines with something in them.
const LINES_MAX: usize = 1_000;
/// Longest line: 4000 characters of content, each escaped to six bytes, and as much again for the rest.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// A work order nests two deep; whatever a hotline adds about the caller is read over and dropped.
const RULES: Rules = Rules { depth_max: 8, items_max: 1_000 };
/// Most characters of a member's name in a fault.
const FIELD_CHARS_MAX: usize = 48;
/// The field of a fault about the character set, which is no member.
const ENCODING: &str = "encoding";
/// UTF-8 byte order mark.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        return Err(
            Problem::new(code::PARTS_UNSUPPORTED, 0, "热线报文不分包，无法按分包处理").fault_without_place(FORMAT)
        );
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'{', ..] | [b'{', 0, ..]) {
        let text = "报文编码不受支持（疑似 UTF-16），请使用 UTF-8 编码重新发送";
        return Err(Problem::new(code::ENCODING_UNSUPPORTED, 0, text).fault(FORMAT));
    }
    lines(bytes, &Settings::read(context)?)
}

fn lines(bytes: &[u8], settings: &Settings) -> Result<Decoded, Fault> {
    let mut decoded = Decoded::default();
    let (mut next, mut used) = (0_usize, 0_usize);
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let start = next;
        next = start + line.len() + 1;
        if is_blank(line) {
            continue;
        }
        used += 1;
        if used > LINES_MAX {
            let text = format!("一份报文不得超过{LINES_MAX}行，请拆分后发送");
            return Err(Problem::new(code::LIMIT, start, text).fault(FORMAT));
        }
        let row = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        match read_line(line, settings, row) {
            Ok(records) => {
                decoded.document.records.extend(records.into_iter().map(|record| RowRecord { row, record }));
            }
            Err(fault) => {
                let fault = shown(fault, start, settings);
                decoded.document.row_faults.push(RowFault { row, fault });
            }
        }
    }
    if used == 0 {
        let text = "报文没有内容：应为每行一个 JSON 对象";
        return Err(Problem::new(code::EMPTY, 0, text).fault(FORMAT));
    }
    Ok(decoded)
}

fn is_blank(line: &[u8]) -> bool {
    line.strip_prefix(UTF8_MARK).unwrap_or(line).iter().all(u8::is_ascii_whitespace)
}

fn read_line(line: &[u8], settings: &Settings, row: u32) -> Result<Vec<Record>, Fault> {
    if line.len() > LINE_BYTES_MAX {
        let text = format!("本行超过{}KB，请缩短内容后重新发送", LINE_BYTES_MAX / 1024);
        return Err(Problem::new(code::LIMIT, LINE_BYTES_MAX, text).fault(FORMAT));
    }
    let source = Source::agreed(FORMAT, line, xiezhi_formats::charset::Charset::Utf8, settings.fallback)?;
    let records = json::parse(source.text(), &RULES)
        .and_then(|node| node.object("每一行"))
        .and_then(|object| records(&object, settings, row));
    records.map_err(|problem| source.fault(problem))
}

fn records(object: &Object<'_>, settings: &Settings, row: u32) -> Result<Vec<Record>, Problem> {
    let Some(kind) = object.optional("type", xiezhi_formats::fields::chars_max::CODE)? else {
        return complaint::records(object, settings);
    };
    match kind.text {
        "complaint" => complaint::records(object, settings),
        "feedback" => Ok(vec![answer::feedback(object, settings, row)?]),
        "measure_feedback" => Ok(vec![answer::measure_feedback(object, settings, row)?]),
        "receipt" => Ok(vec![answer::receipt(object, settings)?]),
        _ => {
            let text =
                "type 应为 complaint（投诉举报）、feedback（派遣反馈）、measure_feedback（惩戒反馈）或 receipt（回执）";
            Err(kind.problem(code::TYPE_UNKNOWN, text))
        }
    }
}

/// The fault as it may be shown: at its place in the message, and without anything that the line says. Only a known member
/// is named, because a strange one may be somebody's name.
fn shown(mut fault: Fault, start: usize, settings: &Settings) -> Fault {
    fault.offset = fault.offset.map(|offset| offset.saturating_add(start as u64));
    if fault.code.ends_with(code::JSON_SYNTAX) {
        fault.text = "本行不是合法或完整的 JSON：一行应是一个完整的 JSON 对象，请检查括号、引号、逗号和换行".to_owned();
        fault.field = None;
    }
    let known = |field: &String| {
        field == ENCODING
            || complaint::MEMBERS.contains(&field.as_str())
            || answer::MEMBERS.contains(&field.as_str())
            || settings.extra_fields.contains(field)
    };
    match &fault.field {
        Some(field) if !known(field) => {
            if fault.text.contains(field.as_str()) {
                fault.text = "本行有成员重复出现或不合要求，请检查该处".to_owned();
            }
            fault.field = None;
        }
        _ => {}
    }
    fault.field = fault.field.map(|field| field.chars().take(FIELD_CHARS_MAX).collect());
    fault.text = redact(&fault.text, settings.year).text;
    fault
}
