//! From a message to records: one row for each `info`, or for each message that a bare `Ack` or `Error` refers to.

use xiezhi_formats::charset::Source;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_formats::xml::{self, Element, Rules};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::dialect::Dialect;
use crate::envelope::{self, Envelope, MsgType};
use crate::info::{self, Info};
use crate::problem::{FORMAT, Problem, code};
use crate::settings::{self, Reading};
use crate::{answer, reply, report};

/// Longest message. An alert has about 3 kB; embedded files (`derefUri`) are not for this link.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Most `info` elements: languages and events of one message.
const INFOS_MAX: usize = 100;
/// A signature nests deepest, six below the root; the longest alerts have some hundred elements.
pub(crate) const RULES: Rules = Rules { root: "alert", depth_max: 10, elements_max: 20_000, namespaces: true };

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "预警报文不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(FORMAT));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请勿在报文中嵌入文件", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let reading = settings::reading(context)?;
    let source = Source::xml(FORMAT, bytes, encoding_fallback(FORMAT, context)?)?;
    let root = xml::parse(source.text(), &RULES).map_err(|problem| source.fault(problem))?;
    let dialect = envelope::dialect(&root).map_err(|problem| source.fault(problem))?;
    let envelope = envelope::envelope(&root, dialect).map_err(|problem| source.fault(problem))?;
    let infos = infos(&root, dialect).map_err(|problem| source.fault(problem))?;
    let rows = rows(&root, &envelope, &infos, &reading).map_err(|problem| source.fault(problem))?;
    let mut decoded = Decoded::default();
    for (row, result) in rows {
        match result {
            Ok(record) => decoded.document.records.push(RowRecord { row, record }),
            Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
        }
    }
    decoded.reply = reply::reply(&envelope, &decoded.document, context)?;
    Ok(decoded)
}

/// A row's number and what became of it.
type Row = (u32, Result<Record, Problem>);

/// The `info` elements that count, with their numbers: where one is in Chinese, others are translations of it.
fn infos<'e, 't>(root: &'e Element<'t>, dialect: Dialect) -> Result<Vec<(u32, &'e Element<'t>)>, Problem> {
    let mut infos = Vec::new();
    for (element, row) in root.all("info").zip(1_u32..) {
        if infos.len() >= INFOS_MAX {
            let text = format!("一条报文的 info 不得超过{INFOS_MAX}个");
            return Err(Problem::new(code::LIMIT, element.at, text).in_field("info"));
        }
        infos.push((row, element, info::language(element, dialect)?.starts_with("zh")));
    }
    let any_chinese = infos.iter().any(|&(.., chinese)| chinese);
    let counts = infos.into_iter().filter(|&(.., chinese)| chinese || !any_chinese);
    Ok(counts.map(|(row, element, _)| (row, element)).collect())
}

fn rows(
    root: &Element<'_>,
    envelope: &Envelope<'_>,
    infos: &[(u32, &Element<'_>)],
    reading: &Reading,
) -> Result<Vec<Row>, Problem> {
    // Who drills an answer answers nothing: what is not `Actual` is reported as what it is, whatever its type.
    let answers = envelope.unreal.is_none() && !matches!(envelope.msg_type, MsgType::Alert | MsgType::Cancel);
    let read: Vec<(u32, Result<Info<'_>, Problem>)> =
        infos.iter().map(|&(row, element)| (row, info::info(element, envelope.dialect))).collect();
    let confirms = answers && matches!(envelope.msg_type, MsgType::Ack | MsgType::Error);
    let answered = read.iter().any(|(_, info)| info.as_ref().is_ok_and(answer::is_answer));
    let broken = read.iter().any(|(_, info)| info.is_err());
    if confirms && !answered && !broken {
        return Ok(receipts(envelope));
    }
    if read.is_empty() {
        return match (envelope.unreal, envelope.msg_type) {
            (None, MsgType::Alert | MsgType::Update) => Err(root.missing("info")),
            _ => Ok(vec![(1, Ok(report::bare(envelope)))]),
        };
    }
    let total = read.len();
    let record = |row: u32, info: Result<Info<'_>, Problem>| {
        let info = info?;
        let reference = match total {
            1 => envelope.identifier.to_owned(),
            _ => format!("{}-{row}", envelope.identifier),
        };
        match answers && (confirms || answer::is_answer(&info)) {
            true => answer::answer(envelope, &info, reference),
            false => report::record(envelope, &info, reference, reading),
        }
    };
    Ok(read.into_iter().map(|(row, info)| (row, record(row, info))).collect())
}

fn receipts(envelope: &Envelope<'_>) -> Vec<Row> {
    (1_u32..).zip(&envelope.references).map(|(row, reference)| (row, answer::receipt(envelope, reference))).collect()
}
