//! Dispatching (派遣): whom a rule's words lead to, and what an assignment consists of, whoever decided it: a rule, a rule's next
//! agency, or a person.

use xiezhi_model::case::{AssignmentStatus, Case, CaseAssignment};
use xiezhi_model::policy::{AssignTo, Clock, Role};
use xiezhi_model::record::{Assignment, Party, SCHEMA_VERSION};
use xiezhi_model::{AgencyId, AssignmentId, ClauseId, Record, RuleId, UtcTime};

use crate::Engine;
use crate::clock::MissingYearError;

/// What the agency is told of the matter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matter<'a> {
    pub(crate) party: &'a Party,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) source_agency: &'a AgencyId,
    pub(crate) source_reference: &'a str,
}

/// Who shall act, as what, for how long and on what basis.
#[derive(Debug, Clone)]
pub(crate) struct Order<'a> {
    pub(crate) agency: &'a AgencyId,
    pub(crate) role: Role,
    pub(crate) clause: &'a ClauseId,
    pub(crate) rule: &'a RuleId,
    pub(crate) rule_version: Option<&'a str>,
    pub(crate) clock: Clock,
}

/// An assignment that is not yet part of its case.
#[derive(Debug, Clone)]
pub(crate) struct Dispatched {
    pub(crate) assignment: CaseAssignment,
    /// What its agency is sent, where it is reached by a link.
    pub(crate) record: Record,
    /// `区公安分局（主办）`.
    pub(crate) whom: String,
    /// `办理期限至2026-10-08 23:59:59（自2026-09-21起7个工作日）`.
    pub(crate) until: String,
}

impl Engine {
    /// The agency that a rule's words lead to; else why there is none, in Chinese.
    pub(crate) fn target<'a>(
        &'a self,
        to: &'a AssignTo,
        party: &Party,
        sender: Option<&'a AgencyId>,
    ) -> Result<&'a AgencyId, String> {
        match to {
            AssignTo::Agency(agency) => Ok(agency),
            AssignTo::Town => {
                let Some(town) = &party.town else {
                    return Err("报送内容没有乡镇街道代码，无法确定属地".to_owned());
                };
                let unknown = || format!("乡镇街道代码{town}没有对应的属地单位");
                self.agency_of_town(town).ok_or_else(unknown)
            }
            AssignTo::Sender => {
                let Some(sender) = sender else { return Err("案件没有报送单位".to_owned()) };
                let name = self.agency_name(sender);
                if self.takes_assignments(sender) { Ok(sender) } else { Err(format!("{name}不能接收派遣")) }
            }
        }
    }

    /// The next assignment of a case.
    pub(crate) fn dispatch(
        &self,
        case: &Case,
        order: &Order<'_>,
        matter: Matter<'_>,
        now: UtcTime,
    ) -> Result<Dispatched, MissingYearError> {
        let deadline = self.calendar.deadline(now, order.clock)?;
        let id = AssignmentId::of(&case.number, case.assignments.len().saturating_add(1));
        let record = Record::Assignment(Box::new(Assignment {
            schema_version: SCHEMA_VERSION,
            assignment: id.clone(),
            case_number: case.number.clone(),
            agency: order.agency.clone(),
            role: order.role.as_str().to_owned(),
            clause: order.clause.clone(),
            category: case.category.clone(),
            category_name: case.category_name.clone(),
            party: matter.party.clone(),
            title: matter.title.to_owned(),
            text: matter.text.to_owned(),
            source_agency: matter.source_agency.clone(),
            source_reference: matter.source_reference.to_owned(),
            assigned_at: now,
            due_at: deadline.at,
        }));
        let mut assignment = CaseAssignment {
            id,
            agency: order.agency.clone(),
            role: order.role.as_str().to_owned(),
            clause: order.clause.clone(),
            rule: order.rule.clone(),
            status: AssignmentStatus::Assigned,
            assigned_at: now,
            deadline,
            reminders: 0,
            check_at: None,
            rule_version: order.rule_version.map(str::to_owned),
            accept_reminded_at: None,
            near_reminded_at: None,
            resumed_at: None,
            escalated_at: None,
            replaced_by: None,
        };
        assignment.check_at = self.next_check(case, &assignment);
        let whom = format!("{}（{}）", self.agency_name(order.agency), order.role.to_chinese());
        let (at, basis) = (assignment.deadline.at.to_spaced_beijing(), &assignment.deadline.basis);
        let until = format!("办理期限至{at}（{basis}）");
        Ok(Dispatched { assignment, record, whom, until })
    }
}

/// What a case says of its matter to those who are assigned later. `reference` is the first source's own number, for cases of
/// older gateways that do not have it.
pub(crate) fn matter_of<'a>(case: &'a Case, reference: &'a str) -> Option<Matter<'a>> {
    Some(Matter {
        party: &case.party,
        title: &case.title,
        text: if case.text.is_empty() { &case.title } else { &case.text },
        source_agency: case.source_agencies.first()?,
        source_reference: if case.reference.is_empty() { reference } else { &case.reference },
    })
}
