//! Writing notices, assignments, reminders and receipts for a host unit.
//!
//! The rows are those of `xiezhi-formats`' orders; the header also says which host unit it is for.

use xiezhi_formats::orders::{self, Outgoing};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Encoded};

use crate::members::VERSION;
use crate::problem::FORMAT;
use crate::settings;

/// The record kinds that the format has.
pub(crate) const WRITES: &[&str] = &["assignment", "reminder", "notice", "receipt"];

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let unit = settings::unit(context)?;
    // A link that does not say its number is known by the agency's id.
    let number = unit.number.unwrap_or(context.agency.as_str());
    let mut more = vec![("host_unit_number", number)];
    more.extend(unit.name.map(|name| ("host_unit", name)));
    let sender = settings::sender(context)?;
    let outgoing = Outgoing { prefix: FORMAT, version: VERSION, writes: WRITES, sender, receiver: number, more: &more };
    orders::write(&outgoing, record, context)
}
