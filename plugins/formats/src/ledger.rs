//! The ledger of cluster addresses (一户一档) as rows of [`crate::rows`]: what the filing platform and the host units both report
//! about a tenant, and the fields that rows about addresses and units have too.
//!
//! It reads and checks shapes. Whether a tenant or an address may stay is the policy's matter.

use std::collections::BTreeMap;

use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::place::{Coordinate, Datum};
use xiezhi_sdk::model::record::{LedgerEntry, LedgerSubject, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;

use crate::fields::chars_max;
use crate::rows::{Fields, Header, Names};
use crate::{Problem, code};

/// Most contacts of one row; they are counted and dropped.
const CONTACTS_MAX: usize = 50;
/// Key of `extra` for a doubt about a credit code that does not make it wrong.
const CODE_NOTE: &str = "uscc_note";
/// Key of `extra` that says how many contacts the row had.
const CONTACTS_DROPPED: &str = "contacts_dropped";
/// The first year that an annual report can be about: the reports began with 2013 (企业信息公示暂行条例, in force 2014-10-01).
const REPORT_YEAR_MIN: u32 = 2013;
/// A year has four digits.
const REPORT_YEAR_MAX: u32 = 9999;

/// Members of a tenant's row, without those that say whose it is.
pub const TENANT: [(&str, &str); 23] = [
    ("type", "行类型"),
    ("record_number", "档案编号"),
    ("name", "名称"),
    ("uscc", "统一社会信用代码"),
    ("status", "状态"),
    ("address", "登记住所"),
    ("town", "乡镇街道代码"),
    ("address_number", "集群注册地址编号"),
    ("operator_unit", "运营单位名称"),
    ("proof_number", "住所使用证明编号"),
    ("industry", "行业代码"),
    ("foreign_invested", "是否外商投资"),
    ("business_address", "实际经营场所"),
    ("self_published", "是否已自行公示实际经营场所"),
    ("operating", "是否正常经营"),
    ("annual_report_year", "最近年报年度"),
    ("entered_on", "入驻日期"),
    ("moved_out_on", "迁出日期"),
    ("confirmed_on", "最近核实日期"),
    ("visited_on", "最近走访日期"),
    ("visit_result", "走访结果"),
    ("contacts", "联系人"),
    ("remark", "备注"),
];

/// Where a tenant stands.
pub const TENANT_STATUS: Names = &[
    ("applied", "拟申请入驻"),
    ("filed", "已建档"),
    ("active", "已入驻"),
    ("suspended", "暂停服务"),
    ("moved_out", "已迁出"),
    ("cancelled", "已注销或撤销"),
];

/// What a visit found; a table, so that a rule can count 失联 (五（三）8（3）) and refused inspections (8（6）).
pub const VISIT_RESULTS: Names = &[
    ("normal", "正常办公"),
    ("empty", "无人办公"),
    ("lost", "无法取得联系"),
    ("refused", "不配合走访"),
    ("closed", "停业或歇业"),
];

/// Reads a tenant's row. `host_unit` comes from the row or the link, as the format has it.
///
/// # Errors
/// The first thing wrong with the row.
pub fn tenant(fields: &Fields<'_>, header: &Header, host_unit: Option<String>) -> Result<LedgerEntry, Problem> {
    let mut extra = extra(fields, header)?;
    let reference = fields.required("record_number", chars_max::NUMBER)?.text.to_owned();
    let name = fields.required("name", chars_max::NAME)?.text.to_owned();
    let status = fields.choice("status", TENANT_STATUS)?.ok_or_else(|| fields.missing("status"))?;
    let uscc = uscc(fields, "uscc", &mut extra)?;
    // Who only intends to move in may not be registered yet.
    if uscc.is_none() && status != "applied" {
        return Err(fields.missing("uscc"));
    }
    let address = fields.required("address", chars_max::LINE)?.text.to_owned();
    let cluster_address = fields.required("address_number", chars_max::NUMBER)?.text.to_owned();
    industry(fields, &mut extra)?;
    keep_texts(fields, &mut extra, &[("proof_number", chars_max::NUMBER), ("business_address", chars_max::LINE)])?;
    keep_flags(fields, &mut extra, &["foreign_invested", "self_published", "operating"])?;
    keep_dates(fields, &mut extra, &["entered_on", "moved_out_on", "visited_on"])?;
    if let Some(year) = fields.integer("annual_report_year", REPORT_YEAR_MIN..=REPORT_YEAR_MAX)? {
        extra.insert("annual_report_year".to_owned(), year.to_string());
    }
    if let Some(result) = fields.choice("visit_result", VISIT_RESULTS)? {
        extra.insert("visit_result".to_owned(), result.to_owned());
    }
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject: LedgerSubject::Tenant,
        reference,
        party: Party { name: Some(name), uscc, address: Some(address), town: town(fields)?, ..Party::default() },
        host_unit,
        operator_unit: fields.text("operator_unit", chars_max::NAME)?,
        cluster_address: Some(cluster_address),
        confirmed_on: fields.date("confirmed_on")?,
        status: Some(status.to_owned()),
        extra,
    })
}

