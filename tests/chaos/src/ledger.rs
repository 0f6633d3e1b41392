//! What the departments know: what they sent and the broker confirmed, and what came, in which order. Nobody else writes it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xiezhi_amqp::department::Received;
use xiezhi_model::Digest;

use crate::message::{Content, Message, Role, ids_named};

/// A message that was sent at least once.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) role: Role,
    pub(crate) content: Content,
    /// How often the broker confirmed it.
    pub(crate) confirms: usize,
}

/// A message that came, as it was the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) message_id: String,
    pub(crate) case_number: Option<String>,
    pub(crate) kind: String,
    pub(crate) digest: Digest,
    /// The ids of departments' messages in its body.
    pub(crate) names: Vec<String>,
}

/// Whether a department has a message already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    First,
    Again,
}

/// The ledger of all departments.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// No new message begins any more.
    closed: bool,
    /// Numbers of messages that are taken.
    numbers: usize,
    pub(crate) sent: BTreeMap<String, Sent>,
    /// First arrivals of each department, in order.
    pub(crate) arrived: BTreeMap<Role, Vec<Arrival>>,
    /// Where an arrival stands in its department's list.
    places: BTreeMap<(Role, String), usize>,
    duplicates_seen: usize,
    given_back: usize,
    /// What a department saw and must not see.
    pub(crate) surprises: Vec<String>,
}

/// What the ledger counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) accepted: usize,
    pub(crate) accepted_again: usize,
    pub(crate) received: usize,
    pub(crate) duplicates_seen: usize,
    pub(crate) given_back: usize,
}

impl Ledger {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a new message made, with a number of its own, and notes it as sent; none once the ledger is closed.
    pub(crate) fn begin(&self, make: impl FnOnce(usize) -> Message) -> Option<Message> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.numbers += 1;
        let message = make(state.numbers);
        let sent = Sent { role: message.role, content: message.content.clone(), confirms: 0 };
        state.sent.insert(message.id.clone(), sent);
        Some(message)
    }

    /// The broker confirmed a message.
    pub(crate) fn confirmed(&self, id: &str) {
        if let Some(sent) = self.lock().sent.get_mut(id) {
            sent.confirms += 1;
        }
    }

    /// A message came.
    pub(crate) fn arrived(&self, role: Role, message: &Received) -> Seen {
        let names = if message.kind == "receipt" { ids_named(&message.body) } else { Vec::new() };
        let arrival = Arrival {
            message_id: message.message_id.clone(),
            case_number: message.case_number.clone(),
            kind: message.kind.clone(),
            digest: Digest::of(&message.body),
            names,
        };
        let mut guard = self.lock();
        let state = &mut *guard;
        let key = (role, message.message_id.clone());
        let Some(&place) = state.places.get(&key) else {
            let all = state.arrived.entry(role).or_default();
            state.places.insert(key, all.len());
            all.push(arrival);
            return Seen::First;
        };
        state.duplicates_seen += 1;
        let before = state.arrived.get(&role).and_then(|all| all.get(place));
        if before != Some(&arrival) {
            state.surprises.push(format!("{} came to {} with two contents", arrival.message_id, role.agency()));
        }
        Seen::Again
    }

    /// A department gave a message back.
    pub(crate) fn given_back(&self) {
        self.lock().given_back += 1;
    }

    /// From now on nothing new is sent; what is not confirmed yet is sent until it is.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(crate) fn unconfirmed(&self) -> usize {
        self.lock().sent.values().filter(|sent| sent.confirms == 0).count()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.counts().accepted
    }

    pub(crate) fn received(&self) -> usize {
        self.counts().received
    }

    pub(crate) fn counts(&self) -> Counts {
        let state = self.lock();
        let accepted = state.sent.values().filter(|sent| sent.confirms > 0).count();
        let confirms: usize = state.sent.values().map(|sent| sent.confirms).sum();
        Counts {
            accepted,
            accepted_again: confirms - accepted,
            received: state.arrived.values().map(Vec::len).sum(),
            duplicates_seen: state.duplicates_seen,
            given_back: state.given_back,
        }
    }
}
