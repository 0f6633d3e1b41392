//! A row, whether it came as `fields` of XML or as a line of a table: its fields by name, each with its place.

use std::collections::BTreeMap;

use xiezhi_formats::cell;
use xiezhi_formats::fields::Value;
use xiezhi_formats::sheet::PERSONAL;
use xiezhi_sdk::model::{CivilDate, Uscc, UtcTime};

use crate::problem::{Problem, code};

/// Most fields in a row: the table has 30, and agencies add some of their own.
pub(crate) const FIELDS_MAX: usize = 80;
/// Longest field that the table does not name, in characters, as long as `BZ`.
const OTHER_CHARS_MAX: usize = 512;

/// A field that the format knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// Older names, and the heading of its column in tables.
    pub(crate) others: &'static [&'static str],
    /// Most characters.
    pub(crate) chars_max: usize,
}

impl Column {
    /// A field.
    pub(crate) const fn new(name: &'static str, others: &'static [&'static str], chars_max: usize) -> Self {
        Self { name, others, chars_max }
    }

    /// Whether a field of this name is this one.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name || self.others.contains(&name)
    }
}

/// The fields of a row that hold something.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    /// Where the row begins.
    pub(crate) at: usize,
    /// Its fields, in order.
    pub(crate) fields: Vec<Value<'r>>,
}

impl<'r> Row<'r> {
    /// A field; absent and empty are the same.
    pub(crate) fn optional(&self, column: &Column) -> Result<Option<Value<'r>>, Problem> {
        let mut found = self.fields.iter().filter(|field| column.is(field.name));
        let Some(value) = found.next() else { return Ok(None) };
        if let Some(second) = found.next() {
            let text = format!("{}重复出现（含旧字段名），只能填写一次", column.name);
            return Err(second.problem(code::FIELD_REPEATED, text));
        }
        if value.text.chars().count() > column.chars_max {
            let text = format!("{}不得超过{}个字", column.name, column.chars_max);
            return Err(value.problem(code::FIELD_TOO_LONG, text));
        }
        Ok(Some(*value))
    }

    /// A field that must be there and not be empty.
    pub(crate) fn required(&self, column: &Column) -> Result<Value<'r>, Problem> {
        self.optional(column)?.ok_or_else(|| self.missing(column))
    }

    /// The text of a field.
    pub(crate) fn text(&self, column: &Column) -> Result<Option<String>, Problem> {
        Ok(self.optional(column)?.map(|value| value.text.to_owned()))
    }

    /// A problem that says which field is not there, at the row.
    pub(crate) fn missing(&self, column: &Column) -> Problem {
        let text = format!("缺少{}或其内容为空，请补充", column.name);
        Problem::new(code::FIELD_MISSING, self.at, text).in_field(column.name)
    }

    /// A field that is a date.
    pub(crate) fn date(&self, column: &Column) -> Result<Option<CivilDate>, Problem> {
        self.optional(column)?.map(|value| date(&value)).transpose()
    }

    /// A field that is a point in time.
    pub(crate) fn time(&self, column: &Column) -> Result<Option<UtcTime>, Problem> {
        let Some(value) = self.optional(column)? else { return Ok(None) };
        UtcTime::parse_spaced_beijing(&value.text.replace('/', "-")).map(Some).map_err(|_| {
            let text = format!("{}应为 YYYY/MM/DD hh:mm:ss 形式的真实时间（北京时间，24小时制）", column.name);
            value.problem(code::TIME_INVALID, text)
        })
    }

    /// A field that is a unified social credit code; a doubt that does not make it wrong is noted in `extra`.
    pub(crate) fn uscc(&self, column: &Column, extra: &mut BTreeMap<String, String>) -> Result<Option<Uscc>, Problem> {
        let Some(value) = self.optional(column)? else { return Ok(None) };
        let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
        if uscc.warning().is_some() {
            let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
            extra.insert(format!("{}_TS", column.name), note.to_owned());
        }
        Ok(Some(uscc))
    }

    /// Keeps the fields of `kept` under their names of today, and those that none of `known` and `dropped` is under their
    /// own, unless the name says that they are about a person.
    pub(crate) fn extra(
        &self,
        kept: &[Column],
        known: &[Column],
        dropped: &[Column],
        extra: &mut BTreeMap<String, String>,
    ) -> Result<(), Problem> {
        for column in kept {
            if let Some(text) = self.text(column)? {
                extra.insert(column.name.to_owned(), text);
            }
        }
        for field in &self.fields {
            let has_place = [kept, known, dropped].into_iter().flatten().any(|column| column.is(field.name));
            if has_place || PERSONAL.iter().any(|word| field.name.contains(word)) {
                continue;
            }
            let other = Column::new("", &[], OTHER_CHARS_MAX);
            if field.text.chars().count() > other.chars_max {
                let text = format!("{}不得超过{OTHER_CHARS_MAX}个字", field.name);
                return Err(field.problem(code::FIELD_TOO_LONG, text));
            }
            if extra.insert(field.name.to_owned(), field.text.to_owned()).is_some() {
                let text = format!("{}重复出现，只能填写一次", field.name);
                return Err(field.problem(code::FIELD_REPEATED, text));
            }
        }
        Ok(())
    }
}

/// A value as a date, in any spelling that can mean one day only.
pub(crate) fn date(value: &Value<'_>) -> Result<CivilDate, Problem> {
    cell::date(value.text)
        .ok_or_else(|| value.problem(code::TIME_INVALID, format!("{}应为 YYYY/MM/DD 形式的真实日期", value.name)))
}
