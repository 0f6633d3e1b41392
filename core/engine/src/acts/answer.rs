//! Answers to joint punishments and their lifting (惩戒措施反馈).

use xiezhi_model::act::{ActAnswer, ActStatus, AnswerStatus, LegalAct};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::record::MeasureFeedback;
use xiezhi_model::{ActId, AgencyId};

use super::due::next_check;
use crate::work::Work;

/// A record answers an act that its sender was not asked about.
const NOT_ASKED: &str = "act.not-asked";
/// A refusal without a reason.
const NO_REASON: &str = "act.no-reason";

/// Notes an answer with the act that it is for, or makes it a row fault.
pub(crate) fn answer(work: &mut Work<'_>, row: u32, feedback: &MeasureFeedback) {
    let sender = work.message.agency.clone();
    let Some(act) = answered(work, feedback, &sender) else {
        let text = format!("没有编号为{}的联合惩戒，或尚未作出决定，请核对编号后重新反馈", feedback.request);
        work.fault_row(row, Fault::new(code::CASE_UNKNOWN, text).in_field("request"));
        return;
    };
    let Some(place) = act.answers.iter().position(|answer| answer.agency == sender) else {
        // The text does not say who was asked: the sender need not know.
        let text = format!("{}未发给贵单位，请核对编号", feedback.request);
        work.fault_row(row, Fault::new(NOT_ASKED, text).in_field("request"));
        return;
    };
    if !feedback.applied && feedback.text.trim().is_empty() {
        let text = "不落实惩戒措施须说明理由，请补充后重新反馈";
        work.fault_row(row, Fault::new(NO_REASON, text).in_field("text"));
        return;
    }
    let status = if feedback.applied { AnswerStatus::Applied } else { AnswerStatus::Refused };
    let before = act.answers.get(place).map(|answer| answer.status);
    let changes = before != Some(status);
    let name = work.engine.agency_name(&sender);
    let why = if feedback.text.trim().is_empty() { String::new() } else { format!("：{}", feedback.text.trim()) };
    let text = match changes {
        true => format!(
            "{name}反馈{}（{}）{}（对方编号{}）{why}",
            act.kind.to_chinese(),
            act.id,
            status.to_chinese(act.kind),
            feedback.reference
        ),
        false => {
            format!("{name}对{}再次反馈（对方编号{}），仍为{}", act.id, feedback.reference, status.to_chinese(act.kind))
        }
    };
    let answer = ActAnswer {
        status,
        text: feedback.text.trim().to_owned(),
        reference: feedback.reference.clone(),
        received_at: Some(work.message.received_at),
        ..ActAnswer::awaited(sender.clone())
    };
    let entry = AuditEntry { actor: format!("agency:{sender}"), ..about(work, &act, text) };
    work.audit.push(entry);
    work.note_case(&act.case_number);
    work.counts.answered += 1;
    if changes {
        noted(work, act, place, answer);
    }
}

fn noted(work: &mut Work<'_>, act: LegalAct, place: usize, answer: ActAnswer) {
    let act = with_answer(act, place, answer);
    if act.answers.iter().all(|answer| !answer.status.is_owed()) {
        let refused = act.answers.iter().filter(|answer| answer.status == AnswerStatus::Refused).count();
        let applied = act.answers.len().saturating_sub(refused);
        let text =
            format!("{}（{}）各单位均已反馈：已落实{applied}个，未落实{refused}个", act.kind.to_chinese(), act.id);
        let entry = about(work, &act, text);
        work.audit.push(entry);
    }
    work.write_act(act);
}

/// The act with an answer in its place.
pub(super) fn with_answer(act: LegalAct, place: usize, answer: ActAnswer) -> LegalAct {
    let mut act = LegalAct { version: act.version.saturating_add(1), ..act };
    if let Some(held) = act.answers.get_mut(place) {
        *held = answer;
    }
    act.check_at = next_check(&act);
    act
}

pub(super) fn about(work: &Work<'_>, act: &LegalAct, text: String) -> AuditEntry {
    AuditEntry {
        act: Some(act.id.clone()),
        case_number: Some(act.case_number.clone()),
        clause: Some(act.clause.clone()),
        ..work.entry(AuditAction::ActAnswered, text)
    }
}

/// The decided act that is answered: the lifting of the one that is named, while its answer is owed, else that one itself.
fn answered(work: &Work<'_>, feedback: &MeasureFeedback, sender: &AgencyId) -> Option<LegalAct> {
    let named = work.act(&ActId::parse(&feedback.request).ok()?)?;
    let owes = |act: &LegalAct| act.answers.iter().any(|answer| answer.agency == *sender && answer.status.is_owed());
    let is_lifting = |act: &LegalAct| act.terms.takes_back.as_ref() == Some(&named.id);
    let decided = |act: &LegalAct| act.kind.is_measure() && act.status == ActStatus::Decided;
    let lifting = work.acts_of(&named.entity).into_iter().find(|act| is_lifting(act) && decided(act) && owes(act));
    lifting.or(Some(named)).filter(decided)
}
