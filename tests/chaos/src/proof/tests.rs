//! The proof must find what is wrong: a small world where everything is right, and one thing after the other spoilt.

use serde_json::json;
use xiezhi_model::Digest;

use super::*;
use crate::ledger::{Arrival, Sent};

const AT: &str = "2026-09-21T09:06:00+08:00";
const NUMBER: &str = "TZ-2026-0000001";

fn sent(state: &mut State, id: &str, content: Content) {
    state.sent.insert(id.to_owned(), Sent { role: Role::Police, content, confirms: 1 });
}

fn arrived(state: &mut State, role: Role, id: &str, kind: &str, names: &[&str]) {
    state.arrived.entry(role).or_default().push(Arrival {
        message_id: id.to_owned(),
        case_number: (kind != "receipt").then(|| NUMBER.to_owned()),
        kind: kind.to_owned(),
        digest: Digest::of(b""),
        names: names.iter().map(|&name| name.to_owned()).collect(),
    });
}

fn out(agency: &str, id: &str, kind: &str) -> OutboxRow {
    OutboxRow {
        message_id: id.to_owned(),
        agency: agency.to_owned(),
        case_number: (kind != "receipt").then(|| NUMBER.to_owned()),
        kind: kind.to_owned(),
        status: OUTBOX_SENT,
    }
}

fn inbox(seq: i64, id: &str) -> InboxRow {
    InboxRow { seq, agency: "police".into(), message_id: id.into(), status: INBOX_DONE, row_faults: None }
}

/// A clue of the police that became a case of the police, who were reminded of it once and took it up.
fn world() -> (State, Kept) {
    let uscc = xiezhi_kit::load::uscc(1);
    let mut state = State::default();
    sent(
        &mut state,
        "chaos-000001",
        Content::Findings(vec![Finding { uscc: uscc.clone(), category: "public_security" }]),
    );
    let assignment = format!("{NUMBER}/1");
    sent(&mut state, "chaos-000002", Content::Answer { assignment: assignment.clone(), status: "accepted" });
    arrived(&mut state, Role::Police, "xz-1", "assignment", &[]);
    arrived(&mut state, Role::Police, "xz-2", "receipt", &["chaos-000001"]);
    arrived(&mut state, Role::Police, "xz-3", "reminder", &[]);
    arrived(&mut state, Role::Police, "xz-4", "receipt", &["chaos-000002"]);
    let case = json!({
        "number": NUMBER, "join_key": "k", "category": "public_security", "category_name": "治安", "clause": "5.3.9(1)",
        "rule": "r", "policy_version": "2026.1", "party": { "uscc": uscc }, "title": "t", "status": "open", "opened_at": AT,
        "updated_at": AT, "version": 1, "source_count": 1, "source_agencies": ["police"],
        "assignments": [{
            "id": assignment, "agency": "police", "role": "lead", "clause": "5.3.9(1)", "rule": "r", "status": "accepted",
            "assigned_at": AT, "deadline": { "at": AT, "basis": "b" }, "reminders": 1, "check_at": null,
        }],
    });
    let source = json!({
        "agency": "police", "reference": "A1", "message_id": "chaos-000001", "inbox_seq": 1, "row": 1, "kind": "finding",
        "title": "t", "received_at": AT,
    });
    let case = (serde_json::from_value(case).unwrap(), vec![serde_json::from_value(source).unwrap()]);
    let outbox = ["assignment", "receipt", "reminder", "receipt"];
    let kept = Kept {
        inbox: vec![inbox(1, "chaos-000001"), inbox(2, "chaos-000002")],
        outbox: (1..).zip(outbox).map(|(n, kind)| out("police", &format!("xz-{n}"), kind)).collect(),
        cases: vec![case],
        answers: BTreeMap::from([(2, 1)]),
    };
    (state, kept)
}

/// Spoils one thing; the proof must say this of it, and count it so.
fn check(spoil: impl Fn(&mut State, &mut Kept), said: &str, (lost, doubled): (usize, usize)) {
    let (mut state, mut kept) = world();
    spoil(&mut state, &mut kept);
    let verdict = compare(&state, &kept);
    assert!(verdict.problems.iter().any(|problem| problem.contains(said)), "{said:?} is not in {verdict:?}");
    assert_eq!((verdict.lost.len(), verdict.doubled.len()), (lost, doubled), "{said}: {verdict:?}");
}

