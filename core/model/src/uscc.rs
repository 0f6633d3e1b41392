//! Unified social credit codes (统一社会信用代码), GB 32100-2015, and the organisation codes inside, GB 11714.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// The 31 characters of GB 32100: I, O, Z, S and V never occur; a character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^(i-1) mod 31 for positions 1 to 17.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// GB 11714 weights of the eight body characters.
const BODY_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Length of a code.
pub const LENGTH: usize = 18;

/// A code whose shape and check character (mod 31, position 18) are right.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct Uscc(String);

/// Why a text is not a code, in words that a clerk can act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UsccError {
    /// Not 18 characters.
    #[error("统一社会信用代码应为18位，实为{0}位")]
    Length(usize),
    /// A spreadsheet turned it into a number.
    #[error("统一社会信用代码被电子表格改成了科学计数法，原值已丢失，请按文本格式重新填报")]
    ScientificNotation,
    /// A character that the alphabet lacks.
    #[error("统一社会信用代码第{position}位“{found}”不是有效字符（不使用 I、O、Z、S、V）")]
    Character {
        /// Position, from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// Positions 3 to 8 must be digits (GB/T 2260 code of the registering authority).
    #[error("统一社会信用代码第{0}位应为数字（登记管理机关行政区划码）")]
    Region(usize),
    /// Check character wrong.
    #[error("统一社会信用代码校验位错误：第18位应为“{expected}”，实为“{found}”，请核对原件")]
    CheckCharacter {
        /// What mod 31 gives.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl UsccError {
    /// Stable fault code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length(_) => "uscc.length",
            Self::ScientificNotation => "uscc.scientific-notation",
            Self::Character { .. } => "uscc.character",
            Self::Region(_) => "uscc.region",
            Self::CheckCharacter { .. } => "uscc.check-character",
        }
    }
}

/// A right code that still deserves a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsccWarning {
    /// Position 17 does not fit positions 9 to 16 by GB 11714 (mod 11).
    OrganisationCheck,
}

impl Uscc {
    /// Reads a code as people and spreadsheets damage it: lower case, full-width characters, blanks, tabs and an
    /// apostrophe around it are mended; anything else is refused.
    ///
    /// # Errors
    /// [`UsccError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, UsccError> {
        let mended: String = text
            .chars()
            .map(half_width)
            .filter(|c| !c.is_whitespace() && !matches!(c, '\u{feff}' | '\u{200b}'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let mended = mended.trim_matches(|c| matches!(c, '\'' | '‘' | '’' | '`'));
        if is_scientific(mended) {
            return Err(UsccError::ScientificNotation);
        }
        let length = mended.chars().count();
        if length != LENGTH {
            return Err(UsccError::Length(length));
        }
        let mut sum = 0;
        let mut last = (0, ' ');
        for (index, found) in mended.chars().enumerate() {
            let position = index + 1;
            let value = value_of(found).ok_or(UsccError::Character { position, found })?;
            if (3..=8).contains(&position) && !found.is_ascii_digit() {
                return Err(UsccError::Region(position));
            }
            sum += WEIGHTS.get(index).map_or(0, |weight| weight * value);
            last = (value, found);
        }
        // The second remainder matters: without it a sum divisible by 31 asks for a 32nd character, and every code
        // that ends in 0 is refused.
        let wanted = (31 - sum % 31) % 31;
        if last.0 != wanted {
            let expected = ALPHABET.get(wanted as usize).map_or('?', |&b| char::from(b));
            return Err(UsccError::CheckCharacter { expected, found: last.1 });
        }
        Ok(Self(mended.to_owned()))
    }

    /// The 18 characters, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is suspicious about the code although mod 31 holds.
    #[must_use]
    pub fn warning(&self) -> Option<UsccWarning> {
        let body = self.0.get(8..16)?;
        let check = self.0.chars().nth(16)?;
        (organisation_check(body)? != check).then_some(UsccWarning::OrganisationCheck)
    }
}

/// The check character of an organisation code's eight body characters (GB 11714, mod 11).
#[must_use]
pub fn organisation_check(body: &str) -> Option<char> {
    if body.len() != BODY_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in body.chars().zip(BODY_WEIGHTS) {
        sum += c.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

fn value_of(c: char) -> Option<u32> {
    ALPHABET.iter().position(|&b| char::from(b) == c).and_then(|place| u32::try_from(place).ok())
}

/// Full-width ASCII (U+FF01..U+FF5E) and the ideographic space to half width.
fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits(mantissa) && digits(exponent)
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Uscc {
    type Error = UsccError;
    fn try_from(text: String) -> Result<Self, UsccError> {
        Self::parse(&text)
    }
}

impl Serialize for Uscc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl From<Uscc> for String {
    fn from(code: Uscc) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = include_str!("../../../tests/samples/16-uscc-valid.tsv");
    const DAMAGED: &str = include_str!("../../../tests/samples/neg/uscc-cases.tsv");

    #[test]
    fn public_codes_pass_both_checks() {
        let mut seen = 0;
        for line in VALID.lines() {
            let code = line.split('\t').next().unwrap();
            let parsed = Uscc::parse(code).unwrap_or_else(|error| panic!("{code}: {error}"));
            assert_eq!(parsed.as_str(), code);
            assert_eq!(parsed.warning(), None, "{code}");
            seen += 1;
        }
        assert_eq!(seen, 25);
    }

    #[test]
    fn the_standards_counter_example_is_refused() {
        assert_eq!(Uscc::parse("91350100M000100Y4Z").unwrap_err().code(), "uscc.character", "Z is not in the alphabet");
    }

    #[test]
    fn damaged_codes_are_mended_or_refused_with_the_reason() {
        let expected = [
            ("wrong check char", Err("uscc.check-character")),
            ("transposed 10/11", Err("uscc.check-character")),
            ("letter O for 0", Err("uscc.character")),
            ("contains I", Err("uscc.character")),
            ("lower case (normalise, accept)", Ok(None)),
            ("full-width digits (normalise, accept)", Ok(None)),
            ("17 chars", Err("uscc.length")),
            ("mod-31 right, mod-11 wrong", Ok(Some(UsccWarning::OrganisationCheck))),
        ];
        let rows: Vec<_> = DAMAGED.lines().filter_map(|line| line.split_once('\t')).collect();
        assert_eq!(rows.len(), expected.len());
        for ((label, code), (name, outcome)) in rows.into_iter().zip(expected) {
            assert_eq!(label, name);
            let got = Uscc::parse(code).map(|parsed| parsed.warning()).map_err(|error| error.code());
            assert_eq!(got, outcome, "{label}");
        }
    }

    #[test]
    fn spreadsheet_damage() {
        for mended in
            ["'91110112MAYYT00167", "\t91110112MAYYT00167 ", "91110112 MAYYT0016 7", "\u{feff}91110112MAYYT00167"]
        {
            assert_eq!(Uscc::parse(mended).unwrap().as_str(), "91110112MAYYT00167", "{mended:?}");
        }
        assert_eq!(Uscc::parse("9.11101E+17"), Err(UsccError::ScientificNotation));
        assert_eq!(Uscc::parse(""), Err(UsccError::Length(0)));
        assert_eq!(Uscc::parse("9111A112MAYYT00167"), Err(UsccError::Region(5)));
    }

    #[test]
    fn organisation_codes_of_the_standard() {
        assert_eq!(organisation_check("D2143569"), Some('X'));
        assert_eq!(organisation_check("71526726"), Some('X'));
        assert_eq!(organisation_check("7152672"), None);
    }
}
