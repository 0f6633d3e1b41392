//! The shipped policy: what each report becomes.

use serde_json::json;
use xiezhi_engine::CaseBook;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::record::Record;
use xiezhi_model::{CivilDate, Digest};
use xiezhi_ports::InboxOutcome;

use crate::support::{
    XINDA, YUNYI, agency, clue, decide, engine, finish, message, noon, record, sketch, urban, writer,
};

fn facility(state: &str) -> Record {
    record(json!({
        "kind": "indicator", "reference": "QN1", "period": "facility_state",
        "party": {"device": "010000B110112000000003AF"},
        "facilities": [{"facility": "SB1", "state": state}, {"facility": "SB2", "state": "running"}]
    }))
}

/// Each report becomes the case and the messages that `wanted` sketches.
fn check<const N: usize>(cases: [(&str, Record, &str); N]) {
    let engine = engine();
    for (sender, record, wanted) in cases {
        let name = serde_json::to_string(&record).unwrap();
        let decision = decide(&engine, &message(7, sender), vec![record], &mut CaseBook::default());
        let settlement = finish(&engine, decision);
        assert_eq!(settlement.outcome, InboxOutcome::Done, "{name}");
        assert_eq!(sketch(&settlement), wanted, "{name}");
    }
}

#[test]
fn each_urban_event_becomes_its_case() {
    check([
        (
            "urban-management",
            urban("1101120101", YUNYI, "1"),
            "TZ-2026-0000007 illegal_building 5.3.9(1) open v1 +1 [urban-management/lead/assigned]\n\
             -> urban-management assignment",
        ),
        (
            "urban-management",
            urban("1101120198", YUNYI, "1"),
            "TZ-2026-0000007 changed_use 5.3.9(1) open v1 +1 [urban-management/lead/assigned police/co/assigned]\n\
             -> urban-management assignment\n-> police assignment",
        ),
        (
            "urban-management",
            urban("1101120501", YUNYI, "1"),
            "TZ-2026-0000007 street_order 5.3.9(1) open v1 +1 \
             [urban-management/lead/assigned market-supervision/co/assigned]\n-> urban-management assignment",
        ),
        (
            "urban-management",
            urban("1101120699", YUNYI, "1"),
            "TZ-2026-0000007 lost_contact 5.3.9(2) open v1 +1 [market-supervision/lead/assigned]",
        ),
        ("urban-management", urban("1101120102", YUNYI, "1"), "TZ-2026-0000007 unrouted 5.3.9 unrouted v1 +1 []"),
    ]);
}

#[test]
fn each_clue_of_the_police_becomes_its_case() {
    check([
        (
            "police",
            clue("ga-xslb", "02", "无法联系", YUNYI),
            "TZ-2026-0000007 lost_contact 5.3.9(2) open v1 +1 [market-supervision/lead/assigned]\n-> police receipt",
        ),
        (
            "police",
            clue("ga-xslb", "01", "线索", XINDA),
            "TZ-2026-0000007 false_materials 5.3.9(3) open v1 +1 [market-supervision/lead/assigned]\n-> police receipt",
        ),
        (
            "police",
            clue("ga-ywlx", "XSYS", "“测试己”等人涉嫌使用虚假身份证明文件骗取公司登记案线索", XINDA),
            "TZ-2026-0000007 false_materials 5.3.9(3) open v1 +1 [market-supervision/lead/assigned]\n-> police receipt",
        ),
        (
            "police",
            clue("ga-ywlx", "XSYS", "涉嫌非法经营线索", XINDA),
            "TZ-2026-0000007 other_violation 5.3.9(5) open v1 +1 [market-supervision/lead/assigned]\n-> police receipt",
        ),
        (
            "police",
            clue("ga-xslb", "03", "治安条件", XINDA),
            "TZ-2026-0000007 public_security 5.3.9(1) open v1 +1 [police/lead/assigned]\n\
             -> police assignment\n-> police receipt",
        ),
        (
            "police",
            clue("ga-xslb", "99", "其他", XINDA),
            "TZ-2026-0000007 unrouted 5.3.9 unrouted v1 +1 []\n-> police receipt",
        ),
    ]);
}

#[test]
fn a_stopped_facility_and_foreign_codes() {
    check([
        (
            "environment",
            facility("off"),
            "TZ-2026-0000007 pollution_facility_stopped 5.3.9(1) open v1 +1 [environment/lead/assigned]\n\
             -> environment assignment",
        ),
        ("environment", facility("running"), ""),
        // The same code from somebody else is not the police's.
        ("urban-management", clue("ga-xslb", "01", "线索", XINDA), "TZ-2026-0000007 unrouted 5.3.9 unrouted v1 +1 []"),
    ]);
}

