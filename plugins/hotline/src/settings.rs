//! The link's settings that this plugin reads, checked. That callers are dropped is not one of them.

use std::collections::BTreeMap;

use xiezhi_formats::charset::Charset;
use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::complaint::MEMBERS;
use crate::problem::FORMAT;

/// What the hotline's own word for a work order means to the measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// 投诉: a consumer's own dispute, to be mediated.
    Complaint,
    /// 举报: a lead about a violation, to be checked.
    Report,
    /// Neither: a question, a proposal, a request for help.
    Other,
}

impl Class {
    /// The code of the table `hotline-class`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Report => "report",
            Self::Other => "other",
        }
    }
}

/// What the words of `orderType` mean. From memory: no public table of either hotline was found, so the link may have its own.
const ORDER_TYPES: [(&str, &str); 10] = [
    ("投诉", "complaint"),
    ("举报", "report"),
    ("投诉举报", "complaint+report"),
    ("投诉并举报", "complaint+report"),
    ("咨询", "other"),
    ("建议", "other"),
    ("求助", "other"),
    ("诉求", "other"),
    ("表扬", "other"),
    ("其他", "other"),
];
/// Pieces of names that speak of the caller: no setting may keep a member that has one of them in its name.
const CALLER_WORDS: [&str; 40] = [
    "caller",
    "complain",
    "reporter",
    "informant",
    "petition",
    "contact",
    "linkman",
    "person",
    "people",
    "citizen",
    "consumer",
    "customer",
    "phone",
    "mobile",
    "tel",
    "mail",
    "wechat",
    "idcard",
    "idno",
    "idnumber",
    "certno",
    "name",
    "address",
    "投诉人",
    "举报人",
    "诉求人",
    "反映人",
    "来电",
    "来访",
    "联系",
    "消费者",
    "电话",
    "手机",
    "号码",
    "证件",
    "身份",
    "姓名",
    "住址",
    "邮箱",
    "微信",
];
/// Most further members that a link may keep.
const EXTRA_FIELDS_MAX: usize = 20;
/// Longest name of one, in characters.
const EXTRA_FIELD_CHARS_MAX: usize = 48;

/// The settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) fallback: Option<Charset>,
    order_types: BTreeMap<String, Vec<Class>>,
    pub(crate) extra_fields: Vec<String>,
    /// The year in which the message came, for the plausibility of birth dates.
    pub(crate) year: i16,
}

impl Settings {
    pub(crate) fn read(context: &Context) -> Result<Self, Fault> {
        Ok(Self {
            fallback: setting::encoding_fallback(FORMAT, context)?,
            order_types: order_types(context)?,
            extra_fields: extra_fields(context)?,
            year: context.at.beijing_date().year(),
        })
    }

    /// What a word of `orderType` means.
    pub(crate) fn classes(&self, word: &str) -> Option<&[Class]> {
        self.order_types.get(word).map(Vec::as_slice)
    }

    /// The words that the link knows.
    pub(crate) fn words(&self) -> String {
        let words: Vec<&str> = self.order_types.keys().map(String::as_str).collect();
        words.join("、")
    }
}

fn order_types(context: &Context) -> Result<BTreeMap<String, Vec<Class>>, Fault> {
    const NAME: &str = "order_types";
    let table = setting::table(FORMAT, context, NAME, &ORDER_TYPES)?;
    let classes = |text: &str| match text {
        "complaint" => Some(vec![Class::Complaint]),
        "report" => Some(vec![Class::Report]),
        "complaint+report" => Some(vec![Class::Complaint, Class::Report]),
        "other" => Some(vec![Class::Other]),
        _ => None,
    };
    table
        .into_iter()
        .map(|(word, text)| classes(&text).map(|classes| (word, classes)))
        .collect::<Option<_>>()
        .ok_or_else(|| setting::invalid(FORMAT, NAME, "每项应为 complaint、report、complaint+report 或 other"))
}

fn extra_fields(context: &Context) -> Result<Vec<String>, Fault> {
    const NAME: &str = "extra_fields";
    let Some(value) = context.settings.get(NAME) else { return Ok(Vec::new()) };
    let about_caller = |name: &str| {
        let name = name.to_lowercase();
        CALLER_WORDS.iter().any(|word| name.contains(word))
    };
    let fits = |name: &&str| {
        (1..=EXTRA_FIELD_CHARS_MAX).contains(&name.chars().count()) && !MEMBERS.contains(name) && !about_caller(name)
    };
    value
        .as_array()
        .filter(|names| names.len() <= EXTRA_FIELDS_MAX)
        .and_then(|names| names.iter().map(|name| name.as_str().filter(fits).map(str::to_owned)).collect())
        .ok_or_else(|| {
            let wanted = format!(
                "应为不超过{EXTRA_FIELDS_MAX}个成员名的数组，且不得是已有成员，也不得涉及投诉举报人（投诉举报处理暂行办法第三十三条）"
            );
            setting::invalid(FORMAT, NAME, &wanted)
        })
}
