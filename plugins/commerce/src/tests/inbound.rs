//! What good messages become.

use super::*;

#[test]
fn the_sample_report_with_an_issue_becomes_one_finding() {
    let (record, reply) = only_record(REPORT);
    assert_eq!(
        serde_json::to_value(&record).unwrap(),
        json!({
            "kind": "finding",
            "schema_version": 1,
            "reference": "FIE-110112-2026-000018",
            "party": {
                "name": "潞城湾（北京）数据服务有限公司",
                "uscc": "91110112MAYYT00910",
                "address": "北京市通州区潞城镇胡各庄北路9号"
            },
            "issue": {"code_system": "fie-report", "code": "02", "name": "变更报告"},
            "title": "实际经营地与登记住所不一致，未自行公示",
            "text": "实际经营地与登记住所不一致，未自行公示",
            "found_at": "2026-09-23T00:00:00+08:00",
            "extra": {
                "CURRENCY": "840",
                "INVCOUNTRY": "344",
                "INVCOUNTRYCN": "中国香港",
                "REGCAP": "500.000000",
                "REPORTDATE": "2026-09-23",
                "REPORTTYPE": "变更报告"
            }
        })
    );
    let reply = reply.unwrap();
    assert_eq!(reply.content_type, "text/xml; charset=utf-8");
    let text = String::from_utf8(reply.body).unwrap();
    assert!(text.contains("<ser:pushFieReportResponse>") && text.contains("<MSGID>out-0001</MSGID>"), "{text}");
    assert!(!text.contains("demo"), "the token that came in does not go out");
}

#[test]
fn reports_without_an_issue_are_entries_of_the_ledger() {
    let decoded = decode(BATCH).unwrap();
    let document = serde_json::to_value(&decoded.document).unwrap();
    assert_eq!(
        document["records"],
        json!([
            {"row": 1, "record": {
                "kind": "ledger_entry", "schema_version": 1, "subject": "tenant",
                "reference": "FIE-110112-2026-000021",
                "party": {
                    "name": "潞城湾（北京）数据服务有限公司", "uscc": "91110112MAYYT00910",
                    "address": "北京市通州区潞城镇胡各庄北路9号", "town": "110112119"
                },
                "host_unit": "外资专班", "operator_unit": "北京潞源汇智企业服务有限公司",
                "cluster_address": "TZ-JQ-0009", "confirmed_on": "2026-09-10", "status": "filed",
                "extra": {
                    "CURRENCY": "840", "INVCOUNTRY": "344", "INVCOUNTRYCN": "中国香港",
                    "MEMO": "经营范围含“数据[1]”、]]> 等符号",
                    "OPLOC": "北京市通州区漷县镇漷兴一街8号", "REGCAP": "500.000000", "REPORTTYPE": "初始报告"
                }
            }},
            {"row": 3, "record": {
                "kind": "ledger_entry", "schema_version": 1, "subject": "tenant",
                "reference": "FIE-110112-2026-000023",
                "party": {
                    "name": "北京漷南㛃𠅤数智商务服务有限公司", "uscc": "91110112MAYYT00242",
                    "address": "北京市通州区漷县镇漷兴一街8号集中办公区202室"
                },
                "confirmed_on": "2026-09-12", "status": "cancelled", "extra": {"REPORTTYPE": "注销报告"}
            }}
        ])
    );
    assert!(!document.to_string().contains("测试乙"), "people whom nobody asked for are not kept");
    let [fault] = decoded.document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (2, "uscc.check-character"));
    let offset = usize::try_from(fault.fault.offset.unwrap()).unwrap();
    assert_eq!(&BATCH[offset..offset + 18], b"91110112MAYYT00911", "behind a divided CDATA section");
    let reply = String::from_utf8(decoded.reply.unwrap().body).unwrap();
    for wanted in ["<RESULT>2</RESULT>", "已接收2条，1条有误未接收", "<ROWNO>2</ROWNO>", "uscc.check-character"]
    {
        assert!(reply.contains(wanted), "{wanted} in {reply}");
    }
}

