//! The bureau's people: officers work through the list of cases, and two persons decide what is proposed. Some try what they may
//! not.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use xiezhi_engine::{CaseStep, Denial, Proposal};
use xiezhi_kit::Random;
use xiezhi_model::act::{Account, ActKind, ActStatus, ActTerms, Ballot, LegalAct, PersonRole};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{AssignmentStatus, Case, CaseStatus};
use xiezhi_model::case_request::{CaseRequest, VerifyOutcome};
use xiezhi_model::policy::{Clock, ClockUnit, Role};
use xiezhi_model::{AccountName, AgencyId, CaseNumber};
use xiezhi_ports::{Accounts as _, ActFilter, Acts as _, CaseFilter, Cases as _};

use crate::agencies::{chance, days, pick};
use crate::district::{District, ROWS_MAX};

/// How long somebody has whom an officer assigns.
const ASSIGNED: Clock = Clock { amount: 5, unit: ClockUnit::WorkingDay };
/// How long a suspended case rests, in days.
const SUSPENDED_DAYS: (u64, u64) = (5, 20);

/// How the categories of cases against host units begin.
const HOST_CASES: &str = "host_";
/// How many working days, on average, such a case stays unverified: about as long as all its steps take.
const HOST_DAYS: u64 = 70;

/// Whom officers assign when a rule names nobody, or everybody returned it.
const DEPARTMENTS: [&str; 9] = [
    "market-supervision",
    "urban-management",
    "planning",
    "housing",
    "police",
    "fire",
    "emergency",
    "environment",
    "commerce",
];

/// All people, and until when they begin something new.
#[derive(Debug)]
pub(crate) struct People {
    officers: Vec<Account>,
    reviewers: Vec<Account>,
    departments: Vec<AgencyId>,
    random: Random,
    /// Suspended cases with the day on which they are resumed.
    suspended: BTreeMap<CaseNumber, usize>,
    decisions: u32,
    /// From this day on nothing is assigned, sent back, suspended or reopened.
    last_day: usize,
}

fn accounts(names: &[&str], role: PersonRole, district: &District) -> anyhow::Result<Vec<Account>> {
    let account = |name: &&str| {
        let name = AccountName::parse(name)?;
        Ok(Account { name, role, password_hash: "none".to_owned(), created_at: district.now, disabled: false })
    };
    names.iter().map(account).collect()
}

impl People {
    /// Adds their accounts.
    pub(crate) async fn new(district: &District, seed: u64, last_day: usize) -> anyhow::Result<Self> {
        let officers = accounts(&["wang-lan", "li-qiang", "sun-mei"], PersonRole::Officer, district)?;
        let reviewers = accounts(&["chen-yu", "zhao-min"], PersonRole::Reviewer, district)?;
        for account in officers.iter().chain(&reviewers) {
            let text = format!("新增账号{}（{}）", account.name, account.role.to_chinese());
            let entry = AuditEntry::new(district.now, AuditAction::AccountAdded, "operator", text);
            ensure!(district.store.account_add(account, &entry).await?, "{} is taken", account.name);
        }
        let departments = DEPARTMENTS.iter().map(|id| AgencyId::parse(id)).collect::<Result<_, _>>()?;
        let (random, suspended) = (Random::new(seed ^ 0x9e0_91e5), BTreeMap::new());
        Ok(Self { officers, reviewers, departments, random, suspended, decisions: 0, last_day })
    }

    fn officer(&mut self) -> anyhow::Result<Account> {
        pick(&mut self.random, &self.officers).cloned().context("there are officers")
    }

    fn reviewer(&mut self) -> anyhow::Result<Account> {
        pick(&mut self.random, &self.reviewers).cloned().context("there are reviewers")
    }

    /// A working day.
    pub(crate) async fn work(&mut self, day: usize, district: &mut District) -> anyhow::Result<()> {
        self.cases(day, district).await?;
        self.examine(district).await?;
        self.review(district).await?;
        if day < self.last_day {
            self.correct(district).await?;
        }
        Ok(())
    }

