//! A seeded walk: random operations on the store and on a model of a few maps, which must agree at every step.

use std::collections::BTreeMap;

use xiezhi_model::InboxSeq;
use xiezhi_model::fault::Fault;
use xiezhi_model::message::{InboxStatus, Intake, PublishOutcome};
use xiezhi_ports::{InboxFilter, InboxOutcome, PublishResult, Settled, Settlement, Store, Trigger};

use crate::Backend;
use crate::fixtures::{LEASE_MS, all_due, at, case, delivery, id, number, outgoing, settlement, verified, write};
use crate::random::Random;

/// Operations of one walk: enough to meet every pair of states several times in well under ten seconds.
const STEPS: usize = 400;

/// Ids, bodies and cases are drawn from so few that they collide often.
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    name: &'static str,
    body: Vec<u8>,
    status: InboxStatus,
    duplicates: u32,
    redrives: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    Pending,
    Sent,
    Dead,
}

/// What the store should hold.
#[derive(Debug, Default)]
struct Model {
    rows: BTreeMap<i64, Row>,
    /// Version of each case, by name; each has a join key of its own.
    cases: BTreeMap<&'static str, u32>,
    /// Outgoing messages in order of decision.
    outbox: Vec<(String, Sending)>,
    audit_rows: i64,
}

impl Model {
    fn accept(&mut self, name: &'static str, body: &[u8]) -> Intake {
        let mut same_id = self.rows.iter_mut().filter(|(_, row)| row.name == name);
        let known = same_id.find(|(_, row)| row.body == body).map(|(seq, row)| {
            row.duplicates += 1;
            *seq
        });
        if let Some(seq) = known {
            return Intake::Duplicate(InboxSeq(seq));
        }
        let is_new = !self.rows.values().any(|row| row.name == name);
        let status = if is_new { InboxStatus::Pending } else { InboxStatus::Quarantined };
        let seq = self.rows.len() as i64 + 1;
        self.rows.insert(seq, Row { name, body: body.to_vec(), status, duplicates: 0, redrives: 0 });
        self.audit_rows += 1;
        if is_new { Intake::Accepted(InboxSeq(seq)) } else { Intake::Quarantined(InboxSeq(seq)) }
    }

