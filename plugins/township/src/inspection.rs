//! 巡查发现: one row is one problem that the town found at an entity or address.

use std::collections::BTreeMap;

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::sheet::{Column, Entry, Layout};
use xiezhi_sdk::Context;
use xiezhi_sdk::model::record::{Finding, Issue, SCHEMA_VERSION};

use crate::ledger;
use crate::problem::{Problem, code};
use crate::settings::Town;

/// The name of the table of [`CLASSES`] in records.
const CODE_SYSTEM: &str = "township-check";
/// Classes of findings, a table of our own after 五（三）8 and 9 of the measure.
const CLASSES: [(&str, &str); 9] = [
    ("01", "无法联系"),
    ("02", "擅自改变房屋用途"),
    ("03", "利用非法建筑"),
    ("04", "不具备特定条件"),
    ("05", "虚假材料骗取登记"),
    ("06", "未公示实际经营场所"),
    ("07", "投诉举报集中"),
    ("08", "违法违规经营"),
    ("99", "其他"),
];

/// The table.
pub(crate) const LAYOUT: Layout = Layout {
    title: "巡查发现",
    columns: &[
        Column { name: "序号", others: &[] },
        Column { name: "检查编号", others: &["巡查编号", "问题编号"] },
        Column { name: "企业名称", others: &["经营主体名称", "单位名称", "主体名称"] },
        Column {
            name: "统一社会信用代码", others: &["信用代码", "社会信用代码", "统一信用代码"]
        },
        Column { name: "检查地址", others: &["地址", "登记地址", "巡查地址", "问题地址"] },
        Column { name: "乡镇街道代码", others: &["属地代码", "街道代码"] },
        Column { name: "问题类别", others: &["问题类型", "类别"] },
        Column { name: "问题标题", others: &["标题"] },
        Column { name: "问题描述", others: &["问题情况", "检查情况", "巡查情况"] },
        Column { name: "检查日期", others: &["巡查日期", "发现日期", "检查时间", "发现时间"] },
        Column { name: "整改期限", others: &["处置期限"] },
        Column { name: "依据", others: &["法律依据"] },
        Column { name: "备注", others: &[] },
    ],
    marks: &["问题类别", "问题描述"],
};

/// Reads one row.
pub(crate) fn finding(entry: &Entry<'_>, town: &Town, context: &Context, row: u32) -> Result<Finding, Problem> {
    let mut extra = BTreeMap::new();
    let issue = issue(entry)?;
    let party = ledger::party(entry, town, "检查地址", &mut extra)?;
    let text = entry.required("问题描述", chars_max::TEXT)?.text.to_owned();
    let about = party.name.as_deref().or(party.address.as_deref()).unwrap_or("该单位");
    let usual = format!("{about}{}", issue.name.as_deref().unwrap_or_default());
    let title = entry.text("问题标题", chars_max::NAME)?.unwrap_or(usual);
    if let Some(day) = entry.day("整改期限")? {
        extra.insert("整改期限".to_owned(), day.to_string());
    }
    entry.keep(&["备注"], chars_max::TEXT, &mut extra)?;
    entry.keep_others(chars_max::LINE, &mut extra);
    let own = entry.text("检查编号", chars_max::NUMBER)?;
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference: own.unwrap_or_else(|| format!("{}-{row}", context.message_id)),
        party,
        issue,
        title,
        text,
        found_at: entry.moment("检查日期")?,
        legal_basis: entry.text("依据", chars_max::LINE)?,
        extra,
        ..Finding::default()
    })
}

/// 问题类别 by its code, its name, or both, as in `01 无法联系`.
fn issue(entry: &Entry<'_>) -> Result<Issue, Problem> {
    let value = entry.required("问题类别", chars_max::NAME)?;
    let digits = value.text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, name) = value.text.split_at_checked(digits).unwrap_or_default();
    let name = name.trim_start_matches([' ', '-', '.', '、', '　', ':', '：']);
    let number = if number.len() == 1 { format!("0{number}") } else { number.to_owned() };
    let fits = |&(code, usual): &(&str, &str)| {
        let says_something = !number.is_empty() || !name.is_empty();
        says_something && (number.is_empty() || code == number) && (name.is_empty() || usual == name)
    };
    match CLASSES.into_iter().find(fits) {
        Some((code, usual)) => {
            Ok(Issue { code_system: CODE_SYSTEM.to_owned(), code: code.to_owned(), name: Some(usual.to_owned()) })
        }
        None => {
            let list: Vec<String> = CLASSES.iter().map(|(code, name)| format!("{code} {name}")).collect();
            Err(value.problem(code::CODE_UNKNOWN, format!("问题类别应填代码或名称：{}", list.join("、"))))
        }
    }
}
