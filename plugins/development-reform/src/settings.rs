//! The link's settings that this plugin reads, checked.

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// Length of a code of an organisation: a USCC has 18 characters, the samples' ends have 9 and 10.
const CODE_LENGTH: std::ops::RangeInclusive<usize> = 1..=32;
/// Length of an item: a name such as `XZCF`, or a UUID (36) as a real exchange has been seen to use.
const ITEM_LENGTH: std::ops::RangeInclusive<usize> = 1..=64;
/// Longest name or telephone number in the header.
const CONTACT_CHARS_MAX: usize = 64;

/// What a message is about, `item` of its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Business {
    /// 行政处罚.
    Penalty,
    /// 信用修复.
    Restoration,
    /// 处理反馈.
    Feedback,
    /// 惩戒反馈.
    MeasureFeedback,
    /// 回执, both ways.
    Receipt,
    /// 派遣.
    Assignment,
    /// 督办.
    Reminder,
    /// 联合惩戒.
    JointPunishment,
    /// 解除联合惩戒.
    Lift,
}

impl Business {
    /// What the gateway takes.
    const INBOUND: [Self; 5] = [Self::Penalty, Self::Restoration, Self::Feedback, Self::MeasureFeedback, Self::Receipt];

    /// The setting that says how the item is called on this link, and the name where it does not.
    fn setting(self) -> (&'static str, &'static str) {
        match self {
            Self::Penalty => ("item_penalty", "XZCF"),
            Self::Restoration => ("item_restoration", "XYXF"),
            Self::Feedback => ("item_feedback", "CLFK"),
            Self::MeasureFeedback => ("item_measure_feedback", "LHCJFK"),
            Self::Receipt => ("item_receipt", "HZ"),
            Self::Assignment => ("item_assignment", "PQ"),
            Self::Reminder => ("item_reminder", "DB"),
            Self::JointPunishment => ("item_joint_punishment", "LHCJ"),
            Self::Lift => ("item_lift", "LHCJJC"),
        }
    }

    /// How the item is called on this link.
    pub(crate) fn item(self, context: &Context) -> Result<&str, Fault> {
        let (name, default) = self.setting();
        setting::word(FORMAT, context, name, ITEM_LENGTH, default)
    }
}

/// The items that the gateway takes, with their names on this link, which must differ.
pub(crate) fn inbound(context: &Context) -> Result<Vec<(&str, Business)>, Fault> {
    let mut items: Vec<(&str, Business)> = Vec::new();
    for business in Business::INBOUND {
        let item = business.item(context)?;
        if items.iter().any(|(known, _)| *known == item) {
            return Err(setting::invalid(FORMAT, business.setting().0, "不应与另一类业务的 item 相同"));
        }
        items.push((item, business));
    }
    Ok(items)
}

/// What the header of an outgoing message says.
pub(crate) struct Header<'c> {
    pub(crate) sender: &'c str,
    pub(crate) receiver: &'c str,
    pub(crate) security_type: &'c str,
    pub(crate) operator: &'c str,
    pub(crate) contacts: &'c str,
}

/// `sender_code`, `receiver_code`, `security_type`, `operator` and `contacts`.
pub(crate) fn header(context: &Context) -> Result<Header<'_>, Fault> {
    Ok(Header {
        sender: setting::word(FORMAT, context, "sender_code", CODE_LENGTH, "110112AMR")?,
        receiver: setting::word(FORMAT, context, "receiver_code", CODE_LENGTH, "110112NDRC")?,
        security_type: setting::word(FORMAT, context, "security_type", CODE_LENGTH, "1")?,
        operator: contact(context, "operator")?,
        contacts: contact(context, "contacts")?,
    })
}

fn contact<'c>(context: &'c Context, name: &str) -> Result<&'c str, Fault> {
    match context.settings.get(name) {
        None => Ok(""),
        Some(_) => context
            .setting_text(name)
            .filter(|text| text.chars().count() <= CONTACT_CHARS_MAX && !text.chars().any(char::is_control))
            .ok_or_else(|| setting::invalid(FORMAT, name, "应为64字以内的一行文字")),
    }
}
