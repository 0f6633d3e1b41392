//! 五（一）2 明确地址设定条件: which condition an address claims, with which papers, and what of it the row does not say.
//!
//! Reads and checks shapes. An address that claims nothing is still a record: whether it may be filed, the policy decides
//! from `extra.condition_gaps`.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::ledger::{keep_dates, keep_flags, keep_texts};
use xiezhi_formats::rows::{Fields, Names};

use crate::problem::{Problem, code};
use crate::settings::NumberCheck;

/// The four conditions, by the measure's own numbers.
pub(crate) const CONDITIONS: Names = &[
    ("1", "已取得不动产权属证明的合法经营场所"),
    ("2", "已取得房屋安全鉴定合格报告的经营性自建房"),
    ("3", "已完成竣工验收并取得合格手续的新建经营场所"),
    ("4", "其他符合住所登记管理规定的情形"),
];
/// Grades of JGJ 125-2016, 6.1.4.
pub(crate) const GRADES: Names = &[("A", "A级"), ("B", "B级"), ("C", "C级（局部危房）"), ("D", "D级（整幢危房）")];
/// Whether the third further condition of an 实际经营地址 is met.
pub(crate) const FOREIGN: Names = &[("yes", "符合"), ("no", "不符合"), ("none", "未引入外商投资企业或代表机构")];
/// Key of `extra`: what the row does not show, as codes for rules, joined by commas.
const GAPS: &str = "condition_gaps";
/// Key of `extra`: the same in words.
const GAPS_NOTE: &str = "condition_note";
/// Key of `extra`: document numbers whose form looks wrong.
const NUMBER_NOTE: &str = "number_note";
/// Characters of a unit code, GB/T 37346-2019.
const UNIT_CODE_CHARS: usize = 28;

/// Reads the condition members of an address into `extra`.
pub(crate) fn read(
    fields: &Fields<'_>,
    extra: &mut BTreeMap<String, String>,
    operating: bool,
    check: NumberCheck,
) -> Result<(), Problem> {
    unit_code(fields, extra)?;
    for (name, table) in [("condition", CONDITIONS), ("appraisal_grade", GRADES), ("foreign_investment", FOREIGN)] {
        if let Some(code) = fields.choice(name, table)? {
            extra.insert(name.to_owned(), code.to_owned());
        }
    }
    let flags = ["planning_obtained", "premises_consistent", "self_published", "operates_and_pays_tax"];
    keep_flags(fields, extra, &flags)?;
    keep_dates(fields, extra, &["appraised_on", "completed_on"])?;
    let texts = [
        ("planning_number", chars_max::NUMBER),
        ("title_number", chars_max::NUMBER),
        ("appraisal_number", chars_max::NUMBER),
        ("completion_number", chars_max::NUMBER),
        ("other_basis", chars_max::LINE),
    ];
    keep_texts(fields, extra, &texts)?;
    check_numbers(fields, extra, check)?;
    note_gaps(extra, operating);
    Ok(())
}

/// `unit_code`, often printed in four groups: kept without the blanks.
fn unit_code(fields: &Fields<'_>, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    let Some(value) = fields.optional("unit_code", chars_max::NUMBER)? else { return Ok(()) };
    let code: String = value.text.chars().filter(|c| !c.is_whitespace()).collect();
    if !is_unit_code(&code) {
        let text = format!(
            "不动产单元代码 unit_code 应为{UNIT_CODE_CHARS}位：12位数字、宗地特征码2位字母、5位数字、定着物特征码1位字母、\
             8位数字（GB/T 37346-2019），例如 110112005012GB00031F00020015"
        );
        return Err(value.problem(code::UNIT_CODE_INVALID, text));
    }
    extra.insert("unit_code".to_owned(), code);
    Ok(())
}

/// 6 行政区划, 3 地籍区, 3 地籍子区, 2 宗地特征码, 5 宗地顺序号, 1 定着物特征码, 8 定着物单元号; without 定着物 (`W`) the last are zeros.
fn is_unit_code(code: &str) -> bool {
    code.len() == UNIT_CODE_CHARS
        && code.bytes().enumerate().all(|(index, byte)| match index {
            12 => matches!(byte, b'G' | b'J' | b'Z'),
            13 => matches!(byte, b'A'..=b'H' | b'S' | b'W' | b'X' | b'Y'),
            19 => matches!(byte, b'F' | b'L' | b'Q' | b'W'),
            _ => byte.is_ascii_digit(),
        })
        && (code.as_bytes().get(19) != Some(&b'W') || code.ends_with("00000000"))
}

