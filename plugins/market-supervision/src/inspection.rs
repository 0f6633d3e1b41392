//! Results of 双随机 inspections: an indicator for the ratios, and a finding for each result on which somebody has to act.

use xiezhi_formats::Problem;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::{Kind, Object};
use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::money::DecimalText;
use xiezhi_sdk::model::record::{Finding, Indicator, Issue, Measurement, Record, SCHEMA_VERSION};

use crate::decode::Header;
use crate::party::{from_header, keep, note_strangers, owned, party};
use crate::problem::code;
use crate::settings::{Effect, ResultCode, Settings};

/// Members of a row that have no place in the record.
const KEPT: [&str; 5] = ["InsPlanNo", "InsPlanName", "InsType", "InsItem", "InsOrg"];
/// Members of a row that have one.
const READ: [&str; 5] = ["InsNo", "InsDate", "Results", "LegalBasis", "Remark"];
/// Most results of one inspection: the table has eighteen.
const RESULTS_MAX: usize = 20;
/// The table of the findings' codes (双随机检查结果代码).
const CODE_SYSTEM: &str = "ssj-jgdm";

/// Reads one row.
pub(crate) fn records(row: &Object<'_>, header: &Header<'_>, settings: &Settings) -> Result<Vec<Record>, Problem> {
    let reference = row.required("InsNo", chars_max::NUMBER)?.text;
    let date = row.required("InsDate", chars_max::CODE)?.day()?;
    let found_at = UtcTime::from_beijing(date, 0, 0, 0, 0).ok();
    let results = results(row, settings)?;
    let legal_basis = owned(row.optional("LegalBasis", chars_max::LINE)?);
    let text = owned(row.optional("Remark", chars_max::TEXT)?).unwrap_or_default();
    let mut extra = from_header(header);
    keep(row, &KEPT, &mut extra)?;
    let party = party(row, &mut extra)?;
    let codes: Vec<&str> = results.iter().map(|(code, _)| code.as_str()).collect();
    extra.insert("Results".to_owned(), codes.join(";"));
    note_strangers(row, &[KEPT, READ].concat(), &mut extra);
    let indicator = Record::Indicator(Box::new(Indicator {
        schema_version: SCHEMA_VERSION,
        reference: reference.to_owned(),
        party: party.clone(),
        period: "inspection".to_owned(),
        data_time: found_at,
        measurements: measurements(&results),
        extra: extra.clone(),
        ..Indicator::default()
    }));
    let finding = |(code, result): &(String, &ResultCode)| {
        Record::Finding(Box::new(Finding {
            schema_version: SCHEMA_VERSION,
            reference: reference.to_owned(),
            party: party.clone(),
            issue: Issue { code_system: CODE_SYSTEM.to_owned(), code: code.clone(), name: Some(result.name.clone()) },
            title: format!("双随机抽查结果：{}", result.name),
            text: text.clone(),
            found_at,
            legal_basis: legal_basis.clone(),
            extra: extra.clone(),
            ..Finding::default()
        }))
    };
    let acted_on = results.iter().filter(|(_, result)| result.is_finding);
    Ok(std::iter::once(indicator).chain(acted_on.map(finding)).collect())
}

/// The results with what they mean, in the sender's order: an array of codes, or a text in which `;` joins them.
fn results<'s>(row: &Object<'_>, settings: &'s Settings) -> Result<Vec<(String, &'s ResultCode)>, Problem> {
    const NAME: &str = "Results";
    let member = row.need(NAME)?;
    let in_field = |problem: Problem| problem.in_field(NAME);
    let texts: Vec<String> = match member.node.kind() {
        Kind::Array => {
            let items = member.node.array(NAME).map_err(in_field)?;
            items
                .iter()
                .map(|item| item.text(NAME).map(|text| text.trim().to_owned()))
                .collect::<Result<_, _>>()
                .map_err(in_field)?
        }
        Kind::Text => {
            let text = member.node.text(NAME).map_err(in_field)?;
            text.split([';', '；', ',', '，', '、']).map(|code| code.trim().to_owned()).collect()
        }
        _ => {
            let text = "抽查结果 Results 应为代码的数组，例如 [\"6\"]，或以分号分隔的字符串";
            return Err(member.node.problem(code::STRUCTURE, text).in_field(NAME));
        }
    };
    let texts: Vec<String> = texts.into_iter().filter(|code| !code.is_empty()).collect();
    if texts.is_empty() {
        return Err(row.missing(NAME));
    }
    if texts.len() > RESULTS_MAX {
        let text = format!("一次抽查的结果不得超过{RESULTS_MAX}项");
        return Err(member.node.problem(code::LIMIT, text).in_field(NAME));
    }
    let mut found: Vec<(String, &ResultCode)> = Vec::new();
    for text in texts {
        let Some(result) = settings.results.get(&text) else {
            let codes: Vec<&str> = settings.results.keys().map(String::as_str).collect();
            let text = format!("抽查结果代码应为本链路代码表中的：{}", codes.join("、"));
            return Err(member.node.problem(code::CODE_UNKNOWN, text).in_field(NAME));
        };
        if found.iter().all(|(known, _)| *known != text) {
            found.push((text, result));
        }
    }
    if found.len() > 1 && found.iter().any(|(_, result)| result.effect == Effect::Clear) {
        let text = "“未发现问题”不能与其他抽查结果同时填写，请核对";
        return Err(member.node.problem(code::CODE_CONFLICT, text).in_field(NAME));
    }
    Ok(found)
}

/// One entity inspected once, whether it counts for either ratio, and each code: sums of these are the ratios' parts.
fn measurements(results: &[(String, &ResultCode)]) -> Vec<Measurement> {
    let count = |factor: &str, statistic: &str, holds: bool| {
        let value = DecimalText::parse(if holds { "1" } else { "0" }).ok()?;
        Some(Measurement { factor: factor.to_owned(), statistic: statistic.to_owned(), value, flag: None })
    };
    let has = |effect: Effect| results.iter().any(|(_, result)| result.effect == effect);
    let totals = [
        count("inspected", "count", true),
        count("problem", "count", has(Effect::Problem)),
        count("uncheckable", "count", has(Effect::Uncheckable)),
    ];
    totals.into_iter().chain(results.iter().map(|(code, _)| count(code, "result", true))).flatten().collect()
}
