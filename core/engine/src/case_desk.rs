//! The case desk: what an officer does to a case beside its rules (六（二）: 建立工作闭环管理机制): assign, answer for the bureau,
//! verify, close, suspend, resume, reopen. As pure as any other decision; who may not gets a [`Denial`], which the caller keeps in the history.

mod clocks;

use xiezhi_model::act::{Account, PersonRole};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::case::{AssignmentStatus, Case, CaseAssignment, CaseStatus, Source};
use xiezhi_model::case_request::{CaseRequest, VerifyOutcome};
use xiezhi_model::message::Outgoing;
use xiezhi_model::policy::{Clock, Role};
use xiezhi_model::record::FeedbackResult;
use xiezhi_model::{AgencyId, AssignmentId, CaseNumber, ClauseId, RuleId, UtcTime};
use xiezhi_ports::{CaseWrite, InboxOutcome, Settlement, Trigger};

use crate::clock::MissingYearError;
use crate::dispatch::{Dispatched, Order, matter_of};
use crate::feedback::may_follow;
use crate::{Decision, Denial, Draft, Engine, Route};

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 2_000;
/// Most assignments of one case: more are a matter for a meeting, not for the gateway.
const ASSIGNMENTS_MAX: usize = 100;
/// Longest clock that a person gives, in its own unit, as in policies.
const CLOCK_AMOUNT_MAX: u16 = 1_000;

/// What an officer wants to do, and what it is decided on.
#[derive(Debug, Clone, Copy)]
pub struct CaseStep<'a> {
    /// The case, as stored.
    pub case: &'a Case,
    /// Its first source.
    pub source: Option<&'a Source>,
    /// Another case, not closed, of the same entity and category; only reopening looks at it.
    pub twin: Option<&'a CaseNumber>,
    /// What they ask for.
    pub request: &'a CaseRequest,
}

/// A case as it becomes, with its history and what goes out.
struct Work<'a> {
    engine: &'a Engine,
    source: Option<&'a Source>,
    person: &'a Account,
    now: UtcTime,
    case: Case,
    was: CaseStatus,
    audit: Vec<AuditEntry>,
    drafts: Vec<Draft>,
}

impl Engine {
    /// Does a step at the case desk in an officer's name.
    ///
    /// # Errors
    /// [`Denial`] when the person may not, the case does not stand so, or something is missing.
    pub fn case_step(&self, step: CaseStep<'_>, person: &Account, now: UtcTime) -> Result<Decision, Denial> {
        let CaseStep { case, source, twin, request } = step;
        let name = request.to_chinese();
        if person.disabled {
            return Err(Denial::new("case.account-closed", "账号已停用；请联系系统管理员"));
        }
        if person.role != PersonRole::Officer {
            let (wanted, role) = (PersonRole::Officer.to_chinese(), person.role.to_chinese());
            return Err(Denial::new("case.role", format!("{name}须由{wanted}办理，{}是{role}", person.name)));
        }
        let mut next = case.clone();
        next.version = next.version.saturating_add(1);
        next.updated_at = now;
        let (was, audit, drafts) = (case.status, Vec::new(), Vec::new());
        let mut work = Work { engine: self, source, person, now, case: next, was, audit, drafts };
        if case.suspension.is_some() && !matches!(request, CaseRequest::Resume { .. }) {
            return Err(Denial::new("case.suspended", format!("案件已中止计时，不能办理{name}；请先恢复计时")));
        }
        match request {
            CaseRequest::Assign { agency, role, clock, reason, clause, replaces } => {
                work.assign(agency, *role, *clock, reason, clause.as_ref(), replaces.as_ref())?;
            }
            CaseRequest::Answer { assignment, result, text } => work.answer(assignment, *result, text)?,
            CaseRequest::Verify { outcome: VerifyOutcome::Passed, reason, .. } => work.pass(reason)?,
            CaseRequest::Verify { outcome: VerifyOutcome::Failed, reason, assignments, clock } => {
                work.send_back(reason, assignments, *clock)?;
            }
            CaseRequest::Close { reason } => work.close(reason)?,
            CaseRequest::Suspend { reason } => work.suspend(reason)?,
            CaseRequest::Resume { reason } => work.resume(reason)?,
            CaseRequest::Reopen { reason } => work.reopen(reason, twin)?,
        }
        Ok(work.finish())
    }
}

