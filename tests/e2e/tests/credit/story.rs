//! Publishing to the credit system, through the real binary and the simulator as a process of its own: the way of an entry from its
//! decision to its removal, refusals, closing hours, certificates, reconciliation; and that nothing gets out without two persons.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use xiezhi_kit::{CreditSim, GatewayOptions, certificates, load, wait_until};

use crate::stage::{CAUSE, LIMIT, REMOVAL_CAUSE, Stage, entry_key};

#[test]
fn an_entry_is_previewed_published_and_removed_and_the_case_tells_it() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let mut stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    let preview = stage.gateway.json(&["act", "preview", &listing])?;
    assert_eq!(preview["列入经营异常名录原因"], "通过登记的住所或者经营场所无法联系的");
    assert_eq!(preview["作出决定机关(列入)"], "北京市通州区市场监督管理局");
    assert_eq!((&preview["移出日期"], &preview["企业名称"]), (&json!(""), &json!("北京测试第1号企业管理有限公司")));
    // What leaves beside the columns is shown too, and holds nobody's number.
    assert_eq!(preview["随文报送理由"], "两次现场核查及专用信函均无法取得联系");
    let reason = "法定代表人来电（138 0013 8000），仍无法取得联系";
    let request = json!({"case_number": case, "kind": "list_in", "reason": reason, "terms": {"cause": "1"}});
    let denied = stage.gateway.person("officer-a")?.post("/v1/acts", &request)?;
    assert_eq!((denied.status, &denied.json["reason"]), (403, &json!("act.unwritable")), "{}", denied.text);
    assert_eq!(sim.state()?["requests"]["post"], 0, "a preview leaves nothing");
    stage.approve(&listing)?;
    stage.wait_for(&listing, "applied")?;
    // What a visitor sees is what the preview showed, and no column more.
    let uscc = load::uscc(1);
    let seen = sim.public(&uscc)?;
    let columns: Vec<&str> = seen[0].as_object().context("no entry")?.keys().map(String::as_str).collect();
    for column in &columns {
        assert!(preview.get(*column).is_some(), "{column} was not in the preview");
    }
    for column in ["列入经营异常名录原因", "作出决定机关(列入)", "企业名称"] {
        assert_eq!(seen[0][column], preview[column], "{column}");
    }

    let removal = stage.propose(&case, "list_out", REMOVAL_CAUSE, Some(&listing))?;
    let preview = stage.gateway.json(&["act", "preview", &removal])?;
    assert_eq!(preview["移出经营异常名录原因"], "通过登记的住所或者经营场所可以重新取得联系，申请移出");
    stage.approve(&removal)?;
    stage.wait_for(&removal, "applied")?;
    let state = sim.state()?;
    assert_eq!((&state["applied"], &state["refused"], &state["requests"]["post"]), (&json!(2), &json!(0), &json!(2)));
    assert_eq!(stage.entry(&sim, &listing)?["status"], "removed");

    let shown = String::from_utf8(stage.gateway.run(&["case", "show", &case])?.stdout)?;
    for part in ["officer-a", "reviewer-c", "列入经营异常名录", "已公示", "移出经营异常名录", "京通市监"]
    {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    // The receipts are kept as they came.
    let inbox = stage.gateway.json(&["message", "list", "--agency", "credit-publicity"])?;
    assert_eq!(inbox.as_array().context("no list")?.len(), 2);
    assert!(stage.gateway.json(&["audit", "verify"])?["broken"].is_null());
    // Killed and started again, nothing goes out twice.
    stage.gateway.kill()?;
    stage.gateway.launch()?;
    stage.wait_until_quiet()?;
    assert_eq!(sim.state()?["requests"]["post"], 2);
    Ok(())
}

#[test]
fn a_removal_decided_at_once_waits_for_its_listing() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    sim.fault(&json!({"fault": "error_500", "count": 3}))?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    let removal = stage.propose(&case, "list_out", REMOVAL_CAUSE, Some(&listing))?;
    stage.approve(&removal)?;
    stage.wait_for(&removal, "applied")?;
    let state = sim.state()?;
    assert_eq!((&state["applied"], &state["refused"]), (&json!(2), &json!(0)), "never the removal first");
    assert_eq!(stage.entry(&sim, &listing)?["status"], "removed");
    Ok(())
}

