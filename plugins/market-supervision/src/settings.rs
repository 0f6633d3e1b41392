//! The link's settings that this plugin reads, checked: code tables, the interval of letters, the ends of a message.
//!
//! The tables are those of one province's system, seen in public code; the national ones are close to them but could not be
//! checked, and law changes them. So they are data of the link, and these are only the defaults.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use xiezhi_formats::charset::Charset;
use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// Results of an inspection. 抽查检查结果.
const RESULT_CODES: [(&str, &str); 18] = [
    ("1", "未发现问题"),
    ("3", "违反食品药品监管规定"),
    ("4", "违反质量技术监督规定"),
    ("5", "违反其他部门规定"),
    ("6", "通过登记的住所（经营场所）无法联系"),
    ("7", "已关闭停业或正在组织清算"),
    ("8", "不配合检查情节严重"),
    ("9", "注销"),
    ("10", "被吊销营业执照"),
    ("11", "被撤销登记"),
    ("12", "迁出"),
    ("A", "发现问题待后续处理"),
    ("B", "未按规定公示应当公示的信息"),
    ("C", "公示信息隐瞒真实情况、弄虚作假"),
    ("D", "违反其他市场监管规定"),
    ("E", "发现问题经责令已改正"),
    ("F", "未发现开展本次抽查涉及的经营活动"),
    ("G", "违反公安规定"),
];
/// What each result counts for. The sets 问题 and 无法开展检查 are the project's reading of the measure's two ratios; a finding is
/// made where somebody has to act.
const RESULT_EFFECTS: [(&str, &str); 18] = [
    ("1", "clear"),
    ("3", "problem+finding"),
    ("4", "problem+finding"),
    ("5", "problem+finding"),
    ("6", "uncheckable+finding"),
    ("7", "uncheckable"),
    ("8", "uncheckable+finding"),
    ("9", "none"),
    ("10", "none"),
    ("11", "none"),
    ("12", "none"),
    ("A", "problem+finding"),
    ("B", "problem+finding"),
    ("C", "problem+finding"),
    ("D", "problem+finding"),
    ("E", "problem+finding"),
    ("F", "uncheckable"),
    ("G", "problem+finding"),
];
/// Causes of listing, each behind the kind of entity (1 企业, 2 个体工商户, 3 农民专业合作社): lost contact is 4 for an enterprise
/// and 2 for an individual business.
const LIST_IN_CAUSES: [(&str, &str); 10] = [
    ("1-1", "未按照规定期限公示年度报告"),
    ("1-2", "未在责令的期限内公示有关企业信息"),
    ("1-3", "公示企业信息隐瞒真实情况、弄虚作假"),
    ("1-4", "通过登记的住所或者经营场所无法联系"),
    ("2-1", "年度报告隐瞒真实情况、弄虚作假"),
    ("2-2", "通过登记的经营场所或者经营者住所无法联系"),
    ("2-3", "未按照规定报送年度报告"),
    ("3-1", "未按照规定期限公示年度报告"),
    ("3-3", "公示信息隐瞒真实情况、弄虚作假"),
    ("3-4", "通过登记的住所无法联系"),
];
/// Causes of removal, each behind the kind of entity.
const LIST_OUT_CAUSES: [(&str, &str); 17] = [
    ("1-1", "已补报年度报告并公示"),
    ("1-2", "已履行公示义务"),
    ("1-3", "已更正公示信息"),
    ("1-4", "已办理住所或者经营场所变更登记"),
    ("1-5", "通过登记的住所或者经营场所可以重新取得联系"),
    ("1-6", "届满三年列入严重违法失信名单"),
    ("1-7", "注销或者吊销"),
    ("2-1", "已更正年度报告"),
    ("2-2", "已办理经营场所变更登记"),
    ("2-3", "已补报年度报告"),
    ("2-4", "已重新取得联系"),
    ("2-5", "注销或者吊销"),
    ("3-1", "已补报年度报告并公示"),
    ("3-3", "已更正公示信息"),
    ("3-4", "已办理住所变更登记"),
    ("3-5", "通过登记的住所可以重新取得联系"),
    ("3-7", "注销或者吊销"),
];
/// Days from one registered letter to the next, 列入办法 art. 9; the two numbers are from memory.
const LETTER_GAP_MIN: i64 = 15;
/// See [`LETTER_GAP_MIN`].
const LETTER_GAP_MAX: i64 = 30;
/// No rule asks for letters further apart than a year.
const LETTER_GAP_RANGE: RangeInclusive<i64> = 1..=366;
/// The gateway's side of a message in the shipped configuration.
const SENDER_DEFAULT: &str = "xiezhi";
/// The bureau's code in the sample messages (fictional).
const RECEIVER_DEFAULT: &str = "11110112MAYYG0015Y";
/// Length of an organisation's code.
const CODE_LENGTH: RangeInclusive<usize> = 1..=32;

