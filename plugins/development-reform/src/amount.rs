//! Amounts in 万元 with six decimals, as 双公示 writes them: decimal digits to whole fen, without a float.

use xiezhi_formats::fields::Value;
use xiezhi_sdk::model::money::{AmountError, Fen};

use crate::problem::{Problem, code};

/// Decimals of 万元: the sixth is a fen.
const DECIMALS_MAX: usize = 6;
/// Digits before the point: decimal(22,6), from memory.
const WHOLE_DIGITS_MAX: usize = 16;

/// Reads an amount: unsigned, at most six decimals, and within what fen can count.
pub(crate) fn wan_yuan(value: &Value<'_>) -> Result<Fen, Problem> {
    let invalid = |what: &str| value.problem(code::AMOUNT_INVALID, format!("{}{what}", value.name));
    let (whole, decimals) = value.text.split_once('.').unwrap_or((value.text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if value.text.starts_with('-') {
        return Err(invalid("是负数：金额应大于或等于零"));
    }
    if !digits(whole) || !digits(decimals) {
        return Err(invalid("应为以万元为单位的数字，不带单位、符号和千分位，例如 2.000000"));
    }
    if decimals.len() > DECIMALS_MAX {
        return Err(invalid("的小数超过6位：以万元为单位，第6位小数已是1分"));
    }
    let range = || {
        let text = format!("{}过大：请确认单位是万元而不是元", value.name);
        value.problem(code::AMOUNT_RANGE, text)
    };
    if whole.len() > WHOLE_DIGITS_MAX {
        return Err(range());
    }
    Fen::from_wan_yuan(value.text).map_err(|error| match error {
        AmountError::Range(_) => range(),
        _ => invalid("不是以万元为单位的数字"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousands_of_yuan_become_whole_fen() {
        fn read(text: &str) -> Result<Fen, Problem> {
            wan_yuan(&Value { name: "CF_NR_FK", text, at: 7 })
        }
        for (text, fen) in [
            ("0.000001", 1),
            ("0.000000", 0),
            ("0", 0),
            ("2.000000", 2_000_000),
            ("2", 2_000_000),
            ("29.8", 29_800_000),
            ("0.1", 100_000),
            ("0.7", 700_000),
            ("1.005", 1_005_000),
            ("4.35", 4_350_000),
            ("0.000009", 9),
            ("0000000000000001", 1_000_000),
            ("9223372036854.775807", i64::MAX),
        ] {
            assert_eq!(read(text), Ok(Fen(fen)), "{text}");
            let written = Fen(fen).to_wan_yuan();
            assert_eq!(read(&written), Ok(Fen(fen)), "{text} is written as {written}");
        }
        for (text, code) in [
            ("9223372036854.775808", code::AMOUNT_RANGE),
            ("9999999999999999.999999", code::AMOUNT_RANGE),
            ("10000000000000000", code::AMOUNT_RANGE),
            ("99999999999999999999999999999999999999999", code::AMOUNT_RANGE),
            ("0.0000001", code::AMOUNT_INVALID),
            ("2.0000000", code::AMOUNT_INVALID),
            ("-0.5", code::AMOUNT_INVALID),
            ("-0", code::AMOUNT_INVALID),
            ("+1", code::AMOUNT_INVALID),
            ("1,000.00", code::AMOUNT_INVALID),
            ("2万元", code::AMOUNT_INVALID),
            ("２", code::AMOUNT_INVALID),
            ("1e3", code::AMOUNT_INVALID),
            ("1.", code::AMOUNT_INVALID),
            (".5", code::AMOUNT_INVALID),
            ("1.2.3", code::AMOUNT_INVALID),
            ("NaN", code::AMOUNT_INVALID),
            ("", code::AMOUNT_INVALID),
        ] {
            let problem = read(text).unwrap_err();
            assert_eq!((problem.code, problem.at), (code, 7), "{text}");
        }
    }
}
