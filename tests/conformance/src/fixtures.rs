//! Values for the suites: short makers with everything a case does not care about filled in.

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{AssignmentStatus, Case, CaseAssignment, CaseStatus, Deadline, Source};
use xiezhi_model::message::{Delivery, InboxMessage, Intake, OutboxMessage, Outgoing};
use xiezhi_model::plugin::Part;
use xiezhi_model::record::Party;
use xiezhi_model::{AgencyId, AssignmentId, CaseNumber, ClauseId, InboxSeq, MessageId, RuleId, UtcTime};
use xiezhi_ports::{CaseWrite, InboxOutcome, Settlement, Store, Trigger};

/// Start of the suites' time.
pub const START_MS: i64 = 1_790_000_000_000;

/// A lease long enough to outlast a case that does not move the time.
pub const LEASE_MS: i64 = 60_000;

/// `ms` after the start.
pub fn at(ms: i64) -> UtcTime {
    UtcTime::from_unix_ms(START_MS + ms).unwrap()
}

/// An agency.
pub fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

/// A message id.
pub fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

/// A case number.
pub fn number(text: &str) -> CaseNumber {
    CaseNumber::parse(text).unwrap()
}

/// A delivery at the start.
pub fn delivery(from: &str, message_id: &str, body: &[u8]) -> Delivery {
    Delivery {
        agency: agency(from),
        message_id: id(message_id),
        body: body.to_vec(),
        content_type: Some("text/plain".into()),
        received_at: at(0),
    }
}

/// Takes one new message from `police` and leases it.
pub async fn leased(store: &dyn Store, message_id: &str) -> InboxMessage {
    leased_from(store, "police", message_id).await
}

/// Takes one new message and leases it.
pub async fn leased_from(store: &dyn Store, from: &str, message_id: &str) -> InboxMessage {
    let intakes = store.inbox_accept(vec![delivery(from, message_id, message_id.as_bytes())]).await.unwrap();
    assert!(matches!(intakes[0], Intake::Accepted(_)), "{message_id} is new");
    lease_of(store, intakes[0].seq()).await
}

/// Leases one pending row; everything else that is pending stays leased too.
pub async fn lease_of(store: &dyn Store, seq: InboxSeq) -> InboxMessage {
    let leased = store.inbox_lease(1_000, LEASE_MS, at(0)).await.unwrap();
    leased.into_iter().find(|message| message.seq == seq).expect("the row is pending and free")
}

/// The trigger of a leased row.
pub fn trigger(message: &InboxMessage) -> Trigger {
    Trigger::Inbox { seq: message.seq, redrives: message.redrives }
}

/// A settlement that does nothing but settle its row, with its one audit entry.
pub fn done(message: &InboxMessage) -> Settlement {
    settlement(trigger(message), InboxOutcome::Done)
}

/// A settlement of a timer that does nothing.
pub fn timer() -> Settlement {
    Settlement { audit: Vec::new(), ..settlement(Trigger::Timer, InboxOutcome::Done) }
}

/// A settlement that does nothing but settle its trigger.
pub fn settlement(trigger: Trigger, outcome: InboxOutcome) -> Settlement {
    let action = match &outcome {
        InboxOutcome::Done => AuditAction::MessageSettled,
        InboxOutcome::Waiting => AuditAction::MessageWaiting,
        InboxOutcome::Dead(_) => AuditAction::MessageDead,
    };
    Settlement {
        trigger,
        outcome,
        records: 0,
        row_faults: Vec::new(),
        plugin_digest: None,
        parts: Vec::new(),
        parts_complete: Vec::new(),
        cases: Vec::new(),
        acts: Vec::new(),
        entity_records: Vec::new(),
        outgoing: Vec::new(),
        audit: vec![entry(action)],
        at: at(1),
    }
}

/// An audit entry with nothing but its action.
pub fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry::new(at(1), action, ACTOR_GATEWAY, action.as_str())
}

/// An open case in version 1, with an assignment to `housing` that is looked at after `check_ms`.
pub fn case(case_number: &str, join_key: &str, check_ms: i64) -> Case {
    let number = number(case_number);
    Case {
        join_key: join_key.into(),
        category: "lost-contact".into(),
        category_name: "失联".into(),
        clause: ClauseId::parse("5.3.9(2)").unwrap(),
        rule: RuleId::parse("5.3.9-2-lost-contact").unwrap(),
        policy_version: "district@1".into(),
        party: Party { name: Some("某某商贸有限公司".into()), ..Party::default() },
        title: "登记地址无法联系".into(),
        status: CaseStatus::Open,
        opened_at: at(0),
        updated_at: at(0),
        version: 1,
        source_count: 1,
        source_agencies: vec![agency("police")],
        assignments: vec![assignment(&number, 1, Some(check_ms))],
        reference: "A-1".into(),
        text: String::new(),
        unassigned: Vec::new(),
        suspension: None,
        verify_due: None,
        number,
    }
}

