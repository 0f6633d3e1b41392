//! A workbook's parts: which sheets there are, what texts they share, from which year days count. ECMA-376 part 1,
//! SpreadsheetML; formats, formulas and drawings are not looked at.

use std::collections::BTreeMap;

use xiezhi_formats::xml::{self, Element, Rules};

use crate::archive::{Archive, Part, damaged};
use crate::cells;
use crate::problem::{Problem, code};

/// Parts outside the sheets nest less than ten deep; extensions may go deeper.
const PART_RULES: Rules = Rules { root: "workbook", depth_max: 32, elements_max: 150_000, namespaces: true };
/// Sheets that are looked at for a table: the one that is reported and some that explain it. Each may be as long as a part
/// may be, so this bounds the work.
const SHEETS_MAX: usize = 4;
/// Days between the beginnings of the 1900 and the 1904 system.
const SHIFT_1904: i32 = 1_462;

/// A workbook whose shared parts were read.
#[derive(Debug)]
pub(crate) struct Workbook<'b> {
    archive: Archive<'b>,
    /// The parts of the visible sheets, in order.
    sheets: Vec<String>,
    texts: Vec<String>,
    /// Days to add to a serial number.
    pub(crate) serial_shift: i32,
}

impl<'b> Workbook<'b> {
    /// Reads what the sheets have in common.
    pub(crate) fn open(bytes: &'b [u8]) -> Result<Self, Problem> {
        let archive = Archive::open(bytes)?;
        let book = need(&archive, "xl/workbook.xml")?;
        let relations = need(&archive, "xl/_rels/workbook.xml.rels")?;
        let targets = targets(&relations)?;
        let root = parse(&book)?;
        let date1904 =
            root.all("workbookPr").any(|element| matches!(element.attribute("date1904"), Some("1" | "true")));
        let mut sheets = Vec::new();
        for sheet in root.all("sheets").flat_map(|sheets| sheets.all("sheet")) {
            let visible = !matches!(sheet.attribute("state"), Some("hidden" | "veryHidden"));
            let id = sheet.attributes.iter().find(|(name, _)| name.ends_with(":id")).map(|(_, value)| value.as_str());
            if let Some((_, target)) = id.and_then(|id| targets.get(id)).filter(|_| visible) {
                sheets.push(target.clone());
            }
        }
        if sheets.is_empty() {
            return Err(damaged(book.at, "没有可见的工作表"));
        }
        sheets.truncate(SHEETS_MAX);
        let shared = targets.values().find(|(kind, _)| kind.ends_with("/sharedStrings"));
        let texts = match shared {
            Some((_, target)) => archive.part(target)?.map(|part| texts(&part)).transpose()?.unwrap_or_default(),
            None => Vec::new(),
        };
        Ok(Self { archive, sheets, texts, serial_shift: if date1904 { SHIFT_1904 } else { 0 } })
    }

    /// How many sheets there are to look at.
    pub(crate) fn sheet_count(&self) -> usize {
        self.sheets.len()
    }

    /// A sheet's part.
    pub(crate) fn sheet(&self, index: usize) -> Result<Part, Problem> {
        need(&self.archive, self.sheets.get(index).map_or("", String::as_str))
    }

    /// The texts that cells refer to by number.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }
}

fn need(archive: &Archive<'_>, name: &str) -> Result<Part, Problem> {
    archive.part(name)?.ok_or_else(|| damaged(0, &format!("缺少 {name}")))
}

/// Reads a part as XML; what is wrong with it is damage, wherever in it.
pub(crate) fn parse(part: &Part) -> Result<Element<'_>, Problem> {
    xml::parse(&part.text, &PART_RULES).map_err(|problem| placed(problem, part.at))
}

/// A problem inside a part as one of the message.
pub(crate) fn placed(problem: Problem, at: usize) -> Problem {
    match problem.code {
        code::LIMIT => Problem { at, ..problem },
        _ => damaged(at, &problem.text),
    }
}

/// Relations by id: type and the part that they lead to.
fn targets(part: &Part) -> Result<BTreeMap<String, (String, String)>, Problem> {
    let root = parse(part)?;
    let mut targets = BTreeMap::new();
    for relation in root.all("Relationship").filter(|relation| relation.attribute("TargetMode") != Some("External")) {
        let fields = (relation.attribute("Id"), relation.attribute("Type"), relation.attribute("Target"));
        if let (Some(id), Some(kind), Some(target)) = fields {
            // A target counts from `xl/`, or from the archive's root where it begins with a slash.
            let name = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            targets.insert(id.to_owned(), (kind.to_owned(), name));
        }
    }
    Ok(targets)
}

/// The shared texts, each without its formats and without readings (`rPh`).
fn texts(part: &Part) -> Result<Vec<String>, Problem> {
    Ok(parse(part)?.all("si").map(cells::rich_text).collect())
}
