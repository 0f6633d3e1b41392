//! Holds the departments' ledger against what the gateway keeps, and names every message that is not as it must be.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use xiezhi_model::UtcTime;
use xiezhi_model::case::{AssignmentStatus, Case, CaseAssignment, Source};

use crate::ledger::{Ledger, State};
use crate::message::{Content, Finding, Role};
use crate::stage::Stage;
use crate::store::{INBOX_DONE, InboxRow, OUTBOX_SENT, OutboxRow, Store};

/// What came of the proof.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Everything that is not as it must be, one line each.
    pub(crate) problems: Vec<String>,
    /// Ids of messages without their effect, or that did not reach their department.
    pub(crate) lost: BTreeSet<String>,
    /// Ids of messages with an effect more than once.
    pub(crate) doubled: BTreeSet<String>,
    pub(crate) cases: usize,
    pub(crate) cases_joined: usize,
    pub(crate) reminders: usize,
}

impl Verdict {
    fn lost(&mut self, id: &str, why: &str) {
        self.lost.insert(id.to_owned());
        self.problems.push(format!("{id}: {why}"));
    }

    fn doubled(&mut self, id: &str, why: &str) {
        self.doubled.insert(id.to_owned());
        self.problems.push(format!("{id}: {why}"));
    }

    /// Something must be there once, and is there so many times.
    fn once(&mut self, id: &str, times: usize, what: &str) {
        match times {
            0 => self.lost(id, &format!("no {what}")),
            1 => {}
            n => self.doubled(id, &format!("{n} times {what}")),
        }
    }
}

/// Proves everything that the departments may rely on.
pub(crate) fn prove(stage: &Stage, store: &Store, ledger: &Ledger) -> anyhow::Result<Verdict> {
    let kept =
        Kept { inbox: store.inbox()?, outbox: store.outbox()?, cases: store.cases()?, answers: store.answers()? };
    let mut verdict = compare(&ledger.lock(), &kept);
    nothing_dead_and_chain_whole(stage, &mut verdict)?;
    Ok(verdict)
}

/// What the gateway keeps.
struct Kept {
    inbox: Vec<InboxRow>,
    outbox: Vec<OutboxRow>,
    cases: Vec<(Case, Vec<Source>)>,
    /// How often each message that was taken in is noted as an answer.
    answers: BTreeMap<i64, u32>,
}

fn compare(state: &State, kept: &Kept) -> Verdict {
    let mut verdict = Verdict { problems: state.surprises.clone(), ..Verdict::default() };
    taken_in_once(state, &kept.inbox, &mut verdict);
    joined_once(state, &kept.cases, &mut verdict);
    confirmed_by_one_receipt(state, &mut verdict);
    all_sent_arrived_in_order(state, &kept.outbox, &mut verdict);
    assigned_and_reminded_once(state, &kept.cases, &mut verdict);
    answered_once(state, kept, &mut verdict);
    verdict
}

/// Every accepted message has one row in the inbox, settled without a fault, and nothing else is there.
fn taken_in_once(state: &State, inbox: &[InboxRow], verdict: &mut Verdict) {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for row in inbox {
        *rows.entry(&row.message_id).or_default() += 1;
        match state.sent.get(&row.message_id) {
            Some(sent) if sent.role.agency() == row.agency => {}
            _ => verdict.problems.push(format!("{} of {} was never sent", row.message_id, row.agency)),
        }
        if row.status != INBOX_DONE {
            verdict.lost(&row.message_id, &format!("stands in the inbox with status {}", row.status));
        }
        if let Some(faults) = &row.row_faults {
            verdict.lost(&row.message_id, &format!("has rows that were not used: {faults}"));
        }
    }
    for (id, sent) in &state.sent {
        if sent.confirms == 0 {
            verdict.problems.push(format!("{id} was never confirmed by the broker"));
        } else {
            verdict.once(id, rows.get(id.as_str()).copied().unwrap_or_default(), "in the inbox");
        }
    }
}

