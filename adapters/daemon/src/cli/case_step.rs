//! `xiezhi case assign|answer|verify|close|suspend|resume|reopen`: officers act on cases. The same desk as `/v1/cases`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use xiezhi_http::{CaseDesk as _, DeskError};
use xiezhi_model::case_request::{CaseRequest, VerifyOutcome};
use xiezhi_model::policy::{Clock, ClockUnit, Role};
use xiezhi_model::record::FeedbackResult;
use xiezhi_model::{AgencyId, AssignmentId, CaseNumber, ClauseId};

use super::act::{PersonArguments, desk, sign_in};
use super::{case, print};

/// How long an agency has.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct ClockArguments {
    /// So many working days.
    #[arg(long, value_name = "N")]
    working_days: Option<u16>,
    /// So many calendar days.
    #[arg(long, value_name = "N")]
    calendar_days: Option<u16>,
    /// So many hours.
    #[arg(long, value_name = "N")]
    hours: Option<u16>,
}

impl ClockArguments {
    fn clock(&self) -> Option<Clock> {
        let of = |amount: Option<u16>, unit| amount.map(|amount| Clock { amount, unit });
        of(self.working_days, ClockUnit::WorkingDay)
            .or_else(|| of(self.calendar_days, ClockUnit::CalendarDay))
            .or_else(|| of(self.hours, ClockUnit::Hour))
    }
}

/// Whom to assign.
#[derive(Debug, Args)]
pub(crate) struct AssignArguments {
    /// The case number.
    number: CaseNumber,
    /// Who must act.
    #[arg(long)]
    agency: AgencyId,
    /// As what: lead (主办) or co (协办).
    #[arg(long, value_parser = parse_role)]
    role: Role,
    #[command(flatten)]
    clock: ClockArguments,
    /// Why.
    #[arg(long)]
    reason: String,
    /// The clause behind it; the case's unless given.
    #[arg(long)]
    clause: Option<ClauseId>,
    /// The returned assignment that it takes the place of.
    #[arg(long, value_name = "ASSIGNMENT")]
    replaces: Option<AssignmentId>,
    #[command(flatten)]
    person: PersonArguments,
}

/// What became of an assignment of an agency in the house.
#[derive(Debug, Args)]
pub(crate) struct AnswerArguments {
    /// The case number.
    number: CaseNumber,
    /// The assignment.
    #[arg(long)]
    assignment: AssignmentId,
    /// accepted, `in_progress`, returned or done.
    #[arg(long, value_parser = parse_result)]
    result: FeedbackResult,
    /// What was done, or why it is returned.
    #[arg(long, default_value = "")]
    text: String,
    #[command(flatten)]
    person: PersonArguments,
}

/// What came of the verification.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The case number.
    number: CaseNumber,
    /// passed (核查通过) or failed (核查不通过).
    #[arg(long, value_parser = parse_outcome)]
    outcome: VerifyOutcome,
    /// Why; must be given where it failed.
    #[arg(long, default_value = "")]
    reason: String,
    /// An assignment to be done again; all that are done unless given. May be given several times.
    #[arg(long = "assignment")]
    assignments: Vec<AssignmentId>,
    #[command(flatten)]
    clock: ClockArguments,
    #[command(flatten)]
    person: PersonArguments,
}

/// Which case, and why.
#[derive(Debug, Args)]
pub(crate) struct ReasonArguments {
    /// The case number.
    number: CaseNumber,
    /// Why.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    person: PersonArguments,
}

/// A request in its parts: which case, what, and who.
pub(crate) type Asked<'a> = (&'a CaseNumber, anyhow::Result<CaseRequest>, &'a PersonArguments);

impl AssignArguments {
    pub(crate) fn request(&self) -> Asked<'_> {
        let request = match self.clock.clock() {
            Some(clock) => Ok(CaseRequest::Assign {
                agency: self.agency.clone(),
                role: self.role,
                clock,
                reason: self.reason.clone(),
                clause: self.clause.clone(),
                replaces: self.replaces.clone(),
            }),
            None => Err(anyhow::anyhow!("give --working-days, --calendar-days or --hours")),
        };
        (&self.number, request, &self.person)
    }
}

impl AnswerArguments {
    pub(crate) fn request(&self) -> Asked<'_> {
        let (assignment, text) = (self.assignment.clone(), self.text.clone());
        (&self.number, Ok(CaseRequest::Answer { assignment, result: self.result, text }), &self.person)
    }
}

impl VerifyArguments {
    pub(crate) fn request(&self) -> Asked<'_> {
        let request = CaseRequest::Verify {
            outcome: self.outcome,
            reason: self.reason.clone(),
            assignments: self.assignments.clone(),
            clock: self.clock.clock(),
        };
        (&self.number, Ok(request), &self.person)
    }
}

impl ReasonArguments {
    pub(crate) fn request(&self, of: fn(String) -> CaseRequest) -> Asked<'_> {
        (&self.number, Ok(of(self.reason.clone())), &self.person)
    }
}

fn parse_role(text: &str) -> Result<Role, String> {
    [Role::Lead, Role::Co].into_iter().find(|role| role.as_str() == text).ok_or_else(|| "one of lead, co".to_owned())
}

fn parse_result(text: &str) -> Result<FeedbackResult, String> {
    match text {
        "accepted" => Ok(FeedbackResult::Accepted),
        "in_progress" => Ok(FeedbackResult::InProgress),
        "returned" => Ok(FeedbackResult::Returned),
        "done" => Ok(FeedbackResult::Done),
        _ => Err("one of accepted, in_progress, returned, done".to_owned()),
    }
}

fn parse_outcome(text: &str) -> Result<VerifyOutcome, String> {
    match text {
        "passed" => Ok(VerifyOutcome::Passed),
        "failed" => Ok(VerifyOutcome::Failed),
        _ => Err("one of passed, failed".to_owned()),
    }
}

/// Does a step and prints the case as it is then.
pub(crate) fn run(config: &Path, (number, request, person): Asked<'_>) -> anyhow::Result<ExitCode> {
    let request = request?;
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(async {
        let desk = desk(config)?;
        let done = match sign_in(&desk, person).await? {
            Ok(person) => desk.case_step(&person, number, &request).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => print::line(&case::heading(&done))?,
            Err(DeskError::NotSignedIn) => bail!("账号或密码不正确，或账号已停用"),
            Err(DeskError::Denied { code, text }) => bail!("{text}（{code}）"),
            Err(DeskError::Conflict) => bail!("该案件刚被他人办理，本次未生效；请重新查看后再办"),
            Err(error) => return Err(error.into()),
        }
        Ok(ExitCode::SUCCESS)
    })
}
