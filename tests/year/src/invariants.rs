//! What must hold after every day, once a month and in the end. The checks themselves are plain functions over values, so that
//! they can be tried on small broken worlds.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use xiezhi_model::act::{ActKind, ActStatus, AnswerStatus, LegalAct, PersonRole, Proposer};
use xiezhi_model::audit::{AuditAction, AuditRow};
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::ledger::host_unit_key;
use xiezhi_model::message::{InboxStatus, Outgoing};
use xiezhi_model::{AgencyId, CaseNumber, MessageId, UtcTime};
use xiezhi_ports::{
    ActFilter, Acts as _, AuditLog as _, CaseFilter, Cases as _, EntityFilter, Inbox as _, InboxFilter, Ledger as _,
};

use crate::district::{District, Expect, ROWS_MAX, Sent};
use crate::ledger::HOST_UNITS;

/// Kinds of messages that carry a decided act out.
const CARRYING: [&str; 4] = ["publication", "joint_punishment", "lift", "notice"];
/// Entities whose files are read back whole in the end, beside the host units.
const FILES_READ: usize = 50;
/// Breaches that are named; the rest are counted.
const BREACHES_NAMED: usize = 20;

/// What the checks remember from day to day.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Every message that went out.
    ids: BTreeSet<MessageId>,
    /// What decided acts send, by the id that each message must have.
    carried: BTreeMap<MessageId, (AgencyId, &'static str)>,
    /// Cases whose history was looked at, with the version at that time.
    read: BTreeMap<CaseNumber, u32>,
}

/// What is wrong with a case at a moment after the timers ran.
pub(crate) fn case_breaches(case: &Case, now: UtcTime) -> Vec<String> {
    let mut breaches = Vec::new();
    let number = &case.number;
    let open: Vec<_> = case.standing().filter(|held| held.status.is_open()).collect();
    for held in case.assignments.iter().filter(|held| held.check_at.is_some_and(|at| at <= now)) {
        breaches.push(format!("{} should have been looked at before {now}", held.id));
    }
    if case.status == CaseStatus::Closed {
        breaches.extend(open.iter().map(|held| format!("{number} is closed, and {} is open", held.id)));
        return breaches;
    }
    // While its clocks stand still, a person resumes it.
    if case.suspension.is_some() {
        return breaches;
    }
    for held in open.iter().filter(|held| held.check_at.is_none() && held.escalated_at.is_none()) {
        breaches.push(format!("{} is open, and neither timed nor escalated", held.id));
    }
    if open.is_empty() && !case.waits_for_a_person() {
        breaches.push(format!("{number} is {}, and nobody has anything to do", case.status.as_str()));
    }
    breaches
}

/// What is wrong with an act.
pub(crate) fn act_breaches(act: &LegalAct) -> Vec<String> {
    let mut breaches = Vec::new();
    let id = &act.id;
    let mut must = |holds: bool, what: &str| {
        if !holds {
            breaches.push(format!("{id} ({}, {}): {what}", act.kind.as_str(), act.status.as_str()));
        }
    };
    must(!act.evidence.is_empty(), "rests on no evidence");
    let roles: Vec<PersonRole> = act.votes.iter().map(|vote| vote.role).collect();
    let both = [PersonRole::Officer, PersonRole::Reviewer];
    let persons: BTreeSet<_> = act.votes.iter().map(|vote| vote.person.as_str()).collect();
    must(persons.len() == act.votes.len(), "one person voted twice");
    must(both.starts_with(&roles), "the votes are not an officer's and then a reviewer's");
    let last = act.votes.last();
    if let (Proposer::Person(proposer), Some(second)) = (&act.proposed_by, act.votes.get(1)) {
        must(*proposer != second.person, "its proposer reviewed it");
    }
    match act.status {
        ActStatus::Proposed => must(act.votes.is_empty(), "has votes"),
        ActStatus::Examined => {
            must(act.votes.len() == 1 && act.votes.iter().all(|vote| vote.approved), "lacks its one approval")
        }
        ActStatus::Refused => {
            must(
                last.is_some_and(|vote| !vote.approved && !vote.remark.trim().is_empty()),
                "nobody refused it with a reason",
            );
        }
        ActStatus::Decided => {
            must(act.votes.len() == 2 && act.votes.iter().all(|vote| vote.approved), "lacks two approvals");
            must(act.decision.as_ref().is_some_and(|number| !number.trim().is_empty()), "has no document number");
            must(!act.terms.receivers.is_empty(), "is told to nobody");
            let asked: Vec<&AgencyId> = act.answers.iter().map(|answer| &answer.agency).collect();
            let receivers: Vec<&AgencyId> = act.terms.receivers.iter().collect();
            must(!act.kind.is_answered() || asked == receivers, "its answers are not its receivers'");
        }
    }
    breaches
}

