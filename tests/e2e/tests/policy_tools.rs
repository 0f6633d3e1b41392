//! `xiezhi policy check`, `explain` and `replay` with the real binary: a mistake is named, a case is explained, and a changed
//! policy shows exactly the cases that it changes.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use xiezhi_kit::{Gateway, GatewayOptions, load, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
const POLICY: &str = "policy/tongzhou-cluster-address.toml";
/// The shipped tables end with 2026.
const UNTIL: &str = "2026-11-30";

/// Runs a command: exit code and what it printed.
fn run(gateway: &Gateway, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
    let output = gateway.run(arguments)?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), String::from_utf8_lossy(&text).into_owned()))
}

/// Changes the policy that the gateway reads.
fn change(gateway: &Gateway, old: &str, new: &str) -> anyhow::Result<()> {
    let file = gateway.folder().join("config").join(POLICY);
    let text = std::fs::read_to_string(&file)?;
    ensure!(text.contains(old), "{old} is not in the policy");
    Ok(std::fs::write(file, text.replacen(old, new, 1))?)
}

/// A copy of the policy folder with some texts replaced.
fn changed_policy(gateway: &Gateway, name: &str, changes: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
    let folder = gateway.folder().join(name);
    std::fs::create_dir(&folder)?;
    let mut text = std::fs::read_to_string(gateway.folder().join("config").join(POLICY))?;
    for (old, new) in changes {
        ensure!(text.contains(old), "{old} is not in the policy");
        text = text.replacen(old, new, 1);
    }
    std::fs::write(folder.join("changed.toml"), text)?;
    Ok(folder)
}

#[test]
fn check_passes_the_shipped_policy_and_names_each_mistake() -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    let (code, text) = run(&gateway, &["policy", "check", "--until", UNTIL])?;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("0 problem(s), 0 error(s)"), "{text}");
    // The year after the last table.
    let (code, text) = run(&gateway, &["policy", "check", "--until", "2027-01-31"])?;
    assert!(code == Some(1) && text.contains("error calendar: calendar/2027"), "{text}");
    change(&gateway, "record.issue.code in ['C', 'D']", "record.issue.code == 'C' && record.issue.code == 'D'")?;
    let (code, text) = run(&gateway, &["policy", "check", "--until", UNTIL])?;
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("error unreachable: tongzhou-cluster-address@2026.1: rule[5.3.9-1-unsafe-building].when"),
        "{text}"
    );
    assert!(text.contains("error unowned: tongzhou-cluster-address@2026.1: category[unsafe_building]"), "{text}");
    let output = gateway.run(&["policy", "check", "--until", UNTIL, "--json"])?;
    let found: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(found["remarks"][0]["topic"], "unreachable", "{found}");
    // What loading refuses is printed too.
    change(&gateway, "record.period ==", "record.perod ==")?;
    let (code, text) = run(&gateway, &["policy", "check", "--until", UNTIL])?;
    assert!(code == Some(1) && text.contains("problem: ") && text.contains("has no field perod"), "{text}");
    assert!(!text.contains("category[pollution_facility_stopped]"), "{text}");
    Ok(())
}

/// Messages of three agencies: a lost contact and a transferred clue of the police, an illegal building of planning.
fn with_cases() -> anyhow::Result<Gateway> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    let messages = [
        ("police", sample("own/police-lost-contact.gb18030.xml")?),
        ("police", load::police_clues(7, &[load::Clue { number: 7, enterprise: 7, class: "01" }])),
        ("planning", load::planning_parcel(8, 8)),
        ("township-luyi", load::township_check(9, 9, "01")),
    ];
    for (index, (agency, body)) in messages.iter().enumerate() {
        let answer = gateway.client(agency)?.push(body, Some(&format!("m-{index}")))?;
        ensure!(answer.status == 202, "{agency}: {}", answer.text);
    }
    let settled = || {
        let done = gateway.json(&["message", "list", "--status", "done"]).ok()?;
        (done.as_array()?.len() == messages.len()).then_some(())
    };
    wait_until(LIMIT, settled).context("the messages are not settled")?;
    gateway.terminate(LIMIT)?;
    Ok(gateway)
}

fn case_of(gateway: &Gateway, category: &str, sender: &str) -> anyhow::Result<Value> {
    let cases = gateway.json(&["case", "list", "--category", category])?;
    let mut cases = cases.as_array().context("no list")?.iter();
    cases.find(|case| case["source_agencies"][0] == sender).cloned().context("no case")
}

#[test]
fn a_case_is_explained() -> anyhow::Result<()> {
    let gateway = with_cases()?;
    let case = case_of(&gateway, "lost_contact", "police")?;
    let number = case["number"].as_str().context("no number")?;
    let (code, text) = run(&gateway, &["policy", "explain", number])?;
    assert_eq!(code, Some(0), "{text}");
    for wanted in [
        "适用　  5.3.9-2-lost-contact-police  五（三）9（2）  “登记住所失联”  通过登记的住所无法取得联系",
        "不适用  5.3.9-1-public-security  五（三）9（1）  “场所不具备治安条件”  问题编码不符：规则要求03，本件为02",
        "不适用  5.3.9-2-lost-contact-letters  五（三）9（2）  “登记住所失联”  编码体系不符：规则要求scjg-slhc，本件为ga-xslb",
        "依据：规则 5.3.9-2-lost-contact-police（tongzhou-cluster-address@2026.1/1），五（三）9（2）",
        "（自2026-09-21起10个工作日）",
        "主办",
    ] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    let explained = gateway.json(&["policy", "explain", number])?;
    let rules = explained["sources"][0]["rules"].as_array().context("no rules")?;
    let outcome = |id: &str| rules.iter().find(|rule| rule["rule"] == id).map(|rule| rule["outcome"].clone());
    assert_eq!(outcome("5.3.9-2-lost-contact-police"), Some("matches".into()));
    assert_eq!(outcome("5.3.9-1-fire-hazard"), Some("differs".into()));
    assert_eq!(explained["assignments"][0]["rule_version"], "tongzhou-cluster-address@2026.1/1");
    let (code, text) = run(&gateway, &["policy", "explain", "TZ-2026-0000009999"])?;
    assert!(code == Some(1), "{text}");
    Ok(())
}

