//! What good `ExchangeMessage`s become.

use super::*;

#[test]
fn the_sample_becomes_one_penalty() {
    let record = only_record(PENALTY);
    assert_eq!(
        serde_json::to_value(&record).unwrap(),
        json!({
            "kind": "penalty",
            "schema_version": 1,
            "reference": "京通市监处罚〔2026〕0789号",
            "party": {"name": "北京台湖安居餐饮管理有限公司", "uscc": "91110112MAYYT0059L"},
            "violation": "《市场主体登记管理条例》第四十六条",
            "category": "罚款",
            "content": "罚款人民币20000元",
            "fine": 2_000_000,
            "decided_on": "2026-09-22",
            "authority": "北京市通州区市场监督管理局（测试）",
            "legal_basis": "《中华人民共和国市场主体登记管理条例》第四十六条",
            "published_until": "2027-09-22",
            "extra": {
                "CF_CFJGDM": "11110112MAYYG0015Y",
                "CF_SJLY": "北京市通州区市场监督管理局（测试）",
                "CF_SJLYDM": "11110112MAYYG0015Y",
                "CF_SY": "当事人实际经营场所与登记住所不一致，经责令改正拒不改正。",
                "CF_XDR_LB": "法人及非法人组织",
                "CF_XDR_ZZJG": "MAYYT0059",
                "CF_YXQ": "2099-12-31",
                "Header_flow": "2b2dec37-0000-4000-8000-0000000000c1",
                "Header_sender": "110112AMR",
                "Header_sn": "20260922000017"
            }
        })
    );
}

#[test]
fn a_batch_costs_only_its_bad_rows() {
    let decoded = decode(BATCH).unwrap();
    let document = serde_json::to_value(&decoded.document).unwrap();
    assert_eq!(document["records"].as_array().unwrap().len(), 1);
    let record = &document["records"][0]["record"];
    assert_eq!(
        (&record["fine"], &record["forfeit"], &record["category"]),
        (&json!(1_000_001), &json!(0), &json!("警告;罚款"))
    );
    assert_eq!(record["party"]["name"], "北京漷南㛃\u{20164}数智商务服务有限公司");
    assert_eq!(record["decided_on"], "2026-09-08");
    let extra = &record["extra"];
    assert_eq!((&extra["CF_XDR_GSZC"], &extra["CF_XDR_ZZJG"]), (&json!("110112000000242"), &json!("MAYYT002-4")));
    assert_eq!(extra["CF_ZJZT"], "0", "a field that the table does not name");
    assert_eq!(extra.get("CF_XDR_ZZJG_TS"), None);
    let faults: Vec<_> = decoded.document.row_faults.iter().map(|row| (row.row, row.fault.code.as_str())).collect();
    assert_eq!(faults, [(2, "reform.amount-invalid"), (3, "reform.natural-person")]);
    let text = document.to_string();
    for person in ["测试乙", "测试辛", "110112190001080089", "010-00000002"] {
        assert!(!text.contains(person), "{person} is not kept");
    }
}

#[test]
fn older_names_mean_the_same() {
    for (older, name) in [("CF_XDR_GSDJ", "CF_XDR_GSZC"), ("CF_XDR_ZDM", "CF_XDR_ZZJG")] {
        let value = "MAYYT0059";
        let record = only_json(penalty_message(older, value).as_bytes());
        assert_eq!(record["extra"], json!({name: value}), "{older}");
        assert_eq!(only_json(penalty_message(name, value).as_bytes()), record);
    }
    for name in ["CF_FR", "CF_FRDB", "CF_FR_ZJHM", "CF_XDR_ZJLX", "CF_XDR_ZJHM", "CF_FR_ZJLX"] {
        let record = only_json(penalty_message(name, "110112190001050058").as_bytes());
        assert_eq!(record.get("extra"), None, "{name} is not kept");
    }
}

#[test]
fn kinds_of_penalties_are_joined_with_one_sign() {
    for (given, joined, noted) in [
        ("罚款", "罚款", false),
        ("罚款;没收违法所得", "罚款;没收违法所得", false),
        ("罚款； 没收违法所得、没收非法财物 ;;罚款", "罚款;没收违法所得、没收非法财物", false),
        ("警告、通报批评", "警告、通报批评", false),
        ("罚款;记过", "罚款;记过", true),
    ] {
        let record = only_json(penalty_message("CF_CFLB", given).as_bytes());
        assert_eq!(record["category"], joined, "{given}");
        assert_eq!(record["extra"].get("CF_CFLB_TS").is_some(), noted, "{given}");
    }
}

#[test]
fn dates_are_read_in_five_spellings_and_2099_is_a_day_like_others() {
    for text in ["2026/09/08", "2026-9-8", "2026.9.8", "2026年9月8日", "20260908"] {
        assert_eq!(only_json(penalty_message("CF_JDRQ", text).as_bytes())["decided_on"], "2026-09-08", "{text}");
    }
    let record = only_json(penalty_message("CF_GSJZQ", "2099/12/31").as_bytes());
    assert_eq!(record["published_until"], "2099-12-31");
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let text = penalty_message("CF_XDR_SHXYM", code);
        match expected {
            Ok((code, noted)) => {
                let record = only_json(text.as_bytes());
                assert_eq!(record["party"]["uscc"], code, "{label}");
                assert_eq!(record["extra"].get("CF_XDR_SHXYM_TS").is_some(), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(text.as_bytes()).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("CF_XDR_SHXYM")), "{label}");
            }
        }
    }
}

