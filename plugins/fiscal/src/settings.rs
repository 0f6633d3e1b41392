//! The link's settings that this plugin reads, checked.

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// Tongzhou, GB/T 2260.
const REGION_DEFAULT: &str = "110112";

/// `region_code`: the six digits in the header of files that the gateway writes.
pub(crate) fn region(context: &Context) -> Result<&str, Fault> {
    const NAME: &str = "region_code";
    let text = setting::word(FORMAT, context, NAME, 6..=6, REGION_DEFAULT)?;
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text),
        false => Err(setting::invalid(FORMAT, NAME, "应为6位数字的行政区划代码")),
    }
}
