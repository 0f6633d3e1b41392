//! What the rows about an entity share: who it is, and the members that have no place in the record.
//!
//! Only members of the published schema are kept. A strange one may hold anything, personal data too, so that only its name is
//! noted.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::json::Object;
use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::record::Party;
use xiezhi_sdk::model::town::TownCode;

use crate::decode::Header;
use crate::problem::{Problem, code};

/// Members that say who it is.
pub(crate) const MEMBERS: [&str; 6] = ["EntName", "UniSCID", "Dom", "TownCode", "RegNO", "PriPID"];
/// Length of a registration number from before the unified code, GS15-2006.
const REG_NO_DIGITS: usize = 15;

/// Whom a row is about. A bare name does not tell two enterprises apart, so a code or an address must go with it.
pub(crate) fn party(row: &Object<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let name = row.optional("EntName", chars_max::NAME)?;
    let address = row.optional("Dom", chars_max::LINE)?;
    let uscc = match row.optional("UniSCID", chars_max::NUMBER)? {
        None => None,
        Some(value) => {
            let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
            if uscc.warning().is_some() {
                let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
                extra.insert("UniSCID_note".to_owned(), note.to_owned());
            }
            Some(uscc)
        }
    };
    if uscc.is_none() && address.is_none() {
        let text = "无法确定是哪一家主体，请补充统一社会信用代码 UniSCID 或住所 Dom";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, row.at, text).in_field("UniSCID"));
    }
    let town = match row.optional("TownCode", chars_max::CODE)? {
        None => None,
        Some(value) => Some(TownCode::parse(value.text).map_err(|_| {
            value.problem(code::NUMBER_INVALID, "TownCode 应为9位乡镇街道代码，例如 110112009（文景街道）")
        })?),
    };
    if let Some(value) = row.optional("RegNO", chars_max::CODE)? {
        if value.text.len() == REG_NO_DIGITS && !is_reg_no(value.text) {
            let text = "注册号 RegNO 校验位错误，请核对原件";
            return Err(value.problem(code::NUMBER_INVALID, text));
        }
        extra.insert("RegNO".to_owned(), value.text.to_owned());
    }
    keep(row, &["PriPID"], extra)?;
    Ok(Party { name: owned(name), uscc, address: owned(address), town, ..Party::default() })
}

/// Fifteen digits, of which the last is the check digit (GS15-2006, ISO 7064 MOD 11,10).
fn is_reg_no(text: &str) -> bool {
    let mut product = 10;
    let mut last = 0;
    for (index, c) in text.chars().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        if index + 1 < REG_NO_DIGITS {
            let sum = (product + digit) % 10;
            product = if sum == 0 { 10 } else { sum } * 2 % 11;
        }
        last = digit;
    }
    (11 - product) % 10 == last
}

/// What the header says, for `extra`.
pub(crate) fn from_header(header: &Header<'_>) -> BTreeMap<String, String> {
    let mut extra = BTreeMap::from([("MessageNo".to_owned(), header.number.to_owned())]);
    if let Some(sender) = header.sender {
        extra.insert("Sender".to_owned(), sender.to_owned());
    }
    extra
}

/// Keeps members under their own names.
pub(crate) fn keep(row: &Object<'_>, names: &[&str], extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    for &name in names {
        if let Some(value) = row.optional(name, chars_max::LINE)? {
            extra.insert(name.to_owned(), value.text.to_owned());
        }
    }
    Ok(())
}

/// Notes the names of members that the schema does not have.
pub(crate) fn note_strangers(row: &Object<'_>, known: &[&str], extra: &mut BTreeMap<String, String>) {
    let is_known = |name: &str| known.contains(&name) || MEMBERS.contains(&name);
    let mut names: Vec<&str> = row.members.iter().map(|member| &*member.name).filter(|name| !is_known(name)).collect();
    if !names.is_empty() {
        names.sort_unstable();
        let list: String = names.join("、").chars().take(chars_max::LINE).collect();
        extra.insert("unread_members".to_owned(), list);
    }
}

/// The text of a value, or nothing.
pub(crate) fn owned(value: Option<Value<'_>>) -> Option<String> {
    value.map(|value| value.text.to_owned())
}

/// The meaning of a code in a short table of the format.
pub(crate) fn one_of<T: Copy>(value: &Value<'_>, table: &[(&str, &str, T)]) -> Result<T, Problem> {
    table.iter().find(|(code, ..)| *code == value.text).map(|&(.., found)| found).ok_or_else(|| {
        let list: Vec<String> = table.iter().map(|(code, name, _)| format!("{code} {name}")).collect();
        value.problem(code::CODE_UNKNOWN, format!("{} 应为：{}", value.name, list.join("、")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registration_numbers_are_checked() {
        for (text, right) in [
            ("330203000030639", true),
            ("440301105984804", true),
            ("330200400070010", true),
            ("330203000030638", false),
            ("33020300003063X", false),
        ] {
            assert_eq!(is_reg_no(text), right, "{text}");
        }
    }
}
