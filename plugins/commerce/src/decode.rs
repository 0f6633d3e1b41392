//! From a message to records: the envelope, the document inside, and one record or row fault for each row.

use xiezhi_formats::charset::Source;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_formats::xml::{self, Element, Rules};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::{MessageId, Record};
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::embedded::Embedded;
use crate::problem::{FORMAT, Problem, code};
use crate::soap::{self, Body, Operation};
use crate::{answer, encode, finding, report, settings};

/// Longest message. A report has about 1 kB, so a full batch fits twice; two trees and the map between them need about
/// ten times as much memory.
const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most rows in a message: a sender splits larger batches.
const ROWS_MAX: usize = 1_000;
/// The documents nest three deep, eight leaves room; a batch has 1000 rows with up to 30 elements each.
pub(crate) const RULES: Rules = Rules { root: "FIEREPORT", depth_max: 8, elements_max: 30_000, namespaces: false };

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        return Err(
            Problem::new(code::PARTS_UNSUPPORTED, 0, "商务报文不分包，无法按分包处理").fault_without_place(FORMAT)
        );
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let service = settings::namespace(context)?;
    let source = Source::xml(FORMAT, bytes, encoding_fallback(FORMAT, context)?)?;
    let root = xml::parse(source.text(), &soap::RULES).map_err(|problem| source.fault(problem))?;
    let envelope = soap::open(&root, service).map_err(|problem| source.fault(problem))?;
    let relates_to = envelope.relates_to.as_ref();
    match envelope.body {
        Body::Fault(element) => {
            let mut decoded = Decoded::default();
            match answer::fault(element, relates_to) {
                Ok(receipt) => {
                    let record = Record::Receipt(Box::new(receipt));
                    decoded.document.records.push(RowRecord { row: 1, record });
                }
                Err(problem) => decoded.document.row_faults.push(source.row_fault(1, problem)),
            }
            Ok(decoded)
        }
        Body::Document { operation, argument, response } => {
            let embedded = Embedded::of(source.text(), argument);
            let reading = Reading { operation, relates_to, context };
            let mut decoded = reading.document(&embedded, &source)?;
            if let Some(name) = response {
                decoded.reply = Some(encode::response(name, &decoded.document, context)?);
            }
            Ok(decoded)
        }
    }
}

/// What the rows of a message share.
struct Reading<'c> {
    operation: Operation,
    relates_to: Option<&'c MessageId>,
    context: &'c Context,
}

impl Reading<'_> {
    fn document(&self, embedded: &Embedded<'_>, source: &Source<'_>) -> Result<Decoded, Fault> {
        let whole = |problem| source.fault(embedded.outward(problem));
        let root = xml::parse(embedded.text(), &RULES).map_err(whole)?;
        let rows = rows(&root, self.operation).map_err(whole)?;
        let mut decoded = Decoded::default();
        for (row, element) in (1_u32..).zip(rows) {
            match self.record(element, row) {
                Ok(record) => decoded.document.records.push(RowRecord { row, record }),
                Err(problem) => {
                    decoded.document.row_faults.push(source.row_fault(row, embedded.outward(problem)));
                }
            }
        }
        Ok(decoded)
    }

    fn record(&self, row: &Element<'_>, number: u32) -> Result<Record, Problem> {
        let fallback = || format!("{}-{number}", self.context.message_id);
        match self.operation {
            Operation::Report => report::record(row),
            Operation::Finding => finding::finding(row).map(|finding| Record::Finding(Box::new(finding))),
            Operation::Feedback => {
                answer::feedback(row, fallback()).map(|feedback| Record::Feedback(Box::new(feedback)))
            }
            Operation::MeasureFeedback => {
                answer::measure_feedback(row, fallback()).map(|feedback| Record::MeasureFeedback(Box::new(feedback)))
            }
            Operation::Receipt => {
                answer::receipt(row, self.relates_to).map(|receipt| Record::Receipt(Box::new(receipt)))
            }
        }
    }
}

/// The rows of a document: itself, or what its plural holds.
fn rows<'e, 't>(root: &'e Element<'t>, operation: Operation) -> Result<Vec<&'e Element<'t>>, Problem> {
    let (one, many) = match operation {
        Operation::Report => ("FIEREPORT", "FIEREPORTS"),
        Operation::Finding => ("FINDING", "FINDINGS"),
        Operation::Feedback => ("FEEDBACK", "FEEDBACKS"),
        Operation::MeasureFeedback => ("MEASUREFEEDBACK", "MEASUREFEEDBACKS"),
        Operation::Receipt => ("RECEIPT", "RECEIPTS"),
    };
    if root.name == one {
        return Ok(vec![root]);
    }
    if root.name != many {
        let text = format!("CDATA 中的文档根元素应为 {one}，批量报送时应为 {many}");
        return Err(Problem::new(code::STRUCTURE, root.at, text).in_field(root.name));
    }
    if let Some(stranger) = root.children.iter().find(|child| child.name != one) {
        let text = format!("{many} 之内只能有 {one}");
        return Err(Problem::new(code::STRUCTURE, stranger.at, text).in_field(stranger.name));
    }
    if let Some(first) = root.children.get(ROWS_MAX) {
        let text = format!("一份报文不得超过{ROWS_MAX}个 {one}，请拆分后发送");
        return Err(Problem::new(code::LIMIT, first.at, text).in_field(one));
    }
    if root.children.is_empty() {
        return Err(root.missing(one));
    }
    Ok(root.children.iter().collect())
}
