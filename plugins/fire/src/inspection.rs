//! 监督检查记录 (user type 200): one document about one entity. With hazards it is a finding, without one an indicator.
//!
//! The fields follow 消防监督检查规定 as the samples have it. Which paragraph of article 38 a hazard falls under is the
//! inspector's word: the plugin has no list of them, since the regulation changes.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_sdk::model::record::{Finding, Indicator, Issue, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;
use xiezhi_sdk::model::{CivilDate, Record, Uscc, UtcTime};

use crate::problem::{Problem, code};
use crate::settings::address_text;
use crate::text::Fields;

/// Most hazards in one record.
const HAZARDS_MAX: usize = 50;
/// What a hazard's field is called, with a number behind it.
const HAZARD: &str = "隐患";
/// What is put right while the inspector watches needs no further handling.
const MENDED_AT_ONCE: &str = "责令立即改正";
/// Fields that have a place in the record.
const KNOWN: [&str; 6] = ["检查记录文书号", "单位", "信用代码", "地址", "乡镇街道", "检查依据"];
/// Ends of names of fields about people (检查人员, 举报人, 联系电话 …), which are not kept: 个人信息保护法 art. 6, and
/// 投诉举报处理暂行办法 art. 33 for those who reported.
const ABOUT_PEOPLE: [&str; 6] = ["人员", "人", "签字", "姓名", "电话", "号码"];
/// Key of `extra` for a doubt about the code that does not make it wrong.
const CODE_NOTE: &str = "信用代码_TS";

/// `描述,38-1,责令限期改正,20260930`.
struct Hazard<'t> {
    description: &'t str,
    /// The paragraph, such as `38-1` for 第三十八条第一项.
    class: &'t str,
    disposal: &'t str,
}

/// Reads one record.
pub(crate) fn record(fields: &Fields<'_>, at: UtcTime, source: [u8; 6]) -> Result<Record, Problem> {
    let reference = fields.required("检查记录文书号", chars_max::NUMBER)?.text.to_owned();
    let mut extra = BTreeMap::from([("源地址".to_owned(), address_text(source))]);
    let party = party(fields, &mut extra)?;
    let mut hazards = Vec::new();
    let kept = |name: &str| !KNOWN.contains(&name) && !ABOUT_PEOPLE.iter().any(|end| name.ends_with(end));
    let values = fields.all(kept, chars_max::LINE).collect::<Result<Vec<_>, _>>()?;
    for value in &values {
        if is_hazard(value.name) {
            if hazards.len() >= HAZARDS_MAX {
                return Err(value.problem(code::LIMIT, format!("一份检查记录的隐患不得超过{HAZARDS_MAX}处")));
            }
            hazards.push(hazard(value)?);
        }
        extra.insert(value.name.to_owned(), value.text.to_owned());
    }
    let legal_basis = fields.optional("检查依据", chars_max::LINE)?.map(|value| value.text.to_owned());
    let Some(gravest) = hazards.iter().find(|hazard| hazard.disposal != MENDED_AT_ONCE).or(hazards.first()) else {
        return Ok(Record::Indicator(Box::new(Indicator {
            reference,
            party,
            period: "inspection".to_owned(),
            data_time: Some(at),
            log: Some("消防监督检查未发现火灾隐患".to_owned()),
            extra,
            ..Indicator::default()
        })));
    };
    let lines: Vec<String> = hazards
        .iter()
        .enumerate()
        .map(|(index, hazard)| {
            format!("{}. {}（{}）：{}", index + 1, hazard.description, hazard.class, hazard.disposal)
        })
        .collect();
    Ok(Record::Finding(Box::new(Finding {
        schema_version: SCHEMA_VERSION,
        reference,
        party,
        issue: Issue {
            code_system: "xf-yhlb".to_owned(),
            code: gravest.class.to_owned(),
            name: Some(gravest.description.to_owned()),
        },
        title: format!("消防监督检查发现火灾隐患{}处：{}", hazards.len(), gravest.description),
        text: lines.join("\n"),
        found_at: Some(at),
        stage: Some(gravest.disposal.to_owned()),
        legal_basis,
        extra,
        ..Finding::default()
    })))
}

fn is_hazard(name: &str) -> bool {
    name.strip_prefix(HAZARD).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The description may hold commas itself, so the paragraph divides it from the rest.
fn hazard<'v>(value: &'v Value<'_>) -> Result<Hazard<'v>, Problem> {
    let wrong = |text: &str| value.problem(code::HAZARD_INVALID, text);
    let pieces: Vec<&str> = value.text.split([',', '，']).map(str::trim).collect();
    let Some(place) = pieces.iter().rposition(|piece| is_class(piece)) else {
        return Err(wrong("隐患应为“描述,条-项,处置[,期限]”，例如 疏散通道堵塞,38-1,责令立即改正"));
    };
    let class = pieces.get(place).copied().unwrap_or_default();
    let comma = place.checked_sub(1).and_then(|nth| value.text.match_indices([',', '，']).nth(nth));
    let description = comma.and_then(|(at, _)| value.text.get(..at)).unwrap_or_default().trim();
    let disposal = pieces.get(place + 1).copied().filter(|text| !text.is_empty());
    let (Some(disposal), false) = (disposal, description.is_empty()) else {
        return Err(wrong("隐患缺少描述或处置（如 责令立即改正、责令限期改正）"));
    };
    match pieces.get(place + 2..).unwrap_or_default() {
        [] => {}
        [date] if CivilDate::parse_compact(date).is_ok() => {}
        [_] => return Err(value.problem(code::TIME_INVALID, "隐患的改正期限应为 YYYYMMDD 形式的真实日期")),
        _ => return Err(wrong("隐患的期限之后不应再有内容")),
    }
    Ok(Hazard { description, class, disposal })
}

/// `38-1`: article and paragraph.
fn is_class(text: &str) -> bool {
    let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(article, item)| digits(article) && digits(item))
}

/// Whom the inspection was at. A bare name does not tell two enterprises apart.
fn party(fields: &Fields<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let text = |value: Option<Value<'_>>| value.map(|value| value.text.to_owned());
    let name = text(fields.optional("单位", chars_max::NAME)?);
    let address = text(fields.optional("地址", chars_max::LINE)?);
    let uscc = match fields.optional("信用代码", chars_max::NUMBER)? {
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
        let text = "只有单位名称无法确定是哪一家单位，请补充信用代码或地址";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, 0, text).in_field("信用代码"));
    }
    let town = match fields.optional("乡镇街道", chars_max::CODE)? {
        None => None,
        Some(value) => {
            Some(TownCode::parse(value.text).map_err(|error| value.problem(code::NUMBER_INVALID, error.to_string()))?)
        }
    };
    Ok(Party { name, uscc, address, town, ..Party::default() })
}
