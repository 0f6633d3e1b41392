//! The tables that the gateway and agencies who keep sheets exchange about cases: 派遣单 and its answer, 督办单, 联合惩戒单 and
//! its answer, 通知单, 回执单. One design of our own for all of them, whether a sheet travels as CSV or as a workbook.
//!
//! The exception in this crate: it knows record kinds, though no agency. An outgoing table ends with empty columns for the
//! answer, so that a clerk fills it in and sends it back; columns that an answer does not need are not read.

mod answer;
mod form;

pub use answer::{FEEDBACK, MEASURE_FEEDBACK, feedback, measure_feedback};
pub use form::{Form, WRITES, form};
