//! Workbooks as other programs write them, and archives that are damaged, hostile or of another kind.

use super::*;

const HEAD: &str = "鉴定报告编号,房屋坐落,鉴定等级";

fn table() -> String {
    [row(1, HEAD), row(2, "N1,某路1号,C")].concat()
}

/// Where the local header of a part stands.
fn part_at(bytes: &[u8], name: &str) -> usize {
    bytes.windows(name.len()).position(|window| window == name.as_bytes()).unwrap() - 30
}

fn replaced(bytes: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// Where the directory entry of the only part that has this name begins.
fn entry_at(bytes: &[u8], name: &str) -> usize {
    bytes.windows(name.len()).rposition(|window| window == name.as_bytes()).unwrap() - 46
}

#[test]
fn cells_of_every_kind_are_read() {
    let rows = format!(
        "{}<row><c t=\"s\"><v>1</v></c><c t=\"str\"><f>A1</f><v>某路_x000D_1号</v></c><c r=\"D2\"><v>860.10</v></c>\
         <c r=\"C2\" t=\"s\"><v>0</v></c><c t=\"b\"><v>1</v></c><c r=\"E2\" s=\"1\"/><c r=\"ZZ2\"/></row>",
        row(1, &format!("{HEAD},建筑面积"))
    );
    let texts = "<sst><si><t>C</t></si><si><r><t>N</t></r><r><t>1</t></r></si></sst>";
    let data = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let bytes = pack(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &data),
        ("xl/sharedStrings.xml", texts),
    ]);
    let record = only_record(&bytes);
    let found = finding(&record);
    assert_eq!((&*found.reference, found.party.address.as_deref()), ("N1", Some("某路1号")));
    assert_eq!((&*found.issue.code, &*found.extra["建筑面积"]), ("C", "1"), "the last cell of a place counts");
}

#[test]
fn names_with_a_prefix_are_read() {
    let data = format!("<worksheet><sheetData>{}</sheetData></worksheet>", table());
    let prefixed = data.replace("</", "</x:").replace('<', "<x:").replace("<x:/x:", "</x:");
    let prefixed = prefixed.replacen("<x:worksheet>", "<x:worksheet xmlns:x=\"m\">", 1);
    let bytes = pack(&[
        ("XL/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &prefixed),
    ]);
    assert_eq!(finding(&only_record(&bytes)).issue.code, "C");
}

#[test]
fn stored_parts_and_a_comment_are_read() {
    let mut bytes = sheet(&table());
    let end = bytes.len();
    bytes[end - 2..].copy_from_slice(&3_u16.to_le_bytes());
    bytes.extend_from_slice(b"abc");
    assert_eq!(finding(&only_record(&bytes)).issue.code, "C");
}

#[test]
fn damaged_archives_are_named_at_their_place() {
    let good = sheet(&table());
    let (name, book) = ("xl/worksheets/sheet1.xml", "xl/workbook.xml");
    let (part, entry, end) = (part_at(&good, name), entry_at(&good, name), good.len() - 22);
    let first = entry_at(&good, book);
    let without = |part: &str| {
        let data = format!("<worksheet><sheetData>{}</sheetData></worksheet>", table());
        let parts = [(book, BOOK), ("xl/_rels/workbook.xml.rels", RELATIONS), (name, data.as_str())];
        pack(&parts.into_iter().filter(|(name, _)| *name != part).collect::<Vec<_>>())
    };
    let xml = |sheet: &str| pack(&[(book, BOOK), ("xl/_rels/workbook.xml.rels", RELATIONS), (name, sheet)]);
    let broken = xml("<worksheet><sheetData><row></sheetData></worksheet>");
    let empty = xml("<worksheet><sheetData/></worksheet>");
    let nothing = xml("<worksheet></worksheet>");
    let dtd = xml("<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet></worksheet>");
    let hidden = pack(&[
        (book, &BOOK.replace("sheetId", "state=\"hidden\" sheetId")),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        (name, "<worksheet/>"),
    ]);
    let cases: Vec<(&str, Vec<u8>, &str, usize)> = vec![
        ("cut", good[..good.len() - 1].to_vec(), "housing.xlsx-damaged", good.len() - 1),
        ("directory", replaced(&good, first, b"XX"), "housing.xlsx-damaged", first),
        ("place of the directory", replaced(&good, end + 16, &[0xff; 4]), "housing.xlsx-damaged", end),
        ("local header", replaced(&good, part, b"XX"), "housing.xlsx-damaged", part),
        ("checksum", replaced(&good, entry + 16, &[0; 4]), "housing.xlsx-damaged", part),
        ("longer than declared", replaced(&good, entry + 24, &[9, 0, 0, 0]), "housing.xlsx-damaged", part),
        ("shorter than declared", replaced(&good, entry + 24, &[0, 0, 9, 0]), "housing.xlsx-damaged", part),
        ("packed length", replaced(&good, entry + 20, &[0xff, 0xff, 0xff, 0x7f]), "housing.xlsx-damaged", part),
        ("no workbook", without(book), "housing.xlsx-damaged", 0),
        ("no sheet", without(name), "housing.xlsx-damaged", 0),
        ("no visible sheet", hidden, "housing.xlsx-damaged", 0),
        ("broken XML", broken.clone(), "housing.xlsx-damaged", part_at(&broken, name)),
        ("DTD", dtd.clone(), "housing.xlsx-damaged", part_at(&dtd, name)),
        ("no data", nothing.clone(), "housing.xlsx-damaged", part_at(&nothing, name)),
        ("empty sheet", empty.clone(), "housing.header-unknown", part_at(&empty, name)),
        ("encrypted", replaced(&good, entry + 8, &[1, 8]), "housing.xlsx-unsupported", part),
        ("method", replaced(&good, entry + 10, &[12, 0]), "housing.xlsx-unsupported", part),
        ("two disks", replaced(&good, end + 4, &[1, 0]), "housing.xlsx-unsupported", end),
        ("ZIP64", replaced(&good, end + 8, &[0xff; 4]), "housing.xlsx-unsupported", end),
        ("too many parts", replaced(&good, end + 8, &[1, 2, 1, 2]), "housing.limit", end),
    ];
    for (label, bytes, code, at) in cases {
        let fault = decode(&bytes).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.offset), (code, Some(at as u64)), "{label}: {}", fault.text);
        assert!(!fault.text.is_ascii(), "{label}");
    }
}

