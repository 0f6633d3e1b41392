//! What good messages become.

use super::*;

fn value(bytes: &[u8]) -> Value {
    serde_json::to_value(only_record(bytes)).unwrap()
}

#[test]
fn the_sample_listing_and_removal_read_as_entries() {
    assert_eq!(
        value(LIST_IN),
        json!({
            "kind": "ledger_entry", "schema_version": 1, "subject": "tenant",
            "reference": "e7f0c1d2000000000000000000000123",
            "party": {"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167"},
            "confirmed_on": "2026-09-29", "status": "abnormal_listed",
            "extra": {
                "PriPID": "1101120000000017", "RegOrg": "110112", "SpeCause": "4",
                "SpeCauseCN": "通过登记的住所或者经营场所无法联系的", "AbnTime": "2026-09-29", "DecOrg": "110112",
                "DecorgCN": "北京市通州区市场监督管理局", "PenDecNo": "（京通）市监异列〔2026〕第00123号",
                "AnomalyRea": "两次邮寄专用信函均无人签收，现场核查未见经营"
            }
        })
    );
    let removed = value(LIST_OUT);
    assert_eq!((&removed["status"], &removed["confirmed_on"]), (&json!("abnormal_removed"), &json!("2026-11-10")));
    assert_eq!((&removed["extra"]["IsMove"], &removed["extra"]["RemExcpres"]), (&json!("1"), &json!("4")));
}

#[test]
fn the_public_view_shows_what_was_published() {
    let seen = value(PUBLIC_VIEW);
    assert_eq!(
        seen,
        json!({
            "kind": "ledger_entry", "schema_version": 1, "subject": "tenant",
            "reference": "91110112MAYYT00167/2026-09-29",
            "party": {"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167"},
            "confirmed_on": "2026-09-21", "status": "abnormal_listed",
            "extra": {
                "AbnTime": "2026-09-29", "DecorgCN": "北京市通州区市场监督管理局",
                "SpeCauseCN": "通过登记的住所或者经营场所无法联系的"
            }
        })
    );
    let published = value(LIST_IN);
    for column in ["AbnTime", "DecorgCN", "SpeCauseCN"] {
        assert_eq!(seen["extra"][column], published["extra"][column], "{column}");
    }
    let removed = String::from_utf8_lossy(PUBLIC_VIEW)
        .replace("\"移出日期\": null", "\"移出日期\": \"2026-11-10\"")
        .replace("\"作出决定机关(移出)\": null", "\"作出决定机关（移出）\": \"北京市通州区市场监督管理局\"");
    let decoded = decode(format!("\u{feff} [{removed}, {{}}]").as_bytes()).unwrap();
    let first = serde_json::to_value(&decoded.document.records[0].record).unwrap();
    assert_eq!((&first["status"], &first["extra"]["RemDate"]), (&json!("abnormal_removed"), &json!("2026-11-10")));
    assert_eq!(first["extra"]["ReDecOrgCN"], "北京市通州区市场监督管理局");
    assert_eq!((decoded.document.records.len(), decoded.document.row_faults[0].row), (1, 2));
}

#[test]
fn a_page_of_the_list_becomes_an_entry_a_row() {
    let document = decode(LIST).unwrap().document;
    let rows: Vec<Value> = document.records.iter().map(|row| serde_json::to_value(&row.record).unwrap()).collect();
    let stands: Vec<_> =
        rows.iter().map(|row| (row["reference"].as_str().unwrap(), row["status"].as_str().unwrap())).collect();
    assert_eq!(
        stands,
        [
            ("e7f0c1d2000000000000000000000123", "abnormal_removed"),
            ("e7f0c1d2000000000000000000000131", "abnormal_listed"),
            ("e7f0c1d2000000000000000000000140", "abnormal_annulled"),
        ]
    );
    assert_eq!(rows[1]["party"]["name"], "北京漷南数智商务服务有限公司");
    assert!(rows.iter().all(|row| row["confirmed_on"] == "2026-11-11" && row["extra"]["Total"] == "4"));
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (4, "uscc.check-character"));
}

