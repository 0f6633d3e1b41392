//! What a visitor of the credit system sees of an entry.

use serde::{Deserialize, Serialize};

/// The seven columns that a visitor sees (国家企业信用信息公示系统, 列入经营异常名录信息), and whose entry it is: nothing else of an entry
/// becomes public. Beside them what a visitor does not see and the system receives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicView {
    /// 企业名称, at the head of the page.
    #[serde(rename = "企业名称")]
    pub name: String,
    /// 统一社会信用代码, likewise.
    #[serde(rename = "统一社会信用代码")]
    pub uscc: String,
    /// 序号.
    #[serde(rename = "序号")]
    pub number: u32,
    /// Why it was listed, in the system's words.
    #[serde(rename = "列入经营异常名录原因")]
    pub listed_for: String,
    /// When, `YYYY-MM-DD`.
    #[serde(rename = "列入日期")]
    pub listed_on: String,
    /// Who decided it.
    #[serde(rename = "作出决定机关(列入)")]
    pub listed_by: String,
    /// Why it was removed; empty while it is not.
    #[serde(rename = "移出经营异常名录原因")]
    pub removed_for: String,
    /// When.
    #[serde(rename = "移出日期")]
    pub removed_on: String,
    /// Who decided it.
    #[serde(rename = "作出决定机关(移出)")]
    pub removed_by: String,
    /// The decision's reason (`AnomalyRea`, `RemoveRea`): no column, but the document carries it, so whoever decides reads it here.
    #[serde(rename = "随文报送理由", default, skip_serializing_if = "String::is_empty")]
    pub reason_sent: String,
    /// What a visitor cannot see from the columns, such as that an annulled entry is shown no more; empty where there is nothing.
    #[serde(rename = "说明", default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}
