//! What several documents share: whom they are about, the people concerned, fields without a place of their own.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::personal::{IdNumber, PersonName};
use xiezhi_sdk::model::record::{Party, Person};
use xiezhi_sdk::model::town::TownCode;
use xiezhi_sdk::model::{Uscc, UtcTime};

use crate::problem::{Problem, code};

/// Fields of the party that have a place in the record.
const PARTY_FIELDS: [&str; 4] = ["ENTNAME", "UNISCID", "DOM", "TOWNCODE"];
/// Fields about natural persons. `LEREP` and `LEREPID` go to a finding's people; the others, which say how to reach
/// somebody, are not kept (个人信息保护法 art. 6).
const PERSON_FIELDS: [&str; 7] = ["LEREP", "LEREPID", "LINKMAN", "LINKMANID", "TEL", "MOBTEL", "EMAIL"];
/// Where an enterprise does business, as distinct from `DOM`, where it is registered.
const BUSINESS_PLACE: &str = "OPLOC";
/// Key of `extra` for a doubt about the code that does not make it wrong.
const CODE_NOTE: &str = "UNISCID_TS";
/// Key of `extra` that lists elements with an inner structure that the plugin does not know.
const UNREAD: &str = "WDYS";

/// Whom a row is about. A bare name does not tell two enterprises apart, so a code or an address must go with it.
pub(crate) fn party(row: &Element<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let name = row.optional("ENTNAME", chars_max::NAME)?;
    let registered = row.optional("DOM", chars_max::LINE)?;
    let business = row.optional(BUSINESS_PLACE, chars_max::LINE)?;
    let uscc = match row.optional("UNISCID", chars_max::NUMBER)? {
        None => None,
        Some(value) => {
            let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
            if uscc.warning().is_some() {
                let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
                extra.insert(CODE_NOTE.to_owned(), note.to_owned());
            }
            Some(uscc)
        }
    };
    let town = match row.optional("TOWNCODE", chars_max::CODE)? {
        None => None,
        Some(value) => {
            Some(TownCode::parse(value.text).map_err(|error| value.problem(code::TOWN_INVALID, error.to_string()))?)
        }
    };
    let address = registered.or(business);
    if uscc.is_none() && address.is_none() {
        let text = "只有名称无法确定是哪一家企业，请补充统一社会信用代码 UNISCID 或住所 DOM";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, row.at, text).in_field("UNISCID"));
    }
    Ok(Party { name: owned(name), uscc, address: owned(address), town, ..Party::default() })
}

/// The legal representative, where a row names one.
pub(crate) fn people(row: &Element<'_>) -> Result<Vec<Person>, Problem> {
    let id_number = match row.optional("LEREPID", chars_max::NUMBER)? {
        None => None,
        Some(value) => Some(
            IdNumber::parse(value.text).map_err(|error| value.problem(code::ID_NUMBER_INVALID, error.to_string()))?,
        ),
    };
    let Some(name) = row.optional("LEREP", chars_max::NAME)? else { return Ok(Vec::new()) };
    let parsed = PersonName::parse(name.text).map_err(|error| name.problem(code::NAME_INVALID, error.to_string()))?;
    Ok(vec![Person { name: parsed, id_number, role: Some("法定代表人".to_owned()) }])
}

/// What a row says beyond `known` fields, the party's and the people's, under the format's own names.
pub(crate) fn extra(row: &Element<'_>, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
    let mut extra = BTreeMap::new();
    let mut unread: Vec<&str> = Vec::new();
    // A business place that stands in for the address is there already.
    let address_is_business = row.optional("DOM", chars_max::LINE)?.is_none();
    for field in &row.children {
        let name = field.name;
        let has_place = known.contains(&name) || PARTY_FIELDS.contains(&name) || PERSON_FIELDS.contains(&name);
        if has_place || (name == BUSINESS_PLACE && address_is_business) {
            continue;
        }
        if !field.children.is_empty() {
            unread.push(name);
        } else if let Some(value) = field.value(chars_max::LINE)?
            && extra.insert(name.to_owned(), value.text.to_owned()).is_some()
        {
            let text = format!("{name}重复出现，只能填写一次");
            return Err(Problem::new(code::FIELD_REPEATED, field.at, text).in_field(name));
        }
    }
    if !unread.is_empty() {
        unread.sort_unstable();
        unread.dedup();
        let list: String = unread.join("、").chars().take(chars_max::LINE).collect();
        extra.insert(UNREAD.to_owned(), list);
    }
    Ok(extra)
}

/// The value as a point in time, `YYYY-MM-DD hh:mm:ss` in Beijing.
pub(crate) fn time(value: &Value<'_>) -> Result<UtcTime, Problem> {
    UtcTime::parse_spaced_beijing(value.text).map_err(|_| {
        let text = format!("{}应为 YYYY-MM-DD hh:mm:ss 形式的真实时间（北京时间，24小时制）", value.name);
        value.problem(code::TIME_INVALID, text)
    })
}

/// The first instant of the day that the value names, in Beijing.
pub(crate) fn day(value: &Value<'_>) -> Result<UtcTime, Problem> {
    let date = value.date()?;
    UtcTime::from_beijing(date, 0, 0, 0, 0)
        .map_err(|_| value.problem(code::TIME_INVALID, format!("{}超出可表示范围", value.name)))
}

/// A text of its own.
pub(crate) fn owned(value: Option<Value<'_>>) -> Option<String> {
    value.map(|value| value.text.to_owned())
}
