//! What a host unit says of an interview or an order to mend (五（三）8), beside the common feedback.
//!
//! The record of a feedback has no place for it, so it becomes lines of the feedback's text, in a fixed order.

use xiezhi_formats::answers;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::rows::{Fields, Header, Names};
use xiezhi_sdk::model::record::Feedback;

use crate::problem::Problem;

/// What is answered: the steps of 五（三）8.
pub(crate) const ORDERS: Names = &[
    ("interview", "约谈"),
    ("rectify", "限期改正"),
    ("suspend", "暂停登记注册手续办理"),
    ("cancel", "取消集群注册地址"),
];
/// Most tenants of one host unit: more than the district has.
const TENANTS_MAX: u32 = 1_000_000;

/// Reads a feedback's row.
pub(crate) fn feedback(fields: &Fields<'_>, header: &Header, row: u32) -> Result<Feedback, Problem> {
    let mut feedback = answers::feedback(fields, header, row)?;
    let mut lines: Vec<String> = Vec::new();
    let order = fields.choice("order", ORDERS)?;
    if let Some((_, name)) = ORDERS.iter().find(|(code, _)| Some(*code) == order) {
        lines.push(format!("所答复的事项：{name}"));
    }
    if let Some(number) = fields.optional("address_number", chars_max::NUMBER)? {
        lines.push(format!("集群注册地址编号：{}", number.text));
    }
    for (name, label) in
        [("interviewed_on", "约谈日期"), ("planned_on", "计划完成日期"), ("corrected_on", "改正完成日期")]
    {
        if let Some(date) = fields.date(name)? {
            lines.push(format!("{label}：{date}"));
        }
    }
    for (name, label) in [("tenants_checked", "已核查的经营主体户数"), ("tenants_corrected", "已改正的经营主体户数")]
    {
        if let Some(count) = fields.integer(name, 0..=TENANTS_MAX)? {
            lines.push(format!("{label}：{count}"));
        }
    }
    if !feedback.text.is_empty() {
        lines.insert(0, std::mem::take(&mut feedback.text));
    }
    feedback.text = lines.join("\n");
    Ok(feedback)
}
