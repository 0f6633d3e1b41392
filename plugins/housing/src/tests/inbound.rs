//! What is read from good messages, and from messages as clerks and spreadsheets write them.

use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::record::FeedbackResult;

use super::*;

#[test]
fn the_samples_give_a_finding_for_each_row() {
    let (records, faults) = read(XLSX);
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(records.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3, 4], "a title and the header stand before");
    let first = finding(&records[0].1);
    assert_eq!(first.reference, "通房鉴(2026)第0312号");
    assert_eq!(first.party.name.as_deref(), Some("北京宋庄画语文化传播有限公司"));
    assert_eq!(first.party.uscc.as_ref().unwrap().as_str(), "91110112MAYYT0040P");
    assert_eq!(first.party.town.as_ref().unwrap().as_str(), "110112104");
    assert_eq!((&*first.issue.code_system, &*first.issue.code), ("jgj125", "D"));
    assert_eq!(first.title, "房屋安全鉴定为D级（整幢危房）");
    assert_eq!(first.found_at, Some(UtcTime::parse_rfc3339("2026-09-11T00:00:00+08:00").unwrap()), "a serial number");
    assert_eq!((&*first.extra["建筑面积"], &*first.extra["处理建议"]), ("1240.5", "整体拆除"));
    let second = finding(&records[1].1);
    assert_eq!((&*second.issue.code, &*second.extra["下次复核日期"]), ("B", "2027-09-14"));
    assert_eq!(second.extra["鉴定机构信用代码"], "91110112MAYYT00835");
}

#[test]
fn both_forms_of_the_table_say_the_same() {
    let plain = |bytes: &[u8]| read(bytes).0.into_iter().map(|(_, record)| record).collect::<Vec<_>>();
    assert_eq!(plain(XLSX), plain(CSV));
    assert_eq!(read(CSV).0.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 3]);
    let utf8 = format!("\u{feff}{}", xiezhi_formats::charset::gb18030_text(CSV).unwrap());
    assert_eq!(plain(utf8.as_bytes()), plain(CSV), "a byte order mark says UTF-8");
}

#[test]
fn a_bad_row_costs_that_row() {
    let (records, faults) = read(DAMAGED);
    assert_eq!(
        faults,
        ["6 uscc.check-character", "7 housing.code-unknown", "8 housing.cell-error", "11 uscc.scientific-notation",],
        "blank rows between count"
    );
    assert_eq!(records.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [4, 5]);
    let first = finding(&records[0].1);
    assert_eq!((&*first.issue.code, first.party.uscc.as_ref().unwrap().as_str()), ("C", "91110112MAYYT0059L"));
    assert_eq!(first.party.town.as_ref().unwrap().as_str(), "110112114", "a number in the sheet");
    assert_eq!((&*first.extra["建筑面积"], &*first.extra["下次复核日期"]), ("410.55", "2026-12-31"));
    assert_eq!(first.extra["处理建议"], "处理使用", "a text in runs, without its reading");
    let second = finding(&records[1].1);
    assert_eq!(second.issue.code, "D");
    assert_eq!(second.party.address.as_deref(), Some("北京市通州区漷县镇漷兴一街8号𠅤㛃楼"));
    assert_eq!(second.party.name, None, "a person is no party");
    assert_eq!(second.people[0].name.reveal(), "测试壬");
    assert!(!second.extra.contains_key("下次复核日期"), "a stroke says nothing");
    let fault = &decode(DAMAGED).unwrap().document.row_faults[0].fault;
    assert!(fault.text.starts_with("单元格E6：统一社会信用代码校验位错误"), "{}", fault.text);
    assert_eq!(fault.field.as_deref(), Some("统一社会信用代码"));
}

#[test]
fn grades_are_one_of_four() {
    for (text, expected) in [
        ("A", Some("A")),
        ("b", Some("B")),
        ("Ｃ", Some("C")),
        ("D级", Some("D")),
        (" d 级 ", Some("D")),
        ("E", None),
        ("AB", None),
        ("一级", None),
        ("合格", None),
        ("А", None),
    ] {
        let (records, faults) = read(&one("鉴定等级", text));
        assert_eq!(records.first().map(|(_, record)| &*finding(record).issue.code), expected, "{text}");
        assert_eq!(faults.is_empty(), expected.is_some(), "{text}");
    }
}

