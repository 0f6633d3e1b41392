//! 外商投资信息报告 (`FIEREPORT`): a finding where the bureau notes an issue, otherwise an entry of the ledger.
//!
//! The measure wants two things of foreign-invested tenants: that they are in the ledger (一户一档), and that a place of
//! business other than the registered one is published, and the foreign investment law kept (五（一）2). A report as such is
//! the first, an issue on it the second.

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::money::DecimalText;
use xiezhi_sdk::model::record::{Finding, Issue, LedgerEntry, LedgerSubject, SCHEMA_VERSION};

use crate::finding::{ISSUE_FIELDS, issue, title};
use crate::party::{self, owned};
use crate::problem::{Problem, code};

/// Types of reports (外商投资信息报告办法, from memory), our code, and what they say of the entry in the ledger.
const TYPES: [(&str, &str, &str); 4] = [
    ("初始报告", "01", "filed"),
    ("变更报告", "02", "active"),
    ("注销报告", "03", "cancelled"),
    ("年度报告", "04", "active"),
];
/// Decimals of an amount in ten thousands: down to a cent.
const DECIMALS_MAX: usize = 6;
/// Digits of a currency (ISO 4217) or a country (ISO 3166-1), both numeric.
const NUMERIC_CODE_DIGITS: usize = 3;
/// Fields with a place in both records.
const FIELDS: [&str; 2] = ["REPORTNO", "REPORTTYPE"];
/// Fields with a place in a ledger entry only.
const LEDGER_FIELDS: [&str; 4] = ["REPORTDATE", "HOSTUNIT", "OPERATORUNIT", "CLUSTERADDR"];

/// Reads one report.
pub(crate) fn record(row: &Element<'_>) -> Result<Record, Problem> {
    let number = row.required("REPORTNO", chars_max::NUMBER)?;
    let given = row.required("REPORTTYPE", chars_max::NAME)?;
    let kind = TYPES.into_iter().find(|(name, ..)| *name == given.text).ok_or_else(|| {
        let names: Vec<&str> = TYPES.iter().map(|(name, ..)| *name).collect();
        given.problem(code::CODE_UNKNOWN, format!("报告类型 REPORTTYPE 应为：{}", names.join("、")))
    })?;
    let date = row.required("REPORTDATE", chars_max::CODE)?;
    check_capital(row)?;
    match row.optional("ISSUE", chars_max::TEXT)? {
        Some(text) => finding(row, number, kind, date, text).map(|finding| Record::Finding(Box::new(finding))),
        None => entry(row, number, kind, date).map(|entry| Record::LedgerEntry(Box::new(entry))),
    }
}

fn finding(
    row: &Element<'_>,
    number: Value<'_>,
    (name, report_code, _): (&str, &str, &str),
    date: Value<'_>,
    text: Value<'_>,
) -> Result<Finding, Problem> {
    let mut extra = party::extra(row, &[FIELDS.as_slice(), ISSUE_FIELDS.as_slice()].concat())?;
    let party = party::party(row, &mut extra)?;
    extra.insert("REPORTTYPE".to_owned(), name.to_owned());
    let by_type =
        || Issue { code_system: "fie-report".to_owned(), code: report_code.to_owned(), name: Some(name.to_owned()) };
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference: number.text.to_owned(),
        party,
        issue: issue(row)?.unwrap_or_else(by_type),
        title: title(text.text),
        text: text.text.to_owned(),
        found_at: Some(party::day(&date)?),
        legal_basis: owned(row.optional("LEGALBASIS", chars_max::LINE)?),
        people: party::people(row)?,
        extra,
        ..Finding::default()
    })
}

/// The ledger has no place for people, so the legal representative is not kept here.
fn entry(
    row: &Element<'_>,
    number: Value<'_>,
    (name, _, status): (&str, &str, &str),
    date: Value<'_>,
) -> Result<LedgerEntry, Problem> {
    let mut extra = party::extra(row, &[FIELDS.as_slice(), LEDGER_FIELDS.as_slice()].concat())?;
    let party = party::party(row, &mut extra)?;
    extra.insert("REPORTTYPE".to_owned(), name.to_owned());
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject: LedgerSubject::Tenant,
        reference: number.text.to_owned(),
        party,
        host_unit: owned(row.optional("HOSTUNIT", chars_max::NAME)?),
        operator_unit: owned(row.optional("OPERATORUNIT", chars_max::NAME)?),
        cluster_address: owned(row.optional("CLUSTERADDR", chars_max::NUMBER)?),
        confirmed_on: Some(date.date()?),
        status: Some(status.to_owned()),
        extra,
    })
}

/// The registered capital keeps its text: it is in ten thousands of any currency, so it is no amount in fen.
fn check_capital(row: &Element<'_>) -> Result<(), Problem> {
    if let Some(value) = row.optional("REGCAP", chars_max::CODE)? {
        let decimals = value.text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let decimal = DecimalText::parse(value.text).is_ok();
        if !decimal || decimals > DECIMALS_MAX || value.text.starts_with(['-', '+']) {
            let text = "注册资本 REGCAP 应为以万为单位、不带符号和千分位、小数不超过6位的数";
            return Err(value.problem(code::NUMBER_INVALID, text));
        }
    }
    for (name, what) in [("CURRENCY", "币种（GB/T 12406）"), ("INVCOUNTRY", "投资者国别（GB/T 2659）")] {
        if let Some(value) = row.optional(name, chars_max::CODE)?
            && !(value.text.len() == NUMERIC_CODE_DIGITS && value.text.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(value.problem(code::CODE_UNKNOWN, format!("{what} {name} 应为3位数字代码")));
        }
    }
    Ok(())
}
