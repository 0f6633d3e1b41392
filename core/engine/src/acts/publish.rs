//! What the credit system says of an entry, and sending an entry anew.

use xiezhi_model::act::{Account, ActAnswer, ActKind, ActStatus, AnswerStatus, LegalAct};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::record::{Direction, Receipt, ReceiptOutcome};
use xiezhi_model::{AgencyId, MessageId, UtcTime};

use super::answer::{about, with_answer};
use super::delivery::superseded;
use super::due::next_check;
use super::{Denial, TEXT_CHARS_MAX, decision, entry, text_within};
use crate::work::Work;
use crate::{Decision, Engine};

/// How often an entry may be sent anew: what is refused so often needs another mending.
const RESENDS_MAX: u32 = 20;

/// Notes a receipt with the published act that it confirms or refuses; `false` when it is of no such act.
pub(crate) fn receipt(work: &mut Work<'_>, receipt: &Receipt) -> bool {
    if receipt.direction != Direction::FromAgency {
        return false;
    }
    let sender = work.message.agency.clone();
    let Some((act, place)) = confirmed(work, &receipt.message_id) else { return false };
    let latest = act.message_id(&sender);
    let status = match receipt.outcome {
        ReceiptOutcome::Accepted => AnswerStatus::Applied,
        ReceiptOutcome::Partial | ReceiptOutcome::Refused => AnswerStatus::Refused,
    };
    let (name, kind) = (work.engine.agency_name(&sender).to_owned(), act.kind.to_chinese());
    let code = receipt.code.as_deref().map(|code| format!("{code} ")).unwrap_or_default();
    let said = format!("{code}{}", receipt.text.trim());
    let held = act.answers.get(place);
    let before = held.map(|answer| answer.status);
    let was_public_since = held.and_then(ActAnswer::public_since);
    // An entry that is public stays so: a refusal of a repetition says only that it was one. And what was sent before a person
    // had it sent anew says nothing of the new message, unless it is public after all.
    let is_news = before != Some(status)
        && before != Some(AnswerStatus::Applied)
        && (status == AnswerStatus::Applied || receipt.message_id == latest);
    let text = match (is_news, status) {
        (true, AnswerStatus::Applied) => format!("{name}回执：{kind}（{}）已公示。{said}", act.id),
        (true, _) => {
            format!("{name}回执：{kind}（{}）未被接收：{said}。须由人工核对更正后重新推送（xiezhi act resend）", act.id)
        }
        (false, _) => format!("{name}再次回执{kind}（{}）：{said}", act.id),
    };
    let fault_code = (status == AnswerStatus::Refused).then(|| receipt.code.clone()).flatten();
    let noted = AuditEntry { actor: format!("agency:{sender}"), fault_code, ..about(work, &act, text) };
    work.audit.push(noted);
    work.note_case(&act.case_number);
    work.counts.answered += 1;
    if is_news {
        let answer = ActAnswer {
            agency: sender,
            status,
            text: said,
            reference: receipt.message_id.to_string(),
            received_at: Some(work.message.received_at),
            stopped: None,
            was_public_since,
        };
        work.write_act(with_answer(act, place, answer));
    }
    true
}

/// The answer that is owed to a message sent anew: what was public stays so until the other side says otherwise.
fn sent_anew(act: &LegalAct, receiver: &AgencyId) -> ActAnswer {
    let held = act.answers.iter().find(|answer| answer.agency == *receiver);
    let was_public_since = held.and_then(ActAnswer::public_since);
    ActAnswer { was_public_since, ..ActAnswer::awaited(receiver.clone()) }
}

/// Whether the other side certainly has nothing of a decided act, and nothing of it is on its way.
fn is_nowhere(act: &LegalAct) -> bool {
    let is_absent = |answer: &ActAnswer| {
        answer.public_since().is_none() && (answer.status == AnswerStatus::Refused || answer.was_never_taken())
    };
    !act.answers.is_empty() && act.answers.iter().all(is_absent)
}

/// The published act that a message carried to the sender, and the place of its answer.
fn confirmed(work: &Work<'_>, message: &MessageId) -> Option<(LegalAct, usize)> {
    let sender = &work.message.agency;
    let is_it = |act: &&LegalAct| act.kind.is_published() && act.message_ids(sender).any(|id| id == *message);
    let act = work.known_acts().find(is_it)?;
    let place = act.answers.iter().position(|answer| answer.agency == *sender)?;
    Some((act.clone(), place))
}

impl Engine {
    /// Has a decided entry sent to the credit system anew, under another message id: after a refusal was mended there or here, or
    /// when reconciliation found it missing. It says what was decided; nothing is decided anew. `others` are the acts about the
    /// same entity.
    ///
    /// # Errors
    /// [`Denial`] when the act is no decided entry, or no longer the last word about its entry (unless that is a removal which had
    /// nothing to remove), when its receipt is still awaited (unless its message was given up and certainly never taken), or when it
    /// was sent too often.
    pub fn resend(
        &self,
        act: &LegalAct,
        others: &[LegalAct],
        person: &Account,
        reason: &str,
        now: UtcTime,
    ) -> Result<Decision, Denial> {
        if person.disabled {
            return Err(Denial::new("act.account-closed", "账号已停用；请联系系统管理员"));
        }
        text_within("理由", reason, TEXT_CHARS_MAX)?;
        if !act.kind.is_published() || act.status != ActStatus::Decided {
            return Err(Denial::new("act.resend", format!("{}不是已决定的公示事项，不能重新推送", act.id)));
        }
        // A removal that had nothing to remove goes after its listing once that is there.
        let in_vain = |later: &LegalAct| later.kind == ActKind::ListOut && is_nowhere(later) && is_nowhere(act);
        if let Some(later) = others.iter().find(|other| other.is_said_after(act) && !in_vain(other)) {
            return Err(superseded("act.resend", act, later));
        }
        // Also past its legal day: the first message may still be under way, and under another id the entry could be there twice.
        if act.answers.iter().any(|answer| answer.status.is_owed() && !answer.was_never_taken()) {
            let text = format!(
                "{}尚待公示系统回执，不能另行推送，以免重复公示；原报文如已停止推送，请按原编号重发（xiezhi message redrive）",
                act.id
            );
            return Err(Denial::new("act.resend", text));
        }
        if act.resends >= RESENDS_MAX {
            return Err(Denial::new("act.resend", format!("{}已重新推送{RESENDS_MAX}次，请先查明原因", act.id)));
        }
        let mut act = act.clone();
        act.version = act.version.saturating_add(1);
        act.resends += 1;
        act.answers = act.terms.receivers.iter().map(|receiver| sent_anew(&act, receiver)).collect();
        // A legal day that is over already is escalated at once, again.
        act.check_at = next_check(&act);
        let drafts = self.carry_out(&act, now)?;
        let text = format!("重新推送{}（{}，第{}次）：{reason}", act.kind.to_chinese(), act.id, act.resends);
        let entries = drafts.iter().map(|draft| AuditEntry {
            agency: Some(draft.agency.clone()),
            message_id: Some(draft.id.clone()),
            ..entry(&act, &person.name, AuditAction::ActDecided, text.clone(), now)
        });
        let entries = entries.collect();
        Ok(decision(act, entries, drafts, now))
    }
}
