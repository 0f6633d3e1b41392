//! The case desk (六（二）) through the real binary: from a finding to a closed case, over HTTP and on the command line; a return
//! that goes on by rule; a verification that fails; clocks that stand still; and what nobody but an officer may do.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::{Gateway, GatewayOptions, OutboxMessage, load, wait_until};

const LIMIT: Duration = Duration::from_secs(30);
/// The setting with which the simulated clock starts.
const CLOCK: &str = "XIEZHI__CLOCK__START";
const TOWNSHIP: &str = "township-wenjing";
/// More than the outboxes of these tests hold.
const ALL: usize = 100;

/// A gateway with people, and the one case that a township reports.
struct Stage {
    gateway: Gateway,
    number: String,
    pushed: usize,
}

impl Stage {
    /// The township reports a finding of this class (问题类别).
    fn start(class: &str) -> anyhow::Result<Self> {
        let gateway = Gateway::start(GatewayOptions::default())?;
        let mut stage = Self { gateway, number: String::new(), pushed: 0 };
        for (name, role) in [("officer-a", "officer"), ("reviewer-c", "reviewer")] {
            stage.gateway.add_person(name, role)?;
        }
        stage.push(TOWNSHIP, &load::township_check(1, 1, class))?;
        let cases = stage.gateway.json(&["case", "list"])?;
        ensure!(cases.as_array().map(Vec::len) == Some(1), "expected one case: {cases}");
        stage.number = cases[0]["number"].as_str().context("no number")?.to_owned();
        Ok(stage)
    }

    /// Pushes a message and waits until it is settled.
    fn push(&mut self, agency: &str, body: &[u8]) -> anyhow::Result<()> {
        self.pushed += 1;
        let id = format!("m-{}", self.pushed);
        let answer = self.gateway.client(agency)?.push(body, Some(&id))?;
        ensure!(answer.status == 202, "{id} was answered {} {}", answer.status, answer.text);
        let entry = wait_until(LIMIT, || {
            let entry = self.gateway.json(&["message", "show", &id]).ok()?["message"].clone();
            (entry["status"] != "pending").then_some(entry)
        })
        .with_context(|| format!("{id} was not settled; the log ends:\n{}", self.gateway.log_tail()))?;
        ensure!(entry["status"] == "done", "{entry}");
        Ok(())
    }

    /// The township answers an assignment, by its place in the case: 已接收, 退回, 办理中 or 已办结.
    fn township_answers(&mut self, nth: usize, result: &str) -> anyhow::Result<()> {
        let table = format!("派遣编号,处理结果,处理情况\r\n{}/{nth},{result},已现场核实\r\n", self.number);
        self.push(TOWNSHIP, table.as_bytes())
    }

    /// Planning answers an assignment: 1 received, 2 returned, 3 in progress, 4 done.
    fn planning_answers(&mut self, nth: usize, code: &str) -> anyhow::Result<()> {
        let feature = json!({
            "type": "Feature", "geometry": null,
            "properties": {"PQBH": format!("{}/{nth}", self.number), "JGDM": code, "FKNR": "非本单位职责"}
        });
        let body = json!({"type": "FeatureCollection", "YWLX": "CLFK", "features": [feature]});
        self.push("planning", body.to_string().as_bytes())
    }

    /// The bureau's own system answers an assignment: 1 received, 2 returned, 3 in progress, 4 done.
    fn bureau_answers(&mut self, nth: usize, code: &str) -> anyhow::Result<()> {
        let row = json!({
            "AssignmentNo": format!("{}/{nth}", self.number), "ResultCode": code, "Content": "已责令改正"
        });
        let number = format!("FK-{}", self.pushed);
        let body = json!({"Version": "1.0", "MessageNo": number, "Business": "Feedback", "Rows": [row]});
        self.push("market-supervision", body.to_string().as_bytes())
    }

    fn shown(&self) -> anyhow::Result<Value> {
        self.gateway.json(&["case", "show", &self.number])
    }

    fn case(&self) -> anyhow::Result<Value> {
        Ok(self.shown()?["case"].clone())
    }

    /// The entries of the case's history.
    fn history(&self) -> anyhow::Result<Vec<Value>> {
        let shown = self.shown()?;
        Ok(shown["history"].as_array().context("no history")?.iter().map(|row| row["entry"].clone()).collect())
    }

    /// A step over HTTP: the case after it.
    fn step(&self, request: &Value) -> anyhow::Result<Value> {
        let answer = self.try_step("officer-a", request)?;
        ensure!(answer.status == 200, "{request} was answered {} {}", answer.status, answer.text);
        Ok(answer.json)
    }

    fn try_step(&self, person: &str, request: &Value) -> anyhow::Result<xiezhi_kit::Answer> {
        let path = format!("/v1/cases/{}/steps", self.number);
        self.gateway.person(person)?.post(&path, request)
    }

    /// A step on the command line: exit code and everything that it printed.
    fn command(&self, step: &str, arguments: &[&str], person: &str) -> anyhow::Result<(Option<i32>, String)> {
        self.gateway.run_as(person, &[&["case", step, &self.number], arguments].concat())
    }