/// The messages that a decided act sends: one for each receiver.
pub(crate) fn carried_by(act: &LegalAct) -> Vec<(MessageId, AgencyId, &'static str)> {
    let kind = match act.kind {
        ActKind::ListIn | ActKind::ListOut | ActKind::Correction => "publication",
        ActKind::JointPunishment => "joint_punishment",
        ActKind::Lift => "lift",
        ActKind::Interview | ActKind::Rectify | ActKind::Suspend | ActKind::Resume | ActKind::Cancel => "notice",
    };
    let message =
        |agency: &AgencyId| (Outgoing::derive_id(act.id.as_str(), act.kind.as_str(), agency, 0), agency.clone(), kind);
    act.terms.receivers.iter().map(message).collect()
}

/// What is wrong with a decided act's answers once everything has come to rest.
pub(crate) fn answer_breaches(act: &LegalAct, history: &[AuditRow]) -> Vec<String> {
    let is_named = history
        .iter()
        .any(|row| row.entry.action == AuditAction::ActOverdue && row.entry.act.as_ref() == Some(&act.id));
    let wrong = act.answers.iter().filter(|answer| match answer.status {
        AnswerStatus::Applied | AnswerStatus::Refused => false,
        AnswerStatus::Overdue => !is_named,
        AnswerStatus::Awaited => true,
    });
    wrong.map(|answer| format!("{}: the answer of {} is {:?}", act.id, answer.agency, answer.status)).collect()
}

/// What is wrong with a case's history.
pub(crate) fn history_breaches(number: &CaseNumber, history: &[AuditRow]) -> Vec<String> {
    let mut breaches = Vec::new();
    if history.first().is_none_or(|row| row.entry.action != AuditAction::CaseOpened) {
        breaches.push(format!("{number}: its history does not begin with its opening"));
    }
    for (one, next) in history.iter().zip(history.iter().skip(1)) {
        if next.seq <= one.seq || next.entry.at < one.entry.at {
            breaches.push(format!("{number}: row {} stands before row {}", one.seq, next.seq));
        }
    }
    breaches
}

impl Memory {
    /// Takes note of what went out, and says what is wrong with it.
    pub(crate) fn sent(&mut self, sent: &[Sent], decided: &[LegalAct]) -> Vec<String> {
        let mut breaches = Vec::new();
        let mut expected = Vec::new();
        for act in decided.iter().filter(|act| act.status == ActStatus::Decided) {
            for (id, agency, kind) in carried_by(act) {
                self.carried.insert(id.clone(), (agency, kind));
                expected.push(id);
            }
        }
        for Sent { id, agency, kind } in sent {
            if !self.ids.insert(id.clone()) {
                breaches.push(format!("{id} ({kind}) went out twice"));
            }
            let is_of_act = self.carried.get(id).is_some_and(|(to, of)| to == agency && of == kind);
            if CARRYING.contains(&kind.as_str()) && !is_of_act {
                breaches.push(format!("{id} ({kind}, to {agency}) belongs to no decided act"));
            }
        }
        let missing = expected.iter().filter(|id| !self.ids.contains(*id));
        breaches.extend(missing.map(|id| format!("{id} of a decided act did not go out")));
        breaches
    }

    /// After every day.
    pub(crate) async fn daily(&mut self, district: &mut District) -> anyhow::Result<()> {
        let news = std::mem::take(&mut district.news);
        let (store, now) = (&district.store, district.now);
        let mut breaches = Vec::new();
        for case in open_cases(district).await? {
            breaches.extend(case_breaches(&case, now));
        }
        for number in news.closed {
            let case = store.case_load(&number).await?.context("a closed case is there")?;
            breaches.extend(case_breaches(&case, now));
        }
        let mut decided = Vec::new();
        for id in news.decided {
            decided.push(store.act_load(&id).await?.context("a decided act is there")?);
        }
        breaches.extend(decided.iter().flat_map(act_breaches));
        breaches.extend(self.sent(&news.sent, &decided));
        let counts = store.counts().await?;
        let dead: usize = district.totals.dead.values().sum();
        if (counts.inbox_pending, counts.inbox_waiting, counts.inbox_held, counts.outbox_dead) != (0, 0, 0, 0) {
            breaches.push(format!("something was left undone: {counts:?}"));
        }
        if counts.inbox_dead != u64::try_from(dead)? {
            breaches.push(format!("{} messages are dead, not {dead}", counts.inbox_dead));
        }
        held(breaches, now)
    }