#[test]
fn what_is_refused_for_good_goes_to_a_person_and_out_again_when_it_is_mended() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    let key = entry_key(&listing);
    // Somebody entered it there by hand.
    let uscc = load::uscc(7);
    sim.change(&json!({"put": {"key": key, "name": "甲", "cause": "4", "listed_on": "2026-01-05", "uscc": uscc}}))?;
    stage.approve(&listing)?;
    let act = stage.wait_for(&listing, "refused")?;
    assert!(act["answers"][0]["text"].as_str().context("no text")?.contains("E0201"), "{act}");
    let status = stage.gateway.json(&["status"])?;
    assert_eq!(status["outbox_dead"], 1, "{status}");
    let shown = String::from_utf8(stage.gateway.run(&["case", "show", &case])?.stdout)?;
    assert!(shown.contains("未被接收") && shown.contains("xiezhi act resend"), "{shown}");

    sim.change(&json!({"delete": key}))?;
    let (code, text) = stage.act(&["resend", &listing, "--reason", "对方已删除手工条目"], "reviewer-c")?;
    assert_eq!(code, Some(0), "{text}");
    stage.wait_for(&listing, "applied")?;
    let first = act["answers"][0]["reference"].as_str().context("no message id")?;
    let earlier = stage.gateway.run(&["message", "redrive", first])?;
    assert_eq!(earlier.status.code(), Some(1), "the earlier message does not go out beside the later one");
    assert_eq!(stage.entry(&sim, &listing)?["uscc"], load::uscc(1));
    let (code, text) = stage.act(&["resend", &listing, "--reason", "再来一次"], "nobody")?;
    assert_eq!(code, Some(1), "{text}");
    Ok(())
}

#[test]
fn a_message_that_was_given_up_is_told_and_sent_again_under_its_number() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let few_tries = GatewayOptions::default().with("XIEZHI__RELAY__ATTEMPTS_MAX", "3");
    let stage = Stage::start_at(sim.url(), "", few_tries)?;
    let case = stage.case(1)?;
    sim.fault(&json!({"fault": "error_500", "count": 3}))?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    let stopped = wait_until(LIMIT, || {
        let act = stage.show(&listing).ok()?;
        let is_dead = stage.gateway.json(&["status"]).ok()?["outbox_dead"] == 1;
        (is_dead && act["answers"][0]["stopped"]["reason"].is_string()).then_some(act)
    });
    let act = stopped.context("the act does not say that its message was given up")?;
    assert_eq!(act["answers"][0]["status"], "awaited", "{act}");
    let shown = String::from_utf8(stage.gateway.run(&["case", "show", &case])?.stdout)?;
    assert!(shown.contains("报文已停止推送"), "{shown}");
    let (_, advice) = shown.split_once("xiezhi message redrive ").context("no advice")?;
    let id: String = advice.chars().take_while(|c| !c.is_whitespace() && *c != '）').collect();
    assert_eq!(
        stage.act(&["resend", &listing, "--reason", "试"], "reviewer-c")?.0,
        Some(1),
        "not under another number"
    );

    let redriven = stage.gateway.run(&["message", "redrive", &id])?;
    assert!(redriven.status.success(), "{}", String::from_utf8_lossy(&redriven.stderr));
    let act = stage.wait_for(&listing, "applied")?;
    assert!(act["answers"][0]["stopped"].is_null(), "{act}");
    let state = sim.state()?;
    assert_eq!((&state["applied"], &state["entries_total"]), (&json!(1), &json!(1)), "{state}");
    let history = stage.gateway.run(&["case", "show", &case])?;
    assert!(String::from_utf8(history.stdout)?.contains("恢复推送"));
    Ok(())
}

/// A decided listing whose first message was given up, because the other side called the request wrong.
struct CalledWrong {
    sim: CreditSim,
    stage: Stage,
    case: String,
    listing: String,
    /// The message's id.
    first: String,
}

fn called_wrong() -> anyhow::Result<CalledWrong> {
    let sim = CreditSim::start(&[])?;
    let stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    sim.fault(&json!({"fault": "bad_request"}))?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    let first = stage.wait_until_stopped(&listing)?;
    Ok(CalledWrong { sim, stage, case, listing, first })
}

