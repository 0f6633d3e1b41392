//! Decisions of the bureau: listing, removal, penalty, repair.
//!
//! A listing becomes an indicator, because the act is done and opens no case by itself; a removal or repair becomes a
//! restoration, a penalty a penalty. A decision that ends an assignment also becomes its feedback.

use std::collections::BTreeMap;

use xiezhi_formats::Problem;
use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::json::Object;
use xiezhi_sdk::model::money::{DecimalText, Fen};
use xiezhi_sdk::model::record::{
    Feedback, FeedbackResult, Indicator, Measurement, Party, Penalty, Record, Restoration, SCHEMA_VERSION,
};
use xiezhi_sdk::model::{AssignmentId, CivilDate, UtcTime};

use crate::decode::Header;
use crate::party::{from_header, keep, note_strangers, one_of, owned, party};
use crate::problem::code;
use crate::settings::Settings;

/// Members of a row that have no place in the record.
const KEPT: [&str; 5] = ["BusExcList", "CaseNO", "DecOrg", "PubFlag", "Remark"];
/// Members of a row that are read one by one.
const READ: [&str; 22] = [
    "DecType",
    "PenDecNo",
    "DecDate",
    "DecorgCN",
    "AssignmentNo",
    "EntKind",
    "SpeCause",
    "AnomalyRea",
    "IsMove",
    "RemExcpres",
    "RemoveRea",
    "RestoresDecNo",
    "IllegActType",
    "PenType",
    "PenContent",
    "PenAm",
    "ForfAm",
    "AmUnit",
    "PenBasis",
    "PubUntil",
    "RepairRea",
    "JudAuth",
];

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    ListIn,
    ListOut,
    Penalty,
    Repair,
}

const ACTS: [(&str, &str, Act); 4] = [
    ("ListIn", "列入经营异常名录", Act::ListIn),
    ("ListOut", "移出经营异常名录", Act::ListOut),
    ("Penalty", "行政处罚", Act::Penalty),
    ("Repair", "信用修复", Act::Repair),
];

/// What all four have in common.
struct Decision<'r, 'd> {
    row: &'r Object<'d>,
    number: &'r str,
    on: CivilDate,
    party: Party,
    extra: BTreeMap<String, String>,
}

/// Reads one row.
pub(crate) fn records(row: &Object<'_>, header: &Header<'_>, settings: &Settings) -> Result<Vec<Record>, Problem> {
    let kind = row.required("DecType", chars_max::CODE)?;
    let act = one_of(&kind, &ACTS)?;
    let number = row.required("PenDecNo", chars_max::NUMBER)?.text;
    let on = row.required("DecDate", chars_max::CODE)?.day()?;
    let mut extra = from_header(header);
    extra.insert("DecType".to_owned(), kind.text.to_owned());
    keep(row, &KEPT, &mut extra)?;
    note_strangers(row, &[&KEPT[..], &READ[..]].concat(), &mut extra);
    let party = party(row, &mut extra)?;
    let decision = Decision { row, number, on, party, extra };
    let feedback = feedback(&decision, act)?;
    let record = match act {
        Act::ListIn => list_in(decision, settings)?,
        Act::ListOut => list_out(decision, settings)?,
        Act::Penalty => penalty(decision)?,
        Act::Repair => repair(decision)?,
    };
    Ok(std::iter::once(record).chain(feedback).collect())
}

fn list_in(mut decision: Decision<'_, '_>, settings: &Settings) -> Result<Record, Problem> {
    keep(decision.row, &["DecorgCN", "AnomalyRea"], &mut decision.extra)?;
    let (kind, cause, name) = cause(&decision, "SpeCause", &settings.list_in)?;
    let factor = format!("{kind}-{cause}");
    decision.extra.extend([
        ("EntKind".to_owned(), kind),
        ("SpeCause".to_owned(), cause),
        ("SpeCauseCN".to_owned(), name),
    ]);
    let count = |factor: &str| {
        let value = DecimalText::parse("1").ok()?;
        Some(Measurement { factor: factor.to_owned(), statistic: "count".to_owned(), value, flag: None })
    };
    Ok(Record::Indicator(Box::new(Indicator {
        schema_version: SCHEMA_VERSION,
        reference: decision.number.to_owned(),
        party: decision.party,
        period: "list_in".to_owned(),
        data_time: UtcTime::from_beijing(decision.on, 0, 0, 0, 0).ok(),
        measurements: ["listed", &factor].into_iter().filter_map(count).collect(),
        extra: decision.extra,
        ..Indicator::default()
    })))
}

fn list_out(mut decision: Decision<'_, '_>, settings: &Settings) -> Result<Record, Problem> {
    let (kind, cause, name) = cause(&decision, "RemExcpres", &settings.list_out)?;
    let row = decision.row;
    keep(row, &["DecorgCN", "RemoveRea"], &mut decision.extra)?;
    if let Some(value) = row.optional("IsMove", chars_max::CODE)? {
        one_of(&value, &[("1", "移出", ()), ("2", "撤销（列入有误）", ())])?;
        decision.extra.insert("IsMove".to_owned(), value.text.to_owned());
    }
    decision.extra.extend([
        ("EntKind".to_owned(), kind),
        ("RemExcpres".to_owned(), cause),
        ("RemExcpresCN".to_owned(), name),
    ]);
    restoration(decision)
}

fn repair(mut decision: Decision<'_, '_>) -> Result<Record, Problem> {
    keep(decision.row, &["DecorgCN", "RepairRea"], &mut decision.extra)?;
    restoration(decision)
}

