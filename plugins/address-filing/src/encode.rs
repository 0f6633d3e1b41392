//! Writing assignments, reminders, notices, joint punishment, its end, and receipts for the platform.
//!
//! The rows are those of `xiezhi-formats`' orders.

use xiezhi_formats::orders::{self, Outgoing};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Encoded};

use crate::members::VERSION;
use crate::problem::FORMAT;
use crate::settings;

/// The record kinds that the format has.
pub(crate) const WRITES: &[&str] = &["assignment", "reminder", "notice", "joint_punishment", "lift", "receipt"];

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let (sender, receiver) = settings::ends(context)?;
    let outgoing = Outgoing { prefix: FORMAT, version: VERSION, writes: WRITES, sender, receiver, more: &[] };
    orders::write(&outgoing, record, context)
}
