//! The business content: JSON objects whose fields keep their place in the message and numbers their digits.
//!
//! Values stay raw until a field is asked for, so that a coordinate never passes through a float. Fields that nobody
//! asks for are ignored: the sender may add some without breaking this version.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::fault::Fault;

use crate::fault::{Problem, shown};
use crate::form::Field;

/// Longest one-line field, in characters: an address or a name is shorter, a description is not a title.
const LINE_CHARS_MAX: usize = 200;
/// Longest description, in characters, as in the case forms of CJJ/T 106.
const TEXT_CHARS_MAX: usize = 2_000;

/// The JSON text and the form field that it came in.
pub(crate) struct Source<'a> {
    field: &'a Field<'a>,
}

impl<'a> Source<'a> {
    /// The content of `field`.
    pub(crate) fn new(field: &'a Field<'a>) -> Self {
        Self { field }
    }

    /// Reads the content as one object.
    ///
    /// # Errors
    /// `urban.json-malformed` with the byte, or `urban.biz-invalid` where it is no object.
    pub(crate) fn object(&self) -> Result<Object<'_>, Fault> {
        let entries = serde_json::from_str(&self.field.value).map_err(|error| self.refuse(&error, "应为JSON对象"))?;
        Object::of(self, entries, &self.field.value)
    }

    /// Reads the content as an array, each element still raw.
    ///
    /// # Errors
    /// `urban.json-malformed` with the byte, or `urban.biz-invalid` where it is no array.
    pub(crate) fn rows(&self) -> Result<Vec<&RawValue>, Fault> {
        serde_json::from_str(&self.field.value).map_err(|error| self.refuse(&error, "应为JSON数组"))
    }

    /// Reads one element of an array as an object.
    ///
    /// # Errors
    /// `urban.biz-invalid` where it is no object.
    pub(crate) fn element<'b>(&'b self, raw: &'b RawValue, name: &'static str) -> Result<Object<'b>, Fault> {
        let text = raw.get();
        let entries = serde_json::from_str(text)
            .map_err(|_| self.fault(&Problem::biz(name, "的每一项应为JSON对象"), text, name))?;
        Object::of(self, entries, text)
    }

    /// A fault of the content as a whole.
    pub(crate) fn whole_fault(&self, problem: &Problem) -> Fault {
        self.field.fault(problem)
    }

    fn refuse(&self, error: &serde_json::Error, rule: &str) -> Fault {
        if error.is_data() {
            return self.field.fault(&Problem::biz("bizContent", rule));
        }
        let index = byte_of(&self.field.value, error);
        let fault = Problem::JsonMalformed(index.saturating_add(1)).fault();
        fault.at(self.field.place_of(index)).in_field("bizContent")
    }

    /// A fault at `part`, which is a piece of the JSON text.
    fn fault(&self, problem: &Problem, part: &str, name: &str) -> Fault {
        let index = part.as_ptr().addr().saturating_sub(self.field.value.as_ptr().addr());
        problem.fault().at(self.field.place_of(index)).in_field(name)
    }
}

/// The byte that a JSON error names by line and column, from 0.
fn byte_of(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    before.saturating_add(error.column().saturating_sub(1)).min(text.len().saturating_sub(1))
}

/// The fields of an object, in order, repeated names included.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut entries = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            entries.push((name, map.next_value()?));
        }
        Ok(Entries(entries))
    }
}

/// A field name, borrowed where it holds no escape.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// One object of the business content.
pub(crate) struct Object<'a> {
    source: &'a Source<'a>,
    text: &'a str,
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// A field's value as text, and where it stands.
pub(crate) struct Value<'a> {
    source: &'a Source<'a>,
    name: &'static str,
    part: &'a str,
    /// The text: of a string without quotes and blanks around it, of a number as it was written.
    pub(crate) text: String,
}

impl Value<'_> {
    /// A fault of this value.
    pub(crate) fn fault(&self, problem: impl Into<Problem>) -> Fault {
        self.source.fault(&problem.into(), self.part, self.name)
    }

    /// `urban.biz-invalid` with the rule that the value breaks.
    pub(crate) fn invalid(&self, rule: impl Into<String>) -> Fault {
        self.fault(Problem::biz(self.name, rule))
    }

    /// Reads `YYYY-MM-DD hh:mm:ss`, Beijing time.
    ///
    /// # Errors
    /// `urban.biz-invalid`.
    pub(crate) fn time(&self) -> Result<UtcTime, Fault> {
        UtcTime::parse_spaced_beijing(&self.text).map_err(|_| self.invalid("应为北京时间 yyyy-MM-dd HH:mm:ss"))
    }

    /// Whether the value consists of digits, as many as one of `lengths` says.
    pub(crate) fn is_digits(&self, lengths: &[usize]) -> bool {
        lengths.contains(&self.text.len()) && self.text.bytes().all(|b| b.is_ascii_digit())
    }
}

