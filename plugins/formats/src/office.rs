//! The tables that the gateway and agencies who keep sheets exchange about cases: 派遣单 and its answer, 督办单, 联合惩戒单 and
//! its answer, 通知单, 回执单. One design of our own for all of them, whether a sheet travels as CSV or as a workbook.
//!
//! The exception in this crate: it knows record kinds, though no agency. An outgoing table ends with empty columns for the
//! answer, so that a clerk fills it in and sends it back; columns that an answer does not need are not read.

mod answer;
mod form;

pub use answer::{FEEDBACK, MEASURE_FEEDBACK, feedback, measure_feedback};
pub use form::{Form, WRITES, form};

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;

use crate::refusal;

/// Why a record has no [`form`].
#[must_use]
pub fn refusal(format: &str, agency: &str, record: &Record) -> Fault {
    match record {
        Record::Receipt(_) => refusal::direction_invalid(format, agency),
        _ => refusal::kind_unwritten(format, agency, record, "派遣、督办、撤回、联合惩戒及其解除、通知和回执"),
    }
}
