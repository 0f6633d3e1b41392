//! The data segment's fields before `CP` (HJ 212-2017, 6.3.2, table 3), and where the `CP` area stands.
//!
//! Survives what the standard's own examples get wrong: `,` for `;` after QN, a missing `;` before `CP`, stray blanks.

use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::plugin::PARTS_MAX;

use crate::fault;

/// What opens the `CP` area.
const CP_OPEN: &str = "CP=&&";
/// What closes it.
const CP_CLOSE: &str = "&&";
/// Shortest and longest station number that devices really send, in characters; the standard has 24.
const MN_CHARS: std::ops::RangeInclusive<usize> = 7..=24;
/// Digits of an EPC-96 station number.
const EPC96_CHARS: usize = 24;
/// Longest password that is echoed; the standard has 6 bytes.
const PW_BYTES_MAX: usize = 32;
/// Longest wrong QN that is echoed to a requester: the standard's 17 digits and a few too many.
const QN_ECHO_MAX: usize = 20;
/// Longest wrong station number that is echoed to a requester, in bytes.
const MN_ECHO_MAX: usize = 64;

/// Defects that the standard's own printed examples have and that a reader must survive; each is noted.
const NOTE_COMMA: &str = "数据段字段之间误用逗号";
const NOTE_NO_SEMICOLON: &str = "CP 前缺少分号";
const NOTE_BLANK: &str = "数据区“&&”之后有多余空格";

/// The version bits of `Flag` (bits 7 to 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// HJ/T 212-2005: 0, or no `Flag` at all.
    V2005,
    /// HJ 212-2017: 1.
    V2017,
    /// HJ 212-2025: 2.
    V2025,
}

/// Whether a frame asks for an answer (A bit of `Flag`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerWish {
    /// A = 0.
    None,
    /// A = 1.
    Wanted,
}

/// Which part of a multi-part message a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartNumber {
    /// `PNO`, from 1.
    pub(crate) index: u32,
    /// `PNUM`, at least 2.
    pub(crate) total: u32,
}

/// The fields before `CP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    /// Number of the exchange; only HJ/T 212-2005 may leave it out.
    pub(crate) qn: Option<&'a str>,
    /// System type.
    pub(crate) st: &'a str,
    /// Command.
    pub(crate) cn: &'a str,
    /// Password: echoed in an answer, never anywhere else.
    pub(crate) pw: &'a str,
    /// Station.
    pub(crate) mn: &'a str,
    /// Protocol version.
    pub(crate) version: Version,
    /// Whether an answer is wanted.
    pub(crate) answer: AnswerWish,
    /// Which part, when there are several.
    pub(crate) part: Option<PartNumber>,
    /// Where `CN` stands in the message.
    pub(crate) cn_offset: usize,
    /// Defects that were survived.
    pub(crate) notes: [Option<&'static str>; 3],
    /// The text of the `CP` area.
    pub(crate) cp: &'a str,
    /// Where it starts in the message.
    pub(crate) cp_offset: usize,
}

impl<'a> Header<'a> {
    /// Reads a segment that starts at `offset` in the message.
    pub(crate) fn read(segment: &'a str, offset: usize) -> Result<Self, Fault> {
        let (head, cp, cp_offset) = divide(segment, offset)?;
        let fields = Fields::read(head, offset)?;
        let (version, answer, divided) = fields.flag()?;
        let qn = fields.get("QN");
        match qn {
            Some((qn, at)) if qn.len() != 17 || UtcTime::parse_compact_beijing(qn).is_err() => {
                return Err(fault::invalid("QN", qn, at, "应为17位请求编号 YYYYMMDDhhmmsszzz"));
            }
            None if version != Version::V2005 => return Err(fault::missing("QN", offset)),
            _ => {}
        }
        let (st, st_offset) = fields.required("ST")?;
        if st.len() != 2 || !st.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(fault::invalid("ST", st, st_offset, "应为两位系统编码"));
        }
        let (cn, cn_offset) = fields.required("CN")?;
        if cn.len() != 4 || !is_digits(cn) {
            return Err(fault::invalid("CN", cn, cn_offset, "应为四位命令编码"));
        }
        let (pw, pw_offset) = fields.required("PW")?;
        if pw.len() > PW_BYTES_MAX {
            return Err(fault::invalid("PW", "（略）", pw_offset, "访问密码过长"));
        }
        let (mn, mn_offset) = fields.required("MN")?;
        if !MN_CHARS.contains(&mn.chars().count()) || mn.contains(char::is_whitespace) {
            return Err(fault::invalid("MN", mn, mn_offset, "设备唯一标识应为7至24个字符，标准为24位EPC-96编码"));
        }
        let part = fields.part(divided)?;
        let notes = notes(head, cp);
        Ok(Self { qn: qn.map(|(qn, _)| qn), st, cn, pw, mn, version, answer, part, cn_offset, notes, cp, cp_offset })
    }

    /// Whom an answer goes to; `None` without a QN, which only old devices leave out.
    pub(crate) fn requester(&self) -> Option<Requester<'a>> {
        self.qn.map(|qn| Requester { cn: self.cn, qn, pw: self.pw, mn: self.mn, version: self.version })
    }

    /// Whether the station number has the shape of an EPC-96 code.
    pub(crate) fn is_epc96(&self) -> bool {
        self.mn.len() == EPC96_CHARS && self.mn.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
    }
}

