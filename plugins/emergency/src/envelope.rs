//! What stands above the `info` elements: who says what kind of thing to whom, and about which earlier message.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::{MessageId, UtcTime};

use crate::dialect::{CAP12, Dialect, Reference, is_sender_code};
use crate::problem::{Problem, code};

/// The words of CAP 1.2 that both dialects use.
const STATUSES: [&str; 5] = ["Actual", "Exercise", "System", "Test", "Draft"];
const MSG_TYPES: [&str; 5] = ["Alert", "Update", "Cancel", "Ack", "Error"];
const SCOPES: [&str; 3] = ["Public", "Restricted", "Private"];
/// The security class that may pass: the gateway's network is not for classified messages.
const UNCLASSIFIED: &str = "None";
/// Longest list of references: a hundred triples.
const REFERENCES_CHARS_MAX: usize = 12_000;

/// What a message is: only `Actual` is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MsgType {
    Alert,
    Update,
    Cancel,
    Ack,
    Error,
}

/// The head of a message.
#[derive(Debug)]
pub(crate) struct Envelope<'e> {
    pub(crate) dialect: Dialect,
    pub(crate) identifier: &'e str,
    pub(crate) sender: &'e str,
    /// As the message writes it: a reply's reference must repeat it.
    pub(crate) sent: &'e str,
    pub(crate) sent_at: UtcTime,
    /// The status in lower case where the message is not meant.
    pub(crate) unreal: Option<&'static str>,
    pub(crate) msg_type: MsgType,
    pub(crate) references: Vec<Reference<'e>>,
    pub(crate) note: Option<Value<'e>>,
    /// Further fields, by their names.
    pub(crate) extra: BTreeMap<String, String>,
}

/// Which dialect a root is in.
pub(crate) fn dialect(root: &Element<'_>) -> Result<Dialect, Problem> {
    if root.name != "alert" {
        return Err(Problem::new(code::STRUCTURE, root.at, "根元素应为 alert"));
    }
    match root.namespace.as_deref() {
        None => Ok(Dialect::National),
        Some(CAP12) => Ok(Dialect::Cap12),
        Some(_) => {
            let text = format!("只接收不带命名空间的国家预警报文，或命名空间为 {CAP12} 的 CAP 1.2 报文");
            Err(Problem::new(code::NAMESPACE_UNSUPPORTED, root.at, text).in_field("xmlns"))
        }
    }
}

/// Reads the head.
pub(crate) fn envelope<'e>(root: &'e Element<'_>, dialect: Dialect) -> Result<Envelope<'e>, Problem> {
    let mut extra = BTreeMap::new();
    let identifier = root.required("identifier", MessageId::BYTES_MAX)?;
    dialect.check_identifier(&identifier)?;
    let sender = root.required("sender", chars_max::LINE)?;
    match dialect {
        Dialect::Cap12 => dialect.check_identifier(&sender)?,
        Dialect::National => {
            let code = root.required("senderCode", chars_max::NUMBER)?;
            if !is_sender_code(code.text) {
                return Err(code.problem(code::IDENTIFIER_INVALID, "senderCode 应为14位数字的发布机构编码"));
            }
            extra.insert("senderCode".to_owned(), code.text.to_owned());
        }
    }
    let sent = root.required(dialect.sent(), chars_max::CODE)?;
    let sent_at = dialect.time(&sent)?;
    let status = word(&root.required("status", chars_max::CODE)?, &STATUSES)?;
    let kind = root.required("msgType", chars_max::CODE)?;
    let msg_type = match word(&kind, &MSG_TYPES)? {
        "Alert" => MsgType::Alert,
        "Update" => MsgType::Update,
        "Cancel" => MsgType::Cancel,
        "Ack" => MsgType::Ack,
        _ => MsgType::Error,
    };
    scope(root, dialect, &mut extra)?;
    classified(root)?;
    let references = references(root, dialect, msg_type, &mut extra)?;
    let note = root.optional("note", chars_max::TEXT)?;
    keep(root, dialect, &mut extra)?;
    extra.insert("sender".to_owned(), sender.text.to_owned());
    extra.insert("status".to_owned(), status.to_owned());
    extra.insert("msgType".to_owned(), kind.text.to_owned());
    if let Some(note) = note {
        extra.insert("note".to_owned(), note.text.to_owned());
    }
    Ok(Envelope {
        dialect,
        identifier: identifier.text,
        sender: sender.text,
        sent: sent.text,
        sent_at,
        unreal: unreal(status),
        msg_type,
        references,
        note,
        extra,
    })
}

