//! The closed loop: steps and their clocks, and what officers do at the case desk.

use xiezhi_engine::{CaseBook, CaseStep, Decision, Denial, Engine};
use xiezhi_model::act::{Account, PersonRole};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{AssignmentStatus, Case, CaseStatus};
use xiezhi_model::case_request::CaseRequest;
use xiezhi_model::fault::Fault;
use xiezhi_model::record::Record;
use xiezhi_model::{AccountName, AssignmentId, CaseNumber, Digest, UtcTime};
use xiezhi_ports::{CodecError, CodecFailure};

use crate::support::{YUNYI, agency, at, decide, encoded, engine, feedback, message, noon, number, sketch, urban};

const CASE: &str = "TZ-2026-0000001";

fn person(role: PersonRole) -> Account {
    Account {
        name: AccountName::parse("wang-lan").unwrap(),
        role,
        password_hash: String::new(),
        created_at: noon(),
        disabled: false,
    }
}

fn id(nth: usize) -> AssignmentId {
    AssignmentId::parse(&format!("{CASE}/{nth}")).unwrap()
}

/// A book with one case of this urban event.
fn opened(engine: &Engine, code: &str) -> CaseBook {
    let mut book = CaseBook::default();
    decide(engine, &message(1, "urban-management"), vec![urban(code, YUNYI, "U1")], &mut book);
    book
}

fn case(book: &CaseBook) -> Case {
    book.case(&number(CASE)).unwrap().clone()
}

/// A case after these answers, at noon.
fn answered(engine: &Engine, code: &str, answers: &[(&str, usize, &str)]) -> Case {
    let mut book = opened(engine, code);
    for (seq, (sender, nth, result)) in (2..).zip(answers) {
        decide(engine, &message(seq, sender), vec![feedback(id(*nth).as_str(), result)], &mut book);
    }
    case(&book)
}

fn request(json: &str) -> CaseRequest {
    serde_json::from_str(json).unwrap()
}

/// Somebody does a step.
fn try_step(engine: &Engine, case: &Case, json: &str, role: PersonRole, now: UtcTime) -> Result<Decision, Denial> {
    let request = request(json);
    engine.case_step(CaseStep { case, source: None, twin: None, request: &request }, &person(role), now)
}

/// An officer does a step: the case after it, the texts of its history, and how many messages go out.
fn step(engine: &Engine, case: &Case, json: &str, now: UtcTime) -> (Case, Vec<String>, usize) {
    let decision = try_step(engine, case, json, PersonRole::Officer, now).unwrap();
    let again = try_step(engine, case, json, PersonRole::Officer, now).unwrap();
    assert_eq!(decision, again, "the same again");
    for entry in &decision.settlement.audit {
        assert_eq!(entry.actor, "person:wang-lan");
        let (clause, rule, version) = (&entry.clause, &entry.rule, &entry.rule_version);
        assert!(clause.is_some() && rule.is_some() && version.is_some(), "{entry:?}");
        assert_eq!(entry.case_number.as_ref().unwrap().as_str(), CASE);
    }
    let texts = decision.settlement.audit.iter().map(|entry| entry.text.clone()).collect();
    let after = decision.settlement.cases[0].case.as_ref().clone();
    assert_eq!(after.version, case.version + 1);
    (after, texts, decision.drafts.len())
}

fn denied(engine: &Engine, case: &Case, json: &str) -> &'static str {
    try_step(engine, case, json, PersonRole::Officer, noon()).unwrap_err().code
}

/// The assignment is looked at: the case after it, the text, and the level of the reminder that goes out.
fn look(engine: &Engine, case: &Case, nth: usize, now: UtcTime) -> (Case, String, Option<u32>) {
    let decision = engine.remind(case, &id(nth), now).unwrap();
    let level = decision.drafts.first().map(|draft| match &draft.record {
        Record::Reminder(reminder) => reminder.level,
        other => panic!("{} is no reminder", other.kind()),
    });
    let results = encoded(&decision);
    let settlement = engine.finish(decision, results, now);
    (settlement.cases[0].case.as_ref().clone(), settlement.audit[0].text.clone(), level)
}

