//! What goes out: each record as one small table.

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Notice, Party, Recall, Receipt, ReceiptOutcome, Record, Reminder,
};
use xiezhi_sdk::model::{ClauseId, UtcTime};

use crate::{codes, refusal};

/// The kinds that [`form`] writes.
pub const WRITES: [&str; 7] = ["assignment", "reminder", "recall", "joint_punishment", "lift", "notice", "receipt"];

/// A table to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What it is, such as 派遣单.
    pub title: &'static str,
    /// The header.
    pub columns: Vec<&'static str>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// A record as a table. `agency` is whose format it is, as officials name it.
///
/// # Errors
/// `kind-unwritten` for a kind that is none of [`WRITES`], `direction-invalid` for a receipt that came from an agency,
/// `measure-incomplete` for a joint punishment without measure or basis.
pub fn form(format: &str, agency: &str, record: &Record) -> Result<Form, Fault> {
    Ok(match record {
        Record::Assignment(assignment) => assignment_form(assignment),
        Record::Reminder(reminder) => reminder_form(reminder),
        Record::Recall(recall) => recall_form(recall),
        Record::JointPunishment(request) => {
            refusal::check_measure(format, request, ["措施代码", "惩戒依据"])?;
            punishment_form(request)
        }
        Record::Lift(lift) => lift_form(lift),
        Record::Notice(notice) => notice_form(notice),
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            return Err(refusal::direction_invalid(format, agency));
        }
        Record::Receipt(receipt) => receipt_form(receipt),
        other => {
            let writes = "派遣、督办、撤回、联合惩戒及其解除、通知和回执";
            return Err(refusal::kind_unwritten(format, agency, other, writes));
        }
    })
}

/// A table of one row.
fn single(title: &'static str, fields: Vec<(&'static str, String)>) -> Form {
    let (columns, row) = fields.into_iter().unzip();
    Form { title, columns, rows: vec![row] }
}

fn assignment_form(assignment: &Assignment) -> Form {
    let (_, role) = codes::role(&assignment.role);
    let mut fields = vec![
        ("派遣编号", assignment.assignment.to_string()),
        ("案件编号", assignment.case_number.to_string()),
        ("主协办", role.to_owned()),
        ("依据条款", clause(&assignment.clause)),
        ("事项类别", assignment.category_name.clone()),
    ];
    fields.extend(party(&assignment.party));
    fields.extend([
        ("派遣标题", assignment.title.clone()),
        ("派遣内容", assignment.text.clone()),
        ("来源单位", assignment.source_agency.to_string()),
        ("来源编号", assignment.source_reference.clone()),
        ("派遣时间", assignment.assigned_at.to_spaced_beijing()),
        ("反馈期限", assignment.due_at.to_spaced_beijing()),
        ("处理结果", String::new()),
        ("处理情况", String::new()),
        ("处理时间", String::new()),
    ]);
    single("派遣单", fields)
}

fn reminder_form(reminder: &Reminder) -> Form {
    let mut fields = vec![
        ("派遣编号", reminder.assignment.to_string()),
        ("案件编号", reminder.case_number.to_string()),
        ("督办次数", reminder.level.to_string()),
        ("依据条款", clause(&reminder.clause)),
    ];
    fields.extend(party(&reminder.party));
    fields.extend([
        ("督办标题", reminder.title.clone()),
        ("反馈期限", reminder.due_at.to_spaced_beijing()),
        ("督办时间", reminder.sent_at.to_spaced_beijing()),
        ("处理结果", String::new()),
        ("处理情况", String::new()),
        ("处理时间", String::new()),
    ]);
    single("督办单", fields)
}

fn recall_form(recall: &Recall) -> Form {
    single("撤回单", vec![("派遣编号", recall.assignment.to_string()), ("撤回原因", recall.reason.clone())])
}

fn punishment_form(request: &JointPunishment) -> Form {
    let mut fields = vec![("惩戒编号", request.request.clone())];
    fields.extend(party(&request.party));
    fields.extend([
        ("措施代码", request.measure_code.clone()),
        ("惩戒依据", request.legal_basis.clone()),
        ("惩戒截止日期", request.until.map(|day| day.to_string()).unwrap_or_default()),
        ("反馈期限", request.due_at.to_spaced_beijing()),
        ("落实结果", String::new()),
        ("落实情况", String::new()),
        ("落实时间", String::new()),
    ]);
    single("联合惩戒单", fields)
}

fn lift_form(lift: &Lift) -> Form {
    let mut fields = vec![("惩戒编号", lift.request.clone())];
    fields.extend(party(&lift.party));
    fields.push(("解除原因", lift.reason.clone()));
    single("解除联合惩戒单", fields)
}

fn notice_form(notice: &Notice) -> Form {
    let act = match notice.act.as_deref() {
        None => "",
        Some("suspend") => "暂停",
        Some("resume") => "恢复",
        Some("cancel") => "取消",
        Some("interview") => "约谈",
        Some("rectify") => "限期改正",
        Some(other) => other,
    };
    let mut fields = vec![
        ("通知标题", notice.title.clone()),
        ("通知内容", notice.text.clone()),
        ("决定事项", act.to_owned()),
        ("集群地址编号", notice.cluster_address.clone().unwrap_or_default()),
    ];
    fields.extend(party(&notice.party.clone().unwrap_or_default()));
    fields.extend([
        ("案件编号", notice.case_number.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("依据条款", notice.clause.as_ref().map(clause).unwrap_or_default()),
        ("决定文号", notice.decision.clone().unwrap_or_default()),
        ("办理期限", notice.due_at.map(UtcTime::to_spaced_beijing).unwrap_or_default()),
    ]);
    single("通知单", fields)
}

/// One row that sums up, then one for each refused row.
fn receipt_form(receipt: &Receipt) -> Form {
    let outcome = match receipt.outcome {
        ReceiptOutcome::Accepted => "全部接收",
        ReceiptOutcome::Partial => "部分接收",
        ReceiptOutcome::Refused => "未接收",
    };
    let id = receipt.message_id.to_string();
    let cases: Vec<&str> = receipt.case_numbers.iter().map(|case| case.as_str()).collect();
    let mut rows = vec![vec![
        id.clone(),
        outcome.to_owned(),
        String::new(),
        receipt.code.clone().unwrap_or_default(),
        receipt.text.clone(),
        cases.join("；"),
    ]];
    rows.extend(receipt.rows.iter().map(|row| {
        let number = row.row.to_string();
        vec![id.clone(), "本行未接收".to_owned(), number, row.code.clone(), row.text.clone(), String::new()]
    }));
    let columns = vec!["原消息标识", "接收结果", "行号", "错误代码", "说明", "案件编号"];
    Form { title: "回执单", columns, rows }
}

fn clause(clause: &ClauseId) -> String {
    clause.to_chinese()
}

/// Whom a table is about; what is unknown stays empty, so that a kind of table always has the same columns.
fn party(party: &Party) -> [(&'static str, String); 8] {
    let place = party.coordinate.map(|coordinate| (coordinate.to_lon_lat(), coordinate.datum));
    let (longitude, latitude, datum) = match place {
        None => Default::default(),
        Some(((longitude, latitude), datum)) => (longitude, latitude, codes::datum(datum).to_owned()),
    };
    [
        ("企业名称", party.name.clone().unwrap_or_default()),
        ("统一社会信用代码", party.uscc.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("地址", party.address.clone().unwrap_or_default()),
        ("乡镇街道代码", party.town.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("经度", longitude),
        ("纬度", latitude),
        ("坐标系", datum),
        ("设备编号", party.device.clone().unwrap_or_default()),
    ]
}
