//! `host_unit` and `operator_unit` rows: who answers for addresses, and who runs them.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::ledger::{extra, keep_dates, keep_texts, town, uscc};
use xiezhi_formats::rows::{Fields, Header, Names};
use xiezhi_sdk::model::record::{LedgerEntry, LedgerSubject, Party, SCHEMA_VERSION};

use crate::problem::Problem;

/// Who may be a host unit, 二 and 五（一）1 of the measure.
pub(crate) const UNIT_KINDS: Names = &[
    ("town", "乡镇政府或街道办事处"),
    ("park", "中关村园区管委会"),
    ("canal", "运河商务区管委会"),
    ("foreign", "外资专班"),
    ("other", "其他"),
];
/// Where a unit stands.
pub(crate) const STATUS: Names =
    &[("filed", "已备案"), ("active", "正常"), ("suspended", "已暂停"), ("cancelled", "已取消")];

/// Reads a `host_unit` row.
pub(crate) fn host(fields: &Fields<'_>, header: &Header) -> Result<LedgerEntry, Problem> {
    let mut entry = entry(fields, header, LedgerSubject::HostUnit)?;
    let kind = fields.choice("unit_kind", UNIT_KINDS)?.ok_or_else(|| fields.missing("unit_kind"))?;
    entry.extra.insert("unit_kind".to_owned(), kind.to_owned());
    keep_texts(fields, &mut entry.extra, &[("department", chars_max::NAME)])?;
    entry.host_unit = entry.party.name.clone();
    Ok(entry)
}

/// Reads an `operator_unit` row.
pub(crate) fn operator(fields: &Fields<'_>, header: &Header) -> Result<LedgerEntry, Problem> {
    let mut entry = entry(fields, header, LedgerSubject::OperatorUnit)?;
    // An operator is an enterprise that takes in others (住所托管), so it is registered; a host unit is not always.
    if entry.party.uscc.is_none() {
        return Err(fields.missing("uscc"));
    }
    entry.operator_unit = entry.party.name.clone();
    entry.host_unit = fields.text("host_unit", chars_max::NAME)?;
    if let Some(code) = uscc(fields, "host_unit_uscc", &mut entry.extra)? {
        entry.extra.insert("host_unit_uscc".to_owned(), code.as_str().to_owned());
    }
    Ok(entry)
}

fn entry(fields: &Fields<'_>, header: &Header, subject: LedgerSubject) -> Result<LedgerEntry, Problem> {
    let mut extra = extra(fields, header)?;
    let reference = fields.required("unit_number", chars_max::NUMBER)?.text.to_owned();
    let name = fields.required("name", chars_max::NAME)?.text.to_owned();
    let status = fields.choice("status", STATUS)?.ok_or_else(|| fields.missing("status"))?;
    let uscc = uscc(fields, "uscc", &mut extra)?;
    keep_dates(fields, &mut extra, &["filed_on", "status_on"])?;
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject,
        reference,
        party: Party {
            name: Some(name),
            uscc,
            address: fields.text("address", chars_max::LINE)?,
            town: town(fields)?,
            ..Party::default()
        },
        confirmed_on: fields.date("confirmed_on")?,
        status: Some(status.to_owned()),
        extra,
        ..LedgerEntry::default()
    })
}