/// An open assignment to `housing`.
pub fn assignment(case: &CaseNumber, nth: usize, check_ms: Option<i64>) -> CaseAssignment {
    CaseAssignment {
        id: AssignmentId::of(case, nth),
        agency: agency("housing"),
        role: "lead".into(),
        clause: ClauseId::parse("5.3.9(2)").unwrap(),
        rule: RuleId::parse("5.3.9-2-lost-contact").unwrap(),
        status: AssignmentStatus::Assigned,
        assigned_at: at(0),
        deadline: Deadline { at: at(100_000), basis: "自2026-09-21起10个工作日".into(), estimated: false },
        reminders: 0,
        check_at: check_ms.map(at),
        rule_version: Some("district@1/1".into()),
        accept_reminded_at: None,
        near_reminded_at: None,
        resumed_at: None,
        escalated_at: None,
        replaced_by: None,
    }
}

/// A write of a case without sources.
pub fn write(case: Case) -> CaseWrite {
    CaseWrite { case: case.into(), sources: Vec::new() }
}

/// The case in its next version.
pub fn next_version(mut case: Case) -> Case {
    case.version += 1;
    case.updated_at = at(i64::from(case.version));
    case
}

/// A source of a case.
pub fn source(message: &InboxMessage, row: u32) -> Source {
    Source {
        agency: message.agency.clone(),
        reference: format!("{}-{row}", message.message_id),
        message_id: message.message_id.clone(),
        inbox_seq: message.seq,
        row,
        kind: "finding".into(),
        title: "登记地址无法联系".into(),
        received_at: message.received_at,
    }
}

/// An outgoing message, decided `ms` after the start.
pub fn outgoing(to: &str, case_number: Option<&str>, message_id: &str, ms: i64) -> Outgoing {
    Outgoing {
        id: id(message_id),
        agency: agency(to),
        case_number: case_number.map(number),
        kind: "assignment".into(),
        body: format!("<to {to}: {message_id}>").into_bytes(),
        content_type: "application/xml".into(),
        created_at: at(ms),
        plugin_digest: None,
    }
}

/// `count` messages to an agency over so many cases, in turn.
pub fn many(to: &str, count: usize, cases: usize) -> Vec<Outgoing> {
    (0..count).map(|n| outgoing(to, Some(&format!("TZ-{}", n % cases)), &format!("{to}-{n}"), 1)).collect()
}

/// A part of a message in `total` parts that waits for `wait_ms`.
pub fn part(key: &str, index: u32, total: u32, wait_ms: u64) -> Part {
    Part { key: key.into(), index, total, expires_after_ms: wait_ms, body: format!("{key}/{index}").into_bytes() }
}

/// Puts outgoing messages into the outbox.
pub async fn send(store: &dyn Store, outgoing: Vec<Outgoing>) {
    let settled = store.settle(&[Settlement { outgoing, ..timer() }]).await.unwrap();
    assert_eq!(settled, [xiezhi_ports::Settled::Applied]);
}

/// What is due for every agency, at most `limit` each, agency by agency.
pub async fn all_due(store: &dyn Store, ms: i64, limit: usize) -> Vec<OutboxMessage> {
    let mut due = Vec::new();
    for agency in store.outbox_agencies(at(ms)).await.unwrap() {
        due.extend(store.outbox_due(&agency, at(ms), limit).await.unwrap());
    }
    due
}

/// Opens a case.
pub async fn open_case(store: &dyn Store, case: Case) -> Case {
    let settled = store.settle(&[Settlement { cases: vec![write(case.clone())], ..timer() }]).await.unwrap();
    assert_eq!(settled, [xiezhi_ports::Settled::Applied]);
    case
}

/// The actions of an inbox row's history.
pub async fn actions_of_message(store: &dyn Store, seq: InboxSeq) -> Vec<AuditAction> {
    let rows = store.audit_by_message(seq, 1_000).await.unwrap();
    assert!(rows.windows(2).all(|pair| pair[0].seq < pair[1].seq), "history is oldest first");
    rows.into_iter().map(|row| row.entry.action).collect()
}

/// The actions of a case's history.
pub async fn actions_of_case(store: &dyn Store, case_number: &str) -> Vec<AuditAction> {
    let rows = store.audit_by_case(&number(case_number), 1_000).await.unwrap();
    assert!(rows.windows(2).all(|pair| pair[0].seq < pair[1].seq), "history is oldest first");
    rows.into_iter().map(|row| row.entry.action).collect()
}

/// The chain is whole; returns how many rows it has.
pub async fn verified(store: &dyn Store) -> i64 {
    let report = store.audit_verify().await.unwrap();
    assert_eq!(report.broken, None);
    report.rows
}

/// Waits for all of them, started together, without a runtime's help.
pub async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, slot) in pending.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
