//! The format's version and the members that its rows have: what the decoder reads, and what the published schema says. A test
//! holds the two together.

use xiezhi_formats::answers::RECEIPT;
use xiezhi_formats::ledger::TENANT;
use xiezhi_formats::rows::{Format, Names, RowType};

use crate::problem::FORMAT;

/// The value of `format`.
pub(crate) const VERSION: &str = "host-unit/1";

/// The header: what every format has, and which host unit it is.
const HEADER: Names = &[
    ("message_number", "报文编号"),
    ("sender", "发送方代码"),
    ("receiver", "接收方代码"),
    ("sent_at", "发送时间"),
    ("row_count", "行数"),
    ("host_unit_number", "主办单位编号"),
    ("host_unit", "主办单位名称"),
];

/// A feedback, and what a host unit says of an interview or an order to mend.
const FEEDBACK: Names = &[
    ("type", "行类型"),
    ("feedback_number", "反馈编号"),
    ("assignment", "派遣编号"),
    ("result", "办理结果"),
    ("text", "反馈内容"),
    ("at", "反馈时间"),
    ("attachments", "附件"),
    ("order", "所答复的事项"),
    ("address_number", "集群注册地址编号"),
    ("interviewed_on", "约谈日期"),
    ("corrected_on", "改正完成日期"),
    ("planned_on", "计划完成日期"),
    ("tenants_checked", "已核查的经营主体户数"),
    ("tenants_corrected", "已改正的经营主体户数"),
];

/// The format.
pub(crate) const HOST_UNIT: Format = Format {
    prefix: FORMAT,
    version: VERSION,
    header: HEADER,
    rows: &[
        RowType { name: "tenant", label: "入驻经营主体", names: &TENANT },
        RowType { name: "feedback", label: "处置反馈", names: FEEDBACK },
        RowType { name: "receipt", label: "回执", names: RECEIPT },
    ],
};
