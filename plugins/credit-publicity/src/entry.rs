//! One entry of the abnormal-operations list as the publicity system keeps it: becomes a ledger entry, against which the
//! gateway can hold what it had published.
//!
//! Only named columns are kept. The representative's name and every column that the plugin does not know stay outside:
//! they may be personal data, and reconciling needs none (个人信息保护法 art. 6).

use std::collections::BTreeMap;

use xiezhi_formats::cell;
use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::record::{LedgerEntry, LedgerSubject, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::{CivilDate, Uscc};

use crate::problem::{Problem, code};
use crate::publication::{ENTRY_CHARS_MAX, is_key};
use crate::settings::Settings;
use crate::table::{EntityKind, Which};

/// `status` of an entry that stands.
pub(crate) const LISTED: &str = "abnormal_listed";
/// `status` of an entry that was taken down.
pub(crate) const REMOVED: &str = "abnormal_removed";
/// `status` of an entry that was annulled: the listing was wrong.
pub(crate) const ANNULLED: &str = "abnormal_annulled";
/// Key of `extra` for a doubt about the code that does not make it wrong.
pub(crate) const CODE_NOTE: &str = "UniSCID_TS";
/// Key of `extra` that lists columns which were not kept.
const UNREAD: &str = "UnreadColumns";
/// Columns with a place in the record, and the one that is dropped without a word.
const PLACED: [&str; 4] = ["BusExcList", "EntName", "UniSCID", "LeRep"];
/// Columns that are kept in `extra` under their own names.
const KEPT: [&str; 20] = [
    "PriPID",
    "RegNO",
    "RegOrg",
    "LocalAdm",
    "SpeCause",
    "SpeCauseCN",
    "AbnTime",
    "DecOrg",
    "DecorgCN",
    "PenDecNo",
    "AnomalyRea",
    "IsMove",
    "RemExcpres",
    "RemExcpresCN",
    "RemDate",
    "ReDecOrg",
    "ReDecOrgCN",
    "RePenDecNo",
    "RemoveRea",
    "AuditState",
];
/// Kept columns that are dates: written as `YYYY-MM-DD`, however they were spelt.
const DATES: [&str; 2] = ["AbnTime", "RemDate"];

/// What a document's rows say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Each was listed.
    Listed,
    /// Each was taken down or annulled.
    Removed,
    /// Each stands as its own columns say.
    Any,
}

/// What the rows of a document share.
#[derive(Debug)]
pub(crate) struct Origin {
    /// What the rows say.
    pub(crate) change: Change,
    /// When the list was exported; `None` for changes, which are confirmed on the day of the change.
    pub(crate) confirmed_on: Option<CivilDate>,
    /// What each row keeps of the root.
    pub(crate) extra: BTreeMap<String, String>,
}

/// Reads one row.
pub(crate) fn ledger_entry(
    row: &Element<'_>,
    origin: &Origin,
    settings: &Settings<'_>,
) -> Result<LedgerEntry, Problem> {
    let key = row.required("BusExcList", ENTRY_CHARS_MAX)?;
    if !is_key(key.text, ENTRY_CHARS_MAX) {
        return Err(key.problem(code::ENTRY_INVALID, "条目标识 BusExcList 应为64位以内的字母、数字或连字符"));
    }
    let name = row.required("EntName", chars_max::NAME)?;
    let mut extra = origin.extra.clone();
    let uscc = row.optional("UniSCID", chars_max::CODE)?;
    let uscc = uscc.map(|value| credit_code(&value, &mut extra)).transpose()?;
    if uscc.is_none() && row.optional("RegNO", chars_max::CODE)?.is_none() {
        let text = "缺少统一社会信用代码 UniSCID 或注册号 RegNO，只有名称无法确定主体，请补充";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, row.at, text).in_field("UniSCID"));
    }
    let (status, changed_on) = status(row, origin.change)?;
    check_codes(row, uscc.as_ref(), status, settings)?;
    columns(row, &mut extra)?;
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject: LedgerSubject::Tenant,
        reference: key.text.to_owned(),
        party: Party { name: Some(name.text.to_owned()), uscc, ..Party::default() },
        confirmed_on: origin.confirmed_on.or(Some(changed_on)),
        status: Some(status.to_owned()),
        extra,
        ..LedgerEntry::default()
    })
}