impl Work<'_> {
    fn assign(
        &mut self,
        agency: &AgencyId,
        role: Role,
        clock: Clock,
        reason: &str,
        clause: Option<&ClauseId>,
        replaces: Option<&AssignmentId>,
    ) -> Result<(), Denial> {
        reason_given("分派理由", reason)?;
        let replaced = self.replaced(role, replaces)?;
        if self.case.status != CaseStatus::Unrouted && replaced.is_none() && self.case.unassigned.is_empty() {
            let text = format!("案件{}，没有待分派或被退回的事项，不能分派", self.case.status.to_chinese());
            return Err(Denial::new("case.nothing-to-assign", text));
        }
        let clause = clause.unwrap_or(&self.case.clause).clone();
        let (rule, rule_version) = self.rule_of(replaced.as_ref());
        let order = Order { agency, role, clause: &clause, rule: &rule, rule_version: rule_version.as_deref(), clock };
        let id = self.dispatch(&order, &format!("人工派遣；理由：{reason}"), AuditAction::CaseAssigned)?;
        match replaced {
            Some(held) => self.replace(&held.id, &id),
            None => {
                let unassigned = &mut self.case.unassigned;
                let place = unassigned.iter().position(|part| part.role == role).unwrap_or(0);
                if place < unassigned.len() {
                    unassigned.remove(place);
                }
            }
        }
        self.restate(self.case.assignments.len().saturating_sub(1));
        Ok(())
    }

    /// The returned assignment that a new one takes the place of.
    fn replaced(&self, role: Role, wanted: Option<&AssignmentId>) -> Result<Option<CaseAssignment>, Denial> {
        let returned = || self.case.standing().filter(|held| held.status == AssignmentStatus::Returned);
        match wanted {
            Some(wanted) => match returned().find(|held| held.id == *wanted) {
                Some(held) => Ok(Some(held.clone())),
                None => Err(Denial::new("case.assignment", format!("案件没有被退回且未另行派遣的派遣{wanted}"))),
            },
            None => Ok(returned().find(|held| held.role == role.as_str()).or_else(|| returned().next()).cloned()),
        }
    }

    /// An agency in the house has no link: its officers answer here.
    fn answer(&mut self, id: &AssignmentId, result: FeedbackResult, text: &str) -> Result<(), Denial> {
        let Some(place) = self.case.assignments.iter().position(|held| held.id == *id) else {
            return Err(Denial::new("case.assignment", format!("案件没有派遣{id}")));
        };
        let Some(before) = self.case.assignments.get(place).cloned() else { return Ok(()) };
        let (name, status) = (self.engine.agency_name(&before.agency), AssignmentStatus::from(result));
        if self.engine.agency(&before.agency).is_none_or(|agency| agency.route != Route::Internal) {
            return Err(Denial::new("case.agency", format!("派遣{id}由{name}自行反馈，不能代为反馈")));
        }
        if status.is_open() {
            reason_within("办理情况", text)?
        } else {
            reason_given("办理情况", text)?
        }
        let stands = self.case.status != CaseStatus::Closed && before.replaced_by.is_none();
        if !stands || !may_follow(before.status, status) {
            let (was, case) = (before.status.to_chinese(), self.case.status.to_chinese());
            let text = format!("派遣{id}{was}，案件{case}，不能再反馈为{}", status.to_chinese());
            return Err(Denial::new("case.status", text));
        }
        let comment = if text.trim().is_empty() { String::new() } else { format!("；{text}") };
        self.note(AuditAction::CaseFeedback, format!("{name}反馈派遣{id}：{}{comment}", status.to_chinese()));
        if let Some(entry) = self.audit.last_mut() {
            entry.agency = Some(before.agency.clone());
            entry.assignment = Some(id.clone());
            entry.clause = Some(before.clause.clone());
            entry.rule = Some(before.rule.clone());
            entry.rule_version = before.rule_version.clone();
        }
        self.engine.answered(&mut self.case, place, status, self.now);
        Ok(())
    }

    fn pass(&mut self, reason: &str) -> Result<(), Denial> {
        reason_within("核查意见", reason)?;
        self.can_verify()?;
        let comment = if reason.trim().is_empty() { String::new() } else { format!("：{reason}") };
        let returned = self.case.standing().filter(|held| held.status == AssignmentStatus::Returned).count();
        let rest = if returned == 0 {
            String::new()
        } else {
            format!("；另有{returned}件被退回的派遣不再另行派遣")
        };
        self.note(AuditAction::CaseVerified, format!("核查通过{comment}{rest}"));
        self.end("核查通过，结案");
        Ok(())
    }

    fn send_back(&mut self, reason: &str, wanted: &[AssignmentId], clock: Option<Clock>) -> Result<(), Denial> {
        reason_given("核查不通过的理由", reason)?;
        self.can_verify()?;
        let done: Vec<CaseAssignment> =
            self.case.standing().filter(|held| held.status == AssignmentStatus::Done).cloned().collect();
        if let Some(strange) = wanted.iter().find(|wanted| done.iter().all(|held| held.id != **wanted)) {
            return Err(Denial::new("case.assignment", format!("案件没有已反馈的派遣{strange}")));
        }
        let again: Vec<CaseAssignment> =
            done.into_iter().filter(|held| wanted.is_empty() || wanted.contains(&held.id)).collect();
        let ids: Vec<&str> = again.iter().map(|held| held.id.as_str()).collect();
        self.note(AuditAction::CaseSentBack, format!("核查不通过：{reason}；派遣{}须重新办理", ids.join("、")));
        for held in &again {
            let role = if held.role == Role::Lead.as_str() { Role::Lead } else { Role::Co };
            let Some(clock) = clock.or_else(|| self.clock_by_rule(held, role)) else {
                let text = format!("现行规则没有派遣{}的办理期限；请写明重新办理的期限", held.id);
                return Err(Denial::new("case.clock", text));
            };
            let order = Order {
                agency: &held.agency,
                role,
                clause: &held.clause,
                rule: &held.rule,
                rule_version: held.rule_version.as_deref(),
                clock,
            };
            let why = format!("核查不通过，重新办理派遣{}；理由：{reason}", held.id);
            let id = self.dispatch(&order, &why, AuditAction::CaseAssigned)?;
            self.replace(&held.id, &id);
        }
        self.restate(self.case.assignments.len().saturating_sub(1));
        Ok(())
    }

    /// Verification needs something that was done and nobody who still owes an answer.
    fn can_verify(&self) -> Result<(), Denial> {
        let case = &self.case;
        let is_done = case.standing().any(|held| held.status == AssignmentStatus::Done);
        if case.status == CaseStatus::Closed || case.has_open() || !is_done {
            let text = format!("案件{}，尚无全部反馈的处置结果，不能核查", case.status.to_chinese());
            return Err(Denial::new("case.status", text));
        }
        Ok(())
    }

    /// As long as the rule gives this part, for the agency itself or for one that it went on to.
    fn clock_by_rule(&self, held: &CaseAssignment, role: Role) -> Option<Clock> {
        let rule = self.engine.rules.find(&held.rule, held.rule_version.as_deref(), self.now.beijing_date())?;
        let of_role = || rule.rule.assign.iter().filter(|assign| assign.role == role);
        let named = of_role()
            .find(|assign| std::iter::once(&assign.to).chain(&assign.next).any(|to| to.agency() == Some(&held.agency)));
        named.or_else(|| of_role().next()).map(|assign| assign.clock)
    }

    fn close(&mut self, reason: &str) -> Result<(), Denial> {
        reason_given("结案理由", reason)?;
        if self.case.status != CaseStatus::Unrouted {
            let text =
                format!("案件{}，只有无须单位处置的待分派案件可以直接结案；请待反馈后核查", self.was.to_chinese());
            return Err(Denial::new("case.status", text));
        }
        self.end(&format!("无须单位处置，结案；理由：{reason}"));
        Ok(())
    }

    fn reopen(&mut self, reason: &str, twin: Option<&CaseNumber>) -> Result<(), Denial> {
        reason_given("重新办理的理由", reason)?;
        if self.case.status != CaseStatus::Closed {
            let text = format!("案件{}，没有结案，无须重新办理", self.case.status.to_chinese());
            return Err(Denial::new("case.status", text));
        }
        if let Some(twin) = twin {
            let text = format!("同一主体的同类问题已另立案件{twin}；请在该案中办理");
            return Err(Denial::new("case.twin", text));
        }
        self.note(AuditAction::CaseReopened, format!("重新办理：{reason}"));
        self.case.status = Engine::status_of(&self.case);
        self.verification_clock();
        Ok(())
    }

    fn end(&mut self, text: &str) {
        self.case.status = CaseStatus::Closed;
        self.case.verify_due = None;
        for held in &mut self.case.assignments {
            held.check_at = None;
        }
        self.note(AuditAction::CaseClosed, text.to_owned());
    }

    fn restate(&mut self, place: usize) {
        self.engine.restate(&mut self.case, place, self.now);
    }

    fn replace(&mut self, old: &AssignmentId, new: &AssignmentId) {
        for held in self.case.assignments.iter_mut().filter(|held| held.id == *old) {
            held.replaced_by = Some(new.clone());
            held.check_at = None;
        }
    }

    /// The rule behind a step: that of the assignment it is about, else the case's.
    fn rule_of(&self, held: Option<&CaseAssignment>) -> (RuleId, Option<String>) {
        match held {
            Some(held) => (held.rule.clone(), held.rule_version.clone()),
            None => (self.case.rule.clone(), self.rule_version()),
        }
    }

    /// The version of the rule that opened the case; of the policy alone where the rule is gone, or where there was none.
    fn rule_version(&self) -> Option<String> {
        let case = &self.case;
        let first = case.assignments.iter().find(|held| held.rule == case.rule);
        let known = first.and_then(|held| held.rule_version.clone());
        let by_policy = || (!case.policy_version.is_empty()).then(|| case.policy_version.clone());
        known.or_else(|| self.engine.rules.version_in(&case.rule, &case.policy_version)).or_else(by_policy)
    }

    /// Adds an assignment with its history, and drafts it for its agency.
    fn dispatch(&mut self, order: &Order<'_>, why: &str, action: AuditAction) -> Result<AssignmentId, Denial> {
        let engine = self.engine;
        if !(1..=CLOCK_AMOUNT_MAX).contains(&order.clock.amount) {
            return Err(Denial::new("case.clock", format!("办理期限应为1至{CLOCK_AMOUNT_MAX}")));
        }
        if engine.agency(order.agency).is_none() {
            return Err(Denial::new("case.agency", format!("没有编号为{}的单位；请核对单位编号", order.agency)));
        }
        let name = engine.agency_name(order.agency);
        if !engine.takes_assignments(order.agency) {
            return Err(Denial::new("case.agency", format!("{name}不能接收派遣；请改派其他单位")));
        }
        if self.case.standing().any(|held| held.agency == *order.agency && held.status.is_open()) {
            return Err(Denial::new("case.agency", format!("{name}已有未办结的派遣，不能重复派遣")));
        }
        if self.case.assignments.len() >= ASSIGNMENTS_MAX {
            return Err(Denial::new("case.too-many", format!("一个案件最多派遣{ASSIGNMENTS_MAX}次")));
        }
        let reference = self.source.map_or("", |source| source.reference.as_str());
        let Some(matter) = matter_of(&self.case, reference) else {
            return Err(Denial::new("case.source", "案件没有来源，不能派遣"));
        };
        let Dispatched { assignment, record, whom, until } =
            engine.dispatch(&self.case, order, matter, self.now).map_err(|error| no_calendar(&error))?;
        let text = format!("派遣{whom}：{why}，依据{}；{until}", order.clause.to_chinese());
        let id = assignment.id.clone();
        self.note(action, text);
        let message = engine.sends(order.agency, "assignment").then(|| {
            let message = Outgoing::derive_id(&format!("{id}|desk"), order.rule.as_str(), order.agency, 0);
            let (agency, case_number) = (order.agency.clone(), Some(self.case.number.clone()));
            self.drafts.push(Draft { id: message.clone(), agency, case_number, record });
            message
        });
        if let Some(entry) = self.audit.last_mut() {
            entry.agency = Some(order.agency.clone());
            entry.assignment = Some(id.clone());
            entry.clause = Some(order.clause.clone());
            entry.rule = Some(order.rule.clone());
            entry.rule_version = order.rule_version.map(str::to_owned);
            entry.message_id = message;
        }
        self.case.assignments.push(assignment);
        Ok(id)
    }

    /// A row of history with the case's clause and rule.
    fn note(&mut self, action: AuditAction, text: String) {
        let entry = AuditEntry {
            case_number: Some(self.case.number.clone()),
            clause: Some(self.case.clause.clone()),
            rule: Some(self.case.rule.clone()),
            rule_version: self.rule_version(),
            ..AuditEntry::new(self.now, action, format!("person:{}", self.person.name), text)
        };
        self.audit.push(entry);
    }

    fn finish(mut self) -> Decision {
        let after = self.case.status;
        if after != self.was {
            let text = format!("案件由{}转为{}", self.was.to_chinese(), after.to_chinese());
            self.note(AuditAction::CaseStatusChanged, text);
        }
        let settlement = Settlement {
            cases: vec![CaseWrite { case: self.case.into(), sources: Vec::new() }],
            audit: self.audit,
            ..Settlement::empty(Trigger::Person, InboxOutcome::Done, self.now)
        };
        Decision::of(settlement, self.drafts)
    }
}

fn no_calendar(error: &MissingYearError) -> Denial {
    Denial::new("case.calendar", format!("缺少{}年工作日历，无法计算期限；请先录入放假安排", error.year))
}

fn reason_given(name: &str, text: &str) -> Result<(), Denial> {
    if text.trim().is_empty() {
        return Err(Denial::new("case.text-missing", format!("{name}未填写")));
    }
    reason_within(name, text)
}

fn reason_within(name: &str, text: &str) -> Result<(), Denial> {
    let has_controls = text.chars().any(|c| c.is_control() && c != '\n');
    if has_controls || text.chars().count() > REASON_CHARS_MAX {
        return Err(Denial::new("case.text", format!("{name}不得超过{REASON_CHARS_MAX}个字，且不得含控制字符")));
    }
    Ok(())
}
