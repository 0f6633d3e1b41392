//! Reading the fields of a row: present or not, once, short enough, and of the right kind.
//!
//! A problem points at the first character of the field's value; where the field is missing or empty, at the `<` of
//! the element that should hold it.

use xiezhi_sdk::model::UtcTime;

use crate::problem::{Problem, code};
use crate::xml::Element;

/// Longest text of each kind of field, in characters: wide enough for what officials write, narrow enough that a full
/// batch stays within the message's limit.
pub(crate) mod chars_max {
    /// Numbers of messages, cases and assignments (公安案件编号 has 23).
    pub(crate) const NUMBER: usize = 64;
    /// Codes of a table.
    pub(crate) const CODE: usize = 32;
    /// Names and titles.
    pub(crate) const NAME: usize = 200;
    /// Addresses, legal bases and fields without a place of their own.
    pub(crate) const LINE: usize = 500;
    /// Descriptions (简要案情).
    pub(crate) const TEXT: usize = 4000;
}

/// The value of a field that is there and not empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'e> {
    pub(crate) name: &'e str,
    pub(crate) text: &'e str,
    pub(crate) at: usize,
}

impl Value<'_> {
    /// A problem at this value.
    pub(crate) fn problem(&self, code: &'static str, text: impl Into<String>) -> Problem {
        Problem::new(code, self.at, text).in_field(self.name)
    }

    /// The value as a point in time.
    pub(crate) fn time(&self) -> Result<UtcTime, Problem> {
        UtcTime::parse_compact_beijing(self.text).map_err(|_| {
            let text = format!("{}应为 YYYYMMDDhhmmss 形式的真实时间（北京时间，24小时制）", self.name);
            self.problem(code::TIME_INVALID, text)
        })
    }
}

impl Element<'_> {
    /// The only child of a name.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&Self>, Problem> {
        let mut found = self.all(name);
        let first = found.next();
        match found.next() {
            None => Ok(first),
            Some(second) => {
                let text = format!("{}中只能有一个{name}", self.name);
                Err(Problem::new(code::FIELD_REPEATED, second.at, text).in_field(name))
            }
        }
    }

    /// The only child of a name, which must be there.
    pub(crate) fn group(&self, name: &str) -> Result<&Self, Problem> {
        self.one(name)?.ok_or_else(|| self.missing(name))
    }

    /// A field; absent and empty are the same.
    pub(crate) fn optional(&self, name: &str, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        match self.one(name)? {
            Some(field) => field.value(chars_max),
            None => Ok(None),
        }
    }

    /// A field that must be there and not be empty.
    pub(crate) fn required(&self, name: &str, chars_max: usize) -> Result<Value<'_>, Problem> {
        self.optional(name, chars_max)?.ok_or_else(|| self.missing(name))
    }

    /// This element as a field.
    pub(crate) fn value(&self, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        if let Some(child) = self.children.first() {
            let text = format!("{}是单个字段，其中不应再有子元素", self.name);
            return Err(Problem::new(code::STRUCTURE, child.at, text).in_field(self.name));
        }
        if self.text.is_empty() {
            return Ok(None);
        }
        let value = Value { name: self.name, text: &self.text, at: self.text_at };
        if self.text.chars().count() > chars_max {
            return Err(value.problem(code::FIELD_TOO_LONG, format!("{}不得超过{chars_max}个字", self.name)));
        }
        Ok(Some(value))
    }

    fn missing(&self, name: &str) -> Problem {
        Problem::new(code::FIELD_MISSING, self.at, format!("{}中缺少{name}或其内容为空，请补充", self.name))
            .in_field(name)
    }
}