#[test]
fn the_history_says_who_why_by_when_and_by_which_rule() {
    let engine = engine();
    let records = vec![urban("1101120198", YUNYI, "11011220260921000902")];
    let decision = decide(&engine, &message(17, "urban-management"), records, &mut CaseBook::default());
    let settlement = finish(&engine, decision);
    let texts: Vec<_> = settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "立案：区城管执法局报送（对方编号11011220260921000902），擅自改变房屋用途经营，涉及特种行业许可，依据五（三）9（1），列为“擅自改变房屋用途经营”",
            "派遣区城管执法局（主办）：擅自改变房屋用途经营，涉及特种行业许可，依据五（三）9（1）；办理期限至2026-10-08 23:59:59（自2026-09-21起7个工作日）",
            "派遣区公安分局（协办）：擅自改变房屋用途经营，涉及特种行业许可，依据五（三）9（1）；办理期限至2026-10-08 23:59:59（自2026-09-21起7个工作日）",
            "未能按规则派遣协办单位：报送内容没有乡镇街道代码，无法确定属地，须人工依据五（三）9（1）分派",
            "共1条记录、0条有误；新开案件1",
        ]
    );
    let [opened, lead, co, town, settled] = settlement.audit.as_slice() else { panic!("five entries") };
    for entry in [opened, lead, co, town] {
        assert_eq!(entry.rule_version.as_deref(), Some("tongzhou-cluster-address@2026.1/2"));
        assert_eq!(entry.rule.as_ref().unwrap().as_str(), "5.3.9-1-changed-use");
        assert_eq!(entry.clause.as_ref().unwrap().as_str(), "5.3.9(1)");
        assert_eq!(entry.case_number.as_ref().unwrap().as_str(), "TZ-2026-0000017");
        assert_eq!(entry.inbox_seq.unwrap().0, 17);
    }
    assert_eq!(opened.plugin_digest, Some(Digest::ZERO), "the plugin that read");
    assert_eq!(settled.plugin_digest, Some(Digest::ZERO));
    assert_eq!(co.plugin_digest, Some(writer()), "the plugin that wrote");
    assert_eq!(co.agency, Some(agency("police")));
    let outgoing = settlement.outgoing.iter().find(|outgoing| outgoing.agency == agency("police")).unwrap();
    assert_eq!(co.message_id.as_ref(), Some(&outgoing.id));
    assert_eq!(co.message_digest, Some(Digest::of(&outgoing.body)));
    assert_eq!((lead.action, settled.action), (AuditAction::CaseAssigned, AuditAction::MessageSettled));
}

#[test]
fn the_assignment_carries_what_the_agency_must_know() {
    let records = vec![urban("1101120198", YUNYI, "902")];
    let decision = decide(&engine(), &message(17, "urban-management"), records, &mut CaseBook::default());
    let json = serde_json::to_value(&decision.drafts[1].record).unwrap();
    let wanted = json!({
        "kind": "assignment", "schema_version": 1, "assignment": "TZ-2026-0000017/2", "case_number": "TZ-2026-0000017",
        "agency": "police", "role": "co", "clause": "5.3.9(1)", "category": "changed_use",
        "category_name": "擅自改变房屋用途经营", "party": {"name": "某公司", "uscc": YUNYI}, "title": "巡查发现",
        "text": "现场情况", "source_agency": "urban-management", "source_reference": "902",
        "assigned_at": "2026-09-21T12:00:00+08:00", "due_at": "2026-10-08T23:59:59.999+08:00"
    });
    assert_eq!(json, wanted);
}

#[test]
fn a_device_becomes_its_enterprise_and_an_old_town_todays() {
    let mut off = facility("off");
    if let Record::Indicator(indicator) = &mut off {
        indicator.party.town = Some(xiezhi_model::town::TownCode::parse("110112005").unwrap());
    }
    let decision = decide(&engine(), &message(1, "environment"), vec![off], &mut CaseBook::default());
    let case = &decision.settlement.cases[0].case;
    assert_eq!(case.join_key, "uscc:91110112MAYYT0032W#pollution_facility_stopped");
    assert_eq!(case.party.name.as_deref(), Some("北京运河新材环保设备有限公司"));
    assert_eq!(case.party.town.as_ref().unwrap().as_str(), "110112120");
    assert_eq!(case.title, "污染治理设施状态：SB1停运、SB2运行");
}

#[test]
fn nothing_personal_reaches_the_audit() {
    let records = vec![clue("ga-ywlx", "XSYS", "“测试㛃”骗取登记", XINDA), clue("ga-xslb", "99", "测试㛃", XINDA)];
    let decision = decide(&engine(), &message(1, "police"), records, &mut CaseBook::default());
    for entry in &decision.settlement.audit {
        assert!(!entry.text.contains("测试") && !entry.text.contains("110112190001"), "{}", entry.text);
    }
}

#[test]
fn rules_apply_from_their_first_day() {
    let engine = engine();
    assert!(engine.rules_active(noon().beijing_date()) >= 10);
    assert_eq!(engine.rules_active(CivilDate::parse("2025-12-31").unwrap()), 0);
    let mut early = message(3, "urban-management");
    early.received_at = crate::support::at("2025-12-31 23:59:59");
    let decision = decide(&engine, &early, vec![urban("1101120101", YUNYI, "1")], &mut CaseBook::default());
    assert_eq!(sketch(&decision.settlement), "TZ-2025-0000003 unrouted 5.3.9 unrouted v1 +1 []");
}
