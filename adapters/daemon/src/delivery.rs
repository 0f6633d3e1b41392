//! Notes with an act whether the message that carries it is still sent. Nobody else says so: no receipt comes of a message that was
//! given up.

use xiezhi_model::act::Stopped;
use xiezhi_model::{ActId, MessageId, UtcTime};
use xiezhi_ports::{Settled, Store, StoreError, entity_told};

/// Acts about one entity that are looked through.
const ACTS_MAX: usize = 1_000;
/// How often it is noted anew when somebody else changed the act meanwhile.
const TRIES_MAX: usize = 3;

/// Notes that a message was given up, as `stopped` says, or that it is sent again (`None`). Does nothing for a message that
/// carries no act, or whose act says so already: safe to repeat.
///
/// # Errors
/// [`StoreError`]; also when the act changed again and again, to be tried later.
pub(crate) async fn note(
    store: &dyn Store,
    message: &MessageId,
    stopped: Option<&Stopped>,
    now: UtcTime,
) -> Result<(), StoreError> {
    let Some(entity) = entity_told(store, message).await? else { return Ok(()) };
    for _ in 0..TRIES_MAX {
        let acts = store.acts_of_entity(&entity, ACTS_MAX).await?;
        let Some(settlement) = xiezhi_engine::delivery(&acts, message, stopped, now) else { return Ok(()) };
        if store.settle(&[settlement]).await?.first() == Some(&Settled::Applied) {
            return Ok(());
        }
    }
    Err(StoreError::Unavailable(format!("the act of {message} changed {TRIES_MAX} times while it was written")))
}

/// The act that a person had sent anew since under another id, where the message is an earlier one of it: it must not go out again
/// beside the later one.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn sent_anew_since(store: &dyn Store, message: &MessageId) -> Result<Option<ActId>, StoreError> {
    let Some(entity) = entity_told(store, message).await? else { return Ok(None) };
    let acts = store.acts_of_entity(&entity, ACTS_MAX).await?;
    Ok(xiezhi_engine::sent_anew_since(&acts, message).map(|act| act.id.clone()))
}
