//! Feedback: how a case moves on.

use xiezhi_engine::{CaseBook, Engine};
use xiezhi_model::case::Case;
use xiezhi_ports::InboxOutcome;

use crate::support::{YUNYI, decide, feedback, message, number, urban, without_steps};

/// A book with one case of changed use: urban management leads (`/1`), police take part (`/2`).
fn opened(engine: &Engine) -> CaseBook {
    let mut book = CaseBook::default();
    decide(engine, &message(1, "urban-management"), vec![urban("1101120198", YUNYI, "U1")], &mut book);
    book
}

/// The shipped policy without next agencies: a return goes to a person. Chains are in `routing`.
fn engine() -> Engine {
    let mut data = without_steps();
    let assigns = data.policies.iter_mut().flat_map(|policy| &mut policy.rules).flat_map(|rule| &mut rule.assign);
    assigns.for_each(|assign| assign.next.clear());
    Engine::new(data).unwrap()
}

fn case(book: &CaseBook) -> &Case {
    book.case(&number("TZ-2026-0000001")).unwrap()
}

/// Sender, place of the assignment, result.
type Answer = (&'static str, &'static str, &'static str);

#[test]
fn answers_move_assignments_and_the_case() {
    let cases: [(&[Answer], &str); 9] = [
        (&[("urban-management", "1", "accepted")], "open accepted assigned"),
        (&[("urban-management", "1", "done")], "open done assigned"),
        (&[("urban-management", "1", "done"), ("police", "2", "done")], "fed_back done done"),
        (&[("urban-management", "1", "returned")], "open returned assigned"),
        (&[("urban-management", "1", "returned"), ("police", "2", "returned")], "unrouted returned returned"),
        (&[("urban-management", "1", "done"), ("police", "2", "returned")], "open done returned"),
        (
            &[("urban-management", "1", "in_progress"), ("urban-management", "1", "accepted")],
            "open in_progress assigned",
        ),
        (&[("urban-management", "1", "done"), ("urban-management", "1", "returned")], "open done assigned"),
        (
            &[("urban-management", "1", "returned"), ("police", "2", "returned"), ("police", "2", "accepted")],
            "open returned accepted",
        ),
    ];
    let engine = engine();
    for (answers, wanted) in cases {
        let mut book = opened(&engine);
        for (seq, (sender, nth, result)) in (2..).zip(answers) {
            let record = feedback(&format!("TZ-2026-0000001/{nth}"), result);
            let decision = decide(&engine, &message(seq, sender), vec![record], &mut book);
            assert_eq!(decision.settlement.outcome, InboxOutcome::Done, "{answers:?}");
        }
        let case = case(&book);
        let got: Vec<_> = case.assignments.iter().map(|a| a.status.as_str()).collect();
        assert_eq!(format!("{} {}", case.status.as_str(), got.join(" ")), wanted, "{answers:?}");
        for assignment in &case.assignments {
            assert_eq!(assignment.check_at.is_some(), assignment.status.is_open(), "{answers:?}");
        }
    }
}

#[test]
fn the_history_says_what_was_answered() {
    let engine = engine();
    let mut book = opened(&engine);
    let mut texts = Vec::new();
    for (seq, sender, nth, result) in [
        (2, "urban-management", 1, "done"),
        (3, "urban-management", 1, "in_progress"),
        (4, "police", 2, "returned"),
        (5, "police", 2, "done"),
    ] {
        let record = feedback(&format!("TZ-2026-0000001/{nth}"), result);
        let decision = decide(&engine, &message(seq, sender), vec![record], &mut book);
        assert_eq!(decision.settlement.audit[0].actor, format!("agency:{sender}"));
        texts.extend(decision.settlement.audit.into_iter().map(|entry| entry.text));
    }
    let settled = "共1条记录、0条有误；处置反馈1";
    assert_eq!(
        texts,
        [
            "区城管执法局反馈派遣TZ-2026-0000001/1（对方编号F1）：已反馈",
            settled,
            "区城管执法局对派遣TZ-2026-0000001/1再次反馈（对方编号F1，办理中）；此前为已反馈，仅记录",
            settled,
            "区公安分局退回派遣TZ-2026-0000001/2（对方编号F1），须人工重新分派",
            settled,
            "区公安分局反馈派遣TZ-2026-0000001/2（对方编号F1）：已反馈",
            "案件由处置中转为待核查",
            settled,
        ]
    );
}

#[test]
fn only_the_assigned_agency_may_answer() {
    let engine = engine();
    for (sender, assignment, code) in [
        ("police", "TZ-2026-0000001/1", "case.not-assigned"),
        ("police", "TZ-2026-0000001/3", "case.unknown"),
        ("police", "TZ-2026-0000099/1", "case.unknown"),
    ] {
        let mut book = opened(&engine);
        let before = book.clone();
        let decision = decide(&engine, &message(2, sender), vec![feedback(assignment, "done")], &mut book);
        let InboxOutcome::Dead(fault) = &decision.settlement.outcome else { panic!("{assignment} not dead") };
        assert_eq!(fault.code, code);
        assert_eq!(decision.settlement.row_faults[0].fault.code, code);
        assert_eq!(book, before);
    }
}
