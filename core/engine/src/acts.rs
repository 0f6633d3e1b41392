//! Legal acts: who may propose and decide them, what each must say, and what carries one out.
//!
//! A decision here is as pure as any other: the caller proves who the person is, loads what is asked for, and has T2 apply
//! the [`Decision`] in one piece, so that an act, its history and the messages that carry it out are there together or not
//! at all.

mod answer;
mod carry;
mod delivery;
mod due;
mod objection;
mod policy;
mod publish;

use xiezhi_model::act::{
    Account, ActAnswer, ActKind, ActStatus, ActTerms, Ballot, Evidence, LegalAct, PersonRole, Proposer, Vote,
};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{Case, Source};
use xiezhi_model::policy::Clock;
use xiezhi_model::record::Party;
use xiezhi_model::{AccountName, ActId, ClauseId, UtcTime};
use xiezhi_ports::{InboxOutcome, Settlement, Trigger};

pub(crate) use self::answer::answer;
pub(crate) use self::carry::record_kind;
pub use self::delivery::{SentAgain, given_up, sent_again};
pub(crate) use self::policy::{Ground, Made, Reason, by_rule};
pub(crate) use self::publish::receipt;
use crate::{Decision, Draft, Engine, party};

/// Longest reason and remark, in characters.
const TEXT_CHARS_MAX: usize = 2_000;
/// Longest document number, in characters.
const DECISION_CHARS_MAX: usize = 100;
/// Stands for the document number where an act is tried that has none yet.
const NO_NUMBER_YET: &str = "拟办";
/// Most receivers of one act.
const RECEIVERS_MAX: usize = 100;

/// What an officer wants to propose.
#[derive(Debug, Clone)]
pub struct Proposal<'a> {
    /// The case that it is from.
    pub case: &'a Case,
    /// Of the case's sources, those that it rests on.
    pub evidence: &'a [Source],
    /// The act that it takes back, where [`ActTerms::takes_back`] names one.
    pub taken_back: Option<&'a LegalAct>,
    /// The acts about the case's entity, in any order: the new one gets the next number of its case, and may not say again what
    /// one of them says.
    pub others: &'a [LegalAct],
    /// Which act.
    pub kind: ActKind,
    /// The clause of the measure behind it; the case's where absent.
    pub clause: Option<ClauseId>,
    /// Why, in Chinese.
    pub reason: String,
    /// What it says; its `due` is counted from `clock`.
    pub terms: ActTerms,
    /// How long its receivers have.
    pub clock: Option<Clock>,
}

/// Why somebody may not do what they want to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Stable code, such as `act.same-person`.
    pub code: &'static str,
    /// What is wrong and what to do, in Chinese.
    pub text: String,
}

impl Denial {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// The row of history that says so; it names no act that does not exist.
    #[must_use]
    pub fn entry(&self, person: &str, act: Option<&LegalAct>, now: UtcTime) -> AuditEntry {
        let what = act.map_or_else(String::new, |act| format!("（{}，{}）", act.id, act.kind.to_chinese()));
        let text = format!("未准许{person}办理{what}：{}", self.text);
        let mut entry = AuditEntry::new(now, AuditAction::ActDenied, format!("person:{person}"), text);
        entry.fault_code = Some(self.code.to_owned());
        entry.act = act.map(|act| act.id.clone());
        entry.case_number = act.map(|act| act.case_number.clone());
        entry
    }
}

impl Engine {
    /// Proposes an act in an officer's name.
    ///
    /// # Errors
    /// [`Denial`] when the person may not, or the proposal lacks what its kind needs.
    pub fn propose(&self, proposal: Proposal<'_>, person: &Account, now: UtcTime) -> Result<Decision, Denial> {
        needs_role(person, PersonRole::Officer, "拟办")?;
        let act = self.draft_act(&proposal, Proposer::Person(person.name.clone()), now)?;
        let text = proposed_text(person.name.as_str(), &act);
        let entry = entry(&act, &person.name, AuditAction::ActProposed, text, now);
        Ok(decision(act, vec![entry], Vec::new(), now))
    }

