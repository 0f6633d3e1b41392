//! The fault codes of this plugin, and the two shapes in which its parsers give them.
//!
//! A text says what is wrong, where, and what the sender can do. It never quotes `PW`.

use xiezhi_sdk::model::fault::Fault;

/// The check sum is wrong.
pub(crate) const CRC_MISMATCH: &str = "hj212.crc-mismatch";
/// The check sum is CRC-16/MODBUS.
pub(crate) const CRC_MODBUS: &str = "hj212.crc-modbus";
/// The length field does not match the data segment.
pub(crate) const LENGTH_MISMATCH: &str = "hj212.length-mismatch";
/// The frame ends early.
pub(crate) const TRUNCATED: &str = "hj212.truncated";
/// Bytes stand where `##` should.
pub(crate) const HEADER_MISSING: &str = "hj212.header-missing";
/// The data segment is longer than the standard allows.
pub(crate) const SEGMENT_TOO_LONG: &str = "hj212.segment-too-long";
/// The data segment is not UTF-8 text.
pub(crate) const ENCODING: &str = "hj212.encoding";
/// `CP=&&…&&` is missing or not closed.
pub(crate) const CP_MISSING: &str = "hj212.cp-missing";
/// A field is missing.
pub(crate) const FIELD_MISSING: &str = "hj212.field-missing";
/// A field's value is wrong.
pub(crate) const FIELD_INVALID: &str = "hj212.field-invalid";
/// PNUM and PNO are wrong or contradict another part.
pub(crate) const PART_INVALID: &str = "hj212.part-invalid";
/// The command is not one that the gateway takes.
pub(crate) const COMMAND_UNSUPPORTED: &str = "hj212.command-unsupported";
/// The protocol version is not known.
pub(crate) const VERSION_UNSUPPORTED: &str = "hj212.version-unsupported";
/// More frames than one message may hold.
pub(crate) const TOO_MANY_FRAMES: &str = "hj212.too-many-frames";
/// A text does not fit into the most parts allowed.
pub(crate) const TEXT_TOO_LONG: &str = "hj212.text-too-long";
/// A setting of the link cannot be used.
pub(crate) const SETTING_INVALID: &str = "hj212.setting-invalid";
/// A record whose kind has no form here.
pub(crate) const KIND_UNWRITTEN: &str = "hj212.kind-unwritten";
/// A receipt of the department shall be sent to the department.
pub(crate) const DIRECTION_INVALID: &str = "hj212.direction-invalid";

/// All of them.
#[cfg(test)]
pub(crate) const ALL: [&str; 18] = [
    CRC_MISMATCH,
    CRC_MODBUS,
    LENGTH_MISMATCH,
    TRUNCATED,
    HEADER_MISSING,
    SEGMENT_TOO_LONG,
    ENCODING,
    CP_MISSING,
    FIELD_MISSING,
    FIELD_INVALID,
    PART_INVALID,
    COMMAND_UNSUPPORTED,
    VERSION_UNSUPPORTED,
    TOO_MANY_FRAMES,
    TEXT_TOO_LONG,
    SETTING_INVALID,
    KIND_UNWRITTEN,
    DIRECTION_INVALID,
];

/// Longest excerpt of a value in a fault text, in characters.
const EXCERPT_CHARS_MAX: usize = 40;

/// A field that is not there; `offset` is where it should have been.
pub(crate) fn missing(field: &str, offset: usize) -> Fault {
    Fault::new(FIELD_MISSING, format!("缺少字段 {field}，请按 HJ 212-2017 补全后重发")).at(offset).in_field(field)
}

/// A field whose value breaks `rule`.
pub(crate) fn invalid(field: &str, value: &str, offset: usize, rule: &str) -> Fault {
    let field = excerpt(field);
    let value = excerpt(value);
    Fault::new(FIELD_INVALID, format!("字段 {field} 的值“{value}”不符合要求：{rule}")).at(offset).in_field(field)
}

/// The start of a value, short enough for a text.
pub(crate) fn excerpt(value: &str) -> String {
    value.chars().take(EXCERPT_CHARS_MAX).collect()
}
