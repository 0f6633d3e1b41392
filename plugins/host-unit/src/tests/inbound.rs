//! What good messages become.

use super::*;

#[test]
fn answers_to_interviews_and_orders_become_feedback() {
    let document = decode(ANSWERS).unwrap().document;
    assert_eq!(
        serde_json::to_value(&document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "ZGC-FK-12", "assignment": "TZ-2026-0000017/1",
                "result": "in_progress", "at": "2026-09-28T15:30:00+08:00",
                "text": "已参加约谈，正在逐户督促补报年报。\n所答复的事项：约谈\n集群注册地址编号：JQ-110112009-0003\n\
                         约谈日期：2026-09-25\n计划完成日期：2026-10-20"
            }},
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "ZGC-20260928-0001-2",
                "assignment": "TZ-2026-0000018/1", "result": "done",
                "text": "已督促5户公示实际经营场所。\n所答复的事项：限期改正\n改正完成日期：2026-09-27\n\
                         已核查的经营主体户数：86\n已改正的经营主体户数：5",
                "attachments": [{
                    "kind": "pdf", "algorithm": "sm3", "bytes": 20481,
                    "digest": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
                }]
            }},
            {"row": 3, "record": {
                "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
                "outcome": "accepted", "text": "约谈通知已收到"
            }}
        ]})
    );
    let bare = json!({"type": "feedback", "assignment": "T/1", "result": "accepted"});
    let record = serde_json::to_value(only_record(&message(&[bare]))).unwrap();
    assert_eq!((record.get("text"), &record["result"]), (None, &json!("accepted")));
    let bare = json!({"type": "feedback", "assignment": "T/1", "result": "done", "order": "cancel"});
    let record = serde_json::to_value(only_record(&message(&[bare]))).unwrap();
    assert_eq!(record["text"], "所答复的事项：取消集群注册地址");
}

#[test]
fn tenants_become_entries_of_the_links_host_unit() {
    let document = decode(TENANTS).unwrap().document;
    assert_eq!(document.records.iter().map(|row| row.row).collect::<Vec<_>>(), [1, 3]);
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!((fault.row, fault.fault.code.as_str()), (2, "uscc.check-character"));
    assert_eq!(fault.fault.offset, Some(TENANTS.find("91110112MAYYT00243").unwrap() as u64));
    assert_eq!(
        serde_json::to_value(&document.records[0].record).unwrap(),
        json!({
            "kind": "ledger_entry", "schema_version": 1, "subject": "tenant", "reference": "DA-2025-000018",
            "party": {
                "name": "北京通信达汇供应链管理有限公司", "uscc": "91110112MAYYT0067F", "town": "110112009",
                "address": "北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0018号"
            },
            "operator_unit": "北京潞源汇智企业服务有限公司", "cluster_address": "JQ-110112009-0003",
            "confirmed_on": "2026-09-27", "status": "active",
            "extra": {
                "annual_report_year": "2024", "contacts_dropped": "1", "host_unit_number": "ZB-0101",
                "message_number": "ZGC-20260928-0002", "self_published": "false", "visit_result": "lost",
                "visited_on": "2026-09-01"
            }
        })
    );
    let settings = json!({"host_unit_number": "ZB-0101", "host_unit_name": "中关村通州园管理委员会"});
    let known = decode_with(TENANTS, settings).unwrap().document;
    let Record::LedgerEntry(entry) = &known.records[1].record else { panic!("an entry was wanted") };
    assert_eq!(entry.host_unit.as_deref(), Some("中关村通州园管理委员会"));
    assert_eq!(entry.extra["remark"], "迁至漷县镇㛃家村");
}

#[test]
fn the_name_comes_from_the_link_and_only_else_from_the_message() {
    let text = message(&[tenant()]).replace("\"ZB-0101\"", "\"ZB-0101\",\"host_unit\":\"甲管委会\"");
    let host = |settings: Value| match &decode_with(&text, settings).unwrap().document.records[0].record {
        Record::LedgerEntry(entry) => entry.host_unit.clone(),
        _ => None,
    };
    assert_eq!(host(Value::Null).as_deref(), Some("甲管委会"));
    assert_eq!(host(json!({"host_unit_name": "乙管委会"})).as_deref(), Some("乙管委会"));
    assert_eq!(only_entry(tenant()).host_unit, None);
}

#[test]
fn personal_and_unknown_members_are_not_kept() {
    let row = with(tenant(), json!({"contacts": [{"name": "测试己"}], "host_unit": "丙", "mobile": "13000000006"}));
    let entry = only_entry(row);
    assert_eq!((&*entry.extra["contacts_dropped"], &*entry.extra["unread_members"]), ("1", "host_unit、mobile"));
    assert_eq!(entry.host_unit, None, "a row cannot name another host unit");
    assert!(!format!("{entry:?}").contains("测试己") && !format!("{entry:?}").contains("1300000"));
}

#[test]
fn rare_characters_arrive_whole() {
    let name = "漷㛃\u{20164}堃镕";
    assert_eq!(only_entry(with(tenant(), json!({"name": name}))).party.name.as_deref(), Some(name));
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    for (code, expected) in [
        ("91110112mayyt00167", Ok("91110112MAYYT00167")),
        ("\t91110112 MAYYT00167", Ok("91110112MAYYT00167")),
        ("'91110112MAYYT00167", Ok("91110112MAYYT00167")),
        ("91340600MA2PBP2120", Ok("91340600MA2PBP2120")),
        ("9111O112MAYYT00167", Err("uscc.character")),
        ("91110112MAYYT0016", Err("uscc.length")),
        ("91110112MAYYT00168", Err("uscc.check-character")),
    ] {
        let row = with(tenant(), json!({"uscc": code}));
        match expected {
            Ok(code) => assert_eq!(only_entry(row).party.uscc.unwrap().as_str(), code),
            Err(fault) => assert_eq!(only_row_fault(&message(&[row])).fault.code, fault, "{code}"),
        }
    }
    assert!(only_entry(with(tenant(), json!({"uscc": "91110112MAYYT0010L"}))).extra.contains_key("uscc_note"));
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for text in [ANSWERS, TENANTS] {
        assert_eq!(decode(text), decode(text));
    }
    assert_eq!(HostUnit::describe(), HostUnit::describe());
    assert_eq!(HostUnit::describe().id, "host-unit");
}
