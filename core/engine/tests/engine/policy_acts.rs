//! Acts that the policy proposes, what receivers answer to them, and how they end.

use serde_json::json;
use xiezhi_engine::{CaseBook, Decision, Engine};
use xiezhi_model::act::{Account, ActKind, ActStatus, AnswerStatus, Ballot, LegalAct, PersonRole, Proposer};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{Case, Source};
use xiezhi_model::{AccountName, Record, UtcTime};
use xiezhi_ports::InboxOutcome;

use crate::support::{XINDA, YUNYI, agency, at, clue, decide, engine, finish, message, noon, record};

/// An individual business: the second digit says so.
const TRADER: &str = "92110112MAYYT00164";

fn verified(uscc: &str) -> Record {
    record(json!({
        "kind": "finding", "reference": "SL-1", "title": "失联核查", "party": {"uscc": uscc, "name": "某公司"},
        "issue": {"code_system": "scjg-slhc", "code": "1"}
    }))
}

fn penalty(category: &str, fine: Option<i64>) -> Record {
    let mut value = json!({
        "kind": "penalty", "reference": "京通环罚〔2026〕1号", "violation": "x", "category": category,
        "party": {"uscc": YUNYI, "name": "北京云易商贸有限公司"}
    });
    if let Some(fine) = fine {
        value["fine"] = fine.into();
    }
    record(value)
}

fn restoration() -> Record {
    record(json!({
        "kind": "restoration", "reference": "XF-1", "restores": "京通环罚〔2026〕1号",
        "party": {"uscc": YUNYI, "name": "北京云易商贸有限公司"}
    }))
}

fn answer(request: &str, applied: bool, text: &str) -> Record {
    record(json!({
        "kind": "measure_feedback", "reference": "CJ-1", "request": request, "applied": applied, "text": text
    }))
}

fn person(name: &str, role: PersonRole) -> Account {
    Account {
        name: AccountName::parse(name).unwrap(),
        role,
        password_hash: String::new(),
        created_at: noon(),
        disabled: false,
    }
}

/// Both persons approve.
fn decided(engine: &Engine, act: &LegalAct, now: UtcTime) -> LegalAct {
    let approve =
        |decision: Option<&str>| Ballot::Approve { decision: decision.map(str::to_owned), remark: String::new() };
    let first = engine.vote(act, &[], &person("officer-a", PersonRole::Officer), approve(None), now).unwrap();
    let examined = first.settlement.acts[0].clone();
    let last =
        engine.vote(&examined, &[], &person("reviewer-b", PersonRole::Reviewer), approve(Some("1号")), now).unwrap();
    last.settlement.acts[0].clone()
}

fn acts(decision: &Decision) -> Vec<(ActKind, ActStatus)> {
    decision.settlement.acts.iter().map(|act| (act.kind, act.status)).collect()
}

fn case_of(decision: &Decision) -> (Case, Vec<Source>) {
    let write = &decision.settlement.cases[0];
    ((*write.case).clone(), write.sources.clone())
}

fn credit_engine() -> Engine {
    let mut data = crate::support::shipped();
    let mut credit = data.agencies[0].clone();
    credit.id = agency("credit-publicity");
    credit.writes = vec!["publication".to_owned()];
    data.agencies.push(credit);
    Engine::new(data).unwrap()
}

