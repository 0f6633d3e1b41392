//! Kinds of entities and the code tables of causes that hold for each.
//!
//! The tables are those of a real provincial system (2017) and hold until the link's settings give others: the law may
//! change them. The same meaning has different codes: 失联 is 4 for an enterprise and 2 for an individual business.

use xiezhi_sdk::model::Uscc;

/// What kind of entity a listing is about; each has its own code table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EntityKind {
    /// 企业.
    Enterprise,
    /// 农民专业合作社.
    Cooperative,
    /// 个体工商户, which is 标记经营异常状态 rather than 列入.
    Individual,
}

impl EntityKind {
    /// Every kind with its name in the settings.
    pub(crate) const ALL: [(Self, &'static str); 3] =
        [(Self::Enterprise, "enterprise"), (Self::Cooperative, "cooperative"), (Self::Individual, "individual")];

    /// The kind that a credit code's first two characters say (GB 32100: 9 is 市场监管, then 1, 2 or 3); `None` for bodies
    /// that are on no abnormal-operations list.
    pub(crate) fn of(uscc: &Uscc) -> Option<Self> {
        match uscc.as_str().get(..2)? {
            "91" => Some(Self::Enterprise),
            "92" => Some(Self::Individual),
            "93" => Some(Self::Cooperative),
            _ => None,
        }
    }

    /// The name for a clerk.
    pub(crate) fn chinese(self) -> &'static str {
        match self {
            Self::Enterprise => "企业",
            Self::Cooperative => "农民专业合作社",
            Self::Individual => "个体工商户",
        }
    }
}

/// A code and its words.
pub(crate) type Row = (&'static str, &'static str);

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// `SpeCause`: why an entity is listed.
    Cause,
    /// `RemExcpres`: why it is taken off.
    Removal,
}

/// `SpeCause` of enterprises. The words of 4 are those of the rule's article 4; of the others a short form.
const ENTERPRISE_CAUSES: [Row; 4] = [
    ("1", "未按规定的期限公示年度报告的"),
    ("2", "未在责令的期限内公示有关企业信息的"),
    ("3", "公示企业信息隐瞒真实情况、弄虚作假的"),
    ("4", "通过登记的住所或者经营场所无法联系的"),
];
/// `SpeCause` of cooperatives: there is no order to publish, so there is no 2.
const COOPERATIVE_CAUSES: [Row; 3] = [
    ("1", "未按规定的期限公示年度报告的"),
    ("3", "公示信息隐瞒真实情况、弄虚作假的"),
    ("4", "通过登记的住所或者经营场所无法联系的"),
];
/// `SpeCause` of individual businesses.
const INDIVIDUAL_CAUSES: [Row; 3] = [
    ("1", "年度报告隐瞒真实情况、弄虚作假的"),
    ("2", "通过登记的经营场所或者经营者住所无法联系的"),
    ("3", "未按规定报送年度报告的"),
];
/// `RemExcpres` of enterprises. The words of 4 are those of the sample message.
const ENTERPRISE_REMOVALS: [Row; 6] = [
    ("1", "已补报未报年份的年度报告并公示，申请移出"),
    ("2", "已履行公示义务，申请移出"),
    ("3", "已更正其公示的信息，申请移出"),
    (
        "4",
        "列入经营异常名录3年内且依照《经营异常名录管理办法》第九条规定被列入经营异常名录的企业，依法办理住所或者经营场所变更登记后，\
         申请移出",
    ),
    ("5", "通过登记的住所或者经营场所可以重新取得联系，申请移出"),
    ("7", "已注销或者被吊销营业执照"),
];
/// `RemExcpres` of cooperatives: no table of their own was seen, so it is the enterprises' without 2.
const COOPERATIVE_REMOVALS: [Row; 5] = [
    ("1", "已补报未报年份的年度报告并公示，申请移出"),
    ("3", "已更正其公示的信息，申请移出"),
    ("4", "已依法办理住所变更登记，申请移出"),
    ("5", "通过登记的住所可以重新取得联系，申请移出"),
    ("7", "已注销或者被吊销营业执照"),
];
/// `RemExcpres` of individual businesses.
const INDIVIDUAL_REMOVALS: [Row; 5] = [
    ("1", "已更正年度报告，申请恢复正常记载状态"),
    ("2", "已办理经营场所变更登记，申请恢复正常记载状态"),
    ("3", "已补报年度报告，申请恢复正常记载状态"),
    ("4", "已重新取得联系，申请恢复正常记载状态"),
    ("5", "已注销或者被吊销营业执照"),
];
/// 届满3年转严重违法, a removal of enterprises that the law no longer has: read in old entries, never written.
pub(crate) const HISTORIC_REMOVAL: &str = "6";

/// The table that holds where the settings give none.
pub(crate) fn built_in(which: Which, kind: EntityKind) -> &'static [Row] {
    match (which, kind) {
        (Which::Cause, EntityKind::Enterprise) => &ENTERPRISE_CAUSES,
        (Which::Cause, EntityKind::Cooperative) => &COOPERATIVE_CAUSES,
        (Which::Cause, EntityKind::Individual) => &INDIVIDUAL_CAUSES,
        (Which::Removal, EntityKind::Enterprise) => &ENTERPRISE_REMOVALS,
        (Which::Removal, EntityKind::Cooperative) => &COOPERATIVE_REMOVALS,
        (Which::Removal, EntityKind::Individual) => &INDIVIDUAL_REMOVALS,
    }
}
