//! Headers in every order and spelling, and what a row says below them.

use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::record::Notice;

use super::*;
use crate::csv::{Item, Limits, Rows};

static LAYOUTS: [Layout; 2] = [
    Layout {
        title: "答复",
        columns: &[Column { name: "编号", others: &["号码"] }, Column { name: "结果", others: &[] }],
        marks: &["编号", "结果"],
    },
    Layout {
        title: "台账",
        columns: &[
            Column { name: "名称", others: &["企业名称"] },
            Column { name: "代码", others: &[] },
            Column { name: "日期", others: &[] },
        ],
        marks: &["名称"],
    },
];

fn rows(text: &str) -> Vec<Row<'_>> {
    Rows::new(text, b',', Limits { rows_max: 9, cells_max: 9, cell_bytes_max: 200 })
        .map(|item| match item {
            Item::Row(row) => row,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_header_is_known_by_its_marks() {
    for (text, expected) in [
        ("结果,编号", Some("答复")),
        ("号码,结果", Some("答复")),
        ("编号", None),
        (" 名 称（必填）*,代码", Some("台账")),
        ("\u{feff}企业名称", Some("台账")),
        ("别的,列", None),
    ] {
        let rows = rows(text);
        let header = Header::find(&LAYOUTS, &rows[0], Places::Lines).unwrap();
        assert_eq!(header.map(|header| header.layout().title), expected, "{text}");
    }
    let rows = rows("名称,代码,企业名称");
    let problem = Header::find(&LAYOUTS, &rows[0], Places::Lines).unwrap_err();
    assert_eq!((problem.code, problem.at, problem.field.as_deref()), (code::FIELD_REPEATED, 14, Some("名称")));
}

#[test]
fn a_row_says_where_it_is_wrong() {
    let text = "代码,名称,日期,备注,联系电话\r\n' 91x, 甲 ,2026-9-1,\"两\r\n行\",139\r\n,,,\r\n,乙,昨天";
    let rows = rows(text);
    let header = Header::find(&LAYOUTS, &rows[0], Places::Lines).unwrap().unwrap();
    let entry = Entry::new(&header, &rows[1]).unwrap();
    let name = entry.required("名称", 5).unwrap();
    assert_eq!((name.text, &text[name.at..name.at + 3]), ("甲", "甲"));
    let code = entry.optional("代码", 5).unwrap().unwrap();
    assert_eq!((code.text, &text[code.at..code.at + 3]), ("91x", "91x"));
    assert_eq!(entry.optional("代码", 2).unwrap_err().code, code::FIELD_TOO_LONG);
    assert_eq!(entry.uscc("代码", "注", &mut BTreeMap::new()).unwrap_err().code, "uscc.length");
    assert_eq!(entry.day("日期").unwrap(), Some(CivilDate::parse("2026-09-01").unwrap()));
    let mut extra = BTreeMap::new();
    entry.keep(&["名称"], 5, &mut extra).unwrap();
    entry.keep_others(2, &mut extra);
    assert_eq!(extra, BTreeMap::from([("名称".into(), "甲".into()), ("备注".into(), "两\r".into())]));
    assert!(Entry::new(&header, &rows[2]).is_none(), "a blank row");
    let entry = Entry::new(&header, &rows[3]).unwrap();
    let problem = entry.placed(entry.day("日期").unwrap_err());
    assert!(problem.text.starts_with("第4行（文本第5行）：日期应为"), "{}", problem.text);
    assert_eq!(&text[problem.at..], "昨天");
    let problem = entry.placed(entry.required("代码", 5).unwrap_err());
    assert_eq!((problem.code, &text[problem.at..]), (code::FIELD_MISSING, ",乙,昨天"));
    let cells = Header { places: Places::Cells, ..header };
    let entry = Entry::new(&cells, &rows[3]).unwrap();
    assert!(entry.placed(entry.moment("日期").unwrap_err()).text.starts_with("单元格C4："));
}

#[test]
fn columns_have_letters() {
    for (index, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
        assert_eq!(column_letters(index), letters);
    }
}

#[test]
fn a_table_is_read_from_its_header_on() {
    let read = |text: &str| {
        let items = Rows::new(text, b',', Limits { rows_max: 6, cells_max: 3, cell_bytes_max: 200 });
        super::read(items, &LAYOUTS, Places::Lines, 0, |entry, layout, _| {
            assert_eq!(layout.title, "台账");
            let name = entry.required("名称", 9)?.text.to_owned();
            Ok(Record::Notice(Box::new(Notice { title: name, ..Notice::default() })))
        })
    };
    let table = read("标题,a,b,c,d\n\n名称,代码\n甲,1\n,2\n,,,,").unwrap();
    assert_eq!(table.records.iter().map(|record| record.row).collect::<Vec<_>>(), [4]);
    let problems: Vec<_> = table.problems.iter().map(|(row, problem)| (*row, problem.code, &*problem.text)).collect();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0], (5, code::FIELD_MISSING, "第5行：缺少名称，请补充"));
    assert!(problems[1].2.starts_with("第6行：本行超过3个单元格"), "{problems:?}");
    for (text, code, at) in [
        ("", code::HEADER_UNKNOWN, 0),
        ("甲,乙\n丙", code::HEADER_UNKNOWN, 0),
        ("题\n名称,代码\n,\n", code::ROWS_MISSING, 4),
        ("名称\n1\n2\n3\n4\n5\n6", code::LIMIT, 17),
        ("名称,企业名称\n1", code::FIELD_REPEATED, 7),
    ] {
        let problem = read(text).unwrap_err();
        assert_eq!((problem.code, problem.at), (code, at), "{text}");
    }
}