impl<'a> Object<'a> {
    fn of(source: &'a Source<'a>, entries: Entries<'a>, text: &'a str) -> Result<Self, Fault> {
        let Entries(entries) = entries;
        let mut seen = std::collections::BTreeSet::new();
        for (key, value) in &entries {
            if !seen.insert(key.as_ref()) {
                // Even an empty name may come twice, and a fault's field may not be empty.
                let name = if key.is_empty() { "bizContent".to_owned() } else { shown(key) };
                return Err(source.fault(&Problem::biz(&name, "重复出现，请只保留一个"), value.get(), &name));
            }
        }
        Ok(Self { source, text, entries })
    }

    /// A fault of the field `name`, at its value where it is there, else at the start of the object.
    pub(crate) fn fault(&self, problem: &Problem, name: &str) -> Fault {
        self.source.fault(problem, self.raw(name).map_or(self.text, RawValue::get), name)
    }

    /// A one-line field; absent, `null` and blank are the same.
    ///
    /// # Errors
    /// `urban.biz-invalid` where it is no text, too long, or holds line breaks or other control characters.
    pub(crate) fn line(&self, name: &'static str) -> Result<Option<Value<'a>>, Fault> {
        let Some(value) = self.scalar(name)? else { return Ok(None) };
        if value.text.chars().any(char::is_control) {
            return Err(value.invalid("不得含换行或控制字符"));
        }
        limited(value, LINE_CHARS_MAX).map(Some)
    }

    /// A description, which may have several lines.
    ///
    /// # Errors
    /// As [`Object::line`].
    pub(crate) fn paragraph(&self, name: &'static str) -> Result<Option<Value<'a>>, Fault> {
        let Some(value) = self.scalar(name)? else { return Ok(None) };
        if value.text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(value.invalid("不得含控制字符"));
        }
        limited(value, TEXT_CHARS_MAX).map(Some)
    }

    /// The text of an optional one-line field.
    ///
    /// # Errors
    /// As [`Object::line`].
    pub(crate) fn line_text(&self, name: &'static str) -> Result<Option<String>, Fault> {
        Ok(self.line(name)?.map(|value| value.text))
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// `urban.field-missing` at the start of the object.
    pub(crate) fn need(&self, name: &'static str, value: Option<Value<'a>>) -> Result<Value<'a>, Fault> {
        value.ok_or_else(|| self.fault(&Problem::FieldMissing(name.to_owned()), name))
    }

    /// A one-line field that must be there.
    ///
    /// # Errors
    /// As [`Object::line`] and [`Object::need`].
    pub(crate) fn line_needed(&self, name: &'static str) -> Result<Value<'a>, Fault> {
        self.need(name, self.line(name)?)
    }

    /// An array of objects; absent and `null` are an empty one.
    ///
    /// # Errors
    /// `urban.biz-invalid` where it is something else or longer than `max`.
    pub(crate) fn objects(&self, name: &'static str, max: usize) -> Result<Vec<Object<'a>>, Fault> {
        self.elements(name, max)?.into_iter().map(|raw| self.source.element(raw, name)).collect()
    }

    /// An array of texts; absent and `null` are an empty one.
    ///
    /// # Errors
    /// As [`Object::objects`].
    pub(crate) fn texts(&self, name: &'static str, max: usize) -> Result<Vec<Value<'a>>, Fault> {
        let mut texts = Vec::new();
        for raw in self.elements(name, max)? {
            texts.push(self.need(name, self.read(name, raw)?)?);
        }
        Ok(texts)
    }

    fn elements(&self, name: &'static str, max: usize) -> Result<Vec<&'a RawValue>, Fault> {
        let Some(raw) = self.raw(name) else { return Ok(Vec::new()) };
        let wrong = |rule: String| self.source.fault(&Problem::biz(name, rule), raw.get(), name);
        let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| wrong("应为JSON数组".to_owned()))?;
        if elements.len() > max { Err(wrong(format!("最多{max}项"))) } else { Ok(elements) }
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.entries.iter().find(|(key, _)| key == name).map(|(_, raw)| *raw).filter(|raw| raw.get() != "null")
    }

    fn scalar(&self, name: &'static str) -> Result<Option<Value<'a>>, Fault> {
        self.raw(name).map_or(Ok(None), |raw| self.read(name, raw))
    }

    /// A string or a number as text; blank is absent.
    fn read(&self, name: &'static str, raw: &'a RawValue) -> Result<Option<Value<'a>>, Fault> {
        let part = raw.get();
        let value = |text: &str| Value { source: self.source, name, part, text: text.to_owned() };
        let read = if part.starts_with('"') {
            let text: String = serde_json::from_str(part).map_err(|_| value("").invalid("含有无效的转义字符"))?;
            value(text.trim())
        } else if part.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            value(part)
        } else {
            return Err(value("").invalid("应为文字或数字"));
        };
        Ok((!read.text.is_empty()).then_some(read))
    }
}

fn limited(value: Value<'_>, chars_max: usize) -> Result<Value<'_>, Fault> {
    if value.text.chars().count() > chars_max {
        return Err(value.invalid(format!("超过{chars_max}字")));
    }
    Ok(value)
}