#[test]
fn dates_are_numbers_or_texts() {
    let expected = Some("2026-09-11 00:00:00");
    for (text, expected) in [
        ("2026/09/11", expected),
        ("2026-9-11", expected),
        ("2026年9月11日", expected),
        ("2026.9.11", expected),
        ("20260911", expected),
        ("46276", expected),
        ("46276.5", Some("2026-09-11 12:00:00")),
        ("26.9.11", None),
        ("2026-09-31", None),
        ("4627", None),
    ] {
        let (records, _) = read(&one("鉴定等级,鉴定日期", &format!("A,{text}")));
        let found = records.first().map(|(_, record)| finding(record).found_at.unwrap().to_spaced_beijing());
        assert_eq!(found.as_deref(), expected, "{text}");
    }
    let book = BOOK.replacen("<sheets>", "<workbookPr date1904=\"1\"/><sheets>", 1);
    let table = [row(1, "鉴定报告编号,房屋坐落,鉴定等级,鉴定日期"), row(2, "N1,某路,A,44814")].concat();
    let table = format!("<worksheet><sheetData>{table}</sheetData></worksheet>");
    let bytes = pack(&[
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &table),
    ]);
    assert_eq!(finding(&only_record(&bytes)).found_at.unwrap().to_spaced_beijing(), "2026-09-11 00:00:00");
}

#[test]
fn owners_are_organisations_or_people() {
    for (owner, code, is_person) in [
        ("北京漷南堃镕商务有限公司", "", false),
        ("小堡村村民委员会", "", false),
        ("测试壬", "", true),
        ("测试壬", "91110112MAYYT00167", false),
        ("无", "/", false),
    ] {
        let record = only_record(&one("鉴定等级,产权人,统一社会信用代码", &format!("A,{owner},{code}")));
        let found = finding(&record);
        assert_eq!(found.people.len(), usize::from(is_person), "{owner}");
        assert_eq!(found.party.name.is_some(), !is_person && owner != "无", "{owner}");
    }
}

#[test]
fn a_doubt_is_a_note_and_the_appraisers_code_costs_nothing() {
    let cells = "A,91110112MAYYT0010L,123,139,x";
    let record = only_record(&one("鉴定等级,统一社会信用代码,鉴定机构信用代码,联系电话,楼号", cells));
    let extra: Vec<(&str, &str)> =
        finding(&record).extra.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(extra.len(), 4, "{extra:?}");
    assert_eq!(extra[0], ("楼号", "x"), "an unknown column; the telephone is not kept");
    assert!(extra[1].0 == "统一社会信用代码提示" && extra[1].1.contains("GB 11714"));
    assert_eq!(extra[2], ("鉴定机构信用代码", "123"));
    assert!(extra[3].0 == "鉴定机构信用代码提示" && extra[3].1.contains("18位"));
}

#[test]
fn answers_are_read_in_both_forms() {
    let Record::Feedback(csv) = only_record(FEEDBACK) else { panic!("an answer") };
    assert_eq!((csv.assignment.as_str(), csv.result), ("TZ-2026-0000017/1", FeedbackResult::InProgress));
    assert_eq!(csv.reference, "out-0001-2");
    let table = [
        row(1, "派遣编号,处理结果,处理情况,处理时间"),
        row(2, "TZ-2026-0000017/1,3,已通知产权人停止使用并委托加固设计。,46287.604166666664"),
    ];
    let Record::Feedback(xlsx) = only_record(&sheet(&table.concat())) else { panic!("an answer") };
    assert_eq!(xlsx, csv);
    let table = [row(1, "惩戒编号,落实结果,落实情况"), row(2, "L1,不予落实,该单位无在建项目")];
    let Record::MeasureFeedback(answer) = only_record(&sheet(&table.concat())) else { panic!("an answer") };
    assert_eq!((&*answer.request, answer.applied), ("L1", false));
}
