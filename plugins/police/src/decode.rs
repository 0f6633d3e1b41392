//! A message's envelope: header, business type, and one record or row fault for each `BWST`.

use xiezhi_formats::charset::Source;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_formats::xml::{self, Element, Rules};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::problem::{FORMAT, Problem, code};
use crate::{answer, clue, measure};

/// The version of the format that this plugin reads; the root's `BBH`.
const VERSION: &str = "1.0";
/// Longest message. A row has about 1 kB, so a full batch fits; transcoding needs three times as much memory.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rows in a message: a sender splits larger batches.
const ROWS_MAX: usize = 1_000;
/// The format nests four deep, eight leaves room; a batch has 1000 rows with 20 elements each.
pub(crate) const RULES: Rules = Rules { root: "GAJHBW", depth_max: 8, elements_max: 20_000, namespaces: false };

/// What a message is about, `YWLX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Business {
    /// 线索移送.
    Clue,
    /// 处理反馈.
    Feedback,
    /// 措施反馈.
    MeasureFeedback,
    /// 回执.
    Receipt,
}

/// What every row of a message shares.
#[derive(Debug)]
pub(crate) struct Header<'t> {
    /// `BWBH`: the number of the message.
    pub(crate) number: &'t str,
    /// `FSF`: who sends, as the message says; the authenticated link decides, this is only kept.
    pub(crate) sender: Option<&'t str>,
}

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        return Err(
            Problem::new(code::PARTS_UNSUPPORTED, 0, "公安报文不分包，无法按分包处理").fault_without_place(FORMAT)
        );
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let source = Source::xml(FORMAT, bytes, encoding_fallback(FORMAT, context)?)?;
    let root = xml::parse(source.text(), &RULES).map_err(|problem| source.fault(problem))?;
    rows(&root, &source).map_err(|problem| source.fault(problem))
}

fn rows(root: &Element<'_>, source: &Source<'_>) -> Result<Decoded, Problem> {
    check_root(root)?;
    let (header, business) = header(root.group("BWT")?)?;
    let mut decoded = Decoded::default();
    for (index, element) in root.all("BWST").enumerate() {
        if index >= ROWS_MAX {
            let text = format!("一份报文不得超过{ROWS_MAX}个 BWST，请拆分后发送");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("BWST"));
        }
        let row = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        match record(element, &header, business, row) {
            Ok(record) => decoded.document.records.push(RowRecord { row, record }),
            Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
        }
    }
    if decoded.document.records.is_empty() && decoded.document.row_faults.is_empty() {
        let text = "报文没有业务内容：至少要有一个 BWST";
        return Err(Problem::new(code::FIELD_MISSING, root.at, text).in_field("BWST"));
    }
    Ok(decoded)
}

fn check_root(root: &Element<'_>) -> Result<(), Problem> {
    if root.name != "GAJHBW" {
        return Err(Problem::new(code::STRUCTURE, root.at, "根元素应为 GAJHBW"));
    }
    if root.attribute("BBH").is_some_and(|version| version != VERSION) {
        let text = format!("报文版本（GAJHBW 的 BBH 属性）应为 {VERSION}");
        return Err(Problem::new(code::VERSION_UNSUPPORTED, root.at, text).in_field("BBH"));
    }
    match root.children.iter().find(|child| !matches!(child.name, "BWT" | "BWST")) {
        None => Ok(()),
        Some(stranger) => {
            let text = "GAJHBW 之下只能有 BWT（报文头）和 BWST（报文实体）";
            Err(Problem::new(code::STRUCTURE, stranger.at, text).in_field(stranger.name))
        }
    }
}

fn header<'e>(element: &'e Element<'_>) -> Result<(Header<'e>, Business), Problem> {
    let number = element.required("BWBH", chars_max::NUMBER)?;
    let sender = element.optional("FSF", chars_max::NUMBER)?;
    let business = element.required("YWLX", chars_max::CODE)?;
    let kind = match business.text {
        "XSYS" => Business::Clue,
        "CLFK" => Business::Feedback,
        "CSFK" => Business::MeasureFeedback,
        "HZ" => Business::Receipt,
        _ => {
            let text = "业务类型 YWLX 应为 XSYS（线索移送）、CLFK（处理反馈）、CSFK（措施反馈）或 HZ（回执）";
            return Err(business.problem(code::BUSINESS_UNKNOWN, text));
        }
    };
    Ok((Header { number: number.text, sender: sender.map(|value| value.text) }, kind))
}

fn record(row: &Element<'_>, header: &Header<'_>, business: Business, number: u32) -> Result<Record, Problem> {
    match business {
        Business::Clue => clue::finding(row, header).map(|finding| Record::Finding(Box::new(finding))),
        Business::Feedback => {
            answer::feedback(row, header, number).map(|feedback| Record::Feedback(Box::new(feedback)))
        }
        Business::MeasureFeedback => {
            measure::feedback(row, header, number).map(|feedback| Record::MeasureFeedback(Box::new(feedback)))
        }
        Business::Receipt => answer::receipt(row).map(|receipt| Record::Receipt(Box::new(receipt))),
    }
}
