//! `address` rows: one 集群注册地址 or 实际经营地址 becomes one ledger entry.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::ledger::{coordinate, extra, keep_dates, keep_flags, keep_texts, town, uscc};
use xiezhi_formats::rows::{Fields, Header, Names};
use xiezhi_sdk::model::record::{LedgerEntry, LedgerSubject, Party, SCHEMA_VERSION};

use crate::condition;
use crate::problem::Problem;
use crate::settings::NumberCheck;

/// What an address is for, 五（一）1: several addresses marked 集群注册 and one for actual business.
pub(crate) const KINDS: Names = &[("cluster", "集群注册地址"), ("operating", "实际经营地址")];
/// Where an address stands.
pub(crate) const STATUS: Names = &[
    ("applied", "已申报待审核"),
    ("filed", "已准予备案"),
    ("active", "使用中"),
    ("suspended", "已暂停登记注册手续办理"),
    ("cancelled", "已取消"),
];
/// Most tenants that one address can be said to hold: more than the district's largest.
const CAPACITY_MAX: u32 = 1_000_000;

/// Reads one row.
pub(crate) fn entry(fields: &Fields<'_>, header: &Header, check: NumberCheck) -> Result<LedgerEntry, Problem> {
    let mut extra = extra(fields, header)?;
    let number = fields.required("address_number", chars_max::NUMBER)?.text.to_owned();
    let kind = fields.choice("kind", KINDS)?.ok_or_else(|| fields.missing("kind"))?;
    let status = fields.choice("status", STATUS)?.ok_or_else(|| fields.missing("status"))?;
    let address = fields.required("address", chars_max::LINE)?.text.to_owned();
    let host_unit = fields.required("host_unit", chars_max::NAME)?.text.to_owned();
    extra.insert("kind".to_owned(), kind.to_owned());
    for name in ["host_unit_uscc", "operator_unit_uscc"] {
        if let Some(code) = uscc(fields, name, &mut extra)? {
            extra.insert(name.to_owned(), code.as_str().to_owned());
        }
    }
    keep_texts(fields, &mut extra, &[("house_use", chars_max::NAME)])?;
    if let Some(area) = fields.decimal("area")? {
        extra.insert("area".to_owned(), area.to_string());
    }
    if let Some(capacity) = fields.integer("capacity", 0..=CAPACITY_MAX)? {
        extra.insert("capacity".to_owned(), capacity.to_string());
    }
    keep_flags(fields, &mut extra, &["released"])?;
    keep_dates(fields, &mut extra, &["filed_on", "status_on"])?;
    condition::read(fields, &mut extra, kind == "operating", check)?;
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject: LedgerSubject::Address,
        reference: number.clone(),
        party: Party {
            name: fields.text("name", chars_max::NAME)?,
            address: Some(address),
            town: town(fields)?,
            coordinate: coordinate(fields)?,
            ..Party::default()
        },
        host_unit: Some(host_unit),
        operator_unit: fields.text("operator_unit", chars_max::NAME)?,
        cluster_address: Some(number),
        confirmed_on: fields.date("confirmed_on")?,
        status: Some(status.to_owned()),
        extra,
    })
}