#[test]
fn what_was_called_wrong_is_sent_anew_and_its_first_message_never_again() -> anyhow::Result<()> {
    let CalledWrong { sim, stage, listing, first, .. } = called_wrong()?;
    let act = stage.show(&listing)?;
    assert_eq!(act["answers"][0]["stopped"]["was_never_taken"], true, "{act}");
    let shown = String::from_utf8(stage.gateway.run(&["act", "show", &listing])?.stdout)?;
    assert!(shown.contains(&format!("xiezhi message redrive {first}")) && shown.contains("另行推送"), "{shown}");
    let output = stage.gateway.run(&["credit", "reconcile", "--json"])?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((output.status.code(), &told["differences"][0]["kind"]), (Some(1), &json!("stopped")), "{told}");

    let (code, text) = stage.act(&["resend", &listing, "--reason", "适配插件已更正"], "reviewer-c")?;
    assert_eq!(code, Some(0), "{text}");
    stage.wait_for(&listing, "applied")?;
    let refused = stage.gateway.run(&["message", "redrive", &first])?;
    let text = String::from_utf8(refused.stderr)?;
    assert!(refused.status.code() == Some(1) && text.contains("act.sent-anew"), "{text}");
    stage.wait_until_quiet()?;
    let state = sim.state()?;
    assert_eq!((&state["applied"], &state["entries_total"]), (&json!(1), &json!(1)), "{state}");
    Ok(())
}

#[test]
fn what_was_annulled_since_is_not_put_back_by_an_old_message() -> anyhow::Result<()> {
    let CalledWrong { sim, stage, case, listing, first } = called_wrong()?;
    let correction = stage.propose(&case, "correction", CAUSE, Some(&listing))?;
    stage.approve(&correction)?;
    stage.wait_for(&correction, "refused")?;
    let posts = sim.state()?["requests"]["post"].clone();
    let refused = stage.gateway.run(&["message", "redrive", &first])?;
    let text = String::from_utf8(refused.stderr)?;
    assert!(refused.status.code() == Some(1) && text.contains("act.taken-back"), "{text}");
    stage.wait_until_quiet()?;
    let state = sim.state()?;
    assert_eq!((&state["requests"]["post"], &state["entries_total"]), (&posts, &json!(0)), "{state}");
    assert_eq!(stage.gateway.run(&["credit", "reconcile"])?.status.code(), Some(0), "nothing should be there");
    Ok(())
}

#[test]
fn giving_up_is_recorded_with_its_note_wherever_the_process_ends() -> anyhow::Result<()> {
    for (point, is_given_up) in [("t3-before-commit:1", false), ("t3-after-commit:1", true)] {
        let sim = CreditSim::start(&[])?;
        let mut stage = Stage::start(&sim, "")?;
        let case = stage.case(1)?;
        let listing = stage.propose(&case, "list_in", CAUSE, None)?;
        stage.wait_until_quiet()?;
        stage.gateway.terminate(LIMIT)?;
        stage.gateway.options_mut().environment.insert("XIEZHI_CRASH_POINT".to_owned(), point.to_owned());
        stage.gateway.launch()?;
        sim.fault(&json!({"fault": "bad_request"}))?;
        stage.approve(&listing)?;
        stage.gateway.wait_for_end(LIMIT)?;
        stage.gateway.options_mut().environment.remove("XIEZHI_CRASH_POINT");
        stage.gateway.launch()?;
        let dead = stage.gateway.json(&["status"])?["outbox_dead"].clone();
        let noted = stage.show(&listing)?["answers"][0]["stopped"]["was_never_taken"] == true;
        if is_given_up {
            assert_eq!((&dead, noted), (&json!(1), true), "{point}: the note is there with the end");
        }
        stage.redrive_if_given_up(&listing)?;
        let act = stage.wait_for(&listing, "applied")?;
        assert!(act["answers"][0]["stopped"].is_null(), "{act}");
        let shown = String::from_utf8(stage.gateway.run(&["case", "show", &case])?.stdout)?;
        let told = shown.matches("报文已停止推送").count();
        assert_eq!(told, usize::from(is_given_up), "{point}: {shown}");
        assert_eq!(sim.state()?["applied"], 1);
    }
    Ok(())
}

