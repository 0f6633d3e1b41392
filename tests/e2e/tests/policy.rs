//! `xiezhi policy test` on the shipped policy: every rule has its case, and what comes out otherwise is said.

use anyhow::Context as _;
use xiezhi_kit::{Gateway, GatewayOptions, place};

const CASES: &str = "config/policy/cases/tongzhou-cluster-address.toml";

/// Runs it on a file or folder: exit code and what it printed.
fn run(gateway: &Gateway, cases: &str) -> anyhow::Result<(Option<i32>, String)> {
    let output = gateway.run(&["policy", "test", cases])?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn the_shipped_cases_come_out_as_they_say_and_try_every_rule() -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    let (code, text) = run(&gateway, &place::root().join(CASES).display().to_string())?;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("0 wrong; 0 rules without a case\n"), "{text}");
    Ok(())
}

#[test]
fn what_comes_out_otherwise_and_what_no_case_tries_is_said() -> anyhow::Result<()> {
    let gateway = Gateway::prepare(GatewayOptions::default())?;
    let shipped = std::fs::read_to_string(place::root().join(CASES))?;
    let folder = gateway.folder().join("cases");
    std::fs::create_dir(&folder)?;
    let file = folder.join("changed.toml");
    let first = shipped.split("\n[[case]]").nth(1).context("no case")?;
    std::fs::write(&file, format!("[[case]]{}", first.replace("2026-10-08", "2026-10-09")))?;
    let (code, text) = run(&gateway, &folder.display().to_string())?;
    assert_eq!(code, Some(1), "{text}");
    for part in ["urban-management/lead/2026-10-09", "urban-management/lead/2026-10-08", "1 cases, 1 wrong"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("no case tries the rule 5.3.9-2-lost-contact-police"), "{text}");
    std::fs::write(&file, "[[case]]\nname = 1\n")?;
    let (code, text) = run(&gateway, &folder.display().to_string())?;
    assert!(code == Some(1) && text.contains("changed.toml is no file of cases"), "{text}");
    Ok(())
}
