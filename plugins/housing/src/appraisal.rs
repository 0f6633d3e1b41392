//! 房屋安全鉴定结果: one row is one appraisal report and becomes one finding, whatever its grade: the policy decides what C and D
//! mean for an address.

use std::collections::BTreeMap;

use xiezhi_formats::cell::half_width;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::sheet::{Column, Entry, Layout};
use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::personal::PersonName;
use xiezhi_sdk::model::record::{Finding, Issue, Party, Person, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;

use crate::problem::{Problem, code};

/// The name of the table of grades in records.
const CODE_SYSTEM: &str = "jgj125";
/// JGJ 125-2016 6.1.4: grade, what it is called here, what it says.
const GRADES: [(char, &str, &str); 4] = [
    ('A', "无危险构件", "无危险构件，房屋结构能满足安全使用要求"),
    ('B', "个别构件危险", "个别结构构件评定为危险构件，但不影响主体结构安全，基本能满足安全使用要求"),
    ('C', "局部危房", "部分承重结构不能满足安全使用要求，局部处于危险状态，构成局部危房"),
    ('D', "整幢危房", "承重结构已不能满足安全使用要求，整体处于危险状态，构成整幢危房"),
];
const LEGAL_BASIS: &str = "JGJ 125-2016 6.1.4";
/// Key of `extra` for a doubt about the owner's code that does not make it wrong.
const CODE_NOTE: &str = "统一社会信用代码提示";
/// The same for the appraiser's.
const APPRAISER_NOTE: &str = "鉴定机构信用代码提示";
/// What people write into a cell that has nothing to say.
const NOTHING: [&str; 6] = ["/", "-", "—", "——", "无", "暂无"];
/// What a spreadsheet shows instead of a value.
const ERRORS: [&str; 7] = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"];
/// Words of which every organisation's name has one; an owner without any, and without a code, is a person.
const ORGANISATIONS: [&str; 32] = [
    "公司",
    "集团",
    "企业",
    "厂",
    "店",
    "中心",
    "合作社",
    "委员会",
    "村",
    "社区",
    "经济",
    "医院",
    "学院",
    "学校",
    "研究",
    "局",
    "部",
    "处",
    "协会",
    "银行",
    "馆",
    "政府",
    "街道",
    "站",
    "园",
    "事务所",
    "基金会",
    "商会",
    "工作室",
    "场",
    "所",
    "队",
];

/// The table.
pub(crate) const LAYOUT: Layout = Layout {
    title: "房屋安全鉴定结果",
    columns: &[
        Column { name: "序号", others: &[] },
        Column { name: "鉴定报告编号", others: &["报告编号", "鉴定报告号"] },
        Column { name: "房屋坐落", others: &["房屋地址", "坐落", "地址"] },
        Column { name: "乡镇街道代码", others: &["属地代码", "街道代码"] },
        Column { name: "产权人", others: &["产权单位", "所有权人", "房屋所有权人"] },
        Column {
            name: "统一社会信用代码", others: &["产权人信用代码", "信用代码", "社会信用代码"]
        },
        Column { name: "房屋用途", others: &["用途"] },
        Column { name: "结构类型", others: &["房屋结构"] },
        Column { name: "地上层数", others: &["层数"] },
        Column { name: "建筑面积", others: &["面积"] },
        Column { name: "建成年份", others: &["建成年代", "建造年份"] },
        Column { name: "鉴定类别", others: &["鉴定类型"] },
        Column { name: "鉴定机构", others: &["鉴定单位"] },
        Column {
            name: "鉴定机构信用代码", others: &["鉴定单位信用代码", "鉴定机构统一社会信用代码"]
        },
        Column { name: "鉴定等级", others: &["危险性等级", "鉴定结论等级"] },
        Column { name: "鉴定日期", others: &["鉴定时间", "报告日期"] },
        Column { name: "处理建议", others: &["处理意见"] },
        Column { name: "下次复核日期", others: &["复核日期"] },
    ],
    marks: &["鉴定等级"],
};

/// Reads one row.
pub(crate) fn finding(entry: &Entry<'_>) -> Result<Finding, Problem> {
    refuse_errors(entry)?;
    let (grade, name, meaning) = grade(entry)?;
    let reference = entry.required("鉴定报告编号", chars_max::NUMBER)?.text.to_owned();
    let mut extra = BTreeMap::new();
    let (party, people) = party(entry, &mut extra)?;
    entry.keep(
        &["房屋用途", "结构类型", "地上层数", "建筑面积", "建成年份", "鉴定类别", "鉴定机构"],
        chars_max::NAME,
        &mut extra,
    )?;
    appraiser(entry, &mut extra)?;
    let advice = text(entry, "处理建议", chars_max::LINE)?;
    if let Some(advice) = &advice {
        extra.insert("处理建议".to_owned(), advice.clone());
    }
    if text(entry, "下次复核日期", chars_max::CODE)?.is_some()
        && let Some(day) = entry.day("下次复核日期")?
    {
        extra.insert("下次复核日期".to_owned(), day.to_string());
    }
    entry.keep_others(chars_max::LINE, &mut extra);
    let advice = advice.map(|advice| format!("处理建议：{advice}。")).unwrap_or_default();
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference,
        title: format!("房屋安全鉴定为{grade}级（{name}）"),
        text: format!("房屋安全鉴定等级为{grade}级：{meaning}。{advice}"),
        party,
        issue: Issue { code_system: CODE_SYSTEM.to_owned(), code: grade.to_string(), name: Some(name.to_owned()) },
        found_at: entry.moment("鉴定日期")?,
        legal_basis: Some(LEGAL_BASIS.to_owned()),
        people,
        extra,
        ..Finding::default()
    })
}

