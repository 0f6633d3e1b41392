//! What is read from good messages, and from messages as clerks damage them.

use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::record::{FeedbackResult, LedgerSubject};

use super::*;

#[test]
fn the_sample_ledger_is_read_in_spite_of_its_damage() {
    let (records, faults) = read(LEDGER);
    assert_eq!(faults, Vec::<String>::new());
    let rows: Vec<u32> = records.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [2, 3, 4], "as a spreadsheet counts: the header is row 1, a line break in quotes is none");
    // (code, confirmed on, moved in, published, visit)
    let expected = [
        ("91110112MAYYT00167", "2026-09-01", "2025-03-06", "否", "无人办公，电话停机"),
        ("91110112MAYYT0067F", "2026-09-01", "2025-11-18", "否", "无法联系"),
        ("91110112MAYYT00242", "2026-09-02", "2026-01-05", "是", "正常"),
    ];
    for ((_, record), (code, confirmed, moved_in, published, visit)) in records.iter().zip(expected) {
        let entry = ledger(record);
        assert_eq!(entry.subject, LedgerSubject::Tenant);
        assert_eq!(entry.party.uscc.as_ref().unwrap().as_str(), code);
        assert_eq!(entry.reference, code, "no 档案编号 column");
        assert_eq!(entry.party.town.as_ref().unwrap().as_str(), "110112009", "the link's town");
        assert_eq!(entry.confirmed_on.unwrap().to_string(), confirmed);
        assert_eq!(entry.extra["入驻日期"], moved_in);
        assert_eq!(entry.extra["实际经营地是否公示"], published);
        assert_eq!(entry.extra["走访结果"], visit);
    }
    let first = ledger(&records[0].1);
    assert_eq!(first.cluster_address.as_deref(), Some("文景街道云景东路集群"));
    assert_eq!(first.extra["备注"], "两次走访，\n物业称从未见过");
    assert_eq!(ledger(&records[1].1).extra["备注"], "疑似“冒名登记”");
    let written = serde_json::to_string(&records.iter().map(|(_, record)| record).collect::<Vec<_>>()).unwrap();
    assert!(!written.contains("测试甲") && !written.contains("13000000001"), "contacts are not kept");
}

#[test]
fn a_bad_row_costs_that_row() {
    let (records, faults) = read(DAMAGED);
    assert_eq!(faults, ["6 uscc.scientific-notation", "7 township.time-invalid"]);
    let rows: Vec<u32> = records.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [4, 5], "titles above the header and blank rows count");
    let first = ledger(&records[0].1);
    assert_eq!(first.party.uscc.as_ref().unwrap().as_str(), "91110112MAYYT00167");
    assert_eq!(first.cluster_address.as_deref(), Some("TZ-JQ-0012"));
    assert_eq!(first.confirmed_on.unwrap().to_string(), "2026-09-01", "a serial number");
    assert_eq!((first.status.as_deref(), &*first.extra["入驻日期"]), (Some("active"), "2025-03-06"));
    let second = ledger(&records[1].1);
    assert_eq!(second.party.name.as_deref(), Some("北京漷南堃镕㛃𠅤商务有限公司"));
    assert_eq!(second.status.as_deref(), Some("moved_out"));
    assert!(second.extra["统一社会信用代码提示"].contains("GB 11714"), "mod 11 is only a note");
}

#[test]
fn damaged_codes_are_mended_or_refused() {
    let expected =
        ["uscc.check-character", "uscc.check-character", "uscc.character", "uscc.character", "", "", "uscc.length", ""];
    let cases: Vec<&str> = USCC_CASES.lines().filter_map(|line| line.split_once('\t')).map(|(_, code)| code).collect();
    let cases: Vec<&str> = cases.into_iter().filter(|code| !code.is_empty()).collect();
    assert_eq!(cases.len(), expected.len());
    for (code, fault) in cases.into_iter().zip(expected) {
        for around in ["", "\t", "'", " ", "\u{3000}"] {
            let text = format!("企业名称,统一社会信用代码,登记地址\r\n甲,{around}{code},乙\r\n");
            let (_, faults) = read(text.as_bytes());
            let wanted: Vec<String> = [fault].iter().filter(|f| !f.is_empty()).map(|f| format!("2 {f}")).collect();
            assert_eq!(faults, wanted, "{around:?}{code}");
        }
    }
}