fn restoration(decision: Decision<'_, '_>) -> Result<Record, Problem> {
    let restores = decision.row.required("RestoresDecNo", chars_max::NUMBER)?;
    Ok(Record::Restoration(Box::new(Restoration {
        schema_version: SCHEMA_VERSION,
        reference: decision.number.to_owned(),
        party: decision.party,
        restores: restores.text.to_owned(),
        decided_on: Some(decision.on),
        extra: decision.extra,
    })))
}

fn penalty(decision: Decision<'_, '_>) -> Result<Record, Problem> {
    let row = decision.row;
    let line = |name: &str| row.optional(name, chars_max::LINE).map(owned);
    let authority = match line("JudAuth")? {
        Some(authority) => Some(authority),
        None => line("DecorgCN")?,
    };
    Ok(Record::Penalty(Box::new(Penalty {
        schema_version: SCHEMA_VERSION,
        reference: decision.number.to_owned(),
        party: decision.party,
        violation: row.required("IllegActType", chars_max::LINE)?.text.to_owned(),
        category: row.required("PenType", chars_max::NAME)?.text.to_owned(),
        content: owned(row.optional("PenContent", chars_max::TEXT)?).unwrap_or_default(),
        fine: amount(row, "PenAm")?,
        forfeit: amount(row, "ForfAm")?,
        decided_on: Some(decision.on),
        authority,
        legal_basis: line("PenBasis")?,
        published_until: row.optional("PubUntil", chars_max::CODE)?.map(|value| value.day()).transpose()?,
        extra: decision.extra,
    })))
}

/// An amount with its unit. A factor of ten thousand lies between the two, so the unit is never guessed.
fn amount(row: &Object<'_>, name: &str) -> Result<Option<Fen>, Problem> {
    let Some(value) = row.optional(name, chars_max::CODE)? else { return Ok(None) };
    let unit = row.required("AmUnit", chars_max::CODE)?;
    let read: fn(&str) -> _ = one_of(
        &unit,
        &[("元", "以元为单位", Fen::from_yuan as fn(&str) -> _), ("万元", "以万元为单位", Fen::from_wan_yuan)],
    )?;
    let fen = read(value.text).ok().filter(|fen: &Fen| fen.0 >= 0);
    fen.map(Some).ok_or_else(|| {
        value.problem(code::NUMBER_INVALID, format!("{name} 应为不带单位、千分位和指数、折算到分的非负数"))
    })
}

/// Kind of entity, cause and its name. The kind follows from the credit code (GB 32100: second character behind a 9); the same
/// cause has another code in each kind's table.
fn cause(
    decision: &Decision<'_, '_>,
    name: &'static str,
    table: &BTreeMap<String, String>,
) -> Result<(String, String, String), Problem> {
    let row = decision.row;
    let implied =
        decision.party.uscc.as_ref().and_then(|uscc| uscc.as_str().strip_prefix('9')).and_then(|rest| rest.get(..1));
    let implied = implied.filter(|kind| matches!(*kind, "1" | "2" | "3"));
    let kinds = [("1", "企业", "1"), ("2", "个体工商户", "2"), ("3", "农民专业合作社", "3")];
    let kind = match (row.optional("EntKind", chars_max::CODE)?, implied) {
        (None, Some(kind)) => kind,
        (None, None) => return Err(row.missing("EntKind")),
        (Some(value), implied) => {
            let kind = one_of(&value, &kinds)?;
            if implied.is_some_and(|implied| implied != kind) {
                let text = "主体类型 EntKind 与统一社会信用代码 UniSCID 第2位不一致，请核对";
                return Err(value.problem(code::CODE_CONFLICT, text));
            }
            kind
        }
    };
    let value = row.required(name, chars_max::CODE)?;
    let found = table.get(&format!("{kind}-{}", value.text)).ok_or_else(|| unknown_cause(&value, kind, table))?;
    Ok((kind.to_owned(), value.text.to_owned(), found.clone()))
}

fn unknown_cause(value: &Value<'_>, kind: &str, table: &BTreeMap<String, String>) -> Problem {
    let of_kind = |(code, name): (&String, &String)| {
        code.split_once('-').filter(|(of, _)| *of == kind).map(|(_, cause)| format!("{cause} {name}"))
    };
    let list: Vec<String> = table.iter().filter_map(of_kind).collect();
    value.problem(code::CODE_UNKNOWN, format!("该类主体的 {} 应为：{}", value.name, list.join("、")))
}

/// A decision that ends an assignment says so by its number.
fn feedback(decision: &Decision<'_, '_>, act: Act) -> Result<Option<Record>, Problem> {
    let Some(value) = decision.row.optional("AssignmentNo", chars_max::NUMBER)? else { return Ok(None) };
    let assignment = AssignmentId::parse(value.text).map_err(|_| {
        let text = "派遣编号 AssignmentNo 应照抄派遣报文中的 AssignmentNo，例如 TZ-2026-0000017/1";
        value.problem(code::NUMBER_INVALID, text)
    })?;
    let name = ACTS.iter().find(|(_, _, known)| *known == act).map_or("决定", |(_, name, _)| name);
    Ok(Some(Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: decision.number.to_owned(),
        assignment,
        result: FeedbackResult::Done,
        text: format!("已作出{name}决定，文号{}", decision.number),
        at: UtcTime::from_beijing(decision.on, 0, 0, 0, 0).ok(),
        attachments: Vec::new(),
    }))))
}
