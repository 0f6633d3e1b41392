//! Finding personal numbers in texts that are to leave for the publicity system: 公民身份号码 in any of them, mobile telephone
//! numbers and the identity numbers of before 1999 in what an officer wrote freely.

use xiezhi_formats::cell::half_width;
use xiezhi_sdk::model::CivilDate;
use xiezhi_sdk::model::personal::IdNumber;

/// Length of an identity number.
const ID_CHARS: usize = 18;
/// Length of an identity number of before 1999: a year of two digits, no check character.
const OLD_ID_DIGITS: usize = 15;
/// Length of a mobile telephone number.
const MOBILE_DIGITS: usize = 11;

/// Whether an identity number stands in a text: 18 characters with a birth date and a right check character, full width and
/// divided by blanks or hyphens too. A credit code of digits only has no date in that place.
pub(crate) fn holds_identity_number(text: &str) -> bool {
    let mut run: Vec<char> = Vec::new();
    for c in text.chars().map(half_width).filter(|c| !c.is_whitespace() && *c != '-') {
        match c.to_ascii_uppercase() {
            digit if digit.is_ascii_digit() => run.push(digit),
            'X' => {
                run.push('X');
                if ends_in_number(&run) {
                    return true;
                }
                run.clear();
            }
            _ => run.clear(),
        }
        if ends_in_number(&run) {
            return true;
        }
    }
    false
}

/// Whether a mobile telephone number, or an identity number of before 1999, stands in a text: a number of its own, full width and
/// divided by blanks or hyphens too, with or without +86. It cannot be told from another number of that form, such as an amount of
/// eleven digits: whoever means one writes it otherwise.
pub(crate) fn holds_other_personal_number(text: &str) -> bool {
    let mut digits = String::new();
    // Where in `digits` a group begins.
    let mut starts = Vec::new();
    let mut in_group = false;
    for c in text.chars().map(half_width).chain(['。']) {
        if c.is_ascii_digit() {
            if !in_group {
                starts.push(digits.len());
            }
            digits.push(c);
        } else if !(c.is_whitespace() || c == '-') {
            if is_personal(&digits, &starts) {
                return true;
            }
            digits.clear();
            starts.clear();
        }
        in_group = c.is_ascii_digit();
    }
    false
}

/// Whether some of the groups of digits are together a personal number.
fn is_personal(digits: &str, starts: &[usize]) -> bool {
    let ends_group = |end: usize| end == digits.len() || starts.contains(&end);
    let number = |start: usize, length: usize| {
        digits.get(start..start.saturating_add(length)).filter(|_| ends_group(start.saturating_add(length)))
    };
    starts.iter().any(|&start| {
        let abroad = digits.get(start..).is_some_and(|rest| rest.starts_with("86")).then_some(start.saturating_add(2));
        let is_mobile = [Some(start), abroad].into_iter().flatten().any(|start| {
            number(start, MOBILE_DIGITS).is_some_and(|number| matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..]))
        });
        is_mobile || number(start, OLD_ID_DIGITS).is_some_and(is_old_identity_number)
    })
}

fn is_old_identity_number(number: &str) -> bool {
    let birth = number.get(6..12).map(|birth| CivilDate::parse_compact(&format!("19{birth}")));
    // The first digit of a division code (GB/T 2260) is 1 to 6, or 8.
    matches!(number.as_bytes().first(), Some(b'1'..=b'6' | b'8')) && birth.is_some_and(|birth| birth.is_ok())
}

fn ends_in_number(run: &[char]) -> bool {
    let Some(start) = run.len().checked_sub(ID_CHARS) else { return false };
    let number: String = run.iter().skip(start).collect();
    let birth = number.get(6..14).and_then(|birth| CivilDate::parse_compact(birth).ok());
    birth.is_some_and(|birth| (1800..=2200).contains(&birth.year())) && IdNumber::parse(&number).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_are_found_however_they_are_written() {
        for (text, expected) in [
            ("法定代表人测试甲，110112190001010013。", true),
            ("１１０１１２１９０００１０１００１３", true),
            ("110112 19000101 0013", true),
            ("编号7110112190001010013", true),
            ("11010519491231002x", true),
            ("110112********0013", false),
            ("110112190001010014", false),
            ("91110112MAYYT00167", false),
            // A credit code of digits only, and a registration number.
            ("911100001000013428", false),
            ("330203000030639", false),
            ("（京通）市监异列〔2026〕第00123号", false),
            ("", false),
        ] {
            assert_eq!(holds_identity_number(text), expected, "{text}");
        }
    }

    #[test]
    fn mobile_and_old_identity_numbers_are_found_where_they_stand_alone() {
        for (text, expected) in [
            ("法定代表人来电（13800138000），已恢复联系", true),
            ("138 0013 8000", true),
            ("138-0013-8000。", true),
            ("＋８６１３８００１３８０００", true),
            ("+86 138 0013 8000", true),
            ("2026-09-24 13800138000", true),
            ("110112490101001", true),
            ("（京通）市监异列〔2026〕第00123号", false),
            ("2026年9月24日10时，邮件号1380013800012无人签收", false),
            ("91110112MAYYT00167", false),
            ("注册号330203000030639", false),
            ("010-69540000", false),
            ("12345678901", false),
            ("", false),
        ] {
            assert_eq!(holds_other_personal_number(text), expected, "{text}");
        }
    }
}
