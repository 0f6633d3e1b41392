//! Whether the message that carries an act is still on its way: noted with the act, so that nobody waits for an answer to a message
//! that is sent no more.

use xiezhi_model::act::{LegalAct, Stopped};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::{MessageId, UtcTime};
use xiezhi_ports::{InboxOutcome, Settlement, Trigger};

/// What is to be written when the sending of a message was given up, as `stopped` says, or when it is sent again (`None`).
///
/// Nothing, where the message is not the latest that carries an act of `acts` to a receiver who owes its answer, or where the act
/// says so already: it may be asked again and again.
#[must_use]
pub fn delivery(acts: &[LegalAct], message: &MessageId, stopped: Option<&Stopped>, now: UtcTime) -> Option<Settlement> {
    let place_of = |act: &LegalAct| {
        act.answers.iter().position(|answer| answer.status.is_owed() && act.message_id(&answer.agency) == *message)
    };
    let (act, place) = acts.iter().find_map(|act| Some((act, place_of(act)?)))?;
    let mut act = LegalAct { version: act.version.saturating_add(1), ..act.clone() };
    let answer = act.answers.get_mut(place)?;
    if answer.stopped.as_ref() == stopped {
        return None;
    }
    answer.stopped = stopped.cloned();
    let (agency, kind) = (answer.agency.clone(), act.kind.to_chinese());
    let text = match stopped {
        Some(Stopped { reason, was_never_taken }) => {
            let or = match *was_never_taken && act.kind.is_published() {
                true => format!("，或者另行推送（xiezhi act resend {}）", act.id),
                false => String::new(),
            };
            format!(
                "转人工督办：发往{agency}的{kind}（{}）报文已停止推送（{reason}），尚未办成；处理后请按原编号重发（xiezhi message redrive {message}）{or}",
                act.id
            )
        }
        None => format!("发往{agency}的{kind}（{}）报文恢复推送", act.id),
    };
    let entry = AuditEntry {
        act: Some(act.id.clone()),
        case_number: Some(act.case_number.clone()),
        clause: Some(act.clause.clone()),
        agency: Some(agency),
        message_id: Some(message.clone()),
        ..AuditEntry::new(now, AuditAction::ActDelivery, ACTOR_GATEWAY, text)
    };
    let settlement = Settlement::empty(Trigger::Timer, InboxOutcome::Done, now);
    Some(Settlement { acts: vec![act], audit: vec![entry], ..settlement })
}

/// The act whose earlier message this is, where a person had the act sent anew since under another id: then the earlier one is not
/// sent again.
#[must_use]
pub fn sent_anew_since<'a>(acts: &'a [LegalAct], message: &MessageId) -> Option<&'a LegalAct> {
    let is_earlier = |act: &&LegalAct| {
        act.terms
            .receivers
            .iter()
            .any(|receiver| act.message_id(receiver) != *message && act.message_ids(receiver).any(|id| id == *message))
    };
    acts.iter().find(is_earlier)
}
