//! The link's settings that this plugin reads, checked.

use serde_json::Value;
use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::town::TownCode;

use crate::problem::FORMAT;

/// Most codes that one town had before.
const OLD_CODES_MAX: usize = 8;

/// Which town the link is for.
#[derive(Debug, Default)]
pub(crate) struct Town {
    /// Its code today; `None` where the link does not say.
    pub(crate) code: Option<TownCode>,
    /// Codes that it had before and that old sheets still carry.
    pub(crate) old_codes: Vec<TownCode>,
}

/// `town_code` and `old_town_codes`.
pub(crate) fn town(context: &Context) -> Result<Town, Fault> {
    let code = match context.settings.get("town_code") {
        None => None,
        Some(value) => Some(parse(value).ok_or_else(|| setting::invalid(FORMAT, "town_code", "应为9位乡镇街道代码"))?),
    };
    let wrong = || setting::invalid(FORMAT, "old_town_codes", "应为8个以内的9位旧乡镇街道代码");
    let old_codes = match context.settings.get("old_town_codes") {
        None => Vec::new(),
        Some(Value::Array(list)) if list.len() <= OLD_CODES_MAX => {
            list.iter().map(|value| parse(value).ok_or_else(wrong)).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(wrong()),
    };
    Ok(Town { code, old_codes })
}

fn parse(value: &Value) -> Option<TownCode> {
    value.as_str().filter(|text| text.len() == 9).and_then(|text| TownCode::parse(text).ok())
}
