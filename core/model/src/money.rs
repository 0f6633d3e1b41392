//! Money in whole fen, and decimals that keep the text they came as. No float touches either.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Not a plain decimal.
    #[error("“{0}”不是金额或数值，应为不带单位和千分位的十进制数")]
    NotDecimal(String),
    /// Does not come out in whole fen.
    #[error("金额“{0}”折算后不足一分，请核对小数位")]
    BelowFen(String),
    /// Too large.
    #[error("金额“{0}”超出可表示范围")]
    Range(String),
}

/// An amount in fen (分).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// Reads an amount in yuan (元).
    ///
    /// # Errors
    /// [`AmountError`] when it is no decimal, not in whole fen, or too large.
    pub fn from_yuan(text: &str) -> Result<Self, AmountError> {
        Self::scaled(text, Decimal::new(100, 0))
    }

    /// Reads an amount in 万元, as 双公示 writes it with six decimals.
    ///
    /// # Errors
    /// As [`Fen::from_yuan`].
    pub fn from_wan_yuan(text: &str) -> Result<Self, AmountError> {
        Self::scaled(text, Decimal::new(1_000_000, 0))
    }

    /// The amount in 万元 with six decimals.
    #[must_use]
    pub fn to_wan_yuan(self) -> String {
        Decimal::new(self.0, 6).to_string()
    }

    fn scaled(text: &str, unit: Decimal) -> Result<Self, AmountError> {
        let amount = DecimalText::parse(text)?.0;
        let amount = Decimal::from_str(&amount).map_err(|_| AmountError::NotDecimal(cut(text)))?;
        let fen = amount.checked_mul(unit).ok_or_else(|| AmountError::Range(cut(text)))?;
        if !fen.fract().is_zero() {
            return Err(AmountError::BelowFen(cut(text)));
        }
        fen.to_i64().map(Self).ok_or_else(|| AmountError::Range(cut(text)))
    }
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A decimal number as it was written, such as `7.30`: checked, never rounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct DecimalText(String);

/// Longest decimal text: 28 digits, sign and point.
const DECIMAL_BYTES_MAX: usize = 30;

impl DecimalText {
    /// Reads digits with an optional sign and point; surrounding blanks are dropped.
    ///
    /// # Errors
    /// [`AmountError::NotDecimal`] for anything else, exponents included.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let trimmed = text.trim();
        let unsigned = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits(whole) && digits(fraction) && trimmed.len() <= DECIMAL_BYTES_MAX {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(AmountError::NotDecimal(cut(text)))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DecimalText {
    type Error = AmountError;
    fn try_from(text: String) -> Result<Self, AmountError> {
        Self::parse(&text)
    }
}

impl Serialize for DecimalText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl From<DecimalText> for String {
    fn from(decimal: DecimalText) -> Self {
        decimal.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_convert_without_floats() {
        for (text, fen) in [("0.000001", 1), ("29.800000", 29_800_000), ("1", 1_000_000), ("-0.5", -500_000)] {
            assert_eq!(Fen::from_wan_yuan(text), Ok(Fen(fen)), "{text}");
        }
        assert_eq!(Fen::from_yuan("2980.00"), Ok(Fen(298_000)));
        assert_eq!(Fen(29_800_000).to_wan_yuan(), "29.800000");
        assert_eq!(Fen::from_yuan("0.001"), Err(AmountError::BelowFen("0.001".into())));
        assert_eq!(Fen::from_wan_yuan("99999999999999999999"), Err(AmountError::Range("99999999999999999999".into())));
        for bad in ["", "1,000", "1e3", "１", "1.", ".5", "NaN", "--1"] {
            assert!(matches!(Fen::from_yuan(bad), Err(AmountError::NotDecimal(_))), "{bad}");
        }
    }

    #[test]
    fn decimals_keep_their_text() {
        assert_eq!(DecimalText::parse(" 7.30 ").unwrap().as_str(), "7.30");
    }
}