/// A formula that went wrong shows an error where a value should be.
fn refuse_errors(entry: &Entry<'_>) -> Result<(), Problem> {
    for column in LAYOUT.columns {
        match entry.optional(column.name, chars_max::TEXT)? {
            Some(value) if ERRORS.contains(&value.text) => {
                let text = format!("{}的公式出错，单元格没有值，请改为填写实际内容", column.name);
                return Err(value.problem(code::CELL_ERROR, text));
            }
            _ => {}
        }
    }
    Ok(())
}

fn grade(entry: &Entry<'_>) -> Result<(char, &'static str, &'static str), Problem> {
    let value = entry.required("鉴定等级", chars_max::CODE)?;
    let text: String = value.text.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
    let letter = text.strip_suffix('级').unwrap_or(&text).to_ascii_uppercase();
    let found = GRADES.into_iter().find(|(grade, ..)| letter.chars().eq([*grade]));
    found.ok_or_else(|| value.problem(code::CODE_UNKNOWN, "鉴定等级应为 A、B、C 或 D（JGJ 125-2016），请核对鉴定报告"))
}

/// The house, and its owner where that is an organisation; a person is kept as one.
fn party(entry: &Entry<'_>, extra: &mut BTreeMap<String, String>) -> Result<(Party, Vec<Person>), Problem> {
    let address = entry.required("房屋坐落", chars_max::LINE)?.text.to_owned();
    let town = match entry.optional("乡镇街道代码", chars_max::CODE)? {
        None => None,
        Some(value) => {
            Some(TownCode::parse(value.text).map_err(|error| value.problem(code::TOWN_INVALID, error.to_string()))?)
        }
    };
    let uscc = match text(entry, "统一社会信用代码", chars_max::NUMBER)? {
        Some(_) => entry.uscc("统一社会信用代码", CODE_NOTE, extra)?,
        None => None,
    };
    let mut party = Party { uscc, address: Some(address), town, ..Party::default() };
    let mut people = Vec::new();
    if text(entry, "产权人", chars_max::NAME)?.is_some() {
        let owner = entry.required("产权人", chars_max::NAME)?;
        if party.uscc.is_some() || ORGANISATIONS.iter().any(|word| owner.text.contains(word)) {
            party.name = Some(owner.text.to_owned());
        } else {
            let name =
                PersonName::parse(owner.text).map_err(|error| owner.problem(code::NAME_INVALID, error.to_string()))?;
            people.push(Person { name, id_number: None, role: Some("产权人".to_owned()) });
        }
    }
    Ok((party, people))
}

/// The appraiser's code is not what the row is about: a wrong one is kept with a note and costs nothing.
fn appraiser(entry: &Entry<'_>, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    let Some(code) = text(entry, "鉴定机构信用代码", chars_max::NUMBER)? else { return Ok(()) };
    let kept = match Uscc::parse(&code) {
        Ok(uscc) => uscc.to_string(),
        Err(error) => {
            extra.insert(APPRAISER_NOTE.to_owned(), error.to_string());
            code
        }
    };
    extra.insert("鉴定机构信用代码".to_owned(), kept);
    Ok(())
}

/// A field's text, unless it says that there is nothing to say.
fn text(entry: &Entry<'_>, name: &'static str, chars_max: usize) -> Result<Option<String>, Problem> {
    Ok(entry.text(name, chars_max)?.filter(|text| !NOTHING.contains(&text.as_str())))
}
