//! Late assignments: reminded, then escalated, then left to a person. Under a policy without clocks of steps, so that nothing but
//! deadlines counts; what the steps add is in `closed_loop`.

use xiezhi_engine::{CaseBook, Engine, EngineData};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{AssignmentStatus, Case};
use xiezhi_model::fault::Fault;
use xiezhi_model::{AssignmentId, Digest, UtcTime};
use xiezhi_ports::{CodecError, CodecFailure, InboxOutcome, Trigger};

use crate::support::{YUNYI, agency, at, decide, encoded, message, number, sketch, urban, without_steps};

fn opened(engine: &Engine, code: &str) -> Case {
    let mut book = CaseBook::default();
    decide(engine, &message(1, "urban-management"), vec![urban(code, YUNYI, "U1")], &mut book);
    book.case(&number("TZ-2026-0000001")).unwrap().clone()
}

fn first() -> AssignmentId {
    AssignmentId::parse("TZ-2026-0000001/1").unwrap()
}

#[test]
fn two_reminders_then_an_escalation() {
    let engine = Engine::new(without_steps()).unwrap();
    let mut case = opened(&engine, "1101120101");
    let early = at("2026-10-08 23:59:59");
    assert_eq!(engine.remind(&case, &first(), early), None);
    let mut seen = Vec::new();
    let mut ids = Vec::new();
    let mut now = at("2026-10-09 00:00:00");
    for _ in 0..3 {
        let decision = engine.remind(&case, &first(), now).unwrap();
        assert_eq!(decision, engine.remind(&case, &first(), now).unwrap(), "the same again");
        ids.extend(decision.drafts.iter().map(|draft| draft.id.clone()));
        let results = encoded(&decision);
        let settlement = engine.finish(decision, results, now);
        assert_eq!((&settlement.trigger, &settlement.outcome), (&Trigger::Timer, &InboxOutcome::Done));
        seen.push(settlement.audit[0].text.clone());
        seen.push(sketch(&settlement));
        case = settlement.cases[0].case.as_ref().clone();
        now = case.assignments[0].check_at.map_or(now, |check_at| check_at.plus_ms(1));
    }
    assert_eq!(
        seen,
        [
            "第1次督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1；2026-10-13 23:59:59后仍未办结的再次处理",
            "TZ-2026-0000001 illegal_building 5.3.9(1) open v2 +0 [urban-management/lead/assigned]\n-> urban-management reminder",
            "第2次督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1；2026-10-19 23:59:59后仍未办结的再次处理",
            "TZ-2026-0000001 illegal_building 5.3.9(1) open v3 +0 [urban-management/lead/assigned]\n-> urban-management reminder",
            "转人工督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1，已督办2次",
            "TZ-2026-0000001 illegal_building 5.3.9(1) open v4 +0 [urban-management/lead/assigned]",
        ]
    );
    assert_ne!(ids[0], ids[1]);
    assert_eq!(case.assignments[0].check_at, None);
    assert_eq!(engine.remind(&case, &first(), at("2026-12-01 00:00:00")), None);
}

#[test]
fn an_agency_in_the_house_is_reminded_without_a_message() {
    let engine = Engine::new(without_steps()).unwrap();
    let case = opened(&engine, "1101120699");
    let decision = engine.remind(&case, &first(), at("2026-10-20 09:00:00")).unwrap();
    assert_eq!(decision.drafts, []);
    assert_eq!(decision.settlement.audit[0].action, AuditAction::CaseReminded);
    assert_eq!(decision.settlement.cases[0].case.assignments[0].reminders, 1);
}

#[test]
fn what_is_answered_or_unknown_is_not_reminded() {
    let engine = Engine::new(without_steps()).unwrap();
    let mut case = opened(&engine, "1101120101");
    let now: UtcTime = at("2026-10-20 09:00:00");
    let other = AssignmentId::parse("TZ-2026-0000001/9").unwrap();
    assert_eq!(engine.remind(&case, &other, now), None);
    // An answer clears the time; should one be left, the clock is stopped instead of ringing for ever.
    case.assignments[0].status = AssignmentStatus::Done;
    let decision = engine.remind(&case, &first(), now).unwrap();
    assert_eq!(decision.settlement.cases[0].case.assignments[0].check_at, None);
    assert_eq!(decision.drafts, []);
}

#[test]
fn a_reminder_that_cannot_be_written_or_timed_goes_to_a_person() {
    let engine = Engine::new(without_steps()).unwrap();
    let case = opened(&engine, "1101120101");
    let now = at("2026-10-09 09:00:00");
    let decision = engine.remind(&case, &first(), now).unwrap();
    let error = CodecError {
        agency: agency("urban-management"),
        digest: Some(Digest::of(b"p")),
        failure: CodecFailure::Input,
        fault: Fault::new("urban.field-missing", "缺少字段"),
    };
    let settlement = engine.finish(decision, vec![Err(error)], now);
    assert_eq!(settlement.outcome, InboxOutcome::Done);
    assert_eq!(settlement.outgoing, []);
    let entry = &settlement.audit[0];
    assert_eq!(entry.action, AuditAction::CaseEscalated);
    assert_eq!(entry.fault_code.as_deref(), Some("urban.field-missing"));
    assert!(entry.text.ends_with("督办未能由适配插件写出（缺少字段），请人工督办"), "{}", entry.text);
    assert_eq!(settlement.cases[0].case.assignments[0].check_at, None);

    let without_calendar = Engine::new(EngineData { calendars: Vec::new(), ..without_steps() }).unwrap();
    let decision = without_calendar.remind(&case, &first(), now).unwrap();
    assert_eq!(
        decision.settlement.audit[0].text,
        "转人工督办：区城管执法局未在2026-10-08 23:59:59前办结派遣TZ-2026-0000001/1，缺少2026年工作日历，无法计算下次督办时间"
    );
}