#[test]
fn escaped_text_in_gb18030_reads_like_cdata() {
    let record = only_json(ESCAPED);
    assert_eq!(record["issue"], json!({"code_system": "sw-issue", "code": "02", "name": "未按规定报送外商投资信息"}));
    assert_eq!(record["text"], "逾期未报送年度报告 & 未说明原因");
    assert_eq!(record["party"]["name"], "北京漷南㛃\u{20164}数智商务服务有限公司");
}

#[test]
fn a_declaration_inside_cdata_says_nothing() {
    let expected = only_json(call("pushFieReport", &report("")).as_bytes());
    for declared in ["<?xml version=\"1.0\" encoding=\"GBK\"?>", "<?xml version='1.0' encoding='UTF-16'?>\r\n", "  "] {
        let text = call("pushFieReport", &format!("{declared}{}", report("")));
        assert_eq!(only_json(text.as_bytes()), expected, "{declared}");
    }
}

#[test]
fn a_finding_carries_its_class_and_its_people() {
    let record = only_json(FINDING);
    assert_eq!(record["issue"], json!({"code_system": "sw-issue", "code": "04", "name": "登记住所无法联系"}));
    assert_eq!(record["people"], json!([{"name": "TEST LEE", "role": "法定代表人"}]));
    assert!(!record.to_string().contains("010-00000009"), "a telephone number is not kept");
    for (code, name) in [
        ("01", "实际经营地与登记住所不一致且未自行公示"),
        ("02", "未按规定报送外商投资信息"),
        ("03", "不符合外商投资准入要求"),
        ("05", "报送或登记材料涉嫌虚假"),
        ("99", "其他"),
    ] {
        let text = report(&format!("<ISSUECODE>{code}</ISSUECODE><ISSUE>问题</ISSUE>"));
        assert_eq!(only_json(call("pushFieReport", &text).as_bytes())["issue"]["name"], name);
    }
    let people = "<LEREP>测试㛃</LEREP><LEREPID>110112190001010013</LEREPID><ISSUE>问题</ISSUE>";
    let (record, _) = only_record(call("pushFieReport", &report(people)).as_bytes());
    let shown = format!("{record:?}");
    assert!(!shown.contains("110112190001010013") && !shown.contains("测试㛃"), "personal data is masked");
}

#[test]
fn types_of_reports_say_where_the_entry_stands() {
    for (name, status) in
        [("初始报告", "filed"), ("变更报告", "active"), ("注销报告", "cancelled"), ("年度报告", "active")]
    {
        let text = report("").replace("变更报告", name);
        assert_eq!(only_json(call("pushFieReport", &text).as_bytes())["status"], status);
    }
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let text = call("pushFieReport", &report("").replace("91110112MAYYT00910", code));
        match expected {
            Ok((code, noted)) => {
                let record = only_json(text.as_bytes());
                assert_eq!(record["party"]["uscc"], code, "{label}");
                assert_eq!(record["extra"].get("UNISCID_TS").is_some(), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(text.as_bytes()).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("UNISCID")), "{label}");
            }
        }
    }
}

#[test]
fn what_the_record_has_no_place_for_is_kept_or_named() {
    let text = report("<DOM>甲</DOM><OPLOC>乙</OPLOC><TEL>1</TEL><KONG/><ZB><JD>1</JD></ZB><JYFW>软件</JYFW>");
    let record = only_json(call("pushFieReport", &text).as_bytes());
    assert_eq!(record["extra"], json!({"JYFW": "软件", "OPLOC": "乙", "REPORTTYPE": "变更报告", "WDYS": "ZB"}));
    assert_eq!(record["party"]["address"], "甲");
}

#[test]
fn long_issues_get_a_title_of_one_line() {
    let issue = "长".repeat(61);
    for (text, title) in [
        (issue.clone(), format!("{}…", "长".repeat(60))),
        ("一\n二".to_owned(), "一…".to_owned()),
        ("长".repeat(60), "长".repeat(60)),
    ] {
        let report = report(&format!("<ISSUE>{text}</ISSUE>"));
        assert_eq!(only_json(call("pushFieReport", &report).as_bytes())["title"], title);
    }
}