#[test]
fn a_gateway_that_stops_records_what_it_was_just_told() -> anyhow::Result<()> {
    let sim = CreditSim::start(&["--slow-byte-every-ms", "2"])?;
    let mut stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.wait_until_quiet()?;
    stage.gateway.terminate(LIMIT)?;
    stage.gateway.publish_to(sim.url(), "timeout_ms = 20000\n")?;
    stage.gateway.launch()?;
    sim.fault(&json!({"fault": "slow_body"}))?;
    stage.approve(&listing)?;
    let on_its_way = wait_until(LIMIT, || (sim.state().ok()?["faults"]["slow_body"] == 1).then_some(()));
    on_its_way.context("nothing was sent")?;
    // The answer is still coming when the gateway is told to stop.
    stage.gateway.terminate(LIMIT)?;
    assert_eq!(stage.gateway.json(&["status"])?["outbox_pending"], 0, "{}", stage.gateway.log_tail());
    stage.gateway.launch()?;
    stage.wait_for(&listing, "applied")?;
    let requests = sim.state()?["requests"].clone();
    assert_eq!((&requests["post"], &requests["query"]), (&json!(1), &json!(0)), "{requests}");
    Ok(())
}

#[test]
fn a_removed_entry_is_annulled_and_both_lists_agree() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    for (kind, cause, status) in [("list_out", REMOVAL_CAUSE, "removed"), ("correction", CAUSE, "annulled")] {
        stage.wait_for(&listing, "applied")?;
        let act = stage.propose(&case, kind, cause, Some(&listing))?;
        stage.approve(&act)?;
        stage.wait_for(&act, "applied")?;
        assert_eq!(stage.entry(&sim, &listing)?["status"], status);
        let output = stage.gateway.run(&["credit", "reconcile", "--json"])?;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        let (code, text) = stage.act(&["resend", &listing, "--reason", "试"], "reviewer-c")?;
        assert!(code == Some(1) && text.contains("不能再推送较早的决定"), "{text}");
    }
    Ok(())
}

#[test]
fn a_closed_system_is_left_alone_and_the_link_says_so() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    // The simulated clock stands on a Monday.
    let stage = Stage::start(&sim, "open = [\"tue-sun 00:00-24:00\"]\n")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    let closed = wait_until(LIMIT, || {
        let ready = stage.gateway.get("/readyz").ok()?;
        ready.to_string().contains("closed at this time").then_some(ready)
    });
    let ready = closed.context("the link does not say that it is closed")?;
    assert_eq!(ready["status"], "ready", "a closed system makes nothing unready: {ready}");
    assert_eq!(sim.state()?["requests"]["post"], 0);
    assert_eq!(stage.show(&listing)?["answers"][0]["status"], "awaited");
    assert_eq!(stage.gateway.json(&["status"])?["outbox_pending"], 1);
    Ok(())
}

#[test]
fn both_sides_show_certificates_and_trust_no_others() -> anyhow::Result<()> {
    let (folder, bad) = (tempfile::tempdir()?, tempfile::tempdir()?);
    certificates::write(folder.path(), "gateway")?;
    certificates::write(bad.path(), "gateway")?;
    let sim = CreditSim::start_with_tls(folder.path(), bad.path(), &[])?;
    let path = |folder: &std::path::Path, name: &str| folder.join(name).display().to_string();
    let keys = |client: &std::path::Path| {
        format!(
            "ca_file = \"{}\"\nclient_certificate_file = \"{}\"\nclient_key_file = \"{}\"\n",
            path(folder.path(), "ca.pem"),
            path(client, "client.pem"),
            path(client, "client-key.pem")
        )
    };
    // A certificate of another authority is not let in.
    let mut stage = Stage::start(&sim, &keys(bad.path()))?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    let down = wait_until(LIMIT, || {
        let ready = stage.gateway.get("/readyz").ok()?;
        ready.to_string().contains("gives no usable answer").then_some(())
    });
    down.context("the link does not say that it is down")?;
    assert_eq!(sim.state()?["requests"]["post"], 0);
    stage.gateway.kill()?;
    stage.gateway.publish_to(sim.url(), &keys(folder.path()))?;
    stage.gateway.launch()?;
    stage.wait_for(&listing, "applied")?;
    Ok(())
}