/// Every finding is a source of one case, the one of its enterprise and category; there is one such case, and it has no others.
fn joined_once(state: &State, cases: &[(Case, Vec<Source>)], verdict: &mut Verdict) {
    let mut opened: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut places: BTreeMap<(String, usize), usize> = BTreeMap::new();
    verdict.cases = cases.len();
    for (case, sources) in cases {
        let uscc = case.party.uscc.as_ref().map(ToString::to_string).unwrap_or_default();
        verdict.cases_joined += usize::from(sources.len() > 1);
        if usize::try_from(case.source_count).ok() != Some(sources.len()) {
            let text = format!("{} counts {} sources and has {}", case.number, case.source_count, sources.len());
            verdict.problems.push(text);
        }
        for source in sources {
            let id = source.message_id.to_string();
            let row = nth_row(state, &id, source.row);
            *places.entry((id.clone(), row)).or_default() += 1;
            let wanted = finding(state, &id, row);
            if wanted.is_none_or(|wanted| wanted.uscc != uscc || wanted.category != case.category) {
                verdict.problems.push(format!("{id}, row {row}, is in {} of {uscc}, {}", case.number, case.category));
            }
        }
        *opened.entry((uscc, case.category.as_str())).or_default() += 1;
    }
    for ((uscc, category), count) in opened.iter().filter(|(_, count)| **count != 1) {
        verdict.problems.push(format!("{uscc} has {count} cases of {category}"));
    }
    for (id, sent) in state.sent.iter().filter(|(_, sent)| sent.confirms > 0) {
        let Content::Findings(findings) = &sent.content else { continue };
        for row in 0..findings.len() {
            let times = places.get(&(id.clone(), row)).copied().unwrap_or_default();
            verdict.once(id, times, &format!("source of a case by its row {row}"));
        }
    }
}

/// Rows are numbered from 1; those of a township's table as a spreadsheet does, with the header as the first.
fn nth_row(state: &State, id: &str, row: u32) -> usize {
    let header = state.sent.get(id).is_some_and(|sent| sent.role == Role::Township);
    usize::try_from(row).unwrap_or_default().saturating_sub(if header { 2 } else { 1 })
}

fn finding<'a>(state: &'a State, id: &str, row: usize) -> Option<&'a Finding> {
    match &state.sent.get(id)?.content {
        Content::Findings(findings) => findings.get(row),
        Content::Answer { .. } => None,
    }
}

/// Every accepted message has one receipt, with its sender.
fn confirmed_by_one_receipt(state: &State, verdict: &mut Verdict) {
    let mut receipts: BTreeMap<(Role, &str), usize> = BTreeMap::new();
    for (&role, arrivals) in &state.arrived {
        for arrival in arrivals.iter().filter(|arrival| arrival.kind == "receipt") {
            if arrival.names.len() != 1 {
                verdict.problems.push(format!("receipt {} names {:?}", arrival.message_id, arrival.names));
            }
            for id in &arrival.names {
                *receipts.entry((role, id.as_str())).or_default() += 1;
            }
        }
    }
    for (id, sent) in state.sent.iter().filter(|(_, sent)| sent.confirms > 0) {
        let times = receipts.get(&(sent.role, id.as_str())).copied().unwrap_or_default();
        verdict.once(id, times, "confirmed by a receipt");
    }
}

/// What the gateway decided to send was sent and arrived, and nothing else; within a case, in the order of the decisions.
fn all_sent_arrived_in_order(state: &State, outbox: &[OutboxRow], verdict: &mut Verdict) {
    let mut wanted: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
    let mut places: BTreeMap<(&str, &str), &OutboxRow> = BTreeMap::new();
    for row in outbox {
        places.insert((&row.agency, &row.message_id), row);
        if row.status != OUTBOX_SENT {
            verdict.lost(&row.message_id, &format!("a {} for {} with status {}", row.kind, row.agency, row.status));
        }
        if row.case_number.is_some() {
            wanted.entry((&row.agency, row.case_number.as_deref())).or_default().push(&row.message_id);
        }
    }
    let mut arrived: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
    for (role, arrivals) in &state.arrived {
        for arrival in arrivals {
            let known = places.remove(&(role.agency(), arrival.message_id.as_str()));
            if known.is_none_or(|row| row.kind != arrival.kind || row.case_number != arrival.case_number) {
                let text = format!("{} came to {} and is none of its messages", arrival.message_id, role.agency());
                verdict.problems.push(text);
            }
            if arrival.case_number.is_some() {
                let key = (role.agency(), arrival.case_number.as_deref());
                arrived.entry(key).or_default().push(&arrival.message_id);
            }
        }
    }
    for ((agency, id), row) in places {
        verdict.lost(id, &format!("a {} that did not reach {agency}", row.kind));
    }
    for (key, order) in wanted {
        if arrived.get(&key) != Some(&order) {
            let (agency, number) = (key.0, key.1.unwrap_or_default());
            let came = arrived.get(&key);
            verdict.problems.push(format!("{agency} got {number} as {came:?}, and it was decided as {order:?}"));
        }
    }
}

