//! What good messages become.

use serde_json::json;
use xiezhi_sdk::Plugin;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::record::Finding;

use super::*;

fn finding(record: Record) -> Finding {
    match record {
        Record::Finding(finding) => *finding,
        other => panic!("a finding was wanted, not {}", other.kind()),
    }
}

#[test]
fn the_sample_clue_becomes_one_finding() {
    let record = only_record(CLUE);
    assert_eq!(
        serde_json::to_value(&record).unwrap(),
        json!({
            "kind": "finding",
            "schema_version": 1,
            "reference": "A1101120000002026090031",
            "party": {
                "name": "北京通信达汇供应链管理有限公司",
                "uscc": "91110112MAYYT0067F",
                "address": "北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0018号"
            },
            "issue": {"code_system": "ga-ywlx", "code": "XSYS", "name": "线索移送"},
            "title": "“测试己”等人涉嫌使用虚假身份证明文件骗取公司登记案线索",
            "text": "经工作发现，北京通信达汇供应链管理有限公司登记材料中身份证明与本人不符，住所使用证明由集群地址出具，\
                     疑似冒名登记。现将行政违法线索移送处理。",
            "found_at": "2026-09-15T09:30:00+08:00",
            "legal_basis": "《中华人民共和国行政处罚法》第二十七条",
            "people": [{"name": "测试㛃", "id_number": "110112190001060061", "role": "被冒用人"}],
            "extra": {
                "BWT_BWBH": "11011200000020260916143000000001",
                "BWT_FSF": "110112000000",
                "SLDW_GAJGJGDM": "110112000000",
                "SLDW_GAJGMC": "北京市公安局通州分局（测试）"
            }
        })
    );
    let shown = format!("{record:?}");
    assert!(!shown.contains("110112190001060061") && !shown.contains("测试㛃"), "personal data is masked");
}

#[test]
fn a_classified_clue_carries_its_class() {
    let finding = finding(only_record(LOST_CONTACT));
    assert_eq!(finding.issue.code_system, "ga-xslb");
    assert_eq!((finding.issue.code.as_str(), finding.issue.name.as_deref()), ("02", Some("登记住所无法联系")));
    assert_eq!(finding.party.uscc.unwrap().as_str(), "91110112MAYYT00167");
    for (code, name) in [("01", "虚假材料骗取登记"), ("03", "场所不具备治安条件"), ("99", "其他")] {
        let case = format!("<AJXX><AJBH>A1</AJBH><AJMC>题名</AJMC><XSLB>{code}</XSLB></AJXX>");
        let finding = self::finding(only_record(&gb(&message("XSYS", &row(&case, UNIT, "")))));
        assert_eq!((finding.issue.code.as_str(), finding.issue.name.as_deref()), (code, Some(name)));
    }
}

#[test]
fn every_spelling_of_the_declaration_reads_as_the_bytes_are() {
    let text = message("XSYS", &row(CASE, UNIT, ""));
    let expected = only_record(&gb(&text));
    for name in ["GB18030", "gb18030", "GBK", "gb2312", "CP936"] {
        let text = text.replace("GB18030", name);
        assert_eq!(only_record(&gb(&text)), expected, "{name}");
        assert_eq!(only_record(&gb(&text.replace("\"1.0\" e", "'1.0'  e"))), expected, "{name}");
    }
    let utf8 = text.replace("GB18030", "UTF-8");
    assert_eq!(only_record(utf8.as_bytes()), expected);
    assert_eq!(only_record(format!("\u{feff}{utf8}").as_bytes()), expected);
    let undeclared = text.split_once("?>").unwrap().1;
    assert_eq!(only_record(undeclared.as_bytes()), expected);
    assert_eq!(only_record(&gb(undeclared)), expected, "the police's own encoding is also tried");
}

#[test]
fn rare_characters_arrive_whole() {
    // U+9237 漷, U+5803 堃 and U+9555 镕 take two bytes, U+36C3 㛃 and U+20164 four.
    let people = "<RYXX><XM>漷㛃\u{20164}堃镕</XM></RYXX>";
    let bytes = gb(&message("XSYS", &row(CASE, UNIT, people)));
    for sequence in [&[0x9d, 0x74][..], &[0x82, 0x30, 0xb7, 0x31], &[0x95, 0x32, 0xa6, 0x32], &[0x88, 0xd2]] {
        assert!(bytes.windows(sequence.len()).any(|window| window == sequence), "{sequence:x?}");
    }
    let finding = finding(only_record(&bytes));
    assert_eq!(finding.people[0].name.reveal(), "漷㛃\u{20164}堃镕");
    assert_eq!(finding.party.name.as_deref(), Some("北京漷南堃镕商务有限公司"));
}

#[test]
fn markup_inside_fields_is_text() {
    let case = "<AJXX><AJBH> A1\r\n</AJBH><AJMC><![CDATA[甲<乙]]> &amp; 丙&#x6F37;<!-- 注 -->&lt;丁</AJMC>\
                <JYAQ>一\r\n二&#13;三</JYAQ></AJXX>";
    let finding = finding(only_record(&gb(&message("XSYS", &row(case, UNIT, "")))));
    assert_eq!(finding.reference, "A1");
    assert_eq!(finding.title, "甲<乙 & 丙漷<丁");
    assert_eq!(finding.text, "一\n二\r三");
}