    /// Once a month: the chain, all acts, and the histories of the cases that have changed.
    pub(crate) async fn monthly(&mut self, district: &mut District) -> anyhow::Result<()> {
        let report = district.store.audit_verify().await?;
        district.totals.audit_rows = report.rows;
        let mut breaches: Vec<String> =
            report.broken.iter().map(|broken| format!("audit row {}: {}", broken.seq, broken.what)).collect();
        for act in all_acts(district).await? {
            breaches.extend(act_breaches(&act));
            let unknown = carried_by(&act).into_iter().filter(|(id, ..)| !self.carried.contains_key(id));
            if act.status == ActStatus::Decided && unknown.count() > 0 {
                breaches.push(format!("{} was decided unseen", act.id));
            }
        }
        for case in all_cases(district).await? {
            breaches.extend(case_breaches(&case, district.now));
            if self.read.insert(case.number.clone(), case.version) != Some(case.version) {
                let history = district.store.audit_by_case(&case.number, ROWS_MAX).await?;
                breaches.extend(history_breaches(&case.number, &history));
            }
        }
        held(breaches, district.now)
    }

    /// When everything has come to rest.
    pub(crate) async fn final_state(&mut self, district: &mut District) -> anyhow::Result<()> {
        self.read.clear();
        self.monthly(district).await?;
        let mut breaches = Vec::new();
        for case in all_cases(district).await? {
            let end = match (case.status, case.is_escalated()) {
                (CaseStatus::Closed, _) => "closed",
                (_, true) => "escalated",
                (_, false) => {
                    breaches
                        .push(format!("{} ({}) is {:?} in the end: {case:?}", case.number, case.category, case.status));
                    "neither"
                }
            };
            *district.totals.cases.entry((case.category.clone(), end)).or_default() += 1;
            for held in &case.assignments {
                let status = if held.replaced_by.is_some() { "replaced" } else { held.status.as_str() };
                *district.totals.assignments.entry(status).or_default() += 1;
            }
        }
        let acts = all_acts(district).await?;
        for act in &acts {
            breaches.extend(final_act(district, act).await?);
            district.totals.suspensions_left += usize::from(is_left_suspended(district, act, &acts).await?);
        }
        breaches.extend(inbox(district).await?);
        breaches.extend(files(district).await?);
        held(breaches, district.now)
    }
}

async fn final_act(district: &mut District, act: &LegalAct) -> anyhow::Result<Vec<String>> {
    let mut breaches = Vec::new();
    *district.totals.acts.entry((act.kind.as_str(), act.status.as_str())).or_default() += 1;
    if act.status.is_open() {
        breaches.push(format!("{} still waits for a person", act.id));
    }
    let history = district.store.audit_by_case(&act.case_number, ROWS_MAX).await?;
    breaches.extend(answer_breaches(act, &history));
    for answer in &act.answers {
        let status = format!("{:?}", answer.status).to_lowercase();
        *district.totals.answers.entry((act.kind.as_str(), status)).or_default() += 1;
    }
    if act.kind == ActKind::ListIn {
        let sources = district.store.case_sources(&act.case_number, ROWS_MAX).await?;
        breaches.extend(evidence_breaches(act, &sources));
    }
    Ok(breaches)
}

/// Whether a suspension stands whose case is closed.
async fn is_left_suspended(district: &District, act: &LegalAct, acts: &[LegalAct]) -> anyhow::Result<bool> {
    let ends = |other: &LegalAct| {
        matches!(other.kind, ActKind::Resume | ActKind::Cancel)
            && other.status == ActStatus::Decided
            && (&other.case_number, &other.terms.cluster_address) == (&act.case_number, &act.terms.cluster_address)
    };
    if act.kind != ActKind::Suspend || act.status != ActStatus::Decided || acts.iter().any(ends) {
        return Ok(false);
    }
    let case = district.store.case_load(&act.case_number).await?;
    Ok(case.is_some_and(|case| case.status == CaseStatus::Closed))
}