/// Every assignment of a case came to its agency once, and every reminder.
fn assigned_and_reminded_once(state: &State, cases: &[(Case, Vec<Source>)], verdict: &mut Verdict) {
    let mut came: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (role, arrivals) in &state.arrived {
        for arrival in arrivals {
            let number = arrival.case_number.as_deref().unwrap_or_default();
            *came.entry((role.agency(), number, arrival.kind.as_str())).or_default() += 1;
        }
    }
    for (case, _) in cases {
        let mut wanted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for assignment in &case.assignments {
            *wanted.entry((assignment.agency.as_str(), "assignment")).or_default() += 1;
            let reminders = reminders_of(assignment);
            *wanted.entry((assignment.agency.as_str(), "reminder")).or_default() += reminders;
            verdict.reminders += reminders;
        }
        for ((agency, kind), count) in wanted {
            let times = came.get(&(agency, case.number.as_str(), kind)).copied().unwrap_or_default();
            if times != count {
                let text = format!("{agency} got {times} {kind}(s) of {}, and must get {count}", case.number);
                match times < count {
                    true => verdict.lost(case.number.as_str(), &text),
                    false => verdict.doubled(case.number.as_str(), &text),
                }
            }
        }
    }
}

/// How many reminders an assignment has had: those after its deadline, and those before it. One that says both that it is to be
/// accepted and that the deadline is near counts once.
fn reminders_of(assignment: &CaseAssignment) -> usize {
    let before: BTreeSet<UtcTime> =
        [assignment.accept_reminded_at, assignment.near_reminded_at].into_iter().flatten().collect();
    usize::try_from(assignment.reminders).unwrap_or_default() + before.len()
}

/// Every answer is noted once, and the assignment stands where the last answer put it.
fn answered_once(state: &State, kept: &Kept, verdict: &mut Verdict) {
    let seqs: BTreeMap<&str, i64> = kept.inbox.iter().map(|row| (row.message_id.as_str(), row.seq)).collect();
    let assignments = kept.cases.iter().flat_map(|(case, _)| &case.assignments);
    let stands: BTreeMap<String, AssignmentStatus> =
        assignments.map(|assignment| (assignment.id.to_string(), assignment.status)).collect();
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, sent) in state.sent.iter().filter(|(_, sent)| sent.confirms > 0) {
        let Content::Answer { assignment, status } = &sent.content else { continue };
        let times = seqs.get(id.as_str()).and_then(|seq| kept.answers.get(seq)).copied().unwrap_or_default();
        verdict.once(id, usize::try_from(times).unwrap_or(usize::MAX), "noted as an answer");
        // The final answer is sent after the first one's receipt, so that its id is the later one.
        last.insert(assignment, status);
    }
    for (assignment, status) in last {
        let stands = stands.get(assignment).map(|status| status.as_str());
        if stands != Some(status) {
            verdict.problems.push(format!("{assignment} stands as {stands:?}, and was answered as {status}"));
        }
    }
}

fn nothing_dead_and_chain_whole(stage: &Stage, verdict: &mut Verdict) -> anyhow::Result<()> {
    let status = stage.gateway().json(&["status"])?;
    for name in ["inbox_pending", "inbox_waiting", "inbox_held", "inbox_dead", "outbox_pending", "outbox_dead"] {
        let count = status.get(name).and_then(serde_json::Value::as_u64);
        if count != Some(0) {
            verdict.problems.push(format!("{name} is {count:?}"));
        }
    }
    verdict.problems.extend(stage.dead_letters()?);
    let audit = stage.gateway().json(&["audit", "verify"])?;
    if audit.get("broken").is_none_or(|broken| !broken.is_null()) {
        verdict.problems.push(format!("the audit chain is not whole: {audit}"));
    }
    Ok(())
}
