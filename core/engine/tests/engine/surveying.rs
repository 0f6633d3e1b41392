//! What the survey of a policy finds, and what it must not find.

use xiezhi_engine::survey::{Severity, survey};
use xiezhi_engine::{Engine, EngineData};
use xiezhi_model::CivilDate;
use xiezhi_model::calendar::MissingYear;
use xiezhi_model::policy::PolicyDocument;

use crate::support::shipped;

const HEAD: &str = "version = '1'\ntitle = 't'\nsource = 's'\nreminders = { count_max = 1, interval = { amount = 1, unit = 'hour' } }\n";
const FIRE: &str = "assign = [{ to = 'fire', role = 'lead', clock = { amount = 7, unit = 'working_day' } }]";
const FIRE_CO: &str = "assign = [{ to = 'fire', role = 'co', clock = { amount = 7, unit = 'working_day' } }]";
const FIRE_SLOW: &str = "assign = [{ to = 'fire', role = 'lead', clock = { amount = 9, unit = 'working_day' } }]";
const POLICE: &str = "assign = [{ to = 'police', role = 'lead', clock = { amount = 7, unit = 'working_day' } }]";
const CODE_A: &str = "record.issue.code == 'a'";

fn day(text: &str) -> CivilDate {
    CivilDate::parse(text).unwrap()
}

fn rule(id: &str, when: &str, more: &str) -> String {
    let when = format!("when = \"{when}\"\nreason = 'r'\nclause = '5.3.9(1)'\nversion = 1");
    format!("[[rule]]\nid = '{id}'\nkinds = ['finding']\ncategory = 'c'\n{when}\n{more}\n")
}

fn policy(dates: &str, rules: &[String]) -> PolicyDocument {
    let category = "[[category]]\nid = 'c'\nname = '类'\n";
    toml::from_str(&format!("id = 'p'\n{HEAD}{dates}\n{category}{}", rules.concat())).unwrap()
}

fn data(policies: Vec<PolicyDocument>) -> EngineData {
    EngineData { policies, ..shipped() }
}

/// What the survey says: one line each, without the policy.
fn lines(data: &EngineData) -> Vec<String> {
    let remarks = survey(data, day("2026-06-30"));
    let line = |remark: &xiezhi_engine::survey::Remark| {
        let (severity, topic) = (remark.severity.as_str(), remark.topic.as_str());
        format!("{severity} {topic} {}: {}", remark.path, remark.text)
    };
    remarks.iter().map(line).collect()
}

/// Surveys one open policy with these rules. Each wanted text must stand in one line, and there is no other line.
fn check(rules: &[String], wanted: &[&str]) {
    let data = data(vec![policy("effective_from = '2026-01-01'", rules)]);
    assert!(Engine::new(data.clone()).is_ok(), "{:?}", Engine::new(data).err());
    check_data(&data, wanted);
}

fn check_data(data: &EngineData, wanted: &[&str]) {
    let lines = lines(data);
    assert_eq!(lines.len(), wanted.len(), "{lines:#?}");
    for wanted in wanted {
        assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted} in {lines:#?}");
    }
}

#[test]
fn a_guard_that_admits_nothing_is_unreachable() {
    let ok = rule("ok", CODE_A, FIRE);
    let cases = [
        ("record.issue.code == 'b' && record.issue.code == 'c'", "record.issue.code would have to be two things"),
        ("record.issue.code_system == 'b' && record.issue.code_system in ['c', 'd']", "record.issue.code_system would"),
        ("sender == 'police' && sender == 'fire' && record.title.contains('x')", "sender would have to be"),
        ("sender == 'harbour' && record.issue.code == 'b'", "asks for the sender harbour, and no agency has the id"),
    ];
    for (when, wanted) in cases {
        let wanted = format!("error unreachable rule[bad].when: {wanted}");
        check(&[ok.clone(), rule("bad", when, FIRE)], &[&wanted]);
    }
    // What guards cannot prove is not reported, and one sender of several that is unknown is a note.
    check(
        &[ok.clone(), rule("odd", "record.issue.code == 'b' && record.title == 'x' && record.title == 'y'", FIRE)],
        &[],
    );
    check(
        &[ok, rule("half", "sender in ['fire', 'harbour'] && record.issue.code == 'b'", FIRE)],
        &["note unreachable rule[half].when: asks for the sender harbour, which is no agency"],
    );
    let alone = rule("kind", "record.kind == 'penalty' || record.issue.code == 'b'", FIRE)
        .replace("'finding'", "'penalty', 'finding'");
    check(&[alone], &[]);
}