    async fn cases(&mut self, day: usize, district: &mut District) -> anyhow::Result<()> {
        let mut settlements = Vec::new();
        for status in [CaseStatus::Unrouted, CaseStatus::Open, CaseStatus::FedBack] {
            let filter = CaseFilter { status: Some(status), limit: ROWS_MAX, ..CaseFilter::default() };
            for case in district.store.case_list(&filter).await? {
                let Some(request) = self.request(day, &case) else { continue };
                settlements.push(self.step(district, &case, &request).await?);
            }
        }
        if day < self.last_day && chance(&mut self.random, 5) {
            settlements.extend(self.reopen(district).await?);
        }
        district.settle(settlements).await
    }

    async fn step(
        &mut self,
        district: &mut District,
        case: &Case,
        request: &CaseRequest,
    ) -> anyhow::Result<xiezhi_ports::Settlement> {
        if chance(&mut self.random, 2) {
            let (reviewer, step) = (self.reviewer()?, CaseStep { case, source: None, twin: None, request });
            let denied = district.engine.case_step(step, &reviewer, district.now);
            let denial = denied.err().context("a reviewer did an officer's step")?;
            deny(district, &denial, "case.role", &reviewer, None, Some(&case.number)).await?;
        }
        let sources = district.store.case_sources(&case.number, 1).await?;
        let officer = self.officer()?;
        let step = CaseStep { case, source: sources.first(), twin: None, request };
        match district.engine.case_step(step, &officer, district.now) {
            Ok(decision) => district.finish(decision),
            Err(denial) => bail!("{} at {}: {} for {request:?}", denial.code, case.number, denial.text),
        }
    }

    /// What an officer does with a case today.
    fn request(&mut self, day: usize, case: &Case) -> Option<CaseRequest> {
        let goes_on = day < self.last_day;
        if case.suspension.is_some() {
            let is_over = self.suspended.get(&case.number).is_none_or(|until| *until <= day);
            return is_over.then(|| CaseRequest::Resume { reason: "鉴定结论已出".to_owned() });
        }
        let is_returned = case.standing().any(|held| held.status == AssignmentStatus::Returned);
        let is_done = case.standing().any(|held| held.status == AssignmentStatus::Done);
        match case.status {
            CaseStatus::Closed => None,
            CaseStatus::Unrouted if goes_on && chance(&mut self.random, 70) => self.assign(case).or_else(close),
            CaseStatus::Unrouted => close(),
            // What the host unit has not mended stays open, so that the next step can follow; mostly.
            CaseStatus::FedBack if goes_on && case.category.starts_with(HOST_CASES) => {
                (self.random.between(1, HOST_DAYS) == 1).then(passed)
            }
            CaseStatus::FedBack => self.verify(goes_on),
            CaseStatus::Open if is_returned || !case.unassigned.is_empty() => {
                let again = if goes_on && chance(&mut self.random, 60) { self.assign(case) } else { None };
                // Or verified without the part that nobody takes.
                let can_pass = is_done && !case.has_open() && (!goes_on || chance(&mut self.random, 30));
                again.or_else(|| can_pass.then(passed))
            }
            CaseStatus::Open if goes_on && self.random.between(1, 400) == 1 => {
                let until = day + days(&mut self.random, SUSPENDED_DAYS.0, SUSPENDED_DAYS.1);
                self.suspended.insert(case.number.clone(), until);
                Some(CaseRequest::Suspend { reason: "等待鉴定".to_owned() })
            }
            CaseStatus::Open => None,
        }
    }

    fn verify(&mut self, goes_on: bool) -> Option<CaseRequest> {
        match self.random.between(1, 100) {
            1..=8 if goes_on => Some(CaseRequest::Verify {
                outcome: VerifyOutcome::Failed,
                reason: "现场复查，问题仍在".to_owned(),
                assignments: Vec::new(),
                clock: Some(ASSIGNED),
            }),
            // Another day: some verifications come late.
            9..=35 if goes_on => None,
            _ => Some(passed()),
        }
    }

