//! Tables that clerks keep: which row is the header, which column is which field, and what a row says in it.
//!
//! Rows come from [`csv`](crate::csv) or from a spreadsheet's reader. Columns are found by name, in any order. Knows no
//! record; [`office`](crate::office) does.

mod moment;
mod reading;

use std::collections::BTreeMap;

use xiezhi_sdk::model::{CivilDate, Uscc, UtcTime};

use crate::cell::{clean, half_width};
use crate::csv::Row;
use crate::fields::Value;
use crate::{Problem, code};

pub use reading::{Read, read};

/// Longest name of a column, in characters: it becomes a key of `extra`.
const NAME_CHARS_MAX: usize = 40;
/// Columns that the layout does not name are kept, unless their name has one of these words in it: they hold personal data
/// that nobody asked for (个人信息保护法 art. 6), or tell who complained (投诉举报处理暂行办法 art. 33).
pub const PERSONAL: [&str; 14] = [
    "联系",
    "电话",
    "手机",
    "身份证",
    "证件",
    "姓名",
    "法人",
    "法定代表",
    "负责人",
    "举报",
    "投诉",
    "经办",
    "人员",
    "检查人",
];

/// A column that a layout knows.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in faults and on the format's page.
    pub name: &'static str,
    /// Other names that mean the same.
    pub others: &'static [&'static str],
}

/// One kind of table.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// What it is called, for texts.
    pub title: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// Those by which it is told from other tables: all of them stand in the header.
    pub marks: &'static [&'static str],
}

/// How a fault's text says where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// By row, and by line where that differs: delimited text.
    Lines,
    /// By a cell's reference, such as `F5`: a spreadsheet.
    Cells,
}

/// A header row that fits a layout.
#[derive(Debug)]
pub struct Header {
    layout: &'static Layout,
    /// Where each column of the layout stands.
    known: Vec<Option<usize>>,
    /// The other columns that have a name.
    others: Vec<(usize, String)>,
    /// How texts say where.
    pub places: Places,
    /// Days to add to a serial number: 1462 where a workbook counts from 1904.
    pub serial_shift: i32,
}

impl Header {
    /// Reads a row as the header of the first layout whose marks it has.
    ///
    /// # Errors
    /// `field-repeated` where two cells name one column.
    pub fn find(layouts: &'static [Layout], row: &Row<'_>, places: Places) -> Result<Option<Self>, Problem> {
        let names: Vec<String> = row.cells.iter().map(|cell| plain_name(&cell.text)).collect();
        for layout in layouts {
            let mut known: Vec<Option<usize>> = Vec::new();
            let mut repeated = None;
            for column in layout.columns {
                let is_it = |name: &String| *name == column.name || column.others.contains(&name.as_str());
                let mut found = names.iter().enumerate().filter(|(_, name)| is_it(name)).map(|(index, _)| index);
                known.push(found.next());
                repeated = repeated.or_else(|| found.next().map(|index| (index, column.name)));
            }
            let header = Self { layout, known, others: Vec::new(), places, serial_shift: 0 };
            if !layout.marks.iter().all(|mark| header.place_of(mark).is_some()) {
                continue;
            }
            if let Some((index, name)) = repeated {
                let at = row.cells.get(index).map_or(row.at, |cell| cell.at);
                let text = format!("表头中“{name}”一列出现了两次（含同义列名），请只保留一列");
                return Err(Problem::new(code::FIELD_REPEATED, at, text).in_field(name));
            }
            let is_other = |(index, name): &(usize, String)| !name.is_empty() && !header.known.contains(&Some(*index));
            let others = names.into_iter().enumerate().filter(is_other);
            let others = others.map(|(index, name)| (index, name.chars().take(NAME_CHARS_MAX).collect())).collect();
            return Ok(Some(Self { others, ..header }));
        }
        Ok(None)
    }

    /// The layout that it fits.
    #[must_use]
    pub fn layout(&self) -> &'static Layout {
        self.layout
    }

    fn place_of(&self, name: &str) -> Option<usize> {
        let index = self.layout.columns.iter().position(|column| column.name == name)?;
        self.known.get(index).copied().flatten()
    }
}

/// A name in a header without what people put around it: blanks, brackets with a unit, stars that mark what is required.
fn plain_name(cell: &str) -> String {
    let (mut name, mut depth) = (String::new(), 0_u32);
    for c in clean(cell).chars().map(half_width) {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            '*' | ':' | '_' => {}
            c if depth > 0 || c.is_whitespace() => {}
            c => name.push(c),
        }
    }
    name
}

/// A row below a header.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'r> {
    header: &'r Header,
    row: &'r Row<'r>,
}

impl<'r> Entry<'r> {
    /// A row, unless all its cells are blank: such rows are no entries, wherever they stand.
    #[must_use]
    pub fn new(header: &'r Header, row: &'r Row<'r>) -> Option<Self> {
        let filled = row.cells.iter().any(|cell| !clean(&cell.text).is_empty());
        filled.then_some(Self { header, row })
    }