    /// The act that a proposal is for, where it has everything that its kind needs and none stands that says the same.
    fn draft_act(&self, proposal: &Proposal<'_>, proposed_by: Proposer, now: UtcTime) -> Result<LegalAct, Denial> {
        let Proposal { case, evidence, kind, .. } = proposal;
        text_within("理由", &proposal.reason, TEXT_CHARS_MAX)?;
        if evidence.is_empty() {
            return Err(Denial::new("act.evidence", "没有列明证据；请从案件来源中选定至少一件"));
        }
        let terms = self.terms(proposal, now)?;
        if let Some(same) = proposal.others.iter().find(|other| says_the_same(other, *kind, &terms, proposal.others)) {
            let text = format!("已有同样的事项{}（{}），不能重复提出", same.id, same.status.to_chinese());
            return Err(Denial::new("act.exists", text));
        }
        let of_case = proposal.others.iter().filter(|other| other.case_number == case.number);
        let last = of_case.map(|other| other.id.nth()).max().unwrap_or(0);
        let mut act = LegalAct {
            id: ActId::of(&case.number, last.saturating_add(1)),
            kind: *kind,
            case_number: case.number.clone(),
            entity: party::entity_of(&case.join_key).to_owned(),
            party: case.party.clone(),
            clause: proposal.clause.clone().unwrap_or_else(|| case.clause.clone()),
            reason: proposal.reason.clone(),
            evidence: evidence.iter().map(evidence_of).collect(),
            terms,
            decision: None,
            authority: None,
            proposed_by,
            proposed_at: now,
            status: ActStatus::Proposed,
            votes: Vec::new(),
            answers: Vec::new(),
            resends: 0,
            objections: Vec::new(),
            check_at: None,
            version: 1,
        };
        act.check_at = due::next_check(&act);
        Ok(act)
    }

    /// What would go out if the act were decided now: for trying whether the receivers' plugins can write it.
    ///
    /// # Errors
    /// [`Denial`] when it lacks something.
    pub fn would_send(&self, act: &LegalAct, now: UtcTime) -> Result<Vec<Draft>, Denial> {
        let numbered = LegalAct { decision: Some(NO_NUMBER_YET.to_owned()), ..act.clone() };
        self.carry_out(&numbered, now)
    }

    /// One of the two deciding persons approves or refuses an act. With the second approval it is carried out. `others` are the acts
    /// about the same entity: what was proposed before an objection was filed waits like what is proposed after it.
    ///
    /// # Errors
    /// [`Denial`] when the person may not, or what they say is not complete.
    pub fn vote(
        &self,
        act: &LegalAct,
        others: &[LegalAct],
        person: &Account,
        ballot: Ballot,
        now: UtcTime,
    ) -> Result<Decision, Denial> {
        let (role, step) = may_vote(act, person)?;
        let taken_back = others.iter().find(|other| act.terms.takes_back.as_ref() == Some(&other.id));
        if matches!(ballot, Ballot::Approve { .. }) {
            Self::waits_for_objection(taken_back, act.kind)?;
        }
        let mut act = act.clone();
        act.version = act.version.saturating_add(1);
        let (approved, remark, number) = match ballot {
            Ballot::Approve { decision, remark } => (true, remark, decision),
            Ballot::Refuse { remark } => (false, remark, None),
        };
        if approved {
            text_at_most("意见", &remark, TEXT_CHARS_MAX)?;
        } else {
            text_within("不同意的理由", &remark, TEXT_CHARS_MAX)?;
        }
        act.votes.push(Vote { person: person.name.clone(), role, approved, remark: remark.clone(), at: now });
        if !approved {
            act.status = ActStatus::Refused;
            act.check_at = due::next_check(&act);
            let text = format!(
                "{}{step}不同意{}（{}）：{remark}；到此为止，不予办理",
                person.name,
                act.kind.to_chinese(),
                act.id
            );
            let entry = entry(&act, &person.name, AuditAction::ActRefused, text, now);
            return Ok(decision(act, vec![entry], Vec::new(), now));
        }
        let comment = if remark.is_empty() { String::new() } else { format!("（{remark}）") };
        if role == PersonRole::Officer {
            act.status = ActStatus::Examined;
            let text = format!("{}初审同意{}（{}）{comment}；待审核", person.name, act.kind.to_chinese(), act.id);
            let entry = entry(&act, &person.name, AuditAction::ActExamined, text, now);
            return Ok(decision(act, vec![entry], Vec::new(), now));
        }
        let number = number.unwrap_or_default().trim().to_owned();
        text_within("决定文号", &number, DECISION_CHARS_MAX)?;
        act.status = ActStatus::Decided;
        act.decision = Some(number);
        act.authority = self.authority().filter(|_| act.kind.is_published()).cloned();
        if act.kind.is_answered() {
            act.answers = act.terms.receivers.iter().cloned().map(ActAnswer::awaited).collect();
        }
        act.check_at = due::next_check(&act);
        let drafts = self.carry_out(&act, now)?;
        let entries = self.decided(&act, person, &drafts, &comment, now);
        let mut decided = decision(act, entries, drafts, now);
        // Nobody may have objected to what is taken back, or sent it anew, while this was decided.
        decided.settlement.acts.extend(taken_back.map(touched));
        Ok(decided)
    }

