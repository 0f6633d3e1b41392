//! What inspections, annual reports and evidence of lost contact become.

use super::*;

#[test]
fn the_sample_inspections_give_ratios_and_findings() {
    let document = decode(INSPECTION).unwrap().document;
    let found: Vec<String> = document
        .records
        .iter()
        .map(|row| match &row.record {
            Record::Finding(r) => format!("{} finding {}/{}", row.row, r.issue.code_system, r.issue.code),
            Record::Indicator(r) => {
                let record = serde_json::to_value(&row.record).unwrap();
                format!("{} {} {}", row.row, r.period, factors(&record).join(" "))
            }
            other => panic!("not {}", other.kind()),
        })
        .collect();
    let expected = [
        "1 inspection inspected.count=1 problem.count=0 uncheckable.count=0 1.result=1",
        "2 inspection inspected.count=1 problem.count=0 uncheckable.count=1 6.result=1 8.result=1",
        "2 finding ssj-jgdm/6",
        "2 finding ssj-jgdm/8",
        "3 inspection inspected.count=1 problem.count=1 uncheckable.count=0 B.result=1 E.result=1",
        "3 finding ssj-jgdm/B",
        "3 finding ssj-jgdm/E",
    ];
    assert_eq!(found, expected);
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (4, "uscc.check-character"));
    let offset = usize::try_from(fault.fault.offset.unwrap()).unwrap();
    assert_eq!(&INSPECTION[offset..offset + 18], b"91110112MAYYT00670", "the offset counts the bytes sent");
}

#[test]
fn every_code_counts_as_the_table_says() {
    let problem = ["3", "4", "5", "G", "B", "C", "D", "E", "A"];
    let uncheckable = ["6", "7", "F", "8"];
    let without_finding = ["1", "7", "9", "10", "11", "12", "F"];
    for code in ["1", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "A", "B", "C", "D", "E", "F", "G"] {
        let records = records_of("Inspection", json!({"Results": [code]}));
        let count = |holds: bool| if holds { "1" } else { "0" };
        let expected = [
            "inspected.count=1".to_owned(),
            format!("problem.count={}", count(problem.contains(&code))),
            format!("uncheckable.count={}", count(uncheckable.contains(&code))),
            format!("{code}.result=1"),
        ];
        assert_eq!(factors(&records[0]), expected, "{code}");
        assert_eq!(records.len(), if without_finding.contains(&code) { 1 } else { 2 }, "{code}");
    }
}

#[test]
fn a_finding_of_an_inspection_says_everything() {
    let changes = json!({"Results": "6", "InsPlanNo": "P1", "InsType": 1, "Remark": "漷㛃\u{20164}", "LegalBasis": "依据",
        "Dom": "宋庄镇", "TownCode": "110112104000", "RegNO": "330203000030639", "PriPID": "1100000000000001",
        "LeRep": "不留", "CerNO": {"x": 1}});
    let records = records_of("Inspection", changes);
    assert_eq!(
        records[1],
        json!({
            "kind": "finding", "schema_version": 1, "reference": "C1",
            "party": {"name": "北京漷南堃镕商务有限公司", "uscc": "91110112MAYYT00167", "address": "宋庄镇", "town": "110112104"},
            "issue": {"code_system": "ssj-jgdm", "code": "6", "name": "通过登记的住所（经营场所）无法联系"},
            "title": "双随机抽查结果：通过登记的住所（经营场所）无法联系", "text": "漷㛃\u{20164}",
            "found_at": "2026-09-17T00:00:00+08:00", "legal_basis": "依据",
            "extra": {"MessageNo": "M1", "InsPlanNo": "P1", "InsType": "1", "Results": "6", "RegNO": "330203000030639",
                      "PriPID": "1100000000000001", "unread_members": "CerNO、LeRep"}
        })
    );
}

#[test]
fn the_link_may_have_its_own_results() {
    let settings = json!({"result_codes": {"01": "正常", "02": "失联", "03": "其他"},
        "result_effects": {"01": "clear", "02": "uncheckable+finding", "03": "none", "99": "none"}});
    let records = records_with("Inspection", json!({"Results": ["02", "03", "02"]}), settings.clone());
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["issue"]["name"], "失联");
    let bytes = raw("Inspection", &row("Inspection", json!({"Results": "6"})).to_string());
    let decoded = decode_with(bytes.as_bytes(), settings).unwrap();
    assert_eq!(decoded.document.row_faults[0].fault.code, "market-supervision.code-unknown");
}

#[test]
fn annual_reports_become_indicators() {
    let document = decode(ANNUAL_REPORT).unwrap().document;
    assert_eq!(document.row_faults, []);
    let records: Vec<Value> = document.records.iter().map(|row| serde_json::to_value(&row.record).unwrap()).collect();
    let found: Vec<String> = records.iter().map(|record| factors(record).join(" ")).collect();
    let expected = [
        "due.count=1 submitted.count=1 late.count=0",
        "due.count=1 submitted.count=1 late.count=1",
        "due.count=1 submitted.count=0 late.count=0",
        "due.count=0 submitted.count=0 late.count=0",
    ];
    assert_eq!(found, expected);
    assert!(records.iter().all(|record| record["period"] == "annual_report"));
    assert_eq!(records[0]["reference"], "91110112MAYYT00242-2025");
    assert_eq!(records[0]["data_time"], "2026-03-06T00:00:00+08:00");
    assert_eq!(records[2]["extra"]["AncheStatus_name"], "未报送");
    let numbered = records_of("AnnualReport", json!({"AncheNo": "N7"}));
    assert_eq!(numbered[0]["reference"], "N7");
    let nameless = records_of("AnnualReport", json!({"UniSCID": null, "Dom": "宋庄镇"}));
    assert_eq!(nameless[0]["reference"], "M1-1");
}

