//! What good messages become.

use super::*;

#[test]
fn the_sample_becomes_a_complaint_and_a_report() {
    let document = serde_json::to_value(&decode(ORDERS).unwrap().document).unwrap();
    assert_eq!(
        document,
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "complaint", "schema_version": 1, "reference": "20260919110112000345",
                "party": {"name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167", "town": "110112009"},
                "issue": {"code_system": "hotline-class", "code": "complaint", "name": "投诉"},
                "text": "预付卡充值后商家失联，登记地址找不到人。",
                "accepted_at": "2026-09-19T08:12:40+08:00", "due_at": "2026-09-26T08:12:40+08:00",
                "amount": 298_000, "repeat_count": 3,
                "extra": {"source": "12345", "orderType": "投诉", "department": "11110112MAYYG012X0"}
            }},
            {"row": 2, "record": {
                "kind": "complaint", "schema_version": 1, "reference": "12315-1110112-202609200078",
                "party": {"name": "北京宋庄画语文化传播有限公司", "uscc": "91110112MAYYT0040P", "town": "110112104"},
                "issue": {"code_system": "hotline-class", "code": "report", "name": "举报"},
                "text": "厂房改民宿并对外经营。",
                "accepted_at": "2026-09-20T14:02:11+08:00", "repeat_count": 1,
                "extra": {
                    "source": "12315", "orderType": "举报", "department": "11110112MAYYG0015Y",
                    "evaluation_responded": "true", "evaluation_resolved": "false", "evaluation_satisfied": "false"
                }
            }}
        ]})
    );
}

#[test]
fn a_mixed_batch_keeps_rows_and_loses_one_line_only() {
    let document = decode(MIXED).unwrap().document;
    let rows: Vec<_> = document.records.iter().map(|record| (record.row, record.record.kind())).collect();
    let expected = [(1, "complaint"), (1, "complaint"), (4, "feedback"), (5, "measure_feedback"), (6, "receipt")];
    assert_eq!(rows, expected, "the empty second line counts");
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (3, "uscc.check-character"));
    let offset = usize::try_from(fault.fault.offset.unwrap()).unwrap();
    assert_eq!(&MIXED[offset..offset + 18], b"91110112MAYYT00160", "the offset counts the message's bytes");
}

#[test]
fn a_letter_with_both_is_split() {
    let classes = |value: Value| -> Vec<(String, Option<String>)> {
        let bytes = lines(&[order(json!({"orderType": value}))]);
        let both = records(&bytes);
        assert!(both.iter().all(|record| record.reference() == Some("W1")));
        both.into_iter()
            .map(|record| match record {
                Record::Complaint(record) => (record.issue.code, record.issue.name),
                other => panic!("a complaint was wanted, not {}", other.kind()),
            })
            .collect()
    };
    let pair = |code: &str, name: &str| (code.to_owned(), Some(name.to_owned()));
    let both = [pair("complaint", "投诉"), pair("report", "举报")];
    for value in [json!("投诉举报"), json!(["举报", "投诉"]), json!(["投诉举报", "投诉"])] {
        assert_eq!(classes(value.clone()), both, "{value}");
    }
    assert_eq!(classes(json!(["举报", "举报"])), both[1..]);
    assert_eq!(classes(json!("咨询")), [pair("other", "咨询")]);
}

#[test]
fn the_link_may_have_its_own_words() {
    let settings = json!({"order_types": {"T": "complaint", "J": "report", "TJ": "complaint+report"}});
    for (word, records) in [("T", 1), ("TJ", 2)] {
        let decoded = decode_with(&lines(&[order(json!({"orderType": word}))]), settings.clone()).unwrap();
        assert_eq!(decoded.document.records.len(), records);
    }
    let decoded = decode_with(&lines(&[order(json!({}))]), settings).unwrap();
    assert_eq!(decoded.document.row_faults[0].fault.code, "hotline.code-unknown");
}

#[test]
fn money_is_counted_in_fen_without_floats() {
    for (changes, fen) in [
        (json!({"amountYuan": "2980"}), Some(298_000)),
        (json!({"amountYuan": "0.29"}), Some(29)),
        (json!({"amountYuan": "1.10", "amountFen": 110}), Some(110)),
        (json!({"amountFen": "9007199254740993"}), Some(9_007_199_254_740_993)),
        (json!({"amountYuan": null, "amountFen": null}), None),
        (json!({"amountYuan": "0.000", "amountFen": 0}), Some(0)),
    ] {
        assert_eq!(complaint(changes.clone()).amount.map(|fen| fen.0), fen, "{changes}");
    }
    // As a JSON number the digits stay as they are written, even where a float could not hold them.
    let line = "{\"workOrderNo\":\"1\",\"orderType\":\"投诉\",\"content\":\"x\",\"respondent\":\"y\",\"amountYuan\":90071992547409.93}";
    let Record::Complaint(record) = only_record(line.as_bytes()) else { panic!("a complaint was wanted") };
    assert_eq!(record.amount.map(|fen| fen.0), Some(9_007_199_254_740_993));
}