#[test]
fn answers_are_read() {
    let decoded = decode(FEEDBACK).unwrap();
    assert_eq!(
        serde_json::to_value(&decoded.document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "SWFK-7", "assignment": "TZ-2026-0000017/1",
                "result": "done", "text": "已督促企业自行公示实际经营地。", "at": "2026-09-22T15:00:00+08:00"
            }},
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "out-0001-2",
                "assignment": "TZ-2026-0000017/2", "result": "returned", "text": "不属于外商投资企业，请转属地处理。"
            }}
        ]})
    );
    for (code, result) in [("1", "accepted"), ("3", "in_progress")] {
        let text = format!("<FEEDBACK><TASKNO>T/1</TASKNO><RESULT>{code}</RESULT></FEEDBACK>");
        assert_eq!(only_json(call("pushFeedback", &text).as_bytes())["result"], result);
    }
    let measure = "<MEASUREFEEDBACK><FEEDBACKNO>C1</FEEDBACKNO><REQUESTNO>LHCJ-2026-0003</REQUESTNO>\
                   <APPLIED>0</APPLIED><CONTENT>该企业无在办项目</CONTENT></MEASUREFEEDBACK>";
    assert_eq!(
        only_json(call("pushMeasureFeedback", measure).as_bytes()),
        json!({
            "kind": "measure_feedback", "schema_version": 1, "reference": "C1", "request": "LHCJ-2026-0003",
            "applied": false, "text": "该企业无在办项目"
        })
    );
    let applied = measure.replace("<APPLIED>0", "<APPLIED>1");
    assert_eq!(only_json(call("pushMeasureFeedback", &applied).as_bytes())["applied"], true);
}

#[test]
fn responses_are_receipts_and_are_not_answered() {
    let (record, reply) = only_record(RESPONSE);
    assert_eq!(
        serde_json::to_value(&record).unwrap(),
        json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
            "outcome": "accepted", "text": "已接收"
        })
    );
    assert_eq!(reply, None);
    for (code, outcome) in [("2", "partial"), ("3", "refused")] {
        let text = format!("<RECEIPT><MSGID>m</MSGID><RESULT>{code}</RESULT></RECEIPT>");
        let (record, reply) = only_record(call("pushReceipt", &text).as_bytes());
        assert_eq!(serde_json::to_value(record).unwrap()["outcome"], outcome);
        assert!(reply.is_some(), "a call wants a response");
    }
}

#[test]
fn a_soap_fault_is_the_receipt_of_a_refused_message() {
    assert_eq!(
        only_json(SERVER_FAULT),
        json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
            "outcome": "refused", "code": "soap.server",
            "text": "对方服务暂时出错，可以稍后重新发送：database is locked"
        })
    );
    assert_eq!(only_record(SERVER_FAULT).1, None);
    let cases = [
        ("soapenv:Server.Busy", "soap.server", true),
        ("soapenv:Client", "soap.client", false),
        ("x:Client.Authentication", "soap.client", false),
        ("VersionMismatch", "soap.version-mismatch", false),
        ("e:MustUnderstand", "soap.must-understand", false),
        ("e:Other", "soap.other", false),
    ];
    let good = std::str::from_utf8(SERVER_FAULT).unwrap();
    for (given, code, again) in cases {
        let record = only_json(good.replace("soapenv:Server", given).as_bytes());
        assert_eq!(record["code"], code, "{given}");
        assert_eq!(record["text"].as_str().unwrap().contains("可以稍后重新发送"), again, "{given}");
    }
    let bare = "<e:Fault><faultcode>e:Server</faultcode><detail><MSGID>out-0002</MSGID></detail></e:Fault>";
    let record = only_json(envelope(bare).as_bytes());
    assert_eq!(
        (&record["message_id"], &record["text"]),
        (&json!("out-0002"), &json!("对方服务暂时出错，可以稍后重新发送"))
    );
    let related = envelope("<e:Fault><faultcode>e:Server</faultcode></e:Fault>")
        .replace("<e:Body>", "<e:Header><s:relatesTo>out-0003</s:relatesTo></e:Header><e:Body>");
    assert_eq!(only_json(related.as_bytes())["message_id"], "out-0003");
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for bytes in [REPORT, BATCH, ESCAPED, FINDING, FEEDBACK, RESPONSE, SERVER_FAULT] {
        assert_eq!(decode(bytes), decode(bytes));
    }
    assert_eq!(Commerce::describe().id, "commerce");
}
