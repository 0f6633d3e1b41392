//! Why a record is not written at all: the format does not have its kind, or it would go back to whom it came from.
//!
//! The host looks at the manifest first, so a good manifest keeps the first one from being seen. It is a fault of the
//! format all the same: the host's own code for it is reserved, and a plugin that gave that one would break its contract.

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;

use crate::{Problem, code};

/// The refusal of a record whose kind the format does not write. `agency` is whose format it is and `writes` what it has,
/// as officials name both.
#[must_use]
pub fn kind_unwritten(format: &str, agency: &str, record: &Record, writes: &str) -> Fault {
    let text = format!("{agency}格式不支持发送“{}”类记录，只支持{writes}", record.kind());
    Problem::new(code::KIND_UNWRITTEN, 0, text).fault_without_place(format)
}

/// The refusal of a receipt that the agency itself sent.
#[must_use]
pub fn direction_invalid(format: &str, agency: &str) -> Fault {
    let text = format!("{agency}发来的回执不能再发回{agency}");
    Problem::new(code::DIRECTION_INVALID, 0, text).fault_without_place(format)
}