/// Whether a listing's evidence is what its case has.
pub(crate) fn evidence_breaches(act: &LegalAct, sources: &[Source]) -> Vec<String> {
    let is_source = |seq, row| sources.iter().any(|source| (source.inbox_seq, source.row) == (seq, row));
    let strange = act.evidence.iter().filter(|evidence| !is_source(evidence.inbox_seq, evidence.row));
    strange
        .map(|evidence| format!("{}: {} of {} is no source of its case", act.id, evidence.reference, evidence.agency))
        .collect()
}

/// Every message is done, or dead or in quarantine because the scenario made it so.
async fn inbox(district: &District) -> anyhow::Result<Vec<String>> {
    let mut breaches = Vec::new();
    let (mut before, mut seen) = (None, 0);
    loop {
        let filter = InboxFilter { before, limit: ROWS_MAX, ..InboxFilter::default() };
        let entries = district.store.inbox_list(&filter).await?;
        for entry in &entries {
            let expect = district.expects.get(&(entry.agency.clone(), entry.message_id.clone()));
            let code = entry.fault.as_ref().map(|fault| fault.code.as_str());
            let is_expected = match (entry.status, expect) {
                (InboxStatus::Done, Some(Expect::Done)) | (InboxStatus::Quarantined, Some(_)) => true,
                (InboxStatus::Dead, Some(Expect::Dead(wanted))) => code == Some(wanted),
                _ => false,
            };
            if !is_expected {
                breaches.push(format!("{} is {} ({code:?}), not {expect:?}", entry.message_id, entry.status.as_str()));
            }
            seen += usize::from(entry.status != InboxStatus::Quarantined);
        }
        before = entries.last().map(|entry| entry.seq);
        if entries.len() < ROWS_MAX {
            break;
        }
    }
    if seen != district.totals.messages {
        breaches.push(format!("{seen} messages are in the inbox, not {}", district.totals.messages));
    }
    Ok(breaches)
}

/// The files of all host units and of some entities read back whole: what came, their cases and their acts.
async fn files(district: &mut District) -> anyhow::Result<Vec<String>> {
    let mut breaches = Vec::new();
    let filter = EntityFilter { limit: ROWS_MAX, ..EntityFilter::default() };
    let keys = district.store.entities(&filter).await?;
    district.totals.files = keys.len();
    let all: BTreeSet<&String> = keys.iter().collect();
    if !all.iter().copied().eq(district.kept.keys()) {
        breaches.push(format!("{} entities have a file, not {}", all.len(), district.kept.len()));
    }
    let (cases, acts) = (all_cases(district).await?, all_acts(district).await?);
    let units = HOST_UNITS.iter().map(|name| host_unit_key(name));
    let every = (keys.len() / FILES_READ).max(1);
    for key in units.chain(keys.iter().step_by(every).cloned()) {
        let file = district.store.entity_file(&key, ROWS_MAX).await?;
        let of = format!("{key}#");
        let wanted = (
            district.kept.get(&key).copied().unwrap_or_default(),
            cases.iter().filter(|case| case.join_key.starts_with(&of)).count(),
            acts.iter().filter(|act| act.entity == key).count(),
        );
        let found = (file.records.len(), file.cases.len(), file.acts.len());
        if found != wanted || file.party().is_none() {
            breaches.push(format!("the file of {key} holds {found:?} records, cases and acts, not {wanted:?}"));
        }
    }
    Ok(breaches)
}

async fn open_cases(district: &District) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for status in [CaseStatus::Unrouted, CaseStatus::Open, CaseStatus::FedBack] {
        let filter = CaseFilter { status: Some(status), limit: ROWS_MAX, ..CaseFilter::default() };
        cases.extend(district.store.case_list(&filter).await?);
    }
    Ok(cases)
}

async fn all_cases(district: &District) -> anyhow::Result<Vec<Case>> {
    let cases = district.store.case_list(&CaseFilter { limit: ROWS_MAX, ..CaseFilter::default() }).await?;
    if cases.len() == ROWS_MAX {
        bail!("there are more cases than one read shows");
    }
    Ok(cases)
}

async fn all_acts(district: &District) -> anyhow::Result<Vec<LegalAct>> {
    let acts = district.store.act_list(&ActFilter { limit: ROWS_MAX, ..ActFilter::default() }).await?;
    if acts.len() == ROWS_MAX {
        bail!("there are more acts than one read shows");
    }
    Ok(acts)
}

/// Fails with every breach.
fn held(breaches: Vec<String>, now: UtcTime) -> anyhow::Result<()> {
    if breaches.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = breaches.iter().take(BREACHES_NAMED).map(String::as_str).collect();
    bail!("{} invariants do not hold at {now}:\n{}", breaches.len(), named.join("\n"))
}
