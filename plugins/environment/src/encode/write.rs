//! Fields into frames: escaping, and cutting long texts into parts that are frames of their own.

use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::plugin::PARTS_MAX;

use crate::escape::{ESCAPED_BYTES_MAX, QUOTE, escape_char};
use crate::fault;
use crate::frame::SEGMENT_BYTES_MAX;
use crate::reply;

/// Longest `CP` area, HJ 212-2017 table 3; counted here with both `&&`.
const CP_BYTES_MAX: usize = 950;
/// Both `&&`.
const CP_MARKS_BYTES: usize = 4;

/// Who a frame is from and to, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    /// System type.
    pub(crate) st: &'a str,
    /// Password.
    pub(crate) pw: &'a str,
    /// Station number.
    pub(crate) mn: &'a str,
    /// Command.
    pub(crate) cn: &'a str,
    /// When: the QN of the first part; each further part is one millisecond later.
    pub(crate) at: UtcTime,
}

/// One field of a message.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    name: String,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    /// Written as it stands: its type allows no separator.
    Code(String),
    /// Free text: escaped, enclosed in `//`, cut where a part is full.
    Text(String),
}

impl Field {
    /// A value whose type allows no separator.
    pub(crate) fn code(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Value::Code(value.into()) }
    }

    /// A free text; an empty one is left out.
    pub(crate) fn text(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), value: Value::Text(text.to_owned()) }
    }
}

/// Writes a message as one frame or several. `repeated` stands in every part; the parts are joined by it.
pub(crate) fn frames(sender: &Sender<'_>, repeated: &[Field], fields: &[Field]) -> Result<Vec<u8>, Fault> {
    let header_bytes = header(sender, 0, Some((PARTS_MAX, PARTS_MAX))).len();
    let room = CP_BYTES_MAX.min(SEGMENT_BYTES_MAX.saturating_sub(header_bytes)).saturating_sub(CP_MARKS_BYTES);
    let mut prefix = Parts { room, prefix: String::new(), done: Vec::new(), current: String::new() };
    prefix.add_all(repeated)?;
    let mut parts = Parts { room, done: Vec::new(), current: prefix.current.clone(), prefix: prefix.current };
    parts.add_all(fields)?;
    parts.done.push(parts.current);
    let total = u32::try_from(parts.done.len()).unwrap_or(u32::MAX);
    if total > PARTS_MAX {
        return Err(too_long());
    }
    let mut body = Vec::new();
    for (index, cp) in (1_u32..).zip(&parts.done) {
        let number = if total == 1 { None } else { Some((total, index)) };
        let head = header(sender, index.saturating_sub(1), number);
        body.extend(reply::frame(&format!("{head}&&{cp}&&")));
    }
    Ok(body)
}

/// The segment up to `CP=`. Flag: version 2017, D bit where there are parts, A bit 0.
fn header(sender: &Sender<'_>, later_ms: u32, number: Option<(u32, u32)>) -> String {
    let Sender { st, pw, mn, cn, at } = sender;
    let qn = at.plus_ms(i64::from(later_ms)).to_compact_ms_beijing();
    let flag = match number {
        None => "Flag=4".to_owned(),
        Some((total, index)) => format!("Flag=6;PNUM={total};PNO={index}"),
    };
    format!("QN={qn};ST={st};CN={cn};PW={pw};MN={mn};{flag};CP=")
}

/// The `CP` areas, filled one after the other.
struct Parts {
    room: usize,
    prefix: String,
    done: Vec<String>,
    current: String,
}

impl Parts {
    fn add_all(&mut self, fields: &[Field]) -> Result<(), Fault> {
        for field in fields {
            match &field.value {
                Value::Code(value) => self.add_entry(&format!("{}={value}", field.name))?,
                Value::Text(text) => self.add_text(&field.name, text)?,
            }
        }
        Ok(())
    }

    fn add_entry(&mut self, entry: &str) -> Result<(), Fault> {
        if self.free() < entry.len() {
            self.next_part()?;
        }
        if self.free() < entry.len() {
            return Err(too_long());
        }
        self.push(entry);
        Ok(())
    }

    fn add_text(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let frame_bytes = name.len().saturating_add("=".len()).saturating_add(QUOTE.len().saturating_mul(2));
        let needed = frame_bytes.saturating_add(ESCAPED_BYTES_MAX);
        let mut chunk = String::new();
        for character in text.chars() {
            if self.free() < needed.saturating_add(chunk.len()) {
                self.push_chunk(name, &chunk);
                chunk.clear();
                self.next_part()?;
                if self.free() < needed {
                    return Err(too_long());
                }
            }
            escape_char(character, &mut chunk);
        }
        self.push_chunk(name, &chunk);
        Ok(())
    }

    fn push_chunk(&mut self, name: &str, chunk: &str) {
        if !chunk.is_empty() {
            self.push(&format!("{name}={QUOTE}{chunk}{QUOTE}"));
        }
    }

    fn push(&mut self, entry: &str) {
        if !self.current.is_empty() {
            self.current.push(';');
        }
        self.current.push_str(entry);
    }

    /// Bytes left, the separator before the next entry already taken off.
    fn free(&self) -> usize {
        self.room.saturating_sub(self.current.len()).saturating_sub(1)
    }

    fn next_part(&mut self) -> Result<(), Fault> {
        let limit = usize::try_from(PARTS_MAX).unwrap_or(usize::MAX);
        if self.done.len() >= limit || self.current == self.prefix {
            // A part that holds nothing but its prefix will not hold more the next time either.
            return Err(too_long());
        }
        self.done.push(std::mem::replace(&mut self.current, self.prefix.clone()));
        Ok(())
    }
}

fn too_long() -> Fault {
    let text = format!("内容过长，{PARTS_MAX}个分包仍无法写完，请缩短后重新派发");
    Fault::new(fault::TEXT_TOO_LONG, text)
}