#[test]
fn a_bad_row_costs_that_row_only() {
    let bad = UNIT.replace("T00167", "T00160");
    let rows = [row(CASE, UNIT, ""), row(CASE, &bad, ""), row(CASE, UNIT, "")].concat();
    let bytes = gb(&message("XSYS", &rows));
    let document = decode(&bytes).unwrap().document;
    assert_eq!(document.records.iter().map(|record| record.row).collect::<Vec<_>>(), [1, 3]);
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (2, "uscc.check-character"));
    assert_eq!(fault.fault.field.as_deref(), Some("TYSHXYDM"));
    let offset = usize::try_from(fault.fault.offset.unwrap()).unwrap();
    assert_eq!(&bytes[offset..offset + 18], b"91110112MAYYT00160", "the offset counts the bytes that were sent");
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let unit = format!("<DWXX><DWMC>测试</DWMC><TYSHXYDM>{code}</TYSHXYDM></DWXX>");
        let bytes = gb(&message("XSYS", &row(CASE, &unit, "")));
        match expected {
            Ok((code, noted)) => {
                let finding = finding(only_record(&bytes));
                assert_eq!(finding.party.uscc.unwrap().as_str(), code, "{label}");
                assert_eq!(finding.extra.contains_key("TYSHXYDM_TS"), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(&bytes).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("TYSHXYDM")), "{label}");
            }
        }
    }
}

#[test]
fn real_codes_pass_without_a_note() {
    let table = include_str!("../../../../tests/samples/16-uscc-valid.tsv");
    let units = table.lines().filter_map(|line| line.split_once('\t'));
    let rows: String = units
        .map(|(code, name)| row(CASE, &format!("<DWXX><DWMC>{name}</DWMC><TYSHXYDM>{code}</TYSHXYDM></DWXX>"), ""))
        .collect();
    let document = decode(&gb(&message("XSYS", &rows))).unwrap().document;
    assert_eq!((document.records.len(), document.row_faults.len()), (25, 0));
    assert!(document.records.into_iter().all(|row| !finding(row.record).extra.contains_key("TYSHXYDM_TS")));
}

#[test]
fn what_the_record_has_no_place_for_is_kept_or_named() {
    let case = "<AJXX><AJBH>A1</AJBH><AJMC>题名</AJMC><AJLBDM>0204</AJLBDM><KONG/><ZB><JD>1</JD></ZB></AJXX>";
    let unit = "<DWXX><DWDZ>宋庄镇</DWDZ><HYDM>7259</HYDM></DWXX>";
    let finding = finding(only_record(&gb(&message("XSYS", &row(case, unit, "<FJXX><WJM>a</WJM></FJXX>")))));
    let extra: Vec<_> = finding.extra.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("AJLBDM", "0204"),
        ("BWT_BWBH", "N1"),
        ("BWT_FSF", "110112000000"),
        ("DWXX_HYDM", "7259"),
        ("WDYS", "FJXX、ZB"),
    ];
    assert_eq!(extra, expected);
    assert_eq!((finding.party.address.as_deref(), finding.party.name), (Some("宋庄镇"), None));
}

#[test]
fn feedback_and_receipts_are_read() {
    let rows = "<BWST><FKXX><FKBH>FK-7</FKBH><PQBH>TZ-2026-0000017/1</PQBH><JGDM>4</JGDM><FKNR>已现场核实</FKNR>\
                <FKSJ>20260922150000</FKSJ></FKXX></BWST>\
                <BWST><FKXX><PQBH>TZ-2026-0000017/2</PQBH><JGDM>1</JGDM></FKXX></BWST>";
    let document = decode(&gb(&message("CLFK", rows))).unwrap().document;
    assert_eq!(
        serde_json::to_value(&document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "FK-7", "assignment": "TZ-2026-0000017/1",
                "result": "done", "text": "已现场核实", "at": "2026-09-22T15:00:00+08:00"
            }},
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "N1-2", "assignment": "TZ-2026-0000017/2",
                "result": "accepted"
            }}
        ]})
    );
    let results = [("2", "returned"), ("3", "in_progress")];
    for (code, result) in results {
        let rows = format!("<BWST><FKXX><PQBH>T/1</PQBH><JGDM>{code}</JGDM><FKNR>说明</FKNR></FKXX></BWST>");
        assert_eq!(serde_json::to_value(only_record(&gb(&message("CLFK", &rows)))).unwrap()["result"], result);
    }
    let rows = "<BWST><HZXX><YXXBS>out-0001</YXXBS><HZJGDM>2</HZJGDM><CWDM>x</CWDM><HZNR>部分接收</HZNR>\
                <HXX><HH>1</HH><CWDM>E01</CWDM><CWMS>缺少地址</CWMS></HXX></HZXX></BWST>";
    assert_eq!(
        serde_json::to_value(only_record(&gb(&message("HZ", rows)))).unwrap(),
        json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
            "outcome": "partial", "code": "x", "text": "部分接收",
            "rows": [{"row": 1, "code": "E01", "text": "缺少地址"}]
        })
    );
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for bytes in [CLUE, LOST_CONTACT, MISMATCH, TRUNCATED] {
        assert_eq!(decode(bytes), decode(bytes));
    }
    assert_eq!(Police::describe(), Police::describe());
    assert_eq!(Police::describe().id, "police");
}