/// The forms of papers' numbers are from memory, and older papers have others, so a link decides what a wrong form costs.
fn check_numbers(fields: &Fields<'_>, extra: &mut BTreeMap<String, String>, check: NumberCheck) -> Result<(), Problem> {
    let mut odd = Vec::new();
    for (name, is_right, wanted) in [
        (
            "title_number",
            is_title as fn(&str) -> bool,
            "不动产权证号 title_number 应形如 京（2026）通不动产权第0012345号",
        ),
        (
            "planning_number",
            is_planning,
            "规划手续文号 planning_number 应形如 建字第110112202600012号或2026规自（通）建字0012号",
        ),
    ] {
        let Some(value) = fields.optional(name, chars_max::NUMBER)? else { continue };
        if is_right(value.text) {
            continue;
        }
        match check {
            NumberCheck::Note => odd.push(wanted),
            NumberCheck::Refuse => return Err(refused(&value, wanted)),
        }
    }
    if !odd.is_empty() {
        extra.insert(NUMBER_NOTE.to_owned(), format!("{}，请核对原件", odd.join("；")));
    }
    Ok(())
}

fn refused(value: &Value<'_>, wanted: &str) -> Problem {
    value.problem(code::DOCUMENT_NUMBER_INVALID, format!("{wanted}，请核对原件"))
}

/// `京（2026）通不动产权第0012345号`: province, year in either kind of brackets, county, number of seven digits.
fn is_title(text: &str) -> bool {
    let Some((head, tail)) = text.split_once("不动产权第") else { return false };
    let Some((_, rest)) = head.split_once(['（', '(']) else { return false };
    let Some((year, county)) = rest.split_once(['）', ')']) else { return false };
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    digits(year, 4) && !county.is_empty() && tail.strip_suffix('号').is_some_and(|number| digits(number, 7))
}

/// `建字第` (`地字第`, `乡字第`) and 15 digits, or Beijing's `2026规自（通）建字0012号`.
fn is_planning(text: &str) -> bool {
    let text = text.strip_suffix('号').unwrap_or(text);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let national = ["建字第", "地字第", "乡字第"].iter().find_map(|head| text.strip_prefix(head));
    if let Some(number) = national {
        let number = number.trim();
        return number.len() == 15 && digits(number);
    }
    let Some((year, rest)) = text.split_once("规自") else { return false };
    let Some((_, number)) = rest.split_once("字") else { return false };
    year.len() == 4 && digits(year) && !number.is_empty() && digits(number)
}

/// What 五（一）2 asks for and the row does not show.
fn note_gaps(extra: &mut BTreeMap<String, String>, operating: bool) {
    let has = |name: &str| extra.contains_key(name);
    let says = |name: &str, wanted: &str| extra.get(name).is_some_and(|value| value == wanted);
    let mut gaps: Vec<(&str, &str)> = Vec::new();
    let mut need = |is_there: bool, code: &'static str, words: &'static str| {
        if !is_there {
            gaps.push((code, words));
        }
    };
    let planning = says("planning_obtained", "true") || (has("planning_number") && !says("planning_obtained", "false"));
    need(planning, "planning", "未说明建筑物已取得规划手续");
    match extra.get("condition").map(String::as_str) {
        Some("1") => need(has("title_number"), "title_number", "情形（1）未填不动产权证号"),
        Some("2") => {
            need(has("appraisal_grade"), "appraisal_grade", "情形（2）未填房屋安全鉴定等级");
            need(has("appraisal_number"), "appraisal_number", "情形（2）未填房屋安全鉴定报告编号");
        }
        Some("3") => need(has("completion_number"), "completion_number", "情形（3）未填竣工验收文号"),
        Some(_) => need(has("other_basis"), "other_basis", "情形（4）未填依据"),
        None => need(false, "condition", "未声明符合情形（1）至（4）中的任何一种"),
    }
    if operating {
        let premises = says("premises_consistent", "true") || says("self_published", "true");
        need(premises, "premises", "未说明注册地址与实际经营场所一致或已自行公示");
        need(says("operates_and_pays_tax", "true"), "tax", "未说明引入的经营主体正常经营并依法纳税");
        let foreign = says("foreign_investment", "yes") || says("foreign_investment", "none");
        need(foreign, "foreign_investment", "未说明符合《外商投资法》相关要求");
    }
    if gaps.is_empty() {
        return;
    }
    let codes: Vec<&str> = gaps.iter().map(|(code, _)| *code).collect();
    let words: Vec<&str> = gaps.iter().map(|(_, words)| *words).collect();
    extra.insert(GAPS.to_owned(), codes.join(","));
    extra.insert(GAPS_NOTE.to_owned(), format!("依据五（一）2：{}", words.join("；")));
}
