//! Fault codes and texts. A clerk of the sending agency reads the texts: what is wrong, where, what to do; never personal
//! data.

use xiezhi_sdk::{Fault, RowFault};

use crate::ID;

/// What this plugin can find wrong; the id and a dot come in front. Codes are stable: programs of the agency know them.
pub(crate) mod code {
    pub(crate) const PARTS: &str = "parts-unsupported";
    pub(crate) const LIMIT: &str = "limit";
    pub(crate) const ENCODING: &str = "encoding-invalid";
    pub(crate) const HEADER: &str = "header-invalid";
    pub(crate) const ROWS: &str = "rows-missing";
    pub(crate) const FIELDS: &str = "field-count";
    pub(crate) const ESCAPE: &str = "escape-invalid";
    pub(crate) const MISSING: &str = "field-missing";
    pub(crate) const TOO_LONG: &str = "field-too-long";
    pub(crate) const USCC: &str = "uscc-invalid";
    pub(crate) const TIME: &str = "time-invalid";
    pub(crate) const ASSIGNMENT: &str = "assignment-invalid";
    pub(crate) const RESULT: &str = "result-unknown";
    pub(crate) const KIND: &str = "kind-unwritten";
    pub(crate) const DIRECTION: &str = "direction-invalid";
}

/// A fault of the whole message at a byte, counted from 0.
pub(crate) fn fault(code: &str, at: usize, text: impl Into<String>) -> Fault {
    unplaced(code, text).at(at)
}

/// A fault that has no place in the message.
pub(crate) fn unplaced(code: &str, text: impl Into<String>) -> Fault {
    Fault::new(&format!("{ID}.{code}"), text)
}

/// The same, of one row only.
pub(crate) fn of_row(row: u32, fault: Fault) -> RowFault {
    RowFault { row, fault }
}
