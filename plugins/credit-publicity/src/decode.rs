//! A message's envelope: which document it is, and one record or row fault for each `Item`.

use std::collections::BTreeMap;

use xiezhi_formats::cell;
use xiezhi_formats::charset::{Charset, Source};
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_formats::xml::{self, Element, Rules};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::{CivilDate, Record};
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::encode::root;
use crate::entry::{self, Change, Origin};
use crate::problem::{FORMAT, Problem, code};
use crate::settings::Settings;
use crate::{answer, public_view};

/// Longest message. A row has about 1 kB, so a full page fits.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rows in a message: the system sends longer lists in pages.
pub(crate) const ROWS_MAX: usize = 1_000;
/// The format nests four deep, eight leaves room; a page has 1000 rows with up to 25 columns each.
pub(crate) const RULES: Rules = Rules { root: root::LIST, depth_max: 8, elements_max: 32_000, namespaces: false };
/// Attributes of a list that say which page of how many it is; each row keeps them.
const PAGE_ATTRIBUTES: [&str; 3] = ["PageNO", "PageCount", "Total"];
/// Digits of the largest number that such an attribute may have.
const PAGE_DIGITS_MAX: usize = 9;

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "公示系统报文不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请分页或拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let settings = Settings::read(context)?;
    let fallback = encoding_fallback(FORMAT, context)?;
    if is_json(bytes) {
        let source = Source::agreed(FORMAT, bytes, Charset::Utf8, fallback)?;
        return public_view::rows(&source, context).map_err(|problem| source.fault(problem));
    }
    let source = Source::xml(FORMAT, bytes, fallback)?;
    let root = xml::parse(source.text(), &RULES).map_err(|problem| source.fault(problem))?;
    rows(&root, &source, context, &settings).map_err(|problem| source.fault(problem))
}

/// The public view is JSON; everything else is XML and begins with `<`.
fn is_json(bytes: &[u8]) -> bool {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// What the rows of a document are.
enum Business<'e> {
    Entries(Origin),
    Receipts,
    Feedback(&'e str),
}

fn rows(
    root: &Element<'_>,
    source: &Source<'_>,
    context: &Context,
    settings: &Settings<'_>,
) -> Result<Decoded, Problem> {
    let business = business(root, context)?;
    if let Some(stranger) = root.children.iter().find(|child| child.name != "Item") {
        let text = format!("{}之下只能有 Item", root.name);
        return Err(Problem::new(code::STRUCTURE, stranger.at, text).in_field(stranger.name));
    }
    let read = |row: &Element<'_>, number: u32| -> Result<Record, Problem> {
        Ok(match &business {
            Business::Entries(origin) => Record::LedgerEntry(Box::new(entry::ledger_entry(row, origin, settings)?)),
            Business::Receipts => Record::Receipt(Box::new(answer::receipt(row)?)),
            Business::Feedback(seq) => Record::Feedback(Box::new(answer::feedback(row, seq, number)?)),
        })
    };
    let mut decoded = Decoded::default();
    for (index, row) in root.children.iter().enumerate() {
        if index >= ROWS_MAX {
            let text = format!("一份报文不得超过{ROWS_MAX}个 Item，请分页或拆分后发送");
            return Err(Problem::new(code::LIMIT, row.at, text).in_field("Item"));
        }
        let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        match read(row, number) {
            Ok(record) => decoded.document.records.push(RowRecord { row: number, record }),
            Err(problem) => decoded.document.row_faults.push(source.row_fault(number, problem)),
        }
    }
    if root.children.is_empty() {
        return Err(root.missing("Item"));
    }
    Ok(decoded)
}

fn business<'e>(root: &'e Element<'_>, context: &Context) -> Result<Business<'e>, Problem> {
    match root.name {
        root::BATCH => {
            let change = match root.attribute("OpType") {
                Some("IN") => Change::Listed,
                Some("OUT") => Change::Removed,
                _ => {
                    let text = "操作类型（OpAnomalyBatch 的 OpType 属性）应为 IN（列入）或 OUT（移出、撤销）";
                    return Err(Problem::new(code::BUSINESS_UNKNOWN, root.at, text).in_field("OpType"));
                }
            };
            Ok(Business::Entries(Origin { change, confirmed_on: None, extra: BTreeMap::new() }))
        }
        root::LIST => Ok(Business::Entries(list(root, context)?)),
        root::RECEIPT => Ok(Business::Receipts),
        root::FEEDBACK => {
            let seq = root.attribute("Seq").filter(|seq| (1..=chars_max::NUMBER).contains(&seq.chars().count()));
            let seq = seq.ok_or_else(|| {
                let text = format!("缺少批次号（Seq 属性）或超过{}个字，请补充", chars_max::NUMBER);
                Problem::new(code::FIELD_MISSING, root.at, text).in_field("Seq")
            })?;
            Ok(Business::Feedback(seq))
        }
        _ => {
            let text = "根元素应为 OpAnomalyBatch（变更）、OpAnomalyList（名录查询结果）、OpAnomalyReceipt（回执）\
                        或 OpTaskFeedback（任务反馈）";
            Err(Problem::new(code::BUSINESS_UNKNOWN, root.at, text).in_field("根元素"))
        }
    }
}

/// A list says of itself when it was exported and which page it is.
fn list(root: &Element<'_>, context: &Context) -> Result<Origin, Problem> {
    let confirmed_on: CivilDate = match root.attribute("ExportDate") {
        None => context.at.beijing_date(),
        Some(date) => cell::date(date).ok_or_else(|| {
            let text = "导出日期（ExportDate 属性）应为 YYYY-MM-DD 形式的真实日期";
            Problem::new(code::TIME_INVALID, root.at, text).in_field("ExportDate")
        })?,
    };
    let mut extra = BTreeMap::new();
    for name in PAGE_ATTRIBUTES {
        let Some(number) = root.attribute(name) else { continue };
        if !(1..=PAGE_DIGITS_MAX).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
            let text = format!("{name} 属性应为不超过{PAGE_DIGITS_MAX}位的整数");
            return Err(Problem::new(code::NUMBER_INVALID, root.at, text).in_field(name));
        }
        extra.insert(name.to_owned(), number.to_owned());
    }
    Ok(Origin { change: Change::Any, confirmed_on: Some(confirmed_on), extra })
}
