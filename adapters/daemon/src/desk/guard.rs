//! Slows down guessing: after some wrong passwords an account takes no try for a while. Names that nobody has share one count.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use xiezhi_model::{AccountName, UtcTime};

/// Wrong tries within [`WINDOW_MS`] after which no more are taken.
const TRIES_MAX: usize = 5;
/// How long a wrong try counts, in milliseconds.
const WINDOW_MS: i64 = 5 * 60 * 1000;

/// The wrong tries of the last minutes. Bounded: one short list for each account, and one for all other names.
#[derive(Debug, Default)]
pub(super) struct Guard {
    tries: Mutex<HashMap<Option<AccountName>, VecDeque<UtcTime>>>,
}

impl Guard {
    /// Whether a try may be made.
    pub(super) fn admits(&self, name: Option<&AccountName>, now: UtcTime) -> bool {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = tries.get_mut(&name.cloned()) else { return true };
        times.retain(|time| now.ms_since(*time) < WINDOW_MS);
        times.len() < TRIES_MAX
    }

    /// Takes note of a wrong try.
    pub(super) fn note(&self, name: Option<&AccountName>, now: UtcTime) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let times = tries.entry(name.cloned()).or_default();
        times.push_back(now);
        if times.len() > TRIES_MAX {
            times.pop_front();
        }
    }

    /// Forgets an account's wrong tries.
    pub(super) fn clear(&self, name: &AccountName) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(&Some(name.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_wrong_tries_close_an_account_for_a_while() {
        let at = |ms| UtcTime::from_unix_ms(ms).unwrap();
        let guard = Guard::default();
        let wang = AccountName::parse("wang-lan").unwrap();
        for n in 0..5 {
            assert!(guard.admits(Some(&wang), at(n)));
            guard.note(Some(&wang), at(n));
        }
        assert!(!guard.admits(Some(&wang), at(10)));
        assert!(guard.admits(None, at(10)), "another count");
        assert!(guard.admits(Some(&wang), at(WINDOW_MS)), "the first one does not count any more");
        guard.note(Some(&wang), at(WINDOW_MS));
        assert!(!guard.admits(Some(&wang), at(WINDOW_MS)));
        guard.clear(&wang);
        assert!(guard.admits(Some(&wang), at(WINDOW_MS)));
    }
}
