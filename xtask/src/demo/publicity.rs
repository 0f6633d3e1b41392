//! The demo's publication: the lost-contact case that four departments reported is listed by two persons, published to a simulator of
//! the credit system, and removed again; and the case tells it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::{CreditSim, Gateway, wait_until};

use super::scenario::SHARED_ENTITY;
use super::summary::Summary;
use crate::run::progress;

/// Longest wait for a receipt.
const LIMIT: Duration = Duration::from_secs(60);
/// Who proposes and examines, and who decides.
const OFFICER: &str = "wang-lan";
const REVIEWER: &str = "chen-yu";

/// What came of it.
pub(super) struct Published {
    /// What the case's history says, as `xiezhi case show` prints it.
    story: String,
    /// What did not happen as expected.
    pub(super) differences: Vec<String>,
}

impl Published {
    /// Prints the story.
    pub(super) fn print(&self) {
        println!("\nthe case that was published and removed, as `xiezhi case show` tells it:");
        for line in self.story.lines() {
            println!("  {line}");
        }
    }
}

/// Has the case's enterprise listed and removed.
pub(super) fn publish(gateway: &Gateway, sim: &CreditSim, summary: &Summary) -> anyhow::Result<Published> {
    let is_it = |case: &&Value| at(case, "/category") == "lost_contact" && at(case, "/party/uscc") == SHARED_ENTITY;
    let case = summary.cases.iter().find(is_it).and_then(|case| at(case, "/number").as_str());
    let case = case.context("no case to publish")?;
    gateway.add_person(OFFICER, "officer")?;
    gateway.add_person(REVIEWER, "reviewer")?;
    progress("two persons list the enterprise that four departments cannot reach, and remove it again");
    let listing = match proposed(gateway, case)? {
        Some(act) => act,
        None => propose(gateway, case, &json!({"cause": "4"}), "list_in", "四个部门核查均无法取得联系")?,
    };
    let preview = gateway.json(&["act", "preview", &listing])?;
    decide(gateway, &listing, "京通市监列异〔2026〕1号")?;
    let mut differences = Vec::new();
    let seen = sim.public(SHARED_ENTITY)?;
    for column in ["企业名称", "列入经营异常名录原因", "作出决定机关(列入)"] {
        let (seen, preview) = (at(&seen, &format!("/0/{column}")), at(&preview, &format!("/{column}")));
        if seen != preview {
            differences.push(format!("a visitor sees {column} {seen}, the preview showed {preview}"));
        }
    }
    let terms = json!({"cause": "5", "takes_back": listing});
    let removal = propose(gateway, case, &terms, "list_out", "已通过登记的住所重新取得联系")?;
    decide(gateway, &removal, "京通市监移异〔2026〕1号")?;
    let state = sim.state()?;
    let found = ["/applied", "/refused", "/entries/0/status"].map(|pointer| at(&state, pointer));
    if found != [&json!(2), &json!(0), &json!("removed")] {
        differences.push(format!("the credit system should hold one removed entry: {state}"));
    }
    let story = gateway.run(&["case", "show", case])?;
    Ok(Published { story: String::from_utf8(story.stdout)?, differences })
}

/// The listing that the policy has proposed already, where it has.
fn proposed(gateway: &Gateway, case: &str) -> anyhow::Result<Option<String>> {
    let acts = gateway.json(&["act", "list", "--case", case, "--status", "proposed"])?;
    let listing = acts.as_array().into_iter().flatten().find(|act| at(act, "/kind") == "list_in");
    Ok(listing.and_then(|act| at(act, "/id").as_str()).map(str::to_owned))
}

fn propose(gateway: &Gateway, case: &str, terms: &Value, kind: &str, reason: &str) -> anyhow::Result<String> {
    let request = json!({"case_number": case, "kind": kind, "reason": reason, "terms": terms});
    let answer = gateway.person(OFFICER)?.post("/v1/acts", &request)?;
    ensure!(answer.status == 201, "{kind} was not proposed: {}", answer.text);
    Ok(at(&answer.json, "/id").as_str().context("the act has no number")?.to_owned())
}

/// Both persons approve; returns when the credit system's receipt is there.
fn decide(gateway: &Gateway, act: &str, decision: &str) -> anyhow::Result<()> {
    let path = format!("/v1/acts/{act}/approve");
    for (person, body) in [(OFFICER, json!({})), (REVIEWER, json!({"decision": decision}))] {
        let answer = gateway.person(person)?.post(&path, &body)?;
        ensure!(answer.status == 200, "{person} did not approve {act}: {}", answer.text);
    }
    let person = gateway.person(OFFICER)?;
    let public = wait_until(LIMIT, || {
        let shown = person.get(&format!("/v1/acts/{act}")).ok()?.json;
        (at(&shown, "/answers/0/status") == "applied").then_some(())
    });
    public.with_context(|| format!("{act} was not published; the log ends:\n{}", gateway.log_tail()))
}

/// What stands at a place of a JSON value; null where nothing does.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}