#[test]
fn a_kind_without_an_issue_cannot_meet_a_guard_on_its_code() {
    let only = |when: &str| rule("no-issue", when, FIRE).replace("'finding'", "'finding', 'penalty'");
    // For findings it can match, so the rule as a whole is no mistake; two such rules meet in findings only.
    check(&[only("record.issue.code == 'b'"), rule("p", "sender == 'fire'", FIRE).replace("finding", "penalty")], &[]);
}

#[test]
fn a_rule_that_an_earlier_one_covers_is_redundant() {
    let wide = rule("wide", "record.issue.code in ['a', 'b']", FIRE);
    let line = "error redundant rule[late].when: wide comes first";
    check(&[wide.clone(), rule("late", CODE_A, FIRE)], &[line]);
    check(&[wide.clone(), rule("late", "record.issue.code == 'b' && record.title.contains('x')", FIRE)], &[line]);
    // The other way round, with another assignment, other days or a condition beyond the guard it is not.
    check(&[rule("late", CODE_A, FIRE), wide.clone()], &["note overlap rule[wide].when"]);
    let both = format!("{}, {}", FIRE.trim_end_matches(']'), POLICE.trim_start_matches("assign = ["));
    check(&[wide.clone(), rule("late", CODE_A, &both)], &["note overlap rule[late].when: wide and this rule"]);
    let dated = rule("wide", "record.issue.code in ['a', 'b']", &format!("effective_from = '2026-03-01'\n{FIRE}"));
    check(&[dated, rule("late", CODE_A, FIRE)], &["note overlap rule[late].when"]);
    let partly = rule("wide", "record.issue.code in ['a', 'b'] && record.title.contains('x')", FIRE);
    check(&[partly.clone(), rule("late", CODE_A, FIRE)], &["both may match the same record from 2026-01-01 on"]);
    check(&[partly.clone(), partly.replace("'wide'", "'late'")], &[line]);
}

#[test]
fn rules_that_can_meet_are_noted_and_others_are_not() {
    let one = rule("one", CODE_A, FIRE);
    let line = "note overlap rule[two].when: one and this rule have one category and both match the same records";
    check(&[one.clone(), rule("two", "sender == 'fire'", FIRE)], &[line]);
    for when in ["record.issue.code == 'b'", "record.issue.code in ['b', 'c'] && record.issue.code_system == 's'"] {
        check(&[one.clone(), rule("two", when, FIRE)], &[]);
    }
    check(&[one.clone(), rule("two", CODE_A, FIRE).replace("finding", "complaint")], &[]);
    let first = rule("one", CODE_A, &format!("effective_to = '2026-02-28'\n{FIRE}"));
    let second = rule("two", CODE_A, &format!("effective_from = '2026-03-01'\n{FIRE_SLOW}"));
    check(&[first, second], &[]);
}

#[test]
fn rules_that_meet_and_say_different_things_conflict() {
    let one = rule("one", CODE_A, FIRE);
    check(
        &[one.clone(), rule("two", "sender == 'fire'", FIRE_SLOW)],
        &["error conflict rule[two].assign: one and this rule, both match the same records from 2026-01-01 on: \
           fire has 7 working days and 9 working days, the first is taken"],
    );
    check(&[one.clone(), rule("two", "sender == 'fire'", FIRE_CO)], &["fire is lead and co, the first is taken"]);
    check(&[one.clone(), rule("two", "sender == 'fire'", POLICE)], &["the case gets two leads, fire and police"]);
    // Beyond the guards nothing is proven: a note.
    let partly = rule("two", "sender == 'fire' && record.title.contains('x')", POLICE);
    check(&[one.clone(), partly], &["note conflict rule[two].assign: one and this rule, where both match a record"]);
    check(&[one, rule("two", "record.issue.code == 'b'", POLICE)], &[]);
}

#[test]
fn days_between_versions_are_a_gap() {
    let rules = [rule("one", CODE_A, FIRE)];
    let version = |dates: &str, version: &str| PolicyDocument { version: version.to_owned(), ..policy(dates, &rules) };
    let old = version("effective_from = '2026-01-01'\neffective_to = '2026-02-28'", "1");
    let line = "error gap effective_to: no version applies from 2026-03-01 to 2026-03-31, before p@2";
    check_data(&data(vec![old.clone(), version("effective_from = '2026-04-01'", "2")]), &[line]);
    check_data(&data(vec![old.clone(), version("effective_from = '2026-03-01'", "2")]), &[]);
    // The next version without a rule for these codes: its cases are noticed.
    let other = [rule("other", "record.issue.code == 'z'", FIRE)];
    let next = PolicyDocument { version: "2".to_owned(), ..policy("effective_from = '2026-03-01'", &other) };
    check_data(&data(vec![old, next]), &["note gap rule[one].id: the rule ends and no rule of c"]);
}

