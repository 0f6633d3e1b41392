//! What the two dialects write differently: namespace, times, identifiers, references. Knows nothing of what a message says.

use xiezhi_formats::fields::Value;
use xiezhi_sdk::model::UtcTime;

use crate::problem::{Problem, code};

/// The namespace of OASIS CAP 1.2.
pub(crate) const CAP12: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// Most messages that one message may refer to.
const REFERENCES_MAX: usize = 100;
/// Digits of a sender's code in the national profile: 6 GB/T 2260, 3 GB/T 4657, 3 internal, 2 extension.
const SENDER_DIGITS: usize = 14;
/// Digits of the time in an identifier of the national profile.
const TIME_DIGITS: usize = 14;

/// Which of the two a message is in; its root's namespace says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The national early-warning profile: no namespace.
    National,
    /// OASIS CAP 1.2.
    Cap12,
}

/// A message that another one refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference<'t> {
    /// Its identifier.
    pub(crate) identifier: &'t str,
    /// Where that begins.
    pub(crate) at: usize,
}

impl Dialect {
    /// The name of the element with the time of sending.
    pub(crate) fn sent(self) -> &'static str {
        match self {
            Self::National => "sendTime",
            Self::Cap12 => "sent",
        }
    }

    /// Reads a time.
    pub(crate) fn time(self, value: &Value<'_>) -> Result<UtcTime, Problem> {
        let shape: String = value.text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        let read = match (self, shape.as_str()) {
            (_, "0000-00-00T00:00:00+00:00" | "0000-00-00T00:00:00-00:00") => UtcTime::parse_rfc3339(value.text),
            (Self::National, "0000-00-00 00:00:00+00:00" | "0000-00-00 00:00:00-00:00") => {
                UtcTime::parse_rfc3339(&value.text.replacen(' ', "T", 1))
            }
            (Self::National, "0000-00-00 00:00:00") => UtcTime::parse_spaced_beijing(value.text),
            (Self::National, "00000000000000") => UtcTime::parse_compact_beijing(value.text),
            _ => return Err(self.time_problem(value)),
        };
        read.map_err(|_| self.time_problem(value))
    }

    fn time_problem(self, value: &Value<'_>) -> Problem {
        let name = value.name;
        let text = match self {
            Self::National => format!("{name}应为真实时间，例如 2026-09-21 10:30:00+08:00"),
            Self::Cap12 => {
                format!("{name}应为真实时间，例如 2026-09-21T10:30:00+08:00；不能用 Z，协调世界时写作 -00:00")
            }
        };
        value.problem(code::TIME_INVALID, text)
    }

    /// Writes a time, in Beijing.
    pub(crate) fn write_time(self, time: UtcTime) -> String {
        let spaced = time.to_spaced_beijing();
        match self {
            Self::National => format!("{spaced}+08:00"),
            Self::Cap12 => format!("{}+08:00", spaced.replacen(' ', "T", 1)),
        }
    }

    /// Checks an identifier: CAP 1.2 forbids a few characters; the national profile fixes the whole shape.
    pub(crate) fn check_identifier(self, value: &Value<'_>) -> Result<(), Problem> {
        match self {
            Self::Cap12 if is_cap_word(value.text) => Ok(()),
            Self::Cap12 => {
                let text = format!("{}不得含有空格、逗号、“<”或“&”", value.name);
                Err(value.problem(code::IDENTIFIER_INVALID, text))
            }
            Self::National if national_time(value.text).is_some() => Ok(()),
            Self::National => {
                let text = "identifier 应为29位或31位：14位发布机构编码、下划线、14位时间，\
                            其后可再接下划线和1位序号，例如 11011249900000_20260921103000";
                Err(value.problem(code::IDENTIFIER_INVALID, text))
            }
        }
    }

    /// Reads what `references` lists: triples in CAP 1.2, bare identifiers in the national profile.
    pub(crate) fn references<'t>(self, value: &Value<'t>) -> Result<Vec<Reference<'t>>, Problem> {
        let mut found: Vec<Reference<'t>> = Vec::new();
        for token in value.text.split(|c: char| self.separates(c)).filter(|token| !token.is_empty()) {
            // A token is a piece of the value's text, so the difference of their addresses is its place in it.
            let at = value.at.saturating_add((token.as_ptr() as usize).saturating_sub(value.text.as_ptr() as usize));
            if found.len() >= REFERENCES_MAX {
                let text = format!("references 最多引用{REFERENCES_MAX}条消息");
                return Err(Problem::new(code::LIMIT, at, text).in_field(value.name));
            }
            found.push(Reference { identifier: self.referred(token, at, value.name)?, at });
        }
        Ok(found)
    }

    fn separates(self, c: char) -> bool {
        c.is_whitespace() || (self == Self::National && matches!(c, ',' | '，' | ';' | '；'))
    }

    fn referred<'t>(self, token: &'t str, at: usize, field: &str) -> Result<&'t str, Problem> {
        if self == Self::National {
            return Ok(token);
        }
        let parts: Vec<&str> = token.split(',').collect();
        let [sender, identifier, sent] = parts[..] else { return Err(reference_problem(at, field)) };
        let time = Value { name: "references", text: sent, at };
        if sender.is_empty() || identifier.is_empty() || self.time(&time).is_err() {
            return Err(reference_problem(at, field));
        }
        Ok(identifier)
    }
}

fn reference_problem(at: usize, field: &str) -> Problem {
    let text = "references 中每条引用应为“sender,identifier,sent”三段，多条之间用空格分隔";
    Problem::new(code::REFERENCE_INVALID, at, text).in_field(field)
}

/// CAP 1.2, 3.2.1: an identifier or sender has no spaces, commas or restricted characters (`<` and `&`).
pub(crate) fn is_cap_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || matches!(c, ',' | '<' | '&'))
}

/// The time inside an identifier of the national profile, 29 or 31 characters; `None` where it has another shape.
pub(crate) fn national_time(identifier: &str) -> Option<UtcTime> {
    let mut parts = identifier.split('_');
    let (sender, time, number) = (parts.next()?, parts.next()?, parts.next());
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let numbered = number.is_none_or(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !digits(sender, SENDER_DIGITS) || !digits(time, TIME_DIGITS) || !numbered || parts.next().is_some() {
        return None;
    }
    UtcTime::parse_compact_beijing(time).ok()
}

/// Whether a text is a sender's code of the national profile.
pub(crate) fn is_sender_code(text: &str) -> bool {
    text.len() == SENDER_DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}
