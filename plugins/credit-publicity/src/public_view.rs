//! The public view: what a visitor of the publicity site sees of an entry, as JSON with the site's own headings. One object
//! or an array of them, each a row.
//!
//! It has no `BusExcList`, so the credit code and the day of listing stand for the entry. Read so that what the public sees
//! can be held against what was published.

use std::collections::BTreeMap;

use xiezhi_formats::charset::Source;
use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::json::{self, Kind, Node, Object, Rules};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::record::{LedgerEntry, LedgerSubject, Party, SCHEMA_VERSION};
use xiezhi_sdk::{Context, Decoded, RowRecord};

use crate::decode::ROWS_MAX;
use crate::entry::{LISTED, REMOVED, credit_code, date};
use crate::problem::{Problem, code};
use crate::settings::{CAUSE_CHARS_MAX, REMOVAL_CHARS_MAX};

/// An array of flat objects is two deep, four leaves room; a visitor sees eight headings.
const RULES: Rules = Rules { depth_max: 4, items_max: ROWS_MAX };
/// Headings and the columns that they show, beside name, code and dates.
const SHOWN: [(&str, &str, usize); 4] = [
    ("列入经营异常名录原因", "SpeCauseCN", CAUSE_CHARS_MAX),
    ("作出决定机关(列入)", "DecorgCN", chars_max::NAME),
    ("移出经营异常名录原因", "RemExcpresCN", REMOVAL_CHARS_MAX),
    ("作出决定机关(移出)", "ReDecOrgCN", chars_max::NAME),
];

/// Reads the rows of a message.
pub(crate) fn rows(source: &Source<'_>, context: &Context) -> Result<Decoded, Problem> {
    let root = json::parse(source.text(), &RULES)?;
    let nodes = if root.kind() == Kind::Array { root.array("报文")? } else { vec![root] };
    if nodes.is_empty() {
        return Err(Problem::new(code::FIELD_MISSING, root.at(), "报文是空数组，没有任何公示条目"));
    }
    let mut decoded = Decoded::default();
    for (index, node) in nodes.iter().enumerate() {
        let row = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        match entry(node, context) {
            Ok(entry) => {
                let record = Record::LedgerEntry(Box::new(entry));
                decoded.document.records.push(RowRecord { row, record });
            }
            Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
        }
    }
    Ok(decoded)
}

fn entry(node: &Node<'_>, context: &Context) -> Result<LedgerEntry, Problem> {
    let object = node.object("公示条目")?;
    let name = object.required("企业名称", chars_max::NAME)?;
    let mut extra = BTreeMap::new();
    let uscc = credit_code(&object.required("统一社会信用代码", chars_max::CODE)?, &mut extra)?;
    object.required("列入经营异常名录原因", CAUSE_CHARS_MAX)?;
    let listed_on = date(&object.required("列入日期", chars_max::CODE)?)?;
    extra.insert("AbnTime".to_owned(), listed_on.to_string());
    let removed_on = object.optional("移出日期", chars_max::CODE)?.map(|value| date(&value)).transpose()?;
    if let Some(removed_on) = removed_on {
        extra.insert("RemDate".to_owned(), removed_on.to_string());
    }
    for (heading, column, chars_max) in SHOWN {
        if let Some(value) = shown(&object, heading, chars_max)? {
            extra.insert(column.to_owned(), value.text.to_owned());
        }
    }
    let status = if removed_on.is_some() { REMOVED } else { LISTED };
    Ok(LedgerEntry {
        schema_version: SCHEMA_VERSION,
        subject: LedgerSubject::Tenant,
        reference: format!("{uscc}/{listed_on}"),
        party: Party { name: Some(name.text.to_owned()), uscc: Some(uscc), ..Party::default() },
        confirmed_on: Some(context.at.beijing_date()),
        status: Some(status.to_owned()),
        extra,
        ..LedgerEntry::default()
    })
}

/// A heading, with half-width or full-width brackets: sites differ.
fn shown<'o>(object: &'o Object<'_>, heading: &str, chars_max: usize) -> Result<Option<Value<'o>>, Problem> {
    match object.optional(heading, chars_max)? {
        Some(value) => Ok(Some(value)),
        None => object.optional(&heading.replace('(', "（").replace(')', "）"), chars_max),
    }
}
