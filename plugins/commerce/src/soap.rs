//! The SOAP 1.1 envelope of an incoming message: what is called, with what, and which message it answers.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::{Element, Rules};
use xiezhi_sdk::model::MessageId;

use crate::problem::{Problem, code};

/// The namespace of SOAP 1.1 envelopes (W3C Note of 2000-05-08, section 4).
pub(crate) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Envelope, body, operation, argument: four deep; the detail of a fault may nest further. The content is text, so the
/// envelope itself needs few elements.
pub(crate) const RULES: Rules = Rules { root: "Envelope", depth_max: 12, elements_max: 500, namespaces: true };

/// What an agency calls, or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// 外商投资信息报告.
    Report,
    /// 检查发现.
    Finding,
    /// 任务反馈.
    Feedback,
    /// 惩戒反馈.
    MeasureFeedback,
    /// 回执, as a call or as the response to a call of the gateway.
    Receipt,
}

/// Calls that the gateway takes: operation, its name, and the name of the response.
const CALLS: [(Operation, &str, &str); 5] = [
    (Operation::Report, "pushFieReport", "ser:pushFieReportResponse"),
    (Operation::Finding, "pushFinding", "ser:pushFindingResponse"),
    (Operation::Feedback, "pushFeedback", "ser:pushFeedbackResponse"),
    (Operation::MeasureFeedback, "pushMeasureFeedback", "ser:pushMeasureFeedbackResponse"),
    (Operation::Receipt, "pushReceipt", "ser:pushReceiptResponse"),
];
/// Responses to the calls that the gateway makes.
const RESPONSES: [&str; 5] =
    ["pushTaskResponse", "pushReminderResponse", "pushReceiptResponse", "pushPunishmentResponse", "pushLiftResponse"];

/// A message's envelope, opened.
#[derive(Debug)]
pub(crate) struct Envelope<'e, 't> {
    /// `relatesTo` of the header: the message that this one answers.
    pub(crate) relates_to: Option<MessageId>,
    /// The body's only element.
    pub(crate) body: Body<'e, 't>,
}

/// What a body holds.
#[derive(Debug)]
pub(crate) enum Body<'e, 't> {
    /// A call or a response with a document as its argument.
    Document {
        /// What it is.
        operation: Operation,
        /// The element whose text is the document.
        argument: &'e Element<'t>,
        /// How a response to it is named; `None` where it is a response itself.
        response: Option<&'static str>,
    },
    /// A SOAP fault.
    Fault(&'e Element<'t>),
}

/// Opens an envelope whose operations are in the namespace `service`.
pub(crate) fn open<'e, 't>(root: &'e Element<'t>, service: &str) -> Result<Envelope<'e, 't>, Problem> {
    if root.name != "Envelope" {
        return Err(Problem::new(code::STRUCTURE, root.at, "根元素应为 SOAP 信封 Envelope"));
    }
    if root.namespace.as_deref() != Some(SOAP) {
        let text = format!("只接收 SOAP 1.1 报文：Envelope 的命名空间应为 {SOAP}");
        return Err(Problem::new(code::VERSION_UNSUPPORTED, root.at, text).in_field("Envelope"));
    }
    for child in &root.children {
        if child.namespace.as_deref() != Some(SOAP) || !matches!(child.name, "Header" | "Body") {
            let text = "Envelope 之内只能有 SOAP 1.1 的 Header 和 Body";
            return Err(Problem::new(code::STRUCTURE, child.at, text).in_field(child.name));
        }
    }
    let relates_to = match root.one("Header")? {
        Some(header) => self::header(header, service)?,
        None => None,
    };
    let body = root.group("Body")?;
    let entry = match body.children.as_slice() {
        [entry] => entry,
        [] => return Err(body.missing("Body")),
        [_, second, ..] => {
            return Err(Problem::new(code::STRUCTURE, second.at, "Body 之内只能有一个操作").in_field(second.name));
        }
    };
    Ok(Envelope { relates_to, body: self::body(entry, service)? })
}

/// Reads `relatesTo`; the token of `auth` is never looked at. An entry that the sender insists on being understood
/// (SOAP 1.1 section 4.2.3) and that is not ours is refused, because ignoring it is forbidden.
fn header(header: &Element<'_>, service: &str) -> Result<Option<MessageId>, Problem> {
    for entry in &header.children {
        let ours = entry.namespace.as_deref() == Some(service)
            && matches!(entry.name, "auth" | "msgId" | "sentAt" | "relatesTo");
        let insists = entry.attributes.iter().any(|(name, value)| {
            name.rsplit(':').next() == Some("mustUnderstand") && matches!(value.trim(), "1" | "true")
        });
        if insists && !ours {
            let text =
                format!("报文头 {} 要求必须理解（mustUnderstand），但本接口不支持，请去掉后重新发送", entry.name);
            return Err(Problem::new(code::HEADER_NOT_UNDERSTOOD, entry.at, text).in_field(entry.name));
        }
    }
    let Some(value) = header.optional("relatesTo", chars_max::NAME)? else { return Ok(None) };
    message_id(value.text)
        .map(Some)
        .ok_or_else(|| value.problem(code::NUMBER_INVALID, "relatesTo 应照抄所回复报文的 msgId"))
}

/// A message id, if the text is one.
pub(crate) fn message_id(text: &str) -> Option<MessageId> {
    MessageId::parse(text).ok()
}

fn body<'e, 't>(entry: &'e Element<'t>, service: &str) -> Result<Body<'e, 't>, Problem> {
    if entry.name == "Fault" && entry.namespace.as_deref() == Some(SOAP) {
        return Ok(Body::Fault(entry));
    }
    let call = CALLS.into_iter().find(|(_, name, _)| *name == entry.name);
    if call.is_none() && !RESPONSES.contains(&entry.name) {
        let names: Vec<&str> = CALLS.into_iter().map(|(_, name, _)| name).collect();
        let text = format!("操作名不受支持，应为 {} 之一，或对本系统调用的响应", names.join("、"));
        return Err(Problem::new(code::OPERATION_UNKNOWN, entry.at, text).in_field("Body"));
    }
    if entry.namespace.as_deref() != Some(service) {
        let text = format!("操作 {} 的命名空间应为 {service}", entry.name);
        return Err(Problem::new(code::OPERATION_UNKNOWN, entry.at, text).in_field(entry.name));
    }
    let (operation, argument, response) = match call {
        Some((operation, _, response)) => (operation, entry.group("arg0")?, Some(response)),
        None => (Operation::Receipt, entry.group("return")?, None),
    };
    if let Some(child) = argument.children.first() {
        let text = format!("{} 之内应为放在 CDATA 中的 XML 文档，不应直接放元素", argument.name);
        return Err(Problem::new(code::STRUCTURE, child.at, text).in_field(argument.name));
    }
    if argument.text.is_empty() {
        return Err(argument.missing(argument.name));
    }
    Ok(Body::Document { operation, argument, response })
}
