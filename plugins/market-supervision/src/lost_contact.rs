//! Evidence that an entity cannot be reached at its registered place: two registered letters (专用信函) that nobody signed for.
//!
//! The interval between them is a setting, because its two numbers are from memory. Whether the entity is listed, two persons
//! decide; this is only a finding.

use std::collections::BTreeMap;

use xiezhi_formats::Problem;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::{Node, Object};
use xiezhi_sdk::model::record::{Finding, Issue, Record, SCHEMA_VERSION};
use xiezhi_sdk::model::{CivilDate, UtcTime};

use crate::decode::Header;
use crate::party::{from_header, keep, note_strangers, one_of, owned, party};
use crate::problem::code;
use crate::settings::Settings;

/// Members of a row.
const READ: [&str; 6] = ["VerifyNo", "VerifiedOn", "Letters", "Visits", "VerifyOrg", "Remark"];
/// Most letters or visits of one entity.
const EVIDENCE_MAX: usize = 10;
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The table of the finding's code (市场监管失联核查), our own.
const CODE_SYSTEM: &str = "scjg-slhc";
/// Its only entry.
const UNREACHABLE: (&str, &str) = ("1", "两次专用信函无人签收，通过登记的住所或者经营场所无法联系");

/// Whether somebody was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    Yes,
    No,
}

const LETTER_RESULTS: [(&str, &str, Met); 3] =
    [("1", "已签收", Met::Yes), ("2", "退回", Met::No), ("3", "无人签收", Met::No)];
const VISIT_RESULTS: [(&str, &str, Met); 2] = [("1", "取得联系", Met::Yes), ("2", "无法取得联系", Met::No)];

/// Reads one row.
pub(crate) fn record(row: &Object<'_>, header: &Header<'_>, settings: &Settings) -> Result<Record, Problem> {
    let reference = row.required("VerifyNo", chars_max::NUMBER)?.text;
    let verified = row.required("VerifiedOn", chars_max::CODE)?;
    let verified_on = verified.day()?;
    let mut extra = from_header(header);
    let sent = letters(row, &mut extra)?;
    let (gap, later) = pair(row, &sent, settings)?;
    if verified_on < later {
        let text = "查实日期 VerifiedOn 不应早于第二封专用信函的寄出日期";
        return Err(verified.problem(code::EVIDENCE_INSUFFICIENT, text));
    }
    visits(row, &mut extra)?;
    extra.insert("Letters_gap_days".to_owned(), gap.to_string());
    keep(row, &["VerifyOrg"], &mut extra)?;
    let party = party(row, &mut extra)?;
    note_strangers(row, &READ, &mut extra);
    let (issue, name) = UNREACHABLE;
    Ok(Record::Finding(Box::new(Finding {
        schema_version: SCHEMA_VERSION,
        reference: reference.to_owned(),
        title: match &party.name {
            Some(entity) => format!("{entity}通过登记的住所或者经营场所无法联系"),
            None => "通过登记的住所或者经营场所无法联系".to_owned(),
        },
        party,
        issue: Issue { code_system: CODE_SYSTEM.to_owned(), code: issue.to_owned(), name: Some(name.to_owned()) },
        text: owned(row.optional("Remark", chars_max::TEXT)?).unwrap_or_default(),
        found_at: UtcTime::from_beijing(verified_on, 0, 0, 0, 0).ok(),
        extra,
        ..Finding::default()
    })))
}

/// The days on which letters went out; one that was signed for proves the contrary.
fn letters(row: &Object<'_>, extra: &mut BTreeMap<String, String>) -> Result<Vec<CivilDate>, Problem> {
    row.need("Letters")?;
    let mut sent = Vec::new();
    for (index, node) in items(row, "Letters")?.iter().enumerate() {
        let letter = node.object("Letters 的每一项").map_err(|problem| problem.in_field("Letters"))?;
        let number = letter.required("MailNo", chars_max::NUMBER)?;
        let on = letter.required("SentOn", chars_max::CODE)?.day()?;
        let result = letter.required("Result", chars_max::CODE)?;
        if one_of(&result, &LETTER_RESULTS)? == Met::Yes {
            let text = "有专用信函已被签收，不能认定通过登记的住所或者经营场所无法联系，请核对";
            return Err(result.problem(code::EVIDENCE_CONTRADICTS, text));
        }
        let mut keep = |name: &str, text: &str| extra.insert(format!("Letter{}_{name}", index + 1), text.to_owned());
        keep("MailNo", number.text);
        keep("SentOn", &on.to_string());
        keep("Result", result.text);
        if let Some(value) = letter.optional("ReturnedOn", chars_max::CODE)? {
            keep("ReturnedOn", &value.day()?.to_string());
        }
        sent.push(on);
    }
    Ok(sent)
}

/// The first two letters whose interval is as it must be, as days between and the day of the later one.
fn pair(row: &Object<'_>, sent: &[CivilDate], settings: &Settings) -> Result<(i64, CivilDate), Problem> {
    let mut sent = sent.to_vec();
    sent.sort_unstable();
    let days = |from: CivilDate, to: CivilDate| to.end_of_day_beijing().ms_since(from.end_of_day_beijing()) / DAY_MS;
    let pairs = sent
        .iter()
        .enumerate()
        .flat_map(|(index, &first)| sent.iter().skip(index + 1).map(move |&second| (days(first, second), second)));
    let gaps: Vec<(i64, CivilDate)> = pairs.collect();
    if let Some(&found) = gaps.iter().find(|(gap, _)| settings.letter_gap_days.contains(gap)) {
        return Ok(found);
    }
    let (min, max) = (settings.letter_gap_days.start(), settings.letter_gap_days.end());
    let text = match gaps.first() {
        None => "至少应有两封专用信函，两封均无人签收才能认定无法联系，请补充".to_owned(),
        Some((gap, _)) => format!("两次邮寄的间隔应为{min}至{max}日，实为{gap}日，请补寄后重新报送"),
    };
    let at = row.get("Letters").map_or(row.at, |member| member.node.at());
    Err(Problem::new(code::EVIDENCE_INSUFFICIENT, at, text).in_field("Letters"))
}

/// Visits to the place support the letters; somebody met there proves the contrary.
fn visits(row: &Object<'_>, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    for (index, node) in items(row, "Visits")?.iter().enumerate() {
        let visit = node.object("Visits 的每一项").map_err(|problem| problem.in_field("Visits"))?;
        let on = visit.required("VisitedOn", chars_max::CODE)?.day()?;
        let result = visit.required("Result", chars_max::CODE)?;
        if one_of(&result, &VISIT_RESULTS)? == Met::Yes {
            let text = "实地核查已取得联系，不能认定通过登记的住所或者经营场所无法联系，请核对";
            return Err(result.problem(code::EVIDENCE_CONTRADICTS, text));
        }
        let mut keep = |name: &str, text: &str| extra.insert(format!("Visit{}_{name}", index + 1), text.to_owned());
        keep("VisitedOn", &on.to_string());
        keep("Result", result.text);
        if let Some(value) = visit.optional("Note", chars_max::LINE)? {
            keep("Note", value.text);
        }
    }
    Ok(())
}

fn items<'t>(row: &Object<'t>, name: &str) -> Result<Vec<Node<'t>>, Problem> {
    let Some(member) = row.get(name) else { return Ok(Vec::new()) };
    let items = member.node.array(name).map_err(|problem| problem.in_field(name))?;
    if items.len() > EVIDENCE_MAX {
        let text = format!("{name} 不得超过{EVIDENCE_MAX}项");
        return Err(member.node.problem(code::LIMIT, text).in_field(name));
    }
    Ok(items)
}