#[test]
fn each_step_has_its_clock() {
    let engine = engine();
    let mut case = case(&opened(&engine, "1101120101"));
    let check = |case: &Case| case.assignments[0].check_at;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let now = check(&case).unwrap();
        assert_eq!(engine.remind(&case, &id(1), now.plus_ms(-1)), None);
        let (after, text, level) = look(&engine, &case, 1, now);
        seen.push((text, level));
        case = after;
    }
    let wanted = [
        (
            "接收提醒：区城管执法局未在2026-09-22 23:59:59前接收或退回派遣TZ-2026-0000001/1；办理期限至2026-10-08 23:59:59",
            Some(0),
        ),
        ("临期提醒：区城管执法局的派遣TZ-2026-0000001/1办理期限至2026-10-08 23:59:59", Some(0)),
        (
            "第1次督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1；2026-10-12 23:59:59后仍未办结的再次处理",
            Some(1),
        ),
        (
            "第2次督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1；2026-10-15 23:59:59后仍未办结的再次处理",
            Some(2),
        ),
        ("转人工督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1，已督办2次", None),
    ];
    assert_eq!(seen, wanted.map(|(text, level)| (text.to_owned(), level)));
    let held = &case.assignments[0];
    assert!(held.escalated_at.is_some() && held.check_at.is_none() && case.is_escalated());
    assert!(case.waits_for_a_person());
}

#[test]
fn who_accepts_is_not_told_to_accept() {
    let engine = engine();
    let case = answered(&engine, "1101120101", &[("urban-management", 1, "accepted")]);
    assert_eq!(case.assignments[0].check_at, Some(at("2026-09-30 00:00:00")), "the working day before the deadline");
    let (case, text, _) = look(&engine, &case, 1, at("2026-10-01 08:00:00"));
    assert!(text.starts_with("临期提醒"), "{text}");
    assert_eq!(case.assignments[0].check_at, Some(at("2026-10-08 23:59:59").plus_ms(999)));
}

#[test]
fn a_gateway_that_was_away_says_what_is_due_now_and_once() {
    let engine = engine();
    let open = case(&opened(&engine, "1101120101"));
    // Both the acceptance and the nearness are due: one message.
    let (near, text, level) = look(&engine, &open, 1, at("2026-09-30 12:00:00"));
    assert!(text.starts_with("临期提醒") && level == Some(0), "{text}");
    assert_eq!(near.assignments[0].check_at, Some(open.assignments[0].deadline.at));
    // The deadline has passed: the reminders of before.
    let (_, text, level) = look(&engine, &open, 1, at("2026-10-21 10:00:00"));
    assert!(text.starts_with("第1次督办") && level == Some(1), "{text}");
    // A clock of one working day leaves no room for more.
    let street = case(&opened(&engine, "1101120501"));
    assert_eq!(street.assignments[0].check_at, Some(street.assignments[0].deadline.at));
}

#[test]
fn a_notice_that_cannot_be_written_leaves_the_clock_running() {
    let engine = engine();
    let open = case(&opened(&engine, "1101120101"));
    let now = at("2026-09-23 08:00:00");
    let decision = engine.remind(&open, &id(1), now).unwrap();
    let error = CodecError {
        agency: agency("urban-management"),
        digest: Some(Digest::of(b"p")),
        failure: CodecFailure::Input,
        fault: Fault::new("urban.field-missing", "缺少字段"),
    };
    let settlement = engine.finish(decision, vec![Err(error)], now);
    assert_eq!(settlement.audit[0].action, AuditAction::CaseReminded);
    assert!(settlement.audit[0].text.ends_with("提醒未能由适配插件写出（缺少字段）"));
    let held = &settlement.cases[0].case.assignments[0];
    assert_eq!((held.check_at, held.escalated_at), (Some(at("2026-09-30 00:00:00")), None));
}