/// What an answer repeats of a frame. It can be read off a request of which other fields are wrong, so that the station
/// learns which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Requester<'a> {
    /// Command.
    pub(crate) cn: &'a str,
    /// Number of the exchange.
    pub(crate) qn: &'a str,
    /// Password.
    pub(crate) pw: &'a str,
    /// Station.
    pub(crate) mn: &'a str,
    /// Protocol version; the one of 2017 where `Flag` cannot be read.
    pub(crate) version: Version,
}

impl<'a> Requester<'a> {
    /// Reads what an answer needs, if it is all there and harmless to repeat.
    pub(crate) fn read(segment: &'a str) -> Option<Self> {
        let (head, ..) = divide(segment, 0).ok()?;
        let fields = Fields::read(head, 0).ok()?;
        let graphic = |name: &str, bytes_max: usize| {
            let (value, _) = fields.get(name)?;
            let harmless = value.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'&' | b'#' | b'='));
            ((1..=bytes_max).contains(&value.len()) && harmless).then_some(value)
        };
        let qn = graphic("QN", QN_ECHO_MAX).filter(|qn| is_digits(qn))?;
        let version = fields.flag().map_or(Version::V2017, |(version, ..)| version);
        let (cn, _) = fields.get("CN")?;
        Some(Self { cn, qn, pw: graphic("PW", PW_BYTES_MAX)?, mn: graphic("MN", MN_ECHO_MAX)?, version })
    }
}

/// The defects of a segment, by its fields before `CP` and its `CP` area.
fn notes(head: &str, cp: &str) -> [Option<&'static str>; 3] {
    let ends = head.trim_ascii_end().ends_with([';', ',']);
    [
        head.contains(',').then_some(NOTE_COMMA),
        (!ends).then_some(NOTE_NO_SEMICOLON),
        cp.starts_with(|c: char| c.is_ascii_whitespace()).then_some(NOTE_BLANK),
    ]
}

/// Divides a segment into the fields before `CP` and the text of the `CP` area with its place.
fn divide(segment: &str, offset: usize) -> Result<(&str, &str, usize), Fault> {
    let Some((head, rest)) = segment.split_once(CP_OPEN) else {
        let text = "缺少数据区“CP=&&…&&”，请按 HJ 212-2017 组包后重发";
        return Err(Fault::new(fault::CP_MISSING, text).at(offset.saturating_add(segment.len())).in_field("CP"));
    };
    let start = offset.saturating_add(head.len()).saturating_add(CP_OPEN.len());
    let Some(cp) = rest.trim_ascii_end().strip_suffix(CP_CLOSE) else {
        let text = "数据区没有以“&&”结束，请按 HJ 212-2017 组包后重发";
        return Err(Fault::new(fault::CP_MISSING, text).at(start.saturating_add(rest.len())).in_field("CP"));
    };
    Ok((head, cp, start))
}

/// The fields before `CP`, each with its place in the message.
struct Fields<'a> {
    list: Vec<(&'a str, &'a str, usize)>,
    /// Where the segment starts, for what is missing.
    offset: usize,
}

