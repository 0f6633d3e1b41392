//! Objections to published entries (公示后异议): who may do which step when, and what follows.
//!
//! An entry stays public while an objection is open: taking it back is a decision of two persons, like listing was.

use xiezhi_model::UtcTime;
use xiezhi_model::act::{
    Account, ActAnswer, ActKind, ActStatus, LegalAct, Objection, ObjectionRequest, ObjectionStatus, ObjectionStep,
    PersonRole,
};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::Deadline;
use xiezhi_model::policy::Clock;

use super::due::next_check;
use super::{Denial, TEXT_CHARS_MAX, decision, entry, needs_role, text_within};
use crate::{Decision, Engine};

/// Objections to one act: each is decided before the next.
const OBJECTIONS_MAX: usize = 20;

impl Engine {
    /// Does a step about an objection to a published act, in an officer's name.
    ///
    /// # Errors
    /// [`Denial`] when the person may not, or the step does not follow on where the objection stands.
    pub fn objection(
        &self,
        act: &LegalAct,
        person: &Account,
        request: &ObjectionRequest,
        now: UtcTime,
    ) -> Result<Decision, Denial> {
        let step = request.step;
        needs_role(person, PersonRole::Officer, step.to_chinese())?;
        text_within(if step == ObjectionStep::File { "异议内容" } else { "理由" }, &request.text, TEXT_CHARS_MAX)?;
        if act.kind != ActKind::ListIn || act.status != ActStatus::Decided {
            return Err(Denial::new("act.objection", format!("{}不是已决定的列入，不能对其提出异议", act.id)));
        }
        let mut act = act.clone();
        act.version = act.version.saturating_add(1);
        if step == ObjectionStep::File {
            self.file(&mut act, request, now)?;
        } else {
            self.take_step(&mut act, request, now)?;
        }
        act.check_at = next_check(&act);
        let due = act.open_objection().and_then(|objection| objection.due.as_ref());
        let due = due.map(|due| format!("；下一步应在{}前办理", due.at.to_spaced_beijing())).unwrap_or_default();
        let follows = match step {
            ObjectionStep::Uphold => "；请拟办更正（correction），撤销该条公示",
            _ => "",
        };
        let text =
            format!("{}：{}（{}）：{}{due}{follows}", step.to_chinese(), act.kind.to_chinese(), act.id, request.text);
        let entry = entry(&act, &person.name, AuditAction::ActObjection, text, now);
        Ok(decision(act, vec![entry], Vec::new(), now))
    }

    fn file(&self, act: &mut LegalAct, request: &ObjectionRequest, now: UtcTime) -> Result<(), Denial> {
        if act.open_objection().is_some() {
            return Err(Denial::new("act.objection", format!("对{}的前一异议尚未办结", act.id)));
        }
        if act.objections.len() >= OBJECTIONS_MAX {
            return Err(Denial::new("act.objection", format!("对{}的异议已达{OBJECTIONS_MAX}件", act.id)));
        }
        let Some(public_at) = act.answers.iter().filter_map(ActAnswer::public_since).min() else {
            return Err(Denial::new("act.objection", format!("{}尚未公示，不能提出公示后异议", act.id)));
        };
        let clocks = self.publication_clocks();
        if let Some(last) = self.deadline_of(public_at, clocks.object)?
            && last.at < now
        {
            let text = format!("异议期限已于{}届满；可告知当事人申请移出或者依法救济", last.at.to_spaced_beijing());
            return Err(Denial::new("act.objection", text));
        }
        act.objections.push(Objection {
            text: request.text.clone(),
            filed_at: now,
            status: ObjectionStatus::Filed,
            due: self.deadline_of(now, clocks.accept)?,
            is_overdue: false,
            outcome: String::new(),
        });
        Ok(())
    }

    fn take_step(&self, act: &mut LegalAct, request: &ObjectionRequest, now: UtcTime) -> Result<(), Denial> {
        let verify = self.publication_clocks().verify;
        let id = act.id.clone();
        let open = act.objections.iter_mut().find(|objection| objection.status.is_open());
        let Some(objection) = open else {
            return Err(Denial::new("act.objection", format!("{id}没有待办的异议")));
        };
        let (status, due) = match (objection.status, request.step) {
            (ObjectionStatus::Filed, ObjectionStep::Accept) => {
                (ObjectionStatus::Accepted, self.deadline_of(now, verify)?)
            }
            (ObjectionStatus::Filed, ObjectionStep::Reject) => (ObjectionStatus::NotAccepted, None),
            (ObjectionStatus::Accepted, ObjectionStep::Uphold) => (ObjectionStatus::Upheld, None),
            (ObjectionStatus::Accepted, ObjectionStep::Dismiss) => (ObjectionStatus::Dismissed, None),
            (status, step) => {
                let text = format!("对{id}的异议{}，不能{}", status.to_chinese(), step.to_chinese());
                return Err(Denial::new("act.objection", text));
            }
        };
        objection.status = status;
        objection.due = due;
        objection.is_overdue = false;
        if !status.is_open() {
            objection.outcome.clone_from(&request.text);
        }
        Ok(())
    }

    fn deadline_of(&self, from: UtcTime, clock: Option<Clock>) -> Result<Option<Deadline>, Denial> {
        let Some(clock) = clock else { return Ok(None) };
        let missing = |year| format!("缺少{year}年工作日历，无法计算期限；请先录入放假安排");
        let deadline = self.calendar.deadline(from, clock);
        deadline.map(Some).map_err(|error| Denial::new("act.calendar", missing(error.year)))
    }

    /// A listing is not corrected while an objection to it is open: that would decide it unheard. It may be removed, because
    /// contact can be restored meanwhile.
    pub(super) fn waits_for_objection(taken_back: Option<&LegalAct>, kind: ActKind) -> Result<(), Denial> {
        let Some(act) = taken_back.filter(|act| act.open_objection().is_some() && kind == ActKind::Correction) else {
            return Ok(());
        };
        let text = format!("对{}的异议尚未办结；请先认定异议是否成立，再拟办更正", act.id);
        Err(Denial::new("act.objection", text))
    }
}
