//! Columns: the tables fill a line, and every border is counted in bytes.

use super::*;
use crate::layout::{self, LINE_BYTES};

const LAYOUTS: [(&str, &[Column]); 12] = [
    ("header", &layout::header::ALL),
    ("monitor", &layout::monitor::ALL),
    ("feedback", &layout::feedback::ALL),
    ("measure", &layout::measure::ALL),
    ("receipt", &layout::receipt::ALL),
    ("assignment", &layout::assignment::ALL),
    ("reminder", &layout::reminder::ALL),
    ("recall", &layout::recall::ALL),
    ("joint", &layout::joint::ALL),
    ("lift", &layout::lift::ALL),
    ("continuation", &layout::continuation::ALL),
    ("trailer", &layout::trailer::ALL),
];

#[test]
fn the_columns_of_every_line_fill_it_without_gaps() {
    for (label, columns) in LAYOUTS {
        let end = columns.iter().fold(0, |at, column| {
            assert_eq!(column.at, at, "{label} {}", column.name);
            at + column.bytes
        });
        assert_eq!(end, LINE_BYTES, "{label}");
    }
}

#[test]
fn the_page_has_the_same_tables() {
    let page = include_str!("../../../../docs/formats/fiscal.md");
    for (label, columns) in LAYOUTS {
        let rows: Vec<_> = columns.iter().map(|c| format!("| {} | {} | {} |", c.at, c.bytes, c.name)).collect();
        let (first, last) = (rows.first().unwrap(), rows.last().unwrap());
        let found = page.split(first.as_str()).any(|rest| {
            let lines: Vec<_> = std::iter::once(first.as_str()).chain(rest.lines().skip(1)).collect();
            lines.len() >= rows.len() && lines.iter().zip(&rows).all(|(line, row)| line.starts_with(row.as_str()))
        });
        assert!(found, "{label}: from {first} to {last}");
    }
}

/// A label, what stands in the column, and what is read, or the fault's code and its byte in the column.
type Name = (&'static str, Vec<u8>, Result<String, (&'static str, usize)>);

/// A name in a column of 80 bytes: what is read, or the fault's code and its byte in the column.
#[test]
fn names_are_measured_in_bytes() {
    let name = |text: &str| gb18030_bytes(text);
    let cut = |text: &str, bytes: usize| name(text)[..bytes].to_vec();
    let cases: Vec<Name> = vec![
        ("80 letters", name(&"a".repeat(80)), Ok("a".repeat(80))),
        ("40 characters of two bytes", name(&"漷".repeat(40)), Ok("漷".repeat(40))),
        ("20 characters of four bytes", name(&"㛃".repeat(20)), Ok("㛃".repeat(20))),
        ("beyond the basic plane", name(&"\u{20164}".repeat(20)), Ok("\u{20164}".repeat(20))),
        ("mixed", name(&format!("a{}b", "漷㛃".repeat(13))), Ok(format!("a{}b", "漷㛃".repeat(13)))),
        ("blanks around", name("  甲 乙  "), Ok("甲 乙".to_owned())),
        ("full-width blanks behind", name("甲　　"), Ok("甲".to_owned())),
        ("two bytes cut", cut(&format!("a{}", "漷".repeat(40)), 80), Err(("fiscal.encoding-truncated", 79))),
        (
            "four bytes cut after one",
            cut(&format!("abc{}", "㛃".repeat(20)), 80),
            Err(("fiscal.encoding-truncated", 79)),
        ),
        (
            "four bytes cut after two",
            cut(&format!("ab{}", "㛃".repeat(20)), 80),
            Err(("fiscal.encoding-truncated", 78)),
        ),
        (
            "four bytes cut after three",
            cut(&format!("a{}", "㛃".repeat(20)), 80),
            Err(("fiscal.encoding-truncated", 77)),
        ),
        ("a byte of no character", vec![b'a', 0xff, b'b'], Err(("fiscal.encoding-invalid", 1))),
    ];
    for (label, bytes, expected) in cases {
        let mut row = monitor(1);
        put(&mut row, &layout::monitor::NAME, &bytes);
        let message = file("CYJC", &[row], 100, 7);
        match expected {
            Ok(text) => assert_eq!(json(&only_record(&message))["party"]["name"], text, "{label}"),
            Err((code, at)) => {
                let fault = only_row_fault(&message);
                assert_eq!(fault.row, 2, "{label}");
                check(label, &fault.fault, code, Some(202 + 27 + at), Some("名称"));
            }
        }
    }
}

/// Texts on continuation lines of 180 bytes: how many lines, and that everything comes back.
#[test]
fn texts_are_cut_between_characters() {
    for (label, text, lines) in [
        ("180 letters", "a".repeat(180), 1),
        ("181 letters", "a".repeat(181), 2),
        ("90 of two bytes", "漷".repeat(90), 1),
        ("91 of two bytes", "漷".repeat(91), 2),
        ("one letter and 90 of two bytes", format!("a{}", "漷".repeat(90)), 2),
        ("45 of four bytes", "㛃".repeat(45), 1),
        ("two letters and 45 of four bytes", format!("ab{}", "\u{20164}".repeat(45)), 2),
        ("blanks at the cut", format!("{}     b", "a".repeat(178)), 2),
        ("line breaks", "甲\n\n乙\r\n丙".to_owned(), 4),
        ("the longest", "㛃".repeat(4_000), 89),
    ] {
        let mut writer = crate::writer::FileWriter::new().unwrap();
        writer.line.text(&layout::feedback::ASSIGNMENT, "T/1").unwrap();
        writer.line.text(&layout::feedback::RESULT, "4").unwrap();
        writer.item(crate::continuation::item::TEXT, &text).unwrap();
        let message = writer.finish("CLFK", &context(Value::Null)).unwrap();
        assert_eq!(message.len(), (3 + lines) * 202, "{label}");
        assert_eq!(json(&only_record(&message))["text"], text.replace("\r\n", "\n"), "{label}");
    }
}
