//! Legal acts through the real binary: a listing and its removal, decided by two persons over HTTP and on the command line, reach
//! the credit system once; nobody gets one out alone.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::{AgencyClient, Gateway, GatewayOptions, OutboxMessage, PASSWORD, PersonClient, sample, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
/// More than the outboxes of these tests hold.
const ALL: usize = 100;

/// A gateway with a case of lost contact and people.
struct Stage {
    gateway: Gateway,
    case_number: String,
}

impl Stage {
    fn start() -> anyhow::Result<Self> {
        let gateway = Gateway::start(GatewayOptions::default())?;
        let mut stage = Self { gateway, case_number: String::new() };
        for (name, role) in
            [("officer-a", "officer"), ("officer-b", "officer"), ("reviewer-c", "reviewer"), ("reviewer-d", "reviewer")]
        {
            stage.gateway.add_person(name, role)?;
        }
        let pushed =
            stage.gateway.client("police")?.push(&sample("own/police-lost-contact.gb18030.xml")?, Some("p-1"))?;
        ensure!(pushed.status == 202, "{}", pushed.text);
        stage.case_number = wait_until(LIMIT, || {
            let cases = stage.gateway.json(&["case", "list", "--category", "lost_contact"]).ok()?;
            cases[0]["number"].as_str().map(str::to_owned)
        })
        .context("no case")?;
        Ok(stage)
    }

    fn person(&self, name: &str) -> anyhow::Result<PersonClient> {
        self.gateway.person(name)
    }

    /// Runs an act command as a person: exit code and everything that it printed.
    fn act(&self, arguments: &[&str], person: &str) -> anyhow::Result<(Option<i32>, String)> {
        self.gateway.run_as(person, &[&["act"], arguments].concat())
    }

    fn history(&self) -> anyhow::Result<Vec<Value>> {
        let shown = self.gateway.json(&["case", "show", &self.case_number])?;
        Ok(shown["history"].as_array().context("no history")?.iter().map(|row| row["entry"].clone()).collect())
    }

    fn listing(&self) -> Value {
        json!({
            "case_number": self.case_number, "kind": "list_in", "terms": {"cause": "4"},
            "reason": "两次现场核查及专用信函均无法取得联系"
        })
    }

    /// Everything that waits for the credit system, without acknowledging it.
    fn publications(&self) -> anyhow::Result<Vec<OutboxMessage>> {
        let mut read = self.credit_system()?.outbox(ALL)?;
        read.retain(|message| message.kind == "publication");
        Ok(read)
    }

    fn credit_system(&self) -> anyhow::Result<AgencyClient> {
        self.gateway.client("credit-publicity")
    }
}

#[test]
fn two_persons_list_and_remove_an_enterprise() -> anyhow::Result<()> {
    let mut stage = Stage::start()?;
    let (officer, reviewer) = (stage.person("officer-a")?, stage.person("reviewer-c")?);
    let proposed = officer.post("/v1/acts", &stage.listing())?;
    assert_eq!(proposed.status, 201, "{}", proposed.text);
    let id = proposed.json["id"].as_str().context("no id")?.to_owned();
    assert_eq!(id, format!("{}/A1", stage.case_number));
    let path = format!("/v1/acts/{id}");
    let approve = |person: &PersonClient, body: &Value| person.post(&format!("{path}/approve"), body);

    // Nobody alone, nobody in the wrong place, nobody twice.
    let denied = |answer: xiezhi_kit::Answer, reason: &str| {
        assert_eq!((answer.status, &answer.json["reason"]), (403, &json!(reason)), "{}", answer.text);
    };
    denied(approve(&reviewer, &json!({"decision": "1号"}))?, "act.role");
    denied(reviewer.post("/v1/acts", &stage.listing())?, "act.role");
    assert_eq!(approve(&officer, &json!({}))?.json["status"], "examined");
    denied(approve(&officer, &json!({"decision": "1号"}))?, "act.role");
    denied(approve(&reviewer, &json!({}))?, "act.text-missing");
    assert_eq!(stage.publications()?.len(), 0, "one approval is not enough");
    let decided = approve(&reviewer, &json!({"decision": "京通市监列异〔2026〕17号"}))?;
    assert_eq!((decided.status, &decided.json["status"]), (200, &json!("decided")), "{}", decided.text);
    denied(approve(&stage.person("reviewer-d")?, &json!({"decision": "2号"}))?, "act.closed");

    // Killed at once: what was decided goes out, and once.
    stage.gateway.kill()?;
    stage.gateway.launch()?;
    let published = wait_until(LIMIT, || {
        let read = stage.publications().ok()?;
        (!read.is_empty()).then_some(read)
    });
    let published = published.context("nothing was published")?;
    assert_eq!(published.len(), 1);
    let text = String::from_utf8(published[0].body.clone())?;
    let key = id.replace('/', "-");
    for part in [key.as_str(), "京通市监列异〔2026〕17号", "北京市通州区市场监督管理局", "<SpeCause>4</SpeCause>"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(stage.credit_system()?.acknowledge(&[published[0].id.clone()])?, 1);

    // The removal, on the command line, names the listing's entry.
    let request = stage.gateway.folder().join("removal.json");
    let removal = json!({
        "case_number": stage.case_number, "kind": "list_out", "reason": "已恢复联系",
        "terms": {"cause": "4", "takes_back": id}
    });
    std::fs::write(&request, removal.to_string())?;
    let second = format!("{}/A2", stage.case_number);
    let (code, text) = stage.act(&["propose", &request.display().to_string()], "officer-b")?;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&second) && text.contains("移出经营异常名录"), "{text}");
    assert_eq!(stage.act(&["approve", &second], "officer-a")?.0, Some(0));
    let (code, text) = stage.act(&["approve", &second, "--decision", "京通市监移出〔2026〕3号"], "officer-b")?;
    assert_eq!((code, text.contains("act.role")), (Some(1), true), "{text}");
    assert_eq!(stage.act(&["approve", &second, "--decision", "京通市监移出〔2026〕3号"], "reviewer-d")?.0, Some(0));
    let removed = wait_until(LIMIT, || stage.publications().ok()?.into_iter().next()).context("no removal")?;
    let text = String::from_utf8(removed.body)?;
    assert!(text.contains(&key) && text.contains("<IsMove>1</IsMove>"), "{text}");

    let history = stage.history()?;
    let of = |action: &str| history.iter().filter(|entry| entry["action"] == action).count();
    assert_eq!((of("act_proposed"), of("act_examined"), of("act_denied")), (2, 2, 6), "{history:#?}");
    let decisions: Vec<&str> = history
        .iter()
        .filter(|entry| entry["action"] == "act_decided")
        .filter_map(|entry| entry["actor"].as_str())
        .collect();
    assert_eq!(decisions, ["person:reviewer-c", "person:reviewer-c", "person:reviewer-d", "person:reviewer-d"]);
    assert!(stage.gateway.run(&["audit", "verify"])?.status.success());
    Ok(())
}