#[test]
fn times_are_read_in_the_usual_spellings() {
    for (text, accepted, due) in [
        ("2026-09-19T08:12:40+08:00", "2026-09-19T08:12:40+08:00", "2026-09-19T08:12:40+08:00"),
        ("2026-09-19 08:12:40", "2026-09-19T08:12:40+08:00", "2026-09-19T08:12:40+08:00"),
        ("20260919081240", "2026-09-19T08:12:40+08:00", "2026-09-19T08:12:40+08:00"),
        ("2026年9月19日", "2026-09-19T00:00:00+08:00", "2026-09-19T23:59:59.999+08:00"),
        ("2026/9/19", "2026-09-19T00:00:00+08:00", "2026-09-19T23:59:59.999+08:00"),
        ("2026.9.19", "2026-09-19T00:00:00+08:00", "2026-09-19T23:59:59.999+08:00"),
        ("20260919", "2026-09-19T00:00:00+08:00", "2026-09-19T23:59:59.999+08:00"),
    ] {
        let record = complaint(json!({"acceptTime": text, "dueTime": text}));
        assert_eq!(record.accepted_at.unwrap().to_string(), accepted, "{text}");
        assert_eq!(record.due_at.unwrap().to_string(), due, "{text}");
    }
}

#[test]
fn rare_characters_arrive_whole_written_or_escaped() {
    let record = complaint(json!({}));
    assert_eq!(record.text, "漷㛃\u{20164}不退款");
    assert_eq!(record.party.name.as_deref(), Some("北京漷南堃镕商务有限公司"));
    let line = "{\"workOrderNo\":\"1\",\"orderType\":\"\\u6295\\u8bc9\",\"respondent\":\"\\u6f37\\u36c3\\ud840\\udd64\",\"content\":\"\\ud840\\udd64\"}";
    let Record::Complaint(record) = only_record(line.as_bytes()) else { panic!("a complaint was wanted") };
    assert_eq!((record.party.name.as_deref(), record.text.as_str()), (Some("漷㛃\u{20164}"), "\u{20164}"));
}

#[test]
fn damaged_codes_are_mended_or_cost_their_line() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        match expected {
            Ok((code_read, noted)) => {
                let record = complaint(json!({"respondentUscc": code}));
                assert_eq!(record.party.uscc.unwrap().as_str(), code_read, "{label}");
                assert_eq!(record.extra.contains_key("respondentUscc_note"), noted, "{label}");
            }
            Err(expected) => {
                let fault = only_row_fault(&lines(&[order(json!({"respondentUscc": code}))])).fault;
                assert_eq!(
                    (fault.code.as_str(), fault.field.as_deref()),
                    (expected, Some("respondentUscc")),
                    "{label}"
                );
            }
        }
    }
}

#[test]
fn line_ends_and_marks_do_not_matter() {
    let one = order(json!({})).to_string();
    let expected = only_record(one.as_bytes());
    for text in [format!("{one}\r\n"), format!("\u{feff}{one}\n"), format!("\u{feff}\n\r\n  \n {one} \r\n\r\n")] {
        let document = decode(text.as_bytes()).unwrap().document;
        assert_eq!(document.row_faults, [], "{text}");
        assert_eq!(document.records[0].record, expected);
    }
}

#[test]
fn answers_are_read() {
    let results = [("已接收", "accepted"), ("退回", "returned"), ("办理中", "in_progress"), ("已办结", "done")];
    for (word, result) in results {
        let line = json!({"type": "feedback", "assignmentNo": "TZ-2026-0000017/1", "result": word, "text": "说明"});
        assert_eq!(
            serde_json::to_value(only_record(&lines(&[line]))).unwrap(),
            json!({"kind": "feedback", "schema_version": 1, "reference": "TZ-2026-0000017/1-1",
                   "assignment": "TZ-2026-0000017/1", "result": result, "text": "说明"})
        );
    }
    let line = json!({"type": "measure_feedback", "requestNo": "R1", "applied": false, "text": "无此权限"});
    assert_eq!(
        serde_json::to_value(only_record(&lines(&[line]))).unwrap(),
        json!({"kind": "measure_feedback", "schema_version": 1, "reference": "R1-1", "request": "R1",
               "applied": false, "text": "无此权限"})
    );
    let line = json!({"type": "receipt", "messageId": "out-0001", "outcome": "全部接收"});
    assert_eq!(
        serde_json::to_value(only_record(&lines(&[line]))).unwrap(),
        json!({"kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
               "outcome": "accepted", "text": ""})
    );
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for bytes in [ORDERS, MIXED] {
        assert_eq!(decode(bytes), decode(bytes));
    }
    assert_eq!(Hotline::describe(), Hotline::describe());
    assert_eq!(Hotline::describe().id, "hotline");
}