    fn decided(
        &self,
        act: &LegalAct,
        person: &Account,
        drafts: &[Draft],
        comment: &str,
        now: UtcTime,
    ) -> Vec<AuditEntry> {
        let receivers: Vec<&str> = drafts.iter().map(|draft| self.agency_name(&draft.agency)).collect();
        let text = format!(
            "{}审核同意，决定对{}{}（{}，文号{}）{comment}；文书发往{}",
            person.name,
            party_name(&act.party),
            act.kind.to_chinese(),
            act.id,
            act.decision.as_deref().unwrap_or_default(),
            receivers.join("、")
        );
        let mut entries = vec![entry(act, &person.name, AuditAction::ActDecided, text, now)];
        entries.extend(drafts.iter().map(|draft| {
            let text = format!("{}：向{}发出", act.kind.to_chinese(), self.agency_name(&draft.agency));
            AuditEntry {
                agency: Some(draft.agency.clone()),
                message_id: Some(draft.id.clone()),
                ..entry(act, &person.name, AuditAction::ActDecided, text, now)
            }
        }));
        entries
    }

    /// Checks what an act says, and adds what follows from it: receivers, and the day until which they have.
    fn terms(&self, proposal: &Proposal<'_>, now: UtcTime) -> Result<ActTerms, Denial> {
        let Proposal { kind, taken_back, clock, .. } = proposal;
        let mut terms = trimmed(&proposal.terms);
        let needs = |value: &Option<String>, name: &str| match value {
            Some(text) if !text.trim().is_empty() => Ok(()),
            _ => Err(Denial::new("act.terms", format!("{}须写明{name}", kind.to_chinese()))),
        };
        match kind {
            ActKind::ListIn | ActKind::ListOut | ActKind::Correction => {
                needs(&terms.cause, "列入或移出事由代码")?;
                if self.authority().is_none() {
                    let text = "政策文件未写明作出决定机关（authority），不能公示；请联系系统管理员";
                    return Err(Denial::new("act.authority", text));
                }
                // Everybody whose link can write publications: the credit system.
                terms.receivers = self.agencies_that_take("publication");
            }
            ActKind::JointPunishment => {
                needs(&terms.measure_code, "惩戒措施代码")?;
                needs(&terms.legal_basis, "法律依据")?;
            }
            ActKind::Suspend | ActKind::Resume | ActKind::Cancel => {
                needs(&terms.cluster_address, "集群注册地址编号")?;
            }
            ActKind::Lift | ActKind::Interview | ActKind::Rectify => {}
        }
        if let Some(before) = kind.takes_back() {
            let decided = taken_back.filter(|act| act.kind == before && act.status == ActStatus::Decided);
            let Some(found) = decided.filter(|act| is_about(act, proposal.case)) else {
                let case = decided.map(|act| format!("；请在其案件{}中拟办", act.case_number)).unwrap_or_default();
                let text = format!("{}须指明同一主体已决定的{}{case}", kind.to_chinese(), before.to_chinese());
                return Err(Denial::new("act.takes-back", text));
            };
            Self::waits_for_objection(Some(found), *kind)?;
            terms.takes_back = Some(found.id.clone());
            if *kind == ActKind::Lift {
                terms.receivers.clone_from(&found.terms.receivers);
            }
        } else {
            terms.takes_back = None;
        }
        self.receivers(*kind, &mut terms)?;
        let owes_answer = matches!(kind, ActKind::JointPunishment | ActKind::Rectify);
        // Of a publication the law's clock runs, whatever a proposal says of it.
        let clock = self.publication_clocks().of(*kind).or(*clock);
        terms.due = match clock {
            Some(clock) => {
                let deadline = self.calendar.deadline(now, clock);
                let missing = |year| format!("缺少{year}年工作日历，无法计算期限；请先录入放假安排");
                Some(deadline.map_err(|error| Denial::new("act.calendar", missing(error.year)))?)
            }
            None if owes_answer => {
                return Err(Denial::new("act.terms", format!("{}须写明期限", kind.to_chinese())));
            }
            None => None,
        };
        Ok(terms)
    }

