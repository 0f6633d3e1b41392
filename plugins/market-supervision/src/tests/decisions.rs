//! What decisions become.

use super::*;

#[test]
fn the_sample_decisions_become_what_they_are() {
    let document = decode(DECISION).unwrap().document;
    assert_eq!(document.row_faults, []);
    let kinds: Vec<_> = document.records.iter().map(|row| (row.row, row.record.kind())).collect();
    assert_eq!(kinds, [(1, "indicator"), (1, "feedback"), (2, "restoration"), (3, "penalty"), (4, "restoration")]);
    let records: Vec<Value> = document.records.iter().map(|row| serde_json::to_value(&row.record).unwrap()).collect();
    assert_eq!(records[0]["period"], "list_in");
    assert_eq!(factors(&records[0]), ["listed.count=1", "1-4.count=1"]);
    assert_eq!(records[0]["extra"]["SpeCauseCN"], "通过登记的住所或者经营场所无法联系");
    assert_eq!(
        records[1],
        json!({"kind": "feedback", "schema_version": 1, "reference": "（测试）市监异列〔2026〕31号",
               "assignment": "TZ-2026-0000017/1", "result": "done",
               "text": "已作出列入经营异常名录决定，文号（测试）市监异列〔2026〕31号", "at": "2026-10-12T00:00:00+08:00"})
    );
    assert_eq!(
        records[2],
        json!({"kind": "restoration", "schema_version": 1, "reference": "（测试）市监异移〔2026〕9号",
               "party": {"name": "北京宋庄画语文化传播有限公司", "uscc": "91110112MAYYT0040P", "town": "110112104"},
               "restores": "（测试）市监异列〔2026〕12号", "decided_on": "2026-10-12",
               "extra": {"MessageNo": "SCJG-20261012-0001", "Sender": "scjg-jg", "DecType": "ListOut",
                         "DecorgCN": "北京市通州区市场监督管理局（测试）", "EntKind": "1", "IsMove": "1", "RemExcpres": "5",
                         "RemExcpresCN": "通过登记的住所或者经营场所可以重新取得联系", "RemoveRea": "已重新取得联系"}})
    );
    assert_eq!(
        records[3],
        json!({"kind": "penalty", "schema_version": 1, "reference": "（测试）市监处罚〔2026〕88号",
               "party": {"name": "北京通信达汇供应链管理有限公司", "uscc": "91110112MAYYT0067F", "town": "110112009"},
               "violation": "提交虚假材料取得公司登记", "category": "罚款", "content": "罚款人民币五万元整", "fine": 5_000_000,
               "decided_on": "2026-10-12", "authority": "北京市通州区市场监督管理局（测试）",
               "legal_basis": "市场主体登记管理条例第四十四条", "published_until": "2029-10-12",
               "extra": {"MessageNo": "SCJG-20261012-0001", "Sender": "scjg-jg", "DecType": "Penalty",
                         "CaseNO": "AJ-2026-0088", "PubFlag": "1"}})
    );
    assert_eq!(records[4]["restores"], "（测试）市监处罚〔2025〕7号");
}

#[test]
fn lost_contact_has_another_code_for_each_kind_of_entity() {
    let listed = |changes: Value| records_of("Decision", changes)[0].clone();
    assert_eq!(listed(json!({}))["extra"]["SpeCauseCN"], "通过登记的住所或者经营场所无法联系");
    let individual = json!({"UniSCID": null, "Dom": "宋庄镇", "EntKind": "2", "SpeCause": "2"});
    assert_eq!(listed(individual)["extra"]["SpeCauseCN"], "通过登记的经营场所或者经营者住所无法联系");
    let farmers = json!({"UniSCID": null, "Dom": "宋庄镇", "EntKind": "3", "SpeCause": "4"});
    assert_eq!(factors(&listed(farmers)), ["listed.count=1", "3-4.count=1"]);
    let own = json!({"list_in_causes": {"1-4": "失联"}});
    assert_eq!(records_with("Decision", json!({}), own)[0]["extra"]["SpeCauseCN"], "失联");
}

#[test]
fn amounts_have_a_unit_and_no_float() {
    let penalty = |changes: Value| {
        let mut row = json!({"DecType": "Penalty", "IllegActType": "违法", "PenType": "罚款"});
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
        records_of("Decision", row)[0].clone()
    };
    for (amount, unit, fen) in [
        (json!("0.000001"), "万元", 1_i64),
        (json!("29.800000"), "万元", 29_800_000),
        (json!("123456789.123456"), "万元", 123_456_789_123_456),
        (json!(5), "万元", 5_000_000),
        (json!("50000.01"), "元", 5_000_001),
        (json!(0), "元", 0),
    ] {
        let record = penalty(json!({"PenAm": amount, "ForfAm": amount, "AmUnit": unit}));
        assert_eq!((&record["fine"], &record["forfeit"]), (&json!(fen), &json!(fen)), "{amount}{unit}");
    }
    assert_eq!(penalty(json!({})).get("fine"), None);
    // As a JSON number too the digits stay as they are written.
    let text = raw(
        "Decision",
        &row("Decision", json!({"DecType": "Penalty", "IllegActType": "违法", "PenType": "罚款", "AmUnit": "元"}))
            .to_string()
            .replacen('{', "{\"PenAm\":90071992547409.93,", 1),
    );
    let record = serde_json::to_value(&decode(text.as_bytes()).unwrap().document.records[0].record).unwrap();
    assert_eq!(record["fine"], 9_007_199_254_740_993_i64);
    let authority = penalty(json!({"DecorgCN": "某局"}));
    assert_eq!(authority["authority"], "某局");
}