/// A credit code, with a note where only its position 17 is doubtful.
pub(crate) fn credit_code(value: &Value<'_>, extra: &mut BTreeMap<String, String>) -> Result<Uscc, Problem> {
    let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
    if uscc.warning().is_some() {
        let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
        extra.insert(CODE_NOTE.to_owned(), note.to_owned());
    }
    Ok(uscc)
}

/// A date in any spelling that can mean one day only.
pub(crate) fn date(value: &Value<'_>) -> Result<CivilDate, Problem> {
    cell::date(value.text)
        .ok_or_else(|| value.problem(code::TIME_INVALID, format!("{}应为 YYYY-MM-DD 形式的真实日期", value.name)))
}

/// Where the entry stands, and since when.
fn status(row: &Element<'_>, change: Change) -> Result<(&'static str, CivilDate), Problem> {
    let moved = row.optional("IsMove", chars_max::CODE)?;
    let moved = match moved.as_ref().map(|value| (value.text, value)) {
        None => None,
        Some(("1", _)) => Some(REMOVED),
        Some(("2", _)) => Some(ANNULLED),
        Some((_, value)) => return Err(value.problem(code::CODE_UNKNOWN, "IsMove 应为：1 移出、2 撤销")),
    };
    let removed_on = row.optional("RemDate", chars_max::CODE)?.map(|value| date(&value)).transpose()?;
    if change != Change::Removed {
        row.required("SpeCause", chars_max::CODE)?;
        let listed_on = date(&row.required("AbnTime", chars_max::CODE)?)?;
        return Ok(match (change, moved, removed_on) {
            (Change::Any, Some(status), since) => (status, since.unwrap_or(listed_on)),
            (Change::Any, None, Some(since)) => (REMOVED, since),
            _ => (LISTED, listed_on),
        });
    }
    let status = moved.ok_or_else(|| row.missing("IsMove"))?;
    Ok((status, removed_on.ok_or_else(|| row.missing("RemDate"))?))
}

/// The codes, by the table of the entity's kind; where the kind cannot be told they are taken as they are.
fn check_codes(row: &Element<'_>, uscc: Option<&Uscc>, status: &str, settings: &Settings<'_>) -> Result<(), Problem> {
    let kind = uscc.map_or_else(|| settings.kind_without_code(), EntityKind::of);
    let Some(kind) = kind else { return Ok(()) };
    for (which, name) in [(Which::Cause, "SpeCause"), (Which::Removal, "RemExcpres")] {
        // An annulment has no removal code.
        if which == Which::Removal && status != REMOVED {
            continue;
        }
        let Some(value) = row.optional(name, chars_max::CODE)? else { continue };
        if !settings.is_readable(which, kind, value.text) {
            let text = format!("{name}不在{}的代码表中，应为：{}", kind.chinese(), settings.codes(which, kind));
            return Err(value.problem(code::CODE_UNKNOWN, text));
        }
    }
    Ok(())
}

fn columns(row: &Element<'_>, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    let mut unread: Vec<&str> = Vec::new();
    for column in &row.children {
        if PLACED.contains(&column.name) {
            continue;
        }
        if !KEPT.contains(&column.name) {
            unread.push(column.name);
            continue;
        }
        let Some(value) = column.value(chars_max::TEXT)? else { continue };
        let text = if DATES.contains(&value.name) { date(&value)?.to_string() } else { value.text.to_owned() };
        if extra.insert(column.name.to_owned(), text).is_some() {
            let text = format!("{}重复出现，只能填写一次", column.name);
            return Err(Problem::new(code::FIELD_REPEATED, column.at, text).in_field(column.name));
        }
    }
    if !unread.is_empty() {
        unread.sort_unstable();
        unread.dedup();
        extra.insert(UNREAD.to_owned(), unread.join("、").chars().take(chars_max::LINE).collect());
    }
    Ok(())
}
