//! From a message to records: the collection's head, then one record or row fault for each feature.

use std::collections::BTreeMap;

use xiezhi_formats::charset::{Charset, Source};
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::{self, Node, Object, Rules};
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::{Record, UtcTime};
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::parcel::{self, Parcel, Shared};
use crate::problem::{FORMAT, Problem, code};
use crate::settings::{self, Reading};
use crate::{answer, crs};

/// Longest message. A parcel has 1 to 20 kB, by the detail of its polygon.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most features of a message: a sender splits larger batches.
const ROWS_MAX: usize = 1_000;
/// A position in a `MultiPolygon` is eight deep. No ring of a parcel has ten thousand positions.
const RULES: Rules = Rules { depth_max: 12, items_max: 10_000 };
/// The member that says what the collection is about; RFC 7946, 6.1 allows members of one's own.
pub(crate) const BUSINESS: &str = "YWLX";

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Business {
    /// 违法图斑, also where the member is not there.
    Parcels,
    /// 处理反馈.
    Feedback,
    /// 惩戒反馈.
    MeasureFeedback,
    /// 回执.
    Receipt,
}

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "图斑报文不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let reading = settings::reading(context)?;
    // RFC 8259, 8.1: JSON between systems is UTF-8.
    let source = Source::agreed(FORMAT, bytes, Charset::Utf8, encoding_fallback(FORMAT, context)?)?;
    let read = json::parse(source.text(), &RULES).and_then(|root| rows(&root, &reading, context));
    let rows = read.map_err(|problem| source.fault(problem))?;
    let mut decoded = Decoded::default();
    for (row, result) in rows {
        match result {
            Ok(record) => decoded.document.records.push(RowRecord { row, record }),
            Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
        }
    }
    Ok(decoded)
}

/// A row's number and what became of it.
type Row = (u32, Result<Record, Problem>);

fn rows(root: &Node<'_>, reading: &Reading, context: &Context) -> Result<Vec<Row>, Problem> {
    let collection = root.object("报文")?;
    let kind = collection.required("type", chars_max::CODE)?;
    if kind.text != "FeatureCollection" {
        return Err(kind.problem(code::STRUCTURE, "报文的 type 应为 FeatureCollection"));
    }
    let business = business(&collection)?;
    let features = collection.need("features")?.node.array("features").map_err(|p| p.in_field("features"))?;
    if let Some(first_too_many) = features.get(ROWS_MAX) {
        let text = format!("一份报文的 features 不得超过{ROWS_MAX}个，请拆分后发送");
        return Err(first_too_many.problem(code::LIMIT, text).in_field("features"));
    }
    if features.is_empty() {
        return Err(collection.missing("features"));
    }
    let name = collection.optional("name", chars_max::NAME)?.map(|name| name.text.to_owned());
    if business == Business::Parcels {
        let shared = Shared { datum: crs::datum(&collection)?, name, reading };
        return Ok(parcels(&features, &shared));
    }
    let answer = |(row, node): (u32, &Node<'_>)| (row, answered(node, business, context, row));
    Ok((1_u32..).zip(&features).map(answer).collect())
}

fn business(collection: &Object<'_>) -> Result<Business, Problem> {
    let Some(value) = collection.optional(BUSINESS, chars_max::CODE)? else { return Ok(Business::Parcels) };
    match value.text {
        "WFTB" => Ok(Business::Parcels),
        "CLFK" => Ok(Business::Feedback),
        "CJFK" => Ok(Business::MeasureFeedback),
        "HZ" => Ok(Business::Receipt),
        _ => {
            let text = "业务类型 YWLX 应为 WFTB（违法图斑，可不填）、CLFK（处理反馈）、CJFK（惩戒反馈）或 HZ（回执）";
            Err(value.problem(code::BUSINESS_UNKNOWN, text))
        }
    }
}

/// The parcels. Where a number comes twice, the report with the newer `FXSJ` counts, of two as new the later one.
fn parcels(features: &[Node<'_>], shared: &Shared<'_>) -> Vec<Row> {
    let read: Vec<(u32, Result<Parcel, Problem>)> =
        (1_u32..).zip(features).map(|(row, node)| (row, one_parcel(node, shared))).collect();
    let mut newest: BTreeMap<String, (UtcTime, u32)> = BTreeMap::new();
    for (row, parcel) in &read {
        let Ok(parcel) = parcel else { continue };
        let this = (parcel.found_at, *row);
        let best = newest.entry(parcel.finding.reference.clone()).or_insert(this);
        *best = this.max(*best);
    }
    let settle = |row: u32, parcel: Parcel| match newest.get(&parcel.finding.reference) {
        Some(&(_, winner)) if winner != row => {
            let text = format!("同一图斑编号在第{winner}个要素中有更新的记录，以该记录为准，本要素未采用，无需补报");
            Err(Problem::new(code::SUPERSEDED, parcel.number_at, text).in_field("TBBH"))
        }
        _ => Ok(Record::Finding(Box::new(parcel.finding))),
    };
    read.into_iter().map(|(row, parcel)| (row, parcel.and_then(|parcel| settle(row, parcel)))).collect()
}

fn one_parcel(node: &Node<'_>, shared: &Shared<'_>) -> Result<Parcel, Problem> {
    let feature = parcel::feature(node)?;
    let properties = parcel::properties(&feature)?;
    parcel::parcel(&feature, &properties, shared)
}

fn answered(node: &Node<'_>, business: Business, context: &Context, row: u32) -> Result<Record, Problem> {
    let feature = parcel::feature(node)?;
    let properties = parcel::properties(&feature)?;
    let usual = match feature.optional("id", chars_max::NUMBER)? {
        Some(id) => id.text.to_owned(),
        None => format!("{}-{row}", context.message_id),
    };
    Ok(match business {
        Business::Feedback => Record::Feedback(Box::new(answer::feedback(&properties, usual)?)),
        Business::MeasureFeedback => Record::MeasureFeedback(Box::new(answer::measure_feedback(&properties, usual)?)),
        Business::Receipt | Business::Parcels => Record::Receipt(Box::new(answer::receipt(&properties)?)),
    })
}
