//! The format's version and the members that its rows have: what the decoder reads, and what the published schema says. A test
//! holds the two together.

use xiezhi_formats::answers::{FEEDBACK, MEASURE_FEEDBACK, RECEIPT};
use xiezhi_formats::ledger::TENANT;
use xiezhi_formats::rows::{Format, HEADER, Names, RowType};

use crate::problem::FORMAT;

/// The value of `format`.
pub(crate) const VERSION: &str = "address-filing/1";

/// 集群注册地址 and 实际经营地址.
pub(crate) const ADDRESS: Names = &[
    ("type", "行类型"),
    ("address_number", "集群注册地址编号"),
    ("kind", "地址类别"),
    ("status", "状态"),
    ("name", "地址名称"),
    ("address", "地址"),
    ("town", "乡镇街道代码"),
    ("longitude", "经度"),
    ("latitude", "纬度"),
    ("datum", "坐标系"),
    ("host_unit", "主办单位名称"),
    ("host_unit_uscc", "主办单位统一社会信用代码"),
    ("operator_unit", "运营单位名称"),
    ("operator_unit_uscc", "运营单位统一社会信用代码"),
    ("unit_code", "不动产单元代码"),
    ("house_use", "房屋用途"),
    ("area", "建筑面积"),
    ("capacity", "可容纳户数"),
    ("planning_obtained", "是否已取得规划手续"),
    ("planning_number", "规划手续文号"),
    ("condition", "符合的设定条件"),
    ("title_number", "不动产权证号"),
    ("appraisal_grade", "房屋安全鉴定等级"),
    ("appraisal_number", "房屋安全鉴定报告编号"),
    ("appraised_on", "房屋安全鉴定日期"),
    ("completion_number", "竣工验收文号"),
    ("completed_on", "竣工验收日期"),
    ("other_basis", "其他情形依据"),
    ("premises_consistent", "注册地址与实际经营场所是否一致"),
    ("self_published", "不一致的是否已自行公示"),
    ("operates_and_pays_tax", "是否正常经营并依法纳税"),
    ("foreign_investment", "是否符合外商投资法要求"),
    ("released", "是否已向社会发布"),
    ("filed_on", "备案日期"),
    ("status_on", "状态起始日期"),
    ("confirmed_on", "最近核实日期"),
    ("contacts", "联系人"),
    ("remark", "备注"),
];

/// 主办单位.
pub(crate) const HOST_UNIT: Names = &[
    ("type", "行类型"),
    ("unit_number", "单位编号"),
    ("name", "名称"),
    ("uscc", "统一社会信用代码"),
    ("unit_kind", "主办单位类别"),
    ("status", "状态"),
    ("address", "地址"),
    ("town", "乡镇街道代码"),
    ("department", "责任科室"),
    ("filed_on", "备案日期"),
    ("status_on", "状态起始日期"),
    ("confirmed_on", "最近核实日期"),
    ("contacts", "联系人"),
    ("remark", "备注"),
];

/// 运营单位.
pub(crate) const OPERATOR_UNIT: Names = &[
    ("type", "行类型"),
    ("unit_number", "单位编号"),
    ("name", "名称"),
    ("uscc", "统一社会信用代码"),
    ("status", "状态"),
    ("address", "地址"),
    ("town", "乡镇街道代码"),
    ("host_unit", "主办单位名称"),
    ("host_unit_uscc", "主办单位统一社会信用代码"),
    ("filed_on", "备案日期"),
    ("status_on", "状态起始日期"),
    ("confirmed_on", "最近核实日期"),
    ("contacts", "联系人"),
    ("remark", "备注"),
];

/// A tenant's members and the host unit, which the platform knows for each tenant.
#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: a wrong index does not compile")]
const PLATFORM_TENANT: [(&str, &str); TENANT.len() + 1] = {
    let mut all = [("host_unit", "主办单位名称"); TENANT.len() + 1];
    let mut index = 0;
    while index < TENANT.len() {
        all[index] = TENANT[index];
        index += 1;
    }
    all
};

/// The format.
pub(crate) const ADDRESS_FILING: Format = Format {
    prefix: FORMAT,
    version: VERSION,
    header: &HEADER,
    rows: &[
        RowType { name: "address", label: "集群注册地址或实际经营地址", names: ADDRESS },
        RowType { name: "host_unit", label: "主办单位", names: HOST_UNIT },
        RowType { name: "operator_unit", label: "运营单位", names: OPERATOR_UNIT },
        RowType { name: "tenant", label: "入驻经营主体", names: &PLATFORM_TENANT },
        RowType { name: "feedback", label: "处置反馈", names: &FEEDBACK },
        RowType { name: "measure_feedback", label: "惩戒措施反馈", names: MEASURE_FEEDBACK },
        RowType { name: "receipt", label: "回执", names: RECEIPT },
    ],
};