#[test]
fn an_organisation_code_that_contradicts_is_noted() {
    for (code, note) in [
        ("MAYYT0059", None),
        ("mayyt005-9", None),
        ("MAYYT0016", Some("不一致")),
        ("MAYYT0058", Some("校验规则")),
        ("MAYY", Some("校验规则")),
    ] {
        let record = only_json(penalty_message("CF_XDR_ZZJG", code).as_bytes());
        let found = record["extra"].get("CF_XDR_ZZJG_TS").map(ToString::to_string);
        assert_eq!(found.is_some(), note.is_some(), "{code}");
        assert!(note.is_none_or(|note| found.unwrap().contains(note)), "{code}");
    }
}

#[test]
fn another_number_identifies_an_entity_too_but_a_natural_person_never() {
    let without = |more: &str| penalty_message("CF_XDR_SHXYM", "").replace("</fields>", &format!("{more}</fields>"));
    let record = only_json(without("<CF_XDR_GSZC>110112000000242</CF_XDR_GSZC>").as_bytes());
    assert_eq!(record["party"], json!({"name": "北京台湖安居餐饮管理有限公司"}));
    for more in [
        "<CF_XDR_LB>自然人</CF_XDR_LB><CF_XDR_GSZC>110112000000242</CF_XDR_GSZC>",
        "<CF_XDR_ZJHM>110112190001050058</CF_XDR_ZJHM>",
    ] {
        let fault = only_row_fault(without(more).as_bytes()).fault;
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("reform.natural-person", Some("CF_XDR_LB")));
    }
    let trader = penalty_message("CF_XDR_LB", "自然人").replace("北京台湖安居餐饮管理有限公司", "测试戊");
    let record = only_json(trader.as_bytes());
    assert_eq!(record["party"], json!({"uscc": "91110112MAYYT0059L"}), "a trader's own name is not kept");
}

#[test]
fn restorations_and_answers_are_read() {
    assert_eq!(
        only_json(RESTORATION),
        json!({
            "kind": "restoration", "schema_version": 1, "reference": "XF-110112-2026-0007",
            "party": {"name": "北京台湖安居餐饮管理有限公司", "uscc": "91110112MAYYT0059L"},
            "restores": "京通市监处罚〔2026〕0789号", "decided_on": "2026-12-30",
            "extra": {
                "Header_flow": "2b2dec37-0000-4000-8000-000000000031", "Header_sender": "110112NDRC",
                "Header_sn": "20261230000031", "LHCJ_BH": "LHCJ-2026-0003",
                "XF_JG": "北京市通州区发展和改革委员会（测试）", "XF_XXLX": "行政处罚",
                "XF_YY": "已缴纳罚款并完成登记变更，公示已满三个月"
            }
        })
    );
    assert_eq!(
        serde_json::to_value(decode(FEEDBACK).unwrap().document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "FGFK-12", "assignment": "TZ-2026-0000017/1",
                "result": "done", "text": "已推送信用中国平台公示。", "at": "2026-09-22T15:00:00+08:00"
            }},
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "20260922000041-2",
                "assignment": "TZ-2026-0000017/2", "result": "returned",
                "text": "不属于信用主管部门职责，请转行业主管部门。"
            }}
        ]})
    );
    assert_eq!(
        only_json(MEASURE),
        json!({
            "kind": "measure_feedback", "schema_version": 1, "reference": "FGCJ-3", "request": "LHCJ-2026-0003",
            "applied": true, "text": "已限制申报财政性资金项目。", "at": "2026-09-24T09:30:00+08:00"
        })
    );
    let refused = "<fields><LHCJ_BH>R1</LHCJ_BH><LHCJ_ZX>0</LHCJ_ZX><FK_NR>无此类项目</FK_NR></fields>";
    let record = only_json(message("LHCJFK", refused).as_bytes());
    assert_eq!((&record["applied"], &record["reference"]), (&json!(false), &json!("out-0001-1")));
    for (code, result) in [("1", "accepted"), ("3", "in_progress")] {
        let row = format!("<fields><FK_PQBH>T/1</FK_PQBH><FK_JG>{code}</FK_JG></fields>");
        assert_eq!(only_json(message("CLFK", &row).as_bytes())["result"], result);
    }
}

#[test]
fn receipts_are_read() {
    let row = "<fields><HZ_XXBS>out-0001</HZ_XXBS><HZ_JG>2</HZ_JG><HZ_CWDM>x</HZ_CWDM><HZ_NR>部分接收</HZ_NR>\
               <HZ_HX><HH>1</HH><CWDM>E01</CWDM><CWMS>缺少地址</CWMS></HZ_HX></fields>";
    assert_eq!(
        only_json(message("HZ", row).as_bytes()),
        json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
            "outcome": "partial", "code": "x", "text": "部分接收",
            "rows": [{"row": 1, "code": "E01", "text": "缺少地址"}]
        })
    );
    for (code, outcome) in [("1", "accepted"), ("3", "refused")] {
        let row = format!("<fields><HZ_XXBS>m</HZ_XXBS><HZ_JG>{code}</HZ_JG></fields>");
        assert_eq!(only_json(message("HZ", &row).as_bytes())["outcome"], outcome);
    }
}

#[test]
fn items_are_called_as_the_link_says() {
    let uuid = "7f6a1b52-0000-4000-8000-000000000001";
    let bytes = String::from_utf8_lossy(PENALTY).replace(">XZCF<", &format!(">{uuid}<")).into_bytes();
    assert_eq!(decode(&bytes).unwrap_err().code, "reform.item-unknown");
    let decoded = decode_with(&bytes, json!({"item_penalty": uuid})).unwrap();
    assert_eq!(decoded, decode(PENALTY).unwrap());
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for bytes in [PENALTY, PENALTY_TABLE, BATCH, CHINESE_TABLE, RESTORATION, FEEDBACK, MEASURE] {
        assert_eq!(decode(bytes), decode(bytes));
    }
    assert_eq!(DevelopmentReform::describe().id, "development-reform");
}
