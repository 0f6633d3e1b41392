//! Codes and names that our own designs share, whatever they travel in: roles, results, outcomes, numbers to be copied.
//!
//! Written and read in one place, so that an agency that knows one of the formats knows the others. A standard's codes are the
//! plugin's matter.

use xiezhi_sdk::model::AssignmentId;
use xiezhi_sdk::model::place::Datum;
use xiezhi_sdk::model::record::{FeedbackResult, ReceiptOutcome};

use crate::fields::Value;
use crate::{Problem, code};

/// Code and name of an agency's role in an assignment. A role beside the two is the policy's own word for it.
#[must_use]
pub fn role(role: &str) -> (&'static str, &str) {
    match role {
        "lead" => ("1", "主办"),
        "co" => ("2", "协办"),
        other => ("9", other),
    }
}

/// The name of a datum.
#[must_use]
pub fn datum(datum: Datum) -> &'static str {
    match datum {
        Datum::Cgcs2000 => "CGCS2000",
        Datum::Wgs84 => "WGS84",
    }
}

/// Code and name of a receipt's outcome.
#[must_use]
pub fn outcome(outcome: ReceiptOutcome) -> (&'static str, &'static str) {
    match outcome {
        ReceiptOutcome::Accepted => ("1", "全部接收"),
        ReceiptOutcome::Partial => ("2", "部分接收"),
        ReceiptOutcome::Refused => ("3", "拒收"),
    }
}

/// Reads the code of a receipt's outcome. `meaning` is what the field is called in Chinese, here and below.
///
/// # Errors
/// `code-unknown`.
pub fn read_outcome(value: &Value<'_>, meaning: &str) -> Result<ReceiptOutcome, Problem> {
    match value.text {
        "1" => Ok(ReceiptOutcome::Accepted),
        "2" => Ok(ReceiptOutcome::Partial),
        "3" => Ok(ReceiptOutcome::Refused),
        _ => {
            let text = format!("{meaning} {} 应为：1 全部接收、2 部分接收、3 拒收", value.name);
            Err(value.problem(code::CODE_UNKNOWN, text))
        }
    }
}

/// Reads the code of what became of an assignment.
///
/// # Errors
/// `code-unknown`.
pub fn read_result(value: &Value<'_>, meaning: &str) -> Result<FeedbackResult, Problem> {
    match value.text {
        "1" => Ok(FeedbackResult::Accepted),
        "2" => Ok(FeedbackResult::Returned),
        "3" => Ok(FeedbackResult::InProgress),
        "4" => Ok(FeedbackResult::Done),
        _ => {
            let text = format!("{meaning} {} 应为：1 已接收、2 退回、3 办理中、4 已办结", value.name);
            Err(value.problem(code::CODE_UNKNOWN, text))
        }
    }
}

/// Reads the number of an assignment, which the sender copies from the field `copied` of our message.
///
/// # Errors
/// `number-invalid`.
pub fn read_assignment(value: &Value<'_>, meaning: &str, copied: &str) -> Result<AssignmentId, Problem> {
    AssignmentId::parse(value.text).map_err(|_| {
        let text = format!("{meaning} {} 应照抄派遣报文中的 {copied}，例如 TZ-2026-0000017/1", value.name);
        value.problem(code::NUMBER_INVALID, text)
    })
}

/// Reads the number of a row.
///
/// # Errors
/// `number-invalid`.
pub fn read_row_number(value: &Value<'_>) -> Result<u32, Problem> {
    value.text.parse::<u32>().ok().filter(|&row| row >= 1).ok_or_else(|| {
        let text = format!("行号 {} 应为从1开始的整数", value.name);
        value.problem(code::NUMBER_INVALID, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for known in [ReceiptOutcome::Accepted, ReceiptOutcome::Partial, ReceiptOutcome::Refused] {
            let value = Value { name: "JG", text: outcome(known).0, at: 0 };
            assert_eq!(read_outcome(&value, "结果").unwrap(), known);
        }
    }

    #[test]
    fn a_wrong_code_is_named_with_the_right_ones() {
        let value = Value { name: "JG", text: "0", at: 7 };
        for (problem, text) in [
            (read_outcome(&value, "结果").unwrap_err(), "结果 JG 应为：1 全部接收、2 部分接收、3 拒收"),
            (read_result(&value, "结果").unwrap_err(), "结果 JG 应为：1 已接收、2 退回、3 办理中、4 已办结"),
            (read_row_number(&value).unwrap_err(), "行号 JG 应为从1开始的整数"),
        ] {
            assert_eq!((problem.at, problem.text.as_str(), problem.field.as_deref()), (7, text, Some("JG")));
        }
        let slashes = Value { text: "a b", ..value };
        assert_eq!(read_assignment(&slashes, "编号", "PQBH").unwrap_err().code, code::NUMBER_INVALID);
    }
}
