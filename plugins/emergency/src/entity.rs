//! Whom an alert is about: its parameters say so, or the one unified social credit code in its text.

use xiezhi_formats::cell::half_width;
use xiezhi_sdk::model::personal::IdNumber;
use xiezhi_sdk::model::uscc::UsccError;
use xiezhi_sdk::model::{Uscc, uscc};

/// What a text holds of unified social credit codes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The valid ones, each once, in the order of the text.
    pub(crate) valid: Vec<Uscc>,
    /// How many look like one but for their check character.
    pub(crate) damaged: usize,
}

impl Found {
    /// The code, where there is exactly one.
    pub(crate) fn only(&self) -> Option<&Uscc> {
        match &self.valid[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Looks for codes in texts: a run of exactly 18 letters and digits, full-width ones included, with the right shape and check
/// character. A resident's identity number, also 18 long, is none even where its last digit happens to fit.
pub(crate) fn codes_in<'t>(texts: impl IntoIterator<Item = &'t str>) -> Found {
    let mut found = Found::default();
    for text in texts {
        let mut run = String::new();
        for c in text.chars().map(half_width).chain(std::iter::once(' ')) {
            if c.is_ascii_alphanumeric() {
                run.push(c.to_ascii_uppercase());
            } else {
                take(&run, &mut found);
                run.clear();
            }
        }
    }
    found
}

fn take(run: &str, found: &mut Found) {
    if run.len() != uscc::LENGTH || is_identity_number(run) {
        return;
    }
    match Uscc::parse(run) {
        Ok(code) if !found.valid.contains(&code) => found.valid.push(code),
        Ok(_) => {}
        Err(UsccError::CheckCharacter { .. }) => found.damaged = found.damaged.saturating_add(1),
        Err(_) => {}
    }
}

/// Whether 18 characters are a resident's number. A code in digits alone passes its check once in eleven times, so the place
/// (no province begins with 9, codes of enterprises do) and the century of birth are looked at, too.
fn is_identity_number(run: &str) -> bool {
    let century = run.get(6..8).is_some_and(|century| matches!(century, "18" | "19" | "20"));
    !run.starts_with('9') && century && IdNumber::parse(run).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_with_the_right_check_character_are_found() {
        let code = "91110112MAYYT00167";
        for (text, valid, damaged) in [
            ("统一社会信用代码：91110112MAYYT00167；问题", vec![code], 0),
            ("代码９１１１０１１２ＭＡＹＹＴ００１６７。", vec![code], 0),
            ("91110112mayyt00167 91110112MAYYT00167", vec![code], 0),
            ("X91110112MAYYT00167", vec![], 0),
            ("91110112MAYYT00160", vec![], 1),
            ("91110112MAYYT00167、91110112MAYYT00242", vec![code, "91110112MAYYT00242"], 0),
            // An identity number of the samples.
            ("110112190001010013", vec![], 0),
            ("9.11101E+17", vec![], 0),
            ("", vec![], 0),
        ] {
            let found = codes_in([text]);
            let codes: Vec<&str> = found.valid.iter().map(Uscc::as_str).collect();
            assert_eq!((codes, found.damaged), (valid, damaged), "{text}");
        }
    }

    #[test]
    fn real_codes_are_found_in_a_sentence() {
        let table = include_str!("../../../tests/samples/16-uscc-valid.tsv");
        for (code, name) in table.lines().filter_map(|line| line.split_once('\t')) {
            let found = codes_in([format!("{name}（{code}）无人办公").as_str()]);
            assert_eq!(found.only().map(Uscc::as_str), Some(code), "{name}");
        }
    }
}