#[test]
fn both_lists_are_reconciled_and_differences_are_told_not_mended() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let stage = Stage::start(&sim, "page_entries = 2\n")?;
    let mut listings = Vec::new();
    for n in 1..=5 {
        let case = stage.case(n)?;
        let listing = stage.propose(&case, "list_in", CAUSE, None)?;
        stage.approve(&listing)?;
        stage.wait_for(&listing, "applied")?;
        listings.push(listing);
    }
    let reconcile = || -> anyhow::Result<(Option<i32>, Value)> {
        let output = stage.gateway.run(&["credit", "reconcile", "--json"])?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((output.status.code(), serde_json::from_slice(&output.stdout).with_context(|| text)?))
    };
    // A page that fails is asked for again; the list is not given up for it.
    for fault in ["too_many", "garbage", "error_500"] {
        sim.fault(&json!({"fault": fault, "on": "export"}))?;
    }
    let (code, clean) = reconcile()?;
    assert_eq!((code, &clean["alike"], &clean["differences"]), (Some(0), &json!(5), &json!([])), "{clean}");

    let missing = entry_key(&listings[1]);
    sim.change(&json!({"delete": missing}))?;
    sim.change(&json!({"put": {"key": entry_key(&listings[3]), "authority": "甲局"}}))?;
    let extra = json!({"key": "e-0", "name": "甲", "cause": "4", "listed_on": "2026-01-05", "uscc": load::uscc(9)});
    sim.change(&json!({"put": extra}))?;
    let posts = sim.state()?["requests"]["post"].clone();
    let (code, found) = reconcile()?;
    assert_eq!((code, &found["alike"]), (Some(1), &json!(3)), "{found}");
    let kinds: Vec<(&str, &str)> = found["differences"]
        .as_array()
        .context("no differences")?
        .iter()
        .map(|found| (found["entry"].as_str().unwrap_or_default(), found["kind"].as_str().unwrap_or_default()))
        .collect();
    let different = entry_key(&listings[3]);
    assert_eq!(sim.state()?["faults_waiting"]["export"].as_u64().unwrap_or_default(), 0, "the faults happened");
    let mut wanted = vec![("e-0", "extra"), (missing.as_str(), "missing"), (different.as_str(), "different")];
    wanted.sort_unstable();
    let mut kinds_sorted = kinds.clone();
    kinds_sorted.sort_unstable();
    assert_eq!(kinds_sorted, wanted);
    assert_eq!(sim.state()?["requests"]["post"], posts, "nothing is mended by itself");

    let (code, text) = stage.act(&["resend", &listings[1], "--reason", "对账发现对方缺少"], "officer-a")?;
    assert_eq!(code, Some(0), "{text}");
    stage.wait_for(&listings[1], "applied")?;
    sim.change(&json!({"delete": "e-0"}))?;
    sim.change(&json!({"put": {"key": different, "authority": "北京市通州区市场监督管理局"}}))?;
    assert_eq!(reconcile()?.0, Some(0));
    let report = String::from_utf8(stage.gateway.run(&["credit", "report", "--last", "3"])?.stdout)?;
    assert_eq!(report.lines().count(), 3, "{report}");
    let over_http = stage.gateway.person("officer-a")?.get("/v1/reconciliations?limit=2")?;
    assert_eq!(over_http.json["reconciliations"][1]["differences"].as_array().map(Vec::len), Some(3));
    Ok(())
}

#[test]
fn an_objection_is_heard_before_the_entry_is_corrected() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    stage.wait_for(&listing, "applied")?;
    let step = |step: &str| stage.act(&["object", &listing, step, "--text", "一直在登记住所经营"], "officer-a");
    assert_eq!(step("file")?.0, Some(0));
    let denied = stage.try_propose(&case, "correction", CAUSE, Some(&listing))?;
    assert_eq!((denied.status, &denied.json["reason"]), (403, &json!("act.objection")), "{}", denied.text);
    assert_eq!(step("uphold")?.0, Some(1), "not before it is accepted");
    assert_eq!(step("accept")?.0, Some(0));
    assert_eq!(step("uphold")?.0, Some(0));
    let correction = stage.propose(&case, "correction", CAUSE, Some(&listing))?;
    stage.approve(&correction)?;
    stage.wait_for(&correction, "applied")?;
    assert_eq!(stage.entry(&sim, &listing)?["status"], "annulled");
    assert_eq!(sim.public(&load::uscc(1))?, json!([]), "a visitor sees it no more");
    Ok(())
}

