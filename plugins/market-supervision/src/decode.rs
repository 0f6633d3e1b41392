//! A message's envelope: header, business, and the records or the fault of each row.

use xiezhi_formats::charset::{Charset, Source};
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::{self, Node, Object, Rules};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::problem::{FORMAT, Problem, code};
use crate::settings::Settings;
use crate::{annual_report, answer, decision, inspection, lost_contact};

/// The version of the format that this plugin reads.
pub(crate) const VERSION: &str = "1.0";
/// Longest message: a full batch of rows of 4 kB.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rows in a message: a sender splits larger batches.
const ROWS_MAX: usize = 1_000;
/// The format nests five deep; eight leaves room.
const RULES: Rules = Rules { depth_max: 8, items_max: ROWS_MAX };

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Business {
    /// 双随机抽查结果.
    Inspection,
    /// 年报状态.
    AnnualReport,
    /// 失联核查.
    LostContact,
    /// 列入、移出、处罚、修复决定.
    Decision,
    /// 派遣反馈.
    Feedback,
    /// 惩戒反馈.
    MeasureFeedback,
    /// 回执.
    Receipt,
}

/// What every row of a message shares.
#[derive(Debug)]
pub(crate) struct Header<'t> {
    /// `MessageNo`: the bureau's number of the message.
    pub(crate) number: &'t str,
    /// `Sender`: which system sends; the authenticated link decides, this is only kept.
    pub(crate) sender: Option<&'t str>,
}

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "市场监管报文不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    if matches!(bytes, [0, b'{', ..] | [b'{', 0, ..]) {
        let text = "报文编码不受支持（疑似 UTF-16），请使用 UTF-8 编码重新发送";
        return Err(Problem::new(code::ENCODING_UNSUPPORTED, 0, text).fault(FORMAT));
    }
    let settings = Settings::read(context)?;
    let source = Source::agreed(FORMAT, bytes, Charset::Utf8, settings.fallback)?;
    let root = json::parse(source.text(), &RULES).map_err(|problem| source.fault(problem))?;
    rows(&root, &source, &settings).map_err(|problem| source.fault(problem))
}

fn rows(root: &Node<'_>, source: &Source<'_>, settings: &Settings) -> Result<Decoded, Problem> {
    let message = root.object("报文")?;
    let (header, business) = header(&message)?;
    let list = message.need("Rows")?.node.array("Rows").map_err(|problem| problem.in_field("Rows"))?;
    if list.is_empty() {
        return Err(message.missing("Rows"));
    }
    let mut decoded = Decoded::default();
    for (index, node) in list.iter().enumerate() {
        let row = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        match records(node, &header, business, row, settings) {
            Ok(records) => {
                decoded.document.records.extend(records.into_iter().map(|record| RowRecord { row, record }));
            }
            Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
        }
    }
    Ok(decoded)
}

fn header<'o>(message: &'o Object<'_>) -> Result<(Header<'o>, Business), Problem> {
    let version = message.required("Version", chars_max::CODE)?;
    if version.text != VERSION {
        return Err(version.problem(code::VERSION_UNSUPPORTED, format!("报文版本 Version 应为 {VERSION}")));
    }
    let number = message.required("MessageNo", chars_max::NUMBER)?;
    let sender = message.optional("Sender", chars_max::NUMBER)?;
    let business = message.required("Business", chars_max::CODE)?;
    let kind = match business.text {
        "Inspection" => Business::Inspection,
        "AnnualReport" => Business::AnnualReport,
        "LostContact" => Business::LostContact,
        "Decision" => Business::Decision,
        "Feedback" => Business::Feedback,
        "MeasureFeedback" => Business::MeasureFeedback,
        "Receipt" => Business::Receipt,
        _ => {
            let text = "业务类型 Business 应为 Inspection（抽查结果）、AnnualReport（年报状态）、LostContact（失联核查）、\
                        Decision（决定）、Feedback（派遣反馈）、MeasureFeedback（惩戒反馈）或 Receipt（回执）";
            return Err(business.problem(code::BUSINESS_UNKNOWN, text));
        }
    };
    Ok((Header { number: number.text, sender: sender.map(|value| value.text) }, kind))
}

fn records(
    node: &Node<'_>,
    header: &Header<'_>,
    business: Business,
    number: u32,
    settings: &Settings,
) -> Result<Vec<Record>, Problem> {
    let row = node.object("Rows 的每一项").map_err(|problem| problem.in_field("Rows"))?;
    let one = |record: Record| vec![record];
    match business {
        Business::Inspection => inspection::records(&row, header, settings),
        Business::AnnualReport => annual_report::record(&row, header, number).map(one),
        Business::LostContact => lost_contact::record(&row, header, settings).map(one),
        Business::Decision => decision::records(&row, header, settings),
        Business::Feedback => answer::feedback(&row, header, number).map(one),
        Business::MeasureFeedback => answer::measure_feedback(&row, header, number).map(one),
        Business::Receipt => answer::receipt(&row).map(one),
    }
}
