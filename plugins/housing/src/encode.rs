//! Writing the tables of `xiezhi_formats::office` as workbooks of one sheet. Every cell is a text: no spreadsheet turns a code into
//! a number or another agency's text into a formula.

use xiezhi_formats::charset::Charset;
use xiezhi_formats::office::{self, Form};
use xiezhi_formats::sheet::column_letters;
use xiezhi_formats::writer::Writer;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Encoded};

use crate::pack::Pack;
use crate::problem::FORMAT;

const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE_RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const CONTENT_TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONS_TYPE: &str = "application/vnd.openxmlformats-package.relationships+xml";
const BOOK_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
const SHEET_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";

/// Writes a record.
pub(crate) fn record(record: &Record, _context: &Context) -> Result<Encoded, Fault> {
    let form = office::form(FORMAT, "住建", record)?;
    Ok(Encoded { body: workbook(&form), content_type: CONTENT_TYPE.to_owned() })
}

fn workbook(form: &Form) -> Vec<u8> {
    let mut pack = Pack::default();
    pack.add("[Content_Types].xml", &content_types());
    pack.add("_rels/.rels", &relation("officeDocument", "xl/workbook.xml"));
    pack.add("xl/workbook.xml", &book(form.title));
    pack.add("xl/_rels/workbook.xml.rels", &relation("worksheet", "worksheets/sheet1.xml"));
    pack.add("xl/worksheets/sheet1.xml", &sheet(form));
    pack.finish()
}

fn content_types() -> Vec<u8> {
    let mut xml = Writer::compact(Charset::Utf8);
    xml.open("Types", &[("xmlns", CONTENT_TYPES)]);
    for (extension, kind) in [("rels", RELATIONS_TYPE), ("xml", "application/xml")] {
        xml.open("Default", &[("Extension", extension), ("ContentType", kind)]);
        xml.close();
    }
    for (part, kind) in [("/xl/workbook.xml", BOOK_TYPE), ("/xl/worksheets/sheet1.xml", SHEET_TYPE)] {
        xml.open("Override", &[("PartName", part), ("ContentType", kind)]);
        xml.close();
    }
    xml.finish()
}

fn relation(kind: &str, target: &str) -> Vec<u8> {
    let mut xml = Writer::compact(Charset::Utf8);
    xml.open("Relationships", &[("xmlns", PACKAGE_RELATIONS)]);
    xml.open("Relationship", &[("Id", "rId1"), ("Type", &format!("{RELATIONS}/{kind}")), ("Target", target)]);
    xml.finish()
}

fn book(title: &str) -> Vec<u8> {
    let mut xml = Writer::compact(Charset::Utf8);
    xml.open("workbook", &[("xmlns", MAIN), ("xmlns:r", RELATIONS)]);
    xml.open("sheets", &[]);
    xml.open("sheet", &[("name", title), ("sheetId", "1"), ("r:id", "rId1")]);
    xml.finish()
}

fn sheet(form: &Form) -> Vec<u8> {
    let mut xml = Writer::compact(Charset::Utf8);
    xml.open("worksheet", &[("xmlns", MAIN)]);
    xml.open("sheetData", &[]);
    let header: Vec<&str> = form.columns.clone();
    let rows = form.rows.iter().map(|row| row.iter().map(String::as_str).collect());
    for (number, row) in std::iter::once(header).chain(rows).enumerate() {
        let number = (number + 1).to_string();
        xml.open("row", &[("r", &number)]);
        for (column, text) in row.into_iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            xml.open("c", &[("r", &format!("{}{number}", column_letters(column))), ("t", "inlineStr")]);
            xml.open("is", &[]);
            xml.field("t", text);
            xml.close();
            xml.close();
        }
        xml.close();
    }
    xml.finish()
}