#[test]
fn what_is_fed_back_is_verified_and_closed() {
    let engine = engine();
    let fed_back = answered(&engine, "1101120101", &[("urban-management", 1, "done")]);
    assert_eq!(fed_back.status, CaseStatus::FedBack);
    assert_eq!(fed_back.verify_due.as_ref().unwrap().at.beijing_date().to_string(), "2026-09-29");
    let (closed, texts, sent) =
        step(&engine, &fed_back, r#"{"step":"verify","outcome":"passed","reason":"现场已拆除"}"#, noon());
    assert_eq!(texts, ["核查通过：现场已拆除", "核查通过，结案", "案件由待核查转为已结案"]);
    assert_eq!((closed.status, sent, closed.verify_due.clone()), (CaseStatus::Closed, 0, None));
    assert!(closed.assignments.iter().all(|held| held.check_at.is_none()));

    // Nobody verified in time: a person is told, once.
    let due = fed_back.assignments[0].check_at.unwrap();
    let (late, text, level) = look(&engine, &fed_back, 1, due);
    assert_eq!((text.as_str(), level), ("转人工督办：案件已全部反馈，未在2026-09-29 23:59:59前核查", None));
    assert!(late.is_escalated() && late.assignments[0].check_at.is_none());
    assert_eq!(step(&engine, &late, r#"{"step":"verify","outcome":"passed"}"#, due).0.status, CaseStatus::Closed);
}

#[test]
fn a_failed_verification_has_it_done_again() {
    let engine = engine();
    let done = [("urban-management", 1, "done"), ("police", 2, "done")];
    let fed_back = answered(&engine, "1101120198", &done);
    let failed = r#"{"step":"verify","outcome":"failed","reason":"仍在经营","assignments":["TZ-2026-0000001/1"]}"#;
    let (again, texts, sent) = step(&engine, &fed_back, failed, noon());
    assert_eq!(
        texts,
        [
            "核查不通过：仍在经营；派遣TZ-2026-0000001/1须重新办理",
            "派遣区城管执法局（主办）：核查不通过，重新办理派遣TZ-2026-0000001/1；理由：仍在经营，依据五（三）9（1）；\
             办理期限至2026-10-08 23:59:59（自2026-09-21起7个工作日）",
            "案件由待核查转为处置中",
        ]
    );
    assert_eq!((again.status, sent, again.assignments.len()), (CaseStatus::Open, 1, 3));
    assert_eq!(again.assignments[0].replaced_by, Some(id(3)));

    // Done again, and this time right; the first answer does not count any more.
    let mut book = CaseBook::default();
    book.insert(again);
    decide(&engine, &message(9, "urban-management"), vec![feedback(id(3).as_str(), "done")], &mut book);
    let fed_back = case(&book);
    assert_eq!(fed_back.status, CaseStatus::FedBack);
    // All that stand are done again where none is named, with the clock given.
    let all = r#"{"step":"verify","outcome":"failed","reason":"x","clock":{"amount":2,"unit":"working_day"}}"#;
    let (all, _, sent) = step(&engine, &fed_back, all, noon());
    assert_eq!((sent, all.assignments.len()), (2, 5));
    assert_eq!(all.assignments[3].deadline.at.beijing_date().to_string(), "2026-09-23");
    for wrong in [
        r#"{"step":"verify","outcome":"failed"}"#,
        r#"{"step":"verify","outcome":"failed","reason":"x","assignments":["TZ-2026-0000001/1"]}"#,
    ] {
        assert!(["case.text-missing", "case.assignment"].contains(&denied(&engine, &fed_back, wrong)), "{wrong}");
    }
}

#[test]
fn a_person_assigns_what_no_rule_does_and_what_was_returned() {
    let engine = engine();
    let unrouted = case(&opened(&engine, "1101120102"));
    let assign = r#"{"step":"assign","agency":"fire","role":"lead","clock":{"amount":5,"unit":"working_day"},
                     "reason":"属消防职责","clause":"5.3.9(1)"}"#;
    let decision = try_step(&engine, &unrouted, assign, PersonRole::Officer, noon()).unwrap();
    let json = serde_json::to_value(&decision.drafts[0].record).unwrap();
    assert_eq!((json["agency"].as_str(), json["text"].as_str()), (Some("fire"), Some("现场情况")));
    assert_eq!((json["source_reference"].as_str(), json["clause"].as_str()), (Some("U1"), Some("5.3.9(1)")));
    let results = encoded(&decision);
    let settlement = engine.finish(decision, results, noon());
    assert_eq!(
        sketch(&settlement),
        "TZ-2026-0000001 unrouted 5.3.9 open v2 +0 [fire/lead/assigned]\n-> fire assignment"
    );
    assert_eq!(
        settlement.audit[0].text,
        "派遣区消防救援局（主办）：人工派遣；理由：属消防职责，依据五（三）9（1）；办理期限至2026-09-29 23:59:59（自2026-09-21起5个工作日）"
    );
    assert_eq!(settlement.audit[0].message_id.as_ref(), Some(&settlement.outgoing[0].id));

    // The chain of the rule has ended with planning: a person says who is next.
    let returned = answered(&engine, "1101120101", &[("urban-management", 1, "returned"), ("planning", 2, "returned")]);
    assert_eq!(returned.status, CaseStatus::Unrouted);
    let (assigned, _, _) = step(&engine, &returned, assign, noon());
    assert_eq!((assigned.status, &assigned.assignments[1].replaced_by), (CaseStatus::Open, &Some(id(3))));
    assert_eq!(denied(&engine, &assigned, assign), "case.agency", "it has one already");

    for (wrong, code) in [
        (assign.replace("fire", "nobody"), "case.agency"),
        (assign.replace("\"amount\":5", "\"amount\":0"), "case.clock"),
        (assign.replace("属消防职责", " "), "case.text-missing"),
        (assign.replace("\"step\"", "\"replaces\":\"TZ-2026-0000001/1\",\"step\""), "case.assignment"),
    ] {
        assert_eq!(denied(&engine, &returned, &wrong), code, "{wrong}");
    }
    let open = answered(&engine, "1101120501", &[]);
    assert_eq!(denied(&engine, &open, assign), "case.nothing-to-assign");
}

#[test]
fn the_bureau_answers_for_itself_and_for_nobody_else() {
    let engine = engine();
    let open = case(&opened(&engine, "1101120699"));
    let answer =
        |result: &str| format!(r#"{{"step":"answer","assignment":"{CASE}/1","result":"{result}","text":"已列入"}}"#);
    let (accepted, texts, _) = step(&engine, &open, &answer("accepted"), noon());
    assert_eq!(texts, ["区市场监管局反馈派遣TZ-2026-0000001/1：已接收；已列入"]);
    assert_eq!(accepted.assignments[0].status, AssignmentStatus::Accepted);
    let (done, texts, _) = step(&engine, &accepted, &answer("done"), noon());
    assert_eq!(texts[1], "案件由处置中转为待核查");
    assert!(done.verify_due.is_some());
    assert_eq!(denied(&engine, &done, &answer("accepted")), "case.status");
    assert_eq!(denied(&engine, &open, &answer("done").replace("已列入", "")), "case.text-missing");
    assert_eq!(denied(&engine, &open, &answer("done").replace("/1", "/7")), "case.assignment");
    let linked = case(&opened(&engine, "1101120101"));
    assert_eq!(denied(&engine, &linked, &answer("done")), "case.agency");
}

#[test]
fn clocks_stand_still_and_deadlines_move() {
    let engine = engine();
    let open = case(&opened(&engine, "1101120101"));
    let (stopped, texts, _) =
        step(&engine, &open, r#"{"step":"suspend","reason":"等待鉴定"}"#, at("2026-09-22 10:00:00"));
    assert_eq!(texts, ["中止计时：等待鉴定；1件派遣的办理期限停止计算"]);
    assert!(stopped.assignments.iter().all(|held| held.check_at.is_none()));
    for other in [
        r#"{"step":"suspend","reason":"x"}"#,
        r#"{"step":"verify","outcome":"passed"}"#,
        r#"{"step":"close","reason":"x"}"#,
    ] {
        assert_eq!(denied(&engine, &stopped, other), "case.suspended", "{other}");
    }
    let resume = r#"{"step":"resume","reason":"鉴定已出"}"#;
    let (resumed, texts, _) = step(&engine, &stopped, resume, at("2026-09-25 09:00:00"));
    assert_eq!(
        texts,
        [
            "恢复计时：鉴定已出",
            "派遣TZ-2026-0000001/1的办理期限顺延至2026-10-12 23:59:59（自2026-09-21起7个工作日；2026-09-22至2026-09-25中止计时，\
             顺延3日（末日为休息日的顺延））",
        ]
    );
    assert_eq!(resumed.assignments[0].deadline.at.beijing_date().to_string(), "2026-10-12");
    assert_eq!(
        resumed.assignments[0].check_at,
        Some(at("2026-09-28 23:59:59").plus_ms(999)),
        "a day to accept, counted anew"
    );
    assert_eq!(denied(&engine, &resumed, resume), "case.status");

    // What is answered meanwhile moves the case, not its clocks.
    let mut book = CaseBook::default();
    book.insert(stopped.clone());
    decide(&engine, &message(5, "urban-management"), vec![feedback(id(1).as_str(), "done")], &mut book);
    let fed_back = case(&book);
    assert_eq!((fed_back.status, fed_back.verify_due.clone()), (CaseStatus::FedBack, None));
    let (resumed, _, _) = step(&engine, &fed_back, resume, at("2026-09-28 09:00:00"));
    assert_eq!(resumed.verify_due.unwrap().at.beijing_date().to_string(), "2026-10-10", "counted anew");

    // Late and reminded before: the next reminder an interval after the clocks run again, unless the deadline is ahead again.
    let (late, _, _) = look(&engine, &open, 1, at("2026-10-09 08:00:00"));
    let (stopped, _, _) = step(&engine, &late, r#"{"step":"suspend","reason":"x"}"#, at("2026-10-12 08:00:00"));
    let (resumed, _, _) = step(&engine, &stopped, resume, at("2026-10-13 08:00:00"));
    assert_eq!(resumed.assignments[0].check_at.unwrap().beijing_date().to_string(), "2026-10-16");
}

#[test]
fn cases_close_without_verification_only_where_nobody_acts_and_open_again() {
    let engine = engine();
    let unrouted = case(&opened(&engine, "1101120102"));
    let (closed, texts, _) = step(&engine, &unrouted, r#"{"step":"close","reason":"不属五（三）9情形"}"#, noon());
    assert_eq!(texts, ["无须单位处置，结案；理由：不属五（三）9情形", "案件由待分派转为已结案"]);
    let open = case(&opened(&engine, "1101120101"));
    assert_eq!(denied(&engine, &open, r#"{"step":"close","reason":"x"}"#), "case.status");
    assert_eq!(denied(&engine, &open, r#"{"step":"verify","outcome":"passed"}"#), "case.status");

    let reopen = r#"{"step":"reopen","reason":"再次收到线索"}"#;
    assert_eq!(denied(&engine, &open, reopen), "case.status");
    assert_eq!(step(&engine, &closed, reopen, noon()).0.status, CaseStatus::Unrouted);
    let fed_back = answered(&engine, "1101120101", &[("urban-management", 1, "done")]);
    let (closed, _, _) = step(&engine, &fed_back, r#"{"step":"verify","outcome":"passed"}"#, noon());
    let (opened_again, texts, _) = step(&engine, &closed, reopen, noon());
    assert_eq!(texts, ["重新办理：再次收到线索", "案件由已结案转为待核查"]);
    assert_eq!((opened_again.status, opened_again.verify_due.is_some()), (CaseStatus::FedBack, true));
    // Another case has taken its place meanwhile.
    let twin: CaseNumber = number("TZ-2026-0000009");
    let request = request(reopen);
    let step = CaseStep { case: &closed, source: None, twin: Some(&twin), request: &request };
    assert_eq!(engine.case_step(step, &person(PersonRole::Officer), noon()).unwrap_err().code, "case.twin");
}

#[test]
fn only_officers_with_open_accounts_act_on_cases() {
    let engine = engine();
    let fed_back = answered(&engine, "1101120101", &[("urban-management", 1, "done")]);
    let verify = r#"{"step":"verify","outcome":"passed"}"#;
    let denial = try_step(&engine, &fed_back, verify, PersonRole::Reviewer, noon()).unwrap_err();
    assert_eq!((denial.code, denial.text.as_str()), ("case.role", "核查须由办案人员办理，wang-lan是审核人员"));
    let closed = Account { disabled: true, ..person(PersonRole::Officer) };
    let request = request(verify);
    let step = CaseStep { case: &fed_back, source: None, twin: None, request: &request };
    assert_eq!(engine.case_step(step, &closed, noon()).unwrap_err().code, "case.account-closed");
    let long = format!(r#"{{"step":"verify","outcome":"passed","reason":"{}"}}"#, "长".repeat(2_001));
    assert_eq!(denied(&engine, &fed_back, &long), "case.text");
}

#[test]
fn rows_of_older_gateways_still_read() {
    let engine = engine();
    let mut json = serde_json::to_value(case(&opened(&engine, "1101120101"))).unwrap();
    for key in ["reference", "text", "unassigned", "suspension", "verify_due"] {
        json.as_object_mut().unwrap().remove(key);
    }
    for key in ["rule_version", "accept_reminded_at", "near_reminded_at", "resumed_at", "escalated_at", "replaced_by"] {
        json["assignments"][0].as_object_mut().unwrap().remove(key);
    }
    let old: Case = serde_json::from_value(json).unwrap();
    let (_, text, _) = look(&engine, &old, 1, at("2026-10-09 00:00:00"));
    assert!(text.starts_with("第1次督办"), "{text}");
}