    fn settle(&mut self, trigger: &Trigger, outcome: &InboxOutcome, written: Option<(&'static str, u32)>) -> Settled {
        let row = match trigger {
            Trigger::Timer | Trigger::Person => None,
            Trigger::Inbox { seq, redrives } => match self.rows.get_mut(&seq.0) {
                Some(row) if row.status == InboxStatus::Pending && row.redrives == *redrives => Some(row),
                _ => return Settled::AlreadyDone,
            },
        };
        if let Some((name, version)) = written
            && self.cases.get(name).copied().unwrap_or(0) + 1 != version
        {
            return Settled::Conflict;
        }
        if let Some(row) = row {
            row.status = match outcome {
                InboxOutcome::Done => InboxStatus::Done,
                InboxOutcome::Waiting => InboxStatus::Waiting,
                InboxOutcome::Dead(_) => InboxStatus::Dead,
            };
        }
        self.cases.extend(written);
        self.audit_rows += 1;
        Settled::Applied
    }

    fn send(&mut self, message_id: &str) {
        if !self.outbox.iter().any(|(known, _)| known == message_id) {
            self.outbox.push((message_id.to_owned(), Sending::Pending));
        }
    }

    fn record(&mut self, message_id: &str, sending: Sending) {
        if let Some(entry) = self.outbox.iter_mut().find(|(known, now)| known == message_id && *now == Sending::Pending)
        {
            entry.1 = sending;
            self.audit_rows += 1;
        }
    }
}

/// Random operations, a restart now and then; after each step the answers, at the end everything, must agree.
pub async fn random_operations_agree_with_the_model(backend: &dyn Backend) {
    let mut random = Random::seeded("random_operations_agree_with_the_model");
    let mut model = Model::default();
    let mut opened = backend.open().await;
    for step in 0..STEPS {
        match random.below(10) {
            0..=2 => accept(opened.store.as_ref(), &mut model, &mut random).await,
            3..=5 => settle(opened.store.as_ref(), &mut model, &mut random).await,
            6 => redrive(opened.store.as_ref(), &mut model, &mut random).await,
            7 | 8 => record(opened.store.as_ref(), &mut model, &mut random).await,
            _ if step % 5 == 0 => {
                drop(opened);
                opened = backend.open().await;
            }
            _ => compare(opened.store.as_ref(), &model).await,
        }
    }
    compare(opened.store.as_ref(), &model).await;
}

async fn accept(store: &dyn Store, model: &mut Model, random: &mut Random) {
    let mut deliveries = Vec::new();
    let mut expected = Vec::new();
    for _ in 0..=random.below(3) {
        let name = *random.pick(&NAMES);
        let body = [b"x".as_slice(), b"y", b"z"][random.below(3)];
        deliveries.push(delivery("police", name, body));
        expected.push(model.accept(name, body));
    }
    assert_eq!(store.inbox_accept(deliveries).await.unwrap(), expected);
}

async fn settle(store: &dyn Store, model: &mut Model, random: &mut Random) {
    let mut settlements = Vec::new();
    let mut expected = Vec::new();
    for _ in 0..=random.below(3) {
        let trigger = match random.below(4) {
            0 => Trigger::Timer,
            _ => Trigger::Inbox {
                seq: InboxSeq(random.below(model.rows.len() + 2) as i64),
                redrives: random.below(2) as u32,
            },
        };
        let outcome = match random.below(3) {
            0 => InboxOutcome::Dead(Fault::new("test.dead", "测试")),
            1 => InboxOutcome::Waiting,
            _ => InboxOutcome::Done,
        };
        let name = *random.pick(&NAMES);
        let stored = model.cases.get(name).copied().unwrap_or(0);
        // Mostly the right version, sometimes one that is behind or ahead.
        let version = (stored + [1, 1, 1, 2, 0][random.below(5)]).max(1);
        let written = (random.below(2) == 0).then_some((name, version));
        let message_id = format!("o{}", random.below(30));
        let verdict = model.settle(&trigger, &outcome, written);
        if verdict == Settled::Applied {
            model.send(&message_id);
        }
        let mut opened = case(&format!("TZ-{name}"), name, 5);
        opened.version = version;
        settlements.push(Settlement {
            cases: written.map(|_| write(opened)).into_iter().collect(),
            outgoing: vec![outgoing("housing", Some("TZ-1"), &message_id, 1)],
            ..settlement(trigger, outcome)
        });
        expected.push(verdict);
    }
    assert_eq!(store.settle(&settlements).await.unwrap(), expected);
}

async fn redrive(store: &dyn Store, model: &mut Model, random: &mut Random) {
    let seq = random.below(model.rows.len() + 2) as i64;
    let dead = model.rows.get_mut(&seq).filter(|row| row.status == InboxStatus::Dead);
    let expected = dead.is_some();
    if let Some(row) = dead {
        row.status = InboxStatus::Pending;
        row.redrives += 1;
        model.audit_rows += 1;
    }
    assert_eq!(store.inbox_redrive(InboxSeq(seq), "operator", at(2)).await.unwrap(), expected);
}

async fn record(store: &dyn Store, model: &mut Model, random: &mut Random) {
    let message_id = format!("o{}", random.below(30));
    let outcome = match random.below(3) {
        0 => PublishOutcome::Refused { reason: "refused".into(), is_answered: false },
        _ => PublishOutcome::Confirmed,
    };
    model.record(&message_id, if outcome == PublishOutcome::Confirmed { Sending::Sent } else { Sending::Dead });
    let result = PublishResult { id: id(&message_id), outcome, next_attempt_at: None };
    store.outbox_record(vec![result], at(3)).await.unwrap();
}

async fn compare(store: &dyn Store, model: &Model) {
    let listed = store.inbox_list(&InboxFilter { limit: 1_000, ..InboxFilter::default() }).await.unwrap();
    assert_eq!(listed.len(), model.rows.len());
    for entry in listed {
        let row = &model.rows[&entry.seq.0];
        let found = (entry.message_id.as_str(), entry.status, entry.duplicates, entry.redrives);
        assert_eq!(found, (row.name, row.status, row.duplicates, row.redrives), "row {}", entry.seq);
    }
    for (name, version) in &model.cases {
        let stored = store.case_load(&number(&format!("TZ-{name}"))).await.unwrap();
        assert_eq!(stored.map(|case| case.version), Some(*version), "case {name}");
    }
    let due = all_due(store, 999, 1_000).await;
    let due: Vec<_> = due.iter().map(|message| message.outgoing.id.as_str()).collect();
    let pending = model.outbox.iter().filter(|(_, sending)| *sending == Sending::Pending);
    assert_eq!(due, pending.map(|(message_id, _)| message_id.as_str()).collect::<Vec<_>>());
    assert_eq!(verified(store).await, model.audit_rows);
    let leased = store.inbox_lease(1_000, -LEASE_MS, at(0)).await.unwrap();
    let leased: Vec<_> = leased.iter().map(|message| message.seq.0).collect();
    let pending = model.rows.iter().filter(|(_, row)| row.status == InboxStatus::Pending);
    assert_eq!(leased, pending.map(|(seq, _)| *seq).collect::<Vec<_>>());
}
