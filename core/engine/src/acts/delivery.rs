//! Whether the message that carries an act is still on its way: noted with the act, so that nobody waits for an answer to a message
//! that is sent no more.

use xiezhi_model::act::{ActAnswer, ActKind, ActStatus, LegalAct, Stopped};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::{ActId, MessageId, UtcTime};
use xiezhi_ports::{InboxOutcome, Settlement, Trigger};

use super::Denial;

/// What is to be written when the sending of a message was given up, as `stopped` says.
///
/// Nothing, where the message is not the latest that carries an act of `acts` to a receiver who owes its answer, or where the act
/// says so already: it may be asked again and again.
#[must_use]
pub fn given_up(acts: &[LegalAct], message: &MessageId, stopped: &Stopped, now: UtcTime) -> Option<Settlement> {
    let (act, place) = owing(acts, message)?;
    let answer = act.answers.get(place).filter(|answer| answer.stopped.as_ref() != Some(stopped))?;
    let (agency, kind) = (&answer.agency, act.kind.to_chinese());
    let advice = match takes_back_for_good(acts, act) {
        Some(later) => format!("此后已决定{}（{}），本报文不再推送", later.kind.to_chinese(), later.id),
        None if stopped.was_never_taken && act.kind.is_published() => format!(
            "处理后请按原编号重发（xiezhi message redrive {message}），或者另行推送（xiezhi act resend {}）",
            act.id
        ),
        None => format!("处理后请按原编号重发（xiezhi message redrive {message}）"),
    };
    let text = format!(
        "转人工督办：发往{agency}的{kind}（{}）报文已停止推送（{}），尚未办成；{advice}",
        act.id, stopped.reason
    );
    Some(noted(act, place, Some(stopped.clone()), message, text, now))
}

/// What sending a message again, by a person's wish, does to the act that it carries.
#[derive(Debug, Clone, PartialEq)]
pub struct SentAgain {
    /// To be written together with the message's new state; `None` where the act has its answer, or the message carries no act.
    pub note: Option<Settlement>,
    /// A removal of the same entry that was decided since: to be looked at once the listing is there.
    pub then: Option<ActId>,
}

/// Whether a message that was given up may be sent again. `acts` are all acts about the entity that it tells of.
///
/// # Errors
/// [`Denial`] when its act was sent anew since under another id, or the entry was annulled or the punishment lifted since: then it
/// would put back what two persons took back.
pub fn sent_again(acts: &[LegalAct], message: &MessageId, now: UtcTime) -> Result<SentAgain, Denial> {
    let Some(act) = acts.iter().find(|act| carried_by(act, message)) else {
        return Ok(SentAgain { note: None, then: None });
    };
    if !act.terms.receivers.iter().any(|receiver| act.message_id(receiver) == *message) {
        let text = format!("{}此后已按新编号重新推送，原报文不再重发；请查看：xiezhi act show {}", act.id, act.id);
        return Err(Denial::new("act.sent-anew", text));
    }
    if let Some(later) = takes_back_for_good(acts, act) {
        return Err(superseded("act.taken-back", act, later));
    }
    let note = owing(acts, message).map(|(act, place)| {
        let receiver = act.answers.get(place).map(|answer| answer.agency.to_string()).unwrap_or_default();
        let text = format!("发往{receiver}的{}（{}）报文恢复推送", act.kind.to_chinese(), act.id);
        noted(act, place, None, message, text, now)
    });
    let then = acts.iter().find(|other| other.is_said_after(act)).map(|other| other.id.clone());
    Ok(SentAgain { note, then })
}

/// Says that an act is not sent any more because of what was decided later.
pub(super) fn superseded(code: &'static str, act: &LegalAct, later: &LegalAct) -> Denial {
    let (kind, id) = (later.kind.to_chinese(), &later.id);
    Denial::new(code, format!("{}之后已决定{kind}（{id}），不能再推送较早的决定；需要时请推送{id}", act.id))
}

/// The act whose latest message to a receiver who owes its answer this is, and the place of that answer.
fn owing<'a>(acts: &'a [LegalAct], message: &MessageId) -> Option<(&'a LegalAct, usize)> {
    let owes =
        |act: &LegalAct, answer: &ActAnswer| answer.status.is_owed() && act.message_id(&answer.agency) == *message;
    acts.iter().find_map(|act| Some((act, act.answers.iter().position(|answer| owes(act, answer))?)))
}

/// Whether this is, or was, a message that carries the act.
fn carried_by(act: &LegalAct, message: &MessageId) -> bool {
    act.terms.receivers.iter().any(|receiver| act.message_ids(receiver).any(|id| id == *message))
}

/// What was decided after an act so that the act may not be carried out any more: the correction of the same entry, or the lift of a
/// joint punishment. A removal is not meant: it needs its listing there.
pub(super) fn takes_back_for_good<'a>(acts: &'a [LegalAct], act: &LegalAct) -> Option<&'a LegalAct> {
    let is_lift = |other: &LegalAct| {
        other.kind == ActKind::Lift
            && other.status == ActStatus::Decided
            && other.terms.takes_back.as_ref() == Some(&act.id)
    };
    let is_correction = |other: &LegalAct| other.kind == ActKind::Correction && other.is_said_after(act);
    acts.iter().find(|other| is_correction(other) || is_lift(other))
}

fn noted(
    act: &LegalAct,
    place: usize,
    stopped: Option<Stopped>,
    message: &MessageId,
    text: String,
    now: UtcTime,
) -> Settlement {
    let mut act = LegalAct { version: act.version.saturating_add(1), ..act.clone() };
    let agency = act.answers.get_mut(place).map(|answer| {
        answer.stopped = stopped;
        answer.agency.clone()
    });
    let entry = AuditEntry {
        act: Some(act.id.clone()),
        case_number: Some(act.case_number.clone()),
        clause: Some(act.clause.clone()),
        agency,
        message_id: Some(message.clone()),
        ..AuditEntry::new(now, AuditAction::ActDelivery, ACTOR_GATEWAY, text)
    };
    let settlement = Settlement::empty(Trigger::Timer, InboxOutcome::Done, now);
    Settlement { acts: vec![act], audit: vec![entry], ..settlement }
}