#[test]
fn verified_lost_contact_proposes_the_listing_and_its_end() {
    let engine = credit_engine();
    for (uscc, cause) in [(YUNYI, "4"), (TRADER, "2")] {
        let mut book = CaseBook::default();
        // The police reported it before: its report is evidence too, once the caller has loaded it.
        let first = decide(&engine, &message(1, "police"), vec![clue("ga-xslb", "02", "查无下落", uscc)], &mut book);
        assert_eq!(acts(&first), [], "a report alone proposes nothing");
        let (case, sources) = case_of(&first);
        book.insert_evidence(case.number.clone(), sources);
        let needs = engine.needs(&message(2, "market-supervision"), &crate::support::decoded(vec![verified(uscc)]));
        assert_eq!(needs.proposing, std::slice::from_ref(&case.join_key));

        let second = decide(&engine, &message(2, "market-supervision"), vec![verified(uscc)], &mut book);
        assert_eq!(acts(&second), [(ActKind::ListIn, ActStatus::Proposed)]);
        let act = &second.settlement.acts[0];
        assert_eq!((act.terms.cause.as_deref(), act.evidence.len()), (Some(cause), 2), "{uscc}");
        let Proposer::Policy { rule, rule_version } = &act.proposed_by else { panic!("{:?}", act.proposed_by) };
        assert_eq!(rule.as_str(), "5.3.9-2-lost-contact-letters");
        assert_eq!(rule_version, "tongzhou-cluster-address@2026.1/1");
        assert_eq!(act.entity, format!("uscc:{uscc}"));
        let again = decide(&engine, &message(3, "market-supervision"), vec![verified(uscc)], &mut book);
        assert_eq!(acts(&again), [], "one proposal is enough");
        let denied = again.settlement.audit.iter().find(|entry| entry.action == AuditAction::ActDenied).unwrap();
        assert!(denied.text.contains("已有同样的事项"), "{}", denied.text);

        let listed = decided(&engine, act, noon());
        let mut book = CaseBook::default();
        book.insert_act(listed.clone());
        let end = record(json!({
            "kind": "restoration", "reference": "YC-1", "restores": "1号", "party": {"uscc": uscc, "name": "某公司"}
        }));
        let removed = decide(&engine, &message(4, "market-supervision"), vec![end], &mut book);
        assert_eq!(acts(&removed), [(ActKind::ListOut, ActStatus::Proposed)]);
        assert_eq!(removed.settlement.acts[0].terms.takes_back, Some(listed.id.clone()));
    }
}

#[test]
fn a_major_penalty_proposes_joint_punishment() {
    let engine = engine();
    let major = [
        ("吊销许可证件", None),
        ("罚款", Some(10_000_000)),
        ("责令停产停业;罚款", Some(1)),
        ("罚款", Some(10_000_001)),
    ];
    let minor = [("罚款", Some(9_999_999)), ("警告", None), ("没收违法所得", None)];
    for ((category, fine), wanted) in major.iter().map(|p| (p, 1)).chain(minor.iter().map(|p| (p, 0))) {
        let record = penalty(category, *fine);
        let decision = decide(&engine, &message(1, "development-reform"), vec![record], &mut CaseBook::default());
        assert_eq!(decision.settlement.acts.len(), wanted, "{category} {fine:?}");
        assert_eq!(decision.settlement.cases.len(), 1, "{category} {fine:?}");
        assert_eq!(decision.settlement.entity_records.len(), 1, "kept in the file");
        if let Some(act) = decision.settlement.acts.first() {
            assert_eq!(act.kind, ActKind::JointPunishment);
            assert_eq!(act.terms.until.unwrap().to_string(), "2027-09-21");
            assert_eq!(act.terms.receivers.len(), 9, "everybody but the bureau itself, which is in the house here");
            assert!(act.terms.due.as_ref().unwrap().at > noon());
        }
    }
}

/// A decided joint punishment, with its case and sources.
fn punished(engine: &Engine) -> (LegalAct, Case, Vec<Source>) {
    let mut book = CaseBook::default();
    let decision = decide(engine, &message(1, "development-reform"), vec![penalty("吊销营业执照", None)], &mut book);
    let (case, sources) = case_of(&decision);
    (decided(engine, &decision.settlement.acts[0], noon()), case, sources)
}

fn status_of(act: &LegalAct, who: &str) -> AnswerStatus {
    act.answers.iter().find(|answer| answer.agency == agency(who)).unwrap().status
}

