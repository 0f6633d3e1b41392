//! 一户一档: one row is one entity at a cluster address.

use std::collections::BTreeMap;

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::sheet::{Column, Entry, Layout};
use xiezhi_sdk::model::record::{LedgerEntry, LedgerSubject, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;

use crate::problem::{Problem, code};
use crate::settings::Town;

/// The key of `extra` for a doubt about the code that does not make it wrong.
pub(crate) const CODE_NOTE: &str = "统一社会信用代码提示";

/// The table. 联系人 and 联系电话 are columns of it and are not read: the gateway contacts nobody, so it needs neither
/// (个人信息保护法 art. 6).
pub(crate) const LAYOUT: Layout = Layout {
    title: "集群注册台账",
    columns: &[
        Column { name: "序号", others: &["编号"] },
        Column { name: "档案编号", others: &["档案号"] },
        Column { name: "集群地址名称", others: &["集群注册地址名称", "集群名称"] },
        Column { name: "集群地址编号", others: &["集群注册地址编号", "地址备案编号"] },
        Column { name: "企业名称", others: &["经营主体名称", "单位名称", "主体名称"] },
        Column {
            name: "统一社会信用代码", others: &["信用代码", "社会信用代码", "统一信用代码"]
        },
        Column { name: "登记地址", others: &["住所", "注册地址", "登记住所"] },
        Column { name: "乡镇街道代码", others: &["属地代码", "街道代码"] },
        Column { name: "联系人", others: &[] },
        Column { name: "联系电话", others: &[] },
        Column { name: "入驻日期", others: &["入驻时间"] },
        Column {
            name: "实际经营地是否公示", others: &["是否公示实际经营地", "实际经营场所是否公示"]
        },
        Column { name: "最近走访日期", others: &["走访日期", "最近走访时间", "最近核实日期"] },
        Column { name: "走访结果", others: &["走访情况", "核实结果"] },
        Column { name: "主办单位", others: &[] },
        Column { name: "运营单位", others: &["运营机构"] },
        Column { name: "状态", others: &["在驻状态", "入驻状态"] },
        Column { name: "备注", others: &["说明"] },
    ],
    marks: &["企业名称", "统一社会信用代码"],
};

/// Words of 状态 and what they are in the record.
const STATUSES: [(&str, &str); 10] = [
    ("备案", "filed"),
    ("已备案", "filed"),
    ("在驻", "active"),
    ("在册", "active"),
    ("正常", "active"),
    ("暂停", "suspended"),
    ("迁出", "moved_out"),
    ("已迁出", "moved_out"),
    ("注销", "cancelled"),
    ("已注销", "cancelled"),
];

/// Reads one row.
pub(crate) fn ledger_entry(entry: &Entry<'_>, town: &Town) -> Result<LedgerEntry, Problem> {
    let mut extra = BTreeMap::new();
    let party = party(entry, town, "登记地址", &mut extra)?;
    let name = entry.text("集群地址名称", chars_max::NAME)?;
    let number = entry.text("集群地址编号", chars_max::NUMBER)?;
    if let (Some(name), Some(_)) = (&name, &number) {
        extra.insert("集群地址名称".to_owned(), name.clone());
    }
    if let Some(day) = entry.day("入驻日期")? {
        extra.insert("入驻日期".to_owned(), day.to_string());
    }
    if let Some(published) = published(entry)? {
        extra.insert("实际经营地是否公示".to_owned(), published.to_owned());
    }
    entry.keep(&["走访结果", "备注"], chars_max::TEXT, &mut extra)?;
    entry.keep_others(chars_max::LINE, &mut extra);
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject: LedgerSubject::Tenant,
        reference: reference(entry, &party)?,
        host_unit: entry.text("主办单位", chars_max::NAME)?,
        operator_unit: entry.text("运营单位", chars_max::NAME)?,
        cluster_address: number.or(name),
        confirmed_on: entry.day("最近走访日期")?,
        status: status(entry)?,
        party,
        extra,
    })
}

/// Whom a row is about. A bare name does not tell two enterprises apart, so a code or an address must go with it.
pub(crate) fn party(
    entry: &Entry<'_>,
    town: &Town,
    address: &'static str,
    extra: &mut BTreeMap<String, String>,
) -> Result<Party, Problem> {
    let name = entry.text("企业名称", chars_max::NAME)?;
    let uscc = entry.uscc("统一社会信用代码", CODE_NOTE, extra)?;
    let address = entry.text(address, chars_max::LINE)?;
    let town = town_of(entry, town)?;
    if uscc.is_none() && address.is_none() {
        let text = "既没有统一社会信用代码也没有地址，无法确定是哪一家单位，请至少补充一项";
        return Err(Problem {
            code: code::PARTY_UNIDENTIFIED,
            text: text.to_owned(),
            ..entry.missing("统一社会信用代码")
        });
    }
    Ok(Party { name, uscc, address, town, ..Party::default() })
}

/// The link's town. A row may name it too, by today's code or one from before; a row of another town is in the wrong table.
fn town_of(entry: &Entry<'_>, town: &Town) -> Result<Option<TownCode>, Problem> {
    let Some(value) = entry.optional("乡镇街道代码", chars_max::CODE)? else { return Ok(town.code.clone()) };
    let found = TownCode::parse(value.text).map_err(|error| value.problem(code::TOWN_INVALID, error.to_string()))?;
    match &town.code {
        None => Ok(Some(found)),
        Some(own) if found == *own || town.old_codes.contains(&found) => Ok(Some(own.clone())),
        Some(own) => {
            let text = format!("乡镇街道代码应为本单位的 {own}，其他乡镇街道的数据请由该乡镇街道报送");
            Err(value.problem(code::TOWN_MISMATCH, text))
        }
    }
}

/// The town's own number; where it keeps none, what identifies the entity, so that next month's sheet updates the entry.
fn reference(entry: &Entry<'_>, party: &Party) -> Result<String, Problem> {
    if let Some(number) = entry.text("档案编号", chars_max::NUMBER)? {
        return Ok(number);
    }
    match (&party.uscc, &party.address) {
        (Some(uscc), _) => Ok(uscc.to_string()),
        (None, Some(address)) => Ok(address.clone()),
        (None, None) => Err(entry.missing("档案编号")),
    }
}

fn published(entry: &Entry<'_>) -> Result<Option<&'static str>, Problem> {
    let Some(value) = entry.optional("实际经营地是否公示", chars_max::CODE)? else { return Ok(None) };
    match value.text {
        "是" | "已公示" | "Y" | "y" | "1" => Ok(Some("是")),
        "否" | "未公示" | "N" | "n" | "0" => Ok(Some("否")),
        "不适用" | "无需公示" => Ok(Some("不适用")),
        _ => Err(value.problem(code::CODE_UNKNOWN, "实际经营地是否公示应填：是、否或不适用")),
    }
}

fn status(entry: &Entry<'_>) -> Result<Option<String>, Problem> {
    let Some(value) = entry.optional("状态", chars_max::CODE)? else { return Ok(None) };
    match STATUSES.into_iter().find(|&(word, _)| word == value.text) {
        Some((_, status)) => Ok(Some(status.to_owned())),
        None => Err(value.problem(code::CODE_UNKNOWN, "状态应填：备案、在驻、暂停、迁出或注销")),
    }
}