#[test]
fn dates_are_read_in_five_spellings_and_refused_in_others() {
    for (text, expected) in [
        ("2026-9-1", Some("2026-09-01")),
        ("2026/9/1", Some("2026-09-01")),
        ("2026.9.1", Some("2026-09-01")),
        ("2026年9月1日", Some("2026-09-01")),
        ("20260901", Some("2026-09-01")),
        ("２０２６／９／１", Some("2026-09-01")),
        ("46266", Some("2026-09-01")),
        ("26/9/1", None),
        ("2026-02-30", None),
        ("2026-13-1", None),
        ("九月一日", None),
        ("1/9/2026", None),
    ] {
        let (records, faults) = read(one(",最近走访日期", &format!(",{text}")).as_bytes());
        let found = records.first().map(|(_, record)| ledger(record).confirmed_on.unwrap().to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
        assert_eq!(faults.is_empty(), expected.is_some(), "{text}");
    }
}

#[test]
fn columns_have_any_order_and_several_names() {
    let text = "备注,＊住所（登记地址）,社会信用代码,档案号,单位名称,集群注册地址名称,集群注册地址编号,运营机构,主办单位,楼层,经办人,法人电话\n\
                无,某路1号,91110112MAYYT00167,WJ-1,甲,云景,JQ-1,汇智,文景街道,三层,某某,139";
    let record = only_record(text.as_bytes());
    let entry = ledger(&record);
    assert_eq!((&*entry.reference, entry.cluster_address.as_deref()), ("WJ-1", Some("JQ-1")));
    assert_eq!((entry.operator_unit.as_deref(), entry.host_unit.as_deref()), (Some("汇智"), Some("文景街道")));
    assert_eq!(entry.party.address.as_deref(), Some("某路1号"));
    let extra: Vec<(&str, &str)> = entry.extra.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(extra, [("备注", "无"), ("楼层", "三层"), ("集群地址名称", "云景")], "unknown ones kept, people's not");
}

#[test]
fn copied_cells_divided_by_tabs_are_read() {
    let record = only_record("企业名称\t统一社会信用代码\t备注\n甲\t91110112MAYYT00167\t一,二".as_bytes());
    assert_eq!(ledger(&record).extra["备注"], "一,二");
}

#[test]
fn the_links_town_and_its_old_codes() {
    let text = one(",乡镇街道代码", ",110112005");
    let settings = json!({"town_code": "110112120", "old_town_codes": ["110112005"]});
    let document = decode_with(text.as_bytes(), settings).unwrap().document;
    assert_eq!(ledger(&document.records[0].record).party.town.as_ref().unwrap().as_str(), "110112120");
    let document = decode_with(text.as_bytes(), Value::Null).unwrap().document;
    assert_eq!(ledger(&document.records[0].record).party.town.as_ref().unwrap().as_str(), "110112005", "no setting");
    let (_, faults) = read(text.as_bytes());
    assert_eq!(faults, ["2 township.town-mismatch"]);
}

#[test]
fn an_inspection_becomes_a_finding() {
    let record = only_record(INSPECTION);
    let found = finding(&record);
    assert_eq!(found.reference, "WJ-2026-0031");
    assert_eq!((&*found.issue.code_system, &*found.issue.code), ("township-check", "01"));
    assert_eq!(found.title, "北京潞河云驿科技有限公司无法联系");
    assert!(found.text.contains("两次走访，登记地址无人办公，\r\n登记的联系方式"));
    assert_eq!(found.found_at, Some(UtcTime::parse_rfc3339("2026-09-15T00:00:00+08:00").unwrap()));
    assert_eq!(found.legal_basis.as_deref(), Some("《工作措施》五（三）9（2）"));
}

#[test]
fn classes_of_findings_go_by_code_name_or_both() {
    for (text, expected) in [
        ("01", Some("01")),
        ("1", Some("01")),
        ("无法联系", Some("01")),
        ("02 擅自改变房屋用途", Some("02")),
        ("03、利用非法建筑", Some("03")),
        ("99-其他", Some("99")),
        ("01 其他", None),
        ("10", None),
        ("、", None),
        ("失联", None),
    ] {
        let text = format!("地址,问题类别,问题描述,提示\n某路1号,{text},甲,乙\n");
        let (records, _) = read(text.as_bytes());
        let code = records.first().map(|(_, record)| finding(record).issue.code.clone());
        assert_eq!(code.as_deref(), expected, "{text}");
        if let Some((_, record)) = records.first() {
            assert_eq!(finding(record).reference, "out-0001-2", "message and row");
            assert_eq!(finding(record).extra["提示"], "乙");
        }
    }
}

#[test]
fn answers_are_read_also_in_gb18030() {
    let (records, faults) = read(FEEDBACK);
    assert_eq!(faults, Vec::<String>::new());
    let answers: Vec<_> = records
        .iter()
        .map(|(_, record)| match record {
            Record::Feedback(answer) => {
                (answer.assignment.as_str(), answer.result, answer.at.unwrap().to_spaced_beijing())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("TZ-2026-0000017/1", FeedbackResult::Done, "2026-09-22 14:30:00".to_owned()),
        ("TZ-2026-0000018/1", FeedbackResult::Returned, "2026-09-22 00:00:00".to_owned()),
    ];
    assert_eq!(answers, expected);
    let Record::MeasureFeedback(answer) = only_record(MEASURE) else { panic!("an answer to a joint punishment") };
    assert_eq!((&*answer.request, answer.applied), ("LHCJ-2026-0003/township-wenjing", true));
    assert!(decode_with(FEEDBACK, Value::Null).is_err(), "only where the link allows it");
}
