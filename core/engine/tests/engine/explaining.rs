//! Why a record was or was not a rule's, and that the explanation says what the decision does.

use xiezhi_engine::{CaseBook, Consideration, Engine, Outcome, Part};
use xiezhi_model::Record;

use crate::support::{YUNYI, agency, at, clue, decide, engine, message, policy, shipped, urban};

fn explain(engine: &Engine, record: &Record, sender: &str) -> Vec<Consideration> {
    engine.explain(record, &agency(sender), at("2026-09-21 12:00:00").beijing_date())
}

fn of<'a>(considerations: &'a [Consideration], rule: &str) -> &'a Consideration {
    considerations.iter().find(|one| one.rule.id.as_str() == rule).unwrap()
}

#[test]
fn each_rule_of_the_kind_says_why_or_why_not() {
    let engine = engine();
    let found = explain(&engine, &clue("ga-ywlx", "XSYS", "线索移送", YUNYI), "police");
    let kinds = policy().rules.iter().filter(|rule| rule.kinds.iter().any(|kind| kind == "finding")).count();
    assert_eq!(found.len(), kinds);
    assert_eq!(of(&found, "5.3.9-5-transferred-clue").outcome, Outcome::Matches);
    let title = of(&found, "5.3.9-3-false-materials-title");
    assert_eq!(title.outcome, Outcome::ConditionFalse);
    assert!(title.reason.contains("record.title.contains('登记') && (record.title"), "{}", title.reason);
    let Outcome::Differs(differences) = &of(&found, "5.3.9-1-planning-changed-use").outcome else { panic!() };
    assert_eq!(
        differences.iter().map(|one| one.part).collect::<Vec<_>>(),
        [Part::CodeSystem, Part::Code, Part::Sender]
    );
    assert_eq!(
        of(&found, "5.3.9-1-planning-changed-use").reason,
        "编码体系不符：规则要求gz-wflx，本件为ga-ywlx；问题编码不符：规则要求02，本件为XSYS；\
         报送单位不符：规则要求规自分局，本件为区公安分局"
    );
}

#[test]
fn a_rule_of_another_day_and_one_that_cannot_be_judged() {
    let mut data = shipped();
    for rule in &mut data.policies[0].rules {
        match rule.id.as_str() {
            "5.3.9-1-illegal-building" => rule.effective_from = Some(at("2026-10-01 00:00:00").beijing_date()),
            "5.3.9-1-changed-use" => rule.effective_to = Some(at("2026-09-20 00:00:00").beijing_date()),
            "5.3.9-1-street-order" => rule.when = "record.issue.code == '1101120501' && record.title > 1".to_owned(),
            _ => {}
        }
    }
    let engine = Engine::new(data).unwrap();
    let found = explain(&engine, &urban("1101120501", YUNYI, "U1"), "urban-management");
    let reason = |rule: &str| of(&found, rule).reason.as_str();
    assert_eq!(reason("5.3.9-1-illegal-building"), "收到当日规则尚未施行（2026-10-01起施行）");
    assert_eq!(reason("5.3.9-1-changed-use"), "收到当日规则不在施行期内（2026-01-01至2026-09-20）");
    assert_eq!(of(&found, "5.3.9-1-street-order").outcome, Outcome::Undecided("字段类型不符"));
    assert_eq!(reason("5.3.9-1-street-order"), "条件无法判断：字段类型不符");
}

#[test]
fn what_matches_is_what_decides() {
    let engine = engine();
    let samples = [
        ("urban-management", urban("1101120101", YUNYI, "U1")),
        ("urban-management", urban("1101120501", YUNYI, "U2")),
        ("police", clue("ga-xslb", "02", "住所失联", YUNYI)),
        ("police", clue("ga-ywlx", "XSYS", "骗取公司登记案线索", YUNYI)),
        ("fire", clue("ga-xslb", "02", "住所失联", YUNYI)),
    ];
    for (sender, record) in samples {
        let explained: Vec<_> = explain(&engine, &record, sender)
            .into_iter()
            .filter(|one| one.outcome == Outcome::Matches)
            .map(|one| one.rule.id.as_str().to_owned())
            .collect();
        let decision = decide(&engine, &message(1, sender), vec![record], &mut CaseBook::default());
        let decided: Vec<_> = decision
            .settlement
            .cases
            .iter()
            .map(|write| write.case.rule.as_str().to_owned())
            .filter(|rule| rule != "unrouted")
            .collect();
        assert_eq!(explained, decided, "{sender}");
    }
}
