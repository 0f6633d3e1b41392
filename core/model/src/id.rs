//! Identifiers: one type each, so that two of them cannot be swapped.

use std::fmt;
use std::str::FromStr;

use crate::Digest;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} \"{value}\" is not valid: {rule}")]
pub struct IdError {
    /// Which identifier was wanted.
    pub kind: &'static str,
    /// The text as it came, cut to 80 characters.
    pub value: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// Defines a checked text newtype that reads and writes as a plain string.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        pub struct $name(String);

        impl $name {
            /// Longest accepted text, in bytes.
            pub const BYTES_MAX: usize = $max;

            /// Parses and checks.
            ///
            /// # Errors
            /// [`IdError`] names the rule that the text breaks.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if text.is_empty() || text.len() > $max || !check(text) {
                    return Err(IdError {
                        kind: $kind,
                        value: text.chars().take(80).collect(),
                        rule: $rule,
                    });
                }
                Ok(Self(text.to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

fn is_slug(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
}

fn is_printable(text: &str) -> bool {
    !text.chars().any(char::is_control) && text.trim() == text
}

text_id!(
    /// An agency (部门/单位), such as `police` or `urban-management`; also the folder of its plugin.
    AgencyId,
    "agency id",
    48,
    "lower-case letters, digits and hyphens, starting with a letter, at most 48 bytes",
    is_slug
);
text_id!(
    /// A message, unique per sender. Chosen by the sender, or `sha256:…` of the bytes where it chose none.
    MessageId,
    "message id",
    128,
    "printable text without blanks at the ends, at most 128 bytes",
    is_printable
);
text_id!(
    /// A rule of the policy, such as `5.3.9-2-lost-contact`.
    RuleId,
    "rule id",
    80,
    "letters, digits, dots and hyphens, at most 80 bytes",
    |t| t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
);
text_id!(
    /// A clause of the measure: `5.3.9(2)` is 五（三）9（2）.
    ClauseId,
    "clause",
    24,
    "numbers joined by dots, then an optional number in brackets, such as 5.3.9(2)",
    is_clause
);
text_id!(
    /// A case number as officials read it: `TZ-2026-0000017`, after the intake number of its first message.
    CaseNumber,
    "case number",
    32,
    "letters, digits and hyphens, at most 32 bytes",
    |t| t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
);
text_id!(
    /// One dispatch of one case to one agency (派遣): the case number, `/`, and a counter.
    AssignmentId,
    "assignment id",
    48,
    "a case number, a slash and a number",
    |t| t.split_once('/').is_some_and(|(case, n)| CaseNumber::parse(case).is_ok()
        && !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
);

text_id!(
    /// A legal act: its case, a slash, `A` and its place, such as `TZ-2026-0000017/A1`.
    ActId,
    "act id",
    48,
    "a case number, a slash, A and a number",
    |t| t.split_once("/A").is_some_and(|(case, n)| CaseNumber::parse(case).is_ok()
        && !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
);
text_id!(
    /// The name that a person of the bureau signs in with, such as `wang-lan`.
    AccountName,
    "account name",
    48,
    "lower-case letters, digits and hyphens, starting with a letter, at most 48 bytes",
    is_slug
);

fn is_clause(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (path, item) = match text.split_once('(') {
        Some((path, rest)) => (path, rest.strip_suffix(')')),
        None => (text, Some("0")),
    };
    path.split('.').all(digits) && item.is_some_and(digits)
}

impl ClauseId {
    /// The clause as the measure prints it: `5.3.9(2)` becomes `五（三）9（2）`.
    #[must_use]
    pub fn to_chinese(&self) -> String {
        const NUMERALS: [&str; 11] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
        let numeral =
            |part: &str| part.parse::<usize>().ok().and_then(|n| NUMERALS.get(n).copied()).unwrap_or(part).to_owned();
        let (path, item) = match self.0.split_once('(') {
            Some((path, rest)) => (path, rest.strip_suffix(')')),
            None => (self.0.as_str(), None),
        };
        let mut text = String::new();
        for (level, part) in path.split('.').enumerate() {
            match level {
                0 => text.push_str(&numeral(part)),
                1 => text.push_str(&format!("（{}）", numeral(part))),
                _ => text.push_str(part),
            }
        }
        if let Some(item) = item {
            text.push_str(&format!("（{item}）"));
        }
        text
    }
}

impl CaseNumber {
    /// The number of the case that a message opens: the year (Beijing time), the intake number, and a suffix from the
    /// second case of the same message on. Deciding again gives the same number.
    #[must_use]
    pub fn for_intake(year: i16, seq: InboxSeq, nth: usize) -> Self {
        let base = format!("TZ-{year:04}-{:07}", seq.0);
        Self(if nth == 0 { base } else { format!("{base}-{}", nth.saturating_add(1)) })
    }
}

impl CaseNumber {
    /// The number of a case that an indicator (指标研判) opens: the year (Beijing time), `P`, and eight digits of a digest over what
    /// makes it the one it is. Judging again gives the same number.
    #[must_use]
    pub fn for_indicator(year: i16, of: &Digest) -> Self {
        let mut digits = of.to_hex();
        digits.truncate(8);
        Self(format!("TZ-{year:04}-P{}", digits.to_uppercase()))
    }
}

impl AssignmentId {
    /// The `nth` assignment (from 1) of a case.
    #[must_use]
    pub fn of(case: &CaseNumber, nth: usize) -> Self {
        Self(format!("{case}/{nth}"))
    }

    /// The case it belongs to.
    #[must_use]
    pub fn case_number(&self) -> CaseNumber {
        CaseNumber(self.0.split('/').next().unwrap_or_default().to_owned())
    }
}

impl ActId {
    /// The `nth` act (from 1) of a case.
    #[must_use]
    pub fn of(case: &CaseNumber, nth: usize) -> Self {
        Self(format!("{case}/A{nth}"))
    }

    /// The case it belongs to.
    #[must_use]
    pub fn case_number(&self) -> CaseNumber {
        CaseNumber(self.0.split('/').next().unwrap_or_default().to_owned())
    }

    /// Its place among the case's acts, from 1.
    #[must_use]
    pub fn nth(&self) -> usize {
        self.0.rsplit("/A").next().and_then(|nth| nth.parse().ok()).unwrap_or(usize::MAX)
    }
}

/// The intake number of a message: its place in the inbox, counted from 1, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct InboxSeq(pub i64);

impl fmt::Display for InboxSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_read_as_the_measure_prints_them() {
        for (id, chinese) in
            [("5.3.9(2)", "五（三）9（2）"), ("5.3.9", "五（三）9"), ("5.1.2", "五（一）2"), ("6.1", "六（一）")]
        {
            assert_eq!(ClauseId::parse(id).unwrap().to_chinese(), chinese);
        }
        for bad in ["", "5..9", "5.3.9(", "5.3.9()", "五", "5.3.9(2", "5.3.9(2)x"] {
            assert!(ClauseId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_refuse_what_breaks_their_rule() {
        assert!(AgencyId::parse("urban-management").is_ok());
        for bad in ["", "Police", "-a", "a-", "a b", "警", &"a".repeat(49)] {
            assert!(AgencyId::parse(bad).is_err(), "{bad}");
        }
        assert!(MessageId::parse("工单 7").is_ok());
        for bad in [" a", "a\n", ""] {
            assert!(MessageId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn case_and_assignment_numbers_derive_from_the_intake_number() {
        let case = CaseNumber::for_intake(2026, InboxSeq(17), 0);
        assert_eq!(case.as_str(), "TZ-2026-0000017");
        assert_eq!(CaseNumber::for_intake(2026, InboxSeq(17), 1).as_str(), "TZ-2026-0000017-2");
        let assignment = AssignmentId::of(&case, 2);
        assert_eq!(assignment.as_str(), "TZ-2026-0000017/2");
        assert_eq!(assignment.case_number(), case);
        assert!(AssignmentId::parse("TZ-2026-0000017").is_err());
        let act = ActId::of(&case, 1);
        assert_eq!((act.as_str(), act.nth(), act.case_number()), ("TZ-2026-0000017/A1", 1, case));
        assert!(ActId::parse("TZ-2026-0000017/1").is_err());
        assert!(ActId::parse(act.as_str()).is_ok());
    }
}