#[test]
fn a_rule_that_ends_without_a_successor_is_noted() {
    let ends = rule("one", CODE_A, &format!("effective_to = '2026-02-28'\n{FIRE}"));
    let other = rule("other", "record.issue.code == 'z'", FIRE);
    let follows = |from: &str| rule("two", CODE_A, &format!("effective_from = '{from}'\n{FIRE}"));
    let line = "note gap rule[one].effective_to: the rule ends and no rule of c for its codes and senders follows from";
    check(&[ends.clone(), other.clone()], &[&format!("{line} 2026-03-01 on")]);
    check(&[ends.clone(), other.clone(), follows("2026-04-01")], &[&format!("{line} 2026-03-01 to 2026-03-31")]);
    check(&[ends.clone(), other.clone(), follows("2026-03-01")], &[]);
    // After the day up to which is looked, nothing is said.
    check(&[ends.replace("2026-02-28", "2026-06-30"), other], &[]);
}

#[test]
fn years_without_a_table_are_found() {
    let mut data = data(vec![policy("effective_from = '2026-01-01'", &[rule("one", CODE_A, FIRE)])]);
    check_data(&data, &[]);
    let texts = |data: &EngineData, until: &str| -> Vec<(Severity, String)> {
        survey(data, day(until)).into_iter().map(|remark| (remark.severity, remark.to_string())).collect()
    };
    assert!(texts(&data, "2026-12-20").is_empty());
    let found = texts(&data, "2026-12-28");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("calendar/2027: year: there is no table, a deadline of one that starts on 2026-12-28"));
    assert_eq!(found[0].0, Severity::Error);
    data.missing_year = MissingYear::Estimate;
    let found = texts(&data, "2027-03-01");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == Severity::Note && found[0].1.contains("one applies in that year"), "{found:?}");
    // Hours need no table.
    let hours = FIRE.replace("working_day", "hour");
    data.policies = vec![policy("effective_from = '2026-01-01'", &[rule("one", CODE_A, &hours)])];
    assert!(texts(&data, "2027-03-01").is_empty());
}

#[test]
fn a_category_that_nobody_leads_is_found() {
    let mut data = data(vec![policy("effective_from = '2026-01-01'", &[rule("one", CODE_A, FIRE_CO)])]);
    let line = "error unowned category[c]: no rule assigns a lead from 2026-01-01 to 2026-06-30";
    check_data(&data, &[line]);
    let category = &mut data.policies[0].rules[0].category;
    *category = "gone".to_owned();
    check_data(&data, &["error unowned category[c]: no rule that can match has it"]);
    // A rule that does not compile is loading's to report; what it would do is not known.
    data.policies = vec![policy("effective_from = '2026-01-01'", &[rule("one", "record.nothing == 'x'", FIRE)])];
    check_data(&data, &[]);
    let late = rule("two", CODE_A, &format!("effective_from = '2026-02-01'\n{FIRE}"));
    check(
        &[rule("one", "record.issue.code == 'b'", FIRE_CO), late],
        &["error unowned category[c]: no rule assigns a lead from 2026-01-01 to 2026-01-31"],
    );
    let parts = [
        rule("one", CODE_A, &format!("effective_to = '2026-01-31'\n{FIRE}")),
        rule("two", CODE_A, &format!("effective_from = '2026-02-01'\n{POLICE}")),
    ];
    check(&parts, &[]);
}

#[test]
fn the_shipped_policy_has_no_error() {
    let remarks = survey(&shipped(), day("2026-11-30"));
    assert!(remarks.is_empty(), "{remarks:#?}");
}

#[test]
fn notes_without_end_are_counted() {
    let rules: Vec<String> = (0..60).map(|n| rule(&format!("r{n}"), &format!("record.title == '{n}'"), FIRE)).collect();
    let remarks = survey(&data(vec![policy("effective_from = '2026-01-01'", &rules)]), day("2026-06-30"));
    assert_eq!(remarks.len(), 1_001);
    assert!(remarks.last().unwrap().text.contains("770 more notes are not listed"), "{:?}", remarks.last());
}
