//! A message's rows by their type. The envelope and its limits are those of `xiezhi-formats`' rows.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::{answers, ledger, rows};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input};

use crate::members::ADDRESS_FILING;
use crate::{address, settings, unit};

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let check = settings::number_check(context)?;
    rows::read(
        &ADDRESS_FILING,
        input,
        context,
        |header, _| Ok(header),
        |kind, fields, header, row| match kind {
            "address" => address::entry(fields, header, check).map(|entry| Record::LedgerEntry(Box::new(entry))),
            "host_unit" => unit::host(fields, header).map(|entry| Record::LedgerEntry(Box::new(entry))),
            "operator_unit" => unit::operator(fields, header).map(|entry| Record::LedgerEntry(Box::new(entry))),
            "tenant" => {
                let host_unit = fields.text("host_unit", chars_max::NAME)?;
                ledger::tenant(fields, header, host_unit).map(|entry| Record::LedgerEntry(Box::new(entry)))
            }
            "feedback" => answers::feedback(fields, header, row).map(|feedback| Record::Feedback(Box::new(feedback))),
            "measure_feedback" => answers::measure_feedback(fields, header, row)
                .map(|feedback| Record::MeasureFeedback(Box::new(feedback))),
            _ => answers::receipt(fields).map(|receipt| Record::Receipt(Box::new(receipt))),
        },
    )
}
