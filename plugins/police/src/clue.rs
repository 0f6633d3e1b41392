//! 线索移送 (`XSYS`): one `BWST` is one clue about one entity and becomes one finding.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::personal::{IdNumber, PersonName};
use xiezhi_sdk::model::record::{Finding, Issue, Party, Person, SCHEMA_VERSION};

use crate::decode::Header;
use crate::problem::{Problem, code};

/// Most people in one clue; more than a household or a board.
const PEOPLE_MAX: usize = 100;
/// Classes of clues (`XSLB`), a table of our own: no public one tells apart what the bureau must.
const CLASSES: [(&str, &str); 4] =
    [("01", "虚假材料骗取登记"), ("02", "登记住所无法联系"), ("03", "场所不具备治安条件"), ("99", "其他")];
/// Fields of `AJXX` that have a place in the record; any other one is kept in `extra` under its own name.
const CASE_FIELDS: [&str; 7] = ["AJBH", "AJMC", "SLSJ", "JYAQ", "YSYJ", "XSLB", "XSLBMC"];
/// Fields of `DWXX` that have a place in the record.
const UNIT_FIELDS: [&str; 3] = ["DWMC", "TYSHXYDM", "DWDZ"];
/// Groups of a `BWST`.
const GROUPS: [&str; 3] = ["AJXX", "DWXX", "RYXX"];
/// Key of `extra` for a doubt about the code that does not make it wrong.
const CODE_NOTE: &str = "TYSHXYDM_TS";
/// Key of `extra` that lists elements with an inner structure that the plugin does not know.
const UNREAD: &str = "WDYS";

/// Reads one row.
pub(crate) fn finding(row: &Element<'_>, header: &Header<'_>) -> Result<Finding, Problem> {
    let case = row.group("AJXX")?;
    let reference = case.required("AJBH", chars_max::NUMBER)?;
    let title = case.required("AJMC", chars_max::NAME)?;
    let found_at = case.optional("SLSJ", chars_max::CODE)?.map(|value| value.time()).transpose()?;
    let text = case.optional("JYAQ", chars_max::TEXT)?;
    let legal_basis = case.optional("YSYJ", chars_max::LINE)?;
    let issue = issue(case)?;
    let mut extra = extra(row, case, header)?;
    let party = party(row, &mut extra)?;
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference: reference.text.to_owned(),
        party,
        issue,
        title: title.text.to_owned(),
        text: owned(text).unwrap_or_default(),
        found_at,
        legal_basis: owned(legal_basis),
        people: people(row)?,
        extra,
        ..Finding::default()
    })
}

/// The class of the clue where the sender gives one, otherwise the business type: a rule can match either.
fn issue(case: &Element<'_>) -> Result<Issue, Problem> {
    let name = case.optional("XSLBMC", chars_max::NAME)?;
    let Some(class) = case.optional("XSLB", chars_max::CODE)? else {
        return Ok(Issue {
            code_system: "ga-ywlx".to_owned(),
            code: "XSYS".to_owned(),
            name: Some(owned(name).unwrap_or_else(|| "线索移送".to_owned())),
        });
    };
    let Some((code, usual)) = CLASSES.into_iter().find(|&(code, _)| code == class.text) else {
        let list: Vec<String> = CLASSES.iter().map(|(code, name)| format!("{code} {name}")).collect();
        return Err(class.problem(code::CODE_UNKNOWN, format!("线索类别 XSLB 应为：{}", list.join("、"))));
    };
    Ok(Issue {
        code_system: "ga-xslb".to_owned(),
        code: code.to_owned(),
        name: Some(owned(name).unwrap_or_else(|| usual.to_owned())),
    })
}

/// Whom the clue is about. A bare name does not tell two enterprises apart, so a code or an address must go with it.
fn party(row: &Element<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let unit = row.group("DWXX")?;
    let name = unit.optional("DWMC", chars_max::NAME)?;
    let address = unit.optional("DWDZ", chars_max::LINE)?;
    let uscc = match unit.optional("TYSHXYDM", chars_max::NUMBER)? {
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
    if uscc.is_none() && address.is_none() {
        let text = "DWXX 中只有单位名称无法确定是哪一家单位，请补充统一社会信用代码 TYSHXYDM 或单位地址 DWDZ";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, unit.at, text).in_field("TYSHXYDM"));
    }
    Ok(Party { name: owned(name), uscc, address: owned(address), ..Party::default() })
}

/// The people concerned. What the record has no place for (sex, birth …) is left out on purpose: 个人信息保护法 art. 6
/// asks for no more than the purpose needs.
fn people(row: &Element<'_>) -> Result<Vec<Person>, Problem> {
    let mut people = Vec::new();
    for element in row.all("RYXX") {
        if people.len() >= PEOPLE_MAX {
            let text = format!("一条线索的人员不得超过{PEOPLE_MAX}名");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("RYXX"));
        }
        let name = element.required("XM", chars_max::NAME)?;
        let id_number = match element.optional("GMSFHM", chars_max::NUMBER)? {
            None => None,
            Some(value) => Some(
                IdNumber::parse(value.text)
                    .map_err(|error| value.problem(code::ID_NUMBER_INVALID, error.to_string()))?,
            ),
        };
        people.push(Person {
            name: PersonName::parse(name.text).map_err(|error| name.problem(code::NAME_INVALID, error.to_string()))?,
            id_number,
            role: owned(element.optional("RYLX", chars_max::NAME)?),
        });
    }
    Ok(people)
}

/// What the message says beyond the record's fields.
fn extra(row: &Element<'_>, case: &Element<'_>, header: &Header<'_>) -> Result<BTreeMap<String, String>, Problem> {
    let mut extra = BTreeMap::from([("BWT_BWBH".to_owned(), header.number.to_owned())]);
    if let Some(sender) = header.sender {
        extra.insert("BWT_FSF".to_owned(), sender.to_owned());
    }
    let mut unread: Vec<&str> = Vec::new();
    unread.extend(row.children.iter().map(|child| child.name).filter(|name| !GROUPS.contains(name)));
    let unit = row.one("DWXX")?;
    let units = unit.iter().flat_map(|unit| &unit.children).filter(|field| !UNIT_FIELDS.contains(&field.name));
    let cases = case.children.iter().filter(|field| !CASE_FIELDS.contains(&field.name));
    for (group, field) in cases.map(|field| ("", field)).chain(units.map(|field| ("DWXX_", field))) {
        if !field.children.is_empty() {
            unread.push(field.name);
        } else if let Some(value) = field.value(chars_max::LINE)? {
            let key = format!("{group}{}", field.name);
            if extra.insert(key, value.text.to_owned()).is_some() {
                let text = format!("{}重复出现，只能填写一次", field.name);
                return Err(Problem::new(code::FIELD_REPEATED, field.at, text).in_field(field.name));
            }
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

fn owned(value: Option<Value<'_>>) -> Option<String> {
    value.map(|value| value.text.to_owned())
}