/// What a result of an inspection counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing was wrong; stands alone.
    Clear,
    /// Neither ratio.
    None,
    /// 问题发现率.
    Problem,
    /// 无法开展检查情况.
    Uncheckable,
}

/// One result in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultCode {
    pub(crate) name: String,
    pub(crate) effect: Effect,
    /// Whether somebody has to act.
    pub(crate) is_finding: bool,
}

/// The settings for reading.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) fallback: Option<Charset>,
    pub(crate) results: BTreeMap<String, ResultCode>,
    pub(crate) list_in: BTreeMap<String, String>,
    pub(crate) list_out: BTreeMap<String, String>,
    pub(crate) letter_gap_days: RangeInclusive<i64>,
}

impl Settings {
    pub(crate) fn read(context: &Context) -> Result<Self, Fault> {
        let gap = |name: &str, default: i64| setting::integer(FORMAT, context, name, LETTER_GAP_RANGE, default);
        let (min, max) = (gap("letter_gap_days_min", LETTER_GAP_MIN)?, gap("letter_gap_days_max", LETTER_GAP_MAX)?);
        if min > max {
            return Err(setting::invalid(FORMAT, "letter_gap_days_max", "不得小于 letter_gap_days_min"));
        }
        Ok(Self {
            fallback: setting::encoding_fallback(FORMAT, context)?,
            results: results(context)?,
            list_in: causes(context, "list_in_causes", &LIST_IN_CAUSES)?,
            list_out: causes(context, "list_out_causes", &LIST_OUT_CAUSES)?,
            letter_gap_days: min..=max,
        })
    }
}

fn results(context: &Context) -> Result<BTreeMap<String, ResultCode>, Fault> {
    let names = setting::table(FORMAT, context, "result_codes", &RESULT_CODES)?;
    let effects = setting::table(FORMAT, context, "result_effects", &RESULT_EFFECTS)?;
    let result = |(code, name): (String, String)| {
        let text = effects.get(&code)?;
        let (effect, finding) = text.split_once('+').unwrap_or((text, ""));
        let effect = match effect {
            "clear" => Effect::Clear,
            "none" => Effect::None,
            "problem" => Effect::Problem,
            "uncheckable" => Effect::Uncheckable,
            _ => return None,
        };
        let is_finding = match finding {
            "finding" => true,
            "" if !text.ends_with('+') => false,
            _ => return None,
        };
        Some((code, ResultCode { name, effect, is_finding }))
    };
    names.into_iter().map(result).collect::<Option<_>>().ok_or_else(|| {
        let wanted = "result_codes 的每个代码都应在 result_effects 中有一项：clear、none、problem 或 uncheckable，需处置的加“+finding”";
        setting::invalid(FORMAT, "result_effects", wanted)
    })
}

/// Codes are those of the column behind the kind of entity, as `1-4`.
fn causes(context: &Context, name: &str, default: &[(&str, &str)]) -> Result<BTreeMap<String, String>, Fault> {
    let table = setting::table(FORMAT, context, name, default)?;
    let fits = |code: &String| {
        code.split_once('-').is_some_and(|(kind, cause)| matches!(kind, "1" | "2" | "3") && !cause.is_empty())
    };
    if table.keys().all(fits) {
        Ok(table)
    } else {
        Err(setting::invalid(FORMAT, name, "代码应为“主体类型-原因代码”，例如 1-4"))
    }
}

/// Who signs outgoing messages and whom they are for.
pub(crate) struct Ends<'c> {
    pub(crate) sender: &'c str,
    pub(crate) receiver: &'c str,
}

/// `sender_code` and `receiver_code`.
pub(crate) fn ends(context: &Context) -> Result<Ends<'_>, Fault> {
    Ok(Ends {
        sender: setting::word(FORMAT, context, "sender_code", CODE_LENGTH, SENDER_DEFAULT)?,
        receiver: setting::word(FORMAT, context, "receiver_code", CODE_LENGTH, RECEIVER_DEFAULT)?,
    })
}