    /// Assigns to a department that has not had the case; `None` when there is none left.
    fn assign(&mut self, case: &Case) -> Option<CaseRequest> {
        let had = |agency: &AgencyId| case.assignments.iter().any(|held| held.agency == *agency);
        let free: Vec<AgencyId> = self.departments.iter().filter(|agency| !had(agency)).cloned().collect();
        let agency = pick(&mut self.random, &free)?.clone();
        let role = case.unassigned.first().map_or(Role::Lead, |part| part.role);
        let reason = "经研究由该单位依职责处置".to_owned();
        Some(CaseRequest::Assign { agency, role, clock: ASSIGNED, reason, clause: None, replaces: None })
    }

    async fn reopen(&mut self, district: &mut District) -> anyhow::Result<Option<xiezhi_ports::Settlement>> {
        let filter = CaseFilter { status: Some(CaseStatus::Closed), limit: 50, ..CaseFilter::default() };
        let closed = district.store.case_list(&filter).await?;
        let Some(case) = pick(&mut self.random, &closed) else { return Ok(None) };
        let twins = district.store.cases_by_join_key(std::slice::from_ref(&case.join_key)).await?;
        let (officer, twin) = (self.officer()?, twins.first().map(|twin| &twin.number));
        let request = CaseRequest::Reopen { reason: "再次收到线索".to_owned() };
        let step = CaseStep { case, source: None, twin, request: &request };
        match (district.engine.case_step(step, &officer, district.now), twin) {
            (Ok(decision), None) => Ok(Some(district.finish(decision)?)),
            (Err(denial), Some(_)) => {
                deny(district, &denial, "case.twin", &officer, None, Some(&case.number)).await?;
                Ok(None)
            }
            (other, _) => bail!("reopening {} beside {twin:?} gave {other:?}", case.number),
        }
    }

    /// 初审.
    async fn examine(&mut self, district: &mut District) -> anyhow::Result<()> {
        let mut settlements = Vec::new();
        for act in acts(district, ActStatus::Proposed).await? {
            if chance(&mut self.random, 10) {
                let reviewer = self.reviewer()?;
                self.try_vote(district, &act, &reviewer, "act.role").await?;
            }
            let officer = self.officer()?;
            let ballot = if chance(&mut self.random, 6) { refusal() } else { approval(None) };
            settlements.push(voted(district, &act, &officer, ballot).await?);
        }
        district.settle(settlements).await
    }

    /// 审核.
    async fn review(&mut self, district: &mut District) -> anyhow::Result<()> {
        let mut settlements = Vec::new();
        for act in acts(district, ActStatus::Examined).await? {
            if chance(&mut self.random, 10) {
                let first = act.votes.first().context("an examined act has a vote")?.person.clone();
                let same = self.officers.iter().find(|officer| officer.name == first).cloned();
                let same = same.context("an officer examined it")?;
                self.try_vote(district, &act, &same, "act.role").await?;
                // Even after a change of roles.
                let promoted = Account { role: PersonRole::Reviewer, ..same };
                self.try_vote(district, &act, &promoted, "act.same-person").await?;
            }
            let reviewer = self.reviewer()?;
            if chance(&mut self.random, 5) {
                let others = others_of(district, &act).await?;
                let denied = district.engine.vote(&act, &others, &reviewer, approval(None), district.now);
                let denial = denied.err().context("an act was decided without a document number")?;
                deny(district, &denial, "act.text-missing", &reviewer, Some(&act), None).await?;
            }
            self.decisions += 1;
            let number = format!("京通市监〔2026〕{}号", self.decisions);
            let ballot = if chance(&mut self.random, 4) { refusal() } else { approval(Some(number)) };
            settlements.push(voted(district, &act, &reviewer, ballot).await?);
        }
        district.settle(settlements).await
    }

    async fn try_vote(
        &self,
        district: &mut District,
        act: &LegalAct,
        person: &Account,
        code: &str,
    ) -> anyhow::Result<()> {
        let others = others_of(district, act).await?;
        let denied = district.engine.vote(act, &others, person, approval(Some("无".to_owned())), district.now);
        let denial =
            denied.err().with_context(|| format!("{} voted on {} as {:?}", person.name, act.id, person.role))?;
        deny(district, &denial, code, person, Some(act), None).await
    }