    /// The assignments that an agency was sent, without acknowledging them.
    fn assignments_of(&self, agency: &str) -> anyhow::Result<Vec<OutboxMessage>> {
        let client = self.gateway.client(agency)?;
        let found = wait_until(LIMIT, || {
            let mut read = client.outbox(ALL).ok()?;
            read.retain(|message| message.kind == "assignment");
            (!read.is_empty()).then_some(read)
        });
        found.with_context(|| format!("{agency} was sent no assignment"))
    }
}

/// The texts of these actions, in order.
fn texts<'a>(history: &'a [Value], actions: &[&str]) -> Vec<&'a str> {
    let wanted = |entry: &&Value| entry["action"].as_str().is_some_and(|action| actions.contains(&action));
    history.iter().filter(wanted).filter_map(|entry| entry["text"].as_str()).collect()
}

#[test]
fn a_finding_becomes_a_closed_case() -> anyhow::Result<()> {
    let mut stage = Stage::start("04")?;
    let number = stage.number.clone();
    let sent = stage.assignments_of(TOWNSHIP)?;
    assert!(String::from_utf8_lossy(&sent[0].body).contains(&format!("{number}/2")));
    stage.township_answers(2, "已接收")?;
    stage.township_answers(2, "已办结")?;
    assert_eq!(stage.case()?["status"], "open", "the bureau has not answered");

    // The bureau answers through its link, so nobody answers for it at the desk.
    let lead = format!("{number}/1");
    let answer = json!({"step": "answer", "assignment": lead, "result": "done", "text": "已责令改正"});
    assert_eq!(stage.try_step("officer-a", &answer)?.json["reason"], "case.agency");
    let arguments = ["--assignment", &lead, "--result", "done", "--text", "已责令改正"];
    let (code, text) = stage.command("answer", &arguments, "officer-a")?;
    assert_eq!((code, text.contains("case.agency")), (Some(1), true), "{text}");
    stage.bureau_answers(1, "4")?;
    assert!(stage.case()?["verify_due"].is_object());
    let waiting = stage.gateway.json(&["case", "list", "--waiting"])?;
    assert_eq!(waiting[0]["number"], number.as_str());
    assert_eq!(stage.gateway.json(&["case", "list", "--escalated"])?, json!([]));

    // Whoever may not is told, and the history keeps it.
    let answer = stage.try_step("reviewer-c", &json!({"step": "verify", "outcome": "passed"}))?;
    assert_eq!((answer.status, &answer.json["code"]), (403, &json!("case.denied")), "{}", answer.text);
    assert_eq!(answer.json["reason"], "case.role");
    let (code, text) = stage.command("verify", &["--outcome", "passed"], "reviewer-c")?;
    assert_eq!((code, text.contains("case.role")), (Some(1), true), "{text}");

    // Not good enough: the township does it again; then it is.
    let again = json!({
        "step": "verify", "outcome": "failed", "reason": "现场仍在经营", "assignments": [format!("{number}/2")]
    });
    assert_eq!(stage.step(&again)?["status"], "open");
    stage.township_answers(2, "已办结")?;
    assert_eq!(stage.case()?["status"], "open", "the old assignment does not count any more");
    stage.township_answers(3, "已办结")?;
    let (code, text) = stage.command("verify", &["--outcome", "passed", "--reason", "已停止经营"], "officer-a")?;
    assert_eq!((code, text.contains("已结案")), (Some(0), true), "{text}");
    assert_eq!(stage.gateway.json(&["case", "list", "--waiting"])?, json!([]));

    let history = stage.history()?;
    let loop_of =
        ["case_feedback", "case_sent_back", "case_verified", "case_closed", "case_status_changed", "act_denied"];
    let name = stage.gateway.json(&["case", "show", &number])?["case"]["category_name"].clone();
    assert_eq!(name, "场所不具备特定条件");
    let told = texts(&history, &loop_of);
    let wanted = [
        "已接收",
        "已反馈",
        "由通州区市场监督管理局自行反馈，不能代为反馈",
        "由通州区市场监督管理局自行反馈，不能代为反馈",
        "通州区市场监督管理局反馈派遣",
        "案件由处置中转为待核查",
        "未准许reviewer-c办理：核查须由办案人员办理，reviewer-c是审核人员",
        "未准许reviewer-c办理：核查须由办案人员办理，reviewer-c是审核人员",
        "核查不通过：现场仍在经营",
        "案件由待核查转为处置中",
        "仅记录",
        "已反馈",
        "案件由处置中转为待核查",
        "核查通过：已停止经营",
        "核查通过，结案",
        "案件由待核查转为已结案",
    ];
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
    for (told, wanted) in told.iter().zip(wanted) {
        assert!(told.contains(wanted), "{wanted} is not in {told}");
    }
    let verified = history.iter().find(|entry| entry["action"] == "case_verified").context("not verified")?;
    assert_eq!(verified["actor"], "person:officer-a");
    assert_eq!(verified["rule_version"], "tongzhou-cluster-address@2026.1/2");
    assert_eq!(
        (&verified["clause"], &verified["rule"]),
        (&json!("5.3.9(1)"), &json!("5.3.9-1-township-site-condition"))
    );

    // Opened again, it waits for a verification again.
    let (code, _) = stage.command("reopen", &["--reason", "再次收到线索"], "officer-a")?;
    assert_eq!((code, &stage.case()?["status"]), (Some(0), &json!("fed_back")));
    assert!(stage.gateway.run(&["audit", "verify"])?.status.success());
    Ok(())
}