#[test]
fn two_letters_make_lost_contact() {
    let document = decode(LOST_CONTACT).unwrap().document;
    assert_eq!(document.row_faults, []);
    let record = serde_json::to_value(&document.records[0].record).unwrap();
    assert_eq!(record["issue"]["code_system"], "scjg-slhc");
    assert_eq!(record["issue"]["code"], "1");
    assert_eq!(record["title"], "北京潞河云驿科技有限公司通过登记的住所或者经营场所无法联系");
    assert_eq!(record["found_at"], "2026-09-22T00:00:00+08:00");
    assert_eq!(
        record["extra"],
        json!({
            "MessageNo": "SCJG-20260922-0001", "Sender": "scjg-jg", "VerifyOrg": "文景街道市场监管所（测试）",
            "Letter1_MailNo": "XB00000000011", "Letter1_SentOn": "2026-08-20", "Letter1_Result": "2",
            "Letter1_ReturnedOn": "2026-08-27",
            "Letter2_MailNo": "XB00000000012", "Letter2_SentOn": "2026-09-10", "Letter2_Result": "3",
            "Letters_gap_days": "21",
            "Visit1_VisitedOn": "2026-09-18", "Visit1_Result": "2",
            "Visit1_Note": "登记住所为集群注册地址，运营单位表示无法联系该主体"
        })
    );
}

#[test]
fn the_interval_of_letters_is_the_links() {
    let letters = |days: &[&str]| -> Value {
        days.iter().map(|on| json!({"MailNo": "X", "SentOn": on, "Result": "3"})).collect()
    };
    let gap = |days: &[&str], settings: Value| -> Result<String, String> {
        let row = row("LostContact", json!({"Letters": letters(days)})).to_string();
        let document = decode_with(raw("LostContact", &row).as_bytes(), settings).unwrap().document;
        match document.records.first() {
            Some(record) => {
                let record = serde_json::to_value(&record.record).unwrap();
                Ok(record["extra"]["Letters_gap_days"].as_str().unwrap().to_owned())
            }
            None => Err(document.row_faults[0].fault.code.clone()),
        }
    };
    let refused = || Err("market-supervision.evidence-insufficient".to_owned());
    assert_eq!(gap(&["2026-09-01", "2026-09-16"], Value::Null), Ok("15".to_owned()));
    assert_eq!(gap(&["2026-09-16", "2026-08-17"], Value::Null), Ok("30".to_owned()), "in any order");
    assert_eq!(gap(&["2026-09-01", "2026-09-15"], Value::Null), refused());
    assert_eq!(gap(&["2026-08-16", "2026-09-16"], Value::Null), refused());
    assert_eq!(gap(&["2026-08-01", "2026-08-10", "2026-08-20"], Value::Null), Ok("19".to_owned()), "of three, two fit");
    assert_eq!(gap(&["2026-09-01"], Value::Null), refused());
    assert_eq!(gap(&["2026-09-01", "2026-09-15"], json!({"letter_gap_days_min": 14})), Ok("14".to_owned()));
    assert_eq!(gap(&["2026-09-01", "2026-09-16"], json!({"letter_gap_days_min": 16})), refused());
}

#[test]
fn dates_are_read_in_five_spellings() {
    for text in ["2026-9-17", "2026/9/17", "2026.09.17", "2026年9月17日", "20260917"] {
        let records = records_of("Inspection", json!({"InsDate": text}));
        assert_eq!(records[0]["data_time"], "2026-09-17T00:00:00+08:00", "{text}");
    }
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        match expected {
            Ok((wanted, noted)) => {
                let records = records_of("AnnualReport", json!({"UniSCID": code}));
                assert_eq!(records[0]["party"]["uscc"], wanted, "{label}");
                assert_eq!(records[0]["extra"].get("UniSCID_note").is_some(), noted, "{label}");
            }
            Err(wanted) => {
                let row = row("AnnualReport", json!({"UniSCID": code})).to_string();
                let fault = only_row_fault(raw("AnnualReport", &row).as_bytes()).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (wanted, Some("UniSCID")), "{label}");
            }
        }
    }
}

#[test]
fn encodings_and_marks() {
    let text = raw("Feedback", &row("Feedback", json!({"Content": "已办㛃"})).to_string());
    let expected = decode(text.as_bytes()).unwrap();
    assert_eq!(decode(format!("\u{feff}{text}").as_bytes()).unwrap(), expected);
    let gb = xiezhi_formats::charset::gb18030_bytes(&text);
    assert_eq!(decode_with(&gb, json!({"encoding_fallback": "gb18030"})).unwrap(), expected);
    for bytes in SAMPLES {
        assert_eq!(decode(bytes), decode(bytes), "the same twice");
    }
    assert_eq!(MarketSupervision::describe(), MarketSupervision::describe());
}
