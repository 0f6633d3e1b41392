//! Town codes (乡级), nine digits, GB/T 10114, and the aliases that old data still carries.
//!
//! The list of towns is data (`config/codes/towns.toml`); here is only the shape.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// A nine-digit town code: six digits of GB/T 2260 and three of GB/T 10114. Old codes are kept as they came;
/// [`TownTable::resolve`] gives today's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct TownCode(String);

/// Why a text is not a town code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("乡镇街道代码应为9位数字（或12位统计用区划代码），实为“{0}”")]
pub struct TownCodeError(pub String);

impl TownCode {
    /// Reads nine digits, or the first nine of a twelve-digit statistical code.
    ///
    /// # Errors
    /// [`TownCodeError`] with the text, cut to 40 characters.
    pub fn parse(text: &str) -> Result<Self, TownCodeError> {
        let trimmed = text.trim();
        let digits = trimmed.bytes().all(|b| b.is_ascii_digit());
        match (digits, trimmed.len(), trimmed.get(..9)) {
            (true, 9 | 12, Some(nine)) => Ok(Self(nine.to_owned())),
            _ => Err(TownCodeError(text.chars().take(40).collect())),
        }
    }

    /// The nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TownCode {
    type Error = TownCodeError;
    fn try_from(text: String) -> Result<Self, TownCodeError> {
        Self::parse(&text)
    }
}

impl Serialize for TownCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl From<TownCode> for String {
    fn from(code: TownCode) -> Self {
        code.0
    }
}

/// One town of the district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// Today's code.
    pub code: TownCode,
    /// Today's name.
    pub name: String,
    /// Codes that older data carries for it.
    #[serde(default)]
    pub old_codes: Vec<TownCode>,
    /// Names that are also in use.
    #[serde(default)]
    pub other_names: Vec<String>,
}

/// The towns of the district, as configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TownTable {
    /// Where the list comes from.
    #[serde(default)]
    pub source: String,
    /// The towns.
    #[serde(default, rename = "town")]
    pub towns: Vec<Town>,
}

impl TownTable {
    /// The town that a code, old or new, stands for.
    #[must_use]
    pub fn resolve(&self, code: &TownCode) -> Option<&Town> {
        self.towns.iter().find(|town| town.code == *code || town.old_codes.contains(code))
    }

    /// The town that a name stands for.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Town> {
        let name = name.trim();
        self.towns.iter().find(|town| town.name == name || town.other_names.iter().any(|other| other == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_nine_or_twelve_digits_are_read() {
        assert_eq!(TownCode::parse("110112106000").unwrap().as_str(), "110112106");
        for bad in ["11011210", "1101121060", "", "11011210X", "１１０１１２１０６"] {
            assert!(TownCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn old_codes_and_names_resolve_to_todays_town() {
        let table = TownTable {
            source: String::new(),
            towns: vec![Town {
                code: TownCode::parse("110112120").unwrap(),
                name: "永顺镇".into(),
                old_codes: vec![TownCode::parse("110112005").unwrap()],
                other_names: vec!["永顺地区".into()],
            }],
        };
        let old = TownCode::parse("110112005").unwrap();
        assert_eq!(table.resolve(&old).unwrap().name, "永顺镇");
        assert_eq!(table.by_name("永顺地区").unwrap().code.as_str(), "110112120");
        assert_eq!(table.resolve(&TownCode::parse("110112999").unwrap()), None);
    }
}
