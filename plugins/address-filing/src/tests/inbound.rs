//! What good messages become.

use super::*;

#[test]
fn the_sample_ledger_becomes_six_entries() {
    let decoded = decode(LEDGER).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    let records = serde_json::to_value(&decoded.document.records).unwrap();
    let subjects: Vec<_> = records.as_array().unwrap().iter().map(|row| row["record"]["subject"].clone()).collect();
    assert_eq!(subjects, ["host_unit", "operator_unit", "address", "address", "tenant", "tenant"]);
    assert_eq!(
        records[2]["record"],
        json!({
            "kind": "ledger_entry", "schema_version": 1, "subject": "address", "reference": "JQ-110112009-0003",
            "party": {
                "name": "文景街道云景东路集群", "address": "北京市通州区文景街道云景东路1号院6号楼3层",
                "town": "110112009",
                "coordinate": {
                    "longitude_nanodegrees": 116_661_050_000_i64, "latitude_nanodegrees": 39_889_670_000_i64,
                    "datum": "cgcs2000"
                }
            },
            "host_unit": "北京市通州区人民政府文景街道办事处（测试）", "operator_unit": "北京潞源汇智企业服务有限公司",
            "cluster_address": "JQ-110112009-0003", "confirmed_on": "2026-09-01", "status": "filed",
            "extra": {
                "area": "1280.50", "capacity": "200", "condition": "1", "filed_on": "2026-03-02",
                "host_unit_uscc": "11110112MAYYG012X0", "house_use": "办公", "kind": "cluster",
                "message_number": "ZSBA-20260918-0001", "operator_unit_uscc": "91110112MAYYT0075A",
                "planning_number": "2026规自（通）建字0012号", "planning_obtained": "true", "released": "true",
                "sender": "ZSBA-110112", "title_number": "京（2026）通不动产权第0012345号",
                "unit_code": "110112005012GB00031F00020015"
            }
        })
    );
    assert_eq!(records[3]["record"]["party"]["town"], "110112106", "twelve digits become nine");
    assert_eq!(records[3]["record"]["extra"]["condition_gaps"], "condition,tax");
    assert_eq!(records[0]["record"]["extra"]["unit_kind"], "town");
    assert_eq!(records[0]["record"]["host_unit"], records[0]["record"]["party"]["name"]);
    assert_eq!(records[1]["record"]["operator_unit"], "北京潞源汇智企业服务有限公司");
    assert_eq!(records[4]["record"]["extra"]["visit_result"], "empty");
    assert_eq!(records[4]["record"]["extra"]["annual_report_year"], "2024");
    assert_eq!(records[5]["record"]["party"]["name"], "潞城㛃\u{20164}商务服务中心（拟用名称）");
    assert_eq!(records[5]["record"]["party"].get("uscc"), None, "who only applies may have no code yet");
}

#[test]
fn contacts_are_counted_and_dropped() {
    let decoded = decode(LEDGER).unwrap();
    let all = format!("{}", serde_json::to_value(&decoded.document).unwrap());
    for personal in ["测试甲", "测试丁", "测试戊", "测试庚", "13000000001", "phone"] {
        assert!(!all.contains(personal), "{personal}");
    }
    let dropped: Vec<_> = decoded
        .document
        .records
        .iter()
        .filter_map(|row| match &row.record {
            Record::LedgerEntry(entry) => entry.extra.get("contacts_dropped").map(String::as_str),
            _ => None,
        })
        .collect();
    assert_eq!(dropped, ["1", "1", "2"]);
}

#[test]
fn what_the_format_does_not_have_is_named_and_not_kept() {
    let row = with(tenant(), json!({"contact_phone": "13000000001", "测试甲": 1, "n13000000001": 2, "zz": {"a": []}}));
    let entry = only_entry(row);
    assert_eq!(entry.extra["unread_members"], "contact_phone、zz、（名称不规范）");
    assert!(!format!("{entry:?}").contains("13000000001"));
}

#[test]
fn absent_null_and_empty_are_the_same_and_blanks_at_the_ends_are_dropped() {
    let expected = only_entry(tenant());
    let blank = json!({"remark": null, "operator_unit": " 　", "name": "　北京漷南堃镕商务有限公司 ", "contacts": []});
    assert_eq!(only_entry(with(tenant(), blank)), expected);
    assert_eq!(only_record(&format!("\u{feff}{}", message(&[tenant()]))), Record::LedgerEntry(Box::new(expected)));
}

#[test]
fn rare_characters_arrive_whole_escaped_or_not() {
    let name = "漷㛃\u{20164}堃镕";
    let escaped =
        message(&[tenant()]).replace("北京漷南堃镕商务有限公司", "\\u6f37\\u36c3\\ud840\\udd64\\u5803\\u9555");
    let entry = only_entry(with(tenant(), json!({"name": name})));
    assert_eq!(entry.party.name.as_deref(), Some(name));
    assert_eq!(only_record(&escaped), Record::LedgerEntry(Box::new(entry)));
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let row = with(tenant(), json!({"uscc": code}));
        match expected {
            Ok((code, noted)) => {
                let entry = only_entry(row);
                assert_eq!(entry.party.uscc.unwrap().as_str(), code, "{label}");
                assert_eq!(entry.extra.contains_key("uscc_note"), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(&message(&[row])).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("uscc")), "{label}");
            }
        }
    }
}

#[test]
fn answers_are_read() {
    let digest = "ab".repeat(32);
    assert_eq!(
        serde_json::to_value(decode(ANSWERS).unwrap().document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "FK-7", "assignment": "TZ-2026-0000017/1",
                "result": "done", "text": "已在平台标注，暂停该户住所使用证明。", "at": "2026-09-22T15:00:00+08:00"
            }},
            {"row": 2, "record": {
                "kind": "measure_feedback", "schema_version": 1, "reference": "ZSBA-20260922-0001-2",
                "request": "LHCJ-2026-0003", "applied": true, "text": "不再为其出具住所使用证明",
                "at": "2026-09-22T15:00:00+08:00"
            }},
            {"row": 3, "record": {
                "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
                "outcome": "accepted", "text": "已收到"
            }}
        ]})
    );
    for result in ["accepted", "returned", "in_progress"] {
        let row = json!({"type": "feedback", "assignment": "T/1", "result": result, "text": "说明",
            "attachments": [{"kind": "pdf", "algorithm": "sm3", "digest": digest, "bytes": 9}]});
        let record = serde_json::to_value(only_record(&message(&[row]))).unwrap();
        assert_eq!((&record["result"], &record["reference"]), (&json!(result), &json!("N1-1")));
        assert_eq!(record["attachments"][0], json!({"kind": "pdf", "algorithm": "sm3", "digest": digest, "bytes": 9}));
    }
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for text in [LEDGER, BAD_ROWS, ANSWERS] {
        assert_eq!(decode(text), decode(text));
    }
    assert_eq!(AddressFiling::describe(), AddressFiling::describe());
    assert_eq!(AddressFiling::describe().id, "address-filing");
}
