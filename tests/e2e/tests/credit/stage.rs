//! What the tests share: a gateway that publishes to a simulator, cases of lost contact, and people who decide.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::{Answer, CreditSim, Gateway, GatewayOptions, load, wait_until};

pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// 通过登记的住所或者经营场所无法联系.
pub(crate) const CAUSE: &str = "4";
/// 已重新取得联系.
pub(crate) const REMOVAL_CAUSE: &str = "5";

/// A gateway and its people.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
}

/// Settings under which a test need not wait long for another try.
pub(crate) fn quick() -> GatewayOptions {
    GatewayOptions::default()
        .with("XIEZHI__RELAY__BACKOFF_BASE_MS", "20")
        .with("XIEZHI__RELAY__BACKOFF_CAP_MS", "200")
        .with("XIEZHI__RELAY__BREAKER_OPEN_MS", "100")
        .with("XIEZHI__RELAY__POLL_MS", "50")
}

impl Stage {
    /// A gateway that publishes to `sim`, with further lines of `[link.credit]`.
    pub(crate) fn start(sim: &CreditSim, keys: &str) -> anyhow::Result<Self> {
        Self::start_at(sim.url(), keys, GatewayOptions::default())
    }

    /// As [`Stage::start`], at an address.
    pub(crate) fn start_at(url: &str, keys: &str, options: GatewayOptions) -> anyhow::Result<Self> {
        let mut settings = quick();
        settings.settings.extend(options.settings);
        settings.environment.extend(options.environment);
        let mut gateway = Gateway::prepare(settings)?;
        gateway.publish_to(url, &format!("timeout_ms = 700\n{keys}"))?;
        gateway.launch()?;
        for (name, role) in [("officer-a", "officer"), ("officer-b", "officer"), ("reviewer-c", "reviewer")] {
            gateway.add_person(name, role)?;
        }
        Ok(Self { gateway })
    }

    /// A case of lost contact about the `n`th invented enterprise, as the police reports it.
    pub(crate) fn case(&self, n: usize) -> anyhow::Result<String> {
        let pushed = self.gateway.client("police")?.push(&load::police_clue(n, 1), Some(&format!("clue-{n}")))?;
        ensure!(pushed.status == 202, "{}", pushed.text);
        let uscc = load::uscc(n);
        let found = wait_until(LIMIT, || {
            let cases = self.gateway.json(&["case", "list", "--category", "lost_contact"]).ok()?;
            let of_it = cases.as_array()?.iter().find(|case| case["party"]["uscc"] == uscc.as_str())?;
            of_it["number"].as_str().map(str::to_owned)
        });
        found.context("no case")
    }

    /// Has the first officer propose an act; its answer.
    pub(crate) fn try_propose(
        &self,
        case: &str,
        kind: &str,
        cause: &str,
        takes_back: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let mut terms = json!({"cause": cause});
        if let Some(act) = takes_back {
            terms["takes_back"] = act.into();
        }
        let request = json!({"case_number": case, "kind": kind, "reason": "两次现场核查及专用信函均无法取得联系", "terms": terms});
        self.gateway.person("officer-a")?.post("/v1/acts", &request)
    }

    /// Has the first officer propose an act and the same one examine it: its number.
    pub(crate) fn propose(
        &self,
        case: &str,
        kind: &str,
        cause: &str,
        takes_back: Option<&str>,
    ) -> anyhow::Result<String> {
        let proposed = self.try_propose(case, kind, cause, takes_back)?;
        ensure!(proposed.status == 201, "{}", proposed.text);
        let id = proposed.json["id"].as_str().context("no id")?.to_owned();
        let examined = self.gateway.person("officer-a")?.post(&format!("/v1/acts/{id}/approve"), &json!({}))?;
        ensure!(examined.status == 200, "{}", examined.text);
        Ok(id)
    }

    /// Has the reviewer approve an act, which decides it.
    pub(crate) fn approve(&self, act: &str) -> anyhow::Result<()> {
        let decision = json!({"decision": format!("京通市监〔2026〕{act}号")});
        let decided = self.gateway.person("reviewer-c")?.post(&format!("/v1/acts/{act}/approve"), &decision)?;
        ensure!(decided.status == 200, "{}", decided.text);
        Ok(())
    }

    /// An act as it is.
    pub(crate) fn show(&self, act: &str) -> anyhow::Result<Value> {
        self.gateway.json(&["act", "show", act])
    }

    /// Waits until the credit system's answer to an act stands so: the act then.
    pub(crate) fn wait_for(&self, act: &str, status: &str) -> anyhow::Result<Value> {
        let person = self.gateway.person("officer-a")?;
        let mut seen = Value::Null;
        let found = wait_until(LIMIT, || {
            seen = person.get(&format!("/v1/acts/{act}")).ok()?.json;
            (seen["answers"][0]["status"] == status).then(|| seen.clone())
        });
        found.with_context(|| format!("{act} is not {status}: {seen}; the log:\n{}", self.gateway.log_tail()))
    }

    /// Waits until nothing is left to be read or sent.
    pub(crate) fn wait_until_quiet(&self) -> anyhow::Result<()> {
        let quiet = wait_until(LIMIT, || {
            let status = self.gateway.json(&["status"]).ok()?;
            (status["inbox_pending"] == 0 && status["outbox_pending"] == 0).then_some(())
        });
        quiet.context("the gateway does not come to rest")
    }

    /// An act command as a person: exit code and everything that it printed.
    pub(crate) fn act(&self, arguments: &[&str], person: &str) -> anyhow::Result<(Option<i32>, String)> {
        self.gateway.run_as(person, &[&["act"], arguments].concat())
    }

    /// A listing's entry at the simulator.
    pub(crate) fn entry(&self, sim: &CreditSim, listing: &str) -> anyhow::Result<Value> {
        let (state, key) = (sim.state()?, entry_key(listing));
        let entries = state["entries"].as_array().context("no entries")?;
        entries.iter().find(|entry| entry["key"] == key.as_str()).cloned().with_context(|| format!("{key} in {state}"))
    }

    /// Waits until the act says that its message was given up: the message's id.
    pub(crate) fn wait_until_stopped(&self, act: &str) -> anyhow::Result<String> {
        let stopped = wait_until(LIMIT, || {
            let shown = self.gateway.run(&["act", "show", act]).ok()?;
            let shown = String::from_utf8(shown.stdout).ok()?;
            let (_, id) = shown.split_once("xiezhi message redrive ")?;
            Some(id.lines().next()?.trim().to_owned())
        });
        stopped.context("the act does not say that its message was given up")
    }

    /// Waits until the act has its answer, or its message was given up; then a person has it sent again under its number.
    pub(crate) fn redrive_if_given_up(&self, act: &str) -> anyhow::Result<()> {
        let is_stopped = wait_until(LIMIT, || {
            let answer = self.show(act).ok()?["answers"][0].take();
            let is_stopped = answer["stopped"].is_object();
            (is_stopped || answer["status"] == "applied").then_some(is_stopped)
        });
        if is_stopped.context("the act has no answer, and its message was not given up")? {
            let redriven = self.gateway.run(&["message", "redrive", &self.wait_until_stopped(act)?])?;
            ensure!(redriven.status.success(), "{}", String::from_utf8_lossy(&redriven.stderr));
        }
        Ok(())
    }
}

/// What the credit system knows a listing's entry by.
pub(crate) fn entry_key(listing: &str) -> String {
    listing.replace('/', "-")
}