#[test]
fn an_act_that_no_plugin_can_write_is_refused_when_it_is_proposed() -> anyhow::Result<()> {
    let stage = Stage::start()?;
    let officer = stage.person("officer-a")?;
    let mut request = stage.listing();
    request["terms"]["cause"] = json!("999");
    let answer = officer.post("/v1/acts", &request)?;
    assert_eq!((answer.status, &answer.json["reason"]), (403, &json!("act.unwritable")), "{}", answer.text);
    assert_eq!(officer.get("/v1/acts")?.json, json!({"acts": []}));
    Ok(())
}

#[test]
fn a_refused_act_ends() -> anyhow::Result<()> {
    let stage = Stage::start()?;
    let officer = stage.person("officer-a")?;
    let id = officer.post("/v1/acts", &stage.listing())?.json["id"].as_str().context("no id")?.to_owned();
    let (code, text) = stage.act(&["refuse", &id, "--remark", "证据不足"], "officer-b")?;
    assert_eq!((code, text.contains("未批准")), (Some(0), true), "{text}");
    let answer = officer.post(&format!("/v1/acts/{id}/approve"), &json!({}))?;
    assert_eq!(answer.json["reason"], "act.closed", "{}", answer.text);
    let listed = stage.gateway.json(&["act", "list", "--status", "refused"])?;
    assert_eq!(listed[0]["id"], id.as_str());
    Ok(())
}

#[test]
fn only_people_with_open_accounts_are_let_in_and_guessing_is_slowed_down() -> anyhow::Result<()> {
    let stage = Stage::start()?;
    let token = xiezhi_kit::gateway::token("police");
    for (name, password) in [("nobody", PASSWORD), ("officer-a", "another sentence"), ("police", token.as_str())] {
        let answer = PersonClient::new(stage.gateway.address(), name, password)?.get("/v1/acts")?;
        assert_eq!((answer.status, &answer.json["code"]), (401, &json!("person.unknown")), "{name}");
    }
    let guess = PersonClient::new(stage.gateway.address(), "officer-b", "guess")?;
    for _ in 0..5 {
        assert_eq!(guess.get("/v1/acts")?.status, 401);
    }
    let slowed = stage.person("officer-b")?.get("/v1/acts")?;
    assert_eq!(slowed.json["reason"], "person.too-many-tries", "the right password too: {}", slowed.text);
    assert_eq!(stage.person("officer-a")?.get("/v1/acts")?.status, 200, "nobody else");
    // In the history: two unknown names, one wrong password, five guesses; not what was not even looked at.
    let database = rusqlite::Connection::open(stage.gateway.data_dir().join("xiezhi.sqlite"))?;
    let tries: i64 =
        database.query_row("SELECT count(*) FROM audit WHERE action = 'act_denied'", [], |row| row.get(0))?;
    assert_eq!(tries, 8);

    let closed = stage.gateway.run(&["account", "close", "officer-a"])?;
    assert!(closed.status.success());
    assert_eq!(stage.person("officer-a")?.get("/v1/acts")?.status, 401);
    let file = stage.gateway.password_file()?;
    let again = ["account", "add", "officer-a", "--role", "reviewer", "--password-file", &file];
    assert_eq!(stage.gateway.run(&again)?.status.code(), Some(1), "a name means one person for ever");
    let listed = stage.gateway.json(&["account", "list"])?;
    assert!(!listed.to_string().contains("argon2"), "{listed}");
    Ok(())
}
