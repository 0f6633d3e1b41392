//! Places, counts, limits, and tables that come back as they were written.

use super::*;

const LIMITS: Limits = Limits { rows_max: 100, cells_max: 4, cell_bytes_max: 24 };

fn read(text: &str) -> Vec<Item<'_>> {
    Rows::new(text, b',', LIMITS).collect()
}

/// `number/line@offset:cell|cell…`, with a refused row as `number/line!code@offset`.
fn show(text: &str) -> Vec<String> {
    let cells = |row: &Row<'_>| {
        let cells: Vec<String> = row.cells.iter().map(|cell| format!("{}@{}", cell.text, cell.at)).collect();
        format!("{}/{}@{}:{}", row.number, row.line, row.at, cells.join("|"))
    };
    let shown = |item: &Item<'_>| match item {
        Item::Row(row) => cells(row),
        Item::Refused(Refused { number, line, problem }) => {
            format!("{number}/{line}!{}@{}", problem.code, problem.at)
        }
        Item::TooMany(problem) => format!("too many@{}", problem.at),
    };
    read(text).iter().map(shown).collect()
}

#[test]
fn rows_and_cells_know_their_places() {
    let cases: [(&str, &[&str]); 17] = [
        ("", &[]),
        ("\r\n\r\n", &[]),
        ("a,b\r\nc,d\r\n", &["1/1@0:a@0|b@2", "2/2@5:c@5|d@7"]),
        ("a,b\nc,d", &["1/1@0:a@0|b@2", "2/2@4:c@4|d@6"]),
        ("a\rb", &["1/1@0:a@0", "2/2@2:b@2"]),
        ("\u{feff}甲,乙\r\n", &["1/1@3:甲@3|乙@7"]),
        ("a,\r\n,b\r\n,\r\n", &["1/1@0:a@0|@2", "2/2@4:@4|b@5", "3/3@8:@8|@9"]),
        ("a,", &["1/1@0:a@0|@2"]),
        ("a\n\n\r\nb", &["1/1@0:a@0", "4/4@5:b@5"]),
        ("\"a\",\"\"\r\nb", &["1/1@0:a@1|@5", "2/2@8:b@8"]),
        ("\"a\"\"b\",c", &["1/1@0:a\"b@1|c@7"]),
        ("\"甲\r\n乙\",c\r\nd", &["1/1@0:甲\r\n乙@1|c@11", "2/3@14:d@14"]),
        ("\"a\nb\rc\"\nd", &["1/1@0:a\nb\rc@1", "2/4@8:d@8"]),
        (" a , \"b\"", &["1/1@0: a @0| \"b\"@4"]),
        ("\"a\" ,b", &["1/1@0:a @1|b@5"]),
        ("a\"b,c", &["1/1@0:a\"b@0|c@4"]),
        ("\"\"", &["1/1@0:@1"]),
    ];
    for (text, expected) in cases {
        assert_eq!(show(text), expected, "{text:?}");
    }
}

#[test]
fn what_stands_in_the_message_is_borrowed() {
    for (text, borrowed) in [("甲", true), ("\"甲,\"", true), ("\"a\"\"b\"", false), ("", true)] {
        for item in read(text) {
            let Item::Row(row) = item else { panic!("{item:?}") };
            assert_eq!(matches!(row.cells[0].text, Cow::Borrowed(_)), borrowed, "{text}");
        }
    }
}

#[test]
fn a_row_that_breaks_a_limit_costs_itself() {
    let long = "长".repeat(9);
    let fits = "长".repeat(8);
    let cases = [
        ("a,b,c,d,e,f\r\ng".to_owned(), vec!["1/1!limit@8".to_owned(), "2/2@13:g@13".to_owned()]),
        (format!("a\nb,{long}\nc"), vec!["1/1@0:a@0".into(), "2/2!limit@4".into(), "3/3@32:c@32".into()]),
        (format!("{fits}\nc"), vec![format!("1/1@0:{fits}@0"), "2/2@25:c@25".into()]),
        (format!("\"{long}\n{long}\"\nc"), vec!["1/1!limit@1".into(), "2/3@58:c@58".into()]),
        ("a\nb,\"c\nd".to_owned(), vec!["1/1@0:a@0".into(), "2/2!quote@4".into()]),
        ("\"a\"\"".to_owned(), vec!["1/1!quote@0".into()]),
        ("\"".to_owned(), vec!["1/1!quote@0".into()]),
        ("x".repeat(25), vec!["1/1!limit@0".into()]),
    ];
    for (text, expected) in cases {
        assert_eq!(show(&text), expected, "{text:?}");
    }
}

#[test]
fn reading_stops_at_the_most_rows() {
    let text = "a\n".repeat(101);
    let items = read(&text);
    assert_eq!(items.len(), 101);
    assert!(matches!(items.last(), Some(Item::TooMany(problem)) if problem.at == 200));
    let text = format!("{}b", "\n".repeat(99));
    assert_eq!(show(&text), ["100/100@99:b@99"]);
    let text = format!("{}b", "\n".repeat(100));
    assert_eq!(show(&text), ["too many@100"], "empty lines count");
}

#[test]
fn a_table_comes_back_as_it_was_written() {
    let long = "很长的一段话，".repeat(60);
    let rows: [&[&str]; 5] = [&["名称", "代码"], &["甲,乙", "a\"b"], &["两\r\n行", ""], &[&long, "漷㛃𠅤"], &["", ""]];
    let mut writer = Writer::default();
    rows.iter().for_each(|row| writer.row(*row));
    let text = writer.finish();
    assert!(text.starts_with("名称,代码\r\n\"甲,乙\",\"a\"\"b\"\r\n\"两\r\n行\",\r\n很长"), "{text}");
    let limits = Limits { cell_bytes_max: 4_000, ..LIMITS };
    let back: Vec<Vec<String>> = Rows::new(&text, b',', limits)
        .map(|item| match item {
            Item::Row(row) => row.cells.into_iter().map(|cell| cell.text.into_owned()).collect(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(back, rows);
}

#[test]
fn a_single_empty_cell_is_not_an_empty_line() {
    let mut writer = Writer::new(b'\t');
    writer.row([""]);
    writer.row(["a\tb"]);
    let text = writer.finish();
    assert_eq!(text, "\"\"\r\n\"a\tb\"\r\n");
}