#[test]
fn an_entry_stands_as_its_columns_say() {
    for (columns, status) in [
        ("", "abnormal_listed"),
        ("<IsMove/><RemDate/>", "abnormal_listed"),
        ("<RemDate>2026年11月10日</RemDate>", "abnormal_removed"),
        ("<IsMove>1</IsMove><RemDate>20261110</RemDate>", "abnormal_removed"),
        ("<IsMove>1</IsMove><RemExcpres>6</RemExcpres>", "abnormal_removed"),
        ("<IsMove>2</IsMove><RemExcpres>9</RemExcpres>", "abnormal_annulled"),
    ] {
        assert_eq!(value(list(&row(columns)).as_bytes())["status"], status, "{columns}");
    }
    let dated = list(&row("")).replace("2026-09-29", "2026/9/29");
    assert_eq!(value(dated.as_bytes())["extra"]["AbnTime"], "2026-09-29", "dates are written one way");
    assert_eq!(value(dated.as_bytes())["confirmed_on"], "2026-09-21", "without a date of export, the day of receipt");
}

#[test]
fn only_named_columns_are_kept() {
    let columns = "<LeRep>测试甲</LeRep><CerNO>110112190001010013</CerNO><Tel>1</Tel><RegNO>110112305984804</RegNO>\
                   <AnomalyRea>漷㛃\u{20164}堃镕</AnomalyRea><Inner><X>1</X></Inner>";
    let read = value(list(&row(columns)).as_bytes());
    assert_eq!(read["extra"]["UnreadColumns"], "CerNO、Inner、Tel");
    assert_eq!(read["extra"]["AnomalyRea"], "漷㛃\u{20164}堃镕");
    assert_eq!(read["party"]["name"], "北京漷南堃镕商务有限公司");
    let shown = read.to_string();
    assert!(!shown.contains("测试甲") && !shown.contains("110112190001010013"));
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let message = list(&row("")).replace("91110112MAYYT00167", code);
        match expected {
            Ok((code, noted)) => {
                let read = value(message.as_bytes());
                assert_eq!(read["party"]["uscc"], code, "{label}");
                assert_eq!(read["extra"].get("UniSCID_TS").is_some(), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(message.as_bytes()).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("UniSCID")), "{label}");
            }
        }
    }
}

#[test]
fn receipts_name_the_message_or_its_batch_and_every_refused_row() {
    assert_eq!(
        serde_json::to_value(decode(RECEIPT).unwrap().document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "xz-0001",
                "outcome": "accepted", "text": "已公示"
            }},
            {"row": 2, "record": {
                "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "20261012000002",
                "outcome": "refused", "code": "E0102", "text": "决定书文号与业务系统登记的不一致，请核对后重新推送",
                "rows": [{
                    "row": 1, "code": "E0102", "text": "文号不一致（条目 e7f0c1d2000000000000000000000131）"
                }]
            }}
        ]})
    );
}

#[test]
fn answers_to_tasks_are_read() {
    let message = "<OpTaskFeedback Seq=\"S1\"><Item><TaskNO>TZ-2026-0000017/1</TaskNO><ResCode>4</ResCode>\
                   <Content>已核实公示内容</Content><FeedbackTime>2026-09-22 15:00:00</FeedbackTime>\
                   <FeedbackNO>FK-7</FeedbackNO></Item><Item><TaskNO>TZ-2026-0000017/2</TaskNO><ResCode>1</ResCode>\
                   </Item></OpTaskFeedback>";
    assert_eq!(
        serde_json::to_value(decode(message.as_bytes()).unwrap().document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "FK-7", "assignment": "TZ-2026-0000017/1",
                "result": "done", "text": "已核实公示内容", "at": "2026-09-22T15:00:00+08:00"
            }},
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "S1-2", "assignment": "TZ-2026-0000017/2",
                "result": "accepted"
            }}
        ]})
    );
    for (code, result) in [("2", "returned"), ("3", "in_progress")] {
        let message = format!(
            "<OpTaskFeedback Seq=\"S1\"><Item><TaskNO>T/1</TaskNO><ResCode>{code}</ResCode><Content>说明</Content>\
             </Item></OpTaskFeedback>"
        );
        assert_eq!(value(message.as_bytes())["result"], result);
    }
}

#[test]
fn every_charset_that_the_declaration_names_is_read() {
    let text = list(&row(""));
    let expected = only_record(text.as_bytes());
    let declared = format!("<?xml version=\"1.0\" encoding=\"GBK\"?>{text}");
    assert_eq!(only_record(&encoding_rs::GB18030.encode(&declared).0), expected);
    let utf8 = declared.replace("GBK", "UTF-8");
    assert_eq!(only_record(format!("\u{feff}{utf8}").as_bytes()), expected);
    assert_eq!(decode(LIST), decode(LIST));
    assert_eq!(CreditPublicity::describe().id, "credit-publicity");
}