#[test]
fn a_changed_policy_shows_the_cases_that_it_changes() -> anyhow::Result<()> {
    let gateway = with_cases()?;
    let before = gateway.json(&["case", "list"])?;
    let replay = |folder: &PathBuf| -> anyhow::Result<Value> {
        gateway.json(&["policy", "replay", "--with", &folder.display().to_string()])
    };
    let unchanged = replay(&gateway.folder().join("config/policy"))?;
    assert_eq!(unchanged["totals"]["different"], 0, "{unchanged}");
    assert_eq!((&unchanged["totals"]["messages"], &unchanged["totals"]["records"]), (&4.into(), &4.into()));
    assert_eq!(unchanged["differences"], Value::Array(Vec::new()));
    // Lost contact reported by the police has fifteen days instead of ten; 规自's illegal buildings go to another lead.
    let id = "id = \"5.3.9-2-lost-contact-police\"";
    let file = std::fs::read_to_string(gateway.folder().join("config").join(POLICY))?;
    let rule = file.split_once(id).context("no rule")?.1.split("[[rule]]").next().context("no rule")?;
    let planning = "{ to = \"planning\", role = \"lead\", clock = { amount = 7, unit = \"working_day\" } },";
    let changed = changed_policy(
        &gateway,
        "changed",
        &[
            (rule, &rule.replace("amount = 10", "amount = 15")),
            (planning, &planning.replace("\"planning\"", "\"housing\"")),
        ],
    )?;
    let found = replay(&changed)?;
    let lost = case_of(&gateway, "lost_contact", "police")?["number"].clone();
    let building = case_of(&gateway, "illegal_building", "planning")?["number"].clone();
    assert_eq!(found["totals"]["cases"], Value::Array(vec![lost.clone(), building]), "{found}");
    assert_eq!((&found["totals"]["different"], &found["totals"]["same"]), (&2.into(), &2.into()));
    let first = &found["differences"][0];
    assert_eq!(first["present"][0]["case_number"], lost);
    let market = |day: &str| format!("lost_contact 5.3.9-2-lost-contact-police: market-supervision/lead/{day}");
    assert_eq!(first["present"][0]["outcome"], market("2026-10-12"));
    assert_eq!(first["proposed"][0]["outcome"], market("2026-10-19"));
    let (code, text) = run(&gateway, &["policy", "replay", "--with", &changed.display().to_string(), "--limit", "1"])?;
    assert!(code == Some(0) && text.contains("报文1件（其中0件无法解读），记录1条：相同1条，不同0条"), "{text}");
    let (_, text) = run(&gateway, &["policy", "replay", "--with", &changed.display().to_string()])?;
    assert!(text.contains("  现行：illegal_building 5.3.9-1-planning-illegal-building: planning/lead/"), "{text}");
    assert!(text.contains("  拟改：illegal_building 5.3.9-1-planning-illegal-building: housing/lead/"), "{text}");
    let from = ["policy", "replay", "--from", "2026-09-22", "--with", &changed.display().to_string()];
    assert!(run(&gateway, &from)?.1.contains("报文0件"), "nothing was received later");
    assert_eq!(gateway.json(&["case", "list"])?, before);
    let wrong = changed_policy(&gateway, "wrong", &[("to = \"environment\"", "to = \"harbour\"")])?;
    let (code, text) = run(&gateway, &["policy", "replay", "--with", &wrong.display().to_string()])?;
    assert!(code == Some(1) && text.contains("the policy to compare with is not valid"), "{text}");
    Ok(())
}

#[test]
fn parts_of_a_message_are_decided_together_again() -> anyhow::Result<()> {
    let mut gateway = Gateway::start(GatewayOptions::default())?;
    for (id, part) in [("e-1", "own/env-part-1.hj212"), ("e-2", "own/env-part-2.hj212")] {
        let answer = gateway.client("environment")?.push(&sample(part)?, Some(id))?;
        ensure!(answer.status == 202, "{part}: {}", answer.text);
    }
    let settled = || {
        let done = gateway.json(&["message", "list", "--status", "done"]).ok()?;
        (done.as_array()?.len() == 2).then_some(done)
    };
    let messages = wait_until(LIMIT, settled).context("the parts are not settled")?;
    let recorded: u64 = messages.as_array().context("no list")?.iter().filter_map(|one| one["records"].as_u64()).sum();
    gateway.terminate(LIMIT)?;
    let folder = gateway.folder().join("config/policy").display().to_string();
    let totals = &gateway.json(&["policy", "replay", "--with", &folder])?["totals"];
    ensure!(recorded > 0, "{messages}");
    assert_eq!((&totals["records"], &totals["unread"]), (&recorded.into(), &0.into()), "{totals}");
    Ok(())
}
