//! A sheet's cells as the rows that a delimited text would give: number, texts, gaps filled.
//!
//! Only `sheetData` is read: views, formats, protection and drawings say nothing that is reported. A formula counts by the value
//! that was stored with it. Numbers stay the digits that the file holds; no float touches them.

use std::borrow::Cow;

use xiezhi_formats::csv::{Cell, Item, Refused, Row};
use xiezhi_formats::xml::{self, Element, Rules};

use crate::archive::{Part, damaged};
use crate::problem::{Problem, code};
use crate::workbook::{parse, placed};

/// `sheetData`, row, cell, value and the runs of a text make six; the cells of a full table are 110,000 elements.
const RULES: Rules = Rules { root: "sheetData", depth_max: 12, elements_max: 150_000, namespaces: false };
/// Most rows with something in them: a month's appraisals are some hundreds.
pub(crate) const ROWS_MAX: usize = 2_000;
/// Most columns.
pub(crate) const CELLS_MAX: usize = 60;
const OPEN: &str = "<sheetData";
const CLOSE: &str = "</sheetData>";

/// The rows of a sheet that hold something.
pub(crate) fn rows<'t>(part: &'t Part, texts: &'t [String]) -> Result<Vec<Item<'t>>, Problem> {
    match data(&part.text) {
        Some("") => Ok(Vec::new()),
        Some(text) => {
            let data = xml::parse(text, &RULES).map_err(|problem| placed(problem, part.at))?;
            items(&data, part.at, texts)
        }
        // Some programs write every name with a prefix; then the declarations at the root are needed.
        None => {
            let root = parse(part)?;
            let data = root.all("sheetData").next().ok_or_else(|| damaged(part.at, "工作表没有数据"))?;
            items(data, part.at, texts)
        }
    }
}

/// The text of `sheetData`; empty where the sheet is.
fn data(text: &str) -> Option<&str> {
    let start = text.find(OPEN)?;
    let rest = text.get(start..)?;
    let tag = rest.get(..rest.find('>')?)?;
    if tag.ends_with('/') {
        return Some("");
    }
    rest.get(..rest.find(CLOSE)? + CLOSE.len())
}

fn items<'t>(data: &Element<'_>, at: usize, texts: &'t [String]) -> Result<Vec<Item<'t>>, Problem> {
    let (mut items, mut number) = (Vec::new(), 0_u32);
    for element in data.all("row") {
        let named = element.attribute("r").and_then(|text| text.parse().ok());
        number = named.unwrap_or_else(|| number.saturating_add(1));
        let item = match row(element, at, texts) {
            Ok(cells) if cells.iter().all(|cell| cell.text.is_empty()) => continue,
            Ok(cells) => Item::Row(Row { number, line: number, at, cells }),
            Err(problem) => Item::Refused(Refused { number, line: number, problem }),
        };
        if items.len() >= ROWS_MAX {
            let text = format!("工作表超过{ROWS_MAX}个数据行，请拆分后重新发送");
            items.push(Item::TooMany(Problem::new(code::LIMIT, at, text)));
            break;
        }
        items.push(item);
    }
    Ok(items)
}

fn row<'t>(row: &Element<'_>, at: usize, texts: &'t [String]) -> Result<Vec<Cell<'t>>, Problem> {
    let mut cells: Vec<Cell<'t>> = Vec::new();
    let mut next = 0;
    for element in row.all("c") {
        let column = element.attribute("r").map_or(Some(next), column).ok_or_else(|| damaged(at, "单元格位置不对"))?;
        next = column.saturating_add(1);
        let text = text(element, texts).ok_or_else(|| damaged(at, "单元格引用的文本不存在"))?;
        if text.is_empty() {
            continue;
        }
        if column >= CELLS_MAX {
            let text = format!("本行在第{CELLS_MAX}列之后还有内容，请删去多余的列");
            return Err(Problem::new(code::LIMIT, at, text));
        }
        while cells.len() <= column {
            cells.push(Cell { text: Cow::Borrowed(""), at });
        }
        if let Some(cell) = cells.get_mut(column) {
            cell.text = text;
        }
    }
    Ok(cells)
}

/// The column of a reference such as `F5`, from 0; none has more than three letters.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) =
        reference.split_at_checked(letters).filter(|(letters, _)| (1..=3).contains(&letters.len()))?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = |sum: usize, letter: u8| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
    letters.bytes().fold(0, value).checked_sub(1)
}

/// What a cell holds; `None` where it refers to a shared text that is not there.
fn text<'t>(cell: &Element<'_>, texts: &'t [String]) -> Option<Cow<'t, str>> {
    let stored = cell.all("v").next().map(|value| value.text.as_ref()).unwrap_or_default();
    Some(match cell.attribute("t") {
        Some("s") if !stored.is_empty() => Cow::Borrowed(texts.get(stored.parse::<usize>().ok()?)?.as_str()),
        Some("inlineStr") => Cow::Owned(cell.all("is").next().map(rich_text).unwrap_or_default()),
        Some("str") => Cow::Owned(unescape(stored)),
        // A number, a truth value, an error such as #REF!: the text that the file holds.
        _ => Cow::Owned(stored.to_owned()),
    })
}

/// The text of `si` or `is`: plain, or in runs.
pub(crate) fn rich_text(element: &Element<'_>) -> String {
    let runs = element.children.iter().flat_map(|child| match child.name {
        "t" => std::slice::from_ref(child).iter(),
        "r" => child.children.iter(),
        _ => [].iter(),
    });
    unescape(&runs.filter(|run| run.name == "t").map(|run| run.text.as_ref()).collect::<String>())
}

/// `_x000D_` stands for a carriage return (ECMA-376 part 1, 22.9.2.19); other such sequences do not occur in what clerks type.
fn unescape(text: &str) -> String {
    text.replace("_x000D_", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_columns() {
        for (reference, expected) in [
            ("A1", Some(0)),
            ("Z9", Some(25)),
            ("AA10", Some(26)),
            ("XFD1048576", Some(16_383)),
            ("a1", Some(0)),
            ("1", None),
            ("A", None),
            ("AAAA1", None),
            ("A1B", None),
            ("甲1", None),
            ("", None),
        ] {
            assert_eq!(column(reference), expected, "{reference}");
        }
    }
}