/// The code system that a message with another status than `Actual` gets: no rule for real events matches it.
fn unreal(status: &str) -> Option<&'static str> {
    match status {
        "Actual" => None,
        "Exercise" => Some("cap-exercise"),
        "System" => Some("cap-system"),
        "Test" => Some("cap-test"),
        _ => Some("cap-draft"),
    }
}

fn scope(root: &Element<'_>, dialect: Dialect, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    let scope = word(&root.required("scope", chars_max::CODE)?, &SCOPES)?;
    extra.insert("scope".to_owned(), scope.to_owned());
    // The national profile has messages of restricted scope that say no more about it.
    let needed = match (dialect, scope) {
        (Dialect::Cap12, "Restricted") => Some("restriction"),
        (Dialect::Cap12, "Private") => Some("addresses"),
        _ => None,
    };
    match needed {
        Some(name) => root.required(name, chars_max::TEXT).map(|_| ()),
        None => Ok(()),
    }
}

fn classified(root: &Element<'_>) -> Result<(), Problem> {
    match root.optional("secClassification", chars_max::CODE)? {
        Some(class) if class.text != UNCLASSIFIED => {
            let text = "本系统不处理涉密信息：密级 secClassification 只能为 None，请通过涉密渠道办理";
            Err(class.problem(code::CLASSIFIED, text))
        }
        _ => Ok(()),
    }
}

fn references<'e>(
    root: &'e Element<'_>,
    dialect: Dialect,
    msg_type: MsgType,
    extra: &mut BTreeMap<String, String>,
) -> Result<Vec<Reference<'e>>, Problem> {
    let Some(value) = root.optional("references", REFERENCES_CHARS_MAX)? else {
        return match msg_type {
            MsgType::Alert => Ok(Vec::new()),
            _ => Err(root.missing("references")),
        };
    };
    let list = dialect.references(&value)?;
    let kept: Vec<&str> = list.iter().map(|reference| reference.identifier).collect();
    extra.insert("references".to_owned(), kept.join(" "));
    Ok(list)
}

/// What else the head says. `code` is a group in the national profile and a word in CAP 1.2.
fn keep(root: &Element<'_>, dialect: Dialect, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    for name in ["source", "restriction", "addresses", "incidents"] {
        if let Some(value) = root.optional(name, chars_max::TEXT)? {
            extra.insert(name.to_owned(), value.text.to_owned());
        }
    }
    let mut codes = Vec::new();
    for element in root.all("code") {
        match dialect {
            Dialect::Cap12 => codes.extend(element.value(chars_max::LINE)?.map(|value| value.text)),
            Dialect::National => {
                for method in element.all("method") {
                    codes.extend(method.optional("message", chars_max::LINE)?.map(|value| value.text));
                }
            }
        }
    }
    if !codes.is_empty() {
        let name = if dialect == Dialect::Cap12 { "code" } else { "code_message" };
        extra.insert(name.to_owned(), codes.join("；").chars().take(chars_max::TEXT).collect());
    }
    Ok(())
}

/// One word of a table.
pub(crate) fn word(value: &Value<'_>, table: &[&'static str]) -> Result<&'static str, Problem> {
    table.iter().copied().find(|&known| known == value.text).ok_or_else(|| {
        let text = format!("{}应为：{}（区分大小写）", value.name, table.join("、"));
        value.problem(code::CODE_UNKNOWN, text)
    })
}