#[test]
fn a_return_goes_on_by_rule_and_then_a_person_assigns() -> anyhow::Result<()> {
    let mut stage = Stage::start("02")?;
    stage.planning_answers(1, "2")?;
    let sent = stage.assignments_of("housing")?;
    assert_eq!(sent[0].case_number.as_deref(), Some(stage.number.as_str()));
    let history = stage.history()?;
    let forwarded = history.iter().find(|entry| entry["action"] == "case_forwarded").context("not forwarded")?;
    let text = forwarded["text"].as_str().unwrap_or_default();
    assert!(text.starts_with("按规则转派") && text.contains("依据五（三）9（1）"), "{text}");
    assert_eq!(forwarded["rule_version"], "tongzhou-cluster-address@2026.1/2");
    assert!(forwarded["message_id"].is_string() && forwarded["message_digest"].is_string(), "{forwarded}");

    // Nothing that a person may assign yet; killed and started again, nothing is lost or doubled.
    let assign = json!({
        "step": "assign", "agency": "fire", "role": "co", "clock": {"amount": 3, "unit": "working_day"}, "reason": "涉及消防"
    });
    assert_eq!(stage.try_step("officer-a", &assign)?.json["reason"], "case.nothing-to-assign");
    stage.township_answers(2, "退回")?;
    let (code, text) = stage.command(
        "assign",
        &["--agency", "fire", "--role", "co", "--working-days", "3", "--reason", "涉及消防"],
        "officer-a",
    )?;
    assert_eq!(code, Some(0), "{text}");
    stage.gateway.kill()?;
    stage.gateway.launch()?;
    assert_eq!(stage.assignments_of("fire")?.len(), 1);
    let case = stage.case()?;
    let places: Vec<_> =
        (0..4).map(|n| (&case["assignments"][n]["agency"], &case["assignments"][n]["replaced_by"])).collect();
    let id = |nth: usize| json!(format!("{}/{nth}", stage.number));
    assert_eq!(places[0], (&json!("planning"), &id(3)));
    assert_eq!(places[1], (&json!(TOWNSHIP), &id(4)));
    assert_eq!((places[2].0, places[3].0), (&json!("housing"), &json!("fire")));
    Ok(())
}

#[test]
fn a_suspension_moves_the_deadline() -> anyhow::Result<()> {
    let mut stage = Stage::start("04")?;
    let deadline = |stage: &Stage| -> anyhow::Result<Value> { Ok(stage.case()?["assignments"][1]["deadline"].clone()) };
    assert_eq!(deadline(&stage)?["at"], "2026-10-08T23:59:59.999+08:00");
    let suspended = stage.step(&json!({"step": "suspend", "reason": "等待鉴定"}))?;
    assert_eq!(suspended["suspension"]["reason"], "等待鉴定");
    let refused = stage.try_step("officer-a", &json!({"step": "close", "reason": "x"}))?;
    assert_eq!(refused.json["reason"], "case.suspended");

    // Three days later, and no reminder came meanwhile although a day to accept has passed.
    stage.gateway.kill()?;
    stage.gateway.options_mut().settings.insert(CLOCK.to_owned(), "2026-09-24T12:00:00+08:00".to_owned());
    stage.gateway.launch()?;
    let (code, text) = stage.command("resume", &["--reason", "鉴定已出"], "officer-a")?;
    assert_eq!(code, Some(0), "{text}");
    let moved = deadline(&stage)?;
    assert_eq!(moved["at"], "2026-10-12T23:59:59.999+08:00", "{moved}");
    assert_eq!(
        moved["basis"],
        "自2026-09-21起7个工作日；2026-09-21至2026-09-24中止计时，顺延3日（末日为休息日的顺延）"
    );
    let history = stage.history()?;
    assert!(texts(&history, &["case_suspended"])[0].starts_with("中止计时：等待鉴定"));
    assert_eq!(texts(&history, &["case_resumed"]).len(), 3, "the step, and each deadline");
    Ok(())
}

#[test]
fn steps_on_no_case_are_told_so() -> anyhow::Result<()> {
    let stage = Stage::start("04")?;
    let officer = stage.gateway.person("officer-a")?;
    let answer = officer.post("/v1/cases/TZ-2026-9999999/steps", &json!({"step": "close", "reason": "x"}))?;
    assert_eq!((answer.status, &answer.json["code"]), (404, &json!("case.unknown")), "{}", answer.text);
    let nobody = stage.gateway.person("nobody")?;
    let answer = nobody.post("/v1/cases/TZ-2026-9999999/steps", &json!({"step": "close", "reason": "x"}))?;
    assert_eq!(answer.status, 401);
    Ok(())
}
