//! Giving a message up, and sending it again, together with the note of that in the act that it carries: nobody else says so, because
//! no receipt comes of a message that was given up.

use xiezhi_engine::{Denial, SentAgain};
use xiezhi_model::act::{LegalAct, Stopped};
use xiezhi_model::message::PublishOutcome;
use xiezhi_model::{ActId, MessageId, UtcTime};
use xiezhi_ports::{PublishResult, Settled, Store, StoreError, entity_told};

/// Acts about one entity that are looked through.
const ACTS_MAX: usize = 1_000;
/// How often it is decided anew when somebody else changed the act meanwhile.
const TRIES_MAX: usize = 3;

/// The acts about the entity that a message tells of; none where it tells of none.
async fn acts_told(store: &dyn Store, message: &MessageId) -> Result<Vec<LegalAct>, StoreError> {
    match entity_told(store, message).await? {
        Some(entity) => store.acts_of_entity(&entity, ACTS_MAX).await,
        None => Ok(Vec::new()),
    }
}

fn changes_all_the_time(message: &MessageId) -> StoreError {
    StoreError::Unavailable(format!("the act of {message} changed {TRIES_MAX} times while it was written"))
}

/// Why a message is tried no more without an answer of the other side; `None` where it is tried again or was answered.
pub(crate) fn stopped(result: &PublishResult) -> Option<Stopped> {
    let (reason, was_never_taken) = match (&result.outcome, result.next_attempt_at) {
        (PublishOutcome::Retry { reason }, None) => (reason, false),
        (PublishOutcome::Refused { reason, is_answered: false }, _) => (reason, true),
        _ => return None,
    };
    Some(Stopped { reason: reason.clone(), was_never_taken })
}

/// Records the last attempt of a message, and with it, in the same transaction, that its act is on its way no more. Safe to repeat.
///
/// # Errors
/// [`StoreError`]; also when the act changed again and again, to be tried later.
pub(crate) async fn give_up(
    store: &dyn Store,
    result: &PublishResult,
    stopped: &Stopped,
    now: UtcTime,
) -> Result<(), StoreError> {
    for _ in 0..TRIES_MAX {
        let acts = acts_told(store, &result.id).await?;
        let Some(note) = xiezhi_engine::given_up(&acts, &result.id, stopped, now) else {
            return store.outbox_record(vec![result.clone()], now).await;
        };
        if store.outbox_give_up(result.clone(), &note, now).await? != Settled::Conflict {
            return Ok(());
        }
    }
    Err(changes_all_the_time(&result.id))
}

/// What became of a wish to send a message again.
#[derive(Debug)]
pub(crate) enum Redriven {
    /// It is pending again; what was decided of its entry since, and is to be looked at next.
    Pending(Option<ActId>),
    /// It is not there or not dead.
    NotDead,
    /// It may not be sent any more.
    Denied(Denial),
}

/// Has a message that was given up sent again, and notes with its act, in the same transaction, that it is on its way.
///
/// # Errors
/// [`StoreError`]; also when the act changed again and again, to be tried later.
pub(crate) async fn redrive(
    store: &dyn Store,
    message: &MessageId,
    actor: &str,
    now: UtcTime,
) -> Result<Redriven, StoreError> {
    for _ in 0..TRIES_MAX {
        let acts = acts_told(store, message).await?;
        let SentAgain { note, then } = match xiezhi_engine::sent_again(&acts, message, now) {
            Ok(again) => again,
            Err(denial) => return Ok(Redriven::Denied(denial)),
        };
        match store.outbox_redrive(message, actor, note.as_ref(), now).await? {
            Settled::Applied => return Ok(Redriven::Pending(then)),
            Settled::AlreadyDone => return Ok(Redriven::NotDead),
            Settled::Conflict => {}
        }
    }
    Err(changes_all_the_time(message))
}
