//! Who holds what at the moment. Only in memory: a lease spares double work, nothing depends on it, and a restart
//! forgets it on purpose.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use xiezhi_model::{AgencyId, UtcTime};

/// Most inbox rows held at the same time. Beyond it nothing is leased until some are settled.
pub(crate) const INBOX_HELD_MAX: usize = 20_000;

/// Most queued messages of one agency held at the same time. Beyond it nothing is handed out until some are taken.
pub(crate) const MAILBOX_HELD_MAX: usize = 10_000;

/// Leases of inbox rows: row to the end of its lease.
#[derive(Debug, Default)]
pub(crate) struct InboxLeases {
    until: Mutex<HashMap<i64, UtcTime>>,
}

impl InboxLeases {
    /// How many rows are held, ended leases included: so many of the oldest pending rows may have to be passed over.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Holds up to `limit` of the candidates that nobody holds.
    pub(crate) fn take(&self, candidates: &[i64], limit: usize, now: UtcTime, until: UtcTime) -> Vec<i64> {
        let mut held = self.lock();
        if held.len() >= INBOX_HELD_MAX {
            held.retain(|_, end| *end > now);
        }
        let room = INBOX_HELD_MAX.saturating_sub(held.len()).min(limit);
        let free: Vec<i64> =
            candidates.iter().copied().filter(|seq| held.get(seq).is_none_or(|end| *end <= now)).take(room).collect();
        held.extend(free.iter().map(|&seq| (seq, until)));
        free
    }

    /// Ends leases.
    pub(crate) fn release(&self, seqs: impl IntoIterator<Item = i64>) {
        let mut held = self.lock();
        for seq in seqs {
            held.remove(&seq);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, UtcTime>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queued message as the mailbox walks over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Its row.
    pub(crate) id: i64,
    /// Its case.
    pub(crate) case_number: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Handed {
    until: UtcTime,
    times: u32,
}

/// Leases of queued messages, per agency, with how often each was handed out.
#[derive(Debug, Default)]
pub(crate) struct MailboxLeases {
    handed: Mutex<HashMap<AgencyId, HashMap<i64, Handed>>>,
}

impl MailboxLeases {
    /// How many messages of the agency are remembered.
    pub(crate) fn count(&self, agency: &AgencyId) -> usize {
        self.lock().get(agency).map_or(0, HashMap::len)
    }

    /// Hands out up to `limit` of the waiting messages, oldest first, and says how often each was handed out before.
    ///
    /// While an earlier message of a case is handed out, a later one is passed over, except together with it.
    pub(crate) fn take(
        &self,
        agency: &AgencyId,
        waiting: Vec<Waiting>,
        limit: usize,
        now: UtcTime,
        until: UtcTime,
    ) -> Vec<(i64, u32)> {
        let mut all = self.lock();
        let handed = all.entry(agency.clone()).or_default();
        let mut blocked = HashSet::new();
        let mut taken = Vec::new();
        for Waiting { id, case_number } in waiting {
            let before = handed.get(&id).copied();
            let is_held = before.is_some_and(|lease| lease.until > now);
            let is_blocked = case_number.as_ref().is_some_and(|case| blocked.contains(case));
            if is_held || is_blocked || taken.len() >= limit || (before.is_none() && handed.len() >= MAILBOX_HELD_MAX) {
                blocked.extend(case_number);
                continue;
            }
            let times = before.map_or(0, |lease| lease.times);
            handed.insert(id, Handed { until, times: times.saturating_add(1) });
            taken.push((id, times));
        }
        taken
    }

    /// Forgets messages that are gone.
    pub(crate) fn forget(&self, agency: &AgencyId, ids: &[i64]) {
        let mut all = self.lock();
        if let Some(handed) = all.get_mut(agency) {
            for id in ids {
                handed.remove(id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AgencyId, HashMap<i64, Handed>>> {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> UtcTime {
        UtcTime::from_unix_ms(ms).unwrap()
    }

    #[test]
    fn a_row_is_held_until_its_time_or_its_release() {
        let leases = InboxLeases::default();
        assert_eq!(leases.take(&[1, 2, 3], 2, at(0), at(10)), [1, 2]);
        assert_eq!(leases.take(&[1, 2, 3], 2, at(9), at(19)), [3]);
        assert_eq!(leases.take(&[1, 2, 3], 2, at(10), at(20)), [1, 2]);
        leases.release([1]);
        assert_eq!(leases.take(&[1, 2, 3], 2, at(11), at(20)), [1]);
    }

    #[test]
    fn held_rows_are_bounded() {
        let leases = InboxLeases::default();
        let many: Vec<i64> = (0..30_000).collect();
        assert_eq!(leases.take(&many, usize::MAX, at(0), at(10)).len(), INBOX_HELD_MAX);
        assert_eq!(leases.take(&many, usize::MAX, at(0), at(10)).len(), 0);
        assert_eq!(leases.take(&many, 5, at(10), at(20)).len(), 5);
    }
}