impl<'a> Fields<'a> {
    fn read(head: &'a str, offset: usize) -> Result<Self, Fault> {
        let mut list: Vec<(&str, &str, usize)> = Vec::new();
        let mut at = offset;
        for token in head.split([';', ',']) {
            let start = at;
            at = at.saturating_add(token.len()).saturating_add(1);
            if token.trim().is_empty() {
                continue;
            }
            let named = token.split_once('=').filter(|(name, _)| !name.trim().is_empty());
            let Some((name, value)) = named else {
                // The token may be a damaged password, so it is not quoted.
                return Err(fault::invalid("数据段", "（略）", start, "各字段应为“名称=值”，以分号分隔"));
            };
            let name = name.trim();
            if list.iter().any(|(known, ..)| *known == name) {
                return Err(fault::invalid(name, "（略）", start, "字段重复出现"));
            }
            list.push((name, value.trim(), start));
        }
        Ok(Self { list, offset })
    }

    fn get(&self, name: &str) -> Option<(&'a str, usize)> {
        self.list.iter().find(|(known, ..)| *known == name).map(|&(_, value, at)| (value, at))
    }

    fn required(&self, name: &str) -> Result<(&'a str, usize), Fault> {
        self.get(name).filter(|(value, _)| !value.is_empty()).ok_or_else(|| fault::missing(name, self.offset))
    }

    /// Version, A bit and D bit.
    fn flag(&self) -> Result<(Version, AnswerWish, Divided), Fault> {
        let Some((value, at)) = self.get("Flag") else {
            return Ok((Version::V2005, AnswerWish::None, Divided::Unsaid));
        };
        let flag = Some(value).filter(|value| is_digits(value)).and_then(|value| value.parse::<u8>().ok());
        let Some(flag) = flag else { return Err(fault::invalid("Flag", value, at, "应为0至255的十进制整数")) };
        let version = match flag >> 2 {
            0 => Version::V2005,
            1 => Version::V2017,
            2 => Version::V2025,
            other => {
                let text = format!("Flag={flag} 的协议版本号{other}不受支持，网关支持 2005、2017、2025 版");
                return Err(Fault::new(fault::VERSION_UNSUPPORTED, text).at(at).in_field("Flag"));
            }
        };
        let answer = if flag & 1 == 1 { AnswerWish::Wanted } else { AnswerWish::None };
        let divided = if flag & 2 == 2 { Divided::Yes } else { Divided::No };
        Ok((version, answer, divided))
    }

    /// `PNUM` and `PNO`, in either order; a message of one part is whole.
    fn part(&self, divided: Divided) -> Result<Option<PartNumber>, Fault> {
        let (total, index) = match (self.get("PNUM"), self.get("PNO")) {
            (Some(total), Some(index)) => (total, index),
            (None, None) if divided == Divided::Yes => {
                let at = self.get("Flag").map_or(self.offset, |(_, at)| at);
                return Err(part_fault("Flag 的 D 位为1，但缺少 PNUM 和 PNO", at));
            }
            (None, None) => return Ok(None),
            (Some((_, at)), None) | (None, Some((_, at))) => {
                return Err(part_fault("PNUM 和 PNO 必须同时出现", at));
            }
        };
        let total_number = number(total, "PNUM 应为十进制整数")?;
        let index_number = number(index, "PNO 应为十进制整数")?;
        if !(1..=PARTS_MAX).contains(&total_number) {
            return Err(part_fault("PNUM 应在1至1000之间", total.1));
        }
        if !(1..=total_number).contains(&index_number) {
            return Err(part_fault("PNO 应在1至 PNUM 之间", index.1));
        }
        if total_number == 1 {
            return Ok(None);
        }
        if divided == Divided::No {
            return Err(part_fault("带有 PNUM 和 PNO，但 Flag 的 D 位为0", total.1));
        }
        Ok(Some(PartNumber { index: index_number, total: total_number }))
    }
}

/// The D bit of `Flag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Divided {
    /// D = 1: PNUM and PNO follow.
    Yes,
    /// D = 0.
    No,
    /// No `Flag`: HJ/T 212-2005, where PNUM and PNO speak for themselves.
    Unsaid,
}

fn number((value, at): (&str, usize), rule: &str) -> Result<u32, Fault> {
    let digits = Some(value).filter(|value| is_digits(value));
    digits.and_then(|value| value.parse().ok()).ok_or_else(|| part_fault(rule, at))
}

/// A fault of `PNUM` and `PNO`.
pub(crate) fn part_fault(text: &str, at: usize) -> Fault {
    Fault::new(fault::PART_INVALID, format!("{text}，请检查分包后重发")).at(at).in_field("PNO")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
