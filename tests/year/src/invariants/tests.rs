//! The checks on small broken worlds: each must be seen.

use serde_json::{Value, json};
use xiezhi_model::act::LegalAct;
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry, AuditRow};
use xiezhi_model::case::Case;
use xiezhi_model::{CaseNumber, Digest, MessageId, UtcTime};

use super::{Memory, act_breaches, answer_breaches, carried_by, case_breaches, history_breaches};
use crate::district::Sent;

const CASE: &str = "TZ-2026-0000001";

fn at(ms: i64) -> UtcTime {
    UtcTime::from_unix_ms(1_790_000_000_000 + ms).unwrap()
}

/// How an assignment stands: status, when it is looked at next, whether it is escalated.
type Held = (&'static str, Option<i64>, bool);

/// A case with assignments that stand so.
fn case(status: &str, assignments: &[Held]) -> Case {
    let assignment = |(nth, (status, check_at, escalated)): (usize, &Held)| {
        json!({
            "id": format!("{CASE}/{}", nth + 1), "agency": "housing", "role": "lead", "clause": "5.3.9(1)", "rule": "r",
            "status": status, "assigned_at": at(0), "deadline": {"at": at(100), "basis": "b"}, "reminders": 0,
            "check_at": check_at.map(at), "escalated_at": escalated.then(|| at(50))
        })
    };
    let value = json!({
        "number": CASE, "join_key": "uscc:1#a", "category": "a", "category_name": "a", "clause": "5.3.9(1)", "rule": "r",
        "policy_version": "p@1", "party": {}, "title": "t", "status": status, "opened_at": at(0), "updated_at": at(0),
        "version": 1, "source_count": 1, "source_agencies": ["police"],
        "assignments": assignments.iter().enumerate().map(assignment).collect::<Vec<_>>()
    });
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_case_with_nobody_is_seen() {
    let cases: [(&str, &[Held], &str); 9] = [
        ("open", &[("assigned", Some(200), false)], ""),
        ("open", &[("assigned", None, true)], ""),
        ("open", &[("done", None, false), ("returned", None, false)], ""),
        ("fed_back", &[("done", Some(200), false)], ""),
        ("closed", &[("done", None, false)], ""),
        ("open", &[("done", None, false)], "nobody has anything to do"),
        ("open", &[("accepted", None, false)], "neither timed nor escalated"),
        ("open", &[("assigned", Some(100), false)], "should have been looked at"),
        ("closed", &[("in_progress", None, false)], "is closed, and"),
    ];
    for (status, assignments, wanted) in cases {
        let breaches = case_breaches(&case(status, assignments), at(150));
        let is_as_wanted =
            if wanted.is_empty() { breaches.is_empty() } else { breaches.len() == 1 && breaches[0].contains(wanted) };
        assert!(is_as_wanted, "{status} {assignments:?}: {breaches:?}, not {wanted:?}");
    }
}

fn vote(person: &str, role: &str, approved: bool) -> Value {
    json!({"person": person, "role": role, "approved": approved, "remark": if approved { "" } else { "证据不足" }, "at": at(1)})
}

fn act(kind: &str, status: &str, votes: Vec<Value>, change: Value) -> LegalAct {
    let mut value = json!({
        "id": format!("{CASE}/A1"), "kind": kind, "case_number": CASE, "entity": "uscc:1", "party": {}, "clause": "5.3.9(5)",
        "reason": "r", "terms": {"receivers": ["police", "fire"]}, "decision": "1号", "proposed_at": at(0), "version": 3,
        "evidence": [{"title": "t", "agency": "police", "reference": "1", "inbox_seq": 1, "row": 1, "received_at": at(0)}],
        "proposed_by": {"policy": {"rule": "r", "rule_version": "p@1/1"}}, "status": status, "votes": votes,
        "answers": if kind == "joint_punishment" {
            json!([{"agency": "police", "status": "applied"}, {"agency": "fire", "status": "overdue"}])
        } else {
            json!([])
        }
    });
    for (name, member) in change.as_object().unwrap() {
        value[name] = member.clone();
    }
    serde_json::from_value(value).unwrap()
}

fn both() -> Vec<Value> {
    vec![vote("wang-lan", "officer", true), vote("chen-yu", "reviewer", true)]
}

#[test]
fn an_act_without_its_two_persons_is_seen() {
    let (first, second) = (vote("wang-lan", "officer", true), vote("chen-yu", "reviewer", true));
    let own = vote("wang-lan", "reviewer", true);
    let not = vote("chen-yu", "reviewer", false);
    let nothing = json!({});
    for (status, votes, change, wanted) in [
        ("decided", both(), nothing.clone(), ""),
        ("refused", vec![first.clone(), not.clone()], nothing.clone(), ""),
        ("decided", vec![first.clone()], nothing.clone(), "lacks two approvals"),
        ("decided", vec![first.clone(), own], nothing.clone(), "one person voted twice"),
        ("decided", vec![first.clone(), not], nothing.clone(), "lacks two approvals"),
        ("decided", vec![second.clone(), first.clone()], nothing.clone(), "the votes are not an officer's"),
        ("decided", both(), json!({"evidence": []}), "rests on no evidence"),
        ("decided", both(), json!({"decision": null}), "has no document number"),
        ("decided", both(), json!({"terms": {}, "answers": []}), "is told to nobody"),
        ("decided", both(), json!({"answers": []}), "its answers are not its receivers'"),
        ("decided", both(), json!({"proposed_by": {"person": "chen-yu"}}), "its proposer reviewed it"),
        ("proposed", vec![first.clone()], nothing.clone(), "has votes"),
        ("examined", vec![], nothing.clone(), "lacks its one approval"),
        ("refused", vec![first], nothing, "nobody refused it"),
    ] {
        let breaches = act_breaches(&act("joint_punishment", status, votes, change));
        let is_seen = breaches.iter().any(|breach| breach.contains(wanted));
        assert!(if wanted.is_empty() { breaches.is_empty() } else { is_seen }, "{breaches:?}, not {wanted:?}");
    }
}

#[test]
fn a_message_without_its_act_and_an_act_without_its_message_are_seen() {
    let decided = act("interview", "decided", both(), json!({}));
    let sent: Vec<Sent> =
        carried_by(&decided).into_iter().map(|(id, agency, kind)| Sent { id, agency, kind: kind.to_owned() }).collect();
    assert_eq!(Memory::default().sent(&sent, std::slice::from_ref(&decided)), Vec::<String>::new());
    let breaches = |sent: &[Sent], decided: &[LegalAct]| Memory::default().sent(sent, decided);
    assert!(breaches(&sent, &[])[0].contains("belongs to no decided act"));
    assert!(breaches(&sent[..1], std::slice::from_ref(&decided))[0].contains("did not go out"));
    let twice = [sent.clone(), sent[..1].to_vec()].concat();
    assert!(breaches(&twice, std::slice::from_ref(&decided))[0].contains("went out twice"));
    let other = Sent { id: MessageId::parse("other").unwrap(), ..sent[0].clone() };
    let more = [sent, vec![other]].concat();
    assert!(breaches(&more, &[decided])[0].contains("other (notice, to police) belongs to no decided act"));
}

fn row(seq: i64, action: AuditAction, ms: i64) -> AuditRow {
    let entry = AuditEntry::new(at(ms), action, ACTOR_GATEWAY, "t");
    AuditRow { seq, hash: Digest::ZERO, entry }
}

#[test]
fn an_answer_that_nobody_escalated_and_a_broken_history_are_seen() {
    let number = CaseNumber::parse(CASE).unwrap();
    let decided = act("joint_punishment", "decided", both(), json!({}));
    assert_eq!(answer_breaches(&decided, &[]).len(), 1, "overdue, and not in the history");
    let mut named = row(1, AuditAction::ActOverdue, 0);
    named.entry.act = Some(decided.id.clone());
    assert_eq!(answer_breaches(&decided, &[named.clone()]), Vec::<String>::new());
    let awaited = json!({"answers": [{"agency": "police", "status": "awaited"}]});
    assert_eq!(answer_breaches(&act("joint_punishment", "decided", both(), awaited), &[named]).len(), 1);

    let opened = row(1, AuditAction::CaseOpened, 5);
    assert_eq!(history_breaches(&number, &[opened.clone(), row(2, AuditAction::CaseClosed, 5)]), Vec::<String>::new());
    for history in
        [vec![], vec![row(1, AuditAction::CaseClosed, 5)], vec![opened.clone(), row(2, AuditAction::CaseClosed, 4)]]
    {
        assert_eq!(history_breaches(&number, &history).len(), 1, "{history:?}");
    }
}
