//! From a message to records: one method, one reader.

mod answer;
mod transfer;

use std::collections::BTreeSet;

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::{Context, Decoded, Document, Encoded, Input, RowRecord};

use crate::biz::Source;
use crate::envelope;
use crate::fault::{Problem, shown};
use crate::form::Form;
use crate::wire::{Reply, Row};

/// Most cases in one batch: what one clerk's export of a day holds, and little enough to settle in one transaction.
pub(crate) const BATCH_ROWS_MAX: usize = 500;

/// Reads a message.
pub(crate) fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(body) = input else {
        return Err(Problem::FormMalformed("本接口不分包传输").fault());
    };
    let form = Form::parse(body)?;
    let envelope = envelope::open(&form, context)?;
    let source = Source::new(envelope.biz);
    let document = match envelope.method.value.as_str() {
        "case.transfer" => single(Record::Finding(Box::new(transfer::read(&source.object()?)?))),
        "case.transfer.batch" => batch(&source)?,
        "case.feedback" => single(Record::Feedback(Box::new(answer::feedback(&source.object()?)?))),
        "case.receipt" => single(Record::Receipt(Box::new(answer::receipt(&source.object()?)?))),
        "punish.feedback" => single(Record::MeasureFeedback(Box::new(answer::measure(&source.object()?)?))),
        other => return Err(envelope.method.fault(&Problem::MethodUnknown(shown(other)))),
    };
    let reply = Some(reply(&document.row_faults)?);
    Ok(Decoded { document, reply, parts: Vec::new() })
}

fn single(record: Record) -> Document {
    Document { records: vec![RowRecord { row: 1, record }], row_faults: Vec::new() }
}

/// Reads an array of cases. A case that cannot be used costs its row only.
fn batch(source: &Source<'_>) -> Result<Document, Fault> {
    let rows = source.rows()?;
    if rows.is_empty() || rows.len() > BATCH_ROWS_MAX {
        let problem = Problem::BatchSize { found: rows.len(), max: BATCH_ROWS_MAX };
        return Err(source.whole_fault(&problem));
    }
    let mut document = Document::default();
    let mut seen = BTreeSet::new();
    for (row, raw) in (1_u32..).zip(rows) {
        let read = source.element(raw, "bizContent").and_then(|object| {
            let finding = transfer::read(&object)?;
            let first = seen.insert(finding.reference.clone());
            if first {
                Ok(finding)
            } else {
                Err(object.fault(&Problem::biz("taskNum", "在本批中重复"), "taskNum"))
            }
        });
        match read {
            Ok(finding) => document.records.push(RowRecord { row, record: Record::Finding(Box::new(finding)) }),
            Err(fault) => document.row_faults.push(RowFault { row, fault }),
        }
    }
    Ok(document)
}

fn reply(row_faults: &[RowFault]) -> Result<Encoded, Fault> {
    let rows = row_faults
        .iter()
        .map(|refused| Row { row: refused.row, code: &refused.fault.code, msg: &refused.fault.text })
        .collect();
    let reply = if row_faults.is_empty() {
        Reply { code: 0, msg: "ok", rows }
    } else {
        Reply { code: 1, msg: "部分条目未接收", rows }
    };
    Ok(Encoded { body: crate::encode::to_json(&reply)?.into_bytes(), content_type: "application/json".to_owned() })
}