    /// Sorts the receivers, and refuses those that cannot be told.
    fn receivers(&self, kind: ActKind, terms: &mut ActTerms) -> Result<(), Denial> {
        terms.receivers.sort_unstable();
        terms.receivers.dedup();
        if terms.receivers.is_empty() || terms.receivers.len() > RECEIVERS_MAX {
            let text = format!("{}须有1至{RECEIVERS_MAX}个接收单位", kind.to_chinese());
            return Err(Denial::new("act.receivers", text));
        }
        let record = record_kind(kind);
        match terms.receivers.iter().find(|agency| !self.sends(agency, record)) {
            Some(agency) => {
                let text = format!("{}不能接收{}（{record}）", self.agency_name(agency), kind.to_chinese());
                Err(Denial::new("act.receivers", text))
            }
            None => Ok(()),
        }
    }
}

/// What the history says of a proposal.
fn proposed_text(by: &str, act: &LegalAct) -> String {
    format!(
        "拟办：{by}提出对{}{}（{}），理由：{}；依据{}，证据{}件；待初审",
        party_name(&act.party),
        act.kind.to_chinese(),
        act.id,
        act.reason,
        act.clause.to_chinese(),
        act.evidence.len()
    )
}

/// Whether an act stands that says what a new one would say: it waits for a decision, or is decided and not taken back.
fn says_the_same(other: &LegalAct, kind: ActKind, terms: &ActTerms, all: &[LegalAct]) -> bool {
    let stands = match kind {
        ActKind::ListIn | ActKind::JointPunishment => other.stands(all),
        // A listing that was removed may turn out to have been wrong (撤销); one that was annulled is neither removed nor annulled.
        ActKind::Correction => other.status == ActStatus::Decided && other.kind != ActKind::ListOut,
        ActKind::ListOut | ActKind::Lift => other.status == ActStatus::Decided,
        // These may have to be done again.
        ActKind::Interview | ActKind::Rectify | ActKind::Suspend | ActKind::Resume | ActKind::Cancel => false,
    };
    let takes_back_the_same = terms.takes_back.is_some() && other.terms.takes_back == terms.takes_back;
    // An entity may be listed on two grounds, and punished by two measures.
    let is_same = other.kind == kind
        && other.terms.cause == terms.cause
        && other.terms.measure_code == terms.measure_code
        && other.terms.cluster_address == terms.cluster_address
        && other.terms.takes_back == terms.takes_back;
    (other.status.is_open() || stands) && (is_same || takes_back_the_same)
}

/// The terms without blanks around their codes: the credit system keeps codes without them, and both lists must agree.
fn trimmed(terms: &ActTerms) -> ActTerms {
    let trim = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
    ActTerms {
        cause: trim(&terms.cause),
        measure_code: trim(&terms.measure_code),
        legal_basis: trim(&terms.legal_basis),
        cluster_address: trim(&terms.cluster_address),
        ..terms.clone()
    }
}

