//! Texts of our own types: `名=值|名=值…`. Splits characters, never bytes: `7C` is also the second byte of many.

use std::borrow::Cow;

use xiezhi_formats::fields::Value;

use crate::problem::{Problem, code};

/// Most fields in a text: an inspection has about ten and a line for each hazard.
const FIELDS_MAX: usize = 100;
/// Longest name of a field, in characters; names become fault fields and keys of `extra`.
const NAME_CHARS_MAX: usize = 32;

/// One field.
#[derive(Debug)]
struct Field<'t> {
    name: &'t str,
    value: Cow<'t, str>,
    /// Where the value begins in the text.
    at: usize,
}

/// The fields of a text.
#[derive(Debug)]
pub(crate) struct Fields<'t> {
    list: Vec<Field<'t>>,
}

impl<'t> Fields<'t> {
    /// Reads a text.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Problem> {
        let mut list: Vec<Field<'t>> = Vec::new();
        let mut at = 0;
        for piece in text.split('|') {
            let begin = at;
            at += piece.len() + 1;
            if piece.trim().is_empty() {
                continue;
            }
            let Some((name, value)) = piece.split_once('=') else {
                let text = "文本应为“名=值|名=值”的形式，此处缺少等号；值中的竖线请写作%7C";
                return Err(Problem::new(code::STRUCTURE, begin, text));
            };
            let value_at = begin + name.len() + 1 + (value.len() - value.trim_start().len());
            let name = name.trim();
            if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
                let text = format!("字段名应为1至{NAME_CHARS_MAX}个字");
                return Err(Problem::new(code::STRUCTURE, begin, text));
            }
            if list.len() >= FIELDS_MAX {
                return Err(Problem::new(code::LIMIT, begin, format!("字段不得超过{FIELDS_MAX}个")));
            }
            if list.iter().any(|field| field.name == name) {
                let text = format!("{name}重复出现，只能填写一次");
                return Err(Problem::new(code::FIELD_REPEATED, begin, text).in_field(name));
            }
            list.push(Field { name, value: unescape(value.trim()), at: value_at });
        }
        Ok(Self { list })
    }

    /// A field; absent and empty are the same.
    pub(crate) fn optional(&self, name: &str, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        match self.list.iter().find(|field| field.name == name) {
            Some(field) if !field.value.is_empty() => checked(field, chars_max).map(Some),
            _ => Ok(None),
        }
    }

    /// A field that must be there and not be empty.
    pub(crate) fn required(&self, name: &str, chars_max: usize) -> Result<Value<'_>, Problem> {
        self.optional(name, chars_max)?.ok_or_else(|| missing(name))
    }

    /// Every field that is not empty and whose name passes, in order.
    pub(crate) fn all(
        &self,
        wanted: impl Fn(&str) -> bool,
        chars_max: usize,
    ) -> impl Iterator<Item = Result<Value<'_>, Problem>> {
        let named = self.list.iter().filter(move |field| wanted(field.name) && !field.value.is_empty());
        named.map(move |field| checked(field, chars_max))
    }
}

fn checked<'f>(field: &'f Field<'_>, chars_max: usize) -> Result<Value<'f>, Problem> {
    let value = Value { name: field.name, text: &field.value, at: field.at };
    match field.value.chars().count() > chars_max {
        true => Err(value.problem(code::FIELD_TOO_LONG, format!("{}不得超过{chars_max}个字", field.name))),
        false => Ok(value),
    }
}

/// A problem that says which field is not there, at the begin of the text.
pub(crate) fn missing(name: &str) -> Problem {
    Problem::new(code::FIELD_MISSING, 0, format!("缺少{name}或其内容为空，请补充")).in_field(name)
}

/// Only what [`Texts`] writes is turned back: inspectors also write `50%`.
fn unescape(value: &str) -> Cow<'_, str> {
    match value.contains('%') {
        false => Cow::Borrowed(value),
        // A per cent sign is undone last, so that `%257C` means `%7C`.
        true => Cow::Owned(value.replace("%7C", "|").replace("%7c", "|").replace("%25", "%")),
    }
}

/// Writes a text.
#[derive(Debug, Default)]
pub(crate) struct Texts(String);

impl Texts {
    /// Adds a field, even an empty one.
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('|');
        }
        self.0.push_str(name);
        self.0.push('=');
        for c in value.chars() {
            match c {
                '|' => self.0.push_str("%7C"),
                '%' => self.0.push_str("%25"),
                other => self.0.push(other),
            }
        }
    }

    /// A field that is left out where there is nothing to say.
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.field(name, value);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        for value in ["甲", "50%", "a|b=c", "%7C", "%25", "%257C", "漷㛃\u{20164}", "二\n行"] {
            let mut texts = Texts::default();
            texts.field("甲", value);
            texts.optional("乙", Some(""));
            let text = texts.finish();
            let fields = Fields::parse(&text).unwrap();
            assert_eq!(fields.required("甲", 99).unwrap().text, value, "{text}");
        }
    }
}
