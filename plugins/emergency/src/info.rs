//! One `info`: an event in one language, checked and ready to become a record.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::record::Attachment;

use crate::dialect::Dialect;
use crate::envelope::word;
use crate::place::{self, Places};
use crate::problem::{Problem, code};

const CATEGORIES: [&str; 12] =
    ["Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"];
const URGENCIES: [&str; 5] = ["Immediate", "Expected", "Future", "Past", "Unknown"];
const SEVERITIES: [&str; 5] = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
/// Ⅰ特别重大, Ⅱ重大, Ⅲ较大, Ⅳ一般; `Unknown` is what the gateway itself writes.
const COLOURS: [&str; 5] = ["Red", "Orange", "Yellow", "Blue", "Unknown"];
const CERTAINTIES: [&str; 5] = ["Observed", "Likely", "Possible", "Unlikely", "Unknown"];
const RESPONSES: [&str; 9] =
    ["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"];
/// Most parameters, event codes, categories or resources of one alert.
const PARAMETERS_MAX: usize = 100;
/// The name of the event code's table in CAP 1.2.
const EVENT_SCHEME: &str = "GB/T 35561";
/// Hexadecimal digits of a SHA-1, the digest of CAP 1.2.
const SHA1_DIGITS: usize = 40;

/// A parameter: its name, and its value where there is one.
#[derive(Debug)]
pub(crate) struct Parameter<'e> {
    pub(crate) name: &'e str,
    pub(crate) value: Option<Value<'e>>,
    /// Where the parameter stands.
    pub(crate) at: usize,
}

/// An event.
#[derive(Debug)]
pub(crate) struct Info<'e> {
    /// Where the element stands.
    pub(crate) at: usize,
    /// The code of GB/T 35561.
    pub(crate) event_code: Option<&'e str>,
    /// `event` of CAP 1.2.
    pub(crate) event: Option<&'e str>,
    pub(crate) category: Option<&'static str>,
    pub(crate) severity: Option<&'static str>,
    pub(crate) headline: Option<Value<'e>>,
    pub(crate) description: Option<Value<'e>>,
    pub(crate) instruction: Option<Value<'e>>,
    /// The time that counts: when it began, else from when it holds.
    pub(crate) time: Option<UtcTime>,
    pub(crate) parameters: Vec<Parameter<'e>>,
    pub(crate) places: Places,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) extra: BTreeMap<String, String>,
}

/// The language of an `info`, in lower case.
pub(crate) fn language(info: &Element<'_>, dialect: Dialect) -> Result<String, Problem> {
    let default = match dialect {
        Dialect::National => "zh-cn",
        Dialect::Cap12 => "en-us",
    };
    let value = info.optional("language", chars_max::CODE)?;
    Ok(value.map_or_else(|| default.to_owned(), |value| value.text.to_ascii_lowercase()))
}

/// Reads an `info`.
pub(crate) fn info<'e>(element: &'e Element<'_>, dialect: Dialect) -> Result<Info<'e>, Problem> {
    let mut extra = BTreeMap::new();
    let category = categories(element, dialect, &mut extra)?;
    let (event_code, event) = event(element, dialect)?;
    let severity = graded(element, dialect, &mut extra)?;
    for response in element.all("responseType") {
        if let Some(value) = response.value(chars_max::CODE)? {
            join(&mut extra, "responseType", word(&value, &RESPONSES)?);
        }
    }
    let mut times = [None; 3];
    for (time, name) in times.iter_mut().zip(["onset", "effective", "expires"]) {
        if let Some(value) = element.optional(name, chars_max::CODE)? {
            *time = Some(dialect.time(&value)?);
            extra.insert(name.to_owned(), value.text.to_owned());
        }
    }
    // Who is on duty and how to call him is left out: it is not needed (个人信息保护法 art. 6).
    let kept = [("audience", chars_max::LINE), ("web", chars_max::LINE)];
    for (name, most) in kept.into_iter().chain((dialect == Dialect::Cap12).then_some(("senderName", chars_max::NAME))) {
        if let Some(value) = element.optional(name, most)? {
            extra.insert(name.to_owned(), value.text.to_owned());
        }
    }
    let [onset, effective, _] = times;
    Ok(Info {
        at: element.at,
        event_code,
        event,
        category,
        severity,
        headline: element.optional("headline", chars_max::NAME)?,
        description: element.optional("description", chars_max::TEXT)?,
        instruction: element.optional("instruction", chars_max::TEXT)?,
        time: onset.or(effective),
        parameters: parameters(element)?,
        places: place::places(element, dialect)?,
        attachments: attachments(element)?,
        extra,
    })
}

impl<'e> Info<'e> {
    /// The value of a parameter that may come once.
    pub(crate) fn parameter(&self, name: &str, chars_max: usize) -> Result<Option<Value<'e>>, Problem> {
        let mut found = self.parameters.iter().filter(|parameter| parameter.name == name);
        let first = found.next();
        if let Some(second) = found.next() {
            let text = format!("参数 {name} 只能填写一次");
            return Err(Problem::new(code::FIELD_REPEATED, second.at, text).in_field(name));
        }
        match first.and_then(|parameter| parameter.value) {
            Some(value) if value.text.chars().count() > chars_max => {
                let text = format!("参数 {name} 不得超过{chars_max}个字");
                Err(Problem::new(code::FIELD_TOO_LONG, value.at, text).in_field(name))
            }
            found => Ok(found),
        }
    }
}