/// Everything that somebody might try to get an entry out with fewer than two persons: the simulator hears of none of it.
#[test]
fn nothing_leaves_without_two_approvals() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let mut stage = Stage::start(&sim, "")?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    let path = format!("/v1/acts/{listing}/approve");
    let decision = json!({"decision": "1号"});
    // The API: one person in both places, a person in the wrong place, an agency's token, nobody at all.
    for name in ["officer-a", "officer-a", "officer-b"] {
        assert_eq!(stage.gateway.person(name)?.post(&path, &decision)?.status, 403, "{name}");
    }
    let status = stage.show(&listing)?["status"].clone();
    assert_eq!(status, "examined");
    let stranger = xiezhi_kit::PersonClient::new(stage.gateway.address(), "reviewer-c", "guess")?;
    assert_eq!(stranger.post(&path, &decision)?.status, 401);
    // The command line, as the first person again, and sending anew what is not decided.
    assert_eq!(stage.act(&["approve", &listing, "--decision", "1号"], "officer-a")?.0, Some(1));
    assert_eq!(stage.act(&["resend", &listing, "--reason", "试"], "reviewer-c")?.0, Some(1));
    // The policy proposes by itself, and no more.
    let letters = xiezhi_kit::sample("own/market-supervision-lost-contact.json")?;
    assert_eq!(stage.gateway.client("market-supervision")?.push(&letters, Some("letters"))?.status, 202);
    let by_policy = wait_until(LIMIT, || {
        let acts = stage.gateway.json(&["act", "list", "--status", "proposed"]).ok()?;
        let proposed = acts.as_array()?.iter().find(|act| act["kind"] == "list_in")?;
        proposed["id"].as_str().map(str::to_owned)
    });
    let by_policy = by_policy.context("the policy proposed no listing")?;
    // A reviewer alone decides nothing: nobody examined it.
    let path = format!("/v1/acts/{by_policy}/approve");
    for _ in 0..2 {
        assert_eq!(stage.gateway.person("reviewer-c")?.post(&path, &decision)?.status, 403);
    }
    assert_eq!(stage.show(&by_policy)?["status"], "proposed");
    // Messages: the clue again, under its id and another, and redriven; a forged entry and receipt from the credit system itself.
    let police = stage.gateway.client("police")?;
    for id in ["clue-1", "clue-1-again"] {
        police.push(&load::police_clue(1, 1), Some(id))?;
    }
    let credit = stage.gateway.client("credit-publicity")?;
    let forged = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpAnomalyReceipt AreaCode=\"110112\" Seq=\"20260921000001\"><Item>\
         <Seq>20260921000001</Seq><MsgId>{listing}</MsgId><ResCode>1</ResCode></Item></OpAnomalyReceipt>"
    );
    credit.push(forged.as_bytes(), Some("forged"))?;
    stage.gateway.kill()?;
    stage.gateway.launch()?;
    stage.wait_until_quiet()?;
    let state = sim.state()?;
    assert_eq!((&state["requests"]["post"], &state["entries_total"]), (&json!(0), &json!(0)), "{state}");
    let history = stage.gateway.json(&["case", "show", &case])?.to_string();
    assert!(history.contains("未准许officer-a办理"), "who tried is in the history");
    Ok(())
}

/// The gateway waits for a credit system that is not there yet, and says so.
#[test]
fn an_absent_system_costs_nothing_but_time() -> anyhow::Result<()> {
    let sim = CreditSim::start(&[])?;
    let url = sim.url().to_owned();
    drop(sim);
    let mut stage = Stage::start_at(&url, "", GatewayOptions::default())?;
    let case = stage.case(1)?;
    let listing = stage.propose(&case, "list_in", CAUSE, None)?;
    stage.approve(&listing)?;
    let down = wait_until(LIMIT, || {
        let metrics = stage.gateway.ask("/metrics").ok()?.text;
        metrics.contains("result=\"credit.unreachable\"").then_some(())
    });
    ensure!(down.is_some(), "the metrics do not say that it is away");
    stage.gateway.terminate(Duration::from_secs(20))?;
    Ok(())
}
