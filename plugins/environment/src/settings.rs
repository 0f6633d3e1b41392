//! The link's `[settings]` for this plugin, read once per call.

use serde_json::{Map, Value};
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::fault;

/// How long to wait for the other parts when the link does not say: ten minutes, which covers three retries of ten
/// seconds (HJ 212-2017) for each of some twenty parts.
const PART_TIMEOUT_MS_DEFAULT: i64 = 600_000;
/// Longest wait that a link may set: seven days. Beyond it parts of two reports of a recycled clock could meet.
const PART_TIMEOUT_MS_MAX: i64 = 604_800_000;
/// System type of frames that we send: 91, 系统交互 (HJ 212-2017 table 5).
const ST_DEFAULT: &str = "91";
/// Password in frames that we send, where the department wants none.
const PW_DEFAULT: &str = "000000";
/// Station number in frames that we send: Tongzhou's district code, filled to the 24 digits of an EPC-96.
const MN_DEFAULT: &str = "000000000000000000110112";

/// Most codes of 2005 that a link may give; the old tables have about a hundred.
const FACTORS_MAX: usize = 500;

/// Which check sums a link takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CrcPolicy {
    /// Only the standard's.
    Standard,
    /// The standard's, and CRC-16/MODBUS as long as the department's devices are being mended.
    StandardOrModbus,
}

/// The settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings<'a> {
    /// `accept_modbus_crc`.
    pub(crate) crc: CrcPolicy,
    /// `part_timeout_ms`.
    pub(crate) part_timeout_ms: u64,
    /// `st`.
    pub(crate) st: &'a str,
    /// `pw`: never in a record or a fault.
    pub(crate) pw: &'a str,
    /// `mn`.
    pub(crate) mn: &'a str,
    /// `factors_2005`: codes of HJ/T 212-2005 and what they are since 2017.
    pub(crate) factors_2005: Option<&'a Map<String, Value>>,
}

impl<'a> Settings<'a> {
    /// Reads and checks them.
    pub(crate) fn read(context: &'a Context) -> Result<Self, Fault> {
        let wrong = |name: &str, rule: &str| {
            Fault::new(fault::SETTING_INVALID, format!("链路设置 {name} 无效：{rule}，请运维人员修改配置后重新投递"))
                .in_field(name)
        };
        let timeout = context.setting_integer("part_timeout_ms").unwrap_or(PART_TIMEOUT_MS_DEFAULT);
        if !(1..=PART_TIMEOUT_MS_MAX).contains(&timeout) {
            return Err(wrong("part_timeout_ms", "应为1到604800000之间的毫秒数"));
        }
        let st = context.setting_text("st").unwrap_or(ST_DEFAULT);
        if st.len() != 2 || !st.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("st", "应为两位系统编码"));
        }
        let pw = context.setting_text("pw").unwrap_or(PW_DEFAULT);
        if !(1..=6).contains(&pw.len()) || !pw.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("pw", "应为1到6位字母或数字"));
        }
        let mn = context.setting_text("mn").unwrap_or(MN_DEFAULT);
        if !(7..=24).contains(&mn.len()) || !mn.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("mn", "应为7到24位字母或数字"));
        }
        let crc = match context.setting_flag("accept_modbus_crc") {
            true => CrcPolicy::StandardOrModbus,
            false => CrcPolicy::Standard,
        };
        let factors_2005 = factors(context).map_err(|rule| wrong("factors_2005", rule))?;
        Ok(Self { factors_2005, crc, part_timeout_ms: timeout.unsigned_abs(), st, pw, mn })
    }
}

/// The link's table of old codes, `Err` with the rule that it breaks.
fn factors(context: &Context) -> Result<Option<&Map<String, Value>>, &'static str> {
    let Some(value) = context.settings.get("factors_2005") else { return Ok(None) };
    let table =
        value.as_object().filter(|table| table.len() <= FACTORS_MAX).ok_or("应为不超过500行的因子编码对照表")?;
    let is_old = |code: &str| (1..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_new = |code: &str| {
        code.len() == 6
            && code.starts_with(|c: char| c.is_ascii_lowercase())
            && code.bytes().skip(1).all(|b| b.is_ascii_digit())
    };
    match table.iter().all(|(old, new)| is_old(old) && new.as_str().is_some_and(is_new)) {
        true => Ok(Some(table)),
        false => Err("每行应为2005版编码（1至3位）和2017版编码（1位小写字母加5位数字），如 011 = \"w01018\""),
    }
}
