//! Wrong data: every problem at once, each with its place.

use xiezhi_engine::{AgencyProfile, Engine, EngineData, ReceiptMode, Route};
use xiezhi_model::calendar::YearCalendar;
use xiezhi_model::policy::PolicyDocument;

use crate::support::{agency, policy, shipped};

const WRONG: &str = r#"
id = "wrong"
version = "1"
title = "t"
source = "s"
effective_from = "2026-06-01"
effective_to = "2026-12-31"
category = [{ id = "a", name = "甲类" }, { id = "a", name = "甲类" }, { id = "unrouted", name = "x" }]
reminders = { count_max = 99, interval = { amount = 0, unit = "working_day" } }
steps = { accept = { amount = 0, unit = "hour" }, verify = { amount = 5, unit = "working_day" } }

[[rule]]
id = "r1"
version = 1
clause = "5.3.9(1)"
kinds = ["finding", "feedback"]
when = "recrod.issue.code == 'a' && shout(record.titel)"
category = "b"
reason = " "
effective_from = "2027-01-01"
assign = [
    { to = "harbour", role = "lead", clock = { amount = 0, unit = "hour" } },
    { to = "mute", role = "co", clock = { amount = 2000, unit = "hour" }, next = ["harbour", "mute", "@sender"] },
    { to = "mute", role = "co", clock = { amount = 1, unit = "hour" } },
]

[[rule]]
id = "r1"
version = 1
clause = "5.3.9(1)"
kinds = []
when = "record.title =="
category = "a"
reason = "x"
effective_from = "2026-08-01"
effective_to = "2026-07-01"
"#;

fn problems(data: EngineData) -> Vec<String> {
    Engine::new(data).map(|_| Vec::new()).unwrap_or_else(|found| found.iter().map(ToString::to_string).collect())
}

#[test]
fn a_wrong_policy_is_told_everything() {
    let mut data = shipped();
    data.policies = vec![toml::from_str(WRONG).unwrap()];
    data.agencies.push(AgencyProfile {
        id: agency("mute"),
        name: "哑".to_owned(),
        route: Route::Linked,
        receipts: ReceiptMode::Never,
        writes: vec!["receipt".to_owned()],
        host_unit: None,
        town: None,
    });
    let found = problems(data);
    let wanted = [
        "wrong: category[a]: is there twice: keep one",
        "wrong: category[unrouted]: is the engine's own category for findings without a rule: choose another id",
        "wrong: reminders.interval.amount: is 0, outside 1 to 1000",
        "wrong: steps.accept.amount: is 0, outside 1 to 1000",
        "wrong: reminders.count_max: is more than 20",
        "wrong: rule[r1].category: unknown category b: add it or correct it",
        "wrong: rule[r1].reason: is empty: the case history shows it",
        "wrong: rule[r1].kinds: rules cannot look at records of kind feedback",
        "wrong: rule[r1].effective_from: the rule's dates lie outside the policy's: it never applies",
        "wrong: rule[r1].assign[0].clock.amount: is 0, outside 1 to 1000",
        "wrong: rule[r1].assign[0].to: unknown agency harbour: add config/agencies/harbour.toml",
        "wrong: rule[r1].assign[1].clock.amount: is 2000, outside 1 to 1000",
        "wrong: rule[r1].assign[1].to: the plugin of mute cannot write assignment records",
        "wrong: rule[r1].assign[1].next[0]: unknown agency harbour: add config/agencies/harbour.toml",
        "wrong: rule[r1].assign[1].next[1]: mute is named before: nobody gets an assignment twice",
        "wrong: rule[r1].assign[1].next[1]: the plugin of mute cannot write assignment records",
        "wrong: rule[r1].assign[2].to: mute is assigned twice by this rule",
        "wrong: rule[r1].assign[2].to: the plugin of mute cannot write assignment records",
        "wrong: rule[r1].id: is there twice: ids are unique in a policy",
        "wrong: rule[r1].kinds: is empty: the rule would never be tried",
        "wrong: rule[r1].effective_to: is before effective_from",
        "wrong: rule[r1].assign: is empty: nobody would have to act",
        "wrong: rule[r1].when: unknown variable recrod: a condition sees record and sender",
        "wrong: rule[r1].when: unknown function shout: use one of contains, endsWith, int, size, startsWith, string",
        "wrong: rule[r1].when: a record of kind finding or feedback has no field titel",
    ];
    assert_eq!(&found[..wanted.len()], wanted);
    assert_eq!(found.len(), wanted.len() + 1, "{found:?}");
    assert!(found[wanted.len()].starts_with("wrong: rule[r1].when: does not compile"), "{found:?}");
}

#[test]
fn empty_and_overlapping_data_is_refused() {
    let empty: PolicyDocument = toml::from_str(
        "id = 'e'\nversion = '1'\ntitle = 't'\nsource = 's'\neffective_from = '2026-02-01'\n\
         effective_to = '2026-01-01'\nreminders = { count_max = 1, interval = { amount = 1, unit = 'hour' } }",
    )
    .unwrap();
    let mut newer = policy();
    newer.version = "2026.2".to_owned();
    let mut calendar = shipped().calendars.remove(1);
    calendar.make_up.push(calendar.off[0]);
    let wrong_day: YearCalendar =
        toml::from_str("year = 2025\nsource = 's'\noff = ['2026-01-01']\nmake_up = ['2025-01-02']").unwrap();
    let mut data = shipped();
    data.policies = vec![empty, policy(), newer];
    data.calendars = vec![calendar.clone(), calendar, wrong_day];
    data.agencies.push(AgencyProfile { name: String::new(), ..data.agencies[0].clone() });
    let township = data.agencies.iter().find(|agency| agency.town.is_some()).unwrap().clone();
    data.agencies.push(AgencyProfile { id: agency("township-other"), writes: Vec::new(), ..township });
    let found = problems(data);
    for wanted in [
        "e: effective_to: is before effective_from: no rule ever applies",
        "e: rule: there is none: every finding would wait for a person",
        "tongzhou-cluster-address: effective_from: tongzhou-cluster-address@2026.1 and \
         tongzhou-cluster-address@2026.2 apply on the same days: end the older one before the newer one begins",
        "calendar/2026: year: there are two tables for this year: keep one",
        "calendar/2026: make_up: 2026-01-01 is also off: it can only be one of them",
        "calendar/2026: make_up: 2026-01-01 is no Saturday or Sunday, so it needs no making up",
        "calendar/2025: off: 2026-01-01 is not in 2025",
        "calendar/2025: make_up: 2025-01-02 is no Saturday or Sunday, so it needs no making up",
        "agencies: agency[police]: is there twice: keep one",
        "agencies: agency[police].name: is empty: give the Chinese name",
        "agencies: agency[township-other].town: 110112009 is also another agency's: `@town` must find one",
        "tongzhou-cluster-address: rule[5.3.9-1-illegal-building].assign[1].to: the plugin of township-other cannot write \
         assignment records",
    ] {
        assert!(found.iter().any(|problem| problem == wanted), "{wanted}\n{found:#?}");
    }
}

#[test]
fn a_newer_version_may_follow_an_older_one() {
    let day = |text: &str| xiezhi_model::CivilDate::parse(text).unwrap();
    let mut older = policy();
    older.effective_to = Some(day("2026-06-30"));
    let mut newer = policy();
    newer.version = "2026.2".to_owned();
    newer.effective_from = day("2026-07-01");
    let engine = Engine::new(EngineData { policies: vec![older, newer], ..shipped() }).unwrap();
    assert_eq!(engine.rules_active(day("2026-06-30")), engine.rules_active(day("2026-07-01")));
}