#[test]
fn a_reminder_before_the_deadline_counts_once_whatever_it_says() {
    let (mut state, mut kept) = world();
    let early = UtcTime::parse_rfc3339(AT).unwrap().plus_ms(-1_000);
    let assignment = &mut kept.cases[0].0.assignments[0];
    (assignment.accept_reminded_at, assignment.near_reminded_at) = (Some(early), Some(early));
    arrived(&mut state, Role::Police, "xz-5", "reminder", &[]);
    kept.outbox.push(out("police", "xz-5", "reminder"));
    let verdict = compare(&state, &kept);
    assert_eq!((verdict.problems.as_slice(), verdict.reminders), (&[][..], 2));
}

#[test]
fn a_world_that_is_right_is_found_right() {
    let (state, kept) = world();
    let verdict = compare(&state, &kept);
    assert!(verdict.problems.is_empty(), "{verdict:?}");
    assert_eq!((verdict.cases, verdict.cases_joined, verdict.reminders), (1, 0, 1));
}

#[test]
fn what_is_lost_is_found() {
    check(|_, kept| drop(kept.inbox.remove(0)), "chaos-000001: no in the inbox", (1, 0));
    check(|_, kept| kept.inbox[0].status = 3, "stands in the inbox with status 3", (1, 0));
    check(|_, kept| kept.inbox[0].row_faults = Some("x".into()), "rows that were not used", (1, 0));
    check(|_, kept| kept.cases[0].1.clear(), "no source of a case by its row 0", (1, 0));
    check(|_, kept| kept.outbox[2].status = 0, "a reminder for police with status 0", (1, 0));
    check(|_, kept| kept.answers.clear(), "no noted as an answer", (1, 0));
    check(|state, _| drop(police(state).remove(1)), "a receipt that did not reach police", (2, 0));
    check(|state, _| drop(police(state).remove(2)), "a reminder that did not reach police", (2, 0));
}

#[test]
fn what_is_doubled_is_found() {
    check(|_, kept| kept.inbox.push(inbox(3, "chaos-000001")), "2 times in the inbox", (0, 1));
    check(|_, kept| kept.answers = BTreeMap::from([(2, 2)]), "2 times noted as an answer", (0, 1));
    let source = |_: &mut State, kept: &mut Kept| {
        let again = kept.cases[0].1[0].clone();
        kept.cases[0].1.push(again);
    };
    check(source, "2 times source of a case", (0, 1));
    let receipt = |state: &mut State, kept: &mut Kept| {
        arrived(state, Role::Police, "xz-5", "receipt", &["chaos-000001"]);
        kept.outbox.push(out("police", "xz-5", "receipt"));
    };
    check(receipt, "2 times confirmed by a receipt", (0, 1));
    let reminder = |state: &mut State, kept: &mut Kept| {
        arrived(state, Role::Police, "xz-5", "reminder", &[]);
        kept.outbox.push(out("police", "xz-5", "reminder"));
    };
    check(reminder, "police got 2 reminder(s)", (0, 1));
}

#[test]
fn what_is_out_of_order_or_out_of_place_is_found() {
    check(|state, _| police(state).swap(0, 2), "and it was decided as", (0, 0));
    check(|_, kept| kept.outbox[2].agency = "fire".into(), "is none of its messages", (1, 0));
    check(|_, kept| kept.cases[0].0.category = "fire_hazard".into(), "chaos-000001, row 0, is in", (0, 0));
    check(|_, kept| kept.cases[0].0.source_count = 2, "counts 2 sources and has 1", (0, 0));
    check(|_, kept| kept.inbox[0].agency = "fire".into(), "chaos-000001 of fire was never sent", (0, 0));
    let status = |_: &mut State, kept: &mut Kept| kept.cases[0].0.assignments[0].status = AssignmentStatus::Done;
    check(status, "was answered as accepted", (0, 0));
}

fn police(state: &mut State) -> &mut Vec<Arrival> {
    state.arrived.get_mut(&Role::Police).unwrap()
}