#[test]
fn answers_are_noted_and_silence_is_escalated() {
    let engine = engine();
    let (act, case, sources) = punished(&engine);
    assert_eq!(act.answers.len(), 9);
    assert_eq!(act.check_at, act.terms.due.as_ref().map(|due| due.at));
    let mut book = CaseBook::default();
    book.insert_act(act.clone());
    let needs = engine.needs(&message(2, "police"), &crate::support::decoded(vec![answer(act.id.as_str(), true, "")]));
    assert_eq!(needs.acts, std::slice::from_ref(&act.id));

    // The row faults: an unknown request, one that asks somebody else, a refusal without a reason.
    for (sender, request, applied, text, code) in [
        ("police", "LHCJ-1", true, "", "case.unknown"),
        ("police", "TZ-2026-0000099/A1", true, "", "case.unknown"),
        ("environment", act.id.as_str(), true, "", "act.not-asked"),
        ("police", act.id.as_str(), false, " ", "act.no-reason"),
    ] {
        let decision = decide(&engine, &message(2, sender), vec![answer(request, applied, text)], &mut book);
        let InboxOutcome::Dead(fault) = &decision.settlement.outcome else { panic!("{code}") };
        assert_eq!((fault.code.as_str(), decision.settlement.acts.len()), (code, 0));
    }

    let applied = decide(&engine, &message(3, "police"), vec![answer(act.id.as_str(), true, "已落实")], &mut book);
    let act = applied.settlement.acts[0].clone();
    assert_eq!((status_of(&act, "police"), act.version), (AnswerStatus::Applied, 4));
    let refused =
        decide(&engine, &message(4, "fire"), vec![answer(act.id.as_str(), false, "不属本单位职责")], &mut book);
    let act = refused.settlement.acts[0].clone();
    assert_eq!((status_of(&act, "fire"), status_of(&act, "police")), (AnswerStatus::Refused, AnswerStatus::Applied));
    let texts: Vec<_> = refused.settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
    assert!(
        texts[0].contains("区消防救援局") && texts[0].contains("未落实") && texts[0].contains("不属本单位职责"),
        "{texts:?}"
    );
    let again = decide(&engine, &message(5, "police"), vec![answer(act.id.as_str(), true, "已落实")], &mut book);
    assert_eq!(again.settlement.acts, [], "the same answer changes nothing");

    // Nobody else answers.
    let due = act.check_at.unwrap();
    assert_eq!(engine.act_due(&act, std::slice::from_ref(&act), &case, &sources, due.plus_ms(-1)), None);
    let late = engine.act_due(&act, std::slice::from_ref(&act), &case, &sources, due).unwrap();
    let overdue = late.settlement.acts[0].clone();
    assert_eq!(status_of(&overdue, "planning"), AnswerStatus::Overdue);
    assert_eq!(overdue.answers.iter().filter(|answer| answer.status == AnswerStatus::Overdue).count(), 7);
    let [entry] = late.settlement.audit.as_slice() else { panic!("{:?}", late.settlement.audit) };
    assert!(entry.action == AuditAction::ActOverdue && entry.text.contains("规自分局"), "{}", entry.text);
    assert_eq!(overdue.check_at, Some(at("2027-09-22 00:00:00")), "and looked at again when it ends");

    // A late answer counts still, and the last one says how it went.
    let mut book = CaseBook::default();
    let mut overdue = overdue;
    for answer in overdue.answers.iter_mut().filter(|answer| answer.agency != agency("planning")) {
        answer.status = if answer.status.is_owed() { AnswerStatus::Applied } else { answer.status };
    }
    book.insert_act(overdue.clone());
    let last = decide(&engine, &message(6, "planning"), vec![answer(act.id.as_str(), true, "")], &mut book);
    let texts: Vec<_> = last.settlement.audit.iter().map(|entry| entry.text.as_str()).collect();
    assert!(texts[1].contains("各单位均已反馈：已落实8个，未落实1个"), "{texts:?}");
}

#[test]
fn a_punishment_that_ends_and_a_repair_propose_the_lifting() {
    let engine = engine();
    let (act, case, sources) = punished(&engine);
    let mut silent = act.clone();
    silent.check_at = Some(at("2027-09-22 00:00:00"));
    let end = at("2027-09-22 00:00:00");
    // There is no calendar for 2027, so the lifting cannot be timed, and the history says so.
    let ended = engine.act_due(&silent, std::slice::from_ref(&silent), &case, &sources, end).unwrap();
    assert!(ended.settlement.audit.iter().any(|entry| entry.text.contains("缺少2027年工作日历")), "{ended:?}");

    let mut short = act.clone();
    short.terms.until = Some(noon().beijing_date());
    short.check_at = Some(at("2026-09-22 00:00:00"));
    let ended =
        engine.act_due(&short, std::slice::from_ref(&short), &case, &sources, at("2026-09-22 00:00:00")).unwrap();
    assert_eq!(acts(&ended), [(ActKind::JointPunishment, ActStatus::Decided), (ActKind::Lift, ActStatus::Proposed)]);
    assert_eq!(ended.settlement.acts[1].terms.receivers, act.terms.receivers, "everybody who got it");

    let mut book = CaseBook::default();
    book.insert_act(act.clone());
    let repaired = decide(&engine, &message(9, "development-reform"), vec![restoration()], &mut book);
    assert_eq!(acts(&repaired), [(ActKind::Lift, ActStatus::Proposed)]);
    let lift = decided(&engine, &repaired.settlement.acts[0], noon());
    assert_eq!((lift.terms.takes_back.as_ref(), lift.answers.len()), (Some(&act.id), 9));

    // Receivers answer under the number that they know: the punishment's.
    let mut book = CaseBook::default();
    book.insert_act(act.clone());
    book.insert_act(lift.clone());
    let done = decide(&engine, &message(10, "police"), vec![answer(act.id.as_str(), true, "已解除")], &mut book);
    assert_eq!(done.settlement.acts[0].id, lift.id);
    assert_eq!(status_of(&done.settlement.acts[0], "police"), AnswerStatus::Applied);
    // What is lifted is not lifted again.
    let again = decide(&engine, &message(11, "development-reform"), vec![restoration()], &mut book);
    assert_eq!(acts(&again), []);
}

