//! `ExchangeMessage`: a header, and a body with one `fields` for each row. The layout is that of a real provincial exchange.

use std::collections::BTreeMap;

use xiezhi_formats::charset::Source;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::{self, Element, Rules};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, RowRecord};

use crate::decode::ROWS_MAX;
use crate::problem::{Problem, code};
use crate::row::{FIELDS_MAX, Row};
use crate::settings::Business;
use crate::{answer, penalty, restoration};

/// The format nests five deep (a receipt's rows), eight leaves room; a batch has 1000 rows with 31 elements each.
pub(crate) const RULES: Rules =
    Rules { root: "ExchangeMessage", depth_max: 8, elements_max: 50_000, namespaces: false };

/// What every row of a message shares.
#[derive(Debug)]
pub(crate) struct Header<'t> {
    /// `sender`: as the message says; the authenticated link decides, this is only kept.
    sender: Option<&'t str>,
    /// `flow`: the exchange's own id of the message.
    flow: Option<&'t str>,
    /// `sn`: the number of the message.
    number: Option<&'t str>,
}

impl Header<'_> {
    /// Keeps what the header says beside the row's own fields. Who operated and how to reach them is not kept.
    pub(crate) fn keep(&self, extra: &mut BTreeMap<String, String>) {
        for (name, value) in [("Header_sender", self.sender), ("Header_flow", self.flow), ("Header_sn", self.number)] {
            if let Some(value) = value {
                extra.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Reads a message; `items` says what the header's item may be.
pub(crate) fn read(source: &Source<'_>, items: &[(&str, Business)], context: &Context) -> Result<Decoded, Fault> {
    let root = xml::parse(source.text(), &RULES).map_err(|problem| source.fault(problem))?;
    rows(&root, source, items, context).map_err(|problem| source.fault(problem))
}

fn rows(
    root: &Element<'_>,
    source: &Source<'_>,
    items: &[(&str, Business)],
    context: &Context,
) -> Result<Decoded, Problem> {
    if root.name != "ExchangeMessage" {
        return Err(Problem::new(code::STRUCTURE, root.at, "根元素应为 ExchangeMessage"));
    }
    if let Some(stranger) = root.children.iter().find(|child| !matches!(child.name, "Header" | "Body")) {
        let text = "ExchangeMessage 之内只能有 Header 和 Body";
        return Err(Problem::new(code::STRUCTURE, stranger.at, text).in_field(stranger.name));
    }
    let (header, business) = header(root.group("Header")?, items)?;
    let body = root.group("Body")?;
    if let Some(stranger) = body.children.iter().find(|child| child.name != "fields") {
        let text = "Body 之内只能有 fields，每条记录一个";
        return Err(Problem::new(code::STRUCTURE, stranger.at, text).in_field(stranger.name));
    }
    let mut decoded = Decoded::default();
    for (row, element) in (1_u32..).zip(&body.children) {
        if row > ROWS_MAX {
            let text = format!("一份报文不得超过{ROWS_MAX}条记录，请拆分后发送");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("fields"));
        }
        let fallback = || format!("{}-{row}", header.number.unwrap_or(context.message_id.as_str()));
        match record(element, &header, business, fallback) {
            Ok(record) => decoded.document.records.push(RowRecord { row, record }),
            Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
        }
    }
    if body.children.is_empty() {
        return Err(body.missing("fields"));
    }
    Ok(decoded)
}

fn header<'t>(element: &'t Element<'_>, items: &[(&str, Business)]) -> Result<(Header<'t>, Business), Problem> {
    let item = element.required("item", chars_max::NUMBER)?;
    let business = items.iter().find(|(name, _)| *name == item.text).map(|(_, business)| *business);
    let business = business.ok_or_else(|| {
        let names: Vec<&str> = items.iter().map(|(name, _)| *name).collect();
        let text = format!("业务项 item 应为：{}", names.join("、"));
        item.problem(code::ITEM_UNKNOWN, text)
    })?;
    let text = |name| element.optional(name, chars_max::NUMBER).map(|value| value.map(|value| value.text));
    Ok((Header { sender: text("sender")?, flow: text("flow")?, number: text("sn")? }, business))
}

fn record(
    element: &Element<'_>,
    header: &Header<'_>,
    business: Business,
    fallback: impl FnOnce() -> String,
) -> Result<Record, Problem> {
    match business {
        Business::Penalty => penalty::penalty(&row(element)?, Some(header)).map(|r| Record::Penalty(Box::new(r))),
        Business::Restoration => {
            restoration::restoration(&row(element)?, header).map(|r| Record::Restoration(Box::new(r)))
        }
        Business::Feedback => answer::feedback(&row(element)?, fallback()).map(|r| Record::Feedback(Box::new(r))),
        Business::MeasureFeedback => {
            answer::measure_feedback(&row(element)?, fallback()).map(|r| Record::MeasureFeedback(Box::new(r)))
        }
        // The items that the gateway takes end with receipts.
        _ => answer::receipt(element).map(|r| Record::Receipt(Box::new(r))),
    }
}

/// The fields of a row that has no groups in it.
fn row<'e>(element: &'e Element<'_>) -> Result<Row<'e>, Problem> {
    if let Some(field) = element.children.get(FIELDS_MAX) {
        let text = format!("一条记录不得超过{FIELDS_MAX}个字段");
        return Err(Problem::new(code::LIMIT, field.at, text).in_field(field.name));
    }
    let mut fields = Vec::new();
    for child in &element.children {
        // Lengths are the columns' matter.
        fields.extend(child.value(usize::MAX)?);
    }
    Ok(Row { at: element.at, fields })
}