/// What every row keeps beside its record's fields: the message's number, the remark, how many contacts were dropped, and the
/// names of members that the format does not have.
///
/// # Errors
/// Those of the fields.
pub fn extra(fields: &Fields<'_>, header: &Header) -> Result<BTreeMap<String, String>, Problem> {
    let mut extra = BTreeMap::from([("message_number".to_owned(), header.number.clone())]);
    if let Some(sender) = &header.sender {
        extra.insert("sender".to_owned(), sender.clone());
    }
    keep_texts(fields, &mut extra, &[("remark", chars_max::LINE)])?;
    // 个人信息保护法 art. 6: no more than the purpose needs. The platform keeps the contacts; supervision does not need them.
    let contacts = fields.items("contacts", CONTACTS_MAX)?.len();
    if contacts > 0 {
        extra.insert(CONTACTS_DROPPED.to_owned(), contacts.to_string());
    }
    fields.note_unread(&mut extra);
    Ok(extra)
}

/// A unified social credit code; a doubt goes to `extra`.
///
/// # Errors
/// The code's own faults (`uscc.length` …).
pub fn uscc(fields: &Fields<'_>, name: &str, extra: &mut BTreeMap<String, String>) -> Result<Option<Uscc>, Problem> {
    let Some(value) = fields.optional(name, chars_max::NUMBER)? else { return Ok(None) };
    let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
    if uscc.warning().is_some() {
        let note = format!("{name} 第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件");
        extra.insert(CODE_NOTE.to_owned(), note);
    }
    Ok(Some(uscc))
}

/// `town`: nine digits, or the twelve of a statistical code.
///
/// # Errors
/// `code-unknown`.
pub fn town(fields: &Fields<'_>) -> Result<Option<TownCode>, Problem> {
    let Some(value) = fields.optional("town", chars_max::CODE)? else { return Ok(None) };
    TownCode::parse(value.text).map(Some).map_err(|_| {
        value.problem(code::CODE_UNKNOWN, "乡镇街道代码 town 应为9位数字（或12位统计用区划代码），例如 110112009")
    })
}

/// `longitude`, `latitude` and `datum` (CGCS2000 where absent).
///
/// # Errors
/// `number-invalid`, `code-unknown`, and `field-missing` where only one of the two is there.
pub fn coordinate(fields: &Fields<'_>) -> Result<Option<Coordinate>, Problem> {
    let datum = match fields.choice("datum", &[("cgcs2000", "2000国家大地坐标系"), ("wgs84", "WGS 84")])? {
        Some("wgs84") => Datum::Wgs84,
        _ => Datum::Cgcs2000,
    };
    let longitude = fields.optional("longitude", chars_max::CODE)?;
    let latitude = fields.optional("latitude", chars_max::CODE)?;
    match (longitude, latitude) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(fields.missing("longitude")),
        (Some(_), None) => Err(fields.missing("latitude")),
        (Some(longitude), Some(latitude)) => {
            let wanted = "应为十进制度（经度±180，纬度±90），请检查经纬度是否颠倒";
            Coordinate::parse(longitude.text, latitude.text, datum)
                .map(Some)
                .map_err(|_| fields.wrong_number(&longitude, wanted))
        }
    }
}

/// Keeps texts in `extra` under their own names.
///
/// # Errors
/// `structure`, `field-too-long`.
pub fn keep_texts(
    fields: &Fields<'_>,
    extra: &mut BTreeMap<String, String>,
    names: &[(&str, usize)],
) -> Result<(), Problem> {
    for (name, chars_max) in names {
        if let Some(text) = fields.text(name, *chars_max)? {
            extra.insert((*name).to_owned(), text);
        }
    }
    Ok(())
}

/// Keeps dates in `extra` under their own names.
///
/// # Errors
/// `time-invalid`.
pub fn keep_dates(fields: &Fields<'_>, extra: &mut BTreeMap<String, String>, names: &[&str]) -> Result<(), Problem> {
    for name in names {
        if let Some(date) = fields.date(name)? {
            extra.insert((*name).to_owned(), date.to_string());
        }
    }
    Ok(())
}

/// Keeps flags in `extra` under their own names, as `true` and `false`.
///
/// # Errors
/// `code-unknown`.
pub fn keep_flags(fields: &Fields<'_>, extra: &mut BTreeMap<String, String>, names: &[&str]) -> Result<(), Problem> {
    for name in names {
        if let Some(flag) = fields.flag(name)? {
            extra.insert((*name).to_owned(), flag.to_string());
        }
    }
    Ok(())
}

/// `industry`: GB/T 4754 division (2 digits), group (3) or class (4), with or without the letter of its section.
fn industry(fields: &Fields<'_>, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    let Some(value) = fields.optional("industry", chars_max::CODE)? else { return Ok(()) };
    let digits = value.text.strip_prefix(|c: char| ('A'..='T').contains(&c)).unwrap_or(value.text);
    if !((2..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())) {
        let text = "行业代码 industry 应为 GB/T 4754 的2至4位数字，前面可以有门类字母，例如 7259 或 L7259";
        return Err(value.problem(code::CODE_UNKNOWN, text));
    }
    extra.insert("industry".to_owned(), value.text.to_owned());
    Ok(())
}
