//! Finding 公民身份号码 in texts that are to become public: none may leave for the publicity system.

use xiezhi_formats::cell::half_width;
use xiezhi_sdk::model::CivilDate;
use xiezhi_sdk::model::personal::IdNumber;

/// Length of an identity number.
const ID_CHARS: usize = 18;

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
}
