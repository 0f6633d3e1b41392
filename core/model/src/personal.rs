//! Personal data: kept whole for those who must act on it, masked in everything that is shown or logged.
//!
//! `Display` and `Debug` mask; only the method [`PersonName::reveal`] or [`IdNumber::reveal`] and JSON (which goes to
//! the store and to plugins, not to logs) give the whole value.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// Defines a text newtype whose `Debug` and `Display` mask the value.
macro_rules! personal_text {
    ($(#[$doc:meta])* $name:ident, $mask:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        pub struct $name(String);

        impl $name {
            /// The whole value, for a message to an agency that is entitled to it.
            #[must_use]
            pub fn reveal(&self) -> &str {
                &self.0
            }

            /// The value as it may be shown.
            #[must_use]
            pub fn masked(&self) -> String {
                let mask: fn(&str) -> String = $mask;
                mask(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

personal_text!(
    /// A person's name: shown as the first character and a star for each other one.
    PersonName,
    |name| name.chars().enumerate().map(|(i, c)| if i == 0 { c } else { '*' }).collect()
);
personal_text!(
    /// 公民身份号码, GB 11643, 18 characters with a right check character: shown as `110112********0013`.
    IdNumber,
    |number| {
        let head = number.get(..6).unwrap_or_default();
        let tail = number.get(14..).unwrap_or_default();
        format!("{head}********{tail}")
    }
);

/// Why a text is not personal data of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PersonalError {
    /// Empty or longer than 100 characters.
    #[error("姓名为空或超过100字")]
    Name,
    /// Not 17 digits and a digit or X.
    #[error("公民身份号码应为17位数字加1位数字或X")]
    IdShape,
    /// Check character wrong.
    #[error("公民身份号码校验位错误，请核对原件")]
    IdCheck,
}

impl PersonName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`PersonalError::Name`].
    pub fn parse(text: &str) -> Result<Self, PersonalError> {
        let name = text.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(PersonalError::Name);
        }
        Ok(Self(name.to_owned()))
    }
}

impl IdNumber {
    /// Reads a number and checks its last character.
    ///
    /// # Errors
    /// [`PersonalError::IdShape`] or [`PersonalError::IdCheck`]; neither holds the number.
    pub fn parse(text: &str) -> Result<Self, PersonalError> {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        const CHECK: &[u8; 11] = b"10X98765432";
        let number = text.trim().to_ascii_uppercase();
        let last = number.chars().nth(17).ok_or(PersonalError::IdShape)?;
        if number.chars().count() != 18 {
            return Err(PersonalError::IdShape);
        }
        let mut sum = 0;
        for (c, weight) in number.chars().zip(WEIGHTS) {
            sum += c.to_digit(10).ok_or(PersonalError::IdShape)? * weight;
        }
        let wanted = CHECK.get((sum % 11) as usize).copied().map(char::from);
        if wanted == Some(last) { Ok(Self(number)) } else { Err(PersonalError::IdCheck) }
    }
}

impl TryFrom<String> for PersonName {
    type Error = PersonalError;
    fn try_from(text: String) -> Result<Self, PersonalError> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for IdNumber {
    type Error = PersonalError;
    fn try_from(text: String) -> Result<Self, PersonalError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass_and_are_masked() {
        for number in ["11010519491231002X", "440524188001010014", "110112190001060061"] {
            let parsed = IdNumber::parse(number).unwrap();
            assert_eq!(parsed.reveal(), number);
            assert!(!format!("{parsed} {parsed:?}").contains(&number[6..14]));
        }
        assert_eq!(IdNumber::parse("110112190001010013").unwrap().masked(), "110112********0013");
        assert_eq!(IdNumber::parse("110112190001010014"), Err(PersonalError::IdCheck));
        assert_eq!(IdNumber::parse("1101121900010100"), Err(PersonalError::IdShape));
        assert_eq!(IdNumber::parse("11010519491231002Ｘ"), Err(PersonalError::IdCheck));
    }

    #[test]
    fn names_show_their_first_character_only() {
        let name = PersonName::parse(" 测试㛃 ").unwrap();
        assert_eq!((name.reveal(), name.masked().as_str()), ("测试㛃", "测**"));
        assert_eq!(PersonName::parse("  "), Err(PersonalError::Name));
    }
}