#[test]
fn what_would_inflate_too_far_is_refused_before() {
    let blank = " ".repeat(crate::archive::PART_BYTES_MAX + 1);
    let data = format!("<worksheet><sheetData>{}</sheetData></worksheet>{blank}", table());
    let name = "xl/worksheets/sheet1.xml";
    let bomb = pack(&[("xl/workbook.xml", BOOK), ("xl/_rels/workbook.xml.rels", RELATIONS), (name, data.as_str())]);
    assert!(bomb.len() < 20_000, "it is small as sent");
    let at = part_at(&bomb, name);
    let fault = decode(&bomb).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("housing.limit", Some(at as u64)));
    // A directory that lies about the length does not help: no more than the declared length is inflated.
    let lie = replaced(&bomb, entry_at(&bomb, name) + 24, &1_000_u32.to_le_bytes());
    assert_eq!(decode(&lie).unwrap_err().code, "housing.xlsx-damaged");
}

#[test]
fn sheets_that_are_too_large_are_refused() {
    let rows: String = (0..2_001).map(|index| row(index + 1, HEAD)).collect();
    assert_eq!(decode(&sheet(&rows)).unwrap_err().code, "housing.limit", "rows");
    let cells = "<c/>".repeat(150_001);
    assert_eq!(decode(&sheet(&format!("<row>{cells}</row>"))).unwrap_err().code, "housing.limit", "elements");
    let blank: String =
        (0..3_000).map(|index| format!("<row r=\"{}\"><c r=\"A1\" s=\"1\"/></row>", index + 3)).collect();
    assert_eq!(
        finding(&only_record(&sheet(&format!("{}{blank}", table())))).issue.code,
        "C",
        "blank rows do not count"
    );
}

#[test]
fn bad_cells_cost_their_row() {
    for (label, bad, code) in [
        ("text that is not there", "<c r=\"A3\" t=\"s\"><v>7</v></c>", "housing.xlsx-damaged"),
        ("reference", "<c r=\"3A\"><v>7</v></c>", "housing.xlsx-damaged"),
        ("column", "<c r=\"BI3\"><v>7</v></c>", "housing.limit"),
    ] {
        let rows = format!("{}<row r=\"3\">{bad}</row>", table());
        let bytes = sheet(&rows);
        let document = decode(&bytes).unwrap().document;
        let fault = &document.row_faults[0];
        assert_eq!((document.records.len(), fault.row, fault.fault.code.as_str()), (1, 3, code), "{label}");
        assert_eq!(fault.fault.offset, Some(part_at(&bytes, "xl/worksheets/sheet1.xml") as u64), "{label}");
        assert!(fault.fault.text.starts_with("第3行："), "{label}: {}", fault.fault.text);
    }
}

#[test]
fn old_workbooks_are_named() {
    let fault = decode(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("housing.xls-unsupported", Some(0)));
}