    /// Now and then an officer proposes that a listing was wrong.
    async fn correct(&mut self, district: &mut District) -> anyhow::Result<()> {
        if !chance(&mut self.random, 2) {
            return Ok(());
        }
        let decided = acts(district, ActStatus::Decided).await?;
        let listings: Vec<&LegalAct> = decided.iter().filter(|act| act.kind == ActKind::ListIn).collect();
        let Some(listing) = pick(&mut self.random, &listings).copied() else { return Ok(()) };
        let case = district.store.case_load(&listing.case_number).await?.context("a listing has its case")?;
        let evidence = district.store.case_sources(&case.number, ROWS_MAX).await?;
        let others = others_of(district, listing).await?;
        // A listing that was removed may be corrected too.
        let is_in_the_way = |act: &LegalAct| {
            let is_final = act.status == ActStatus::Decided && act.kind == ActKind::Correction;
            act.terms.takes_back.as_ref() == Some(&listing.id) && (is_final || act.status.is_open())
        };
        let proposal = Proposal {
            case: &case,
            evidence: &evidence,
            taken_back: Some(listing),
            others: &others,
            kind: ActKind::Correction,
            clause: None,
            reason: "经复核，列入有误".to_owned(),
            terms: ActTerms {
                cause: Some("9".to_owned()),
                takes_back: Some(listing.id.clone()),
                ..ActTerms::default()
            },
            clock: None,
        };
        let officer = self.officer()?;
        match (district.engine.propose(proposal, &officer, district.now), others.iter().any(is_in_the_way)) {
            (Ok(decision), false) => {
                let settlement = district.finish(decision)?;
                district.settle(vec![settlement]).await
            }
            (Err(denial), true) => deny(district, &denial, "act.exists", &officer, None, Some(&case.number)).await,
            (other, is_denied) => bail!("correcting {} (to be denied: {is_denied}) gave {other:?}", listing.id),
        }
    }
}

async fn acts(district: &District, status: ActStatus) -> anyhow::Result<Vec<LegalAct>> {
    let filter = ActFilter { status: Some(status), limit: ROWS_MAX, ..ActFilter::default() };
    Ok(district.store.act_list(&filter).await?)
}

/// The acts about an act's entity.
async fn others_of(district: &District, act: &LegalAct) -> anyhow::Result<Vec<LegalAct>> {
    Ok(district.store.acts_of_entity(&act.entity, ROWS_MAX).await?)
}

async fn voted(
    district: &District,
    act: &LegalAct,
    person: &Account,
    ballot: Ballot,
) -> anyhow::Result<xiezhi_ports::Settlement> {
    match district.engine.vote(act, &others_of(district, act).await?, person, ballot, district.now) {
        Ok(decision) => district.finish(decision),
        Err(denial) => bail!("{} at {}: {}", denial.code, act.id, denial.text),
    }
}

fn approval(decision: Option<String>) -> Ballot {
    Ballot::Approve { decision, remark: String::new() }
}

fn refusal() -> Ballot {
    Ballot::Refuse { remark: "证据不足".to_owned() }
}

fn passed() -> CaseRequest {
    let (reason, assignments) = ("复查属实".to_owned(), Vec::new());
    CaseRequest::Verify { outcome: VerifyOutcome::Passed, reason, assignments, clock: None }
}

fn close() -> Option<CaseRequest> {
    Some(CaseRequest::Close { reason: "经核实，无须单位处置".to_owned() })
}

/// Keeps a refusal in the history, as the desk does, and holds it against what it must be.
async fn deny(
    district: &mut District,
    denial: &Denial,
    wanted: &str,
    person: &Account,
    act: Option<&LegalAct>,
    case: Option<&CaseNumber>,
) -> anyhow::Result<()> {
    ensure!(denial.code == wanted, "{} was denied with {} instead of {wanted}", person.name, denial.code);
    let mut entry = denial.entry(person.name.as_str(), act, district.now);
    entry.case_number = entry.case_number.or_else(|| case.cloned());
    district.store.act_denied(&entry).await?;
    *district.totals.denials.entry(denial.code).or_default() += 1;
    Ok(())
}