#[test]
fn a_refused_draft_takes_the_acts_back_too() {
    let engine = engine();
    let mut book = CaseBook::default();
    let before = book.clone();
    let record = penalty("吊销营业执照", None);
    let decision = decide(&engine, &message(1, "development-reform"), vec![record], &mut book);
    assert!(!decision.settlement.acts.is_empty() && book != before);
    book.undo(&decision);
    assert_eq!(book, before);
    assert_eq!(finish(&engine, decision).acts.len(), 1);
}

#[test]
fn ledger_entries_are_kept_in_the_files() {
    let engine = engine();
    let entry = |subject: &str, reference: &str| {
        record(json!({
            "kind": "ledger_entry", "reference": reference, "subject": subject, "party": {"name": "某处"},
            "host_unit": "外资专班", "operator_unit": "某运营公司", "cluster_address": "DZ-1", "status": "active"
        }))
    };
    let tenant = record(json!({
        "kind": "ledger_entry", "reference": "R1", "party": {"uscc": XINDA}, "host_unit": "外资专班"
    }));
    let report = record(json!({
        "kind": "indicator", "reference": "N1", "period": "annual_report", "party": {"uscc": XINDA}
    }));
    let reading = record(json!({"kind": "indicator", "reference": "N2", "period": "minute", "party": {"uscc": XINDA}}));
    let records =
        vec![entry("address", "a"), entry("host_unit", "h"), entry("operator_unit", "o"), tenant, report, reading];
    let decision = decide(&engine, &message(1, "address-filing"), records, &mut CaseBook::default());
    let kept: Vec<_> = decision.settlement.entity_records.iter().map(|kept| (kept.entity.as_str(), kept.row)).collect();
    let uscc = format!("uscc:{XINDA}");
    assert_eq!(
        kept,
        [
            ("address:DZ-1", 1),
            ("host-unit:外资专班", 2),
            ("operator-unit:某运营公司", 3),
            (uscc.as_str(), 4),
            (uscc.as_str(), 5)
        ]
    );
}

#[test]
fn an_address_without_proof_of_its_condition_is_a_case() {
    let engine = engine();
    let address = |gaps: Option<&str>, status: &str| {
        let mut value = json!({
            "kind": "ledger_entry", "reference": "DZ-1", "subject": "address", "status": status,
            "party": {"name": "某处", "address": "通州区某路1号"}, "host_unit": "外资专班", "extra": {}
        });
        if let Some(gaps) = gaps {
            value["extra"]["condition_gaps"] = gaps.into();
        }
        record(value)
    };
    for (gaps, status, wanted) in
        [(Some("planning"), "applied", 1), (Some("planning"), "cancelled", 0), (None, "active", 0)]
    {
        let records = vec![address(gaps, status)];
        let decision = decide(&engine, &message(1, "address-filing"), records, &mut CaseBook::default());
        assert_eq!(decision.settlement.cases.len(), wanted, "{gaps:?} {status}");
    }
}

#[test]
fn complaints_are_handled_and_counted() {
    let engine = engine();
    let complaint = record(json!({
        "kind": "complaint", "reference": "G1", "party": {"uscc": YUNYI}, "text": "不退款",
        "issue": {"code_system": "hotline", "code": "投诉"}
    }));
    let decision = decide(&engine, &message(1, "hotline"), vec![complaint], &mut CaseBook::default());
    let case = &decision.settlement.cases[0].case;
    assert_eq!((case.category.as_str(), case.assignments[0].agency.as_str()), ("complaint", "market-supervision"));
    assert_eq!(decision.settlement.entity_records[0].entity, format!("uscc:{YUNYI}"));
}
