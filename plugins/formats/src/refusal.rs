//! Why a record is not written at all: the format does not have its kind, it would go back to whom it came from, or nobody may act
//! on it.
//!
//! The host looks at the manifest first, so a good manifest keeps the first from being seen. It is a fault of the
//! format all the same: the host's own code for it is reserved, and a plugin that gave that one would break its contract.

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::JointPunishment;

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

/// Whether a request says which measure of 全国失信惩戒措施基础清单 shall be taken and by what law: without both nobody may be
/// punished, whatever the format. `fields` are the format's names of the two.
///
/// # Errors
/// `measure-incomplete` with the field.
pub fn check_measure(format: &str, request: &JointPunishment, fields: [&str; 2]) -> Result<(), Fault> {
    let missing =
        fields.into_iter().zip([&request.measure_code, &request.legal_basis]).find(|(_, text)| text.trim().is_empty());
    let Some((field, _)) = missing else { return Ok(()) };
    let text = format!("联合惩戒缺少{field}：没有措施编码和法律依据的惩戒不得发送，请补充后重新发起");
    Err(Problem::new(code::MEASURE_INCOMPLETE, 0, text).in_field(field).fault_without_place(format))
}
