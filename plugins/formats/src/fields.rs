//! Reading the fields of a row: present or not, once, short enough, and of the right kind.
//!
//! A problem points at the first character of the field's value; where the field is missing or empty, at the `<` of
//! the element that should hold it.

use xiezhi_sdk::model::{CivilDate, UtcTime};

use crate::xml::Element;
use crate::{Problem, code};

/// Longest text of each kind of field, in characters: wide enough for what officials write, narrow enough that a full
/// batch stays within the message's limit.
pub mod chars_max {
    /// Numbers of messages, cases and assignments (公安案件编号 has 23).
    pub const NUMBER: usize = 64;
    /// Codes of a table.
    pub const CODE: usize = 32;
    /// Names and titles.
    pub const NAME: usize = 200;
    /// Addresses, legal bases and fields without a place of their own.
    pub const LINE: usize = 500;
    /// Descriptions (简要案情).
    pub const TEXT: usize = 4000;
}

/// The value of a field that is there and not empty.
#[derive(Debug, Clone, Copy)]
pub struct Value<'e> {
    /// The field's name.
    pub name: &'e str,
    /// What it holds, without blanks at the ends.
    pub text: &'e str,
    /// Where that begins.
    pub at: usize,
}

impl Value<'_> {
    /// A problem at this value.
    #[must_use]
    pub fn problem(&self, code: &'static str, text: impl Into<String>) -> Problem {
        Problem::new(code, self.at, text).in_field(self.name)
    }

    /// The value as a calendar date, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `time-invalid`.
    pub fn date(&self) -> Result<CivilDate, Problem> {
        CivilDate::parse(self.text)
            .map_err(|_| self.problem(code::TIME_INVALID, format!("{}应为 YYYY-MM-DD 形式的真实日期", self.name)))
    }

    /// The value as a point in time, `YYYYMMDDhhmmss` in Beijing.
    ///
    /// # Errors
    /// `time-invalid`.
    pub fn time(&self) -> Result<UtcTime, Problem> {
        UtcTime::parse_compact_beijing(self.text).map_err(|_| {
            let text = format!("{}应为 YYYYMMDDhhmmss 形式的真实时间（北京时间，24小时制）", self.name);
            self.problem(code::TIME_INVALID, text)
        })
    }
}

impl Element<'_> {
    /// The only child of a name.
    ///
    /// # Errors
    /// `field-repeated`.
    pub fn one(&self, name: &str) -> Result<Option<&Self>, Problem> {
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
    ///
    /// # Errors
    /// `field-missing`, `field-repeated`.
    pub fn group(&self, name: &str) -> Result<&Self, Problem> {
        self.one(name)?.ok_or_else(|| self.missing(name))
    }

    /// A field; absent and empty are the same.
    ///
    /// # Errors
    /// `field-repeated`, `field-too-long`, and `structure` where elements stand in it.
    pub fn optional(&self, name: &str, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        match self.one(name)? {
            Some(field) => field.value(chars_max),
            None => Ok(None),
        }
    }

    /// A field that must be there and not be empty.
    ///
    /// # Errors
    /// `field-missing`, and those of [`Element::optional`].
    pub fn required(&self, name: &str, chars_max: usize) -> Result<Value<'_>, Problem> {
        self.optional(name, chars_max)?.ok_or_else(|| self.missing(name))
    }

    /// This element as a field.
    ///
    /// # Errors
    /// `field-too-long`, and `structure` where elements stand in it.
    pub fn value(&self, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
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

    /// A problem that says which field is not there, at this element.
    #[must_use]
    pub fn missing(&self, name: &str) -> Problem {
        Problem::new(code::FIELD_MISSING, self.at, format!("{}中缺少{name}或其内容为空，请补充", self.name))
            .in_field(name)
    }
}