    /// A field; an absent column and an empty cell are the same.
    ///
    /// # Errors
    /// `field-too-long`.
    pub fn optional(&self, name: &'static str, chars_max: usize) -> Result<Option<Value<'r>>, Problem> {
        match self.header.place_of(name).and_then(|place| self.value(place, name)) {
            Some(value) if value.text.chars().count() > chars_max => {
                Err(value.problem(code::FIELD_TOO_LONG, format!("{name}不得超过{chars_max}个字")))
            }
            value => Ok(value),
        }
    }

    /// A field that must be filled in.
    ///
    /// # Errors
    /// `field-missing` at the cell, or at the row's start; `field-too-long`.
    pub fn required(&self, name: &'static str, chars_max: usize) -> Result<Value<'r>, Problem> {
        self.optional(name, chars_max)?.ok_or_else(|| self.missing(name))
    }

    /// A problem that says which field is not there.
    #[must_use]
    pub fn missing(&self, name: &'static str) -> Problem {
        let cell = self.header.place_of(name).and_then(|place| self.row.cells.get(place));
        let at = cell.map_or(self.row.at, |cell| cell.at);
        Problem::new(code::FIELD_MISSING, at, format!("缺少{name}，请补充")).in_field(name)
    }

    /// A field as a text of its own.
    ///
    /// # Errors
    /// `field-too-long`.
    pub fn text(&self, name: &'static str, chars_max: usize) -> Result<Option<String>, Problem> {
        Ok(self.optional(name, chars_max)?.map(|value| value.text.to_owned()))
    }

    /// A date as people spell it, or a spreadsheet's serial number of five digits.
    ///
    /// # Errors
    /// `time-invalid`.
    pub fn day(&self, name: &'static str) -> Result<Option<CivilDate>, Problem> {
        let Some(value) = self.optional(name, NAME_CHARS_MAX)? else { return Ok(None) };
        let wrong = || value.problem(code::TIME_INVALID, format!("{name}应为真实日期，如 2026-09-01 或 2026年9月1日"));
        moment::day(value.text, self.header.serial_shift).map(Some).ok_or_else(wrong)
    }

    /// A date with or without a time of day, in Beijing; without one it is the day's beginning.
    ///
    /// # Errors
    /// `time-invalid`.
    pub fn moment(&self, name: &'static str) -> Result<Option<UtcTime>, Problem> {
        let Some(value) = self.optional(name, NAME_CHARS_MAX)? else { return Ok(None) };
        let text = format!("{name}应为真实的日期或时间，如 2026-09-01 或 2026-09-01 14:30");
        let wrong = || value.problem(code::TIME_INVALID, text);
        moment::moment(value.text, self.header.serial_shift).map(Some).ok_or_else(wrong)
    }

    /// A credit code; `note` gets a doubt that does not make it wrong.
    ///
    /// # Errors
    /// The code's own, such as `uscc.check-character`.
    pub fn uscc(
        &self,
        name: &'static str,
        note: &str,
        extra: &mut BTreeMap<String, String>,
    ) -> Result<Option<Uscc>, Problem> {
        let Some(value) = self.optional(name, NAME_CHARS_MAX)? else { return Ok(None) };
        let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
        if uscc.warning().is_some() {
            let text = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
            extra.insert(note.to_owned(), text.to_owned());
        }
        Ok(Some(uscc))
    }

    /// Adds fields to `extra` under their names.
    ///
    /// # Errors
    /// `field-too-long`.
    pub fn keep(
        &self,
        names: &[&'static str],
        chars_max: usize,
        extra: &mut BTreeMap<String, String>,
    ) -> Result<(), Problem> {
        for name in names {
            if let Some(text) = self.text(name, chars_max)? {
                extra.insert((*name).to_owned(), text);
            }
        }
        Ok(())
    }

    /// Adds what stands in columns that the layout does not know, under their headers; not what is [`PERSONAL`], and of a
    /// text no more than `chars_max`.
    pub fn keep_others(&self, chars_max: usize, extra: &mut BTreeMap<String, String>) {
        for (place, name) in &self.header.others {
            if PERSONAL.iter().any(|word| name.contains(word)) {
                continue;
            }
            if let Some(value) = self.value(*place, name) {
                extra.entry(name.clone()).or_insert_with(|| value.text.chars().take(chars_max).collect());
            }
        }
    }

    /// The problem with its place in words in front of its text.
    #[must_use]
    pub fn placed(&self, problem: Problem) -> Problem {
        let column = problem.field.as_deref().and_then(|field| self.header.place_of(field));
        let place = match (self.header.places, column) {
            (Places::Cells, Some(column)) => format!("单元格{}{}", column_letters(column), self.row.number),
            (Places::Lines, _) if self.row.line != self.row.number => {
                format!("第{}行（文本第{}行）", self.row.number, self.row.line)
            }
            _ => format!("第{}行", self.row.number),
        };
        Problem { text: format!("{place}：{}", problem.text), ..problem }
    }

    fn value<'n>(&self, place: usize, name: &'n str) -> Option<Value<'n>>
    where
        'r: 'n,
    {
        let cell = self.row.cells.get(place)?;
        let text = clean(&cell.text);
        // `clean` gives a piece of its argument.
        let before = cell.text.find(text).unwrap_or_default();
        (!text.is_empty()).then_some(Value { name, text, at: cell.at + before })
    }
}

/// The letters of a spreadsheet's column: 0 is `A`, 26 is `AA`.
#[must_use]
pub fn column_letters(index: usize) -> String {
    let mut rest = index;
    let mut letters = Vec::new();
    loop {
        let digit = u8::try_from(rest % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests;
