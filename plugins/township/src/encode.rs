//! Writing the tables of `xiezhi_formats::office` as CSV with a byte order mark, which spreadsheets need to see UTF-8.

use std::borrow::Cow;

use xiezhi_formats::csv::Writer;
use xiezhi_formats::office;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Encoded};

use crate::problem::FORMAT;

/// What an outgoing message says of its own encoding.
const CONTENT_TYPE: &str = "text/csv; charset=UTF-8";
/// U+FEFF.
const MARK: &str = "\u{feff}";

/// Writes a record.
pub(crate) fn record(record: &Record, _context: &Context) -> Result<Encoded, Fault> {
    let form = office::form(FORMAT, "属地", record)?;
    let mut writer = Writer::default();
    writer.row(&form.columns);
    for row in &form.rows {
        writer.row(row.iter().map(|cell| harmless(cell)));
    }
    Ok(Encoded { body: [MARK, &writer.finish()].concat().into_bytes(), content_type: CONTENT_TYPE.to_owned() })
}

/// A text from another agency that a spreadsheet would run as a formula gets an apostrophe in front; `cell::clean` takes it
/// off again when the table comes back.
fn harmless(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}