fn categories(
    element: &Element<'_>,
    dialect: Dialect,
    extra: &mut BTreeMap<String, String>,
) -> Result<Option<&'static str>, Problem> {
    let mut first = None;
    for category in element.all("category") {
        if let Some(value) = category.value(chars_max::CODE)? {
            let category = word(&value, &CATEGORIES)?;
            first = first.or(Some(category));
            join(extra, "category", category);
        }
    }
    match (dialect, first) {
        (Dialect::Cap12, None) => Err(element.missing("category")),
        (_, first) => Ok(first),
    }
}

/// The event's code, and its name where the dialect has one.
fn event<'e>(element: &'e Element<'_>, dialect: Dialect) -> Result<(Option<&'e str>, Option<&'e str>), Problem> {
    if dialect == Dialect::National {
        return Ok((Some(element.required("eventType", chars_max::CODE)?.text), None));
    }
    let event = element.required("event", chars_max::NAME)?;
    let mut code = None;
    for pair in element.all("eventCode") {
        let scheme = pair.required("valueName", chars_max::NAME)?;
        let value = pair.required("value", chars_max::CODE)?;
        if scheme.text == EVENT_SCHEME && code.replace(value.text).is_some() {
            let text = format!("{EVENT_SCHEME} 的 eventCode 只能填写一个");
            return Err(value.problem(code::FIELD_REPEATED, text));
        }
    }
    Ok((code, Some(event.text)))
}

/// Urgency, severity and certainty. CAP 1.2 requires all three; messages of the national profile leave the first and last
/// empty now and then.
fn graded(
    element: &Element<'_>,
    dialect: Dialect,
    extra: &mut BTreeMap<String, String>,
) -> Result<Option<&'static str>, Problem> {
    let severities = if dialect == Dialect::Cap12 { &SEVERITIES } else { &COLOURS };
    let severity = word(&element.required("severity", chars_max::CODE)?, severities)?;
    extra.insert("severity".to_owned(), severity.to_owned());
    for (name, table) in [("urgency", &URGENCIES), ("certainty", &CERTAINTIES)] {
        let value = match dialect {
            Dialect::Cap12 => Some(element.required(name, chars_max::CODE)?),
            Dialect::National => element.optional(name, chars_max::CODE)?,
        };
        if let Some(value) = value {
            extra.insert(name.to_owned(), word(&value, table)?.to_owned());
        }
    }
    Ok(Some(severity))
}

fn parameters<'e>(element: &'e Element<'_>) -> Result<Vec<Parameter<'e>>, Problem> {
    let mut parameters = Vec::new();
    for pair in element.all("parameter") {
        if parameters.len() >= PARAMETERS_MAX {
            let text = format!("parameter 不得超过{PARAMETERS_MAX}个");
            return Err(Problem::new(code::LIMIT, pair.at, text).in_field("parameter"));
        }
        let name = pair.required("valueName", chars_max::NAME)?;
        let value = pair.optional("value", chars_max::TEXT)?;
        parameters.push(Parameter {
            name: name.text,
            value: value.map(|v| Value { name: name.text, ..v }),
            at: pair.at,
        });
    }
    Ok(parameters)
}

/// Files that the message names. One without a digest cannot be told apart from another, so it is no evidence.
fn attachments(element: &Element<'_>) -> Result<Vec<Attachment>, Problem> {
    let mut attachments = Vec::new();
    for resource in element.all("resource") {
        if attachments.len() >= PARAMETERS_MAX {
            let text = format!("resource 不得超过{PARAMETERS_MAX}个");
            return Err(Problem::new(code::LIMIT, resource.at, text).in_field("resource"));
        }
        let Some(digest) = resource.optional("digest", chars_max::NUMBER)? else { continue };
        if digest.text.len() != SHA1_DIGITS || !digest.text.bytes().all(|b| b.is_ascii_hexdigit()) {
            let text = "digest 应为文件的 SHA-1 值（40位十六进制数）";
            return Err(digest.problem(code::NUMBER_INVALID, text));
        }
        let bytes = match resource.optional("size", chars_max::CODE)? {
            None => None,
            Some(size) => {
                Some(size.text.parse().map_err(|_| size.problem(code::NUMBER_INVALID, "size 应为文件的字节数"))?)
            }
        };
        let kind = resource.optional("mimeType", chars_max::NAME)?.map_or("", |value| value.text);
        attachments.push(Attachment {
            kind: kind.to_owned(),
            algorithm: "sha1".to_owned(),
            digest: digest.text.to_ascii_lowercase(),
            bytes,
        });
    }
    Ok(attachments)
}

/// Adds to a list kept as one text.
pub(crate) fn join(extra: &mut BTreeMap<String, String>, name: &str, text: &str) {
    let kept = extra.entry(name.to_owned()).or_default();
    if !kept.is_empty() {
        kept.push('；');
    }
    kept.push_str(text);
}