/// As which of the two a person may vote on an act now, and how that step is called.
fn may_vote(act: &LegalAct, person: &Account) -> Result<(PersonRole, &'static str), Denial> {
    let (role, step) = match act.status {
        ActStatus::Proposed => (PersonRole::Officer, "初审"),
        ActStatus::Examined => (PersonRole::Reviewer, "审核"),
        ActStatus::Decided | ActStatus::Refused => {
            let text = format!("{}{}，不能再次办理", act.id, act.status.to_chinese());
            return Err(Denial::new("act.closed", text));
        }
    };
    needs_role(person, role, step)?;
    let was_here = act.votes.iter().any(|vote| vote.person == person.name)
        || (role == PersonRole::Reviewer && act.proposed_by == Proposer::Person(person.name.clone()));
    if was_here {
        return Err(Denial::new("act.same-person", "初审和审核须由两名不同人员办理；请由另一名审核人员审核"));
    }
    Ok((role, step))
}

fn needs_role(person: &Account, role: PersonRole, step: &str) -> Result<(), Denial> {
    if person.disabled {
        return Err(Denial::new("act.account-closed", "账号已停用；请联系系统管理员"));
    }
    if person.role != role {
        let text = format!("{step}须由{}办理，{}是{}", role.to_chinese(), person.name, person.role.to_chinese());
        return Err(Denial::new("act.role", text));
    }
    Ok(())
}

fn text_within(name: &str, text: &str, chars_max: usize) -> Result<(), Denial> {
    if text.trim().is_empty() {
        return Err(Denial::new("act.text-missing", format!("{name}未填写")));
    }
    text_at_most(name, text, chars_max)
}

fn text_at_most(name: &str, text: &str, chars_max: usize) -> Result<(), Denial> {
    let has_controls = text.chars().any(|c| c.is_control() && c != '\n');
    if has_controls || text.chars().count() > chars_max {
        return Err(Denial::new("act.text", format!("{name}不得超过{chars_max}个字，且不得含控制字符")));
    }
    Ok(())
}

fn evidence_of(source: &Source) -> Evidence {
    Evidence {
        title: source.title.clone(),
        agency: source.agency.clone(),
        reference: source.reference.clone(),
        inbox_seq: source.inbox_seq,
        row: source.row,
        received_at: source.received_at,
    }
}

pub(crate) fn party_name(party: &Party) -> &str {
    let code = party.uscc.as_ref().map(xiezhi_model::Uscc::as_str);
    party.name.as_deref().or(code).or(party.address.as_deref()).unwrap_or("当事人")
}

/// Whether an act is about the case's entity: what takes an act back is numbered, confirmed and found among the acts about the same
/// entity, so a new credit code is another entity here.
fn is_about(act: &LegalAct, case: &Case) -> bool {
    if !act.entity.is_empty() {
        return act.entity == party::entity_of(&case.join_key);
    }
    match (&act.party.uscc, &case.party.uscc) {
        (Some(one), Some(other)) => one == other,
        _ => act.party.name.is_some() && act.party.name == case.party.name,
    }
}

fn entry(act: &LegalAct, person: &AccountName, action: AuditAction, text: String, now: UtcTime) -> AuditEntry {
    AuditEntry {
        act: Some(act.id.clone()),
        case_number: Some(act.case_number.clone()),
        clause: Some(act.clause.clone()),
        ..AuditEntry::new(now, action, format!("person:{person}"), text)
    }
}

/// As it is, under the next version: the settlement is refused when somebody else changed it meanwhile.
fn touched(act: &LegalAct) -> LegalAct {
    LegalAct { version: act.version.saturating_add(1), ..act.clone() }
}

fn decision(act: LegalAct, audit: Vec<AuditEntry>, drafts: Vec<Draft>, now: UtcTime) -> Decision {
    let settlement =
        Settlement { acts: vec![act], audit, ..Settlement::empty(Trigger::Person, InboxOutcome::Done, now) };
    Decision::of(settlement, drafts)
}
